//! What recurrent layers know when they have read their sequences.

pub(super) mod composed;
pub(super) mod cpu;

use std::sync::Arc;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// The outputs of recurrent layers where they have read all: `(B, T, N)` to `(B, N)`. Of `ways` parts of a row the first
/// belongs to a layer that reads forward: it is taken from the last real step. A second one belongs to a layer that reads
/// backward, and is taken from the first step. Zeros for a sequence of length 0.
///
/// PyTorch: `h_n` of the last layer, its directions beside each other. Taught in notebook 14.
///
/// # Errors
/// [`Error::Shape`] for sequences without a step, where there is not one length per sequence, or one is beyond `T`, and
/// where `N` is no multiple of `ways`, which are 1 or 2.
pub fn last_state<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, N), f32, D, T>,
    lengths: Option<&Arc<[usize]>>,
    ways: usize,
) -> Result<Tensor<(B, N), f32, D, T>> {
    let ((b, _, n), [batch, steps, width]) = (*x.shape(), x.shape().concrete());
    let rows = rows([batch, steps, width], lengths.map(|lengths| &lengths[..]), ways)?;
    let run = || -> Result<_, D::Err> {
        let y = D::last_state(x.try_reshape_like(&(batch, steps, width))?, rows)?;
        if probe::watching() {
            probe::see(&"LastState", &[batch, width], false, &y.as_vec());
        }
        trace::keep(&"LastState", &[batch, width], false, y)?.try_reshape_like(&(b, n))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// For each sequence and each way, which step is taken: `T` for none.
fn rows([batch, steps, width]: [usize; 3], lengths: Option<&[usize]>, ways: usize) -> Result<Vec<Vec<usize>>> {
    let wrong = |expected: String, got: String| Error::Shape {
        layer: "LastState".into(),
        expected,
        got,
    };
    if steps == 0 {
        let got = format!("{batch} sequences of 0 steps");
        return Err(wrong("sequences of at least one step".into(), got));
    }
    if !(1..=2).contains(&ways) || !width.is_multiple_of(ways) {
        let got = format!("{width} numbers per step of {ways} ways");
        return Err(wrong("numbers of one or two ways through the sequences".into(), got));
    }
    let (count, longest) = lengths.map_or((batch, steps), |lengths| {
        (lengths.len(), lengths.iter().copied().max().unwrap_or(0))
    });
    if count != batch || longest > steps {
        let expected = format!("{batch} lengths, each from 0 to {steps}");
        return Err(wrong(expected, format!("{count} lengths up to {longest}")));
    }
    let row = |sample: usize| match lengths.map_or(steps, |lengths| lengths[sample]) {
        0 => vec![steps; ways],
        length => [length - 1, 0][..ways].to_vec(),
    };
    Ok((0..batch).map(row).collect())
}
