//! Optimizers: how a gradient moves a weight.
//!
//! Each is a plain struct of settings with PyTorch's names, defaults and formulas. [`State`] holds what an optimizer
//! remembers between steps.

use super::network::Parameter;

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
    /// Sets what carries over from step to step: the momentum of SGD, the first beta of Adam.
    pub(super) fn set_momentum(&mut self, momentum: f32) {
        match self {
            Optimizer::Sgd(o) if o.momentum > 0.0 => o.momentum = momentum,
            Optimizer::Adam(o) => o.betas[0] = momentum,
            Optimizer::AdamW(o) => o.betas[0] = momentum,
            Optimizer::Sgd(_) | Optimizer::RmsProp(_) | Optimizer::Adagrad(_) => {}
        }
    }
}

/// What an optimizer remembers: the number of steps, and up to two buffers per tensor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    steps: i32,
    tensor: usize,
    buffers: Vec<[Vec<f32>; 2]>,
}

impl State {
    /// Begins a step over all tensors.
    pub fn begin_step(&mut self) {
        self.steps += 1;
        self.tensor = 0;
    }

    /// Moves the next tensor along its gradient. The tensors must come in the same order in every step.
    pub fn apply(&mut self, optimizer: &Optimizer, parameter: Parameter) {
        let Some(gradient) = parameter.gradient else { return };
        let w = parameter.values;
        if self.tensor == self.buffers.len() {
            self.buffers.push([vec![0.0; w.len()], vec![0.0; w.len()]]);
        }
        let [first, second] = &mut self.buffers[self.tensor];
        self.tensor += 1;
        match optimizer {
            Optimizer::Sgd(o) => sgd(o, w, &gradient, first),
            Optimizer::Adam(o) => adam(o, o.weight_decay, self.steps, w, &gradient, first, second),
            Optimizer::AdamW(o) => {
                let keep = 1.0 - o.lr * o.weight_decay;
                w.iter_mut().for_each(|w| *w *= keep);
                let AdamW { lr, betas, eps, .. } = *o;
                let plain = Adam {
                    lr,
                    betas,
                    eps,
                    weight_decay: 0.0,
                };
                adam(&plain, 0.0, self.steps, w, &gradient, first, second);
            }
            Optimizer::RmsProp(o) => rms_prop(o, w, &gradient, second),
            Optimizer::Adagrad(o) => {
                super::update::adagrad(o, w, &gradient, second);
            }
        }
    }
}

fn sgd(o: &Sgd, w: &mut [f32], gradient: &[f32], velocity: &mut [f32]) {
    for ((w, g), v) in w.iter_mut().zip(gradient).zip(velocity) {
        let g = g + o.weight_decay * *w;
        *v = o.momentum * *v + g;
        *w -= o.lr * if o.nesterov { g + o.momentum * *v } else { *v };
    }
}

fn adam(o: &Adam, decay: f32, steps: i32, w: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) {
    let [b1, b2] = o.betas;
    // The powers in f64: in f32, 0.999^steps loses the digits that the correction is made of.
    let step = o.lr / (1.0 - f64::from(b1).powi(steps)) as f32;
    let root = (1.0 / (1.0 - f64::from(b2).powi(steps)).sqrt()) as f32;
    for (((w, g), m), v) in w.iter_mut().zip(gradient).zip(mean).zip(square) {
        let g = g + decay * *w;
        *m = b1 * *m + (1.0 - b1) * g;
        *v = b2 * *v + (1.0 - b2) * g * g;
        *w -= step * *m / (v.sqrt() * root + o.eps);
    }
}

fn rms_prop(o: &RmsProp, w: &mut [f32], gradient: &[f32], square: &mut [f32]) {
    for ((w, g), v) in w.iter_mut().zip(gradient).zip(square) {
        let g = g + o.weight_decay * *w;
        *v = o.alpha * *v + (1.0 - o.alpha) * g * g;
        *w -= o.lr * g / (v.sqrt() + o.eps);
    }
}
