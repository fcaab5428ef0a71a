//! From a sequence to one row, composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor2, Tensor3};

/// See [`last_step`](super::last_step) and, with `mean`, [`mean_steps`](super::mean_steps).
pub(crate) fn steps<D: Device<f32>, T: Tape<f32, D>>(x: Tensor3<D, T>, mean: bool) -> Result<Tensor2<D, T>, D::Err> {
    if mean {
        return x.try_mean::<_, Axis<1>>();
    }
    let last: Tensor<(), usize, D> = x.device().try_tensor_from_vec(vec![x.shape().1 - 1], ())?;
    x.try_permute::<_, Axes3<1, 0, 2>>()?.try_select(last)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::Result;
    use crate::ops::testing::close;

    #[test]
    fn compositions_equal_the_kernels() -> Result<()> {
        let dev = Cpu::seed_from_u64(3);
        for shape in [(1, 1, 1), (9, 6, 5), (3, 4, 18)] {
            let x: Tensor3<Cpu> = dev.sample_normal_like(&shape);
            for mean in [false, true] {
                let a = cpu::steps(x.leaky_trace(), mean)?;
                let b = steps(x.leaky_trace(), mean)?;
                close("steps", &a.as_vec(), &b.as_vec());
                let [a, b] = [a, b].map(|y| y.square().sum::<Rank0, _>().backward());
                close("steps dx", &a.get(&x).as_vec(), &b.get(&x).as_vec());
            }
        }
        Ok(())
    }
}
