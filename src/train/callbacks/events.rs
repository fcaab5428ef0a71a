//! What a run tells its callbacks, what they answer, and what they keep in mind.

use crate::train::results::history::{Epoch, History};

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    #[default]
    Continue,
    /// End the run after this epoch (or batch), as if it had been the last one.
    Stop,
}

impl Control {
    /// Stop, if one of the two says so.
    pub(in crate::train) fn and(self, other: Self) -> Self {
        if self == Self::Stop { self } else { other }
    }
}

/// A run is about to begin.
#[derive(Clone, Debug, PartialEq)]
pub struct FitBegin {
    /// The epochs that the run will have, if nothing stops it.
    pub epochs: usize,
    /// The epochs that an interrupted run had done before, 0 unless [`Learner::resume`](crate::train::Learner::resume) found some.
    pub done: usize,
    /// Batches per epoch.
    pub batches: usize,
    /// What these earlier epochs brought.
    pub history: History,
}

/// A batch has been learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchEnd {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The batch in the run, from 0.
    pub step: usize,
    /// The batches of the whole run.
    pub steps: usize,
    /// The loss of the batch, before its step.
    pub loss: f32,
    /// The learning rate of the step.
    pub lr: f32,
    /// The length of the gradient before it was clipped, where [`Learner::clip_norm`](crate::train::Learner::clip_norm) is set and this batch ended in a
    /// step.
    pub gradient_norm: Option<f32>,
}

/// An epoch has ended; its validation figures are there.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochEnd {
    /// The figures of the epoch.
    pub epoch: Epoch,
    /// What [`Epoch::metric`] is: `accuracy` or `mean abs. error`, or what a [loss of your own](crate::train::CustomLoss) measures.
    pub metric: &'static str,
    /// The epochs that the run will have, if nothing stops it.
    pub epochs: usize,
    /// The batches of the run so far.
    pub steps: usize,
    /// The learning rate of the last step.
    pub lr: f32,
}

/// A run has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct FitEnd {
    /// The figures of the run.
    pub history: History,
    /// Whether a callback stopped the run before its last epoch.
    pub stopped: bool,
}

/// What a callback keeps in mind from epoch to epoch, in a form that a [`Checkpoint`](super::Checkpoint) can write down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memo {
    /// Numbers whose meaning the callback knows.
    pub numbers: Vec<f64>,
    /// Longer rows of numbers, such as weights.
    pub tensors: Vec<Vec<f32>>,
}

/// All that a run needs to be taken up again, besides the learner.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// The figures of the epochs so far.
    pub history: History,
    /// What each callback keeps in mind, by its name.
    pub memos: Vec<(String, Memo)>,
    /// Batches per epoch.
    pub batches: usize,
    /// Whether a callback has ended the run.
    pub stopped: bool,
}
