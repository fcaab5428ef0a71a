//! Layers that only training sees: dropout, and penalties on activations.

use dfdx::prelude::*;

use crate::inspect::trace::tracing;
use crate::ops::{Kernels, dropout, penalize_activity};

/// `layer!(doc, Name<generics>, |x| in training)`: a layer without weights that does nothing in evaluation.
///
/// `Module` evaluates, on a taped tensor too, so that gradients in evaluation mode are there for the asking.
macro_rules! layer {
    ($(#[$doc:meta])* $Layer:ident<$($G:ident $(= $default:literal)?),+>, $train:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $Layer<$(const $G: usize $(= $default)?),+>;

        impl<$(const $G: usize),+> ZeroSizedModule for $Layer<$($G),+> {}

        impl<$(const $G: usize,)+ S: Shape, D: Kernels, T: Tape<f32, D>> Module<Tensor<S, f32, D, T>> for $Layer<$($G),+> {
            type Output = Tensor<S, f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Tensor<S, f32, D, T>) -> Result<Self::Output, D::Err> {
                Ok(x)
            }
        }

        impl<$(const $G: usize,)+ S: Shape, D: Kernels> ModuleMut<Tensor<S, f32, D, OwnedTape<f32, D>>>
            for $Layer<$($G),+>
        {
            type Output = Tensor<S, f32, D, OwnedTape<f32, D>>;
            type Error = D::Err;

            fn try_forward_mut(&mut self, x: Tensor<S, f32, D, OwnedTape<f32, D>>) -> Result<Self::Output, D::Err> {
                // Somebody asks for gradients in evaluation mode.
                if tracing() {
                    return Ok(x);
                }
                $train(x).map_err(D::to_device_error)
            }
        }
    };
}

layer! {
    /// Sets each number to 0 with a probability of `PERCENT` / 100 in training and scales up the others; does nothing in
    /// evaluation.
    ///
    /// Takes tensors of any shape. The masks come from the device's seed. Srivastava et al. 2014, *Dropout*, JMLR 15.
    /// PyTorch: `torch.nn.Dropout(p)`. Taught in notebook 08.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// type Net = (Linear<2, 64>, ReLU, Dropout<20>, Linear<64, 2>);
    /// let (train, valid) = data::moons(200, 0.1, 0)?.split(0.8)?;
    /// Learner::classifier::<Net>(&device(0)?, Adam::default())?.quiet().fit(&train, &valid, 2)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// `Dropout` alone drops one half, as in PyTorch. A rate of 100 or more does not compile.
    Dropout<PERCENT = 50>,
    |x| {
        const { assert!(PERCENT < 100, "Dropout<PERCENT>: the rate must be less than 100 percent") };
        dropout(x, PERCENT as f32 / 100.0)
    }
}

layer! {
    /// Passes activations on and makes training pay for their absolute values: `M * 10^-E` times the sum of `|x|` over a
    /// sample, averaged over the batch. `ActivityL1<5, 4>` has a strength of 0.0005.
    ///
    /// An L1 penalty makes many activations exactly 0, at least behind a ReLU. The penalty acts through the gradient: the
    /// loss that is shown does not contain it. Keras: `keras.layers.ActivityRegularization(l1=...)`, which does the same
    /// and adds the penalty to the loss that it shows. See [`penalize_activity`]. Taught in notebook 08.
    ActivityL1<M, E>,
    |x| penalize_activity(x, strength::<M, E>(), 0.0)
}

layer! {
    /// Passes activations on and makes training pay for their squares: `M * 10^-E` times the sum of `x^2` over a sample,
    /// averaged over the batch. `ActivityL2<1, 3>` has a strength of 0.001.
    ///
    /// Otherwise as [`ActivityL1`]. Keras: `keras.layers.ActivityRegularization(l2=...)`. Taught in notebook 08.
    ActivityL2<M, E>,
    |x| penalize_activity(x, 0.0, strength::<M, E>())
}

/// `M * 10^-E`, rounded once.
fn strength<const M: usize, const E: usize>() -> f32 {
    (M as f64 / 10f64.powi(E as i32)) as f32
}
