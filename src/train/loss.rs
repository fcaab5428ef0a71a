//! What training makes small.

use dfdx::prelude::*;

use super::cost::{Costs, Likelihood, Pair};
use super::network::Scores2;
use crate::data::Targets;
use crate::detect::DetectionLoss;
use crate::device::Dev;
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
    /// Boxes, objectness and classes of a detector: see [`DetectionLoss`]. Taught in notebook 21.
    Detection(DetectionLoss),
}

/// Cross-entropy with weights for the classes and label smoothing, either or both.
///
/// With smoothing `s` and `K` classes, the target of a sample is `1 - s + s / K` for its class and `s / K` for the
/// others (Szegedy et al. 2016, arXiv:1512.00567). With weights, each class's share of the sum counts `weights[class]`
/// times and the mean is taken over the weights of the samples' classes, so that a batch of one class costs what it
/// costs without weights; a batch of weight 0 costs 0. Targets that are probabilities count one each.
/// PyTorch: `torch.nn.CrossEntropyLoss(weight, label_smoothing)`. Taught in notebooks 07 (weights) and 08 (smoothing).
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let train = data::moons(100, 0.1, 0)?;
/// let loss = CrossEntropy { weights: train.class_weights(), ..CrossEntropy::default() };
/// let learner = Learner::with_loss::<(Linear<2, 2>,)>(&device(0)?, Adam::default(), loss)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    /// One weight per class, not below 0; empty for equal weights.
    pub weights: Vec<f32>,
    /// The share of every target that is spread over all classes, 0 to 1.
    pub label_smoothing: f32,
}

/// Binary cross-entropy for classes 0 and 1 and a network with one score: `-log(sigmoid(score))` for class 1,
/// `-log(1 - sigmoid(score))` for class 0, the mean over the batch.
///
/// PyTorch: `torch.nn.BCEWithLogitsLoss(pos_weight)`. Taught in notebooks 02 and 07.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy {
    /// How often a sample of class 1 counts; 1 unless set.
    pub pos_weight: f32,
}

impl Default for BinaryCrossEntropy {
    fn default() -> Self {
        Self { pos_weight: 1.0 }
    }
}

/// Focal loss: `-weight * (1 - p)^gamma * log(p)`, where `p` is the probability of the true class, the mean over the batch.
///
/// What is right already (`p` near 1) costs almost nothing, so that many easy samples do not drown few hard ones.
/// A network with one score is taken for two classes, `p` being its sigmoid.
/// Lin et al. 2017, *Focal Loss for Dense Object Detection*, arXiv:1708.02002.
/// PyTorch: `torchvision.ops.sigmoid_focal_loss`, whose `alpha` is `weights: vec![1.0 - alpha, alpha]` here; the mean is
/// over the samples, not over their weights. Taught in notebook 07.
#[derive(Clone, Debug, PartialEq)]
pub struct Focal {
    /// How strongly easy samples are played down; 0 is cross-entropy, 2 the paper's choice and the default.
    pub gamma: f32,
    /// One weight per class, not below 0; empty for equal weights.
    pub weights: Vec<f32>,
}

impl Default for Focal {
    fn default() -> Self {
        Self {
            gamma: 2.0,
            weights: Vec::new(),
        }
    }
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

impl From<DetectionLoss> for Loss {
    fn from(loss: DetectionLoss) -> Self {
        Loss::Detection(loss)
    }
}

impl Loss {
    /// The loss of each sample by itself, before the mean: `scores` is `(B, width)`, row after row. Weighted losses are
    /// not yet divided by the sum of the weights. PyTorch: `reduction="none"`.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are of another kind or number, name a class that there is no score for, or
    /// do not fit the weights of the loss, and where a setting of the loss is outside its range.
    pub fn per_sample(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<Vec<f64>> {
        Ok(self.costs(scores, width, targets)?.losses)
    }

    /// The mean loss of the batch, computed in f64: see [`Loss::per_sample`].
    ///
    /// # Errors
    /// As [`Loss::per_sample`].
    pub fn mean(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<f64> {
        Ok(self.costs(scores, width, targets)?.mean())
    }

    /// Whether the targets are classes.
    pub(super) fn classifies(&self) -> bool {
        !matches!(self, Loss::Mse | Loss::Mae | Loss::Huber { .. } | Loss::Detection(_))
    }

    /// The loss of `scores`, `(B, N)`, against the targets of the batch.
    ///
    /// # Errors
    /// As [`Loss::per_sample`].
    pub(super) fn of<T: Tape<f32, Dev>>(
        &self,
        scores: Scores2<T>,
        targets: &Targets,
    ) -> Result<Tensor<Rank0, f32, Dev, T>> {
        let shape = *scores.shape();
        let costs = self.costs(&scores.as_vec(), shape.1, targets)?;
        let slopes: Scores2 = scores.device().try_tensor_from_vec(costs.mean_slopes(), shape)?;
        // The slopes are known, so the tape only needs an expression that has them: sum(slopes * scores). Its value is
        // exchanged for that of the loss.
        let expression = scores.try_mul(slopes)?.try_sum::<Rank0, _>()?;
        let value = expression.array();
        Ok(expression.try_sub(value)?.try_add(costs.mean() as f32)?)
    }

    fn costs(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<Costs> {
        if let (Loss::Detection(loss), Targets::Values { data, dim }) = (self, targets) {
            let costs = loss.costs(scores, width, data, *dim)?;
            return Ok(Costs::given(costs.losses, costs.slopes));
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
            (classifies, other) => Err(Error::Argument {
                what: format!("targets of the data for {}", self.name()),
                expected: match classifies {
                    true => format!("classes, or probabilities of {width} classes"),
                    false => format!("{width} values per sample, as many as the network returns"),
                },
                got: other.kind(),
            }),
        }
    }

    fn name(&self) -> String {
        match self {
            Loss::CrossEntropyWith(_) => "CrossEntropy".into(),
            Loss::BinaryCrossEntropy(_) => "BinaryCrossEntropy".into(),
            Loss::Focal(_) => "Focal".into(),
            Loss::Detection(_) => "DetectionLoss".into(),
            other => format!("{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests;
