//! Recurrent layers over whole sequences.

use std::fmt::Display;

use dfdx::prelude::*;

use super::cells::Cell;
use super::{Kernels, Tensor1, Tensor2, Times, linear, probe, trace};
use crate::{Error, Result};

/// A batch of sequences, `(B, T, I)`, with all sizes known at run time.
pub type Tensor3<D, T = NoneTape> = Tensor<(usize, usize, usize), f32, D, T>;

/// The weights of a recurrent layer of `G` gates: `(G * H, I)`, `(G * H, H)`, `(G * H,)`, `(G * H,)`.
#[derive(Clone, Debug)]
pub struct Weights<D: Storage<f32>> {
    /// Of the inputs.
    pub ih: Tensor2<D>,
    /// Of the state.
    pub hh: Tensor2<D>,
    /// Added to the products with the inputs.
    pub bias_ih: Tensor1<D>,
    /// Added to the products with the state.
    pub bias_hh: Tensor1<D>,
}

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

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(
    cell: Cell,
    x: Tensor3<D, T>,
    weights: Weights<D>,
) -> Result<Tensor3<D, T>, D::Err> {
    let (dev, (batch, steps, inputs)) = (x.device().clone(), *x.shape());
    let (gates, hidden) = (cell.gates(), weights.hh.shape().1);
    let x = x.try_permute::<_, Axes3<1, 0, 2>>()?;
    let x = x.try_reshape_like(&(steps * batch, inputs))?;
    let sums = linear::composed(x, weights.ih, weights.bias_ih)?;
    let (sums, mut tape) = by_gate(sums, [steps, batch, gates, hidden])?.split_tape();
    let zeros = || -> Result<Tensor2<D>, D::Err> { dev.try_zeros_like(&(batch, hidden)) };
    let (mut h, mut c, mut states) = (zeros()?, zeros()?, Vec::with_capacity(steps));
    for step in 0..steps {
        let product = linear::composed(h.retaped::<T>(), weights.hh.clone(), weights.bias_hh.clone())?;
        let (product, recorded) = by_gate(product, [1, batch, gates, hidden])?.split_tape();
        tape = tape.merge(recorded);
        let input = |gate: usize| pick(sums.retaped::<T>(), step * gates + gate);
        let state = |gate: usize| pick(product.retaped::<T>(), gate);
        let sum = |gate: usize| input(gate)?.try_add(state(gate)?);
        let after = match cell {
            Cell::Rnn => sum(0)?.try_tanh()?,
            Cell::Gru => {
                let (r, z) = (sum(0)?.try_sigmoid()?, sum(1)?.try_sigmoid()?);
                let (n, recorded) = input(2)?.try_add(r.try_mul(state(2)?)?)?.try_tanh()?.split_tape();
                let far = h.retaped::<T>().try_sub(n.retaped::<T>())?;
                n.put_tape(recorded).try_add(z.try_mul(far)?)?
            }
            Cell::Lstm => {
                let kept = sum(1)?.try_sigmoid()?.try_mul(c.retaped::<T>())?;
                let new = sum(0)?.try_sigmoid()?.try_mul(sum(2)?.try_tanh()?)?;
                let (memory, recorded) = kept.try_add(new)?.split_tape();
                c = memory.clone();
                sum(3)?.try_sigmoid()?.try_mul(memory.put_tape(recorded).try_tanh()?)?
            }
        };
        // What was recorded is kept aside, so that the state can be used twice.
        let (after, recorded) = after.split_tape();
        tape = tape.merge(recorded);
        states.push(after.retaped::<T>());
        h = after;
    }
    let (states, recorded) = states.try_stack()?.split_tape();
    let states = states.put_tape(tape.merge(recorded));
    states.try_permute::<_, Axes3<1, 0, 2>>()?.try_contiguous()
}

/// Rows of all gates as one table per step and gate: `(T * B, G * H)` to `(T * G, B, H)`.
fn by_gate<D: Kernels, T: Tape<f32, D>>(
    sums: Tensor2<D, T>,
    [steps, batch, gates, hidden]: [usize; 4],
) -> Result<Tensor3<D, T>, D::Err> {
    let sums = sums.try_reshape_like(&(steps, batch, gates, hidden))?;
    let sums = sums.try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    sums.try_reshape_like(&(steps * gates, batch, hidden))
}

/// Table `i` of some.
fn pick<D: Kernels, T: Tape<f32, D>>(tables: Tensor3<D, T>, i: usize) -> Result<Tensor2<D, T>, D::Err> {
    let i: Tensor<(), usize, D> = tables.device().try_tensor_from_vec(vec![i], ())?;
    tables.try_select(i)
}

#[cfg(test)]
mod tests {
    use super::super::differences::close;
    use super::super::{recurrent_cpu, steps};
    use super::*;

    #[test]
    fn compositions_equal_the_kernels() -> Result<()> {
        let dev = Cpu::seed_from_u64(3);
        for cell in [Cell::Rnn, Cell::Gru, Cell::Lstm] {
            for [batch, steps, inputs, hidden] in [[1, 1, 1, 1], [9, 6, 5, 17], [3, 4, 18, 2]] {
                let rows = cell.gates() * hidden;
                let x: Tensor3<Cpu> = dev.sample_normal_like(&(batch, steps, inputs));
                let weights = Weights {
                    ih: dev.sample_normal_like(&(rows, inputs)),
                    hh: dev.sample_normal_like(&(rows, hidden)) * 0.5,
                    bias_ih: dev.sample_normal_like(&(rows,)),
                    bias_hh: dev.sample_normal_like(&(rows,)),
                };
                let a = recurrent_cpu::on_cpu(cell, x.leaky_trace(), weights.clone())?;
                let b = composed(cell, x.leaky_trace(), weights.clone())?;
                close("y", &a.as_vec(), &b.as_vec());
                let dy: Tensor3<Cpu> = dev.sample_normal_like(a.shape());
                let [a, b] = [a, b].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
                close("dx", &a.get(&x).as_vec(), &b.get(&x).as_vec());
                for w in [&weights.ih, &weights.hh] {
                    close("dw", &a.get(w).as_vec(), &b.get(w).as_vec());
                }
                for bias in [&weights.bias_ih, &weights.bias_hh] {
                    close("db", &a.get(bias).as_vec(), &b.get(bias).as_vec());
                }
                for mean in [false, true] {
                    let a = steps::on_cpu(x.leaky_trace(), mean)?;
                    let b = steps::composed(x.leaky_trace(), mean)?;
                    close("steps", &a.as_vec(), &b.as_vec());
                    let [a, b] = [a, b].map(|y| y.square().sum::<Rank0, _>().backward());
                    close("steps dx", &a.get(&x).as_vec(), &b.get(&x).as_vec());
                }
            }
        }
        Ok(())
    }
}
