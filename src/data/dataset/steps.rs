//! Batches of sequences: all of them filled up to the longest.

use super::batch::{Batch, PAD};
use super::ragged::Ragged;
use super::set::Dataset;
use super::store::{Inputs, TargetStore};
use crate::{Error, Result};

impl Dataset {
    /// How many steps of sample `i` are real; 1 where the samples are no sequences of different lengths. Of a pair, the
    /// longer of the two.
    ///
    /// # Errors
    /// If there is no sample `i`.
    pub fn steps(&self, i: usize) -> Result<usize> {
        let row = self.subset(&[i])?.rows[0];
        Ok(self.length(row))
    }

    /// Whether each step of a sample has a class of its own.
    pub(crate) fn asks_every_step(&self) -> bool {
        matches!(*self.targets, TargetStore::Steps(_))
    }

    /// The steps of the longest sequence of the storage; 0 for other samples.
    pub(super) fn longest(&self) -> usize {
        match &self.inputs {
            Inputs::Tokens(lists) => lists.iter().map(Ragged::longest).max().unwrap_or(0),
            Inputs::Rows(lists, width) => lists.longest() / width,
            _ => 0,
        }
    }

    fn length(&self, row: usize) -> usize {
        match &self.inputs {
            Inputs::Tokens(lists) => lists.iter().map(|list| list.length(row)).max().unwrap_or(0),
            Inputs::Rows(lists, width) => lists.length(row) / width,
            _ => 1,
        }
    }

    /// The batch of sequences at these positions of the storage, filled up to the longest of them and to `least` steps:
    /// token ids with [`PAD`], rows of numbers with NaN, which no number of a set is.
    pub(super) fn gather_sequences(&self, rows: &[usize], least: usize) -> Batch {
        let steps = rows.iter().map(|row| self.length(*row)).max().unwrap_or(0).max(least);
        let (mut inputs, sample_shape) = match &self.inputs {
            Inputs::Tokens(lists) => {
                let shape = if lists.len() == 1 {
                    vec![steps]
                } else {
                    vec![lists.len(), steps]
                };
                (tokens(lists, rows, steps), shape)
            }
            Inputs::Rows(lists, width) => (filled(lists, rows, steps * width), vec![steps, *width]),
            _ => (Vec::new(), Vec::new()),
        };
        if let Some(normalization) = &self.normalization {
            normalization.apply(&mut inputs, 1);
        }
        Batch {
            inputs,
            sample_shape,
            targets: self.targets.at(rows, steps),
        }
    }

    /// Refuses token ids, where amounts are wanted.
    pub(super) fn check_amounts(&self) -> Result<()> {
        if let Inputs::Tokens(_) = &self.inputs {
            return Err(Error::Argument {
                what: format!("normalization of {}", self.name),
                expected: "samples of numbers".into(),
                got: "token ids, which are names and not amounts: an Embedding turns them into numbers".into(),
            });
        }
        Ok(())
    }
}

fn tokens(lists: &[Ragged<u32>], rows: &[usize], steps: usize) -> Vec<f32> {
    let mut inputs = vec![PAD as f32; rows.len() * lists.len() * steps];
    let samples = rows.iter().flat_map(|row| lists.iter().map(|list| list.get(*row)));
    for (place, ids) in inputs.chunks_mut(steps.max(1)).zip(samples) {
        place.iter_mut().zip(ids).for_each(|(place, id)| *place = *id as f32);
    }
    inputs
}

fn filled(lists: &Ragged<f32>, rows: &[usize], len: usize) -> Vec<f32> {
    let mut inputs = vec![f32::NAN; rows.len() * len];
    for (place, row) in inputs.chunks_mut(len.max(1)).zip(rows) {
        let values = lists.get(*row);
        place[..values.len()].copy_from_slice(values);
    }
    inputs
}
