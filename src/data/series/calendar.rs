//! Dates: which step of a series a date is, and which date a step is.

use crate::{Error, Result};

/// How dates are written: by year, month or day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Calendar {
    Years,
    Months,
    Days,
}

impl Calendar {
    /// The calendar in which a date is written, and the number of its year, month or day.
    pub fn read(date: &str) -> Option<(Self, i64)> {
        let mut parts = Vec::new();
        for part in date.trim().split('-') {
            if part.is_empty() || part.len() > 4 || !part.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            parts.push(part.parse::<i64>().ok()?);
        }
        match parts[..] {
            [year] => Some((Self::Years, year)),
            [year, month @ 1..=12] => Some((Self::Months, 12 * year + month - 1)),
            [year, month @ 1..=12, day] if day >= 1 && day <= days_of(year, month) => {
                Some((Self::Days, day_number(year, month, day)))
            }
            _ => None,
        }
    }

    /// The date with a number.
    pub fn write(self, number: i64) -> String {
        match self {
            Self::Years => format!("{number:04}"),
            Self::Months => format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1),
            Self::Days => {
                let (year, month, day) = date_of(number);
                format!("{year:04}-{month:02}-{day:02}")
            }
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Years => "years",
            Self::Months => "months",
            Self::Days => "days",
        }
    }
}

/// Dates that follow each other, as numbers; the distance from one to the next is the first of the result. With `fill`, dates
/// may be missing: the distance is the smallest one then.
///
/// # Errors
/// The first date that cannot be read, that is not after the one before, or, without `fill`, that leaves a gap.
pub(super) fn steps(dates: &[String], fill: bool) -> Result<(i64, Vec<i64>, Calendar)> {
    let mut numbers = Vec::with_capacity(dates.len());
    let mut calendar = Calendar::Days;
    for (i, date) in dates.iter().enumerate() {
        let read = Calendar::read(date).filter(|(kind, _)| i == 0 || *kind == calendar);
        let (kind, number) = read.ok_or_else(|| Error::Argument {
            what: format!("date of step {i}"),
            expected: "1949, 1949-01 or 1949-01-31, written as the date before it".into(),
            got: format!("{date:?}"),
        })?;
        calendar = kind;
        if numbers.last().is_some_and(|last| *last >= number) {
            return Err(Error::Argument {
                what: format!("date of step {i}"),
                expected: format!("one after {}", dates[i - 1]),
                got: date.clone(),
            });
        }
        numbers.push(number);
    }
    let distances = || numbers.windows(2).map(|pair| pair[1] - pair[0]);
    let step = distances().min().unwrap_or(1);
    let gap = distances().position(|distance| if fill { distance % step != 0 } else { distance != step });
    match gap {
        None => Ok((step, numbers, calendar)),
        Some(i) => Err(Error::Argument {
            what: format!("dates from step {i} to step {}", i + 1),
            expected: format!("{step} {} from one to the next, as elsewhere", calendar.unit()),
            got: format!(
                "a gap between {} and {}. Series::dated_filled fills it",
                dates[i],
                dates[i + 1]
            ),
        }),
    }
}

/// `count` dates from a first one on, each the next year, month or day; none where the first cannot be read.
pub(in crate::data) fn dates_from(first: &str, count: usize) -> Vec<String> {
    match Calendar::read(first) {
        Some((calendar, number)) => (number..).take(count).map(|number| calendar.write(number)).collect(),
        None => Vec::new(),
    }
}

fn leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap(year)),
        _ => 31,
    }
}

/// Days since 1 March of the year 0 (H. Hinnant, *chrono-compatible low-level date algorithms*): years begin in March, so that
/// the leap day is their last.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year
}

fn date_of(number: i64) -> (i64, i64, i64) {
    let (era, of_era) = (number.div_euclid(146_097), number.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
