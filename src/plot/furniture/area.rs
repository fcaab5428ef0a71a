//! The rectangle that the data fill, and the sizes of what stands around it.

/// Letters of a title, of the name of an axis and of a tick, in pixels.
pub(crate) const TITLE: f64 = 14.0;
pub(crate) const LABEL: f64 = 12.5;
pub(crate) const TICK: f64 = 11.5;
/// What stays free along the edges of a figure.
pub(crate) const EDGE: f64 = 10.0;

/// The middle of a text `wide` pixels wide: `wanted`, or the nearest that stays inside a figure `whole` pixels wide.
pub(crate) fn inside(wanted: f64, wide: f64, whole: f64) -> f64 {
    let least = wide / 2.0 + EDGE;
    wanted.min(whole - least).max(least)
}

/// The rectangle that the data fill.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    /// Where a point stands in the figure; its coordinates are 0 to 1 along the axes.
    pub(crate) fn spot(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.left + x * (self.right - self.left),
            self.bottom - y * (self.bottom - self.top),
        )
    }
}
