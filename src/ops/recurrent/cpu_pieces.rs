//! A batch of sequences cut into pieces, each of which one thread reads from beginning to end.
//!
//! In a piece the sequences stand by length, the shortest first. In each step those that are still being read are then
//! the *last* of the piece, and what belongs to them stands without gaps: the rows of step 0, then those of step 1, and so
//! on, each step with as many rows as it has sequences. (PyTorch calls that a packed sequence.) So nothing is computed for
//! the filling behind a short sequence, and where all are equally long, nothing is different.

use std::ops::Range;

use crate::ops::cpu::part_size;

/// Some sequences of a batch.
pub(super) struct Piece {
    /// Which ones, the shortest first.
    pub samples: Vec<usize>,
    /// How many of their steps are read.
    pub lengths: Vec<usize>,
    /// For each step the row it begins with, and at last how many rows there are.
    starts: Vec<usize>,
}

impl Piece {
    /// Steps of the longest.
    pub fn steps(&self) -> usize {
        self.starts.len() - 1
    }

    /// Rows of all steps.
    pub fn rows(&self) -> usize {
        self.starts[self.steps()]
    }

    /// The rows of a step.
    pub fn step(&self, step: usize) -> Range<usize> {
        self.starts[step]..self.starts[step + 1]
    }

    /// Rows of the states up to a step: its own states begin here, and those that it began with end here. (The first are
    /// those before all steps, one for each sequence.)
    pub fn states(&self, step: usize) -> usize {
        self.samples.len() + self.starts[step]
    }

    /// The row of step number `step` of the sequence that is `i` in this piece.
    pub fn row(&self, i: usize, step: usize) -> usize {
        self.starts[step + 1] - (self.samples.len() - i)
    }

    /// Which step of that sequence is read in step number `step`: where it is read from its end, the last real one first.
    pub fn place(&self, i: usize, step: usize, backward: bool) -> usize {
        if backward { self.lengths[i] - 1 - step } else { step }
    }

    /// The row of the state that the sequence that is `i` in this piece ends with.
    pub fn end(&self, i: usize) -> usize {
        self.states(self.lengths[i]) - (self.samples.len() - i)
    }

    /// The steps in ranges of as many rows each.
    pub fn runs(&self) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for step in 0..self.steps() {
            match runs.last_mut() {
                Some(run) if self.step(run.start).len() == self.step(step).len() => run.end = step + 1,
                _ => runs.push(step..step + 1),
            }
        }
        runs
    }
}

/// Sequences of a piece: whole blocks of the matrix product.
pub(super) fn piece_size(batch: usize) -> usize {
    part_size(batch).next_multiple_of(4)
}

/// The pieces of a batch of sequences of `steps` steps, or of as many as `lengths` says.
pub(super) fn pieces(batch: usize, steps: usize, lengths: Option<&[usize]>) -> Vec<Piece> {
    let length = |sample: usize| lengths.map_or(steps, |lengths| lengths[sample]);
    let mut order: Vec<usize> = (0..batch).collect();
    order.sort_by_key(|sample| length(*sample));
    let pieces = order.chunks(piece_size(batch));
    pieces
        .map(|samples| {
            let lengths: Vec<usize> = samples.iter().map(|sample| length(*sample)).collect();
            let (mut starts, mut over) = (vec![0], 0);
            for step in 0..lengths.last().copied().unwrap_or(0) {
                over += lengths[over..].iter().take_while(|length| **length <= step).count();
                starts.push(starts[step] + lengths.len() - over);
            }
            Piece {
                samples: samples.to_vec(),
                lengths,
                starts,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sequences_leave_no_gaps() {
        let all = pieces(5, 4, Some(&[4, 0, 2, 1, 2]));
        assert_eq!(all.len(), 2);
        let [piece, rest] = &all[..] else { unreachable!() };
        assert_eq!(
            (&piece.samples[..], &piece.lengths[..]),
            (&[1, 3, 2, 4][..], &[0, 1, 2, 2][..])
        );
        assert_eq!(
            (rest.steps(), rest.rows(), &rest.runs()[..]),
            (4, 4, &[Range { start: 0, end: 4 }][..])
        );
        assert_eq!((piece.steps(), piece.rows()), (2, 5));
        assert_eq!((piece.step(0), piece.step(1)), (0..3, 3..5));
        assert_eq!(piece.runs(), [0..1, 1..2]);
        assert_eq!((piece.row(1, 0), piece.row(3, 0), piece.row(2, 1)), (0, 2, 3));
        // Four rows before all steps, three after the first, two after the second.
        assert_eq!([0, 1, 2, 3].map(|i| piece.end(i)), [0, 4, 7, 8]);
        let equal = pieces(3, 2, None);
        assert_eq!(
            (equal[0].rows(), &equal[0].runs()[..]),
            (6, &[Range { start: 0, end: 2 }][..])
        );
        assert!(pieces(0, 3, None).is_empty());
    }
}
