//! A penalty on what flows through a network, composed of dfdx's operations.

use dfdx::prelude::*;

/// See [`penalize_activity`](super::penalize_activity). `l1` and `l2` are divided by the batch size already.
pub(crate) fn penalize_activity<D: Device<f32>, T: Tape<f32, D>>(
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

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::Result;

    #[test]
    fn the_composed_form_equals_the_kernel() -> Result<()> {
        let dev = Cpu::seed_from_u64(0);
        let x: Tensor<(usize,), f32, Cpu> = dev.tensor_from_vec(vec![0.5, -2.0, 0.0, 3.0], (4,));
        let gradient = |y: Tensor<(usize,), f32, Cpu, OwnedTape<f32, Cpu>>, shortcut| {
            (y.exp() + shortcut).sum().backward().get(&x).as_vec()
        };
        let (a, b) = (x.leaky_trace(), x.leaky_trace());
        let shortcut = || x.retaped::<OwnedTape<f32, Cpu>>() * 3.0;
        let kernel = gradient(cpu::penalize_activity(a, 0.3, 0.1)?, shortcut());
        let composed = gradient(penalize_activity(b, 0.3, 0.1)?, shortcut());
        for (k, c) in kernel.iter().zip(&composed) {
            assert!((k - c).abs() < 1e-5, "{kernel:?} against {composed:?}");
        }
        let by_hand = 0.5f32.exp() + 3.0 + 0.3 + 2.0 * 0.1 * 0.5;
        assert!((kernel[0] - by_hand).abs() < 1e-5);
        Ok(())
    }
}
