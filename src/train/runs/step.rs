//! One training step.

use dfdx::prelude::*;

use super::check;
use super::constraint::Constraint;
use super::l1;
use crate::Result;
use crate::data::Batch;
use crate::train::learner::Learner;
use crate::train::networks::network::Walk;
use crate::train::optimizers::optimizer::Optimizer;
use crate::train::optimizers::schedule::Schedule;

/// What a batch contributes to a step.
#[derive(Clone, Copy, Debug)]
pub(in crate::train) struct Share {
    /// The part of the step's samples that are in this batch, 0 to 1.
    pub weight: f32,
    /// Whether the step is made after this batch.
    pub last: bool,
}

/// The share of a batch that is a step of its own.
pub(in crate::train) const WHOLE: Share = Share {
    weight: 1.0,
    last: true,
};

impl Learner {
    /// Gathers the gradient of `batches` batches before each step, as if they were one: for batches that memory would
    /// not hold. 1 unless set. (Batch normalization still sees the batches one by one.) Taught in notebook 12.
    pub fn accumulate(&mut self, batches: usize) -> &mut Self {
        self.accumulate = batches;
        self
    }

    /// One step on one batch, at the optimizer's own rate: for a loop of your own. Transforms, callbacks and
    /// [`accumulate`](Learner::accumulate) have no part in it. Returns the loss before the step.
    ///
    /// # Errors
    /// As [`Learner::fit`].
    pub fn train_batch(&mut self, batch: Batch) -> Result<f32> {
        check::some("batch", batch.len())?;
        self.check(&Schedule::Constant)?;
        let optimizer = self.optimizer;
        Ok(self.step(batch, WHOLE, &optimizer, 0)?.0)
    }

    /// Refuses settings that have no meaning, before any weight has moved.
    pub(in crate::train) fn check(&self, schedule: &Schedule) -> Result<()> {
        schedule.check(self.optimizer.lr())?;
        self.optimizer.check()?;
        self.clip.check()?;
        self.constraint.map_or(Ok(()), Constraint::check)?;
        l1::check(self.l1)?;
        check::accumulate(self.accumulate)
    }

    /// Adds the gradient of a batch to that of the step, and makes the step after its last batch. Returns the loss before
    /// the step, and the norm of the gradient where clipping measured it.
    pub(in crate::train) fn step(
        &mut self,
        batch: Batch,
        share: Share,
        optimizer: &Optimizer,
        number: usize,
    ) -> Result<(f32, Option<f32>)> {
        self.keep_standing()?;
        let scores = self.net.forward_mut(batch.inputs, &batch.sample_shape)?;
        let loss = self.loss.of(scores, &batch.targets)?;
        let value = loss.array();
        check::loss(
            || format!("the training loss of batch {}", number + 1),
            f64::from(value),
        )?;
        self.put_back()?;
        let loss = if share.weight == 1.0 {
            loss
        } else {
            loss.try_mul(share.weight)?
        };
        self.net.backward(loss)?;
        let norm = if share.last { self.update(optimizer)? } else { None };
        Ok((value, norm))
    }

    /// Forgets the gradient of batches after which no step was made.
    pub(in crate::train) fn forget_gradient(&mut self) -> Result<()> {
        let stops = vec![false; self.layout.len()];
        let walk = Walk {
            stops: &stops,
            values: false,
            clear: true,
        };
        self.net.walk(walk, &mut |_| ())
    }

    /// Moves all tensors along the gradient that is there, and forgets it.
    pub(in crate::train) fn update(&mut self, optimizer: &Optimizer) -> Result<Option<f32>> {
        let moving = self.parts.moving(&self.layout);
        let norm = self.gradient_norm(&moving)?;
        let (state, parts, clip) = (&mut self.state, &self.parts, self.clip);
        let (layout, constraint, l1) = (&self.layout, self.constraint, self.l1);
        let walk = Walk {
            stops: &moving,
            values: true,
            clear: true,
        };
        self.net.walk(walk, &mut |slot| {
            let i = slot.index;
            let mut own = *optimizer;
            own.set_lr(own.lr() * parts.rate(i));
            clip.apply(slot.gradient, norm);
            state.memory(i).step(&own, slot.values, slot.gradient);
            if l1 > 0.0 && layout[i].has_units() {
                l1::shrink(slot.values, own.lr() * l1);
            }
            if let Some(constraint) = constraint.filter(|_| layout[i].has_units()) {
                constraint.apply(slot.values, layout[i].shape[0]);
            }
        })?;
        Ok(norm)
    }
}
