//! What recurrent layers know at last, composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor2, Tensor3};

/// See [`last_state`](super::last_state). `rows` holds for each sequence and each part of a row the step it is taken from.
pub(crate) fn last_state<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor3<D, T>,
    rows: Vec<Vec<usize>>,
) -> Result<Tensor2<D, T>, D::Err> {
    let (dev, (batch, steps, width)) = (x.device().clone(), *x.shape());
    let ways = rows.first().map_or(1, Vec::len);
    // A row of zeros behind all, for sequences without a step.
    let (all, part) = (batch * steps * ways, width / ways);
    let zeros: Tensor2<D> = dev.try_zeros_like(&(1, part))?;
    let parts = (x.try_reshape_like(&(all, part))?, zeros.retaped::<T>()).try_concat_along(Axis::<0>)?;
    let mut places = Vec::with_capacity(batch * ways);
    for (sample, rows) in rows.iter().enumerate() {
        let place = |(i, step): (usize, &usize)| match *step {
            step if step < steps => (sample * steps + step) * ways + i,
            _ => all,
        };
        places.extend(rows.iter().enumerate().map(place));
    }
    let places: Tensor<(usize,), usize, D> = dev.try_tensor_from_vec(places, (batch * ways,))?;
    parts.try_gather(places)?.try_reshape_like(&(batch, width))
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
        let x: Tensor3<Cpu> = dev.sample_normal_like(&(4, 3, 6));
        for rows in [vec![vec![2, 0], vec![0, 0], vec![3, 3], vec![1, 0]], vec![vec![1]; 4]] {
            let (a, b) = (
                cpu::last_state(x.leaky_trace(), rows.clone())?,
                last_state(x.leaky_trace(), rows)?,
            );
            close("last state", &a.as_vec(), &b.as_vec());
            let [a, b] = [a, b].map(|y| y.square().sum::<Rank0, _>().backward());
            close("last state dx", &a.get(&x).as_vec(), &b.get(&x).as_vec());
        }
        Ok(())
    }
}
