//! Layer normalization composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor1, Tensor2};

/// See [`layer_norm`](fn@super::layer_norm).
pub(crate) fn layer_norm<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor2<D, T>,
    weight: Tensor1<D>,
    bias: Tensor1<D>,
    eps: f32,
) -> Result<Tensor2<D, T>, D::Err> {
    let shape = *x.shape();
    let weight = weight.retaped::<T>().try_broadcast_like::<_, Axis<0>>(&shape)?;
    let bias = bias.retaped::<T>().try_broadcast_like::<_, Axis<0>>(&shape)?;
    x.try_normalize::<Axis<1>>(eps)?.try_mul(weight)?.try_add(bias)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::Result;

    #[test]
    fn the_composed_form_equals_the_kernel() -> Result<()> {
        let dev = Cpu::seed_from_u64(3);
        let x: Tensor2<Cpu> = dev.sample_normal_like(&(9, 7));
        let dy: Tensor2<Cpu> = dev.sample_normal_like(&(9, 7));
        let [weight, bias]: [Tensor1<Cpu>; 2] = std::array::from_fn(|_| dev.sample_normal_like(&(7,)));
        let kernel = cpu::layer_norm(x.leaky_trace(), weight.clone(), bias.clone(), 1e-3)?;
        let composed = layer_norm(x.leaky_trace(), weight.clone(), bias.clone(), 1e-3)?;
        let close = |a: Vec<f32>, b: Vec<f32>| {
            assert!(
                a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4),
                "{a:?} against {b:?}"
            );
        };
        close(kernel.as_vec(), composed.as_vec());
        let [k, c] = [kernel, composed].map(|y| (y * dy.clone()).sum().backward());
        close(k.get(&x).as_vec(), c.get(&x).as_vec());
        close(k.get(&weight).as_vec(), c.get(&weight).as_vec());
        close(k.get(&bias).as_vec(), c.get(&bias).as_vec());
        Ok(())
    }
}
