//! Recurrent layers on the CPU: whole sequences forward, and backward through time.
//!
//! The batch is cut into pieces of some samples each, and a piece walks through all its steps on one thread: nobody waits
//! for anybody between two steps. What a piece needs stands step by step: inputs, gates and states of its samples for
//! step 0, then for step 1, and so on. So what the inputs of all steps add to the gates is one matrix product of a piece,
//! and so are the gradients of the weights.

use std::sync::Arc;

use dfdx::prelude::*;

use super::cell::Cell;
use super::cpu_back::{Back, input_weights, state_weights};
use super::cpu_pieces::Piece;
use super::cpu_plan::{Kept, Numbers, Plan};
use super::way::Way;
use crate::ops::cpu::{Panels, Pieces, Rows, Unasked, add, for_each_part, restore, take, values, with_scratch};
use crate::ops::tensors::{Tensor2, Tensor3};

/// Forward, and the backward pass recorded on the tape. The second result holds the last states of each way, if they are
/// asked for; their gradients are read where that of the first result is.
pub(crate) fn recurrent<T: Tape<f32, Cpu>>(
    cell: Cell,
    x: Tensor3<Cpu, T>,
    ways: Vec<Way<Cpu>>,
    lengths: Option<Arc<[usize]>>,
    last: bool,
) -> Result<(Tensor3<Cpu, T>, Vec<Tensor2<Cpu>>), CpuError> {
    let (x, mut tape) = x.split_tape();
    let (sizes, dev) = (x.shape().concrete(), x.device().clone());
    let hidden = ways.first().map_or(0, |way| way.weights.hh.shape().1);
    let plan = Plan::new(cell, sizes, hidden, lengths.as_deref());
    let (xs, row) = (values(&x)?, ways.len() * hidden);
    let mut y = vec![0.0; plan.batch * plan.steps * row];
    let counted = if last { cell.states() } else { 0 };
    let (mut walked, mut ends) = (Vec::new(), Vec::new());
    for (i, way) in ways.into_iter().enumerate() {
        let numbers = Numbers::of(&way.weights)?;
        let start = way.start.iter().map(values).collect::<Result<Vec<_>, _>>()?;
        let mut end = vec![vec![0.0; plan.batch * hidden]; counted];
        let walk = Walk {
            plan: &plan,
            start: start.iter().map(|numbers| &numbers[..]).collect(),
            backward: way.backward,
            inputs: numbers.input_panels(&plan, false),
            states: numbers.state_panels(&plan, false),
            bias: numbers.bias(&plan),
        };
        let kept = forward(&walk, &xs, (&mut y, i * hidden, row), &mut end, T::OWNS_TAPE);
        for end in end {
            ends.push(dev.try_tensor_from_vec(end, (plan.batch, hidden))?);
        }
        walked.push((way, numbers, kept));
    }
    let y = dev.try_tensor_from_vec(y, (plan.batch, plan.steps, row))?;
    let (x, y_ghost, asked) = (x.ghost(), y.ghost(), !Unasked::is(&xs));
    let end_ghosts: Vec<_> = ends.iter().map(Tensor::ghost).collect();
    drop(xs);
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        for (i, (way, numbers, mut kept)) in walked.into_iter().enumerate() {
            let mut ends = Vec::new();
            for end in &end_ghosts[i * counted..][..counted] {
                ends.push(gradients.get_or_alloc_mut(end)?.to_vec());
            }
            let back = Back {
                plan: &plan,
                numbers: &numbers,
                backward: way.backward,
                started: !way.start.is_empty(),
                dy: (&dy, i * plan.hidden, row),
                ends,
            };
            let (sums, starts) = if asked && plan.inputs > 0 {
                let dx = gradients.get_or_alloc_mut(&x)?;
                back.through_time(&mut kept, Some(dx))
            } else {
                back.through_time(&mut kept, None)
            };
            for (start, more) in way.start.iter().zip(&starts) {
                add(gradients.get_or_alloc_mut(start)?, more);
            }
            let (weights, places) = (&way.weights, plan.places());
            state_weights(&plan, &kept, &places[0], gradients.get_or_alloc_mut(&weights.hh)?);
            input_weights(&plan, &kept, &places[1], gradients.get_or_alloc_mut(&weights.ih)?);
            for (bias, places) in [&weights.bias_hh, &weights.bias_ih].iter().zip(&places) {
                let bias = gradients.get_or_alloc_mut(*bias)?.iter_mut();
                bias.zip(places.as_slice()).for_each(|(b, at)| *b += sums[*at]);
            }
        }
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok((y.put_tape(tape), ends))
}

/// A result that several ways share: the numbers, where the part of one begins in a row, and the numbers of a row.
type Shared<N> = (N, usize, usize);

/// One way of all sequences; and what the way back needs, where somebody wants to go it.
fn forward(walk: &Walk, x: &[f32], (y, first, row): Shared<&mut [f32]>, ends: &mut [Vec<f32>], keep: bool) -> Kept {
    let (plan, mut kept) = (walk.plan, Kept::default());
    let out = Out {
        y: Pieces::new(y, plan.steps * row),
        ends: ends.iter_mut().map(|end| Pieces::new(end, plan.hidden)).collect(),
        first,
        row,
    };
    let [input, gate, state] = plan.sizes();
    if keep {
        let count = plan.pieces.len();
        kept = Kept {
            inputs: vec![0.0; count * input],
            gates: vec![0.0; count * gate],
            states: vec![0.0; count * state],
        };
        let inputs = Pieces::new(&mut kept.inputs, input);
        let (gates, states) = (Pieces::new(&mut kept.gates, gate), Pieces::new(&mut kept.states, state));
        // The longest first: nobody waits for them at the end.
        for_each_part(count, |i| {
            let i = count - 1 - i;
            let places = [&mut **inputs.lock(i), &mut **gates.lock(i), &mut **states.lock(i)];
            walk.run(&plan.pieces[i], x, places, &out);
        });
    } else {
        for_each_part(plan.pieces.len(), |i| {
            with_scratch(input + gate + state, |scratch| {
                let (inputs, rest) = scratch.split_at_mut(input);
                let (gates, states) = rest.split_at_mut(gate);
                let piece = &plan.pieces[plan.pieces.len() - 1 - i];
                walk.run(piece, x, [inputs, gates, states], &out);
            });
        });
    }
    kept
}

/// What is the same for all pieces on their way through the steps.
struct Walk<'a> {
    plan: &'a Plan,
    start: Vec<&'a [f32]>,
    backward: bool,
    inputs: Panels,
    states: Panels,
    bias: Vec<f32>,
}

/// Where the results go: in pieces of one sample.
struct Out<'a> {
    y: Pieces<'a, f32>,
    ends: Vec<Pieces<'a, f32>>,
    first: usize,
    row: usize,
}

impl Walk<'_> {
    /// All steps of a piece.
    fn run(&self, piece: &Piece, x: &[f32], [inputs, gates, states]: [&mut [f32]; 3], out: &Out) {
        let plan = self.plan;
        let (input_row, gate_row, state_row) = (plan.input_row(), plan.gate_row(), plan.state_row());
        self.begin(piece, x, inputs, states);
        let rows = Rows {
            data: inputs,
            row: input_row,
        };
        self.inputs.multiply(piece.rows(), rows.left(), gates, gate_row, false);
        for step in 0..piece.steps() {
            let (rows, middle) = (piece.step(step), piece.states(step));
            let n = rows.len();
            let gates = &mut gates[rows.start * gate_row..rows.end * gate_row];
            let (before, after) = states[(middle - n) * state_row..][..2 * n * state_row].split_at_mut(n * state_row);
            if step > 0 || !self.start.is_empty() {
                let rows = Rows {
                    data: before,
                    row: state_row,
                };
                self.states.multiply(n, rows.left(), gates, gate_row, true);
            }
            plan.cell.forward(plan.width, gates, &self.bias, before, after);
        }
        for (i, sample) in piece.samples.iter().enumerate() {
            self.end(piece, i, states, &mut out.y.lock(*sample)[out.first..], out.row);
            let state = &states[piece.end(i) * state_row..][..state_row];
            for (end, state) in out.ends.iter().zip(state.chunks(plan.width)) {
                end.lock(*sample).copy_from_slice(&state[..plan.hidden]);
            }
        }
    }

    /// Lays out the inputs of a piece, step by step, and the states before the first step.
    fn begin(&self, piece: &Piece, x: &[f32], inputs: &mut [f32], states: &mut [f32]) {
        let plan = self.plan;
        let (steps, row, state_row) = (plan.steps, plan.inputs, plan.state_row());
        states[..piece.samples.len() * state_row].fill(0.0);
        for (i, sample) in piece.samples.iter().enumerate() {
            let x = &x[sample * steps * row..];
            for step in 0..piece.lengths[i] {
                let at = piece.place(i, step, self.backward);
                inputs[piece.row(i, step) * plan.input_row()..][..row].copy_from_slice(&x[at * row..][..row]);
            }
            let state = states[i * state_row..][..state_row].chunks_mut(plan.width);
            for (state, start) in state.zip(&self.start) {
                state[..plan.hidden].copy_from_slice(&start[sample * plan.hidden..][..plan.hidden]);
            }
        }
    }

    /// The outputs of one sequence, at their places in the block.
    fn end(&self, piece: &Piece, i: usize, states: &[f32], y: &mut [f32], row: usize) {
        let (hidden, state_row) = (self.plan.hidden, self.plan.state_row());
        for step in 0..piece.lengths[i] {
            let from = (piece.samples.len() + piece.row(i, step)) * state_row;
            let to = piece.place(i, step, self.backward) * row;
            y[to..][..hidden].copy_from_slice(&states[from..][..hidden]);
        }
    }
}
