//! The device that tensors live on: the CPU, or an NVIDIA GPU in a build with the `cuda` feature.
//!
//! Which of the two it is, the feature decides when the crate is compiled: [`Dev`] is one type or the other, so a program
//! built with `cuda` cannot fall back to the CPU. `GRADUS_DEVICE` names the device among those that the build knows: `cpu`
//! in an ordinary build; `cuda:0`, `cuda:1`, ... (or `cuda`, the first) in one with the feature. Anything else is an error
//! that says what is possible.
//!
//! Before dfdx is asked for a GPU the driver is probed (`probe.rs`): dfdx panics where there is none. A program that was
//! linked with the driver library does not even start where that library is missing; `cargo course doctor` says so too.
//!
//! Besides this folder only these know about the feature: `ops/mod.rs`, where a GPU gets its kernels, and
//! `train/networks/numbers.rs`, where the CPU works on weights in place.

mod choice;
#[cfg(feature = "cuda")]
mod cuda;
mod open;
mod pending;
#[cfg(feature = "cuda")]
mod probe;

pub use open::{Dev, DevError, describe, device};
pub(crate) use open::{RESEEDS, reseeded};
pub(crate) use pending::set_aside;
pub use pending::take_pending_error;
