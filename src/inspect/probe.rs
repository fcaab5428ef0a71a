//! A look at what the layers of a network compute, while they compute it.
//!
//! Every layer with a kernel in this crate reports its result here. As long as nobody looks, that costs one check.

use std::cell::RefCell;
use std::fmt::Display;

/// Numbers of a result that are kept at most, evenly spread: enough for a histogram.
const KEPT: usize = 4096;

/// What one layer computed for one batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The layer, as it is written in the code: `Conv2D<1, 16, 3, 1, 1, 1>`.
    pub layer: String,
    /// The shape of the result.
    pub shape: Vec<usize>,
    /// Whether the layer multiplies its input with a matrix of weights.
    pub weighs: bool,
    /// The mean of all numbers.
    pub mean: f32,
    /// Their standard deviation.
    pub std: f32,
    /// The share of them that are exactly 0, 0 to 1.
    pub zeros: f32,
    /// Some of them, evenly spread.
    pub values: Vec<f32>,
}

thread_local! {
    /// What has been seen, while somebody looks.
    static SEEN: RefCell<Option<Vec<Seen>>> = const { RefCell::new(None) };
}

/// Whether somebody looks.
pub(crate) fn watching() -> bool {
    SEEN.with_borrow(Option::is_some)
}

/// Reports a result. Asks [`watching`] first, so that nobody copies numbers for nothing.
pub(crate) fn see(layer: &dyn Display, shape: &[usize], weighs: bool, values: &[f32]) {
    SEEN.with_borrow_mut(|seen| {
        if let Some(seen) = seen {
            seen.push(measure(layer.to_string(), shape, weighs, values));
        }
    });
}

/// Runs `f` and gives what the layers computed meanwhile on this thread, in order.
pub(crate) fn watch<R>(f: impl FnOnce() -> R) -> (R, Vec<Seen>) {
    /// Ends the look, even where `f` panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            SEEN.with_borrow_mut(|seen| *seen = None);
        }
    }
    SEEN.with_borrow_mut(|seen| *seen = Some(Vec::new()));
    let end = End;
    let result = f();
    let seen = SEEN.with_borrow_mut(|seen| seen.take().unwrap_or_default());
    drop(end);
    (result, seen)
}

fn measure(layer: String, shape: &[usize], weighs: bool, values: &[f32]) -> Seen {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let square = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
    let zeros = values.iter().filter(|&&v| v == 0.0).count() as f64 / n;
    Seen {
        layer,
        shape: shape.to_vec(),
        weighs,
        mean: mean as f32,
        std: square.sqrt() as f32,
        zeros: zeros as f32,
        values: spread(values),
    }
}

/// At most [`KEPT`] of the values, evenly spread.
pub(crate) fn spread(values: &[f32]) -> Vec<f32> {
    // An odd step does not stay in one column of a picture whose width is a power of two.
    let step = values.len().div_ceil(KEPT).max(1) | 1;
    values.iter().step_by(step).copied().collect()
}
