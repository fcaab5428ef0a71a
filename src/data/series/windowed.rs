//! The sets that come of windows, and what is needed to judge a forecast.

use super::scaling::Scaling;
use crate::data::dataset::Dataset;
use crate::{Error, Result};

/// A series in windows: a set to train on, one to test on, and the way back to the units of the series. See
/// [`Windows`](super::Windows).
#[derive(Clone, Debug)]
pub struct Windowed {
    /// The windows to train on: samples `(past, features)`, targets of `horizon` values.
    pub train: Dataset,
    /// The windows to choose a network by, where asked for.
    pub validation: Option<Dataset>,
    /// The windows to test on, one for each step at which a forecast begins, in the order of time.
    pub test: Dataset,
    /// How the values were scaled.
    pub scaling: Scaling,
    pub(super) part: Part,
    /// The last window of the series, scaled.
    pub(super) latest: Vec<f32>,
}

/// The target of a series, and where its parts end.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub series: Vec<f32>,
    /// The first step that is tested.
    pub border: usize,
    pub horizon: usize,
    /// How many steps are trained on.
    pub train: usize,
}

impl Windowed {
    /// The true values of the test windows in the unit of the series, `(windows, horizon)`.
    pub fn truth(&self) -> Vec<f32> {
        let Part { series, horizon, .. } = &self.part;
        self.starts()
            .flat_map(|first| &series[first..first + horizon])
            .copied()
            .collect()
    }

    /// The target in the training part, in the unit of the series: what
    /// [`ForecastErrors`](crate::metrics::ForecastErrors) scales with.
    pub fn past(&self) -> &[f32] {
        &self.part.series[..self.part.train]
    }

    /// What a rule without a network forecasts for the test windows, `(windows, horizon)`: it is called with all that was
    /// known when the window's forecast is made, and the horizon.
    ///
    /// ```
    /// # use gradus::data::{Series, Windows, series::seasonal_naive};
    /// # let series = Series::new((0..40).map(|t| (t % 4) as f32).collect())?;
    /// let sets = Windows::new(8, 2).split(&series, 8)?;
    /// let baseline = sets.baseline(|past, horizon| seasonal_naive(past, horizon, 4))?;
    /// assert_eq!(baseline, sets.truth());
    /// # Ok::<(), gradus::Error>(())
    /// ```
    ///
    /// # Errors
    /// Whatever the rule reports, and [`Error::Argument`] where it gives another number of values than the horizon.
    pub fn baseline(&self, rule: impl Fn(&[f32], usize) -> Result<Vec<f32>>) -> Result<Vec<f32>> {
        let Part { series, horizon, .. } = &self.part;
        let mut out = Vec::new();
        for first in self.starts() {
            let forecast = rule(&series[..first], *horizon)?;
            if forecast.len() != *horizon {
                return Err(Error::Argument {
                    what: format!("forecast that begins at step {first}"),
                    expected: format!("{horizon} values, the horizon"),
                    got: format!("{} values", forecast.len()),
                });
            }
            out.extend(forecast);
        }
        Ok(out)
    }

    /// The last window of the whole series as a network takes it, `(past, features)`: the input of a forecast of what nobody
    /// knows yet.
    pub fn latest(&self) -> &[f32] {
        &self.latest
    }

    /// The step at which the forecast of each test window begins.
    pub fn starts(&self) -> std::ops::RangeInclusive<usize> {
        self.part.border..=self.part.series.len() - self.part.horizon
    }
}
