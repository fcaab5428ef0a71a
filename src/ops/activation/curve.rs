//! The activations as functions of a number: value and slope, side by side.

use num_traits::Float;

use super::kind::Activation;
use crate::ops::cpu::smooth;

impl Activation {
    /// The value of the function at `x`.
    pub fn value(self, x: f64) -> f64 {
        value(self, x)
    }

    /// The slope of the function at `x`; at a kink, what PyTorch takes for it.
    pub fn slope(self, x: f64) -> f64 {
        slope(self, x)
    }
}

/// A kind of number that all activations can be computed in: `f64` to the last digit, `f32` by formulas that a loop can
/// work through many numbers at a time with.
pub(super) trait Real: Float {
    /// `exp(x)`.
    fn exp(self) -> Self;

    /// The hyperbolic tangent.
    fn tanh(self) -> Self;

    /// The distribution function `Phi(x)` of a standard normal variable, without losing digits where it is near 0; and
    /// `exp(-x^2 / 2)`.
    fn normal(self) -> (Self, Self);

    /// A constant.
    fn of(x: f64) -> Self;
}

impl Real for f32 {
    #[inline(always)]
    fn exp(self) -> Self {
        smooth::exp(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        smooth::tanh(self)
    }

    #[inline(always)]
    fn normal(self) -> (Self, Self) {
        smooth::normal(self)
    }

    #[inline(always)]
    fn of(x: f64) -> Self {
        x as f32
    }
}

impl Real for f64 {
    fn exp(self) -> Self {
        f64::exp(self)
    }

    fn tanh(self) -> Self {
        f64::tanh(self)
    }

    fn normal(self) -> (Self, Self) {
        let phi = 0.5 * libm::erfc(-self * std::f64::consts::FRAC_1_SQRT_2);
        (phi, f64::exp(-0.5 * self * self))
    }

    fn of(x: f64) -> Self {
        x
    }
}

/// SELU's scale and slope below 0: with them, mean 0 and variance 1 stay what they are from layer to layer.
pub(super) const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
pub(super) const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
/// The factor of the cube in GELU's approximation.
const GELU_CUBE: f64 = 0.044_715;

#[inline(always)]
fn sigmoid<F: Real>(x: F) -> F {
    F::one() / (F::one() + Real::exp(-x))
}

/// `x`, but not below -80, where an exponential of it is as good as 0 and a product with it would not be.
#[inline(always)]
fn not_far_below<F: Real>(x: F) -> F {
    let least = F::of(-80.0);
    // Written so that NaN stays NaN.
    if x < least { least } else { x }
}

/// `ln(1 + exp(x))`, written so that `exp` cannot overflow.
#[inline(always)]
fn softplus<F: Real>(x: F) -> F {
    x.max(F::zero()) + Real::exp(-x.abs()).ln_1p()
}

/// `tanh(ln(1 + exp(x)))`, by way of `exp(x)` alone.
#[inline(always)]
fn tanh_of_softplus<F: Real>(x: F) -> F {
    let two = F::of(2.0);
    // From here on it is 1, and the square below would overflow.
    let e = Real::exp(if x > F::of(20.0) { F::of(20.0) } else { x });
    let n = e * (e + two);
    n / (n + two)
}

/// `1` where the condition holds, else `0`.
#[inline(always)]
fn indicator<F: Real>(condition: bool) -> F {
    if condition { F::one() } else { F::zero() }
}

/// `x`, and `alpha (exp(x) - 1)` where that is below 0.
#[inline(always)]
fn elu<F: Real>(alpha: F, x: F) -> F {
    if x < F::zero() { alpha * x.exp_m1() } else { x }
}

#[inline(always)]
fn elu_slope<F: Real>(alpha: F, x: F) -> F {
    if x > F::zero() { F::one() } else { alpha * Real::exp(x) }
}

/// `sqrt(2 / pi) (x + 0.044715 x^3)`, whose tanh comes close to `erf(x / sqrt(2))`.
#[inline(always)]
fn gelu_inner<F: Real>(x: F) -> F {
    F::of(std::f64::consts::FRAC_2_PI.sqrt()) * (x + F::of(GELU_CUBE) * x * x * x)
}

/// `f(x)`.
#[inline(always)]
pub(crate) fn value<F: Real>(f: Activation, x: F) -> F {
    let (zero, one, half) = (F::zero(), F::one(), F::of(0.5));
    match f {
        // Written so that NaN stays NaN.
        Activation::ReLU => {
            if x < zero {
                zero
            } else {
                x
            }
        }
        Activation::ReLU6 => {
            if x < zero {
                zero
            } else if x > F::of(6.0) {
                F::of(6.0)
            } else {
                x
            }
        }
        Activation::Sigmoid => sigmoid(x),
        Activation::Tanh => Real::tanh(x),
        Activation::LeakyReLU { negative_slope } => {
            if x < zero {
                F::of(negative_slope.into()) * x
            } else {
                x
            }
        }
        Activation::ELU { alpha } => elu(F::of(alpha.into()), x),
        Activation::SELU => F::of(SELU_SCALE) * elu(F::of((SELU_ALPHA as f32).into()), x),
        Activation::GELU => x * x.normal().0,
        Activation::GELUTanh => half * x * (one + Real::tanh(gelu_inner(x))),
        Activation::SiLU => not_far_below(x) * sigmoid(x),
        Activation::Mish => not_far_below(x) * tanh_of_softplus(x),
        Activation::Softplus => softplus(x),
        Activation::Softsign => x / (one + x.abs()),
        Activation::Hardtanh => {
            if x < -one {
                -one
            } else if x > one {
                one
            } else {
                x
            }
        }
        Activation::Hardsigmoid => {
            let y = x / F::of(6.0) + half;
            if y < zero {
                zero
            } else if y > one {
                one
            } else {
                y
            }
        }
    }
}

/// `f'(x)`. At a kink it is the slope that PyTorch takes there.
#[inline(always)]
pub(crate) fn slope<F: Real>(f: Activation, x: F) -> F {
    let (zero, one, half) = (F::zero(), F::one(), F::of(0.5));
    match f {
        Activation::ReLU => indicator(x > zero),
        Activation::ReLU6 => indicator(x > zero && x < F::of(6.0)),
        Activation::Sigmoid => {
            let y = sigmoid(x);
            y * (one - y)
        }
        Activation::Tanh => {
            let y = Real::tanh(x);
            one - y * y
        }
        Activation::LeakyReLU { negative_slope } => {
            if x > zero {
                one
            } else {
                F::of(negative_slope.into())
            }
        }
        Activation::ELU { alpha } => elu_slope(F::of(alpha.into()), x),
        Activation::SELU => F::of(SELU_SCALE) * elu_slope(F::of((SELU_ALPHA as f32).into()), x),
        // Phi(x) + x phi(x), the distribution of a standard normal variable and its density.
        Activation::GELU => {
            let (phi, density) = x.normal();
            // So far away the density is 0, and an infinite x times it would not be a number.
            let far = F::of(40.0);
            phi + x.min(far).max(-far) * density / F::of(std::f64::consts::TAU.sqrt())
        }
        Activation::GELUTanh => {
            let t = Real::tanh(gelu_inner(x));
            let flat = one - t * t;
            // Where tanh is flat, the cube may overflow: zero times infinity.
            let bent = if flat == zero {
                zero
            } else {
                flat * F::of(std::f64::consts::FRAC_2_PI.sqrt()) * (one + F::of(3.0 * GELU_CUBE) * x * x)
            };
            half * (one + t) + half * x * bent
        }
        Activation::SiLU => {
            let y = sigmoid(x);
            y * (one + not_far_below(x) * (one - y))
        }
        Activation::Mish => {
            let t = tanh_of_softplus(x);
            t + not_far_below(x) * (one - t * t) * sigmoid(x)
        }
        Activation::Softplus => sigmoid(x),
        Activation::Softsign => {
            let below = one + x.abs();
            one / (below * below)
        }
        Activation::Hardtanh => indicator(x > -one && x < one),
        Activation::Hardsigmoid => indicator::<F>(x > F::of(-3.0) && x < F::of(3.0)) / F::of(6.0),
    }
}
