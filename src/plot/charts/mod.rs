//! Charts in the plane: lines and points, bars, histograms, classes of points with the regions between them.
//!
//! What a reader builds stands in one file ([`chart`], [`bars`], [`histogram`]), how it is laid out and drawn in the
//! others. [`bins`] counts without drawing. All share the [`furniture`](super::furniture).

pub(super) mod bars;
pub(super) mod bars_layout;
pub(super) mod bars_plot;
pub(super) mod bins;
pub(super) mod chart;
pub(super) mod chart_plot;
pub(super) mod forecast;
pub(super) mod graph_plot;
pub(super) mod histogram;
pub(super) mod histogram_plot;
pub(super) mod named_points;
pub(super) mod scatter;
