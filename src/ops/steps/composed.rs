//! From a sequence to one row, composed of dfdx's operations.

use std::sync::Arc;

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor2, Tensor3};

/// See [`last_step`](super::last_step) and, with `mean`, [`mean_steps`](super::mean_steps).
pub(crate) fn steps<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor3<D, T>,
    lengths: Option<Arc<[usize]>>,
    mean: bool,
) -> Result<Tensor2<D, T>, D::Err> {
    if let Some(lengths) = lengths {
        // What each step counts: 1 for the last real one, or the same for all real ones.
        let (batch, steps, width) = *x.shape();
        let mut weights = vec![0.0; batch * steps];
        for (weights, &n) in weights.chunks_mut(steps.max(1)).zip(lengths.iter()) {
            match n {
                0 => {}
                n if mean => weights[..n].fill(1.0 / n as f32),
                n => weights[n - 1] = 1.0,
            }
        }
        let weights = x.device().try_tensor_from_vec(weights, (batch, steps))?;
        let weights: Tensor3<D> = weights.try_broadcast_like::<_, Axis<2>>(&(batch, steps, width))?;
        return x.try_mul(weights)?.try_sum::<_, Axis<1>>();
    }
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
            let lengths: Arc<[usize]> = (0..shape.0).map(|i| i % (shape.1 + 1)).collect();
            for (mean, lengths) in [false, true]
                .into_iter()
                .flat_map(|m| [(m, None), (m, Some(lengths.clone()))])
            {
                let a = cpu::steps(x.leaky_trace(), lengths.clone(), mean)?;
                let b = steps(x.leaky_trace(), lengths, mean)?;
                close("steps", &a.as_vec(), &b.as_vec());
                let [a, b] = [a, b].map(|y| y.square().sum::<Rank0, _>().backward());
                close("steps dx", &a.get(&x).as_vec(), &b.get(&x).as_vec());
            }
        }
        Ok(())
    }
}
