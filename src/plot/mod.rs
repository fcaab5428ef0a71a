//! Figures: line charts, pictures, heatmaps and decision boundaries that show themselves in a notebook.
//!
//! Every drawing function returns an owned [`Figure`]. Curves are SVG and stay crisp, pixels are PNG, and all text
//! comes from a font that travels with the crate. Colours are chosen for colour-blind readers: classes take
//! Okabe and Ito's palette (Color Universal Design, 2008), values matplotlib's viridis, differences blue to red.

mod animation;
mod attribution;
mod axis;
mod bar;
mod bars;
mod bins;
mod boxes;
mod calibration;
mod chart;
mod chart3d;
mod chart3d_curves;
mod chart3d_draw;
mod chart_draw;
mod color;
mod compose;
mod confusion;
mod contour;
mod contour_draw;
mod curves;
mod dataset;
mod derivative;
mod diagnosis;
mod diagram;
mod diagram_layout;
mod encode;
mod figure;
mod font;
mod heatmap;
mod heatmap_draw;
mod histogram;
mod history;
mod masks;
mod mesh;
mod message;
mod number;
mod pen;
mod pictures;
mod rates;
mod record;
mod scatter;
mod space;
mod surface;
mod thin;
mod tiles;

pub use animation::Animation;
pub use attribution::{explanations, overlays};
pub use bars::Bars;
pub use bins::Bins;
pub use boxes::Boxes;
pub use calibration::reliability;
pub use chart::Chart;
pub use chart3d::Chart3D;
pub use color::ColorMap;
pub use contour::Contour;
pub use curves::{precision_recall, roc};
pub use derivative::with_derivative;
pub use diagram::Diagram;
pub use figure::Figure;
pub use heatmap::Heatmap;
pub use histogram::Histogram;
pub use masks::masks;
pub use number::Number;
pub use pictures::{Maps, Pictures};
pub use scatter::{Regions, boundary, scatter};
pub use surface::Surface;
