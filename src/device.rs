//! The device that tensors live on: the CPU, or an NVIDIA GPU in a build with the `cuda` feature.
//!
//! Besides this file only two know about the feature: `ops/kernels.rs`, where a GPU gets its kernels, and
//! `train/numbers.rs`, where the CPU works on weights in place.

use std::cell::RefCell;

use dfdx::prelude::*;

use crate::Error;

/// The device of this build: [`Cpu`], or `Cuda` with the `cuda` feature.
pub type Dev = AutoDevice;

/// The error type of dfdx operations on [`Dev`].
pub type DevError = <Dev as HasErr>::Err;

/// The device of this build, with its random numbers seeded.
///
/// Weights, dropout masks and noise drawn on this device repeat exactly for the same `seed`.
/// PyTorch: `torch.manual_seed(seed)` together with `torch.device(...)`.
///
/// Taught in notebook 00.
///
/// # Errors
/// In a `cuda` build, [`Error::Device`] when there is no usable GPU or driver.
pub fn device(seed: u64) -> crate::Result<Dev> {
    open(seed)
}

#[cfg(not(feature = "cuda"))]
fn open(seed: u64) -> crate::Result<Cpu> {
    Ok(Cpu::seed_from_u64(seed))
}

/// dfdx panics when it builds a `Cuda` without a driver or a GPU, although its signature returns a `Result`.
#[cfg(feature = "cuda")]
fn open(seed: u64) -> crate::Result<Cuda> {
    let advice = "Run `cargo course doctor` to see what is missing, or build without the `cuda` feature";
    let built = std::panic::catch_unwind(|| Cuda::try_build(0, seed));
    match built {
        Ok(Ok(device)) => Ok(device),
        Ok(Err(error)) => Err(Error::Device(format!("the GPU could not be opened: {error}. {advice}"))),
        Err(_) => Err(Error::Device(format!(
            "no usable NVIDIA GPU or driver on this machine. {advice}"
        ))),
    }
}

/// Whether [`reseeded`] makes random numbers begin anew.
pub(crate) const RESEEDS: bool = cfg!(not(feature = "cuda"));

/// A device like `dev` whose random numbers begin anew from `seed`. On a GPU, whose device cannot be opened twice at
/// little cost, it is `dev` itself.
pub(crate) fn reseeded(dev: &Dev, seed: u64) -> crate::Result<Dev> {
    if RESEEDS { open(seed) } else { Ok(dev.clone()) }
}

/// What the device is, in words: `CPU, 2 threads`.
pub fn describe() -> String {
    if cfg!(feature = "cuda") {
        "CUDA GPU 0".to_string()
    } else {
        let threads = rayon::current_num_threads();
        format!("CPU, {threads} thread{}", if threads == 1 { "" } else { "s" })
    }
}

thread_local! {
    /// The full story behind the last [`CpuError`] that this crate handed to dfdx.
    ///
    /// Layers in a dfdx tuple must return dfdx's own error, which has no room for a message. The message waits here
    /// until `Error::from` meets the error again.
    static PENDING: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// Puts `error` aside and returns the dfdx error that stands for it.
pub(crate) fn set_aside(error: Error) -> CpuError {
    PENDING.with_borrow_mut(|pending| *pending = Some(error));
    CpuError::WrongNumElements
}

/// The error that was put aside last, if any, and forgets it.
pub fn take_pending_error() -> Option<Error> {
    PENDING.with_borrow_mut(Option::take)
}

impl From<CpuError> for Error {
    fn from(error: CpuError) -> Self {
        match (error, take_pending_error()) {
            (CpuError::WrongNumElements, Some(full)) => full,
            _ => Error::Dfdx(error.to_string()),
        }
    }
}

#[cfg(feature = "cuda")]
impl From<CudaError> for Error {
    fn from(error: CudaError) -> Self {
        match error {
            CudaError::Cpu(error) => error.into(),
            other => Error::Dfdx(other.to_string()),
        }
    }
}
