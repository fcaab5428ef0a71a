//! A loss of one's own.

use std::any::Any;
use std::fmt;

use crate::data::Targets;
use crate::train::results::metric::Metric;
use crate::{Error, Result};

/// A loss that [`Loss`](crate::train::Loss) has no variant for: say what each sample costs and how that changes with its
/// scores, and a [`Learner`](crate::train::Learner) trains with it.
///
/// The scores of a batch are known numbers when a loss is asked, and so are its slopes: no tape is needed. The learner takes
/// the mean over the samples. Every type that implements this turns into a `Loss` by itself, wherever `impl Into<Loss>` is
/// asked for. PyTorch: a `torch.nn.Module` or a function that returns the loss; there autograd finds the slopes.
///
/// ```
/// use gradus::data::Targets;
/// use gradus::prelude::*;
/// use gradus::train::{CustomLoss, SampleCosts};
///
/// /// What is too low costs `self.0` a unit, what is too high `1 - self.0`: the best answer is not the mean of the targets
/// /// but the value that this share of them lies below (Koenker & Bassett 1978).
/// #[derive(Debug)]
/// struct Quantile(f64);
///
/// impl CustomLoss for Quantile {
///     fn costs(&self, scores: &[f32], width: usize, targets: &Targets) -> gradus::Result<SampleCosts> {
///         SampleCosts::between(scores, width, targets, |score, target| {
///             let slope = if score < target { -self.0 } else { 1.0 - self.0 };
///             (slope * (score - target), slope)
///         })
///     }
/// }
///
/// # fn main() -> gradus::Result<()> {
/// // Nothing is known of the samples, and their targets go from 0 to 1.
/// let targets: Vec<f32> = (0..100).map(|i| i as f32 / 100.0).collect();
/// let data = Dataset::regression(vec![0.0; 100], &[1], targets, 1)?;
/// let mut learner = Learner::with_loss::<(Linear<1, 1>,)>(&device(0)?, Sgd::default(), Quantile(0.9))?;
/// learner.quiet().fit_one_cycle(&data, &data, 400, 0.1)?;
/// let answer = learner.predict(&data)?.scores(0)?[0];
/// assert!((answer - 0.9).abs() < 0.05, "{answer}");
/// # Ok(())
/// # }
/// ```
pub trait CustomLoss: Any + fmt::Debug + Send + Sync {
    /// What each sample of a batch costs, and the derivative of that by each of its scores. `scores` is `(B, width)`, row
    /// after row. What comes back is checked for its sizes.
    ///
    /// Where every step has a class ([`Targets::Steps`]) there is a row, a loss and slopes for each step; what is said of
    /// steps with [`IGNORE`](crate::data::IGNORE) is not used.
    ///
    /// # Errors
    /// Where the loss has no use for the targets, or for so many scores; it ends the run.
    fn costs(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<SampleCosts>;

    /// Its name, for messages: that of the type, unless written anew.
    fn name(&self) -> String {
        let name = std::any::type_name::<Self>();
        name.rsplit("::").next().unwrap_or(name).to_string()
    }

    /// What is measured on the validation set besides the loss: the mean absolute error, unless written anew.
    /// [`Metric::ACCURACY`] and [`Metric::MEAN_ABSOLUTE_ERROR`] the learner measures by itself, any other
    /// [`measure`](Self::measure).
    fn metric(&self) -> Metric {
        Metric::MEAN_ABSOLUTE_ERROR
    }

    /// The value of a [`metric`](Self::metric) of your own, over all samples of a set.
    ///
    /// # Errors
    /// Where it has no use for the targets; unless written anew, always.
    fn measure(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<f64> {
        let _ = (scores, width, targets);
        Err(Error::Argument {
            what: format!("metric {:?}", self.metric().name),
            expected: format!("that {} measures it (CustomLoss::measure)", self.name()),
            got: "a loss that does not".into(),
        })
    }

    /// Whether another loss is the same with the same settings: of the same type and written alike, unless written anew.
    fn equals(&self, other: &dyn CustomLoss) -> bool {
        self.type_id() == other.type_id() && format!("{self:?}") == format!("{other:?}")
    }
}

impl PartialEq for dyn CustomLoss {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

/// What the samples of a batch cost, and how that changes with their scores.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleCosts {
    /// The loss of each sample.
    pub losses: Vec<f64>,
    /// The derivative of each sample's loss by its scores, `(B, width)`, row after row.
    pub slopes: Vec<f64>,
}

impl SampleCosts {
    /// The mean over the numbers of each sample of a cost between score and target, for targets that are values. `cost` gives
    /// its value and its derivative by the score.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are classes, or not as many values per sample as there are scores.
    pub fn between(
        scores: &[f32],
        width: usize,
        targets: &Targets,
        cost: impl Fn(f64, f64) -> (f64, f64),
    ) -> Result<Self> {
        let data = match targets {
            Targets::Values { data, dim } if *dim == width && data.len() == scores.len() => data,
            other => {
                return Err(Error::Argument {
                    what: "targets of the data".into(),
                    expected: format!("{width} values per sample, as many as the network returns"),
                    got: other.kind(),
                });
            }
        };
        let share = 1.0 / width.max(1) as f64;
        let mut costs = Self::default();
        for (scores, targets) in scores.chunks(width.max(1)).zip(data.chunks(width.max(1))) {
            let pairs = scores.iter().zip(targets);
            let (values, slopes): (Vec<f64>, Vec<f64>) = pairs.map(|(s, t)| cost(f64::from(*s), f64::from(*t))).unzip();
            costs.losses.push(share * values.iter().sum::<f64>());
            costs.slopes.extend(slopes.iter().map(|slope| share * slope));
        }
        Ok(costs)
    }
}

/// What `loss` says of a batch, once it is sure that the sizes fit.
pub(super) fn checked(loss: &dyn CustomLoss, scores: &[f32], width: usize, targets: &Targets) -> Result<SampleCosts> {
    let costs = loss.costs(scores, width, targets)?;
    let samples = scores.len() / width.max(1);
    if costs.losses.len() != samples || costs.slopes.len() != scores.len() {
        return Err(Error::Argument {
            what: format!("what {} says of a batch", loss.name()),
            expected: format!("{samples} losses and {} slopes", scores.len()),
            got: format!("{} and {}", costs.losses.len(), costs.slopes.len()),
        });
    }
    Ok(costs)
}
