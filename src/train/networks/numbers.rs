//! The numbers and gradients of a tensor on the device of this build, handed to whoever walks through a network: in place
//! on the CPU, as copies on a GPU.

use dfdx::prelude::*;

use crate::device::Dev;
#[cfg(not(feature = "cuda"))]
use crate::ops::cpu::autograd::{row_major, values_mut};

/// Hands the gradient of `tensor` to `f`, and sets it to zero afterwards where `clear` says so.
///
/// On the CPU `f` works on the gradient itself; on a GPU it gets a copy, and what it writes is lost.
#[cfg(not(feature = "cuda"))]
pub(super) fn with_gradient<S: Shape>(
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
pub(super) fn with_gradient<S: Shape>(
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
pub(super) fn with_numbers<S: Shape>(
    tensor: &mut Tensor<S, f32, Dev>,
    gradients: Option<&mut Gradients<f32, Dev>>,
    wanted: bool,
    clear: bool,
    scratch: &mut Vec<f32>,
    f: &mut dyn FnMut(&mut [f32], &mut [f32]),
) -> crate::Result<()> {
    #[cfg(not(feature = "cuda"))]
    if wanted && row_major(tensor) {
        // The gradient leaves its place for a moment: it is looked up by the tensor, which is being changed.
        let mut gradients = gradients;
        let mut gradient = match &mut gradients {
            Some(gradients) => std::mem::take(&mut **gradients.get_or_alloc_mut(tensor)?),
            None => Vec::new(),
        };
        f(values_mut(tensor), &mut gradient);
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
