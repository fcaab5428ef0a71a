//! What batch normalization measures, and how it is remembered.

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;

/// Mean and variance of each channel of a batch, over all images and pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelStats {
    /// One mean per channel.
    pub mean: Vec<f32>,
    /// One variance per channel, the mean of `(x - mean)^2`.
    pub variance: Vec<f32>,
    /// The numbers behind each mean: images times pixels.
    pub count: usize,
}

impl ChannelStats {
    /// Moves running statistics a step of size `momentum` towards these: `r = (1 - momentum) r + momentum s`.
    ///
    /// The running variance follows `variance * count / (count - 1)`, the estimate without bias, as in PyTorch.
    pub fn update<C: Dim, D: Kernels>(
        &self,
        running_mean: &mut Tensor<(C,), f32, D>,
        running_var: &mut Tensor<(C,), f32, D>,
        momentum: f32,
    ) {
        let unbiased = self.count as f32 / (self.count as f32 - 1.0);
        let toward = |running: &mut Tensor<(C,), f32, D>, batch: &[f32], factor: f32| {
            let old = running.as_vec();
            let mix = |(r, s): (&f32, &f32)| (1.0 - momentum) * r + momentum * factor * s;
            running.copy_from(&old.iter().zip(batch).map(mix).collect::<Vec<f32>>());
        };
        toward(running_mean, &self.mean, 1.0);
        toward(running_var, &self.variance, unbiased);
    }
}
