//! Recurrent layers on the CPU: a whole sequence forward, and backward through time.
//!
//! The batch is cut into pieces of some samples each, and a piece walks through all its steps on one thread: nobody waits
//! for anybody between two steps. What a piece needs stands step by step: inputs, gates and states of its samples for
//! step 0, then for step 1, and so on. So what the inputs of all steps add to the gates is one matrix product of a piece,
//! and so are the gradients of the weights.

use dfdx::prelude::*;

use super::cell::Cell;
use super::cpu_plan::{Numbers, Plan};
use super::weights::Weights;
use crate::ops::cpu::{
    Panels, Pieces, Rows, Table, Unasked, add, add_weight_gradient, for_each_part, padded, restore, take, values,
    with_scratch,
};
use crate::ops::tensors::Tensor3;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn recurrent<T: Tape<f32, Cpu>>(
    cell: Cell,
    x: Tensor3<Cpu, T>,
    weights: Weights<Cpu>,
) -> Result<Tensor3<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let plan = Plan::new(cell, x.shape().concrete(), weights.hh.shape().1);
    let (xs, numbers) = (values(&x)?, Numbers::of(&weights)?);
    let (y, kept) = forward(&plan, &xs, &numbers, T::OWNS_TAPE);
    let y = x
        .device()
        .try_tensor_from_vec(y, (plan.batch, plan.steps, plan.hidden))?;
    let (x, y_ghost, asked) = (x.ghost(), y.ghost(), !Unasked::is(&xs));
    drop(xs);
    tape.add_backward_op(move |gradients| {
        let mut kept = kept;
        let dy = take!(gradients, &y_ghost);
        let sums = if asked {
            let dx = gradients.get_or_alloc_mut(&x)?;
            through_time(&plan, &numbers, &mut kept, &dy, Some(dx))
        } else {
            through_time(&plan, &numbers, &mut kept, &dy, None)
        };
        restore!(gradients, &y_ghost, dy);
        let states = (&kept.states[..], plan.state_row(), plan.steps + 1);
        let inputs = (&kept.inputs[..], plan.input_row(), plan.steps);
        let (first, others) = (
            plan.columns(0..cell.gates()),
            plan.columns(cell.inputs().iter().copied()),
        );
        weight_gradient(
            &plan,
            &kept.gates,
            &first,
            states,
            plan.hidden,
            gradients.get_or_alloc_mut(&weights.hh)?,
        );
        weight_gradient(
            &plan,
            &kept.gates,
            &others,
            inputs,
            plan.inputs,
            gradients.get_or_alloc_mut(&weights.ih)?,
        );
        let bias = gradients.get_or_alloc_mut(&weights.bias_hh)?;
        bias.iter_mut()
            .zip(first.as_slice())
            .for_each(|(b, at)| *b += sums[*at]);
        let bias = gradients.get_or_alloc_mut(&weights.bias_ih)?;
        bias.iter_mut()
            .zip(others.as_slice())
            .for_each(|(b, at)| *b += sums[*at]);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// What the way back needs: piece by piece, in each step by step, in each sample by sample.
#[derive(Default)]
struct Kept {
    inputs: Vec<f32>,
    gates: Vec<f32>,
    /// One step more than the others: it begins with the state before the first, which is 0.
    states: Vec<f32>,
}

/// All states of the last layer, `(B, T, H)`, and what the way back needs where somebody wants to go it.
fn forward(plan: &Plan, x: &[f32], numbers: &Numbers, keep: bool) -> (Vec<f32>, Kept) {
    let (inputs, states) = (numbers.input_panels(plan, false), numbers.state_panels(plan, false));
    let (walk, rows) = (
        Walk {
            plan,
            inputs,
            states,
            bias: numbers.bias(plan),
        },
        plan.batch * plan.steps,
    );
    let size = |row: usize, steps: usize| plan.samples * steps * row;
    let [input, gate, state] = [
        size(plan.input_row(), plan.steps),
        size(plan.gate_row(), plan.steps),
        size(plan.state_row(), plan.steps + 1),
    ];
    let mut y = vec![0.0; rows * plan.hidden];
    let out = Pieces::new(&mut y, size(plan.hidden, plan.steps));
    let x = |i: usize| &x[i * size(plan.inputs, plan.steps)..];
    let mut kept = Kept::default();
    if keep {
        kept.inputs = vec![0.0; rows * plan.input_row()];
        kept.gates = vec![0.0; rows * plan.gate_row()];
        kept.states = vec![0.0; plan.batch * (plan.steps + 1) * plan.state_row()];
        let inputs = Pieces::new(&mut kept.inputs, input);
        let (gates, states) = (Pieces::new(&mut kept.gates, gate), Pieces::new(&mut kept.states, state));
        for_each_part(plan.pieces(), |i| {
            let places = [&mut **inputs.lock(i), &mut **gates.lock(i), &mut **states.lock(i)];
            walk.run(plan.samples(i), x(i), places, &mut out.lock(i));
        });
    } else {
        for_each_part(plan.pieces(), |i| {
            with_scratch(input + gate + state, |scratch| {
                let (inputs, rest) = scratch.split_at_mut(input);
                let (gates, states) = rest.split_at_mut(gate);
                walk.run(plan.samples(i), x(i), [inputs, gates, states], &mut out.lock(i));
            });
        });
    }
    drop(out);
    (y, kept)
}

/// What is the same for all pieces on their way through the steps.
struct Walk<'a> {
    plan: &'a Plan,
    inputs: Panels,
    states: Panels,
    bias: Vec<f32>,
}

impl Walk<'_> {
    /// All steps of a piece of `n` samples. `x` begins with its first; `y` is its part of the result.
    fn run(&self, n: usize, x: &[f32], [inputs, gates, states]: [&mut [f32]; 3], y: &mut [f32]) {
        let &Plan {
            cell,
            steps,
            hidden,
            width,
            ..
        } = self.plan;
        let (input_row, gate_row, state_row) = (self.plan.input_row(), self.plan.gate_row(), self.plan.state_row());
        for (i, to) in inputs.chunks_mut(input_row).take(n * steps).enumerate() {
            let (step, sample) = (i / n, i % n);
            to[..self.plan.inputs]
                .copy_from_slice(&x[(sample * steps + step) * self.plan.inputs..][..self.plan.inputs]);
        }
        let rows = Rows {
            data: inputs,
            row: input_row,
        };
        self.inputs.multiply(n * steps, rows.left(), gates, gate_row, false);
        states[..n * state_row].fill(0.0);
        for step in 0..steps {
            let gates = &mut gates[step * n * gate_row..][..n * gate_row];
            let (before, after) = states[step * n * state_row..][..2 * n * state_row].split_at_mut(n * state_row);
            if step > 0 {
                let rows = Rows {
                    data: before,
                    row: state_row,
                };
                self.states.multiply(n, rows.left(), gates, gate_row, true);
            }
            cell.forward(width, gates, &self.bias, before, after);
            for (sample, state) in after.chunks(state_row).enumerate() {
                y[(sample * steps + step) * hidden..][..hidden].copy_from_slice(&state[..hidden]);
            }
        }
    }
}

/// Backward through all steps: the gradients of the gates take the place of the gates, that of the input is added to `dx`.
/// Returns the sums over all samples and steps, one for each place in a row of gates.
fn through_time(plan: &Plan, numbers: &Numbers, kept: &mut Kept, dy: &[f32], dx: Option<&mut Vec<f32>>) -> Vec<f32> {
    let (gate_row, state_row, steps) = (plan.gate_row(), plan.state_row(), plan.steps);
    let back = numbers.state_panels(plan, true);
    let mut sums = vec![0.0; plan.pieces() * gate_row];
    let (all_sums, states) = (Pieces::new(&mut sums, gate_row), &kept.states);
    let all_gates = Pieces::new(&mut kept.gates, plan.samples * steps * gate_row);
    let size = plan.samples * steps * plan.inputs;
    let dx = dx.map(|dx| (Pieces::new(dx, size), numbers.input_panels(plan, true)));
    for_each_part(plan.pieces(), |i| {
        let (n, mut gates, mut sums) = (plan.samples(i), all_gates.lock(i), all_sums.lock(i));
        let states = &states[i * plan.samples * (steps + 1) * state_row..];
        let dy = &dy[i * plan.samples * steps * plan.hidden..];
        with_scratch(n * state_row, |carry| {
            carry.fill(0.0);
            for step in (0..steps).rev() {
                for (sample, carry) in carry.chunks_mut(state_row).enumerate() {
                    add(carry, &dy[(sample * steps + step) * plan.hidden..][..plan.hidden]);
                }
                let gates = &mut gates[step * n * gate_row..][..n * gate_row];
                let (before, after) = states[step * n * state_row..][..2 * n * state_row].split_at(n * state_row);
                plan.cell.backward(plan.width, gates, &mut sums, [before, after], carry);
                if step > 0 {
                    let rows = Rows {
                        data: gates,
                        row: gate_row,
                    };
                    back.multiply(n, rows.left(), carry, state_row, true);
                }
            }
        });
        if let Some((pieces, panels)) = &dx {
            input_gradient(
                plan,
                n,
                Rows {
                    data: &gates,
                    row: gate_row,
                },
                panels,
                &mut pieces.lock(i),
            );
        }
    });
    drop((all_gates, all_sums));
    let mut total = vec![0.0; gate_row];
    sums.chunks(gate_row.max(1)).for_each(|sums| add(&mut total, sums));
    total
}

/// `dx += da W`, back from steps of samples to samples of steps.
fn input_gradient(plan: &Plan, n: usize, gates: Rows, weights: &Panels, dx: &mut [f32]) {
    let (row, rows) = (plan.input_row(), n * plan.steps);
    with_scratch(rows * row, |scratch| {
        weights.multiply(rows, gates.left(), scratch, row, false);
        for (i, d) in scratch.chunks(row).enumerate() {
            let (step, sample) = (i / n, i % n);
            add(
                &mut dx[(sample * plan.steps + step) * plan.inputs..][..plan.inputs],
                &d[..plan.inputs],
            );
        }
    });
}

/// Rows of a gradient that one task works through.
const ROWS: usize = 32;

/// `dW += da^T x` over all samples and steps, `x` being the inputs or the states: numbers, numbers in a row, and steps in a
/// piece. Each sum is made in one piece, so that it does not depend on the number of threads.
fn weight_gradient(
    plan: &Plan,
    gates: &[f32],
    places: &Table,
    x: (&[f32], usize, usize),
    columns: usize,
    dw: &mut [f32],
) {
    let (x, row, steps_of_x) = x;
    let (width, gate_row) = (padded(columns), plan.gate_row());
    let parts = Pieces::new(dw, ROWS * columns);
    for_each_part(parts.len(), |part| {
        let mut dw = parts.lock(part);
        with_scratch(dw.len() / columns * width, |sums| {
            sums.fill(0.0);
            for piece in 0..plan.pieces() {
                let (first, k) = (piece * plan.samples, plan.samples(piece) * plan.steps);
                let gates = Rows {
                    data: &gates[first * plan.steps * gate_row..],
                    row: gate_row,
                };
                let x = Rows {
                    data: &x[first * steps_of_x * row..],
                    row,
                };
                add_weight_gradient(k, gates, x, (places, part * ROWS), width, sums);
            }
            for (dw, sums) in dw.chunks_mut(columns).zip(sums.chunks(width)) {
                add(dw, sums);
            }
        });
    });
}
