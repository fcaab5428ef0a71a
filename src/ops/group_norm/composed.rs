//! Group normalization composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor1, Tensor4};

/// See [`group_norm`](fn@super::group_norm).
pub(crate) fn group_norm<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    groups: usize,
    weight: Tensor1<D>,
    bias: Tensor1<D>,
    eps: f32,
) -> Result<Tensor4<D, T>, D::Err> {
    let shape = *x.shape();
    let [b, c, h, w] = shape.concrete();
    let weight = weight.retaped::<T>().try_broadcast_like::<_, Axes3<0, 2, 3>>(&shape)?;
    let bias = bias.retaped::<T>().try_broadcast_like::<_, Axes3<0, 2, 3>>(&shape)?;
    let rows = x.try_reshape_like(&(b * groups, c / groups * h * w))?;
    let normal = rows.try_normalize::<Axis<1>>(eps)?.try_reshape_like(&shape)?;
    normal.try_mul(weight)?.try_add(bias)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::Result;
    use crate::ops::testing::near;

    #[test]
    fn group_norm_equals_the_kernel() -> Result<()> {
        let dev = Cpu::seed_from_u64(19);
        for (shape, groups) in [((2, 6, 3, 4), 3), ((9, 4, 2, 2), 1), ((1, 4, 5, 1), 4)] {
            let x: Tensor4<Cpu> = dev.sample_normal_like(&shape);
            let dy: Tensor4<Cpu> = dev.sample_normal_like(&shape);
            let [weight, bias]: [Tensor1<Cpu>; 2] = std::array::from_fn(|_| dev.sample_normal_like(&(shape.1,)));
            let kernel = cpu::group_norm(x.leaky_trace(), groups, weight.clone(), bias.clone(), 1e-3)?;
            let composed = group_norm(x.leaky_trace(), groups, weight.clone(), bias.clone(), 1e-3)?;
            near(&kernel.as_vec(), &composed.as_vec());
            let [k, c] = [kernel, composed].map(|y| (y * dy.clone()).sum().backward());
            near(&k.get(&x).as_vec(), &c.get(&x).as_vec());
            near(&k.get(&weight).as_vec(), &c.get(&weight).as_vec());
            near(&k.get(&bias).as_vec(), &c.get(&bias).as_vec());
        }
        Ok(())
    }
}
