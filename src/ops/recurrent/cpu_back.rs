//! The way back of a recurrent layer on the CPU: the gradients of everything, from those of the outputs.

use super::cpu_pieces::Piece;
use super::cpu_plan::{Kept, Numbers, Plan};
use crate::ops::cpu::{Panels, Pieces, Rows, Table, add, add_weight_gradient, for_each_part, padded, with_scratch};

/// What is the same for all pieces on the way back.
pub(super) struct Back<'a> {
    pub plan: &'a Plan,
    pub numbers: &'a Numbers,
    /// Whether the sequences were read from their ends.
    pub backward: bool,
    /// Whether the states before the first step were given.
    pub started: bool,
    /// The gradient of the outputs, where those of this way begin in a row, and the numbers of a row.
    pub dy: (&'a [f32], usize, usize),
    /// The gradients of the last states, if they were asked for.
    pub ends: Vec<Vec<f32>>,
}

impl Back<'_> {
    /// Backward through all steps: the gradients of the gates take the place of the gates, that of the input is added to
    /// `dx`. Returns the sums over all samples and steps, one for each place in a row of gates, and the gradients of the
    /// states before the first step, if those were given.
    pub fn through_time(&self, kept: &mut Kept, dx: Option<&mut Vec<f32>>) -> (Vec<f32>, Vec<Vec<f32>>) {
        let (plan, gate_row, count) = (self.plan, self.plan.gate_row(), self.plan.pieces.len());
        let [_, gate, state] = plan.sizes();
        let back = self.numbers.state_panels(plan, true);
        let mut starts = vec![vec![0.0; plan.batch * plan.hidden]; if self.started { plan.cell.states() } else { 0 }];
        let mut sums = vec![0.0; count * gate_row];
        {
            let (all_sums, all_gates) = (Pieces::new(&mut sums, gate_row), Pieces::new(&mut kept.gates, gate));
            let starts: Vec<_> = starts.iter_mut().map(|s| Pieces::new(s, plan.hidden)).collect();
            let dx = dx.map(|dx| {
                (
                    Pieces::new(dx, plan.steps * plan.inputs),
                    self.numbers.input_panels(plan, true),
                )
            });
            for_each_part(count, |i| {
                // The longest first: nobody waits for them at the end.
                let i = count - 1 - i;
                let (piece, mut gates) = (&plan.pieces[i], all_gates.lock(i));
                let states = &kept.states[i * state..];
                self.piece(piece, &back, states, &mut gates, &mut all_sums.lock(i), &starts);
                if let Some((pieces, panels)) = &dx {
                    self.input_gradient(piece, &gates, panels, pieces);
                }
            });
        }
        let mut total = vec![0.0; gate_row];
        sums.chunks(gate_row.max(1)).for_each(|sums| add(&mut total, sums));
        (total, starts)
    }

    /// Backward through the steps of one piece.
    fn piece(
        &self,
        piece: &Piece,
        back: &Panels,
        states: &[f32],
        gates: &mut [f32],
        sums: &mut [f32],
        starts: &[Pieces<f32>],
    ) {
        let (plan, gate_row, state_row) = (self.plan, self.plan.gate_row(), self.plan.state_row());
        let (all, hidden) = (piece.samples.len(), plan.hidden);
        with_scratch(all * state_row, |carries| {
            carries.fill(0.0);
            for (carry, sample) in carries.chunks_mut(state_row).zip(&piece.samples) {
                for (carry, end) in carry.chunks_mut(plan.width).zip(&self.ends) {
                    add(carry, &end[sample * hidden..][..hidden]);
                }
            }
            for step in (0..piece.steps()).rev() {
                let (rows, middle) = (piece.step(step), piece.states(step));
                let n = rows.len();
                let carries = &mut carries[(all - n) * state_row..];
                for (carry, i) in carries.chunks_mut(state_row).zip(all - n..) {
                    let (dy, first, row) = self.dy;
                    let at = piece.samples[i] * plan.steps + piece.place(i, step, self.backward);
                    add(carry, &dy[at * row + first..][..hidden]);
                }
                let gates = &mut gates[rows.start * gate_row..rows.end * gate_row];
                let (before, after) = states[(middle - n) * state_row..][..2 * n * state_row].split_at(n * state_row);
                plan.cell.backward(plan.width, gates, sums, [before, after], carries);
                if step > 0 || self.started {
                    let rows = Rows {
                        data: gates,
                        row: gate_row,
                    };
                    back.multiply(n, rows.left(), carries, state_row, true);
                }
            }
            for (carry, sample) in carries.chunks(state_row).zip(&piece.samples) {
                for (start, carry) in starts.iter().zip(carry.chunks(plan.width)) {
                    start.lock(*sample).copy_from_slice(&carry[..hidden]);
                }
            }
        });
    }

    /// `dx += da W`, back from steps of samples to samples of steps.
    fn input_gradient(&self, piece: &Piece, gates: &[f32], weights: &Panels, dx: &Pieces<f32>) {
        let (row, inputs) = (self.plan.input_row(), self.plan.inputs);
        with_scratch(piece.rows() * row, |scratch| {
            let gates = Rows {
                data: gates,
                row: self.plan.gate_row(),
            };
            weights.multiply(piece.rows(), gates.left(), scratch, row, false);
            for (i, sample) in piece.samples.iter().enumerate() {
                let mut dx = dx.lock(*sample);
                for step in 0..piece.lengths[i] {
                    let at = piece.place(i, step, self.backward) * inputs;
                    add(&mut dx[at..][..inputs], &scratch[piece.row(i, step) * row..][..inputs]);
                }
            }
        });
    }
}

/// `dW += da^T x` over all samples and steps.
pub(super) fn input_weights(plan: &Plan, kept: &Kept, places: &Table, dw: &mut [f32]) {
    let [size, ..] = plan.sizes();
    weight_gradient(plan, &kept.gates, places, plan.inputs, dw, |i, add| {
        let x = Rows {
            data: &kept.inputs[i * size..],
            row: plan.input_row(),
        };
        add(0, plan.pieces[i].rows(), x);
    });
}

/// `dW += da^T h` over all samples and steps, `h` being the state before the step. In a range of steps of as many samples
/// each these states stand without gaps, as the gates do.
pub(super) fn state_weights(plan: &Plan, kept: &Kept, places: &Table, dw: &mut [f32]) {
    let ([_, _, size], row) = (plan.sizes(), plan.state_row());
    weight_gradient(plan, &kept.gates, places, plan.hidden, dw, |i, add| {
        let piece = &plan.pieces[i];
        for run in piece.runs() {
            let (first, n) = (piece.step(run.start).start, piece.step(run.start).len());
            let before = piece.states(run.start) - n;
            let h = Rows {
                data: &kept.states[i * size + before * row..],
                row,
            };
            add(first, run.len() * n, h);
        }
    });
}

/// Rows of a gradient that one task works through.
const ROWS: usize = 32;

/// `dW += da^T x`. For each piece, `each` hands over ranges of rows: the first row of the gates, how many there are, and
/// the rows of `x`. Each sum is made in one part, so that it does not depend on the number of threads.
fn weight_gradient<'a>(
    plan: &Plan,
    gates: &[f32],
    places: &Table,
    columns: usize,
    dw: &mut [f32],
    each: impl Fn(usize, &mut dyn FnMut(usize, usize, Rows<'a>)) + Sync,
) {
    let (width, gate_row, [_, size, _]) = (padded(columns), plan.gate_row(), plan.sizes());
    let parts = Pieces::new(dw, ROWS * columns);
    for_each_part(parts.len(), |part| {
        let mut dw = parts.lock(part);
        with_scratch(dw.len() / columns * width, |sums| {
            sums.fill(0.0);
            for piece in 0..plan.pieces.len() {
                each(piece, &mut |first, k, x| {
                    let gates = Rows {
                        data: &gates[piece * size + first * gate_row..],
                        row: gate_row,
                    };
                    add_weight_gradient(k, gates, x, (places, part * ROWS), width, sums);
                });
            }
            for (dw, sums) in dw.chunks_mut(columns).zip(sums.chunks(width)) {
                add(dw, sums);
            }
        });
    });
}
