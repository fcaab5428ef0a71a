//! Normalization layers.

use dfdx::prelude::*;

use crate::inspect::trace::tracing;
use crate::ops::{Kernels, batch_norm_as, batch_norm_eval};

/// The structure of the layers, without device and number type.
pub mod builder {
    /// Batch normalization of `C` feature maps: `(B, C, H, W)` to the same shape.
    ///
    /// In training each channel gets mean 0 and variance 1 over the batch and all pixels; the layer remembers a running
    /// mean and variance and uses those in evaluation. Then each channel has a scale and a shift of its own, which are
    /// learned. PyTorch: `torch.nn.BatchNorm2d(C)`. Ioffe & Szegedy 2015, arXiv:1502.03167. Taught in notebook 08.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let mut layer = dev.build_module::<BatchNorm2D<3>, f32>();
    /// let images: Tensor<Rank4<8, 3, 5, 5>, f32, _> = dev.sample_normal();
    /// let maps = layer.try_forward_mut(images.leaky_trace())?;
    /// assert_eq!(maps.shape().concrete(), [8, 3, 5, 5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// In training, forward fails on a batch with a single number per channel.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct BatchNorm2D<const C: usize>;

    /// Batch normalization of `C` features: `(B, C)` to the same shape, or `(B, C, L)` to the same shape.
    ///
    /// As [`BatchNorm2D`]; a batch of rows, or of sequences of length `L`. PyTorch: `torch.nn.BatchNorm1d(C)`. Taught in
    /// notebook 08.
    ///
    /// # Errors
    /// In training, forward fails on a batch of one row: choose a batch size that leaves no sample alone.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct BatchNorm1D<const C: usize>;
}

macro_rules! batch_norm {
    ($(#[$doc:meta])* $Layer:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $Layer<const C: usize, E: Dtype, D: Storage<E>> {
            /// The scale of each channel. Starts as 1.
            pub weight: Tensor<Rank1<C>, E, D>,
            /// The shift of each channel. Starts as 0.
            pub bias: Tensor<Rank1<C>, E, D>,
            /// The mean that evaluation uses. Starts as 0; not trained.
            pub running_mean: Tensor<Rank1<C>, E, D>,
            /// The variance that evaluation uses. Starts as 1; not trained.
            pub running_var: Tensor<Rank1<C>, E, D>,
            /// Added to the variance. 1e-5 unless set; files do not hold it.
            pub eps: f32,
            /// How far the running statistics move towards those of each batch. 0.1 unless set; files do not hold it.
            pub momentum: f32,
        }

        impl<const C: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::$Layer<C>
        where
            $Layer<C, E, D>: BuildModule<D, E>,
        {
            type Built = $Layer<C, E, D>;
        }

        impl<const C: usize, E: Dtype, D: Device<E>> TensorCollection<E, D> for $Layer<C, E, D> {
            type To<E2: Dtype, D2: Device<E2>> = $Layer<C, E2, D2>;

            fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                let ones = TensorOptions::detached(|t| t.try_fill_with_ones());
                let zeros = TensorOptions::detached(|t| t.try_fill_with_zeros());
                visitor.visit_fields(
                    (
                        Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, TensorOptions::reset_to_ones()),
                        Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, TensorOptions::reset_to_zeros()),
                        Self::tensor("running_mean", |s| &s.running_mean, |s| &mut s.running_mean, zeros),
                        Self::tensor("running_var", |s| &s.running_var, |s| &mut s.running_var, ones),
                    ),
                    |(weight, bias, running_mean, running_var)| $Layer {
                        weight,
                        bias,
                        running_mean,
                        running_var,
                        eps: 1e-5,
                        momentum: 0.1,
                    },
                )
            }
        }

        impl<const C: usize, D: Kernels> $Layer<C, f32, D> {
            /// With the statistics of the batch, which the running ones follow.
            fn train<B: Dim, H: Dim, W: Dim, T: Tape<f32, D>>(
                &mut self,
                x: Tensor<(B, Const<C>, H, W), f32, D, T>,
            ) -> Result<Tensor<(B, Const<C>, H, W), f32, D, T>, D::Err> {
                let name = format_args!("{}<{C}>", stringify!($Layer));
                let (y, stats) = batch_norm_as(&name, x, &self.weight, &self.bias, self.eps).map_err(D::to_device_error)?;
                stats.update(&mut self.running_mean, &mut self.running_var, self.momentum);
                Ok(y)
            }

            /// With the running statistics.
            fn eval<B: Dim, H: Dim, W: Dim, T: Tape<f32, D>>(
                &self,
                x: Tensor<(B, Const<C>, H, W), f32, D, T>,
            ) -> Result<Tensor<(B, Const<C>, H, W), f32, D, T>, D::Err> {
                let (mean, variance) = (&self.running_mean, &self.running_var);
                batch_norm_eval(x, &self.weight, &self.bias, mean, variance, self.eps).map_err(D::to_device_error)
            }
        }
    };
}

batch_norm! {
    /// [`builder::BatchNorm2D`] on a device.
    ///
    /// `ModuleMut` on a taped tensor trains. `Module` evaluates, on a taped tensor too: gradients in evaluation mode.
    BatchNorm2D
}
batch_norm! {
    /// [`builder::BatchNorm1D`] on a device.
    ///
    /// `ModuleMut` on a taped tensor trains. `Module` evaluates, on a taped tensor too: gradients in evaluation mode.
    BatchNorm1D
}

/// `modules!(Layer, (generics of the shape), shape, |x, shape| as four axes)`
macro_rules! modules {
    ($Layer:ident, [$($G:ident),*], $Shape:ty, |$shape:ident| $four:expr) => {
        impl<const C: usize, $($G: Dim,)* D: Kernels, T: Tape<f32, D>> Module<Tensor<$Shape, f32, D, T>>
            for $Layer<C, f32, D>
        {
            type Output = Tensor<$Shape, f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Tensor<$Shape, f32, D, T>) -> Result<Self::Output, D::Err> {
                let $shape = *x.shape();
                self.eval(x.try_reshape_like(&$four)?)?.try_reshape_like(&$shape)
            }
        }

        impl<const C: usize, $($G: Dim,)* D: Kernels> ModuleMut<Tensor<$Shape, f32, D, OwnedTape<f32, D>>>
            for $Layer<C, f32, D>
        {
            type Output = Tensor<$Shape, f32, D, OwnedTape<f32, D>>;
            type Error = D::Err;

            fn try_forward_mut(&mut self, x: Tensor<$Shape, f32, D, OwnedTape<f32, D>>) -> Result<Self::Output, D::Err> {
                // Somebody asks for gradients in evaluation mode.
                if tracing() {
                    return self.try_forward(x);
                }
                let $shape = *x.shape();
                self.train(x.try_reshape_like(&$four)?)?.try_reshape_like(&$shape)
            }
        }
    };
}

modules!(BatchNorm2D, [B, H, W], (B, Const<C>, H, W), |s| s);
modules!(BatchNorm1D, [B], (B, Const<C>), |s| (s.0, s.1, Const::<1>, Const::<1>));
modules!(BatchNorm1D, [B, L], (B, Const<C>, L), |s| (s.0, s.1, s.2, Const::<1>));
