//! Slopes by trying: what every gradient can be held against.

/// The slope of `f` at `at` in the direction of every number, by central differences:
/// `(f(x + h) - f(x - h)) / 2h` with the step `h`.
///
/// Calls `f` twice for each number, so it is for checking gradients, not for training. A step of `1e-2` suits functions
/// that are computed in `f32`: the formula's own error grows as `h²`, that of rounding as `1 / h`.
///
/// PyTorch: `torch.autograd.gradcheck` (which compares as well). Taught in notebook 04.
///
/// ```
/// use gradus::ops::numeric_gradient;
/// let slopes = numeric_gradient(&[3.0, -1.0], 1e-2, |x| x[0] * x[0] * x[1]);
/// assert!((slopes[0] + 6.0).abs() < 1e-3 && (slopes[1] - 9.0).abs() < 1e-3);
/// ```
pub fn numeric_gradient(at: &[f32], step: f32, f: impl Fn(&[f32]) -> f32) -> Vec<f32> {
    let mut moved = at.to_vec();
    let slope = |(i, &x): (usize, &f32)| {
        moved[i] = x + step;
        let (right, above) = (moved[i], f(&moved));
        moved[i] = x - step;
        let (left, below) = (moved[i], f(&moved));
        moved[i] = x;
        // Not 2h: x + h is rounded too.
        (above - below) / (right - left)
    };
    at.iter().enumerate().map(slope).collect()
}

/// How far two gradients are apart: the largest difference of two of their numbers, as a share of the largest number in
/// either. Infinite if their lengths differ or a number is NaN; 0 if both are zero.
///
/// Two correct gradients in `f32`, one of them by [`numeric_gradient`], agree to about `1e-3`; a forgotten factor shows
/// as a share near 1. Taught in notebook 04.
///
/// ```
/// use gradus::ops::gradient_error;
/// assert_eq!(gradient_error(&[1.0, 2.0], &[1.0, 1.5]), 0.25);
/// ```
pub fn gradient_error(a: &[f32], b: &[f32]) -> f32 {
    let largest = a.iter().chain(b).fold(0.0_f32, |most, v| most.max(v.abs()));
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    let broken = a.len() != b.len() || a.iter().chain(b).any(|v| v.is_nan());
    match differences.fold(0.0, f32::max) {
        _ if broken => f32::INFINITY,
        0.0 => 0.0,
        worst => worst / largest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_of_known_functions() {
        let at = [0.5, -1.2, 2.0, 0.0];
        let f = |x: &[f32]| x[0].sin() + x[1].powi(3) + (0.5 * x[2]).exp() + x[0] * x[3];
        let known = [0.5_f32.cos(), 3.0 * 1.44, 0.5 * 1.0_f32.exp(), 0.5];
        let slopes = numeric_gradient(&at, 1e-2, f);
        assert!(gradient_error(&slopes, &known) < 1e-4, "{slopes:?} {known:?}");
        // The error of the formula is h²/6 f''' : for a cubic exactly h².
        let rough = numeric_gradient(&[1.0], 0.5, |x| x[0].powi(3));
        assert!((rough[0] - 3.25).abs() < 1e-5, "{rough:?}");
        assert!(numeric_gradient(&[], 1e-2, |_| 1.0).is_empty());
    }

    #[test]
    fn one_number_is_moved_at_a_time() {
        let slopes = numeric_gradient(&[1.0, 1.0, 1.0], 1e-2, |x| x[0] * x[1] * x[2]);
        assert!(gradient_error(&slopes, &[1.0; 3]) < 1e-4, "{slopes:?}");
    }

    #[test]
    fn errors_are_shares_of_the_largest_number() {
        assert_eq!(gradient_error(&[0.0, 4.0], &[1.0, 4.0]), 0.25);
        assert_eq!(gradient_error(&[1e-9, 4.0], &[2e-9, 4.0]), 2.5e-10);
        assert_eq!(gradient_error(&[1.0], &[-1.0]), 2.0);
        assert_eq!(gradient_error(&[0.0], &[0.0]), 0.0);
        assert_eq!(gradient_error(&[], &[]), 0.0);
        assert_eq!(gradient_error(&[1.0], &[1.0, 2.0]), f32::INFINITY);
        assert_eq!(gradient_error(&[f32::NAN, 1.0], &[1.0, 1.0]), f32::INFINITY);
    }
}
