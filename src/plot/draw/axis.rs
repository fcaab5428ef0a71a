//! Axes: the range of the data, where ticks stand, and how they are written.

use crate::{Error, Result};

/// Beyond this, ranges overflow on the way to pixels.
const HUGE: f64 = 1e307;
/// The powers of ten that a logarithmic axis may end at.
const POWERS: (f64, f64) = (-307.6, 308.2);

/// One axis: a range, linear or logarithmic, and its ticks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    lo: f64,
    hi: f64,
    log: bool,
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis that shows all drawable `values` with a little air, and about `wanted` ticks.
    ///
    /// Where all values are whole, `steps` (epochs, batches) have no ticks between them. `None` if no value can be drawn.
    pub fn around(values: impl Iterator<Item = f64> + Clone, log: bool, wanted: usize, steps: bool) -> Option<Self> {
        let drawn = values.clone().filter(|&v| drawable(v, log));
        let (lo, hi) = drawn.clone().fold((HUGE, -HUGE), |(l, h), v| (l.min(v), h.max(v)));
        if lo > hi {
            return None;
        }
        if log {
            let (a, b) = (lo.log10(), hi.log10());
            let air = if b > a { (b - a) * 0.05 } else { 0.5 };
            return Some(Self::exactly(
                10f64.powf((a - air).max(POWERS.0)),
                10f64.powf((b + air).min(POWERS.1)),
                true,
                wanted,
                false,
            ));
        }
        let counts = steps && drawn.clone().all(|v| v.fract() == 0.0);
        let air = if hi > lo {
            (hi - lo) * 0.05
        } else if lo == 0.0 || counts {
            0.5
        } else {
            lo.abs() * 0.1
        };
        Some(Self::exactly(lo - air, hi + air, false, wanted, counts))
    }

    /// An axis from `lo` to `hi`; with `counts` there are no ticks between whole numbers.
    pub fn exactly(lo: f64, hi: f64, log: bool, wanted: usize, counts: bool) -> Self {
        let ticks = if log {
            log_ticks(lo, hi, wanted)
        } else {
            linear_ticks(lo, hi, wanted, counts)
        };
        Self { lo, hi, log, ticks }
    }

    /// Where `v` stands, 0 at the low end and 1 at the high end; `None` if it cannot be drawn.
    pub fn place(&self, v: f64) -> Option<f64> {
        if !drawable(v, self.log) {
            return None;
        }
        let f = |v: f64| if self.log { v.log10() } else { v };
        Some((f(v) - f(self.lo)) / (f(self.hi) - f(self.lo)))
    }
}

fn drawable(v: f64, log: bool) -> bool {
    v.abs() < HUGE && (!log || v > 1.0 / HUGE)
}

/// Refuses finite numbers that no axis reaches: they would be left out without a word. What a logarithmic axis has no place for,
/// numbers that are not positive, is a gap like NaN.
pub(crate) fn check(what: &str, mut values: impl Iterator<Item = f64>, log: bool) -> Result<()> {
    let far = |v: &f64| v.is_finite() && (!log || *v > 0.0) && !drawable(*v, log);
    match values.find(far) {
        None => Ok(()),
        Some(far) => Err(Error::Argument {
            what: what.into(),
            expected: match log {
                true => format!("numbers from {:e} to {HUGE:e}, or none on this axis", 1.0 / HUGE),
                false => format!("numbers from -{HUGE:e} to {HUGE:e}, or ones that are not finite"),
            },
            got: format!("{far:e}"),
        }),
    }
}

fn linear_ticks(lo: f64, hi: f64, wanted: usize, counts: bool) -> Vec<(f64, String)> {
    let rough = (hi - lo) / wanted.max(1) as f64;
    let mut step = nice(rough);
    if counts {
        // 2.5 is no whole number, and 5 is the next that reads well.
        step = if step == 2.5 { 5.0 } else { step.max(1.0) };
    }
    let (first, last) = ((lo / step).ceil(), (hi / step).floor());
    // More than 50 would mean that the step is lost in rounding.
    let n = (last - first).clamp(0.0, 50.0) as i64;
    let far = lo.abs().max(hi.abs());
    (0..=n)
        .map(|i| {
            let v = (first + i as f64) * step;
            (v, write(if v.abs() < step * 1e-6 { 0.0 } else { v }, step, far))
        })
        .filter(|(v, _)| (lo..=hi).contains(v))
        .collect()
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `rough`.
fn nice(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    let mantissas = [1.0, 2.0, 2.5, 5.0, 10.0];
    power
        * mantissas
            .into_iter()
            .find(|m| m * power >= rough * 0.999)
            .unwrap_or(10.0)
}

/// Decades, every n-th decade, or 1-2-5 within a decade or two.
fn log_ticks(lo: f64, hi: f64, wanted: usize) -> Vec<(f64, String)> {
    let (first, last) = (lo.log10().ceil() as i32, hi.log10().floor() as i32);
    let decades = last - first + 1;
    let inside = |v: &f64| (lo..=hi).contains(v);
    let values: Vec<f64> = if decades >= 3 {
        let stride = (decades as usize).div_ceil(wanted.max(1)).max(1);
        (first..=last).step_by(stride).map(|e| 10f64.powi(e)).collect()
    } else {
        let fine = (first - 1..=last + 1).flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(e)));
        fine.filter(inside).collect()
    };
    if values.len() < 2 {
        // Less than a factor of two or so: a linear choice of ticks reads better.
        return linear_ticks(lo, hi, wanted, false);
    }
    values.into_iter().map(|v| (v, write(v, v, v))).collect()
}

/// 1, 2 and 5 times every power of ten strictly between `lo` and `hi`, both positive, as they are written.
pub(crate) fn one_two_five(lo: f64, hi: f64) -> Vec<(f64, String)> {
    let (first, last) = (lo.log10().floor() as i32, hi.log10().ceil() as i32);
    (first..=last)
        .flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(e)))
        .filter(|v| (lo..hi).contains(v) && *v > lo)
        .map(|v| (v, write(v, v, v)))
        .collect()
}

/// Writes a tick with as many decimals as `step` needs; `far` is the largest number on the axis.
fn write(v: f64, step: f64, far: f64) -> String {
    let text = if !(1e-3..1e6).contains(&far) {
        if v == 0.0 {
            return "0".into();
        }
        let digits = (v.abs().log10().floor() - step.log10().floor()).clamp(0.0, 6.0) as usize;
        // One digit more than the step's power of ten, for steps of 2.5; trailing zeros go again.
        let text = format!("{v:.*e}", digits + 1);
        match text.split_once('e') {
            Some((m, e)) if m.contains('.') => {
                format!("{}e{e}", m.trim_end_matches('0').trim_end_matches('.'))
            }
            _ => text,
        }
    } else {
        let power = step.log10().floor();
        let half = (step / 10f64.powf(power) - 2.5).abs() < 1e-6;
        let decimals = (-power + f64::from(u8::from(half))).clamp(0.0, 9.0) as usize;
        format!("{v:.decimals$}")
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::around([0.13, 0.92].into_iter(), false, 5, false).unwrap();
        assert_eq!(labels(&axis), ["0.2", "0.4", "0.6", "0.8"]);
        let axis = Axis::around([-1.0, 1.0].into_iter(), false, 5, false).unwrap();
        assert_eq!(labels(&axis), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        let axis = Axis::exactly(0.0, 1.0, false, 4, false);
        assert_eq!(labels(&axis), ["0.00", "0.25", "0.50", "0.75", "1.00"]);
    }

    #[test]
    fn counts_have_no_halves() {
        let axis = Axis::around([1.0, 2.0, 3.0].into_iter(), false, 8, true).unwrap();
        assert_eq!(labels(&axis), ["1", "2", "3"]);
        let axis = Axis::around([1.0].into_iter(), false, 8, true).unwrap();
        assert_eq!(labels(&axis), ["1"]);
        let axis = Axis::around([1.0, 11.0].into_iter(), false, 5, true).unwrap();
        assert_eq!(labels(&axis), ["5", "10"]);
    }

    #[test]
    fn decades_and_small_numbers() {
        let axis = Axis::around([1e-5, 10.0].into_iter(), true, 8, false).unwrap();
        assert_eq!(labels(&axis), ["1e−5", "1e−4", "0.001", "0.01", "0.1", "1", "10"]);
        let axis = Axis::around([0.3, 2.0].into_iter(), true, 6, false).unwrap();
        assert_eq!(labels(&axis), ["0.5", "1", "2"]);
        assert_eq!(
            labels(&Axis::exactly(0.0, 2e-4, false, 4, false)),
            ["0", "5e−5", "1e−4", "1.5e−4", "2e−4"]
        );
        assert_eq!(labels(&Axis::exactly(0.0, 5e6, false, 4, false)), ["0", "2e6", "4e6"]);
    }

    #[test]
    fn odd_data_give_an_axis_or_none() {
        assert_eq!(Axis::around([f64::NAN].into_iter(), false, 5, false), None);
        assert_eq!(Axis::around([-1.0, 0.0].into_iter(), true, 5, false), None);
        let axis = Axis::around([f64::NAN, 3.5, f64::INFINITY].into_iter(), false, 5, false).unwrap();
        assert!((axis.place(3.5).unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(axis.place(f64::NAN), None);
        for values in [
            [1e-149, 1e149],
            [1e10, 1e10 + 1e-6],
            [-1e149, 1e149],
            [0.0, 1e300],
            [-9e306, 9e306],
        ] {
            let axis = Axis::around(values.into_iter(), false, 5, false).unwrap();
            assert!(axis.ticks.len() < 60 && axis.place(values[0]).unwrap().is_finite());
            assert!(axis.ticks.len() > 1 && (0.0..=1.0).contains(&axis.place(values[1]).unwrap()));
        }
        for values in [[1e-300, 1e300], [2e-307, 1.0], [1e305, 9e306]] {
            let axis = Axis::around(values.into_iter(), true, 5, false).unwrap();
            let places = values.map(|v| axis.place(v).unwrap());
            assert!(
                0.0 < places[0] && places[0] < places[1] && places[1] < 1.0,
                "{places:?}"
            );
        }
    }

    #[test]
    fn what_no_axis_reaches_is_refused() {
        for (value, log, fine) in [
            (1e300, false, true),
            (f64::MAX, false, false),
            (f64::MIN, false, false),
            (f64::NAN, false, true),
            (f64::INFINITY, false, true),
            (1e300, true, true),
            (1e-310, true, false),
            (0.0, true, true),
            (f64::MIN, true, true),
        ] {
            assert_eq!(
                check("values", [1.0, value].into_iter(), log).is_ok(),
                fine,
                "{value:e}, {log}"
            );
        }
    }
}
