//! What training makes small.

use dfdx::prelude::*;

use super::network::Scores2;
use crate::data::{Targets, one_hot};
use crate::device::Dev;
use crate::{Error, Result};

/// The loss of a batch, a single number.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Loss {
    /// `-log(softmax(scores)[class])`, the mean over the batch; for targets that are probabilities `p`, the sum of
    /// `-p * log(softmax(scores))` over the classes. PyTorch: `torch.nn.CrossEntropyLoss`. Taught in notebook 03.
    CrossEntropy,
    /// The mean of `(prediction - target)^2`. PyTorch: `torch.nn.MSELoss`. Taught in notebook 03.
    Mse,
    /// The mean of `|prediction - target|`. PyTorch: `torch.nn.L1Loss`. Taught in notebook 03.
    Mae,
    /// Squared below `delta`, absolute above. PyTorch: `torch.nn.HuberLoss`. Taught in notebook 03.
    Huber {
        /// Where the two meet.
        delta: f32,
    },
}

impl Loss {
    /// The loss of `scores`, `(B, N)`, against the targets of the batch.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are of another kind, or name a class that the network has no score for.
    pub(super) fn of<T: Tape<f32, Dev>>(
        self,
        scores: Scores2<T>,
        targets: &Targets,
    ) -> Result<Tensor<Rank0, f32, Dev, T>> {
        let (batch, width) = *scores.shape();
        let table = self.table(targets, width)?;
        let targets: Scores2 = scores.device().try_tensor_from_vec(table, (batch, width))?;
        Ok(match self {
            Loss::CrossEntropy => {
                let log_probabilities = scores.try_log_softmax::<Axis<1>>()?;
                let picked = log_probabilities.try_mul(targets)?.try_sum::<Rank0, _>()?;
                picked.try_mul(-1.0 / batch as f32)?
            }
            Loss::Mse => scores.try_sub(targets)?.try_square()?.try_mean()?,
            Loss::Mae => scores.try_sub(targets)?.try_abs()?.try_mean()?,
            Loss::Huber { delta } => scores.try_huber_error(targets, delta)?.try_mean()?,
        })
    }

    /// The targets as a table of `width` numbers per sample: probabilities of classes, or values.
    fn table(self, targets: &Targets, width: usize) -> Result<Vec<f32>> {
        match (self, targets) {
            (Loss::CrossEntropy, Targets::Classes(classes)) => one_hot(classes, width).map_err(|_| Error::Argument {
                what: "class of a sample".into(),
                expected: format!("less than {width}, the number of scores that the network returns"),
                got: classes.iter().max().copied().unwrap_or_default().to_string(),
            }),
            (Loss::CrossEntropy, Targets::Probabilities { data, classes }) if *classes == width => Ok(data.clone()),
            (Loss::Mse | Loss::Mae | Loss::Huber { .. }, Targets::Values { data, dim }) if *dim == width => {
                Ok(data.clone())
            }
            (_, other) => Err(Error::Argument {
                what: format!("targets of the data for {self:?}"),
                expected: match self {
                    Loss::CrossEntropy => format!("classes, or probabilities of {width} classes"),
                    _ => format!("{width} values per sample, as many as the network returns"),
                },
                got: other.kind(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hot_probabilities_and_classes_cost_the_same() -> Result<()> {
        let dev = crate::device::device(0)?;
        let scores = || dev.tensor_from_vec(vec![1.0f32, -2.0, 0.5, 3.0, 0.0, 0.1], (2, 3));
        let classes = Targets::Classes(vec![2, 0]);
        let hot = Targets::Probabilities {
            data: classes.probabilities(3)?,
            classes: 3,
        };
        let cost = |targets: &Targets| Ok::<f32, Error>(Loss::CrossEntropy.of(scores(), targets)?.array());
        assert_eq!(cost(&classes)?, cost(&hot)?);
        let wrong = Targets::Probabilities {
            data: vec![0.5; 4],
            classes: 2,
        };
        let says = "expected classes, or probabilities of 3 classes, got probabilities of 2 classes";
        assert!(cost(&wrong).unwrap_err().to_string().ends_with(says));
        Ok(())
    }
}
