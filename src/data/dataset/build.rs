//! Making a set out of plain numbers, with every check that they need.

use std::sync::Arc;

use super::set::Dataset;
use super::store::{Inputs, TargetStore};
use crate::{Error, Result};

impl Dataset {
    /// Pictures with a class each.
    ///
    /// `pixels` holds the pictures one after the other, each `(C, H, W)` = `shape`, one byte per value;
    /// `labels[i]` is an index into `class_names`.
    ///
    /// # Errors
    /// If the numbers of pixels and labels do not fit together, or if a label names no class.
    pub fn from_pixels(pixels: Vec<u8>, shape: [usize; 3], labels: Vec<usize>, class_names: &[&str]) -> Result<Self> {
        check_lengths(pixels.len(), &shape, labels.len())?;
        check_labels(&labels, class_names.len())?;
        let (inputs, targets) = (Inputs::Pixels(Arc::new(pixels)), TargetStore::Classes(labels));
        Ok(Self::build(inputs, &shape, targets, class_names))
    }

    /// Samples of plain numbers with a class each: `values` is `(N, sample_shape…)`, row after row.
    ///
    /// # Errors
    /// If the numbers of values and labels do not fit together, if a value is NaN or infinite, or if a label names
    /// no class.
    pub fn from_values(
        values: Vec<f32>,
        sample_shape: &[usize],
        labels: Vec<usize>,
        class_names: &[&str],
    ) -> Result<Self> {
        check_lengths(values.len(), sample_shape, labels.len())?;
        check_finite("input", &values)?;
        check_labels(&labels, class_names.len())?;
        let (inputs, targets) = (Inputs::Values(Arc::new(values)), TargetStore::Classes(labels));
        Ok(Self::build(inputs, sample_shape, targets, class_names))
    }

    /// Samples of plain numbers with `target_dim` target values each: `values` is `(N, sample_shape…)`, `targets` is
    /// `(N, target_dim)`, row after row.
    ///
    /// # Errors
    /// If the numbers of values and targets do not fit together, or if one of them is NaN or infinite.
    pub fn regression(values: Vec<f32>, sample_shape: &[usize], targets: Vec<f32>, target_dim: usize) -> Result<Self> {
        if target_dim == 0 || !targets.len().is_multiple_of(target_dim) {
            return Err(Error::Argument {
                what: "regression targets".into(),
                expected: format!("a multiple of target_dim = {target_dim}, which is at least 1"),
                got: format!("{} values", targets.len()),
            });
        }
        check_lengths(values.len(), sample_shape, targets.len() / target_dim)?;
        check_finite("input", &values)?;
        check_finite("target", &targets)?;
        let targets = TargetStore::Values {
            data: targets,
            dim: target_dim,
        };
        Ok(Self::build(
            Inputs::Values(Arc::new(values)),
            sample_shape,
            targets,
            &[],
        ))
    }

    /// The same targets, with other numbers for each sample: `values` is `(N, sample_shape…)`, row after row, in the
    /// order of this set. A network that turns samples into features makes such a set.
    ///
    /// # Errors
    /// If there are not numbers for as many samples as this set has, if one of them is NaN or infinite, or if the set has a
    /// class for every step of its samples: those belong to the samples as they are.
    pub fn with_inputs(&self, values: Vec<f32>, sample_shape: &[usize]) -> Result<Self> {
        check_lengths(values.len(), sample_shape, self.len())?;
        check_finite("input", &values)?;
        if let TargetStore::Steps(_) = &*self.targets {
            return Err(Error::Argument {
                what: format!("other inputs for {}", self.name),
                expected: "a set with one class or the same number of values per sample".into(),
                got: self.targets.kind().into(),
            });
        }
        let targets = self.targets.only(&self.rows);
        let names: Vec<&str> = self.class_names.iter().map(String::as_str).collect();
        Ok(Self::build(Inputs::Values(Arc::new(values)), sample_shape, targets, &names).named(&self.name))
    }

    pub(super) fn build(inputs: Inputs, sample_shape: &[usize], targets: TargetStore, class_names: &[&str]) -> Self {
        let len = targets.len();
        Self {
            name: "data".into(),
            inputs,
            targets: Arc::new(targets),
            sample_shape: sample_shape.into(),
            class_names: class_names.iter().map(|name| (*name).to_string()).collect(),
            features: Arc::default(),
            rows: (0..len).collect(),
            normalization: None,
        }
    }
}

fn check_lengths(values: usize, sample_shape: &[usize], samples: usize) -> Result<()> {
    // In u128, with the size of absurd shapes capped: a wrong shape must give an error, not an overflow.
    let n = sample_shape
        .iter()
        .fold(1_u128, |n, &side| n.saturating_mul(side as u128));
    if n == 0 || sample_shape.is_empty() {
        return Err(Error::Argument {
            what: "sample shape".into(),
            expected: "at least one dimension, none of them 0".into(),
            got: format!("{sample_shape:?}"),
        });
    }
    let needed = n.saturating_mul(samples as u128);
    // Without samples the shape could still be beyond what a usize counts.
    if values as u128 != needed || n > usize::MAX as u128 {
        return Err(Error::Argument {
            what: "inputs".into(),
            expected: format!("{needed} values ({samples} targets, {n} values for each)"),
            got: format!("{values} values"),
        });
    }
    Ok(())
}

pub(super) fn check_labels(labels: &[usize], classes: usize) -> Result<()> {
    match labels.iter().enumerate().find(|(_, label)| **label >= classes) {
        None => Ok(()),
        Some((i, label)) => Err(Error::Argument {
            what: format!("label of sample {i}"),
            expected: format!("a number below the number of class names, {classes}"),
            got: label.to_string(),
        }),
    }
}

pub(super) fn check_finite(what: &str, values: &[f32]) -> Result<()> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((i, value)) => Err(Error::NotFinite {
            what: format!("{what} value {i}"),
            value: f64::from(*value),
            hint: "Replace or drop missing values before you build the set.".into(),
        }),
    }
}
