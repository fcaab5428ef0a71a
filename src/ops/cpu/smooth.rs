//! The exponential function and its relatives, written so that a loop over many numbers runs in vector registers: no
//! branch and no table. They are for loops behind [`widened!`](super::simd::widened); as nothing is contracted to fused
//! operations, every level computes the same bits.

use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E};

/// `exp(x)`, to 2e-7 of itself. Below -87 and above 88 it stays what it is there: never 0, never infinite. NaN stays NaN.
///
/// `x = n ln 2 + r` with a whole number `n`; `2^n` is made of its bits, `exp(r)` is a polynomial (Moshier's *Cephes*).
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Among numbers of this size, two neighbours are 1 apart: adding it rounds, and leaves `n` in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let rounded = x * LOG2_E + ROUND;
    let n = rounded - ROUND;
    // ln 2 in two pieces, the first of few digits, so that its product with n is exact.
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_2e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23));
    (p * r * r + r + 1.0) * power
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// [`exp`] for numbers that are not above 0, and 0 where `exp` would stop falling.
#[inline(always)]
pub(crate) fn vanishing_exp(x: f32) -> f32 {
    if x < -87.0 { 0.0 } else { exp(x) }
}

/// The distribution function `Phi(x)` of a standard normal variable, and `exp(-x^2 / 2)`, the shape of its density.
/// `Phi` is right to 1e-6 of itself while it is above 1e-5, to 1e-5 of itself below.
///
/// `erfc(z) = t p(t) exp(-z^2)` with `t = 1 / (1 + z / 2)`, as in Press et al., *Numerical Recipes*, but with a polynomial
/// `p` in place of another exponential: fitted by Chebyshev's, off by 5e-8 of itself.
#[inline(always)]
pub(crate) fn normal(x: f32) -> (f32, f32) {
    let e = vanishing_exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + 0.5 * FRAC_1_SQRT_2 * x.abs());
    let mut p = -0.059_898_097;
    p = p * t + 0.288_439_54;
    p = p * t - 0.494_792_52;
    p = p * t + 0.286_242_87;
    p = p * t - 0.031_876_624;
    p = p * t + 0.204_735_52;
    p = p * t + 0.242_632_27;
    p = p * t + 0.282_433_54;
    p = p * t + 0.282_083_48;
    let tail = 0.5 * t * p * e;
    (if x < 0.0 { tail } else { 1.0 - tail }, e)
}

/// The hyperbolic tangent, to 3e-7: `x P(x^2) / Q(x^2)` on the part that is not yet 1 (the coefficients of *Eigen*).
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    const ONE: f32 = 7.905_311;
    let all = x;
    let x = x.clamp(-ONE, ONE);
    let s = x * x;
    let mut p = -2.760_768_5e-16;
    p = p * s + 2.000_188e-13;
    p = p * s - 8.604_672e-11;
    p = p * s + 5.122_297e-8;
    p = p * s + 1.485_722_3e-5;
    p = p * s + 6.372_619e-4;
    p = p * s + 4.893_524_6e-3;
    let mut q = 1.198_258_4e-6;
    q = q * s + 1.185_347_1e-4;
    q = q * s + 2.268_434_6e-3;
    q = q * s + 4.893_525e-3;
    if all.abs() > ONE {
        1.0_f32.copysign(all)
    } else {
        x * p / q
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agree_with_the_exact_functions() {
        for i in -400_000..=400_000 {
            let x = i as f32 * 2.2e-4;
            let exact = f64::from(x);
            let off = (f64::from(exp(x.clamp(-86.9, 87.9))) / exact.clamp(-86.9, 87.9).exp() - 1.0).abs();
            assert!(off < 4e-6, "exp({x}) is off by {off}");
            if x.abs() < 10.0 {
                assert!((f64::from(exp(x)) / exact.exp() - 1.0).abs() < 3e-7, "exp({x})");
            }
            assert!(
                (f64::from(tanh(x)) - exact.tanh()).abs() < 4e-7,
                "tanh({x}) = {}",
                tanh(x)
            );
            let s = 1.0 / (1.0 + (-exact).exp());
            assert!((f64::from(sigmoid(x)) - s).abs() < 2e-7, "sigmoid({x})");
            let phi = 0.5 * libm::erfc(-exact * std::f64::consts::FRAC_1_SQRT_2);
            let (got, density) = normal(x);
            let off = (f64::from(got) - phi).abs() / phi;
            assert!(off < 1e-5 || phi < 1e-37, "Phi({x}) is off by {off}");
            assert!(off < 1e-6 || phi < 1e-5, "Phi({x}) is off by {off}");
            assert!((f64::from(density) - (-0.5 * exact * exact).exp()).abs() < 2e-7);
        }
        assert_eq!((exp(0.0), tanh(0.0), sigmoid(0.0)), (1.0, 0.0, 0.5));
        assert_eq!((tanh(8.0), tanh(-9.0)), (1.0, -1.0));
        assert_eq!((normal(8.0).0, normal(-20.0)), (1.0, (0.0, 0.0)));
        assert_eq!((vanishing_exp(-1.5), vanishing_exp(-88.0)), (exp(-1.5), 0.0));
        for x in [1e-30, 1e-3, 0.01] {
            assert!((f64::from(tanh(x)) / f64::from(x).tanh() - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn ends_are_finite_and_nan_stays() {
        for f in [exp, sigmoid, tanh, vanishing_exp, |x| normal(x).0, |x| normal(x).1] {
            for x in [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN] {
                assert!(f(x).is_finite(), "{x}");
            }
            assert!(f(f32::NAN).is_nan());
        }
        assert!(tanh(f32::INFINITY) == 1.0 && sigmoid(f32::NEG_INFINITY) < 1e-37);
    }
}
