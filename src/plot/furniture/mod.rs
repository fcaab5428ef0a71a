//! What stands around the data of a chart, the same for every kind.
//!
//! A [`frame`] holds what a builder is told besides its data: title, names of the axes, size and caption; it draws the
//! head of a chart and finds the [`area`] that is left for the data. [`axes`] draws title, grid and ticks, [`legend`]
//! the names of the [`series`], [`color_bar`] the colours of values, and [`clip`] cuts curves at the border of the
//! area.

pub(super) mod area;
pub(super) mod axes;
pub(super) mod clip;
pub(super) mod color_bar;
pub(super) mod frame;
pub(super) mod legend;
pub(super) mod series;
