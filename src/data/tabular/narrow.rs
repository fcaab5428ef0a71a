//! From the `f64` of a table to the `f32` of a network, which keeps about seven digits: often enough, but not for seconds since 1970.

/// Rounding to `f32` by more than this share of a column's spread is avoided where the column is standardized, …
const FINE: f64 = 1e-5;
/// … more than this share of 1 where it has no spread, …
const FINE_CONSTANT: f64 = 1e-3;
/// … and more than this share of the spread is refused where it is not standardized.
const COARSE: f64 = 1e-2;
/// A spread below this is too near the smallest numbers of an `f32`.
const TINY: f64 = 1e-30;
/// Numbers beyond this are too near the largest.
const HUGE: f64 = 1e30;
/// What rounding a number to `f32` changes at most, as a share of it.
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;

/// Where numbers lie.
struct Spread {
    mean: f64,
    std: f64,
    largest: f64,
    constant: bool,
}

impl Spread {
    fn of(values: &[f64]) -> Option<Self> {
        let first = *values.first()?;
        let largest = values.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        if values.iter().all(|&x| x == first) {
            let (mean, std) = (first, 0.0);
            return Some(Self {
                mean,
                std,
                largest,
                constant: true,
            });
        }
        // Differences first, which large numbers that lie close together keep exactly; halved, so that they do not overflow, and
        // squared in units of the largest, so that squares neither overflow nor vanish.
        let n = values.len() as f64;
        let mean = first + 2.0 * values.iter().map(|x| (x / 2.0 - first / 2.0) / n).sum::<f64>();
        let from_mean = || values.iter().map(|x| x / 2.0 - mean / 2.0);
        let widest = from_mean().fold(0.0_f64, |widest, d| widest.max(d.abs()));
        let squares = from_mean().map(|d| (d / widest).powi(2)).sum::<f64>();
        Some(Self {
            mean,
            std: 2.0 * (squares / n).sqrt() * widest,
            largest,
            constant: false,
        })
    }
}

/// Mean and standard deviation of numbers that must be standardized before they become `f32`; `None` for numbers that
/// may be so afterwards.
pub(super) fn wide(values: &[f64]) -> Option<(f64, f64)> {
    let spread = Spread::of(values)?;
    let rounding = spread.largest * ROUNDING;
    if spread.constant {
        return (rounding > FINE_CONSTANT).then_some((spread.mean, 1.0));
    }
    let wide = rounding > FINE * spread.std || spread.std < TINY || spread.largest > HUGE;
    wide.then_some((spread.mean, if spread.std > 0.0 { spread.std } else { 1.0 }))
}

/// The first number that rounding to `f32` moves so far that the differences within the column suffer.
pub(super) fn blurred(values: &[f64]) -> Option<usize> {
    let spread = Spread::of(values).filter(|spread| !spread.constant)?;
    // What is beyond an f32 is another fault.
    let moved = |x: f64| Some((x - f64::from(x as f32)).abs()).filter(|moved| moved.is_finite());
    values
        .iter()
        .position(|&x| moved(x).is_some_and(|moved| moved > COARSE * spread.std))
}
