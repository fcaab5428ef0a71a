//! Where a step stands: a row of numbers for each place, added to the step that stands there.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// `y[b, t] = x[b, t] + rows[t]`: the same rows for each sequence.
///
/// - `x` and result: `(B, T, N)`
/// - `rows`: `(L, N)`, `L` at least `T`
///
/// PyTorch: `x + rows[:x.shape[1]]`. Taught in notebook 15.
///
/// # Errors
/// [`Error::Shape`] where the sequences are longer than there are rows, or the features differ.
pub fn add_positions<B: Dim, S: Dim, L: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, N), f32, D, T>,
    rows: &Tensor<(L, N), f32, D>,
) -> Result<Tensor<(B, S, N), f32, D, T>> {
    let shape = *x.shape();
    let ([batch, steps, width], [places, features]) = (x.shape().concrete(), rows.shape().concrete());
    if steps > places || width != features {
        return Err(Error::Shape {
            layer: "positions".into(),
            expected: format!("sequences of at most {places} steps of {features} numbers, one row for each place"),
            got: format!("{steps} steps of {width}; cut them, or build the layer for longer ones"),
        });
    }
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(batch, steps, width))?;
        let rows = rows.clone().try_reshape_like(&(places, features))?;
        D::add_positions(x, rows)?.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The positions of Vaswani et al. 2017: row `t` holds `sin(t / 10000^(2i / n))` at column `2i` and the cosine of the same
/// at `2i + 1`. `steps * n` numbers, row by row, each from -1 to 1.
///
/// Nearby places get similar rows, and the row of a place so many steps further is always the same linear map of this one.
/// *Attention is all you need*, arXiv:1706.03762, 3.5. Taught in notebook 15.
pub fn sinusoidal_positions(steps: usize, n: usize) -> Vec<f32> {
    (0..steps).flat_map(|t| sinusoidal_row(t as f64, n)).collect()
}

/// One row of [`sinusoidal_positions`], for any place `t`, also between two steps: `n` numbers, each from -1 to 1.
///
/// Diffusion models tell their network by such a row how much noise there is: Ho, Jain & Abbeel 2020, arXiv:2006.11239.
/// Taught in notebook 19.
pub fn sinusoidal_row(t: f64, n: usize) -> Vec<f32> {
    let at = |i: usize| {
        let angle = t / 10_000f64.powf((i - i % 2) as f64 / n as f64);
        (if i.is_multiple_of(2) { angle.sin() } else { angle.cos() }) as f32
    };
    (0..n).map(at).collect()
}
