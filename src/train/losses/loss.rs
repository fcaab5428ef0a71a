//! What training makes small.

use std::sync::Arc;

use dfdx::prelude::*;

use super::classes::{BinaryCrossEntropy, CrossEntropy, Focal};
use super::cost::{Costs, Likelihood, Pair};
use super::custom::{CustomLoss, SampleCosts, checked};
use super::steps;
use crate::data::{IGNORE, Targets};
use crate::device::Dev;
use crate::train::networks::network::{Scores, Scores2};
use crate::train::results::metric::Metric;
use crate::train::runs::check;
use crate::{Error, Result};

/// The loss of a batch, a single number.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Loss {
    /// `-log(softmax(scores)[class])`, the mean over the batch; for targets that are probabilities `p`, the sum of
    /// `-p * log(softmax(scores))` over the classes. PyTorch: `torch.nn.CrossEntropyLoss`. Taught in notebook 03.
    CrossEntropy,
    /// The same with weights for the classes or label smoothing: see [`CrossEntropy`].
    CrossEntropyWith(CrossEntropy),
    /// `-scores[class]`, for a network whose scores are log-probabilities already. PyTorch: `torch.nn.NLLLoss`. Taught
    /// in notebook 03.
    Nll,
    /// For two classes and a network with one score: see [`BinaryCrossEntropy`].
    BinaryCrossEntropy(BinaryCrossEntropy),
    /// Cross-entropy that looks away from easy samples: see [`Focal`].
    Focal(Focal),
    /// The mean of `(prediction - target)^2`. PyTorch: `torch.nn.MSELoss`. Taught in notebook 03.
    Mse,
    /// The mean of `|prediction - target|`. PyTorch: `torch.nn.L1Loss`. Taught in notebook 03.
    Mae,
    /// Squared below `delta`, absolute above. PyTorch: `torch.nn.HuberLoss`. Taught in notebook 03.
    Huber {
        /// Where the two meet.
        delta: f32,
    },
    /// A loss of your own, or of another part of this crate: see [`CustomLoss`].
    Custom(Arc<dyn CustomLoss>),
}

impl From<CrossEntropy> for Loss {
    fn from(loss: CrossEntropy) -> Self {
        Loss::CrossEntropyWith(loss)
    }
}

impl From<BinaryCrossEntropy> for Loss {
    fn from(loss: BinaryCrossEntropy) -> Self {
        Loss::BinaryCrossEntropy(loss)
    }
}

impl From<Focal> for Loss {
    fn from(loss: Focal) -> Self {
        Loss::Focal(loss)
    }
}

impl<L: CustomLoss> From<L> for Loss {
    fn from(loss: L) -> Self {
        Loss::Custom(Arc::new(loss))
    }
}

impl Loss {
    /// The loss of each sample by itself, before the mean: `scores` is `(B, width)`, row after row. Weighted losses are
    /// not yet divided by the sum of the weights. Where every step has a class ([`Targets::Steps`]), the loss of each step:
    /// `scores` is `(B * T, width)`, and a step that does not count costs 0. PyTorch: `reduction="none"`.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are of another kind or number, name a class that there is no score for, or
    /// do not fit the weights of the loss, and where a setting of the loss is outside its range.
    pub fn per_sample(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<Vec<f64>> {
        Ok(self.costs(scores, width, targets)?.losses)
    }

    /// The mean loss of the batch, computed in f64: see [`Loss::per_sample`]. Steps with [`IGNORE`] do not count; where none
    /// counts, it is 0.
    ///
    /// # Errors
    /// As [`Loss::per_sample`].
    pub fn mean(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<f64> {
        Ok(self.costs(scores, width, targets)?.mean())
    }

    /// What is measured on the validation set besides this loss: accuracy for classes, mean absolute error for values, for
    /// a loss of your own what it [says](CustomLoss::metric).
    pub fn metric(&self) -> Metric {
        match self {
            Loss::Custom(loss) => loss.metric(),
            loss if loss.classifies() => Metric::ACCURACY,
            _ => Metric::MEAN_ABSOLUTE_ERROR,
        }
    }

    /// What the mean over a batch with these targets divides by: the number of samples, or of steps that count, or the
    /// weights of their classes.
    /// It says what the batch counts where several are put together.
    pub(in crate::train) fn divisor(&self, targets: &Targets) -> f64 {
        match (self, targets) {
            (Loss::CrossEntropyWith(with), Targets::Classes(classes)) if !with.weights.is_empty() => {
                let weight = |class: &usize| with.weights.get(*class).map_or(1.0, |weight| f64::from(*weight));
                classes.iter().map(weight).sum()
            }
            (Loss::CrossEntropyWith(with), Targets::Steps { classes, .. }) if !with.weights.is_empty() => {
                let asked = classes.iter().filter(|class| **class != IGNORE);
                asked
                    .map(|class| with.weights.get(*class).map_or(1.0, |weight| f64::from(*weight)))
                    .sum()
            }
            _ => targets.counted() as f64,
        }
    }

    /// Whether batches count by the weights of their classes, not by their samples.
    pub(in crate::train) fn weighs_classes(&self) -> bool {
        matches!(self, Loss::CrossEntropyWith(with) if !with.weights.is_empty())
    }

    /// Whether the targets are classes.
    fn classifies(&self) -> bool {
        !matches!(self, Loss::Mse | Loss::Mae | Loss::Huber { .. } | Loss::Custom(_))
    }

    /// The mean loss of what a network answered, on the tape: for a loop of your own, whose next step is
    /// `loss.try_backward()`. `scores` are `(B, N)`, or `(B, T, N)` where every step has a class.
    ///
    /// PyTorch: `criterion(scores, targets)`. See [`NetStepper`](crate::train::NetStepper) for an example.
    ///
    /// # Errors
    /// As [`Loss::per_sample`].
    pub fn forward<T: Tape<f32, Dev>>(
        &self,
        scores: impl Scores<T>,
        targets: &Targets,
    ) -> Result<Tensor<Rank0, f32, Dev, T>> {
        self.of(scores.into_rows()?, targets)
    }

    /// The loss of `scores`, `(B, N)`, against the targets of the batch.
    ///
    /// # Errors
    /// As [`Loss::per_sample`].
    pub(in crate::train) fn of<T: Tape<f32, Dev>>(
        &self,
        scores: Scores2<T>,
        targets: &Targets,
    ) -> Result<Tensor<Rank0, f32, Dev, T>> {
        let shape = *scores.shape();
        let numbers = scores.as_vec();
        let costs = self.costs(&numbers, shape.1, targets)?;
        let slopes: Scores2 = scores.device().try_tensor_from_vec(costs.mean_slopes(), shape)?;
        // The score of a class that a mask rules out is minus infinity. It costs nothing, and its slope is 0; but 0 times
        // infinity would be NaN.
        let scores = if numbers.iter().all(|score| score.is_finite()) {
            scores
        } else {
            scores.try_clamp(f32::MIN, f32::MAX)?
        };
        // The slopes are known, so the tape only needs an expression that has them: sum(slopes * scores). Its value is
        // exchanged for that of the loss.
        let expression = scores.try_mul(slopes)?.try_sum::<Rank0, _>()?;
        let value = expression.array();
        Ok(expression.try_sub(value)?.try_add(costs.mean() as f32)?)
    }

    fn costs(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<Costs> {
        check::answers(scores.len() / width.max(1), targets)?;
        if let Loss::Custom(loss) = self {
            let SampleCosts { losses, slopes } = checked(loss.as_ref(), scores, width, targets)?;
            let costs = Costs::given(losses, slopes);
            return Ok(match targets {
                Targets::Steps { classes, .. } => costs.only(width, |i| classes[i] != IGNORE),
                _ => costs,
            });
        }
        if let Targets::Steps { classes, .. } = targets {
            return self.step_by_step(scores, width, classes, targets);
        }
        if !self.classifies() {
            return self.distances(scores, width, targets);
        }
        if matches!(self, Loss::Nll) {
            let table = self.table(targets, width)?;
            return Ok(Costs::log_likelihood(scores, width, &table));
        }
        let likelihood = self.likelihood();
        // A single score stands for the scores (0, score) of two classes: their softmax is the sigmoid.
        let pair = matches!(self, Loss::BinaryCrossEntropy(_)) || (matches!(self, Loss::Focal(_)) && width == 1);
        if pair && width != 1 {
            return Err(Error::Argument {
                what: "scores of the network for binary cross-entropy".into(),
                expected: "one per sample".into(),
                got: format!("{width}. Use Loss::CrossEntropy for one score per class"),
            });
        }
        let classes = if pair { 2 } else { width };
        likelihood.check(classes)?;
        let table = self.table(targets, classes)?;
        let layout = if pair { Pair::Implied } else { Pair::No };
        let hard = matches!(targets, Targets::Classes(_));
        Ok(likelihood.costs(scores, classes, layout, &table, hard))
    }

    /// The losses of steps with a class each.
    fn step_by_step(&self, scores: &[f32], width: usize, classes: &[usize], targets: &Targets) -> Result<Costs> {
        if !self.classifies() || matches!(self, Loss::BinaryCrossEntropy(_)) {
            return Err(self.no_use(targets, width));
        }
        if matches!(self, Loss::Nll) {
            return steps::costs(scores, width, classes, |scores, class, slopes| {
                slopes[class] = -1.0;
                (-f64::from(scores[class]), 1.0)
            });
        }
        let family = self.likelihood();
        family.check(width)?;
        steps::costs(scores, width, classes, |scores, class, slopes| {
            steps::likely(&family, scores, class, slopes)
        })
    }

    /// The family that all losses over classes belong to.
    fn likelihood(&self) -> Likelihood {
        match self {
            Loss::CrossEntropyWith(with) => Likelihood {
                weights: with.weights.clone(),
                smoothing: with.label_smoothing,
                gamma: 0.0,
                mean_over_weights: true,
            },
            Loss::BinaryCrossEntropy(binary) => Likelihood {
                weights: vec![1.0, binary.pos_weight],
                ..Likelihood::default()
            },
            Loss::Focal(focal) => Likelihood {
                weights: focal.weights.clone(),
                gamma: focal.gamma,
                ..Likelihood::default()
            },
            _ => Likelihood::default(),
        }
    }

    fn distances(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<Costs> {
        if let Loss::Huber { delta } = self
            && !(delta.is_finite() && *delta > 0.0)
        {
            return Err(Error::Argument {
                what: "delta of the Huber loss".into(),
                expected: "a finite number above 0".into(),
                got: delta.to_string(),
            });
        }
        let table = self.table(targets, width)?;
        Ok(Costs::distances(scores, width, &table, |error| match self {
            Loss::Mae => (error.abs(), if error == 0.0 { 0.0 } else { error.signum() }),
            Loss::Huber { delta } if error.abs() > f64::from(*delta) => {
                let delta = f64::from(*delta);
                (delta * (error.abs() - 0.5 * delta), delta * error.signum())
            }
            Loss::Huber { .. } => (0.5 * error * error, error),
            _ => (error * error, 2.0 * error),
        }))
    }

    /// The targets as a table of `width` numbers per sample: probabilities of classes, or values.
    fn table(&self, targets: &Targets, width: usize) -> Result<Vec<f32>> {
        match (self.classifies(), targets) {
            (true, Targets::Classes(classes)) => targets.probabilities(width).map_err(|_| Error::Argument {
                what: "class of a sample".into(),
                expected: format!("less than {width}, the number of scores that the network returns"),
                got: classes.iter().max().copied().unwrap_or_default().to_string(),
            }),
            (true, Targets::Probabilities { data, classes }) if *classes == width => Ok(data.clone()),
            (false, Targets::Values { data, dim }) if *dim == width => Ok(data.clone()),
            (_, other) => Err(self.no_use(other, width)),
        }
    }

    /// That the loss has no use for targets of this kind.
    fn no_use(&self, targets: &Targets, width: usize) -> Error {
        Error::Argument {
            what: format!("targets of the data for {}", self.name()),
            expected: match self.classifies() {
                true => format!("classes, or probabilities of {width} classes"),
                false => format!("{width} values per sample, as many as the network returns"),
            },
            got: targets.kind(),
        }
    }

    fn name(&self) -> String {
        match self {
            Loss::CrossEntropyWith(_) => "CrossEntropy".into(),
            Loss::BinaryCrossEntropy(_) => "BinaryCrossEntropy".into(),
            Loss::Focal(_) => "Focal".into(),
            Loss::Custom(loss) => loss.name(),
            other => format!("{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests;
