//! What a network answered.

use std::fmt;

use super::highest::highest;
use super::metric::Metric;
use crate::data::Targets;
use crate::metrics::{self, BinaryPredictions, ConfusionMatrix, Regression};
use crate::train::losses::classes::BinaryCrossEntropy;
use crate::train::losses::loss::Loss;
use crate::train::runs::check;
use crate::{Error, Result};

/// A sample that costs much.
#[derive(Clone, Debug, PartialEq)]
pub struct TopLoss {
    /// Which sample.
    pub index: usize,
    /// Its loss.
    pub loss: f64,
    /// The name of the true class; empty for a regression.
    pub truth_name: String,
    /// The name of the predicted class; empty for a regression.
    pub predicted_name: String,
}

impl fmt::Display for TopLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sample {}: loss {:.4}", self.index, self.loss)?;
        if self.truth_name.is_empty() {
            return Ok(());
        }
        write!(f, ", {} taken for {}", self.truth_name, self.predicted_name)
    }
}

/// The scores of a network on a set of samples, next to the truth. Of data with other classes than the network was trained
/// on there are scores, but no figures: whatever compares the two is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub(in crate::train) scores: Vec<f32>,
    pub(in crate::train) width: usize,
    pub(in crate::train) truth: Targets,
    /// Where the predictions of each sample end, if it has one for each of its steps; else empty.
    pub(in crate::train) ends: Vec<usize>,
    pub(in crate::train) class_names: Vec<String>,
    pub(in crate::train) loss: Loss,
    /// The classes that the network was trained on, where they are others than those of the data; else empty.
    pub(in crate::train) trained: Vec<String>,
}

impl Predictions {
    /// Scores that come from elsewhere, `(N, classes)` row after row, next to the true classes; their loss is
    /// cross-entropy. A table with one column holds the logits of class 1 of two.
    ///
    /// # Errors
    /// [`Error::Argument`] where the numbers do not fit together, or a class has no name.
    pub fn new<S: AsRef<str>>(scores: Vec<f32>, classes: &[usize], class_names: &[S]) -> Result<Self> {
        let names: Vec<String> = class_names.iter().map(|s| s.as_ref().to_string()).collect();
        let width = scores.len() / classes.len().max(1);
        let fits = width * classes.len() == scores.len() && (width == names.len() || (width == 1 && names.len() == 2));
        if classes.is_empty() || !fits {
            return Err(Error::Argument {
                what: format!("scores of {} samples in {} classes", classes.len(), names.len()),
                expected: "one row per sample, one number per class in it".into(),
                got: format!("{} numbers", scores.len()),
            });
        }
        if let Some(class) = classes.iter().find(|c| **c >= names.len()) {
            return Err(Error::Argument {
                what: "class of a sample".into(),
                expected: format!("less than {}, the number of class names", names.len()),
                got: class.to_string(),
            });
        }
        Ok(Self {
            scores,
            width,
            truth: Targets::Classes(classes.to_vec()),
            ends: Vec::new(),
            class_names: names,
            loss: if width == 1 {
                BinaryCrossEntropy::default().into()
            } else {
                Loss::CrossEntropy
            },
            trained: Vec::new(),
        })
    }

    /// The number of samples; of steps that count, where every step of a sequence has a class.
    pub fn len(&self) -> usize {
        self.scores.len() / self.width.max(1)
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The raw scores (logits, or predicted values) of sample `i`.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no sample `i`.
    pub fn scores(&self, i: usize) -> Result<&[f32]> {
        if i >= self.len() {
            return Err(Error::Argument {
                what: "index of a prediction".into(),
                expected: format!("less than {}", self.len()),
                got: i.to_string(),
            });
        }
        Ok(&self.scores[i * self.width..(i + 1) * self.width])
    }

    /// The probabilities of the classes for sample `i`: the softmax of its scores. They sum to 1. A network with one
    /// score gives two, the second being the sigmoid of the score.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no sample `i`.
    pub fn probabilities(&self, i: usize) -> Result<Vec<f32>> {
        let scores = self.scores(i)?;
        let pair = [0.0, scores.first().copied().unwrap_or_default()];
        let scores = if self.is_pair() { &pair } else { scores };
        let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = scores.iter().map(|s| (s - top).exp()).collect();
        let sum: f32 = powers.iter().sum();
        Ok(powers.iter().map(|p| p / sum).collect())
    }

    /// Whether each sample has one score for two classes.
    fn is_pair(&self) -> bool {
        self.width == 1 && matches!(self.truth, Targets::Classes(_))
    }

    /// The class with the highest score, for every sample; of equals, the lower one. For a network with one score,
    /// class 1 where the score is above 0.
    pub fn classes(&self) -> Vec<usize> {
        if self.is_pair() {
            return self.scores.iter().map(|score| usize::from(*score > 0.0)).collect();
        }
        self.scores.chunks(self.width.max(1)).map(highest).collect()
    }

    /// The true classes.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes.
    pub fn labels(&self) -> Result<&[usize]> {
        match &self.truth {
            Targets::Classes(classes) => Ok(classes),
            other => Err(Error::Argument {
                what: "targets of the predictions".into(),
                expected: "classes".into(),
                got: other.kind(),
            }),
        }
    }

    /// The true classes, where the network's answers mean the same ones.
    fn judged(&self) -> Result<&[usize]> {
        check::classes("the data", &self.class_names, "the training set", &self.trained)?;
        self.labels()
    }

    /// Refuses scores that are NaN: no class is the highest then, and the first would pass for it.
    fn ordered(&self) -> Result<()> {
        metrics::check_order(&self.scores, self.width)
    }

    /// The share of samples whose highest score is that of the true class, 0 to 1.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes, [`Error::NotFinite`] where a score is NaN.
    pub fn accuracy(&self) -> Result<f64> {
        self.ordered()?;
        let right = self
            .classes()
            .iter()
            .zip(self.judged()?)
            .filter(|(a, b)| a == b)
            .count();
        Ok(right as f64 / self.len().max(1) as f64)
    }

    /// The share of samples whose true class is among the `k` with the highest scores, 0 to 1; of equals, the lower
    /// classes come first, so that `k = 1` is [`accuracy`](Self::accuracy).
    ///
    /// scikit-learn: `top_k_accuracy_score`. Taught in notebook 07.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, or `k` is 0, [`Error::NotFinite`] where a score is NaN.
    pub fn top_k_accuracy(&self, k: usize) -> Result<f64> {
        let labels = self.judged()?;
        if self.is_pair() {
            let scores: Vec<f32> = self.scores.iter().flat_map(|score| [0.0, *score]).collect();
            return metrics::top_k_accuracy(labels, &scores, k);
        }
        metrics::top_k_accuracy(labels, &self.scores, k)
    }

    /// One class against all others: its probability next to whether it is the truth, for ROC and precision-recall
    /// curves, thresholds and calibration. Curves rank samples whose probabilities are equal, as those next to 1 are, by their
    /// scores.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, or there is no such class, [`Error::NotFinite`] where a score is NaN.
    pub fn one_vs_rest(&self, class: usize) -> Result<BinaryPredictions> {
        let truth: Vec<bool> = self.judged()?.iter().map(|label| *label == class).collect();
        if class >= self.class_names.len() {
            return Err(Error::Argument {
                what: "class".into(),
                expected: format!("less than {}", self.class_names.len()),
                got: class.to_string(),
            });
        }
        let probability = |i| Ok(self.probabilities(i)?[class]);
        let probabilities: Vec<f32> = (0..self.len()).map(probability).collect::<Result<_>>()?;
        let leads = (0..self.len()).map(|i| self.lead(i, class)).collect::<Result<_>>()?;
        Ok(BinaryPredictions::new(&truth, &probabilities)?.finer(leads))
    }

    /// The logarithm of the odds of a class for a sample.
    fn lead(&self, i: usize, class: usize) -> Result<f64> {
        let scores = self.scores(i)?;
        Ok(match self.is_pair() {
            true => metrics::log_odds(&[0.0, scores[0]], class),
            false => metrics::log_odds(scores, class),
        })
    }

    /// The predicted class against everything else: the probability that the network gives to its answer, next to
    /// whether the answer is right. What calibration of many classes looks at.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes.
    pub fn confidence(&self) -> Result<BinaryPredictions> {
        let classes = self.classes();
        let right: Vec<bool> = classes.iter().zip(self.judged()?).map(|(a, b)| a == b).collect();
        let probability = |(i, class): (usize, &usize)| Ok(self.probabilities(i)?[*class]);
        let probabilities: Vec<f32> = classes.iter().enumerate().map(probability).collect::<Result<_>>()?;
        let lead = |(i, class): (usize, &usize)| self.lead(i, *class);
        let leads = classes.iter().enumerate().map(lead).collect::<Result<_>>()?;
        Ok(BinaryPredictions::new(&right, &probabilities)?.finer(leads))
    }

    /// Errors of predicted values: MAE, MSE, RMSE and R².
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are classes.
    pub fn regression(&self) -> Result<Regression> {
        match &self.truth {
            Targets::Values { data, .. } => Regression::new(data, &self.scores),
            other => Err(Error::Argument {
                what: "targets of the predictions".into(),
                expected: "values".into(),
                got: other.kind(),
            }),
        }
    }

    /// The loss of every sample by itself, as the network was trained with.
    ///
    /// # Errors
    /// [`Error::Argument`] where the loss has no use for the targets.
    pub fn losses(&self) -> Result<Vec<f64>> {
        check::classes("the data", &self.class_names, "the training set", &self.trained)?;
        self.loss.per_sample(&self.scores, self.width, &self.asked())
    }

    /// The mean loss, as the network was trained with.
    ///
    /// # Errors
    /// As [`Predictions::losses`].
    pub fn loss(&self) -> Result<f64> {
        check::classes("the data", &self.class_names, "the training set", &self.trained)?;
        self.loss.mean(&self.scores, self.width, &self.asked())
    }

    /// The `n` samples with the highest loss, the highest first; of equals, the earlier one. Wrong labels in the data
    /// gather here. fastai: `Interpretation.top_losses`. Taught in notebook 07.
    ///
    /// # Errors
    /// As [`Predictions::losses`].
    pub fn top_losses(&self, n: usize) -> Result<Vec<TopLoss>> {
        let losses = self.losses()?;
        let mut order: Vec<usize> = (0..losses.len()).collect();
        order.sort_by(|a, b| losses[*b].total_cmp(&losses[*a]));
        order.truncate(n);
        let classes = self.classes();
        let name = |class: usize| self.class_names.get(class).cloned().unwrap_or_default();
        let entry = |index: usize| {
            Ok(TopLoss {
                index,
                loss: losses[index],
                truth_name: self.labels().map_or(String::new(), |labels| name(labels[index])),
                predicted_name: self.labels().map_or(String::new(), |_| name(classes[index])),
            })
        };
        order.into_iter().map(entry).collect()
    }

    /// The samples that were classified wrongly, those first where the network was surest of its error.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes.
    pub fn mistakes(&self) -> Result<Vec<usize>> {
        self.ordered()?;
        let classes = self.classes();
        let labels = self.judged()?;
        let mut wrong = Vec::new();
        for i in 0..self.len() {
            if classes[i] != labels[i] {
                wrong.push((i, self.probabilities(i)?[classes[i]]));
            }
        }
        wrong.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(wrong.into_iter().map(|(i, _)| i).collect())
    }

    /// How often each true class was taken for each class.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes.
    pub fn confusion(&self) -> Result<ConfusionMatrix> {
        self.ordered()?;
        let names: Vec<&str> = self.class_names.iter().map(String::as_str).collect();
        ConfusionMatrix::new(self.judged()?, &self.classes(), &names)
    }

    /// The value of a metric: one of those that there are for every learner, or that of a loss of the reader's own.
    pub(in crate::train) fn measured(&self, metric: Metric) -> Result<f64> {
        match &self.loss {
            _ if metric == Metric::ACCURACY => self.accuracy(),
            _ if metric == Metric::PERPLEXITY => self.perplexity(),
            _ if metric == Metric::MEAN_ABSOLUTE_ERROR => Ok(self.mean_absolute_error()),
            Loss::Custom(loss) => loss.measure(&self.scores, self.width, &self.asked()),
            _ => Err(Error::Argument {
                what: "metric of the learner".into(),
                expected: "Metric::ACCURACY, MEAN_ABSOLUTE_ERROR or PERPLEXITY, or that of a CustomLoss".into(),
                got: metric.name.into(),
            }),
        }
    }

    /// The mean of `|prediction - target|`; for classes, the share of wrong answers.
    fn mean_absolute_error(&self) -> f64 {
        match &self.truth {
            Targets::Values { data, .. } => {
                let sum: f64 = self
                    .scores
                    .iter()
                    .zip(data)
                    .map(|(s, t)| f64::from((s - t).abs()))
                    .sum();
                sum / data.len().max(1) as f64
            }
            _ => 1.0 - self.accuracy().unwrap_or(0.0),
        }
    }
}
