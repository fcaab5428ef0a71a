//! A penalty on what flows through a network.

use dfdx::prelude::*;

use super::Kernels;
use super::autograd::{restore, take, values};
use crate::{Error, Result};

/// Returns `x` as it is, and adds the slope of a penalty on it to its gradient in the backward pass.
///
/// The penalty is `(l1 * sum(|x|) + l2 * sum(x^2)) / B`, a mean over the `B` samples of the batch; where a number is 0,
/// the slope of `|x|` is taken as 0. It acts on the gradient alone: the loss that one sees does not contain it. The loss
/// has to be a mean over the batch with weight 1, as those of this crate are.
///
/// Keras: `keras.layers.ActivityRegularization(l1, l2)`, which divides by the batch size too, but adds the penalty to the
/// loss that it shows. PyTorch has no such layer. Taught in notebook 08.
///
/// # Errors
/// [`Error::Argument`] where `l1` or `l2` is negative or not finite.
pub fn penalize_activity<S: Shape, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    l1: f32,
    l2: f32,
) -> Result<Tensor<S, f32, D, T>> {
    if let Some(wrong) = [l1, l2].into_iter().find(|l| !l.is_finite() || *l < 0.0) {
        return Err(Error::Argument {
            what: "strength of an activity penalty".into(),
            expected: "a finite number, not below 0".into(),
            got: wrong.to_string(),
        });
    }
    let shape = *x.shape();
    let batch = shape.concrete().into_iter().next().unwrap_or(1).max(1) as f32;
    let flat = (shape.num_elements(),);
    let run = || D::penalize_activity(x.try_reshape_like(&flat)?, l1 / batch, l2 / batch)?.try_reshape_like(&shape);
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(usize,), f32, D, T>,
    l1: f32,
    l2: f32,
) -> Result<Tensor<(usize,), f32, D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    // A copy with an identity of its own: otherwise the gradient would be its own predecessor.
    let y = x.device().try_tensor_from_vec(x.as_vec(), *x.shape())?;
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        gradients.try_alloc_for(&x)?;
        gradients.try_alloc_for(&y_ghost)?;
        let before = gradients.get(&x).try_add(gradients.get(&y_ghost))?;
        // The gradient of this loss is what came, plus the slope of the penalty.
        let loss = x.leaky_trace().try_mul(before)?.try_sum::<Rank0, _>()?;
        let loss = loss.try_add(x.leaky_trace().try_abs()?.try_sum::<Rank0, _>()?.try_mul(l1)?)?;
        let loss = loss.try_add(x.leaky_trace().try_square()?.try_sum::<Rank0, _>()?.try_mul(l2)?)?;
        let mut all = loss.try_backward()?;
        *gradients.get_or_alloc_mut(&x)? = all.get_or_alloc_mut(&x)?.clone();
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// The same on the CPU. `l1` and `l2` are divided by the batch size already.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor<(usize,), f32, Cpu, T>,
    l1: f32,
    l2: f32,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let xs = values(&x)?;
    let y = x.device().try_tensor_from_vec(xs.to_vec(), *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(&xs, &dy, gradients.get_or_alloc_mut(&x)?, l1, l2);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// `dx += dy + l1 * sign(x) + 2 * l2 * x`.
fn backward(x: &[f32], dy: &[f32], dx: &mut [f32], l1: f32, l2: f32) {
    for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(x) {
        let sign = f32::from(*x > 0.0) - f32::from(*x < 0.0);
        *dx += dy + l1 * sign + 2.0 * l2 * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_composed_form_equals_the_kernel() -> Result<()> {
        let dev = Cpu::seed_from_u64(0);
        let x: Tensor<(usize,), f32, Cpu> = dev.tensor_from_vec(vec![0.5, -2.0, 0.0, 3.0], (4,));
        let gradient = |y: Tensor<(usize,), f32, Cpu, OwnedTape<f32, Cpu>>, shortcut| {
            (y.exp() + shortcut).sum().backward().get(&x).as_vec()
        };
        let (a, b) = (x.leaky_trace(), x.leaky_trace());
        let shortcut = || x.retaped::<OwnedTape<f32, Cpu>>() * 3.0;
        let kernel = gradient(on_cpu(a, 0.3, 0.1)?, shortcut());
        let composed = gradient(composed(b, 0.3, 0.1)?, shortcut());
        for (k, c) in kernel.iter().zip(&composed) {
            assert!((k - c).abs() < 1e-5, "{kernel:?} against {composed:?}");
        }
        let by_hand = 0.5f32.exp() + 3.0 + 0.3 + 2.0 * 0.1 * 0.5;
        assert!((kernel[0] - by_hand).abs() < 1e-5);
        Ok(())
    }
}
