//! Shifting and scaling each channel.

use std::sync::Arc;

use crate::{Error, Result};

/// A mean and a standard deviation per channel: `x` becomes `(x - mean) / std`.
///
/// PyTorch: `torchvision.transforms.Normalize`.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalization {
    mean: Arc<[f32]>,
    std: Arc<[f32]>,
}

impl Normalization {
    /// One mean and one standard deviation per channel.
    ///
    /// # Errors
    /// If the two differ in length, if a number is not finite, or if a standard deviation is not above 0.
    pub fn new(mean: &[f32], std: &[f32]) -> Result<Self> {
        let wrong = |expected: &str, got: String| Error::Argument {
            what: "normalization".into(),
            expected: expected.into(),
            got,
        };
        if mean.is_empty() || mean.len() != std.len() {
            let got = format!("{} means and {} standard deviations", mean.len(), std.len());
            return Err(wrong("one mean and one standard deviation per channel", got));
        }
        if let Some(m) = mean.iter().find(|m| !m.is_finite()) {
            return Err(wrong("finite means", m.to_string()));
        }
        if let Some(s) = std.iter().find(|s| !(s.is_finite() && **s > 0.0)) {
            return Err(wrong(
                "standard deviations above 0 (a channel that is the same everywhere has none: use 1)",
                s.to_string(),
            ));
        }
        Ok(Self {
            mean: mean.into(),
            std: std.into(),
        })
    }

    /// The mean of each channel.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// The standard deviation of each channel.
    pub fn std(&self) -> &[f32] {
        &self.std
    }

    /// Normalizes samples in place: `values` is `(N, C, plane)`, row after row.
    pub fn apply(&self, values: &mut [f32], plane: usize) {
        let channels = self.mean.len();
        for (i, block) in values.chunks_mut(plane.max(1)).enumerate() {
            let (mean, std) = (self.mean[i % channels], self.std[i % channels]);
            for value in block {
                *value = (*value - mean) / std;
            }
        }
    }

    /// Undoes [`apply`](Self::apply), to show what went into a network.
    pub fn undo(&self, values: &mut [f32], plane: usize) {
        let channels = self.mean.len();
        for (i, block) in values.chunks_mut(plane.max(1)).enumerate() {
            let (mean, std) = (self.mean[i % channels], self.std[i % channels]);
            for value in block {
                *value = *value * std + mean;
            }
        }
    }

    pub(super) fn check_channels(&self, channels: usize) -> Result<()> {
        if self.mean.len() == channels {
            return Ok(());
        }
        Err(Error::Argument {
            what: "normalization".into(),
            expected: format!("numbers for {channels} channel(s)"),
            got: format!("numbers for {} channel(s)", self.mean.len()),
        })
    }
}
