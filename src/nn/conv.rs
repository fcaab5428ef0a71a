//! Convolution layers.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::{Uniform, uniform::SampleUniform};

use crate::ops::{Conv2dOptions, ConvTranspose2dOptions, Kernels, conv_transpose2d_as, conv2d_as};

/// The structure of the layers, without device and number type.
pub mod builder {
    /// Convolution with `O` filters of `K` x `K` pixels over `I` channels, plus a bias per filter.
    ///
    /// `S` is the stride, `P` the zero padding, `L` the dilation. Maps `(B, I, H, W)` to `(B, O, Ho, Wo)` with
    /// `Ho = (H + 2P - L(K - 1) - 1) / S + 1`. PyTorch: `torch.nn.Conv2d(I, O, K, S, P, L)`. Taught in notebook 09.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let layer = dev.build_module::<Conv2D<1, 8, 3, 1, 1>, f32>();
    /// let images: Tensor<Rank4<2, 1, 28, 28>, f32, _> = dev.sample_normal();
    /// let maps = layer.try_forward(images)?;
    /// assert_eq!(maps.shape().concrete(), [2, 8, 28, 28]);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Conv2D<
        const I: usize,
        const O: usize,
        const K: usize,
        const S: usize = 1,
        const P: usize = 0,
        const L: usize = 1,
    >;

    /// Convolution of each of `C` channels with a filter of its own, plus a bias: [`Conv2D`] with `C` groups.
    ///
    /// Generics as in [`Conv2D`]. PyTorch: `torch.nn.Conv2d(C, C, K, S, P, L, groups=C)`.
    /// Howard et al. 2017, *MobileNets*, arXiv:1704.04861.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct DepthwiseConv2D<
        const C: usize,
        const K: usize,
        const S: usize = 1,
        const P: usize = 0,
        const L: usize = 1,
    >;

    /// Transposed convolution: each pixel stamps `O` filters of `K` x `K` pixels onto a larger image, plus a bias.
    ///
    /// `S` is the stride, `P` the padding cut off, `Q` the output padding. Maps `(B, I, H, W)` to `(B, O, Ho, Wo)`
    /// with `Ho = (H - 1)S - 2P + K + Q`. PyTorch: `torch.nn.ConvTranspose2d(I, O, K, S, P, Q)`. Taught in
    /// notebook 17.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct ConvTranspose2D<
        const I: usize,
        const O: usize,
        const K: usize,
        const S: usize = 1,
        const P: usize = 0,
        const Q: usize = 0,
    >;
}

/// `layer!(doc, Name<generics>, weight: Rank4<..>, fan_in, |layer, x, name| forward)`: a layer of a weight and a bias.
///
/// Both start uniform in `[-1 / sqrt(fan_in), 1 / sqrt(fan_in)]`, PyTorch's default.
macro_rules! layer {
    ($(#[$doc:meta])* $Layer:ident<$($G:ident),+>, $weight:ty, $filters:ident, $channels:ident, $fan_in:expr, $forward:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $Layer<$(const $G: usize,)+ E: Dtype, D: Storage<E>> {
            /// The filters.
            pub weight: Tensor<$weight, E, D>,
            /// One number per filter.
            pub bias: Tensor<Rank1<$filters>, E, D>,
        }

        impl<$(const $G: usize,)+ D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::$Layer<$($G),+>
        where
            $Layer<$($G,)+ E, D>: BuildModule<D, E>,
        {
            type Built = $Layer<$($G,)+ E, D>;
        }

        impl<$(const $G: usize,)+ E: Dtype, D: Storage<E>> NonMutableModule for $Layer<$($G,)+ E, D> {}

        impl<$(const $G: usize,)+ E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D>
            for $Layer<$($G,)+ E, D>
        {
            type To<E2: Dtype, D2: Device<E2>> = $Layer<$($G,)+ E2, D2>;

            fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                visitor.visit_fields(
                    (
                        Self::tensor(
                            "weight",
                            |s| &s.weight,
                            |s| &mut s.weight,
                            TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>($fan_in))),
                        ),
                        Self::tensor(
                            "bias",
                            |s| &s.bias,
                            |s| &mut s.bias,
                            TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>($fan_in))),
                        ),
                    ),
                    |(weight, bias)| $Layer { weight, bias },
                )
            }
        }

        impl<$(const $G: usize,)+ B: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>
            Module<Tensor<(B, Const<$channels>, H, W), f32, D, T>> for $Layer<$($G,)+ f32, D>
        {
            type Output = Tensor<(B, Const<$filters>, usize, usize), f32, D, T>;
            type Error = D::Err;

            fn try_forward(
                &self,
                x: Tensor<(B, Const<$channels>, H, W), f32, D, T>,
            ) -> Result<Self::Output, D::Err> {
                $forward(self, x).map_err(D::to_device_error)
            }
        }
    };
}

pub(super) fn uniform<E: Dtype + Float + SampleUniform>(fan_in: usize) -> Uniform<E> {
    let bound = E::ONE / E::from_usize(fan_in).unwrap_or(E::ONE).sqrt();
    Uniform::new(-bound, bound)
}

layer! {
    /// [`builder::Conv2D`] on a device. `weight` is `(O, I, K, K)`.
    Conv2D<I, O, K, S, P, L>, Rank4<O, I, K, K>, O, I, I * K * K,
    |layer: &Self, x| {
        let options = Conv2dOptions { stride: S, padding: P, dilation: L, ..Default::default() };
        let name = format_args!("Conv2D<{I}, {O}, {K}, {S}, {P}, {L}>");
        conv2d_as(&name, x, &layer.weight, Some(&layer.bias), options)
    }
}

layer! {
    /// [`builder::DepthwiseConv2D`] on a device. `weight` is `(C, 1, K, K)`.
    DepthwiseConv2D<C, K, S, P, L>, Rank4<C, 1, K, K>, C, C, K * K,
    |layer: &Self, x| {
        let options = Conv2dOptions { stride: S, padding: P, dilation: L, groups: C, ..Default::default() };
        let name = format_args!("DepthwiseConv2D<{C}, {K}, {S}, {P}, {L}>");
        conv2d_as(&name, x, &layer.weight, Some(&layer.bias), options)
    }
}

layer! {
    /// [`builder::ConvTranspose2D`] on a device. `weight` is `(I, O, K, K)`.
    ConvTranspose2D<I, O, K, S, P, Q>, Rank4<I, O, K, K>, O, I, O * K * K,
    |layer: &Self, x| {
        let options = ConvTranspose2dOptions { stride: S, padding: P, output_padding: Q, ..Default::default() };
        let name = format_args!("ConvTranspose2D<{I}, {O}, {K}, {S}, {P}, {Q}>");
        conv_transpose2d_as(&name, x, &layer.weight, Some(&layer.bias), options)
    }
}
