//! Figures: line charts, pictures, heatmaps and decision boundaries that show themselves in a notebook.
//!
//! Every drawing function returns an owned [`Figure`]. Curves are SVG and stay crisp, pixels are PNG, and all text
//! comes from a font that travels with the crate. Colours are chosen for colour-blind readers: classes take
//! Okabe and Ito's palette (Color Universal Design, 2008), values matplotlib's viridis, differences blue to red.

mod animation;
mod axis;
mod bar;
mod chart;
mod chart_draw;
mod color;
mod compose;
mod confusion;
mod dataset;
mod encode;
mod figure;
mod font;
mod heatmap;
mod heatmap_draw;
mod history;
mod message;
mod number;
mod pen;
mod pictures;
mod record;
mod scatter;
mod thin;
mod tiles;

pub use animation::Animation;
pub use chart::Chart;
pub use color::ColorMap;
pub use figure::Figure;
pub use heatmap::Heatmap;
pub use number::Number;
pub use pictures::{Maps, Pictures};
pub use scatter::{Regions, boundary, scatter};
