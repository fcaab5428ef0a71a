//! Layers that tell each step where it stands: attention by itself does not see the order.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::{Distribution, StandardNormal};

use super::padded::Padded;
use crate::ops::{Kernels, add_positions, sinusoidal_positions};

/// The structure of the layer, without device and number type.
pub mod builder {
    /// Learned positions: adds to step `t` of each sequence the learned row `t`. For sequences of at most `T` steps.
    ///
    /// Maps `(B, S, N)` to `(B, S, N)`, plain or [`Padded`](crate::nn::Padded). PyTorch: `x +
    /// torch.nn.Embedding(T, N).weight[:S]`, as GPT-2 and vision transformers do. Gehring et al. 2017, arXiv:1705.03122.
    /// Taught in notebook 15.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let positions = device(0)?.build_module::<Positions<5, 8>, f32>();
    /// let steps = |n| device(0).map(|dev| dev.zeros_like(&(2, n, Const::<8>)));
    /// assert!(positions.try_forward(steps(5)?).is_ok());
    /// assert!(positions.try_forward(steps(6)?).is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails where a sequence is longer than `T`.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Positions<const T: usize, const N: usize>;
}

/// [`builder::Positions`] on a device. Starts normal with standard deviation 0.02, as GPT-2 does.
#[derive(Clone, Debug)]
pub struct Positions<const L: usize, const N: usize, E: Dtype, D: Storage<E>> {
    /// One row for each place.
    pub weight: Tensor<Rank2<L, N>, E, D>,
}

impl<const L: usize, const N: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::Positions<L, N>
where
    Positions<L, N, E, D>: BuildModule<D, E>,
{
    type Built = Positions<L, N, E, D>;
}

impl<const L: usize, const N: usize, E: Dtype, D: Storage<E>> NonMutableModule for Positions<L, N, E, D> {}

/// Normal numbers with this standard deviation, as transformers begin with.
pub(super) struct Small<E>(pub E);

impl<E: Dtype + Float> Distribution<E> for Small<E> {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> E {
        let x: f64 = StandardNormal.sample(rng);
        E::from_f64(x).unwrap_or(E::ONE) * self.0
    }
}

/// The standard deviation 0.02; where so many blocks add to one sum, less by the square root of twice their number.
pub(super) fn small<E: Dtype + Float>(blocks: usize) -> Small<E> {
    let deviation = 0.02 / ((2 * blocks).max(1) as f64).sqrt();
    Small(E::from_f64(deviation).unwrap_or(E::ONE))
}

impl<const L: usize, const N: usize, E: Dtype + Float, D: Device<E>> TensorCollection<E, D> for Positions<L, N, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = Positions<L, N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let weight = TensorOptions::reset_with(|t| t.try_fill_with_distr(small::<E>(0)));
        visitor.visit_fields(
            Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, weight),
            |weight| Positions { weight },
        )
    }
}

/// `(B, T, N)`.
type Steps<B, S, const N: usize, D, T> = Tensor<(B, S, Const<N>), f32, D, T>;

impl<const L: usize, const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>> Module<Steps<B, S, N, D, T>>
    for Positions<L, N, f32, D>
{
    type Output = Steps<B, S, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Steps<B, S, N, D, T>) -> Result<Self::Output, D::Err> {
        add_positions(x, &self.weight).map_err(D::to_device_error)
    }
}

impl<const L: usize, const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>> Module<Padded<Steps<B, S, N, D, T>>>
    for Positions<L, N, f32, D>
{
    type Output = Padded<Steps<B, S, N, D, T>>;
    type Error = D::Err;

    fn try_forward(&self, Padded { steps, lengths }: Padded<Steps<B, S, N, D, T>>) -> Result<Self::Output, D::Err> {
        let steps = self.try_forward(steps)?;
        Ok(Padded { steps, lengths })
    }
}

/// Positions that nobody has to learn: adds to step `t` the sines and cosines of
/// [`sinusoidal_positions`](crate::ops::sinusoidal_positions). For sequences of any length.
///
/// Maps `(B, S, N)` to `(B, S, N)`, plain or [`Padded`](crate::nn::Padded). Vaswani et al. 2017, arXiv:1706.03762; PyTorch
/// has it in its tutorials only. Taught in notebook 15.
#[derive(Clone, Copy, Debug, Default)]
pub struct SinusoidalPositions<const N: usize>;

impl<const N: usize> ZeroSizedModule for SinusoidalPositions<N> {}
impl<const N: usize> NonMutableModule for SinusoidalPositions<N> {}

impl<const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>> Module<Steps<B, S, N, D, T>>
    for SinusoidalPositions<N>
{
    type Output = Steps<B, S, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Steps<B, S, N, D, T>) -> Result<Self::Output, D::Err> {
        let steps = x.shape().1.size();
        let rows = x
            .device()
            .try_tensor_from_vec(sinusoidal_positions(steps, N), (steps, Const::<N>))?;
        add_positions(x, &rows).map_err(D::to_device_error)
    }
}

impl<const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>> Module<Padded<Steps<B, S, N, D, T>>>
    for SinusoidalPositions<N>
{
    type Output = Padded<Steps<B, S, N, D, T>>;
    type Error = D::Err;

    fn try_forward(&self, Padded { steps, lengths }: Padded<Steps<B, S, N, D, T>>) -> Result<Self::Output, D::Err> {
        let steps = self.try_forward(steps)?;
        Ok(Padded { steps, lengths })
    }
}
