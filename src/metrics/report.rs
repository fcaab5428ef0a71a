//! The table of scores per class.

use std::fmt;

use super::confusion::ConfusionMatrix;
use super::share::share;

/// Scores of one class, or an average of all classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The class, or the kind of average.
    pub name: String,
    /// TP / (TP + FP).
    pub precision: f64,
    /// TP / (TP + FN).
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// The number of samples.
    pub support: usize,
}

/// Precision, recall, F1 and support of every class, printed as scikit-learn's `classification_report` prints them.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// One entry per class.
    pub classes: Vec<Scores>,
    /// The fraction of all samples that were predicted right.
    pub accuracy: f64,
    /// From the hits and errors of all classes together. Every sample has one class here, so that precision, recall and
    /// F1 all equal the accuracy; the printed report leaves them out, as scikit-learn's does.
    pub micro_average: Scores,
    /// The mean over classes, each counting the same.
    pub macro_average: Scores,
    /// The mean over classes, each counting by its number of samples.
    pub weighted_average: Scores,
}

impl ConfusionMatrix {
    /// Precision, recall, F1 and support of every class, and their averages (scikit-learn's `classification_report`).
    pub fn report(&self) -> Report {
        Report::of(self)
    }
}

impl Report {
    fn of(matrix: &ConfusionMatrix) -> Self {
        let names = matrix.class_names().iter().enumerate();
        let classes: Vec<Scores> = names
            .map(|(class, name)| Scores {
                name: name.clone(),
                precision: matrix.precision(class),
                recall: matrix.recall(class),
                f1: matrix.f1(class),
                support: matrix.support(class),
            })
            .collect();
        let equal = 1.0 / classes.len() as f64;
        let total = matrix.total();
        Self {
            accuracy: matrix.accuracy(),
            micro_average: Scores {
                name: "micro avg".into(),
                precision: matrix.accuracy(),
                recall: matrix.accuracy(),
                f1: matrix.accuracy(),
                support: total,
            },
            macro_average: average("macro avg", &classes, total, |_| equal),
            weighted_average: average("weighted avg", &classes, total, |s| share(s.support, total)),
            classes,
        }
    }
}

fn average(name: &str, classes: &[Scores], support: usize, weight: impl Fn(&Scores) -> f64) -> Scores {
    let mean = |score: fn(&Scores) -> f64| classes.iter().map(|s| weight(s) * score(s)).sum();
    Scores {
        name: name.into(),
        precision: mean(|s| s.precision),
        recall: mean(|s| s.recall),
        f1: mean(|s| s.f1),
        support,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.classes.iter().map(|s| s.name.chars().count());
        let wide = names.max().unwrap_or(0).max("weighted avg".len());
        writeln!(
            f,
            "{:>wide$}  {:>9} {:>9} {:>9} {:>9}\n",
            "", "precision", "recall", "f1-score", "support"
        )?;
        let row = |f: &mut fmt::Formatter<'_>, s: &Scores| {
            let Scores {
                name,
                precision,
                recall,
                f1,
                support,
            } = s;
            writeln!(
                f,
                "{name:>wide$}  {precision:>9.2} {recall:>9.2} {f1:>9.2} {support:>9}"
            )
        };
        for scores in &self.classes {
            row(f, scores)?;
        }
        let (accuracy, support) = (self.accuracy, self.macro_average.support);
        writeln!(
            f,
            "\n{:>wide$}  {:>9} {:>9} {accuracy:>9.2} {support:>9}",
            "accuracy", "", ""
        )?;
        row(f, &self.macro_average)?;
        row(f, &self.weighted_average)
    }
}
