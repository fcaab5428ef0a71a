//! The affine map composed of dfdx's operations.

use std::ops::Range;

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor1, Tensor2};

/// See [`linear`](fn@super::linear).
pub(crate) fn linear<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor2<D, T>,
    weight: Tensor2<D>,
    bias: Tensor1<D>,
) -> Result<Tensor2<D, T>, D::Err> {
    let all = 0..weight.shape().0;
    linear_part(x, weight, bias, all)
}

/// [`linear`] by the rows `part` of `weight` and of `bias` alone.
pub(crate) fn linear_part<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor2<D, T>,
    weight: Tensor2<D>,
    bias: Tensor1<D>,
    part: Range<usize>,
) -> Result<Tensor2<D, T>, D::Err> {
    let ((rows, columns), filters) = (*x.shape(), part.len());
    let (mut weight, mut bias) = (weight.retaped::<T>(), bias.retaped::<T>());
    if filters < weight.shape().0 {
        weight = weight
            .try_slice((part.clone(), 0..columns))?
            .try_reshape_like(&(filters, columns))?;
        bias = bias.try_slice((part,))?.try_reshape_like(&(filters,))?;
    }
    let y = x.try_matmul(weight.try_permute::<_, Axes2<1, 0>>()?)?;
    y.try_add(bias.try_broadcast_like::<_, Axis<0>>(&(rows, filters))?)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::tensors::Tensor4;
    use crate::ops::testing::{Taped, compare, near};

    #[test]
    fn linear_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(4);
        let x: Tensor4<Cpu> = dev.sample_normal_like(&(1, 1, 19, 7));
        let weight: Tensor2<Cpu> = dev.sample_normal_like(&(5, 7));
        let bias: Tensor1<Cpu> = dev.sample_normal_like(&(5,));
        let (w, b) = (|| weight.clone(), || bias.clone());
        let table = |x: Taped| x.reshape_like(&(19, 7));
        for part in [0..5, 1..4] {
            let back = |y: Tensor2<Cpu, _>| y.reshape_like(&(1, 1, 19, part.len()));
            compare(
                &[&x],
                |x| back(cpu::linear_part(table(x), w(), b(), part.clone()).expect("kernel")),
                |x| back(linear_part(table(x), w(), b(), part.clone()).expect("composed")),
            );
            let sum = |y: Tensor2<Cpu, OwnedTape<f32, Cpu>>| y.square().sum::<Rank0, _>().backward();
            let taped = || table(x.leaky_trace());
            let [a, b] = [
                sum(cpu::linear_part(taped(), w(), b(), part.clone()).expect("kernel")),
                sum(linear_part(taped(), w(), b(), part.clone()).expect("composed")),
            ];
            near(&a.get(&weight).as_vec(), &b.get(&weight).as_vec());
            near(&a.get(&bias).as_vec(), &b.get(&bias).as_vec());
        }
    }
}
