//! A series: values in the order of time.

use std::fmt;
use std::sync::Arc;

use super::calendar::steps;
use crate::{Error, Result};

/// Values in the order of time, one step after the other at equal distances: one number a step, or several features.
///
/// ```
/// use gradus::data::Series;
/// let series = Series::dated(&["1949-11", "1949-12", "1950-01"], vec![104.0, 118.0, 115.0])?;
/// assert_eq!((series.len(), series.date(2)), (3, Some("1950-01")));
/// assert!(Series::new(vec![1.0, f32::NAN]).is_err());
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// Darts: `TimeSeries`; pandas: a `Series` with a `PeriodIndex`. Taught in notebook 14.
#[derive(Clone, PartialEq)]
pub struct Series {
    name: Arc<str>,
    features: Vec<String>,
    /// Step after step, all features of a step together.
    values: Vec<f32>,
    /// The date of each step, where dates are known.
    dates: Option<Vec<String>>,
    filled: Vec<usize>,
}

impl Series {
    /// A series of one value a step, without dates.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for a value that is NaN or infinite, with its place; [`Error::Argument`] where there is none.
    pub fn new(values: Vec<f32>) -> Result<Self> {
        Self::features(&[("value", values)])
    }

    /// A series of several features, without dates: each with its name and one value a step.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::Argument`] where the features differ in length.
    pub fn features(columns: &[(&str, Vec<f32>)]) -> Result<Self> {
        let len = columns.first().map_or(0, |(_, values)| values.len());
        if len == 0 {
            return Err(Error::Argument {
                what: "series".into(),
                expected: "at least one value".into(),
                got: "none".into(),
            });
        }
        if let Some((name, values)) = columns.iter().find(|(_, values)| values.len() != len) {
            return Err(Error::Argument {
                what: format!("feature {name:?} of a series"),
                expected: format!("{len} values, as the first feature has"),
                got: format!("{} values", values.len()),
            });
        }
        let series = Self {
            name: "series".into(),
            features: columns.iter().map(|(name, _)| (*name).to_string()).collect(),
            values: (0..len)
                .flat_map(|step| columns.iter().map(move |(_, values)| values[step]))
                .collect(),
            dates: None,
            filled: Vec::new(),
        };
        series.check_finite()?;
        Ok(series)
    }

    /// A series of one value a step with the date of each: `1949`, `1949-01` or `1949-01-31`.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::Argument`] where there is not one date for each value, where a date cannot be read,
    /// does not follow the one before, or leaves a gap, with its place.
    pub fn dated<T: AsRef<str>>(dates: &[T], values: Vec<f32>) -> Result<Self> {
        Self::new(values)?.with_dates(dates)
    }

    /// A series of one value a step with dates of which some are missing: their values lie on the straight line between
    /// their neighbours. [`filled`](Self::filled) says which they are. A value that is filled knows of the one behind it: look
    /// that no gap lies where a training part ends.
    ///
    /// # Errors
    /// As [`dated`](Self::dated), but for the gaps.
    pub fn dated_filled<T: AsRef<str>>(dates: &[T], values: Vec<f32>) -> Result<Self> {
        let dates: Vec<String> = dates.iter().map(|date| date.as_ref().to_string()).collect();
        check_count(dates.len(), values.len())?;
        // Says at its place in the file what is not finite.
        Self::new(values.clone())?;
        let (step, numbers, calendar) = steps(&dates, true)?;
        let (mut all, mut days, mut filled) = (Vec::new(), Vec::new(), Vec::new());
        for (i, number) in numbers.iter().enumerate() {
            if let Some(last) = i.checked_sub(1) {
                let missing = (number - numbers[last]) / step;
                for k in 1..missing {
                    let part = k as f32 / missing as f32;
                    filled.push(all.len());
                    all.push(values[last] + part * (values[i] - values[last]));
                    days.push(calendar.write(numbers[last] + k * step));
                }
            }
            all.push(values[i]);
            days.push(dates[i].clone());
        }
        let mut series = Self::dated(&days, all)?;
        series.filled = filled;
        Ok(series)
    }

    /// The same series with the date of each step.
    ///
    /// # Errors
    /// [`Error::Argument`] as for [`dated`](Self::dated).
    pub fn with_dates<T: AsRef<str>>(mut self, dates: &[T]) -> Result<Self> {
        let dates: Vec<String> = dates.iter().map(|date| date.as_ref().to_string()).collect();
        check_count(dates.len(), self.len())?;
        steps(&dates, false)?;
        self.dates = Some(dates);
        Ok(self)
    }

    /// The same series under another name, for headings and messages.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// What the series is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.values.len() / self.features.len()
    }

    /// Whether it has no step; it always has one.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The names of the features.
    pub fn feature_names(&self) -> &[String] {
        &self.features
    }

    /// All values, step after step, the features of a step together: `(T, features)`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values of one feature, in the order of time.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such feature.
    pub fn feature(&self, name: &str) -> Result<Vec<f32>> {
        let at = self.position(name)?;
        Ok(self
            .values
            .iter()
            .skip(at)
            .step_by(self.features.len())
            .copied()
            .collect())
    }

    /// The date of a step, where dates are known.
    pub fn date(&self, step: usize) -> Option<&str> {
        self.dates.as_ref()?.get(step).map(String::as_str)
    }

    /// The dates of all steps; empty where they are not known.
    pub fn dates(&self) -> &[String] {
        self.dates.as_deref().unwrap_or_default()
    }

    /// The steps whose values were filled in.
    pub fn filled(&self) -> &[usize] {
        &self.filled
    }

    /// The steps of a range, as a series of their own.
    ///
    /// # Errors
    /// [`Error::Argument`] for a range that is empty or reaches beyond the end.
    pub fn slice(&self, steps: std::ops::Range<usize>) -> Result<Self> {
        if steps.is_empty() || steps.end > self.len() {
            return Err(Error::Argument {
                what: format!("steps of {}", self.name),
                expected: format!("a range within 0..{}, at least one step", self.len()),
                got: format!("{steps:?}"),
            });
        }
        let width = self.features.len();
        Ok(Self {
            name: self.name.clone(),
            features: self.features.clone(),
            values: self.values[steps.start * width..steps.end * width].to_vec(),
            dates: self.dates.as_ref().map(|dates| dates[steps.clone()].to_vec()),
            filled: self
                .filled
                .iter()
                .filter(|at| steps.contains(at))
                .map(|at| at - steps.start)
                .collect(),
        })
    }

    /// The series with `f` applied to every value: `map(f32::ln)` makes growth by per cent a straight line.
    ///
    /// # Errors
    /// [`Error::NotFinite`] where a value becomes NaN or infinite, with its place.
    pub fn map(&self, f: impl Fn(f32) -> f32) -> Result<Self> {
        let mut mapped = self.clone();
        mapped.values.iter_mut().for_each(|value| *value = f(*value));
        mapped.check_finite()?;
        Ok(mapped)
    }

    /// The means of the months of a series by day. A month at the begin or the end that is not whole counts with the days
    /// that it has.
    ///
    /// # Errors
    /// [`Error::Argument`] for a series without dates by day.
    pub fn monthly(&self) -> Result<Self> {
        if self
            .dates()
            .first()
            .is_none_or(|date| date.trim().split('-').count() != 3)
        {
            return Err(Error::Argument {
                what: format!("monthly means of {}", self.name),
                expected: "a series whose dates are days, such as 1981-01-31".into(),
                got: self.dates().first().cloned().unwrap_or_else(|| "no dates".into()),
            });
        }
        let width = self.features.len();
        let mut months: Vec<(String, Vec<f64>, usize)> = Vec::new();
        for (step, date) in self.dates().iter().enumerate() {
            let month = date.trim().rsplit_once('-').map_or("", |(month, _)| month);
            if months.last().is_none_or(|(last, ..)| last != month) {
                months.push((month.to_string(), vec![0.0; width], 0));
            }
            if let Some((_, sums, days)) = months.last_mut() {
                *days += 1;
                let values = &self.values[step * width..][..width];
                sums.iter_mut()
                    .zip(values)
                    .for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
        let means = |(_, sums, days): &(String, Vec<f64>, usize)| {
            let days = *days as f64;
            sums.iter().map(move |sum| (sum / days) as f32).collect::<Vec<_>>()
        };
        Ok(Self {
            name: format!("{}, monthly means", self.name).into(),
            features: self.features.clone(),
            values: months.iter().flat_map(means).collect(),
            dates: Some(months.into_iter().map(|(month, ..)| month).collect()),
            filled: Vec::new(),
        })
    }

    pub(super) fn position(&self, feature: &str) -> Result<usize> {
        let found = self.features.iter().position(|name| name == feature);
        found.ok_or_else(|| Error::Argument {
            what: format!("feature of {}", self.name),
            expected: format!("one of {:?}", self.features),
            got: format!("{feature:?}"),
        })
    }

    /// How a step is called in messages.
    pub(super) fn place(&self, step: usize) -> String {
        match self.date(step) {
            Some(date) => format!("step {step} ({date})"),
            None => format!("step {step}"),
        }
    }

    fn check_finite(&self) -> Result<()> {
        match self.values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => Err(Error::NotFinite {
                what: format!(
                    "feature {:?} of {} at {}",
                    self.features[at % self.features.len()],
                    self.name,
                    self.place(at / self.features.len())
                ),
                value: f64::from(self.values[at]),
                hint: "Fill or cut off missing values before you build the series: a window must not have a hole."
                    .into(),
            }),
        }
    }
}

fn check_count(dates: usize, values: usize) -> Result<()> {
    if dates == values {
        return Ok(());
    }
    Err(Error::Argument {
        what: "dates of a series".into(),
        expected: format!("{values} dates, one for each step"),
        got: format!("{dates} dates"),
    })
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} steps", self.name, self.len())?;
        if self.features.len() > 1 {
            write!(f, " of {} features", self.features.len())?;
        }
        match self.dates() {
            [first, .., last] => write!(f, ", {first} to {last}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Series({self})")
    }
}
