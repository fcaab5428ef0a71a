//! Recurrent layers over whole sequences.

pub(super) mod cell;
pub(super) mod composed;
pub(super) mod cpu;
mod cpu_back;
mod cpu_cell;
mod cpu_pieces;
mod cpu_plan;
pub(super) mod way;
pub(super) mod weights;

use std::fmt::Display;
use std::sync::Arc;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::ops::tensors::{Tensor2, Tensor3};
use crate::ops::times::Times;
use crate::{Error, Result};
pub use cell::Cell;
pub use way::Way;
pub use weights::Weights;

macro_rules! layer {
    ($(#[$doc:meta])* $function:ident, $cell:ident, $gates:literal) => {
        $(#[$doc])*
        ///
        /// - `x`: `(B, T, I)`; result: `(B, T, H)`, the state after each step
        #[doc = concat!("- `weight_ih`: `(", $gates, " H, I)`, `weight_hh`: `(", $gates, " H, H)`, biases: `(", $gates, " H,)`")]
        ///
        /// The state before the first step is 0. Taught in notebook 14.
        ///
        /// # Errors
        /// [`Error::Shape`] for sequences without a step.
        pub fn $function<B: Dim, S: Dim, const I: usize, const H: usize, D: Kernels, T: Tape<f32, D>>(
            x: Tensor<(B, S, Const<I>), f32, D, T>,
            weight_ih: &Tensor<(Times<$gates, H>, Const<I>), f32, D>,
            weight_hh: &Tensor<(Times<$gates, H>, Const<H>), f32, D>,
            bias_ih: &Tensor<(Times<$gates, H>,), f32, D>,
            bias_hh: &Tensor<(Times<$gates, H>,), f32, D>,
        ) -> Result<Tensor<(B, S, Const<H>), f32, D, T>> {
            let name = format_args!("{:?}<{I}, {H}>", Cell::$cell);
            let (b, s, _) = *x.shape();
            let way = way(weight_ih, weight_hh, [bias_ih, bias_hh])?;
            let (y, _) = read(&name, Cell::$cell, x, vec![way], None, false)?;
            y.try_reshape_like(&(b, s, Const)).map_err(dfdx)
        }
    };
}

layer! {
    /// Elman's recurrent network: `h' = tanh(W_ih x + b_ih + W_hh h + b_hh)` for each step.
    ///
    /// Elman 1990, *Finding structure in time*. PyTorch: `torch.nn.RNN(I, H, batch_first=True)`, its first result.
    rnn, Rnn, 1
}

layer! {
    /// The gated recurrent unit: for each step
    ///
    /// ```text
    /// r = s(W_ir x + b_ir + W_hr h + b_hr)
    /// z = s(W_iz x + b_iz + W_hz h + b_hz)
    /// n = tanh(W_in x + b_in + r (W_hn h + b_hn))
    /// h' = (1 - z) n + z h
    /// ```
    ///
    /// with the logistic sigmoid `s`; the gates stand in the weights in the order `r`, `z`, `n`. The reset gate `r` acts
    /// after the product with the state, as in PyTorch; in the paper before it.
    ///
    /// Cho et al. 2014, arXiv:1406.1078. PyTorch: `torch.nn.GRU(I, H, batch_first=True)`, its first result.
    gru, Gru, 3
}

layer! {
    /// Long short-term memory: for each step
    ///
    /// ```text
    /// i = s(W_ii x + b_ii + W_hi h + b_hi)
    /// f = s(W_if x + b_if + W_hf h + b_hf)
    /// g = tanh(W_ig x + b_ig + W_hg h + b_hg)
    /// o = s(W_io x + b_io + W_ho h + b_ho)
    /// c' = f c + i g
    /// h' = o tanh(c')
    /// ```
    ///
    /// with the logistic sigmoid `s`; the gates stand in the weights in the order `i`, `f`, `g`, `o`.
    ///
    /// Hochreiter & Schmidhuber 1997, *Long short-term memory*; the forget gate `f` is by Gers, Schmidhuber & Cummins 2000.
    /// PyTorch: `torch.nn.LSTM(I, H, batch_first=True)`, its first result.
    lstm, Lstm, 4
}

/// A way from the beginning, from a state of 0, with weights of `G` gates.
pub(crate) fn way<const G: usize, const I: usize, const H: usize, D: Kernels>(
    weight_ih: &Tensor<(Times<G, H>, Const<I>), f32, D>,
    weight_hh: &Tensor<(Times<G, H>, Const<H>), f32, D>,
    [bias_ih, bias_hh]: [&Tensor<(Times<G, H>,), f32, D>; 2],
) -> Result<Way<D>> {
    let run = || -> Result<_, D::Err> {
        let weights = Weights {
            ih: weight_ih.clone().try_reshape_like(&(G * H, I))?,
            hh: weight_hh.clone().try_reshape_like(&(G * H, H))?,
            bias_ih: bias_ih.clone().try_reshape_like(&(G * H,))?,
            bias_hh: bias_hh.clone().try_reshape_like(&(G * H,))?,
        };
        Ok(Way {
            weights,
            backward: false,
            start: Vec::new(),
        })
    };
    run().map_err(dfdx)
}

/// Reads sequences in the name of a layer: [`Kernels::recurrent`], with its checks.
///
/// # Errors
/// [`Error::Shape`] for sequences without a step, and where the lengths do not fit.
pub(crate) fn read<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    name: &dyn Display,
    cell: Cell,
    x: Tensor<(B, S, N), f32, D, T>,
    ways: Vec<Way<D>>,
    lengths: Option<Arc<[usize]>>,
    last: bool,
) -> Result<(Tensor3<D, T>, Vec<Tensor2<D>>)> {
    let [batch, steps, inputs] = x.shape().concrete();
    check(name, [batch, steps, inputs], lengths.as_deref())?;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(batch, steps, inputs))?;
        let (y, ends) = D::recurrent(cell, x, ways, lengths, last)?;
        let shape = y.shape().concrete();
        if probe::watching() {
            probe::see(name, &shape, true, &y.as_vec());
        }
        Ok((trace::keep(name, &shape, false, y)?, ends))
    };
    run().map_err(dfdx)
}

/// Not generic, so that it is not compiled in a cell.
fn check(name: &dyn Display, [batch, steps, inputs]: [usize; 3], lengths: Option<&[usize]>) -> Result<()> {
    if steps == 0 {
        return Err(Error::Shape {
            layer: name.to_string(),
            expected: format!("sequences of at least one step, (B, T, {inputs})"),
            got: format!("{batch} sequences of 0 steps"),
        });
    }
    let Some(lengths) = lengths else {
        return Ok(());
    };
    let longest = lengths.iter().copied().max().unwrap_or(0);
    if lengths.len() == batch && longest <= steps {
        return Ok(());
    }
    Err(Error::Shape {
        layer: name.to_string(),
        expected: format!("{batch} lengths, each from 0 to {steps}"),
        got: format!("{} lengths up to {longest}", lengths.len()),
    })
}

fn dfdx<E: std::fmt::Display>(error: E) -> Error {
    Error::Dfdx(error.to_string())
}
