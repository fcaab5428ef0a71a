//! How a set keeps its samples.

use std::sync::Arc;

use super::batch::{IGNORE, Targets};
use super::ragged::Ragged;

/// The samples, one after the other.
#[derive(Clone)]
pub(super) enum Inputs {
    /// Pixels, 0..=255.
    Pixels(Arc<Vec<u8>>),
    /// Any numbers.
    Values(Arc<Vec<f32>>),
    /// Sequences of token ids, each as long as it is: one list of them, or a source and a target for each sample.
    Tokens(Vec<Ragged<u32>>),
    /// Sequences of rows of so many numbers, each as long as it is.
    Rows(Ragged<f32>, usize),
}

/// The targets, one after the other.
pub(super) enum TargetStore {
    Classes(Vec<usize>),
    Values {
        data: Vec<f32>,
        dim: usize,
    },
    /// A class for every step of a sequence, [`SKIP`] where nothing is asked.
    Steps(Ragged<u32>),
}

/// [`IGNORE`] as it is stored.
pub(super) const SKIP: u32 = u32::MAX;

impl TargetStore {
    /// The number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(labels) => labels.len(),
            Self::Values { data, dim } => data.len() / dim,
            Self::Steps(steps) => steps.len(),
        }
    }

    /// The targets of some samples, those of sequences filled up to `steps`.
    pub fn at(&self, rows: &[usize], steps: usize) -> Targets {
        match self {
            Self::Classes(labels) => Targets::Classes(rows.iter().map(|&row| labels[row]).collect()),
            Self::Values { data, dim } => Targets::Values {
                data: values(data, *dim, rows),
                dim: *dim,
            },
            Self::Steps(all) => {
                let mut classes = vec![IGNORE; rows.len() * steps];
                for (place, row) in classes.chunks_mut(steps.max(1)).zip(rows) {
                    let known = |class: &u32| if *class == SKIP { IGNORE } else { *class as usize };
                    let targets = all.get(*row).iter().map(known);
                    place.iter_mut().zip(targets).for_each(|(place, class)| *place = class);
                }
                Targets::Steps { classes, steps }
            }
        }
    }

    /// The targets of some samples, in a store of their own.
    pub fn only(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes(labels) => Self::Classes(rows.iter().map(|&row| labels[row]).collect()),
            Self::Values { data, dim } => Self::Values {
                data: values(data, *dim, rows),
                dim: *dim,
            },
            Self::Steps(all) => Self::Steps(all.only(rows)),
        }
    }

    /// What the targets are, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Classes(_) => "a set with classes",
            Self::Values { .. } => "a set with target values (a regression)",
            Self::Steps(_) => "a set with a class for every step",
        }
    }
}

fn values(data: &[f32], dim: usize, rows: &[usize]) -> Vec<f32> {
    rows.iter()
        .flat_map(|row| &data[row * dim..(row + 1) * dim])
        .copied()
        .collect()
}
