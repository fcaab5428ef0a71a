//! The sizes of a recurrent layer on the CPU, and its weights as the matrix products want to read them.

use dfdx::prelude::*;

use super::cell::Cell;
use super::cpu_pieces::{Piece, piece_size, pieces};
use super::weights::Weights;
use crate::ops::cpu::{Panels, Table, Values, padded, values};

/// The sizes of it all.
pub(super) struct Plan {
    pub cell: Cell,
    pub batch: usize,
    /// Steps of the block; a sequence may have fewer.
    pub steps: usize,
    pub inputs: usize,
    pub hidden: usize,
    /// Units, with padding.
    pub width: usize,
    /// Samples of a piece; the last may have fewer.
    pub samples: usize,
    /// None where there are no units.
    pub pieces: Vec<Piece>,
}

impl Plan {
    pub fn new(cell: Cell, [batch, steps, inputs]: [usize; 3], hidden: usize, lengths: Option<&[usize]>) -> Self {
        Self {
            cell,
            batch,
            steps,
            inputs,
            hidden,
            width: padded(hidden),
            samples: piece_size(batch),
            pieces: if hidden == 0 {
                Vec::new()
            } else {
                pieces(batch, steps, lengths)
            },
        }
    }

    /// Numbers from one row of inputs, gates or states to the next.
    pub fn input_row(&self) -> usize {
        padded(self.inputs).max(1)
    }

    pub fn gate_row(&self) -> usize {
        self.cell.blocks() * self.width
    }

    pub fn state_row(&self) -> usize {
        self.cell.states() * self.width
    }

    /// Numbers that a piece may need for its inputs, gates and states.
    pub fn sizes(&self) -> [usize; 3] {
        let rows = self.samples * self.steps;
        [
            rows * self.input_row(),
            rows * self.gate_row(),
            (rows + self.samples) * self.state_row(),
        ]
    }

    /// For each unit of each gate, where it stands in a row of gates.
    fn columns(&self, blocks: impl Iterator<Item = usize>) -> Table {
        Table::new(
            blocks
                .flat_map(|block| (0..self.hidden).map(move |u| block * self.width + u))
                .collect(),
        )
    }

    /// Where the rows of the state's weights stand in a row of gates, and those of the inputs'.
    pub fn places(&self) -> [Table; 2] {
        let inputs = self.cell.inputs().iter().copied();
        [self.columns(0..self.cell.gates()), self.columns(inputs)]
    }
}

/// What the way back needs: piece by piece, in each step by step, in each sample by sample.
#[derive(Default)]
pub(super) struct Kept {
    pub inputs: Vec<f32>,
    pub gates: Vec<f32>,
    /// One step more than the others: it begins with the states before the first.
    pub states: Vec<f32>,
}

/// The numbers of the weights, for as long as they are needed.
pub(super) struct Numbers {
    ih: Values<(usize, usize)>,
    hh: Values<(usize, usize)>,
    bias_ih: Values<(usize,)>,
    bias_hh: Values<(usize,)>,
}

impl Numbers {
    pub fn of(weights: &Weights<Cpu>) -> Result<Self, CpuError> {
        Ok(Self {
            ih: values(&weights.ih)?,
            hh: values(&weights.hh)?,
            bias_ih: values(&weights.bias_ih)?,
            bias_hh: values(&weights.bias_hh)?,
        })
    }

    /// Both biases in one row of gates: each unit's sum has one place.
    pub fn bias(&self, plan: &Plan) -> Vec<f32> {
        let mut bias = vec![0.0; plan.gate_row()];
        let [hidden, inputs] = plan.places();
        for (numbers, columns) in [(&self.bias_hh, hidden), (&self.bias_ih, inputs)] {
            numbers
                .iter()
                .zip(columns.as_slice())
                .for_each(|(b, at)| bias[*at] += *b);
        }
        bias
    }

    /// The weights of the inputs, a column per place in a row of gates, or a row per place.
    pub fn input_panels(&self, plan: &Plan, turned: bool) -> Panels {
        let (size, row) = (plan.hidden * plan.inputs, plan.gate_row());
        let mut panels = if turned {
            Panels::zeros(row, plan.inputs)
        } else {
            Panels::zeros(plan.inputs, row)
        };
        for (gate, block) in self.ih.chunks(size.max(1)).zip(plan.cell.inputs()) {
            if turned {
                panels.set_rows(block * plan.width, gate, plan.inputs);
            } else {
                panels.set_columns(block * plan.width, gate);
            }
        }
        panels
    }

    /// The weights of the state, likewise.
    pub fn state_panels(&self, plan: &Plan, turned: bool) -> Panels {
        let (size, row) = (plan.hidden * plan.hidden, plan.cell.gates() * plan.width);
        let mut panels = if turned {
            Panels::zeros(row, plan.hidden)
        } else {
            Panels::zeros(plan.hidden, row)
        };
        for (block, gate) in self.hh.chunks(size.max(1)).enumerate() {
            if turned {
                panels.set_rows(block * plan.width, gate, plan.hidden);
            } else {
                panels.set_columns(block * plan.width, gate);
            }
        }
        panels
    }
}
