//! The sizes of a recurrent layer on the CPU, and its weights as the matrix products want to read them.

use dfdx::prelude::*;

use super::cell::Cell;
use super::weights::Weights;
use crate::ops::cpu::{Panels, Table, Values, padded, part_size, values};

/// The sizes of it all.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub cell: Cell,
    pub batch: usize,
    pub steps: usize,
    pub inputs: usize,
    pub hidden: usize,
    /// Units, with padding.
    pub width: usize,
    /// Samples of a piece; the last may have fewer.
    pub samples: usize,
}

impl Plan {
    pub fn new(cell: Cell, [batch, steps, inputs]: [usize; 3], hidden: usize) -> Self {
        Self {
            cell,
            batch,
            steps,
            inputs,
            hidden,
            width: padded(hidden),
            // Whole blocks of the matrix product.
            samples: part_size(batch).next_multiple_of(4),
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

    pub fn pieces(&self) -> usize {
        if self.hidden == 0 {
            0
        } else {
            self.batch.div_ceil(self.samples)
        }
    }

    /// Samples of piece `i`.
    pub fn samples(&self, i: usize) -> usize {
        self.samples.min(self.batch - i * self.samples)
    }

    /// For each unit of each gate, where it stands in a row of gates.
    pub fn columns(&self, blocks: impl Iterator<Item = usize>) -> Table {
        Table::new(
            blocks
                .flat_map(|block| (0..self.hidden).map(move |u| block * self.width + u))
                .collect(),
        )
    }
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
        let hidden = plan.columns(0..plan.cell.gates());
        let inputs = plan.columns(plan.cell.inputs().iter().copied());
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
