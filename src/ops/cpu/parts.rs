//! The parts that a batch is cut into: their sizes, the piece of the result that each writes, and memory to work in.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard};

use super::threads::{for_each_part, lock};

/// Parts that a batch is cut into for sums over it.
///
/// A fixed number, not the number of threads: floating-point sums depend on their order, and the same seed must give
/// the same numbers on every machine.
const PARTS: usize = 8;

/// Images in each part of a batch; the last part may have fewer.
pub(crate) fn part_size(batch: usize) -> usize {
    batch.div_ceil(PARTS).max(1)
}

/// How many things of `size` numbers each make a part that is worth waking another core for, where little is done with
/// each number.
pub(crate) fn share(size: usize) -> usize {
    ((1 << 15) / size.max(1)).max(1)
}

thread_local! {
    /// Buffers that were used before on this thread.
    static SCRATCH: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f` with a buffer of `len` numbers whose contents are unspecified.
pub(crate) fn with_scratch<R>(len: usize, f: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut buffer = SCRATCH.with_borrow_mut(Vec::pop).unwrap_or_default();
    buffer.resize(len.max(buffer.len()), 0.0);
    let result = f(&mut buffer[..len]);
    SCRATCH.with_borrow_mut(|free| free.push(buffer));
    result
}

/// `len` numbers in pieces of `size`, the last maybe shorter, each made by a part: `f(i, piece)` gets piece number `i`
/// filled with zeros, a moment before it is needed.
///
/// # Panics
/// As `f` does.
pub(crate) fn made_in_parts(len: usize, size: usize, f: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
    let mut numbers = Vec::with_capacity(len);
    let pieces = Pieces::new(&mut numbers.spare_capacity_mut()[..len], size);
    for_each_part(pieces.len(), |i| {
        let mut piece = pieces.lock(i);
        piece.iter_mut().for_each(|number| {
            number.write(0.0);
        });
        // SAFETY: every number of the piece was just written.
        f(i, unsafe { piece.assume_init_mut() });
    });
    drop(pieces);
    // SAFETY: the pieces are the first `len` numbers of the capacity, and each was written: `for_each_part` returns when
    // all parts have run, and panics where one did not.
    unsafe { numbers.set_len(len) };
    numbers
}

/// The pieces of a slice, for parts of a job that each need one of them to write to.
pub(crate) struct Pieces<'a, T> {
    pieces: Vec<Mutex<&'a mut [T]>>,
}

impl<'a, T> Pieces<'a, T> {
    /// Pieces of `size` numbers; the last may have fewer.
    pub fn new(slice: &'a mut [T], size: usize) -> Self {
        let pieces = slice.chunks_mut(size.max(1)).map(Mutex::new).collect();
        Self { pieces }
    }

    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Piece number `i`, for one thread at a time.
    pub fn lock(&self, i: usize) -> MutexGuard<'_, &'a mut [T]> {
        lock(&self.pieces[i])
    }
}

#[cfg(test)]
mod tests {
    use super::super::threads::with_threads;
    use super::*;

    #[test]
    fn every_part_runs_once() {
        for threads in [1, 2, 4] {
            with_threads(threads, || {
                for parts in [0, 1, 2, 3, 17, 1000] {
                    let mut runs = vec![0u8; parts];
                    let pieces = Pieces::new(&mut runs, 1);
                    for_each_part(parts, |i| pieces.lock(i)[0] += 1);
                    assert!(runs.iter().all(|r| *r == 1), "{threads} threads, {parts} parts");
                }
            });
        }
    }

    #[test]
    fn made_of_parts_that_each_see_zeros() {
        for (len, size) in [(0, 4), (1, 4), (12, 4), (14, 4), (5, 0)] {
            let made = with_threads(3, || {
                made_in_parts(len, size, |i, piece| {
                    assert!(piece.iter().all(|x| *x == 0.0));
                    piece
                        .iter_mut()
                        .enumerate()
                        .for_each(|(j, x)| *x = (i * size + j) as f32);
                })
            });
            let expected: Vec<f32> = (0..len).map(|i| if size == 0 { 0.0 } else { i as f32 }).collect();
            assert_eq!(made, expected, "{len} in pieces of {size}");
        }
    }

    #[test]
    fn part_sizes_cover_the_batch() {
        for batch in [0, 1, 7, 8, 9, 64, 129] {
            let size = part_size(batch);
            assert!(size >= 1 && size * PARTS >= batch);
        }
    }
}
