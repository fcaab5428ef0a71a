//! The formulas of the optimizers, each in one pass over a tensor, and what they remember between steps.

use super::optimizer::{Adagrad, Adam, AdamW, Optimizer, RmsProp, Sgd};
use crate::ops::cpu::{Pieces, for_each_part, widened};

/// Numbers that one core moves at a time. Every number is moved on its own, so the bits do not depend on the cores.
const CHUNK: usize = 1 << 14;

/// What an optimizer remembers of a tensor: how often it was moved, and up to two buffers of the tensor's size.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::train) struct Memory {
    pub steps: i32,
    pub first: Vec<f32>,
    pub second: Vec<f32>,
}

/// What an optimizer remembers: one [`Memory`] per tensor of the network, empty until the tensor is first moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::train) struct State {
    pub tensors: Vec<Memory>,
}

impl State {
    /// What is remembered of tensor `index`.
    pub fn memory(&mut self, index: usize) -> &mut Memory {
        if self.tensors.len() <= index {
            self.tensors.resize_with(index + 1, Memory::default);
        }
        &mut self.tensors[index]
    }
}

/// One step of one number: its gradient, the number, and the two that are remembered of it.
type Rule<'a> = &'a (dyn Fn(&mut [f32], &[f32], &mut [f32], &mut [f32]) + Sync);

impl Memory {
    /// Moves `w` along its gradient, and sets the gradient to zero: the next step's is added to what it finds there.
    pub fn step(&mut self, optimizer: &Optimizer, w: &mut [f32], gradient: &mut [f32]) {
        self.steps += 1;
        let (first, second) = optimizer.remembers();
        let size = |wanted: bool| if wanted { w.len() } else { 0 };
        self.first.resize(size(first), 0.0);
        self.second.resize(size(second), 0.0);
        match *optimizer {
            Optimizer::Sgd(o) => self.each(w, gradient, &|w, g, v, _| sgd(&o, w, g, v)),
            Optimizer::Adam(o) => {
                let step = AdamStep::new(&o, self.steps);
                self.each(w, gradient, &|w, g, m, v| adam(&step, w, g, m, v));
            }
            Optimizer::AdamW(AdamW {
                lr,
                betas,
                eps,
                weight_decay,
            }) => {
                let plain = Adam {
                    lr,
                    betas,
                    eps,
                    weight_decay: 0.0,
                };
                let step = AdamStep {
                    keep: 1.0 - lr * weight_decay,
                    ..AdamStep::new(&plain, self.steps)
                };
                self.each(w, gradient, &|w, g, m, v| adam(&step, w, g, m, v));
            }
            Optimizer::RmsProp(o) => self.each(w, gradient, &|w, g, _, v| rms_prop(&o, w, g, v)),
            Optimizer::Adagrad(o) => self.each(w, gradient, &|w, g, _, s| adagrad(&o, w, g, s)),
        }
    }

    /// Applies a rule to all numbers, chunk by chunk; a chunk of the gradient is cleared while it is still at hand.
    fn each(&mut self, w: &mut [f32], gradient: &mut [f32], rule: Rule) {
        if w.len() <= CHUNK {
            rule(w, gradient, &mut self.first, &mut self.second);
            return gradient.fill(0.0);
        }
        let (w, gradient) = (Pieces::new(w, CHUNK), Pieces::new(gradient, CHUNK));
        // A buffer that is not needed is empty, and so are its chunks.
        let (first, second) = (
            Pieces::new(&mut self.first, CHUNK),
            Pieces::new(&mut self.second, CHUNK),
        );
        for_each_part(w.len(), |i| {
            let (mut w, mut gradient) = (w.lock(i), gradient.lock(i));
            match (first.len(), second.len()) {
                (0, 0) => rule(&mut w, &gradient, &mut [], &mut []),
                (0, _) => rule(&mut w, &gradient, &mut [], &mut second.lock(i)),
                (_, 0) => rule(&mut w, &gradient, &mut first.lock(i), &mut []),
                _ => rule(&mut w, &gradient, &mut first.lock(i), &mut second.lock(i)),
            }
            gradient.fill(0.0);
        });
    }
}

impl Optimizer {
    /// Which of the two buffers it needs.
    fn remembers(&self) -> (bool, bool) {
        match self {
            Optimizer::Sgd(o) => (o.momentum != 0.0, false),
            Optimizer::Adam(_) | Optimizer::AdamW(_) => (true, true),
            Optimizer::RmsProp(_) | Optimizer::Adagrad(_) => (false, true),
        }
    }
}

widened! {
    fn sgd(o: &Sgd, w: &mut [f32], gradient: &[f32], velocity: &mut [f32]) = sgd_each;
}

#[inline(always)]
fn sgd_each(o: &Sgd, w: &mut [f32], gradient: &[f32], velocity: &mut [f32]) {
    if velocity.is_empty() {
        for (w, g) in w.iter_mut().zip(gradient) {
            *w -= o.lr * (g + o.weight_decay * *w);
        }
        return;
    }
    for ((w, g), v) in w.iter_mut().zip(gradient).zip(velocity) {
        let g = g + o.weight_decay * *w;
        *v = o.momentum * *v + g;
        *w -= o.lr * if o.nesterov { g + o.momentum * *v } else { *v };
    }
}

/// The numbers of a step of Adam or AdamW that are the same for all weights.
struct AdamStep {
    o: Adam,
    /// The learning rate over the correction of the running mean.
    step: f32,
    /// The correction of the running size.
    root: f32,
    /// What AdamW leaves of the weight.
    keep: f32,
}

impl AdamStep {
    fn new(o: &Adam, steps: i32) -> Self {
        // The powers in f64: in f32, 0.999^steps loses the digits that the correction is made of.
        let [b1, b2] = o.betas.map(f64::from);
        Self {
            o: *o,
            step: o.lr / (1.0 - b1.powi(steps)) as f32,
            root: (1.0 / (1.0 - b2.powi(steps)).sqrt()) as f32,
            keep: 1.0,
        }
    }
}

widened! {
    fn adam(a: &AdamStep, w: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) = adam_each;
}

#[inline(always)]
fn adam_each(a: &AdamStep, w: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) {
    let Adam {
        betas: [b1, b2],
        eps,
        weight_decay,
        ..
    } = a.o;
    for (((w, g), m), v) in w.iter_mut().zip(gradient).zip(mean).zip(square) {
        *w *= a.keep;
        let g = g + weight_decay * *w;
        *m = b1 * *m + (1.0 - b1) * g;
        *v = b2 * *v + (1.0 - b2) * g * g;
        *w -= a.step * *m / (v.sqrt() * a.root + eps);
    }
}

widened! {
    fn rms_prop(o: &RmsProp, w: &mut [f32], gradient: &[f32], square: &mut [f32]) = rms_prop_each;
}

#[inline(always)]
fn rms_prop_each(o: &RmsProp, w: &mut [f32], gradient: &[f32], square: &mut [f32]) {
    for ((w, g), v) in w.iter_mut().zip(gradient).zip(square) {
        let g = g + o.weight_decay * *w;
        *v = o.alpha * *v + (1.0 - o.alpha) * g * g;
        *w -= o.lr * g / (v.sqrt() + o.eps);
    }
}

widened! {
    fn adagrad(o: &Adagrad, w: &mut [f32], gradient: &[f32], sum: &mut [f32]) = adagrad_each;
}

#[inline(always)]
fn adagrad_each(o: &Adagrad, w: &mut [f32], gradient: &[f32], sum: &mut [f32]) {
    for ((w, g), s) in w.iter_mut().zip(gradient).zip(sum) {
        let g = g + o.weight_decay * *w;
        *s += g * g;
        *w -= o.lr * g / (s.sqrt() + o.eps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gradient is used up, in tensors of one chunk and of several.
    #[test]
    fn a_step_leaves_no_gradient() {
        let optimizers: [Optimizer; 5] = [
            Sgd::default().into(),
            Adam::default().into(),
            AdamW::default().into(),
            RmsProp::default().into(),
            Adagrad::default().into(),
        ];
        for optimizer in optimizers {
            for n in [0, 7, CHUNK, 2 * CHUNK + 3] {
                let (mut w, mut gradient) = (vec![1.0; n], vec![0.5; n]);
                Memory::default().step(&optimizer, &mut w, &mut gradient);
                assert!(gradient.iter().all(|g| *g == 0.0), "{optimizer:?}, {n} numbers");
                assert!(w.iter().all(|w| *w < 1.0), "{optimizer:?}, {n} numbers");
            }
        }
    }
}
