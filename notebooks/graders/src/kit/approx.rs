//! The checks: equal, nearly equal, of the right shape.

use std::fmt::Debug;

use super::verdict::{Failure, Graded};

const NAN: &str = "NaN is what comes of 0/0, of the logarithm or the root of a negative number, and of ∞ − ∞.";
const INFINITE: &str = "An infinite number comes of a division by 0, of ln 0, or of numbers that grow without end.";

/// Checks one number; `tolerance` is relative for numbers above 1, absolute below.
///
/// # Errors
/// A [`Failure`] when it is another number, NaN or infinite.
pub fn approx(case: &str, got: f32, expected: f32, tolerance: f32) -> Graded {
    if near(got, expected, tolerance) {
        return Ok(());
    }
    let (wanted, came) = plain(expected, got);
    Err(not_finite(case, &wanted, &came, got).unwrap_or_else(|| Failure::new(case, wanted, came)))
}

/// Checks a list of numbers as [`approx`] does one.
///
/// # Errors
/// A [`Failure`] that names the first place where they differ, or both lengths.
pub fn approx_all(case: &str, got: &[f32], expected: &[f32], tolerance: f32) -> Graded {
    if got.len() != expected.len() {
        let numbers = |n: usize| format!("{n} numbers");
        return Err(Failure::new(case, numbers(expected.len()), numbers(got.len())));
    }
    let wrong = (0..got.len()).find(|&i| !near(got[i], expected[i], tolerance));
    let Some(i) = wrong else { return Ok(()) };
    let place = if got.len() == 1 {
        String::new()
    } else {
        format!(" at place {i}")
    };
    let (wanted, came) = plain(expected[i], got[i]);
    let (expected, came) = (format!("{wanted}{place}"), format!("{came}{place}"));
    Err(not_finite(case, &expected, &came, got[i]).unwrap_or_else(|| Failure::new(case, expected, came)))
}

/// Checks that two values are the same.
///
/// # Errors
/// A [`Failure`] when they are not.
pub fn equal<T: PartialEq + Debug>(case: &str, got: T, expected: T) -> Graded {
    if got == expected {
        return Ok(());
    }
    Err(Failure::new(case, format!("{expected:?}"), format!("{got:?}")))
}

/// Checks the lengths of the axes.
///
/// # Errors
/// A [`Failure`] with both shapes.
pub fn shape(case: &str, got: &[usize], expected: &[usize]) -> Graded {
    if got == expected {
        return Ok(());
    }
    Err(Failure::new(
        case,
        format!("the shape {expected:?}"),
        format!("the shape {got:?}"),
    ))
}

/// Checks a condition that is told in words.
///
/// # Errors
/// A [`Failure`] when it does not hold.
pub fn check(case: &str, holds: bool, expected: &str, got: &str) -> Graded {
    if holds {
        Ok(())
    } else {
        Err(Failure::new(case, expected, got))
    }
}

/// Hints for a mistake that one recognizes by its result.
pub trait HintIf {
    /// If this is a failure without a hint of its own (but for what is said of every NaN), and `condition` holds, the
    /// failure gets `hint`.
    fn hint_if(self, condition: bool, hint: &str) -> Self;
}

impl<T> HintIf for Graded<T> {
    fn hint_if(self, condition: bool, hint: &str) -> Self {
        self.map_err(|failure| {
            let general = failure
                .hint
                .as_deref()
                .is_none_or(|hint| hint == NAN || hint == INFINITE);
            if condition && general {
                failure.hint(hint)
            } else {
                failure
            }
        })
    }
}

/// Whether two numbers are the same up to rounding. NaN is near to nothing.
pub(crate) fn near(a: f32, b: f32, tolerance: f32) -> bool {
    a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0) && a.is_finite() && b.is_finite()
}

/// [`near`] for lists of one length.
pub(crate) fn near_all(a: &[f32], b: &[f32], tolerance: f32) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(*a, *b, tolerance))
}

/// Two numbers as a person writes them, with six digits that count; with all of them where six look alike.
fn plain(a: f32, b: f32) -> (String, String) {
    let (short, other) = (six_digits(a), six_digits(b));
    if short == other {
        (a.to_string(), b.to_string())
    } else {
        (short, other)
    }
}

fn six_digits(v: f32) -> String {
    let digits = 5.0 - v.abs().log10().floor();
    if !(0.0..=9.0).contains(&digits) {
        return v.to_string();
    }
    let text = format!("{v:.*}", digits as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

fn not_finite(
    case: &str,
    expected: impl std::fmt::Display,
    got: impl std::fmt::Display,
    number: f32,
) -> Option<Failure> {
    let hint = if number.is_nan() {
        NAN
    } else if number.is_infinite() {
        INFINITE
    } else {
        return None;
    };
    Some(Failure::new(case, expected, got).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_equal_numbers_pass_and_others_are_named() {
        assert!(approx("", 1.0, 1.0 + 1e-7, 1e-6).is_ok() && approx("", 1e6, 1e6 + 1.0, 1e-5).is_ok());
        assert!(approx("", f32::NAN, 1.0, 1.0).is_err_and(|f| f.hint.is_some_and(|hint| hint.contains("0/0"))));
        assert!(approx("", f32::INFINITY, 1.0, 1.0).is_err() && approx("", 1.1, 1.0, 1e-3).is_err());
        let failure = approx_all("sum", &[1.0, 2.0], &[1.0, 3.0], 1e-6);
        assert_eq!(failure, Err(Failure::new("sum", "3 at place 1", "2 at place 1")));
        assert!(approx_all("", &[1.0], &[1.0, 2.0], 1e-6).is_err_and(|f| f.got == "1 numbers"));
    }

    #[test]
    fn numbers_look_as_a_person_writes_them() {
        assert_eq!(plain(0.1 + 0.32, 1.55 + 1e-7), ("0.42".into(), "1.55".into()));
        assert_eq!(plain(-4.633_899_7, 120.0), ("-4.6339".into(), "120".into()));
        assert_eq!(plain(1.0, 1.0 + 1e-6), ("1".into(), "1.000001".into()));
        assert_eq!(plain(0.0, 1e-12), ("0".into(), 1e-12_f32.to_string()));
        assert_eq!(plain(f32::NAN, 3e7), ("NaN".into(), "30000000".into()));
    }

    #[test]
    fn the_first_hint_that_fits_stays() {
        let wrong = equal("", 1, 2)
            .hint_if(false, "a")
            .hint_if(true, "b")
            .hint_if(true, "c");
        assert_eq!(wrong.map_err(|f| f.hint), Err(Some("b".into())));
    }
}
