//! The activations as functions of a number: value and slope, side by side.

use std::fmt;

use num_traits::Float;

use super::Activation;

/// A kind of number that all activations can be computed in.
pub(super) trait Real: Float {
    /// `1 - erf(x)`, without losing digits where `erf(x)` is near 1.
    fn erfc(self) -> Self;

    /// A constant.
    fn of(x: f64) -> Self;
}

impl Real for f32 {
    fn erfc(self) -> Self {
        libm::erfcf(self)
    }

    fn of(x: f64) -> Self {
        x as f32
    }
}

impl Real for f64 {
    fn erfc(self) -> Self {
        libm::erfc(self)
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

fn sigmoid<F: Real>(x: F) -> F {
    F::one() / (F::one() + (-x).exp())
}

/// `ln(1 + exp(x))`, written so that `exp` cannot overflow.
fn softplus<F: Real>(x: F) -> F {
    x.max(F::zero()) + (-x.abs()).exp().ln_1p()
}

/// `1` where the condition holds, else `0`.
fn indicator<F: Real>(condition: bool) -> F {
    if condition { F::one() } else { F::zero() }
}

/// `sqrt(2 / pi) (x + 0.044715 x^3)`, whose tanh comes close to `erf(x / sqrt(2))`.
fn gelu_inner<F: Real>(x: F) -> F {
    F::of(std::f64::consts::FRAC_2_PI.sqrt()) * (x + F::of(GELU_CUBE) * x * x * x)
}

/// `f(x)`.
pub(super) fn value<F: Real>(f: Activation, x: F) -> F {
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
        Activation::Tanh => x.tanh(),
        Activation::LeakyReLU { negative_slope } => {
            if x < zero {
                F::of(negative_slope.into()) * x
            } else {
                x
            }
        }
        Activation::ELU { alpha } => {
            if x < zero {
                F::of(alpha.into()) * x.exp_m1()
            } else {
                x
            }
        }
        Activation::SELU => {
            F::of(SELU_SCALE)
                * value(
                    Activation::ELU {
                        alpha: SELU_ALPHA as f32,
                    },
                    x,
                )
        }
        Activation::GELU => half * x * (-x * F::of(std::f64::consts::FRAC_1_SQRT_2)).erfc(),
        Activation::GELUTanh => half * x * (one + gelu_inner(x).tanh()),
        Activation::SiLU => x * sigmoid(x),
        Activation::Mish => x * softplus(x).tanh(),
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
pub(super) fn slope<F: Real>(f: Activation, x: F) -> F {
    let (zero, one, half) = (F::zero(), F::one(), F::of(0.5));
    match f {
        Activation::ReLU => indicator(x > zero),
        Activation::ReLU6 => indicator(x > zero && x < F::of(6.0)),
        Activation::Sigmoid => {
            let y = sigmoid(x);
            y * (one - y)
        }
        Activation::Tanh => {
            let y = x.tanh();
            one - y * y
        }
        Activation::LeakyReLU { negative_slope } => {
            if x > zero {
                one
            } else {
                F::of(negative_slope.into())
            }
        }
        Activation::ELU { alpha } => {
            if x > zero {
                one
            } else {
                F::of(alpha.into()) * x.exp()
            }
        }
        Activation::SELU => {
            F::of(SELU_SCALE)
                * slope(
                    Activation::ELU {
                        alpha: SELU_ALPHA as f32,
                    },
                    x,
                )
        }
        // Phi(x) + x phi(x), the distribution of a standard normal variable and its density.
        Activation::GELU => {
            let density = (-half * x * x).exp() / F::of(std::f64::consts::TAU.sqrt());
            half * (-x * F::of(std::f64::consts::FRAC_1_SQRT_2)).erfc() + x * density
        }
        Activation::GELUTanh => {
            let t = gelu_inner(x).tanh();
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
            y * (one + x * (one - y))
        }
        Activation::Mish => {
            let t = softplus(x).tanh();
            t + x * (one - t * t) * sigmoid(x)
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

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReLU => f.pad("ReLU"),
            Self::ReLU6 => f.pad("ReLU6"),
            Self::Sigmoid => f.pad("Sigmoid"),
            Self::Tanh => f.pad("Tanh"),
            Self::LeakyReLU { negative_slope } => f.pad(&format!("Leaky ReLU ({negative_slope})")),
            Self::ELU { alpha } => f.pad(&format!("ELU ({alpha})")),
            Self::SELU => f.pad("SELU"),
            Self::GELU => f.pad("GELU"),
            Self::GELUTanh => f.pad("GELU (tanh)"),
            Self::SiLU => f.pad("SiLU"),
            Self::Mish => f.pad("Mish"),
            Self::Softplus => f.pad("Softplus"),
            Self::Softsign => f.pad("Softsign"),
            Self::Hardtanh => f.pad("Hard tanh"),
            Self::Hardsigmoid => f.pad("Hard sigmoid"),
        }
    }
}
