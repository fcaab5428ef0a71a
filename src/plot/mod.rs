//! Figures: line charts, pictures, heatmaps and decision boundaries that show themselves in a notebook.
//!
//! Every drawing function returns an owned [`Figure`]. Curves are SVG and stay crisp, pixels are PNG, and all text
//! comes from a font that travels with the crate. Colours are chosen for colour-blind readers: classes take
//! Okabe and Ito's palette (Color Universal Design, 2008), values matplotlib's viridis, differences blue to red.
//!
//! | room | what is in it |
//! |---|---|
//! | `reports` | the figures of what other modules compute: the `plot()` of a metric, a history, an explanation |
//! | `charts` | lines and points, bars, histograms, scatter plots with decision regions |
//! | `pictures` | grids of pictures and of weights, boxes and masks on pictures, heatmaps |
//! | `surfaces` | functions of two numbers: contours, surfaces and curves in space |
//! | `diagrams` | boxes joined by arrows |
//! | `films` | animations |
//! | `furniture` | what stands around the data: title, axes, legend, caption |
//! | `draw` | what everything is drawn with: pen, paper, colours, font, and the finished figure |
//!
//! Rooms use those below them in this table, and no two files use each other.

mod charts;
mod diagrams;
mod draw;
mod films;
mod furniture;
mod pictures;
mod reports;
mod surfaces;

pub use charts::bars::Bars;
pub use charts::bins::Bins;
pub use charts::chart::Chart;
pub use charts::forecast::Forecast;
pub use charts::graph_plot::GraphPlot;
pub use charts::histogram::Histogram;
pub use charts::named_points::named_points;
pub use charts::scatter::{Regions, boundary, scatter};
pub use diagrams::diagram::Diagram;
pub use draw::color::ColorMap;
pub use draw::figure::Figure;
pub use draw::number::Number;
pub use films::animation::Animation;
pub use pictures::attention::attention;
pub use pictures::boxes::Boxes;
pub use pictures::colored_text::colored_text;
pub use pictures::grid::Pictures;
pub use pictures::heatmap::Heatmap;
pub use pictures::maps::Maps;
pub use pictures::masks::masks;
pub use reports::calibration::reliability;
pub use reports::curves::{precision_recall, roc};
pub use reports::derivative::with_derivative;
pub use reports::explanations::{explanations, overlays};
pub use surfaces::chart3d::Chart3D;
pub use surfaces::contour::Contour;
pub use surfaces::surface::Surface;
