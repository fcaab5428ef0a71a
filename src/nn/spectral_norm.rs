//! Spectral normalization.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::conv::uniform;
use super::input::HasInput;
use crate::inspect::trace::tracing;
use crate::ops::{Conv2dOptions, Kernels, conv2d_as, linear};

/// The structure of the layer, without device and number type.
pub mod builder {
    /// A [`Linear`](crate::nn::builders::Linear) or [`Conv2D`](crate::nn::builders::Conv2D) layer whose weights are divided by
    /// their largest singular value `σ` before they are used: no input becomes longer than it was, but for the bias.
    ///
    /// `σ` is the most that `W`, one row for each output, stretches any vector; for a convolution `W` is `(O, I * K * K)`. Each
    /// forward pass in training makes one step of power iteration, `u = W v / |W v|`, `v = Wᵀ u / |Wᵀ u|`, and takes
    /// `σ = uᵀ W v`; weights move little from step to step, so that `u` and `v` keep up with them. (Fifteen steps at the first.) The gradient knows of
    /// the division, `u` and `v` count as constants. Shapes are those of the layer inside.
    ///
    /// It keeps the discriminator of a GAN from becoming too steep. Miyato, Kataoka, Koyama & Yoshida 2018, *Spectral Normalization
    /// for Generative Adversarial Networks*, arXiv:1802.05957. PyTorch: `torch.nn.utils.parametrizations.spectral_norm(layer)`.
    /// Taught in notebook 18.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let mut layer = dev.build_module::<SpectralNorm<Linear<2, 2>>, f32>();
    /// layer.weight = dev.tensor([[3.0, 0.0], [0.0, 0.5]]);
    /// layer.bias = dev.zeros();
    /// let x: Tensor<Rank2<1, 2>, f32, _> = dev.tensor([[1.0, 1.0]]);
    /// let y = layer.try_forward_mut(x.leaky_trace())?.array();
    /// assert!((y[0][0] - 1.0).abs() < 1e-5 && (y[0][1] - 0.5 / 3.0).abs() < 1e-5);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct SpectralNorm<L>(pub L);
}

impl<L: HasInput> HasInput for builder::SpectralNorm<L> {
    type Input = L::Input;
}

/// Steps of power iteration for weights that have not been looked at yet.
const FIRST: usize = 15;

/// The most that `W` stretches a vector, by power iteration: `weight` holds one row for each number of `u`.
///
/// Where `v` is still 0, the iteration begins with the longest row of `W` and makes [`FIRST`] steps.
fn iterate(weight: &[f32], u: &mut [f32], v: &mut [f32], steps: usize) {
    let n = v.len().max(1);
    let mut steps = steps;
    if v.iter().all(|v| *v == 0.0) {
        let square = |row: &[f32]| row.iter().map(|w| w * w).sum::<f32>();
        let longest = weight.chunks(n).max_by(|a, b| square(a).total_cmp(&square(b)));
        v.iter_mut().zip(longest.unwrap_or(&[])).for_each(|(v, w)| *v = *w);
        steps = FIRST;
    }
    for _ in 0..steps {
        for (u, row) in u.iter_mut().zip(weight.chunks(n)) {
            *u = row.iter().zip(&*v).map(|(w, v)| w * v).sum();
        }
        unit(u);
        v.fill(0.0);
        for (u, row) in u.iter().zip(weight.chunks(n)) {
            v.iter_mut().zip(row).for_each(|(v, w)| *v += u * w);
        }
        unit(v);
    }
}

/// Divides a vector by its length.
fn unit(x: &mut [f32]) {
    let length = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    // As PyTorch has it: a vector of zeros stays one.
    let scale = 1.0 / length.max(1e-12);
    x.iter_mut().for_each(|x| *x = (f64::from(*x) * scale) as f32);
}

/// The table `u vᵀ`, row after row.
fn outer(u: &[f32], v: &[f32]) -> Vec<f32> {
    u.iter().flat_map(|u| v.iter().map(move |v| u * v)).collect()
}

/// `spectral!(doc, Name<generics>, inner builder, weight, outputs, row of the weight, fan_in, input, output, forward)`
macro_rules! spectral {
    ($(#[$doc:meta])* $Layer:ident<$($G:ident),+>, $inner:ty, $weight:ty, $o:ident, $row:ty, $fan_in:expr,
     [$($axis:ident),*], $input:ty, $output:ty, |$x:ident, $w:ident, $b:ident| $forward:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $Layer<$(const $G: usize,)+ E: Dtype, D: Storage<E>> {
            /// The weights before they are divided.
            pub weight: Tensor<$weight, E, D>,
            /// One number per output; not divided.
            pub bias: Tensor<Rank1<$o>, E, D>,
            /// The direction of the outputs that is stretched most, of length 1; 0 before the first pass. Not trained.
            pub u: Tensor<Rank1<$o>, E, D>,
            /// The direction of the inputs that is stretched most. Not trained.
            pub v: Tensor<$row, E, D>,
        }

        impl<$(const $G: usize,)+ D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::SpectralNorm<$inner>
        where
            $Layer<$($G,)+ E, D>: BuildModule<D, E>,
        {
            type Built = $Layer<$($G,)+ E, D>;
        }

        impl<$(const $G: usize,)+ E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D>
            for $Layer<$($G,)+ E, D>
        {
            type To<E2: Dtype, D2: Device<E2>> = $Layer<$($G,)+ E2, D2>;

            fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                let weight = TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>($fan_in)));
                let bias = TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>($fan_in)));
                let (u, v) = (
                    TensorOptions::detached(|t| t.try_fill_with_zeros()),
                    TensorOptions::detached(|t| t.try_fill_with_zeros()),
                );
                visitor.visit_fields(
                    (
                        Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, weight),
                        Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, bias),
                        Self::tensor("u", |s| &s.u, |s| &mut s.u, u),
                        Self::tensor("v", |s| &s.v, |s| &mut s.v, v),
                    ),
                    |(weight, bias, u, v)| $Layer { weight, bias, u, v },
                )
            }
        }

        impl<$(const $G: usize,)+ D: Kernels> $Layer<$($G,)+ f32, D> {
            /// `u` and `v` after so many more steps of power iteration.
            fn after(&self, steps: usize) -> [Vec<f32>; 2] {
                let (mut u, mut v) = (self.u.as_vec(), self.v.as_vec());
                if steps > 0 || v.iter().all(|v| *v == 0.0) {
                    iterate(&self.weight.as_vec(), &mut u, &mut v, steps);
                }
                [u, v]
            }

            /// The largest singular value of the weights, as far as `u` and `v` know it.
            pub fn sigma(&self) -> f32 {
                let [u, v] = self.after(0);
                outer(&u, &v).iter().zip(self.weight.as_vec()).map(|(uv, w)| uv * w).sum()
            }

            fn through<$($axis: Dim,)* T: Tape<f32, D>>(
                &self,
                x: Tensor<$input, f32, D, T>,
                [u, v]: [Vec<f32>; 2],
            ) -> Result<Tensor<$output, f32, D, T>, D::Err> {
                let fixed = self.weight.device().try_tensor_from_vec(outer(&u, &v), *self.weight.shape())?;
                let sigma = self.weight.retaped::<T>().try_mul(fixed)?.try_sum::<Rank0, _>()?;
                let share = sigma.try_recip()?.try_broadcast::<$weight, _>()?;
                let ($w, of_weight) = share.try_mul(self.weight.clone())?.split_tape();
                let (x, of_x) = x.split_tape();
                let ($x, $b) = (x.put_tape(of_x.merge(of_weight)), &self.bias);
                $forward.map_err(D::to_device_error)
            }
        }

        impl<$(const $G: usize,)+ $($axis: Dim,)* D: Kernels, T: Tape<f32, D>> Module<Tensor<$input, f32, D, T>>
            for $Layer<$($G,)+ f32, D>
        {
            type Output = Tensor<$output, f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Tensor<$input, f32, D, T>) -> Result<Self::Output, D::Err> {
                let directions = self.after(0);
                self.through(x, directions)
            }
        }

        impl<$(const $G: usize,)+ $($axis: Dim,)* D: Kernels> ModuleMut<Tensor<$input, f32, D, OwnedTape<f32, D>>>
            for $Layer<$($G,)+ f32, D>
        {
            type Output = Tensor<$output, f32, D, OwnedTape<f32, D>>;
            type Error = D::Err;

            fn try_forward_mut(&mut self, x: Tensor<$input, f32, D, OwnedTape<f32, D>>) -> Result<Self::Output, D::Err> {
                // Somebody asks for gradients in evaluation mode.
                if tracing() {
                    return self.try_forward(x);
                }
                let [u, v] = self.after(1);
                self.u.copy_from(&u);
                self.v.copy_from(&v);
                self.through(x, [u, v])
            }
        }
    };
}

spectral! {
    /// [`builder::SpectralNorm`] of a [`Linear`](crate::nn::builders::Linear) on a device.
    ///
    /// `ModuleMut` on a taped tensor makes a step of power iteration. `Module` uses the directions that are there.
    SpectralLinear<I, O>, super::linear::builder::Linear<I, O>, Rank2<O, I>, O, Rank1<I>, I,
    [B], (B, Const<I>), (B, Const<O>),
    |x, weight, bias| linear(x, &weight, bias)
}
spectral! {
    /// [`builder::SpectralNorm`] of a [`Conv2D`](crate::nn::builders::Conv2D) on a device. `weight` is `(O, I, K, K)`.
    ///
    /// `ModuleMut` on a taped tensor makes a step of power iteration. `Module` uses the directions that are there.
    SpectralConv2D<I, O, K, S, P, L>, super::conv::builder::Conv2D<I, O, K, S, P, L>, Rank4<O, I, K, K>, O,
    Rank3<I, K, K>, I * K * K,
    [B, H, W], (B, Const<I>, H, W), (B, Const<O>, usize, usize),
    |x, weight, bias| {
        let options = Conv2dOptions { stride: S, padding: P, dilation: L, ..Default::default() };
        let name = format_args!("SpectralNorm<Conv2D<{I}, {O}, {K}, {S}, {P}, {L}>>");
        conv2d_as(&name, x, &weight, Some(bias), options)
    }
}
