//! How a batch is spread over the cores.

use std::cell::RefCell;

/// Parts that a batch is cut into for sums over it.
///
/// A fixed number, not the number of threads: floating-point sums depend on their order, and the same seed must give
/// the same numbers on every machine.
const PARTS: usize = 8;

/// Images in each part of a batch; the last part may have fewer.
pub(super) fn part_size(batch: usize) -> usize {
    batch.div_ceil(PARTS).max(1)
}

thread_local! {
    /// Buffers that were used before on this thread.
    static SCRATCH: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f` with a buffer of `len` numbers whose contents are unspecified.
pub(super) fn with_scratch<R>(len: usize, f: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut buffer = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_default();
    buffer.resize(len.max(buffer.len()), 0.0);
    let result = f(&mut buffer[..len]);
    SCRATCH.with_borrow_mut(|free| free.push(buffer));
    result
}
