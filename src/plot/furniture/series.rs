//! Points with a name: what charts in the plane are made of.

use super::legend::Key;

/// One curve or one cloud of points.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub key: Key,
    pub points: Vec<(f64, f64)>,
}
