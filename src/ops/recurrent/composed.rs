//! Recurrent layers composed of dfdx's operations, step by step.

use dfdx::prelude::*;

use super::cell::Cell;
use super::weights::Weights;
use crate::ops::linear::composed::linear;
use crate::ops::tensors::{Tensor2, Tensor3};

/// See [`rnn`](super::rnn), [`gru`](super::gru) and [`lstm`](super::lstm).
pub(crate) fn recurrent<D: Device<f32>, T: Tape<f32, D>>(
    cell: Cell,
    x: Tensor3<D, T>,
    weights: Weights<D>,
) -> Result<Tensor3<D, T>, D::Err> {
    let (dev, (batch, steps, inputs)) = (x.device().clone(), *x.shape());
    let (gates, hidden) = (cell.gates(), weights.hh.shape().1);
    let x = x.try_permute::<_, Axes3<1, 0, 2>>()?;
    let x = x.try_reshape_like(&(steps * batch, inputs))?;
    let sums = linear(x, weights.ih, weights.bias_ih)?;
    let (sums, mut tape) = by_gate(sums, [steps, batch, gates, hidden])?.split_tape();
    let zeros = || -> Result<Tensor2<D>, D::Err> { dev.try_zeros_like(&(batch, hidden)) };
    let (mut h, mut c, mut states) = (zeros()?, zeros()?, Vec::with_capacity(steps));
    for step in 0..steps {
        let product = linear(h.retaped::<T>(), weights.hh.clone(), weights.bias_hh.clone())?;
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
fn by_gate<D: Device<f32>, T: Tape<f32, D>>(
    sums: Tensor2<D, T>,
    [steps, batch, gates, hidden]: [usize; 4],
) -> Result<Tensor3<D, T>, D::Err> {
    let sums = sums.try_reshape_like(&(steps, batch, gates, hidden))?;
    let sums = sums.try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    sums.try_reshape_like(&(steps * gates, batch, hidden))
}

/// Table `i` of some.
fn pick<D: Device<f32>, T: Tape<f32, D>>(tables: Tensor3<D, T>, i: usize) -> Result<Tensor2<D, T>, D::Err> {
    let i: Tensor<(), usize, D> = tables.device().try_tensor_from_vec(vec![i], ())?;
    tables.try_select(i)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::Result;
    use crate::ops::testing::close;

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
                let a = cpu::recurrent(cell, x.leaky_trace(), weights.clone())?;
                let b = recurrent(cell, x.leaky_trace(), weights.clone())?;
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
            }
        }
        Ok(())
    }
}
