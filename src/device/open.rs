//! The device of this build, opened.

use dfdx::prelude::*;

use super::choice::chosen;
#[cfg(feature = "cuda")]
use super::{choice::Choice, cuda};

/// The device of this build: [`Cpu`], or `Cuda` with the `cuda` feature.
pub type Dev = AutoDevice;

/// The error type of dfdx operations on [`Dev`].
pub type DevError = <Dev as HasErr>::Err;

/// The device of this build, with its random numbers seeded.
///
/// Weights, dropout masks and noise drawn on this device repeat exactly for the same `seed`. In a build with the `cuda`
/// feature the environment variable `GRADUS_DEVICE` chooses the GPU: `cuda:0` (the default), `cuda:1`, ...
/// PyTorch: `torch.manual_seed(seed)` together with `torch.device(...)`.
///
/// Taught in notebook 00.
///
/// # Errors
/// [`Error::Device`](crate::Error::Device) where `GRADUS_DEVICE` names a device that this build does not know and, in a `cuda`
/// build, where there is no usable GPU or driver: it says what to install.
pub fn device(seed: u64) -> crate::Result<Dev> {
    open(seed)
}

#[cfg(not(feature = "cuda"))]
fn open(seed: u64) -> crate::Result<Cpu> {
    chosen()?;
    Ok(Cpu::seed_from_u64(seed))
}

#[cfg(feature = "cuda")]
fn open(seed: u64) -> crate::Result<Cuda> {
    match chosen()? {
        Choice::Cuda(number) => cuda::open(number, seed),
        Choice::Cpu => unreachable!("a cuda build does not choose the CPU"),
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
#[cfg(not(feature = "cuda"))]
pub fn describe() -> String {
    let threads = rayon::current_num_threads();
    format!("CPU, {threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// What the device is, in words: `NVIDIA GeForce RTX 3060 (cuda:0), driver for CUDA 12.4`.
#[cfg(feature = "cuda")]
pub fn describe() -> String {
    match chosen() {
        Ok(Choice::Cuda(number)) => cuda::describe(number),
        Ok(Choice::Cpu) => "CPU".into(),
        Err(error) => error.to_string(),
    }
}
