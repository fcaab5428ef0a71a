//! Recurrent layers over whole sequences.

pub(super) mod cell;
pub(super) mod composed;
pub(super) mod cpu;
mod cpu_cell;
mod cpu_plan;
pub(super) mod weights;

use std::fmt::Display;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::ops::times::Times;
use crate::{Error, Result};
pub use cell::Cell;
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
            run(&name, Cell::$cell, x, weight_ih, weight_hh, bias_ih, bias_hh)
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

fn run<const G: usize, B: Dim, S: Dim, const I: usize, const H: usize, D: Kernels, T: Tape<f32, D>>(
    name: &dyn Display,
    cell: Cell,
    x: Tensor<(B, S, Const<I>), f32, D, T>,
    ih: &Tensor<(Times<G, H>, Const<I>), f32, D>,
    hh: &Tensor<(Times<G, H>, Const<H>), f32, D>,
    bias_ih: &Tensor<(Times<G, H>,), f32, D>,
    bias_hh: &Tensor<(Times<G, H>,), f32, D>,
) -> Result<Tensor<(B, S, Const<H>), f32, D, T>> {
    let (b, s, _) = *x.shape();
    let (batch, steps) = (b.size(), s.size());
    if steps == 0 {
        return Err(Error::Shape {
            layer: name.to_string(),
            expected: format!("sequences of at least one step, (B, T, {I})"),
            got: format!("{batch} sequences of 0 steps"),
        });
    }
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(batch, steps, I))?;
        let weights = Weights {
            ih: ih.clone().try_reshape_like(&(G * H, I))?,
            hh: hh.clone().try_reshape_like(&(G * H, H))?,
            bias_ih: bias_ih.clone().try_reshape_like(&(G * H,))?,
            bias_hh: bias_hh.clone().try_reshape_like(&(G * H,))?,
        };
        let y = D::recurrent(cell, x, weights)?;
        if probe::watching() {
            probe::see(name, &[batch, steps, H], true, &y.as_vec());
        }
        let y = trace::keep(name, &[batch, steps, H], false, y)?;
        y.try_reshape_like(&(b, s, Const))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
