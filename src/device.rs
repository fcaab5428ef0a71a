//! The device that tensors live on: the CPU, or an NVIDIA GPU in a build with the `cuda` feature.
//!
//! This is the only file that knows about the feature.

use std::cell::RefCell;

use dfdx::prelude::*;

use crate::Error;
#[cfg(feature = "cuda")]
use crate::ops::Kernels;

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

/// Hands the gradient of `tensor` to `f`, and sets it to zero afterwards where `clear` says so.
///
/// On the CPU `f` works on the gradient itself; on a GPU it gets a copy, and what it writes is lost.
#[cfg(not(feature = "cuda"))]
pub(crate) fn with_gradient<S: Shape>(
    gradients: &mut Gradients<f32, Dev>,
    tensor: &Tensor<S, f32, Dev>,
    clear: bool,
    f: &mut dyn FnMut(&mut [f32]),
) -> crate::Result<()> {
    on_slice(gradients.get_or_alloc_mut(tensor)?, clear, f);
    Ok(())
}

/// Not generic, so that it is not compiled in a cell.
#[cfg(not(feature = "cuda"))]
fn on_slice(gradient: &mut [f32], clear: bool, f: &mut dyn FnMut(&mut [f32])) {
    f(gradient);
    if clear {
        gradient.fill(0.0);
    }
}

#[cfg(feature = "cuda")]
pub(crate) fn with_gradient<S: Shape>(
    gradients: &mut Gradients<f32, Dev>,
    tensor: &Tensor<S, f32, Dev>,
    clear: bool,
    f: &mut dyn FnMut(&mut [f32]),
) -> crate::Result<()> {
    gradients.try_alloc_for(tensor)?;
    let mut values = vec![0.0; tensor.shape().num_elements()];
    gradients.get(tensor).copy_into(&mut values);
    f(&mut values);
    if clear {
        zero(tensor.device(), gradients.get_or_alloc_mut(tensor)?)?;
    }
    Ok(())
}

/// Generic, because the trait of this method has no public name in dfdx.
#[cfg(feature = "cuda")]
fn zero<D: Device<f32>>(dev: &D, storage: &mut <D as Storage<f32>>::Vec) -> Result<(), D::Err> {
    dev.try_fill_with_zeros(storage)
}

/// Hands the numbers of `tensor`, if `wanted`, and its gradient, if there is one, to `f`, which may change them, and clears
/// the gradient where `clear` says so.
///
/// On the CPU `f` works on the numbers where they stand, on a GPU on copies; what it writes to a gradient there is lost,
/// so it is cleared here.
pub(crate) fn with_numbers<S: Shape>(
    tensor: &mut Tensor<S, f32, Dev>,
    gradients: Option<&mut Gradients<f32, Dev>>,
    wanted: bool,
    clear: bool,
    scratch: &mut Vec<f32>,
    f: &mut dyn FnMut(&mut [f32], &mut [f32]),
) -> crate::Result<()> {
    #[cfg(not(feature = "cuda"))]
    if wanted && crate::ops::row_major(tensor) {
        // The gradient leaves its place for a moment: it is looked up by the tensor, which is being changed.
        let mut gradients = gradients;
        let mut gradient = match &mut gradients {
            Some(gradients) => std::mem::take(&mut **gradients.get_or_alloc_mut(tensor)?),
            None => Vec::new(),
        };
        f(crate::ops::values_mut(tensor), &mut gradient);
        debug_assert!(!clear || gradient.iter().all(|g| *g == 0.0), "a gradient is left over");
        if let Some(gradients) = gradients {
            **gradients.get_or_alloc_mut(tensor)? = gradient;
        }
        return Ok(());
    }
    let len = if wanted { tensor.shape().num_elements() } else { 0 };
    let values = grown(scratch, len);
    if wanted {
        tensor.copy_into(values);
    }
    match gradients {
        Some(gradients) => with_gradient(gradients, tensor, clear, &mut |gradient| f(values, gradient))?,
        None => f(values, &mut []),
    }
    if wanted {
        tensor.copy_from(values);
    }
    Ok(())
}

/// The first `len` numbers of a buffer that grows where needed. Not generic, so that it is not compiled in a cell.
fn grown(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
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

#[cfg(feature = "cuda")]
impl Kernels for Cuda {
    fn to_device_error(error: Error) -> CudaError {
        CudaError::Cpu(set_aside(error))
    }
}
