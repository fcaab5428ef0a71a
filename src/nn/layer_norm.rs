//! Layer normalization as a layer.

use dfdx::prelude::*;

use crate::ops::{Kernels, layer_norm};

/// The structure of the layer, without device and number type.
pub mod builder {
    /// Layer normalization of `N` features: each row by its own mean and variance, then a scale and a shift for each
    /// feature, which are learned.
    ///
    /// Maps `(B, N)` and `(B, S, N)` to the same shape, in training and evaluation alike: nothing is remembered, and the
    /// other samples of the batch do not matter. PyTorch: `torch.nn.LayerNorm(N)`. Ba, Kiros & Hinton 2016,
    /// arXiv:1607.06450. Taught in notebook 15.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct LayerNorm<const N: usize>;
}

/// [`builder::LayerNorm`] on a device.
#[derive(Clone, Debug)]
pub struct LayerNorm<const N: usize, E: Dtype, D: Storage<E>> {
    /// The scale of each feature. Starts as 1.
    pub weight: Tensor<Rank1<N>, E, D>,
    /// The shift of each feature. Starts as 0.
    pub bias: Tensor<Rank1<N>, E, D>,
    /// Added to the variance. 1e-5 unless set; files do not hold it.
    pub eps: f32,
}

impl<const N: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::LayerNorm<N>
where
    LayerNorm<N, E, D>: BuildModule<D, E>,
{
    type Built = LayerNorm<N, E, D>;
}

impl<const N: usize, E: Dtype, D: Storage<E>> NonMutableModule for LayerNorm<N, E, D> {}

impl<const N: usize, E: Dtype, D: Device<E>> TensorCollection<E, D> for LayerNorm<N, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = LayerNorm<N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let (ones, zeros) = (TensorOptions::reset_to_ones(), TensorOptions::reset_to_zeros());
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, ones),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, zeros),
            ),
            |(weight, bias)| LayerNorm {
                weight,
                bias,
                eps: 1e-5,
            },
        )
    }
}

impl<const N: usize, B: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, Const<N>), f32, D, T>>
    for LayerNorm<N, f32, D>
{
    type Output = Tensor<(B, Const<N>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, Const<N>), f32, D, T>) -> Result<Self::Output, D::Err> {
        layer_norm(x, &self.weight, &self.bias, self.eps).map_err(D::to_device_error)
    }
}

impl<const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, S, Const<N>), f32, D, T>>
    for LayerNorm<N, f32, D>
{
    type Output = Tensor<(B, S, Const<N>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, S, Const<N>), f32, D, T>) -> Result<Self::Output, D::Err> {
        let (b, s, n) = *x.shape();
        let rows = x.try_reshape_like(&(b.size() * s.size(), n))?;
        let y = layer_norm(rows, &self.weight, &self.bias, self.eps).map_err(D::to_device_error)?;
        y.try_reshape_like(&(b, s, n))
    }
}
