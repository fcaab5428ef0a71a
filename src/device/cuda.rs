//! A GPU, once the driver has said that it is there.

use std::ffi::OsStr;

use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult;
use cudarc::nvrtc::sys::nvrtcVersion;
use dfdx::prelude::*;

use super::probe::{Driver, LIBRARY, Version};
use crate::{Error, Result};

/// The GPU with this number, its random numbers seeded.
pub(super) fn open(number: usize, seed: u64) -> Result<Cuda> {
    let driver = Driver::find(OsStr::new(LIBRARY)).map_err(Error::Device)?;
    driver.check(number, toolkit()).map_err(Error::Device)?;
    // What the probe cannot know, such as a GPU that another program keeps for itself, dfdx meets with a panic.
    match std::panic::catch_unwind(|| Cuda::try_build(number, seed)) {
        Ok(built) => Ok(built?),
        Err(_) => Err(Error::Device(format!(
            "cuda:{number} could not be opened, although the driver names it. Does `nvidia-smi` show it, and no program that keeps it for itself? The CPU computes in a build without the feature `cuda`"
        ))),
    }
}

pub(super) fn describe(number: usize) -> String {
    match Driver::find(OsStr::new(LIBRARY)) {
        Ok(driver) => driver.describe(number),
        Err(fault) => fault,
    }
}

/// The CUDA version of the libraries that the program was linked with: what a driver must be good for.
fn toolkit() -> Version {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: the function writes two numbers and nothing else. Where it fails, zeros ask for nothing.
    let _ = unsafe { nvrtcVersion(&raw mut major, &raw mut minor) };
    Version { major, minor }
}

impl From<CudaError> for Error {
    fn from(error: CudaError) -> Self {
        match error {
            CudaError::Cpu(error) => error.into(),
            CudaError::Driver(DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY)) => Error::Device(
                "the GPU has no memory left. Lower the batch size or the size of the network; `nvidia-smi` shows who else uses it".into(),
            ),
            other => Error::Dfdx(other.to_string()),
        }
    }
}
