//! The functions to choose from, and their names.

use std::fmt;

/// A function that bends what a layer computed, so that layers in a row are more than one layer.
///
/// Written in a formula it is applied to each number of a tensor. `x` is the number, `s` the logistic sigmoid, `Phi` the
/// distribution function of a standard normal variable. Taught in notebook 02.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// `max(0, x)`.
    ReLU,
    /// `min(max(0, x), 6)`.
    ReLU6,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `x` above 0, `negative_slope * x` below. Maas, Hannun and Ng 2013, *Rectifier nonlinearities improve neural
    /// network acoustic models*.
    LeakyReLU {
        /// The slope below 0; PyTorch's default is 0.01.
        negative_slope: f32,
    },
    /// `x` above 0, `alpha * (exp(x) - 1)` below. Clevert, Unterthiner and Hochreiter 2016, arXiv:1511.07289.
    ELU {
        /// How far it falls below 0; PyTorch's default is 1.
        alpha: f32,
    },
    /// ELU with the scale and the `alpha` that keep mean 0 and variance 1 from layer to layer. Klambauer et al. 2017,
    /// arXiv:1706.02515.
    SELU,
    /// `x * Phi(x)`. Hendrycks and Gimpel 2016, arXiv:1606.08415.
    GELU,
    /// [`GELU`](Self::GELU), with `Phi` replaced by a formula with tanh that comes close to it.
    GELUTanh,
    /// `x * s(x)`, also called Swish. Ramachandran, Zoph and Le 2017, arXiv:1710.05941.
    SiLU,
    /// `x * tanh(softplus(x))`. Misra 2019, arXiv:1908.08681.
    Mish,
    /// `ln(1 + exp(x))`, a smooth ReLU. Dugas et al. 2001, *Incorporating second-order functional knowledge for better
    /// option pricing*.
    Softplus,
    /// `x / (1 + |x|)`.
    Softsign,
    /// `x`, cut off at -1 and 1.
    Hardtanh,
    /// `x / 6 + 1/2`, cut off at 0 and 1.
    Hardsigmoid,
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
