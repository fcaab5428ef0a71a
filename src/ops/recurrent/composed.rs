//! Recurrent layers composed of dfdx's operations, step by step.

use std::sync::Arc;

use dfdx::prelude::*;

use super::cell::Cell;
use super::way::Way;
use crate::ops::linear::composed::linear;
use crate::ops::tensors::{Tensor2, Tensor3};

/// See [`rnn`](super::rnn), [`gru`](super::gru) and [`lstm`](super::lstm). The second result holds the last states of each
/// way, if they are asked for; what was recorded of them is on the tape of the first.
pub(crate) fn recurrent<D: Device<f32>, T: Tape<f32, D>>(
    cell: Cell,
    x: Tensor3<D, T>,
    ways: Vec<Way<D>>,
    lengths: Option<Arc<[usize]>>,
    last: bool,
) -> Result<(Tensor3<D, T>, Vec<Tensor2<D>>), D::Err> {
    let (batch, steps, inputs) = *x.shape();
    let lengths = lengths.unwrap_or_else(|| vec![steps; batch].into());
    let (x, mut tape) = x.try_reshape_like(&(batch * steps, inputs))?.split_tape();
    let (mut outputs, mut ends): (Vec<Tensor3<D, T>>, _) = (Vec::new(), Vec::new());
    for way in ways {
        let order = order(&lengths, steps, way.backward);
        let x = rows(x.retaped::<T>(), order.iter().flatten().copied().collect())?;
        let (y, states) = one_way(cell, x.try_reshape_like(&(steps, batch, inputs))?, way, &lengths)?;
        if last {
            ends.extend(states);
        }
        // Where in the outputs of all steps, or behind them, each step of the block stands.
        let mut places = vec![steps * batch; batch * steps];
        for (i, from) in order.iter().flatten().enumerate() {
            if let Some(place) = places.get_mut(*from) {
                *place = i;
            }
        }
        let hidden = y.shape().2;
        let y = rows(y.try_reshape_like(&(steps * batch, hidden))?, places)?;
        outputs.push(y.try_reshape_like(&(batch, steps, hidden))?);
    }
    let mut outputs = outputs.into_iter();
    let Some(mut y) = outputs.next() else {
        let none = x.device().try_zeros_like(&(batch, steps, 0))?;
        return Ok((none.put_tape(tape), ends));
    };
    for other in outputs {
        y = (y, other).try_concat_along(Axis::<2>)?;
    }
    let (y, recorded) = y.split_tape();
    tape = tape.merge(recorded);
    Ok((y.put_tape(tape), ends))
}

/// For each step of the way and each sequence, the row of the block that is read, or the one behind all where the sequence
/// has ended.
fn order(lengths: &[usize], steps: usize, backward: bool) -> Vec<Vec<usize>> {
    let row = |step: usize, sample: usize| match lengths[sample] {
        length if step >= length => lengths.len() * steps,
        length if backward => sample * steps + length - 1 - step,
        _ => sample * steps + step,
    };
    (0..steps)
        .map(|step| (0..lengths.len()).map(|sample| row(step, sample)).collect())
        .collect()
}

/// Some rows of a table; zeros for the one behind its last.
fn rows<D: Device<f32>, T: Tape<f32, D>>(table: Tensor2<D, T>, places: Vec<usize>) -> Result<Tensor2<D, T>, D::Err> {
    let (dev, (all, columns)) = (table.device().clone(), *table.shape());
    let table = if places.contains(&all) {
        let zeros: Tensor2<D> = dev.try_zeros_like(&(1, columns))?;
        (table, zeros.retaped::<T>()).try_concat_along(Axis::<0>)?
    } else {
        table
    };
    let places: Tensor<(usize,), usize, D> = dev.try_tensor_from_vec(places.clone(), (places.len(),))?;
    table.try_gather(places)
}

/// One way through steps that stand in the order in which they are read: `(T, B, I)` to `(T, B, H)`, and the last states.
fn one_way<D: Device<f32>, T: Tape<f32, D>>(
    cell: Cell,
    x: Tensor3<D, T>,
    way: Way<D>,
    lengths: &[usize],
) -> Result<(Tensor3<D, T>, Vec<Tensor2<D>>), D::Err> {
    let (dev, (steps, batch, inputs), weights) = (x.device().clone(), *x.shape(), way.weights);
    let (gates, hidden) = (cell.gates(), weights.hh.shape().1);
    let x = x.try_reshape_like(&(steps * batch, inputs))?;
    let sums = linear(x, weights.ih, weights.bias_ih)?;
    let (sums, mut tape) = by_gate(sums, [steps, batch, gates, hidden])?.split_tape();
    let mut state = way.start;
    while state.len() < cell.states() {
        state.push(dev.try_zeros_like(&(batch, hidden))?);
    }
    let mut outputs = Vec::with_capacity(steps);
    for step in 0..steps {
        let product = linear(state[0].retaped::<T>(), weights.hh.clone(), weights.bias_hh.clone())?;
        let (product, recorded) = by_gate(product, [1, batch, gates, hidden])?.split_tape();
        tape = tape.merge(recorded);
        let (mut after, recorded) = next::<D, T>(cell, &sums, step * gates, &product, &state)?;
        tape = tape.merge(recorded);
        // A sequence that has ended keeps its state.
        if lengths.iter().any(|length| *length <= step) {
            let chosen = |(i, length): (usize, &usize)| if *length > step { i } else { batch + i };
            let places: Vec<usize> = lengths.iter().enumerate().map(chosen).collect();
            for (new, old) in after.iter_mut().zip(&state) {
                let both = (new.retaped::<T>(), old.retaped::<T>()).try_concat_along(Axis::<0>)?;
                let (kept, recorded) = rows(both, places.clone())?.split_tape();
                tape = tape.merge(recorded);
                *new = kept;
            }
        }
        outputs.push(after[0].retaped::<T>());
        state = after;
    }
    let (outputs, recorded) = outputs.try_stack()?.split_tape();
    Ok((outputs.put_tape(tape.merge(recorded)), state))
}

/// The state after a step, from the sums of the inputs (from table `first` on), the products with the state, and the state
/// before. What was recorded is beside it, so that the state can be used twice.
fn next<D: Device<f32>, T: Tape<f32, D>>(
    cell: Cell,
    sums: &Tensor3<D>,
    first: usize,
    product: &Tensor3<D>,
    state: &[Tensor2<D>],
) -> Result<(Vec<Tensor2<D>>, T), D::Err> {
    let input = |gate: usize| pick(sums.retaped::<T>(), first + gate);
    let inner = |gate: usize| pick(product.retaped::<T>(), gate);
    let sum = |gate: usize| input(gate)?.try_add(inner(gate)?);
    match cell {
        Cell::Rnn => {
            let (h, recorded) = sum(0)?.try_tanh()?.split_tape();
            Ok((vec![h], recorded))
        }
        Cell::Gru => {
            let (r, z) = (sum(0)?.try_sigmoid()?, sum(1)?.try_sigmoid()?);
            let (n, recorded) = input(2)?.try_add(r.try_mul(inner(2)?)?)?.try_tanh()?.split_tape();
            let far = state[0].retaped::<T>().try_sub(n.retaped::<T>())?;
            let (h, recorded) = n.put_tape(recorded).try_add(z.try_mul(far)?)?.split_tape();
            Ok((vec![h], recorded))
        }
        Cell::Lstm => {
            let kept = sum(1)?.try_sigmoid()?.try_mul(state[1].retaped::<T>())?;
            let new = sum(0)?.try_sigmoid()?.try_mul(sum(2)?.try_tanh()?)?;
            let (memory, recorded) = kept.try_add(new)?.split_tape();
            let open = memory.clone().put_tape(recorded).try_tanh()?;
            let (h, recorded) = sum(3)?.try_sigmoid()?.try_mul(open)?.split_tape();
            Ok((vec![h, memory], recorded))
        }
    }
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
    use super::super::weights::Weights;
    use super::*;
    use crate::Result;
    use crate::ops::testing::close;

    const CELLS: [Cell; 3] = [Cell::Rnn, Cell::Gru, Cell::Lstm];

    fn way(dev: &Cpu, cell: Cell, [batch, inputs, hidden]: [usize; 3], backward: bool, started: bool) -> Way<Cpu> {
        let rows = cell.gates() * hidden;
        let start = |_| dev.sample_normal_like(&(batch, hidden));
        Way {
            weights: Weights {
                ih: dev.sample_normal_like(&(rows, inputs)),
                hh: dev.sample_normal_like(&(rows, hidden)) * 0.5,
                bias_ih: dev.sample_normal_like(&(rows,)),
                bias_hh: dev.sample_normal_like(&(rows,)),
            },
            backward,
            start: (0..if started { cell.states() } else { 0 }).map(start).collect(),
        }
    }

    /// Values and gradients of both, for these ways, lengths and last states.
    fn compare(cell: Cell, x: &Tensor3<Cpu>, ways: &[Way<Cpu>], lengths: Option<&[usize]>, last: bool) -> Result<()> {
        let (dev, lengths) = (x.device(), lengths.map(Arc::from));
        let a = cpu::recurrent(cell, x.leaky_trace(), ways.to_vec(), lengths.clone(), last)?;
        let b = recurrent(cell, x.leaky_trace(), ways.to_vec(), lengths, last)?;
        close("y", &a.0.as_vec(), &b.0.as_vec());
        assert_eq!(
            (a.1.len(), b.1.len()),
            if last {
                (ways.len() * cell.states(), a.1.len())
            } else {
                (0, 0)
            }
        );
        let dy: Tensor3<Cpu> = dev.sample_normal_like(a.0.shape());
        let dends: Vec<Tensor2<Cpu>> = a.1.iter().map(|end| dev.sample_normal_like(end.shape())).collect();
        for (a, b) in a.1.iter().zip(&b.1) {
            close("last state", &a.as_vec(), &b.as_vec());
        }
        let [a, b] = [a, b].map(|(y, ends)| {
            let mut loss = (y * dy.clone()).sum::<Rank0, _>();
            for (end, dend) in ends.iter().zip(&dends) {
                loss = loss + (end.retaped::<OwnedTape<f32, Cpu>>() * dend.clone()).sum::<Rank0, _>();
            }
            loss.backward()
        });
        close("dx", &a.get(x).as_vec(), &b.get(x).as_vec());
        for way in ways {
            for w in [&way.weights.ih, &way.weights.hh].into_iter().chain(&way.start) {
                close("dw", &a.get(w).as_vec(), &b.get(w).as_vec());
            }
            for bias in [&way.weights.bias_ih, &way.weights.bias_hh] {
                close("db", &a.get(bias).as_vec(), &b.get(bias).as_vec());
            }
        }
        Ok(())
    }

    #[test]
    fn compositions_equal_the_kernels() -> Result<()> {
        let dev = Cpu::seed_from_u64(3);
        for cell in CELLS {
            for [batch, steps, inputs, hidden] in [[1, 1, 1, 1], [9, 6, 5, 17], [3, 4, 18, 2]] {
                let x: Tensor3<Cpu> = dev.sample_normal_like(&(batch, steps, inputs));
                let [a, b] = [false, true].map(|backward| way(&dev, cell, [batch, inputs, hidden], backward, false));
                compare(cell, &x, std::slice::from_ref(&a), None, false)?;
                compare(cell, &x, &[a, b], None, true)?;
            }
        }
        Ok(())
    }

    #[test]
    fn compositions_equal_the_kernels_with_lengths_and_states() -> Result<()> {
        let dev = Cpu::seed_from_u64(4);
        let lengths: [(&[usize], usize); 4] = [
            (&[3, 6, 0, 1, 6, 2, 5, 4, 3, 2, 1, 6, 6, 0, 1, 2, 3], 6),
            (&[0, 2, 2], 4),
            (&[0, 0], 3),
            (&[1], 1),
        ];
        for cell in CELLS {
            for (lengths, steps) in lengths {
                let (batch, inputs, hidden) = (lengths.len(), 5, 18);
                let x: Tensor3<Cpu> = dev.sample_normal_like(&(batch, steps, inputs));
                for started in [false, true] {
                    let way = |backward| way(&dev, cell, [batch, inputs, hidden], backward, started);
                    compare(cell, &x, &[way(false)], Some(lengths), started)?;
                    compare(cell, &x, &[way(false), way(true)], Some(lengths), !started)?;
                }
            }
        }
        Ok(())
    }
}
