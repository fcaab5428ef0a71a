//! The affine map composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor1, Tensor2};

/// See [`linear`](fn@super::linear).
pub(crate) fn linear<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor2<D, T>,
    weight: Tensor2<D>,
    bias: Tensor1<D>,
) -> Result<Tensor2<D, T>, D::Err> {
    let shape = (x.shape().0, weight.shape().0);
    let y = x.try_matmul(weight.retaped::<T>().try_permute::<_, Axes2<1, 0>>()?)?;
    y.try_add(bias.retaped::<T>().try_broadcast_like::<_, Axis<0>>(&shape)?)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::tensors::Tensor4;
    use crate::ops::testing::{Taped, compare};

    #[test]
    fn linear_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(4);
        let x: Tensor4<Cpu> = dev.sample_normal_like(&(1, 1, 19, 7));
        let weight: Tensor2<Cpu> = dev.sample_normal_like(&(5, 7));
        let bias: Tensor1<Cpu> = dev.sample_normal_like(&(5,));
        let (w, b) = (|| weight.clone(), || bias.clone());
        let table = |x: Taped| x.reshape_like(&(19, 7));
        let back = |y: Tensor2<Cpu, _>| y.reshape_like(&(1, 1, 19, 5));
        compare(
            &[&x],
            |x| back(cpu::linear(table(x), w(), b()).expect("kernel")),
            |x| back(linear(table(x), w(), b()).expect("composed")),
        );
    }
}
