//! The three products behind every convolution.
//!
//! With the patches of an image as the columns of a matrix `P` (`im2col`), a convolution is one matrix product, and so
//! are its gradients:
//!
//! | function | computes | for a convolution | for a transposed one |
//! |---|---|---|---|
//! | [`correlate()`] | `small = W P(large)` | forward | gradient of the input |
//! | [`spread()`] | `large += P^T(W^T small)` | gradient of the input | forward |
//! | [`weight_gradient()`] | `dW += small P(large)^T` | gradient of the weight | gradient of the weight |
//!
//! `large` is `(B, C, H, W)` and `small` `(B, O, Ho, Wo)` of a `ConvGeometry`; `W` is `(O, C / groups, KH, KW)`.
//! `P` never exists as a whole: panels of [`PANEL`](crate::ops::cpu::PANEL) pixels are made, used and forgotten, and stay
//! in the cache. Where each channel has a filter of its own, `depthwise` goes another way.

mod correlate;
mod depthwise;
mod filters;
mod spread;
mod then;
mod weight_gradient;

pub(crate) use correlate::{correlate, correlated};
pub(crate) use spread::spread;
pub(crate) use then::Then;
pub(crate) use weight_gradient::weight_gradient;
