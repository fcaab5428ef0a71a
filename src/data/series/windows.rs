//! Windows: from a series to samples.

use super::scaling::Scaling;
use super::series_data::Series;
use super::windowed::{Part, Windowed};
use crate::data::dataset::Dataset;
use crate::{Error, Result};

/// How a series is cut into samples: the past `past` steps are the input, the next `horizon` values of one feature the
/// target.
///
/// ```
/// use gradus::data::{Series, Windows};
/// let series = Series::new((0..20).map(|t| t as f32).collect())?;
/// let sets = Windows::new(3, 1).unscaled().split(&series, 5)?;
/// // Steps 0 to 14 are trained on; the last five are forecast, each from the three before it.
/// assert_eq!((sets.train.len(), sets.test.len()), (12, 5));
/// assert_eq!(sets.test.values(0)?, [12.0, 13.0, 14.0]);
/// assert_eq!(sets.truth(), [15.0, 16.0, 17.0, 18.0, 19.0]);
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// Keras: `timeseries_dataset_from_array`; Darts: `SequentialDataset`. Taught in notebook 14.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    past: usize,
    horizon: usize,
    target: Option<String>,
    scaled: bool,
}

impl Windows {
    /// Windows of `past` steps, with the next `horizon` values as their target.
    pub fn new(past: usize, horizon: usize) -> Self {
        Self {
            past,
            horizon,
            target: None,
            scaled: true,
        }
    }

    /// The feature that is forecast; the first, unless set.
    #[must_use]
    pub fn target(mut self, feature: &str) -> Self {
        self.target = Some(feature.into());
        self
    }

    /// Leaves the values as they are. Unless set, each feature is scaled to mean 0 and standard deviation 1 by what its
    /// training part says.
    #[must_use]
    pub fn unscaled(mut self) -> Self {
        self.scaled = false;
        self
    }

    /// Two sets: the last `test` steps are what is forecast in the test set, all before them is for training.
    ///
    /// A window of the training set lies before the border with its target too. A window of the test set has its target behind
    /// the border, and its past may reach back over it: when the forecast is made, that past is known.
    ///
    /// # Errors
    /// [`Error::Argument`] where the series is too short for a window on either side, or has no such target.
    pub fn split(&self, series: &Series, test: usize) -> Result<Windowed> {
        self.split_three(series, 0, test)
    }

    /// Three sets: behind the training part `validation` steps to choose a network by, then `test` steps. With 0 validation
    /// steps there is no validation set. The scaling is measured on the training part alone.
    ///
    /// # Errors
    /// As [`split`](Self::split).
    pub fn split_three(&self, series: &Series, validation: usize, test: usize) -> Result<Windowed> {
        let target = match &self.target {
            Some(name) => series.position(name)?,
            None => 0,
        };
        self.check_lengths(series, validation, test)?;
        let (steps, width) = (series.len(), series.feature_names().len());
        let borders = [steps - test - validation, steps - test];
        let scaling = if self.scaled {
            Scaling::measure(&series.values()[..borders[0] * width], width, target)
        } else {
            Scaling::none(width, target)
        };
        let cut = Cut {
            windows: self,
            scaled: scaling.apply(series.values()),
            width,
            target,
        };
        let named = |set: Dataset, part: &str| set.named(&format!("{}, {part}", series.name()));
        let train = named(cut.dataset(self.past, borders[0])?, "training set");
        let validation = match validation {
            0 => None,
            _ => Some(named(cut.dataset(borders[0], borders[1])?, "validation set")),
        };
        Ok(Windowed {
            train,
            validation,
            test: named(cut.dataset(borders[1], steps)?, "test set"),
            part: Part {
                series: series.feature(&series.feature_names()[target])?,
                border: borders[1],
                horizon: self.horizon,
                train: borders[0],
            },
            latest: cut.scaled[(steps - self.past) * width..].to_vec(),
            scaling,
        })
    }

    fn check_lengths(&self, series: &Series, validation: usize, test: usize) -> Result<()> {
        let wrong = |what: String, expected: String, got: String| Err(Error::Argument { what, expected, got });
        if self.past == 0 || self.horizon == 0 {
            let got = format!("{} and {}", self.past, self.horizon);
            return wrong("past and horizon of the windows".into(), "at least 1 each".into(), got);
        }
        for (part, steps) in [("validation", validation), ("test", test)] {
            if steps < self.horizon && !(part == "validation" && steps == 0) {
                let expected = format!("at least {}, the horizon", self.horizon);
                return wrong(
                    format!("{part} steps of {}", series.name()),
                    expected,
                    steps.to_string(),
                );
            }
        }
        let needed = (self.past + self.horizon)
            .saturating_add(validation)
            .saturating_add(test);
        if series.len() < needed {
            let last = series.place(series.len() - 1);
            return wrong(
                format!("length of {}", series.name()),
                format!(
                    "at least {needed} steps: {} + {} for one window to train on, {validation} for validation, {test} for \
                     testing",
                    self.past, self.horizon
                ),
                format!("{} steps, the last is {last}", series.len()),
            );
        }
        Ok(())
    }
}

/// A series on the scale of the network, ready to be cut.
struct Cut<'a> {
    windows: &'a Windows,
    scaled: Vec<f32>,
    width: usize,
    target: usize,
}

impl Cut<'_> {
    /// All windows whose targets lie in `from..to`.
    fn dataset(&self, from: usize, to: usize) -> Result<Dataset> {
        let Windows { past, horizon, .. } = *self.windows;
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for first in from..=to - horizon {
            inputs.extend_from_slice(&self.scaled[(first - past) * self.width..first * self.width]);
            targets.extend((first..first + horizon).map(|step| self.scaled[step * self.width + self.target]));
        }
        Dataset::regression(inputs, &[past, self.width], targets, horizon)
    }
}
