//! The methods that explain why a network chose a class, and what judges them: everything of [`explain`](crate::explain) but
//! its figures, which `plot` draws.
//!
//! A [`Sample`] is what is explained, a `Judge` asks the network about it, each method has a file, and all of them return an
//! [`Attribution`]. `segments` divides a picture into patches, `shapley` and `solve` are the mathematics of SHAP and LIME;
//! `faithfulness` and `sanity` ask whether to believe it all.

mod attribution;
mod baseline;
mod faithfulness;
mod grad_cam;
mod integrated;
mod judge;
mod lime;
mod occlusion;
mod saliency;
mod sample;
mod sanity;
mod segments;
mod shap;
mod shapley;
mod solve;
mod top;

pub use attribution::Attribution;
pub use baseline::Baseline;
pub use faithfulness::{Erasure, Faithfulness, faithfulness};
pub use grad_cam::{GradCam, Layer, Layers, grad_cam, guided_grad_cam, layers};
pub use integrated::{IntegratedGradients, integrated_gradients};
pub use lime::{Lime, lime};
pub use occlusion::{Occlusion, occlusion};
pub use saliency::{SmoothGrad, guided_backprop, saliency, smooth_grad};
pub use sample::Sample;
pub use sanity::{by_hand, chance, randomized};
pub use segments::{Segments, Slic};
pub use shap::{ExpectedGradients, KernelShap, shap};
pub use shapley::{kernel_shap, shapley_values};
pub use top::{Guess, Guesses, top};
