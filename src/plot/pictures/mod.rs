//! Pictures and matrices: what is given pixel by pixel or cell by cell, and is always drawn as pixels.
//!
//! [`grid`] lays out pictures and [`maps`] weights or feature maps, both as the [`tiles`] of a sheet; [`boxes`] draws
//! objects on a picture, [`masks`] compares two masks, [`heatmap`] shows a matrix with labels and numbers.

pub(super) mod attention;
pub(super) mod boxes;
pub(super) mod colored_text;
pub(super) mod grid;
pub(super) mod heatmap;
pub(super) mod heatmap_plot;
pub(super) mod maps;
pub(super) mod masks;
pub(super) mod tiles;
pub(super) mod tokens;
