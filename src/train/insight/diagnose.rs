//! A look inside a learner while it trains: what every layer computes, how large the gradients are, how far a step goes.

use std::fmt;

use dfdx::prelude::AsArray;

use crate::data::Dataset;
use crate::inspect::probe::{self, Seen, spread};
use crate::train::learner::Learner;
use crate::train::networks::network::{TensorInfo, Walk};
use crate::train::runs::check;
use crate::train::transforms::transform::{BatchInfo, mix};
use crate::{Error, Result};

/// What one layer computed for a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerOutput {
    /// The layer, as it is written in the code: `Conv2D<3, 16, 3, 1, 1, 1>`.
    pub layer: String,
    /// The shape of what it computed, `(B, …)`.
    pub shape: Vec<usize>,
    /// The mean of all numbers.
    pub mean: f32,
    /// Their standard deviation.
    pub std: f32,
    /// The share of them that are exactly 0, from 0 to 1: what a ReLU has cut off.
    pub zeros: f32,
    /// Some of the numbers, evenly spread, at most 4096.
    pub values: Vec<f32>,
}

/// One matrix of weights with its gradient, and with the step that the optimizer would make.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightHealth {
    /// The tensor: `0.1.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The length (L2 norm) of the weights.
    pub weight_norm: f32,
    /// The length of the gradient of the loss.
    pub gradient_norm: f32,
    /// The length of the step.
    pub step_norm: f32,
    /// Some of the gradient's numbers, evenly spread, at most 4096.
    pub gradients: Vec<f32>,
}

impl WeightHealth {
    /// How far a step goes, as a part of the weights: about 1/1000 is usual in a network that learns.
    pub fn step_ratio(&self) -> f32 {
        self.step_norm / self.weight_norm.max(f32::MIN_POSITIVE)
    }
}

/// What [`Learner::diagnose`] found. Shown in a notebook it is a table; `plot()` draws it.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The loss of the batch.
    pub loss: f64,
    /// What the layers computed, in order.
    pub outputs: Vec<LayerOutput>,
    /// The matrices of weights, in order; biases and normalization are left out.
    pub weights: Vec<WeightHealth>,
}

impl Diagnosis {
    /// What the layers with an activation of this name computed, such as `"ReLU"`; the beginning of the name is enough.
    pub fn of(&self, layer: &str) -> Vec<LayerOutput> {
        let fits = |a: &&LayerOutput| a.layer.starts_with(layer);
        self.outputs.iter().filter(fits).cloned().collect()
    }

    /// The length of the gradient of each matrix of weights, in order.
    pub fn gradient_norms(&self) -> Vec<f32> {
        self.weights.iter().map(|w| w.gradient_norm).collect()
    }

    /// How far a step goes as a part of the weights, for each matrix of weights, in order.
    pub fn step_ratios(&self) -> Vec<f32> {
        self.weights.iter().map(WeightHealth::step_ratio).collect()
    }
}

impl Learner {
    /// Looks at one training batch of `data`, as the next epoch would see it first: what every layer computes, the gradient
    /// of every matrix of weights, and the step that the optimizer would make. The learner stays as it is, to the bit: all
    /// of it happens on a copy.
    ///
    /// Layers of dfdx itself do not report what they compute. Glorot & Bengio 2010 looked at activations and gradients of a
    /// deep network in this way. Taught in notebook 11.
    ///
    /// # Errors
    /// As [`Learner::fit`].
    pub fn diagnose(&self, data: &Dataset) -> Result<Diagnosis> {
        check::samples("data", data)?;
        let mut copy = self.copy()?;
        let order = copy.order();
        let info = BatchInfo {
            epoch: copy.epochs_done,
            step: 0,
            classes: data.num_classes(),
            seed: mix(order, 0),
        };
        let batch = copy.training_batches(data, order)?.next();
        let batch = batch.ok_or_else(|| Error::Argument {
            what: "data".into(),
            expected: "a batch".into(),
            got: "none".into(),
        })?;
        let batch = copy.transforms.apply(batch, &info)?;
        let (scores, seen) = probe::watch(|| copy.net.forward_mut(batch.inputs, &batch.sample_shape));
        let loss = copy.loss.of(scores?, &batch.targets)?;
        let value = f64::from(loss.array());
        check::loss(|| "the loss of the batch".into(), value)?;
        copy.net.backward(loss)?;
        Ok(Diagnosis {
            loss: value,
            outputs: seen.into_iter().map(LayerOutput::from).collect(),
            weights: copy.weigh()?,
        })
    }

    /// Weights, gradients and the step, after a backward pass. Makes the step.
    fn weigh(&mut self) -> Result<Vec<WeightHealth>> {
        let layout = self.layout.clone();
        let stops: Vec<bool> = layout.iter().map(TensorInfo::has_units).collect();
        let look = Walk {
            stops: &stops,
            values: true,
            clear: false,
        };
        let (mut found, mut before) = (Vec::new(), Vec::new());
        self.net.walk(look, &mut |slot| {
            let info = &layout[slot.index];
            found.push(WeightHealth {
                name: info.name.clone(),
                shape: info.shape.clone(),
                weight_norm: length(slot.values),
                gradient_norm: length(slot.gradient),
                step_norm: 0.0,
                gradients: spread(slot.gradient),
            });
            before.push(slot.values.to_vec());
        })?;
        let optimizer = self.optimizer;
        self.update(&optimizer)?;
        let mut steps = Vec::new();
        self.net.walk(look, &mut |slot| {
            let step: Vec<f32> = slot
                .values
                .iter()
                .zip(&before[steps.len()])
                .map(|(a, b)| a - b)
                .collect();
            steps.push(length(&step));
        })?;
        for (health, step) in found.iter_mut().zip(steps) {
            health.step_norm = step;
        }
        Ok(found)
    }
}

fn length(values: &[f32]) -> f32 {
    values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt() as f32
}

impl From<Seen> for LayerOutput {
    fn from(seen: Seen) -> Self {
        Self {
            layer: seen.layer,
            shape: seen.shape,
            mean: seen.mean,
            std: seen.std,
            zeros: seen.zeros,
            values: seen.values,
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "loss of one batch {:.4}", self.loss)?;
        let name = self.outputs.iter().map(|a| a.layer.len()).max().unwrap_or(0).max(5);
        writeln!(f, "{:<name$}  {:>10}  {:>10}  {:>6}", "layer", "mean", "std", "zeros")?;
        for a in &self.outputs {
            let zeros = format!("{:.0} %", 100.0 * a.zeros);
            writeln!(
                f,
                "{:<name$}  {:>10}  {:>10}  {zeros:>6}",
                a.layer,
                short(a.mean),
                short(a.std)
            )?;
        }
        let name = self.weights.iter().map(|w| w.name.len()).max().unwrap_or(0).max(7);
        write!(
            f,
            "{:<name$}  {:>10}  {:>10}  {:>11}",
            "weights", "norm", "gradient", "step/weight"
        )?;
        for w in &self.weights {
            let (norm, gradient, ratio) = (short(w.weight_norm), short(w.gradient_norm), short(w.step_ratio()));
            write!(f, "\n{:<name$}  {norm:>10}  {gradient:>10}  {ratio:>11}", w.name)?;
        }
        Ok(())
    }
}

/// Three digits, with an exponent where the number is very small or large.
fn short(value: f32) -> String {
    match value.abs() {
        0.0 => "0".into(),
        v if (1e-3..1e4).contains(&v) => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
    }
}
