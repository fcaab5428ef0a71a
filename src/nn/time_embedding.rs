//! How a network is told how much noise there is.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::curves::SiLU;
use super::linear::Linear;
use crate::ops::{Kernels, sinusoidal_row};

/// The structure of the layer, without device and number type.
pub mod builder {
    /// A row of `N` numbers for each step of time: sines and cosines of
    /// [`sinusoidal_row`](crate::ops::sinusoidal_row), then two [`Linear`](super::Linear) layers with a SiLU between them.
    ///
    /// Maps steps `(B,)`, whole or not, to `(B, N)`. PyTorch: none; diffusers has `Timesteps` and `TimestepEmbedding`. Ho, Jain
    /// & Abbeel 2020, *Denoising Diffusion Probabilistic Models*, arXiv:2006.11239. Taught in notebook 19.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let layer = dev.build_module::<TimeEmbedding<8>, f32>();
    /// let steps = dev.tensor_from_vec(vec![1.0, 50.0, 200.0], (3usize,));
    /// assert_eq!(layer.try_forward(steps)?.shape().concrete(), [3, 8]);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct TimeEmbedding<const N: usize>;
}

/// [`builder::TimeEmbedding`] on a device.
#[derive(Clone, Debug)]
pub struct TimeEmbedding<const N: usize, E: Dtype, D: Storage<E>> {
    /// What reads the sines and cosines.
    pub linear1: Linear<N, N, E, D>,
    /// What follows behind the SiLU.
    pub linear2: Linear<N, N, E, D>,
}

impl<const N: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::TimeEmbedding<N>
where
    TimeEmbedding<N, E, D>: BuildModule<D, E>,
{
    type Built = TimeEmbedding<N, E, D>;
}

impl<const N: usize, E: Dtype, D: Storage<E>> NonMutableModule for TimeEmbedding<N, E, D> {}

impl<const N: usize, E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D> for TimeEmbedding<N, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = TimeEmbedding<N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("linear1", |s| &s.linear1, |s| &mut s.linear1),
                Self::module("linear2", |s| &s.linear2, |s| &mut s.linear2),
            ),
            |(linear1, linear2)| TimeEmbedding { linear1, linear2 },
        )
    }
}

impl<const N: usize, B: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B,), f32, D, T>> for TimeEmbedding<N, f32, D> {
    type Output = Tensor<(B, Const<N>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, steps: Tensor<(B,), f32, D, T>) -> Result<Self::Output, D::Err> {
        let (steps, tape) = steps.split_tape();
        let (batch,) = *steps.shape();
        let rows = rows(&steps.as_vec(), N);
        let rows = steps.device().try_tensor_from_vec(rows, (batch, Const::<N>))?;
        let hidden = SiLU.try_forward(self.linear1.try_forward(rows.put_tape(tape))?)?;
        self.linear2.try_forward(hidden)
    }
}

/// The sines and cosines of each step. Not generic, so that it is not compiled in a cell.
fn rows(steps: &[f32], n: usize) -> Vec<f32> {
    steps.iter().flat_map(|t| sinusoidal_row(f64::from(*t), n)).collect()
}
