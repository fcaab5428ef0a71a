//! Looking rows up, composed of dfdx's operations.

use std::sync::Arc;

use dfdx::prelude::*;

use crate::ops::tensors::Tensor2;

/// See [`embedding`](fn@super::embedding).
pub(crate) fn embedding<D: Device<f32>, T: Tape<f32, D>>(
    ids: Tensor<(usize,), f32, D, T>,
    rows: Arc<[usize]>,
    weight: Tensor2<D>,
    padding: Option<usize>,
) -> Result<Tensor2<D, T>, D::Err> {
    let (ids, tape) = ids.split_tape();
    let (vocabulary, width) = *weight.shape();
    let dev = ids.device().clone();
    let n = rows.len();
    let index: Tensor<(usize,), usize, D> = dev.try_tensor_from_vec(rows.to_vec(), (n,))?;
    let y = weight.clone().put_tape(tape).try_gather(index.clone())?;
    let Some(padding) = padding.filter(|row| *row < vocabulary) else {
        return Ok(y);
    };
    // What stands in the place of padding is looked up once more without a tape, and takes the place of what has one.
    let asked = rows.iter().map(|row| if *row == padding { 0.0 } else { 1.0 }).collect();
    let asked: Tensor2<D> = dev
        .try_tensor_from_vec::<(usize,)>(asked, (n,))?
        .try_broadcast_like::<_, Axis<1>>(&(n, width))?;
    let still = weight
        .try_gather(index)?
        .try_mul(asked.clone().try_negate()?.try_add(1.0)?)?;
    y.try_mul(asked)?.try_add(still)
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
        let weight: Tensor2<Cpu> = dev.sample_normal_like(&(5, 3));
        let rows: Arc<[usize]> = [0, 4, 1, 4, 0, 4, 2].into();
        let ids: Tensor<(usize,), f32, Cpu> = dev.zeros_like(&(7,));
        for padding in [None, Some(0), Some(4)] {
            let a = cpu::embedding(ids.leaky_trace(), rows.clone(), weight.clone(), padding)?;
            let b = embedding(ids.leaky_trace(), rows.clone(), weight.clone(), padding)?;
            close("rows", &a.as_vec(), &b.as_vec());
            let [a, b] = [a, b].map(|y| y.square().sum::<Rank0, _>().backward());
            close("gradient", &a.get(&weight).as_vec(), &b.get(&weight).as_vec());
        }
        Ok(())
    }
}
