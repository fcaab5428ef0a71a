//! The confusion matrix: how often each class was taken for each other.

use std::fmt;

use super::accuracy::check_pair;
use super::share::share;
use crate::{Error, Result};

/// Counts of predictions: rows are the truth, columns the prediction (scikit-learn's `confusion_matrix`).
///
/// It holds counts only; every score is computed from them. `plot()` draws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    counts: Vec<usize>,
    names: Vec<String>,
}

/// One kind of mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    /// The true class.
    pub truth: usize,
    /// The class that was predicted instead.
    pub predicted: usize,
    /// How often.
    pub count: usize,
    /// The name of the true class.
    pub truth_name: String,
    /// The name of the predicted class.
    pub predicted_name: String,
}

impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} taken for {}: {}",
            self.truth_name, self.predicted_name, self.count
        )
    }
}

impl ConfusionMatrix {
    /// Counts `predicted` against `truth`, both class indices; there are as many classes as names.
    ///
    /// # Errors
    /// [`Error::Argument`] if the slices are empty, differ in length, or hold an index without a name.
    pub fn new<S: AsRef<str>>(truth: &[usize], predicted: &[usize], class_names: &[S]) -> Result<Self> {
        check_pair(truth, predicted)?;
        let n = class_names.len();
        for (what, classes) in [("truth", truth), ("predictions", predicted)] {
            if let Some((at, class)) = classes.iter().enumerate().find(|&(_, &c)| c >= n) {
                return Err(Error::Argument {
                    what: format!("{what}, entry {at}"),
                    expected: format!("a class below {n}, the number of class names"),
                    got: class.to_string(),
                });
            }
        }
        let mut counts = vec![0; n * n];
        for (&t, &p) in truth.iter().zip(predicted) {
            counts[t * n + p] += 1;
        }
        Ok(Self {
            counts,
            names: class_names.iter().map(|s| s.as_ref().to_string()).collect(),
        })
    }

    /// A matrix of counts that fit the names.
    pub(super) fn from_counts(counts: Vec<usize>, class_names: &[&str]) -> Self {
        Self {
            counts,
            names: class_names.iter().map(|s| (*s).to_string()).collect(),
        }
    }

    /// The number of classes.
    pub fn num_classes(&self) -> usize {
        self.names.len()
    }

    /// The names of the classes.
    pub fn class_names(&self) -> &[String] {
        &self.names
    }

    /// All counts, row by row: `counts()[truth * num_classes() + predicted]`.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// How often `truth` was predicted as `predicted`; 0 for classes that do not exist.
    pub fn count(&self, truth: usize, predicted: usize) -> usize {
        let n = self.num_classes();
        if truth < n && predicted < n {
            self.counts[truth * n + predicted]
        } else {
            0
        }
    }

    /// The number of samples counted.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// How many samples truly are of this class (scikit-learn's `support`).
    pub fn support(&self, class: usize) -> usize {
        (0..self.num_classes()).map(|p| self.count(class, p)).sum()
    }

    /// How often this class was predicted.
    pub fn predicted(&self, class: usize) -> usize {
        (0..self.num_classes()).map(|t| self.count(t, class)).sum()
    }

    /// The fraction of all samples that were predicted right.
    pub fn accuracy(&self) -> f64 {
        share((0..self.num_classes()).map(|c| self.count(c, c)).sum(), self.total())
    }

    /// Of the samples of this class, the fraction that was found: TP / (TP + FN). 0 for a class without samples.
    pub fn recall(&self, class: usize) -> f64 {
        share(self.count(class, class), self.support(class))
    }

    /// Of the predictions of this class, the fraction that was right: TP / (TP + FP). 0 if it was never predicted.
    pub fn precision(&self, class: usize) -> f64 {
        share(self.count(class, class), self.predicted(class))
    }

    /// The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN). 0 for a class that never occurs.
    pub fn f1(&self, class: usize) -> f64 {
        share(
            2 * self.count(class, class),
            self.support(class) + self.predicted(class),
        )
    }

    /// Intersection over union: TP / (TP + FP + FN). 0 for a class that never occurs. The Dice coefficient is [`f1`](Self::f1).
    ///
    /// scikit-learn: `jaccard_score`.
    pub fn iou(&self, class: usize) -> f64 {
        let hits = self.count(class, class);
        share(hits, self.support(class) + self.predicted(class) - hits)
    }

    /// The mean of [`iou`](Self::iou) over the classes that occur, in truth or as predictions: the usual score of a
    /// segmentation into several classes.
    pub fn mean_iou(&self) -> f64 {
        let classes = 0..self.num_classes();
        let occur: Vec<usize> = classes.filter(|c| self.support(*c) + self.predicted(*c) > 0).collect();
        let sum: f64 = occur.iter().map(|c| self.iou(*c)).sum();
        sum / occur.len().max(1) as f64
    }

    /// The mean recall of the classes that have samples: accuracy as if all were equally frequent. 0.5 is chance for two
    /// classes.
    ///
    /// scikit-learn: `balanced_accuracy_score`.
    pub fn balanced_accuracy(&self) -> f64 {
        let present: Vec<usize> = (0..self.num_classes()).filter(|c| self.support(*c) > 0).collect();
        let sum: f64 = present.iter().map(|c| self.recall(*c)).sum();
        sum / present.len().max(1) as f64
    }

    /// The correlation between truth and prediction, -1 to 1; 0 is chance, and also the value where all samples are of one
    /// class or all predictions are.
    ///
    /// Matthews 1975; for several classes Gorodkin 2004. scikit-learn: `matthews_corrcoef`.
    pub fn matthews(&self) -> f64 {
        let n = self.total() as f64;
        let classes = 0..self.num_classes();
        let pairs: Vec<(f64, f64)> = classes
            .clone()
            .map(|c| (self.support(c) as f64, self.predicted(c) as f64))
            .collect();
        let right: usize = classes.map(|c| self.count(c, c)).sum();
        let sum = |f: fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>();
        let covariance = right as f64 * n - sum(|(t, p)| t * p);
        let spread = (n * n - sum(|(t, _)| t * t)) * (n * n - sum(|(_, p)| p * p));
        if spread > 0.0 { covariance / spread.sqrt() } else { 0.0 }
    }

    /// The `n` most frequent mistakes, the most frequent first; of equals, the lower classes first.
    pub fn most_confused(&self, n: usize) -> Vec<Confusion> {
        let classes = 0..self.num_classes();
        let mut mistakes: Vec<Confusion> = classes
            .clone()
            .flat_map(|t| classes.clone().map(move |p| (t, p)))
            .filter(|&(t, p)| t != p && self.count(t, p) > 0)
            .map(|(truth, predicted)| Confusion {
                truth,
                predicted,
                count: self.count(truth, predicted),
                truth_name: self.names[truth].clone(),
                predicted_name: self.names[predicted].clone(),
            })
            .collect();
        // A stable sort keeps the order of the classes among equals.
        mistakes.sort_by_key(|m| std::cmp::Reverse(m.count));
        mistakes.truncate(n);
        mistakes
    }
}

impl fmt::Display for ConfusionMatrix {
    /// A table with rows of truth and columns of predictions. Columns are numbered where the names are long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.num_classes();
        let long = self.names.iter().any(|name| name.chars().count() > 6);
        let rows: Vec<String> = if long {
            self.names
                .iter()
                .enumerate()
                .map(|(i, name)| format!("{i} {name}"))
                .collect()
        } else {
            self.names.clone()
        };
        let columns: Vec<String> = if long {
            (0..n).map(|i| i.to_string()).collect()
        } else {
            self.names.clone()
        };
        let corner = "truth \\ predicted";
        let first = rows
            .iter()
            .map(|r| r.chars().count())
            .max()
            .unwrap_or(0)
            .max(corner.len());
        let cells = self.counts.iter().map(|c| c.to_string().len()).max().unwrap_or(1);
        let wide = columns.iter().map(|c| c.chars().count()).max().unwrap_or(1).max(cells);
        write!(f, "{corner:<first$}")?;
        for column in &columns {
            write!(f, "  {column:>wide$}")?;
        }
        for (t, row) in rows.iter().enumerate() {
            write!(f, "\n{row:<first$}")?;
            for p in 0..n {
                write!(f, "  {:>wide$}", self.count(t, p))?;
            }
        }
        Ok(())
    }
}
