//! Group normalization as a layer.

use dfdx::prelude::*;

use crate::ops::{Kernels, group_norm};

/// The structure of the layer, without device and number type.
pub mod builder {
    /// Group normalization of `C` feature maps in `GROUPS` groups of neighbours: each image by itself, then a scale and a shift
    /// for each channel, which are learned.
    ///
    /// Maps `(B, C, H, W)` to the same shape, in training and evaluation alike: nothing is remembered, and the other samples
    /// of the batch do not matter. PyTorch: `torch.nn.GroupNorm(GROUPS, C)`. Wu & He 2018, arXiv:1803.08494. Taught in
    /// notebook 19.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let layer = dev.build_module::<GroupNorm<2, 6>, f32>();
    /// let maps: Tensor<Rank4<1, 6, 5, 5>, f32, _> = dev.sample_normal();
    /// assert_eq!(layer.try_forward(maps)?.shape().concrete(), [1, 6, 5, 5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails where `GROUPS` does not divide `C`.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct GroupNorm<const GROUPS: usize, const C: usize>;
}

/// [`builder::GroupNorm`] on a device.
#[derive(Clone, Debug)]
pub struct GroupNorm<const GROUPS: usize, const C: usize, E: Dtype, D: Storage<E>> {
    /// The scale of each channel. Starts as 1.
    pub weight: Tensor<Rank1<C>, E, D>,
    /// The shift of each channel. Starts as 0.
    pub bias: Tensor<Rank1<C>, E, D>,
    /// Added to the variance. 1e-5 unless set; files do not hold it.
    pub eps: f32,
}

impl<const GROUPS: usize, const C: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::GroupNorm<GROUPS, C>
where
    GroupNorm<GROUPS, C, E, D>: BuildModule<D, E>,
{
    type Built = GroupNorm<GROUPS, C, E, D>;
}

impl<const GROUPS: usize, const C: usize, E: Dtype, D: Storage<E>> NonMutableModule for GroupNorm<GROUPS, C, E, D> {}

impl<const GROUPS: usize, const C: usize, E: Dtype, D: Device<E>> TensorCollection<E, D>
    for GroupNorm<GROUPS, C, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = GroupNorm<GROUPS, C, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let (ones, zeros) = (TensorOptions::reset_to_ones(), TensorOptions::reset_to_zeros());
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, ones),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, zeros),
            ),
            |(weight, bias)| GroupNorm {
                weight,
                bias,
                eps: 1e-5,
            },
        )
    }
}

impl<const GROUPS: usize, const C: usize, B: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Tensor<(B, Const<C>, H, W), f32, D, T>> for GroupNorm<GROUPS, C, f32, D>
{
    type Output = Tensor<(B, Const<C>, H, W), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, Const<C>, H, W), f32, D, T>) -> Result<Self::Output, D::Err> {
        group_norm(x, GROUPS, &self.weight, &self.bias, self.eps).map_err(D::to_device_error)
    }
}
