//! A sum and its layer normalization composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::layer_norm::composed::layer_norm;
use crate::ops::tensors::{Tensor1, Tensor2};

/// See [`add_layer_norm`](super::add_layer_norm).
pub(crate) fn add_layer_norm<D: Device<f32>, T: Tape<f32, D>>(
    a: Tensor2<D, T>,
    b: Tensor2<D, T>,
    weight: Tensor1<D>,
    bias: Tensor1<D>,
    eps: f32,
) -> Result<Tensor2<D, T>, D::Err> {
    layer_norm(a.try_add(b)?, weight, bias, eps)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::Result;
    use crate::ops::testing::close;

    #[test]
    fn sum_and_norm_composed_equal_the_kernel() -> Result<()> {
        let dev = Cpu::seed_from_u64(5);
        for (rows, width) in [(1, 1), (9, 7), (40, 33)] {
            let [a, b, dy]: [Tensor2<Cpu>; 3] = std::array::from_fn(|_| dev.sample_normal_like(&(rows, width)));
            let [weight, bias]: [Tensor1<Cpu>; 2] = std::array::from_fn(|_| dev.sample_normal_like(&(width,)));
            let kernel = cpu::add_layer_norm(a.leaky_trace(), b.retaped(), weight.clone(), bias.clone(), 1e-2)?;
            let composed = add_layer_norm(a.leaky_trace(), b.retaped(), weight.clone(), bias.clone(), 1e-2)?;
            close("y", &kernel.as_vec(), &composed.as_vec());
            let [k, c] = [kernel, composed].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
            close("da", &k.get(&a).as_vec(), &c.get(&a).as_vec());
            close("db", &k.get(&b).as_vec(), &c.get(&b).as_vec());
            close("dw", &k.get(&weight).as_vec(), &c.get(&weight).as_vec());
            close("dbias", &k.get(&bias).as_vec(), &c.get(&bias).as_vec());
        }
        Ok(())
    }
}
