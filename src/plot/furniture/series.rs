//! What the curves of a chart are called, how they look and where they run.

use crate::plot::draw::style::Mark;

/// What a curve, a cloud of points or a row of bars is called and how it looks: its entry in the legend. Its colour is
/// that of its number.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub name: String,
    /// Whether its points are joined.
    pub joined: bool,
    /// The mark at each point, if any.
    pub mark: Option<Mark>,
}

impl Key {
    /// A square in the colour of bars.
    pub fn square(name: &str) -> Self {
        Self {
            name: name.into(),
            joined: false,
            mark: Some(Mark::Square),
        }
    }
}

/// One curve or one cloud of points.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub key: Key,
    pub points: Vec<(f64, f64)>,
}
