//! Optimizers: how a gradient moves a weight.
//!
//! Each is a plain struct of settings with PyTorch's names, defaults and formulas; the formulas themselves are in
//! `update`.

use crate::{Error, Result};

/// Stochastic gradient descent, with momentum on request.
///
/// `v = momentum * v + g`, `w -= lr * v` (with Nesterov: `w -= lr * (g + momentum * v)`). PyTorch: `torch.optim.SGD`.
/// Taught in notebook 05.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// Learning rate.
    pub lr: f32,
    /// How much of the last step carries over, 0 to 1.
    pub momentum: f32,
    /// Looks ahead along the momentum before it measures the slope.
    pub nesterov: bool,
    /// Pulls every weight towards zero: `g += weight_decay * w`.
    pub weight_decay: f32,
}

impl Default for Sgd {
    fn default() -> Self {
        Self {
            lr: 1e-2,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
        }
    }
}

/// Adam: momentum, divided by a running size of the gradient.
///
/// Kingma & Ba 2015, arXiv:1412.6980. PyTorch: `torch.optim.Adam`. Taught in notebook 05.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Learning rate.
    pub lr: f32,
    /// Decay of the running mean and of the running square of the gradient.
    pub betas: [f32; 2],
    /// Added to the divisor.
    pub eps: f32,
    /// Pulls every weight towards zero through the gradient: `g += weight_decay * w`.
    pub weight_decay: f32,
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            lr: 1e-3,
            betas: [0.9, 0.999],
            eps: 1e-8,
            weight_decay: 0.0,
        }
    }
}

/// [`Adam`] whose weight decay acts on the weight itself: `w -= lr * weight_decay * w`.
///
/// Loshchilov & Hutter 2019, arXiv:1711.05101. PyTorch: `torch.optim.AdamW`. Taught in notebook 05.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// Learning rate.
    pub lr: f32,
    /// Decay of the running mean and of the running square of the gradient.
    pub betas: [f32; 2],
    /// Added to the divisor.
    pub eps: f32,
    /// Pulls every weight towards zero.
    pub weight_decay: f32,
}

impl Default for AdamW {
    fn default() -> Self {
        Self {
            lr: 1e-3,
            betas: [0.9, 0.999],
            eps: 1e-8,
            weight_decay: 1e-2,
        }
    }
}

/// Adagrad: the gradient divided by the size of all gradients so far.
///
/// `s += g * g`, `w -= lr * g / (sqrt(s) + eps)`: a weight that has moved much moves less, and all steps shrink with time.
/// Duchi, Hazan & Singer 2011, *Adaptive Subgradient Methods*, JMLR 12. PyTorch: `torch.optim.Adagrad`. Taught in
/// notebook 05.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adagrad {
    /// Learning rate.
    pub lr: f32,
    /// Added to the divisor.
    pub eps: f32,
    /// Pulls every weight towards zero: `g += weight_decay * w`.
    pub weight_decay: f32,
}

impl Default for Adagrad {
    fn default() -> Self {
        Self {
            lr: 1e-2,
            eps: 1e-10,
            weight_decay: 0.0,
        }
    }
}

/// RMSprop: the gradient divided by its running size.
///
/// Hinton 2012, lecture 6e of *Neural Networks for Machine Learning*. PyTorch: `torch.optim.RMSprop`. Taught in
/// notebook 05.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    /// Learning rate.
    pub lr: f32,
    /// Decay of the running square.
    pub alpha: f32,
    /// Added to the divisor.
    pub eps: f32,
    /// Pulls every weight towards zero: `g += weight_decay * w`.
    pub weight_decay: f32,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self {
            lr: 1e-2,
            alpha: 0.99,
            eps: 1e-8,
            weight_decay: 0.0,
        }
    }
}

/// Any of the optimizers.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Optimizer {
    /// See [`Sgd`].
    Sgd(Sgd),
    /// See [`Adam`].
    Adam(Adam),
    /// See [`AdamW`].
    AdamW(AdamW),
    /// See [`RmsProp`].
    RmsProp(RmsProp),
    /// See [`Adagrad`].
    Adagrad(Adagrad),
}

macro_rules! from {
    ($($Name:ident),*) => {
        $(impl From<$Name> for Optimizer {
            fn from(settings: $Name) -> Self {
                Optimizer::$Name(settings)
            }
        })*

        impl Optimizer {
            /// The learning rate.
            pub fn lr(&self) -> f32 {
                match self {
                    $(Optimizer::$Name(o) => o.lr,)*
                }
            }

            /// Sets the learning rate.
            pub fn set_lr(&mut self, lr: f32) {
                match self {
                    $(Optimizer::$Name(o) => o.lr = lr,)*
                }
            }
        }
    };
}

from!(Sgd, Adam, AdamW, RmsProp, Adagrad);

impl Optimizer {
    /// Refuses settings that have no meaning, as PyTorch does. With most of them the weights would be NaN a step later.
    pub(in crate::train) fn check(&self) -> Result<()> {
        let decays = |[first, second]: [f32; 2]| [("first beta", first), ("second beta", second)];
        let (name, shares, amounts) = match *self {
            Optimizer::Sgd(o) => (
                "Sgd",
                Vec::new(),
                vec![("momentum", o.momentum), ("weight decay", o.weight_decay)],
            ),
            Optimizer::Adam(Adam {
                betas,
                eps,
                weight_decay,
                ..
            }) => (
                "Adam",
                decays(betas).to_vec(),
                vec![("eps", eps), ("weight decay", weight_decay)],
            ),
            Optimizer::AdamW(AdamW {
                betas,
                eps,
                weight_decay,
                ..
            }) => (
                "AdamW",
                decays(betas).to_vec(),
                vec![("eps", eps), ("weight decay", weight_decay)],
            ),
            Optimizer::RmsProp(o) => (
                "RmsProp",
                vec![("alpha", o.alpha)],
                vec![("eps", o.eps), ("weight decay", o.weight_decay)],
            ),
            Optimizer::Adagrad(o) => (
                "Adagrad",
                Vec::new(),
                vec![("eps", o.eps), ("weight decay", o.weight_decay)],
            ),
        };
        let refuse = |what: &str, expected: &str, got: f32| {
            Err(Error::Argument {
                what: format!("{what} of {name}"),
                expected: expected.into(),
                got: got.to_string(),
            })
        };
        if let Some((what, value)) = shares.iter().find(|(_, value)| !(0.0..1.0).contains(value)) {
            return refuse(what, "a number from 0 to less than 1", *value);
        }
        if let Some((what, value)) = amounts.iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0)) {
            return refuse(what, "a finite number, not below 0", *value);
        }
        match self {
            Optimizer::Sgd(o) if o.nesterov && o.momentum == 0.0 => {
                refuse("momentum", "a number above 0, because nesterov is set", 0.0)
            }
            _ => Ok(()),
        }
    }

    /// Sets what carries over from step to step: the momentum of SGD, the first beta of Adam.
    pub(in crate::train) fn set_momentum(&mut self, momentum: f32) {
        match self {
            Optimizer::Sgd(o) if o.momentum > 0.0 => o.momentum = momentum,
            Optimizer::Adam(o) => o.betas[0] = momentum,
            Optimizer::AdamW(o) => o.betas[0] = momentum,
            Optimizer::Sgd(_) | Optimizer::RmsProp(_) | Optimizer::Adagrad(_) => {}
        }
    }
}
