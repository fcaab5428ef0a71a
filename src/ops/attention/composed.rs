//! Attention composed of dfdx's operations.

use dfdx::prelude::*;

use super::options::AttentionOptions;
use crate::ops::tensors::{Tensor2, Tensor3};

/// See [`attention`](fn@super::attention).
pub(crate) fn attention<D: Device<f32>, T: Tape<f32, D>>(
    queries: Tensor3<D, T>,
    keys: Tensor3<D, T>,
    values: Tensor3<D, T>,
    options: AttentionOptions,
) -> Result<Tensor3<D, T>, D::Err> {
    let (dev, (batch, rows, features)) = (queries.device().clone(), *queries.shape());
    let (heads, columns, size) = (options.heads, keys.shape().1, features / options.heads);
    let queries = queries.try_reshape_like(&(batch, rows, heads, size))?;
    let queries = queries.try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    let keys = keys.try_reshape_like(&(batch, columns, heads, size))?;
    let keys = keys.try_permute::<_, Axes4<0, 2, 3, 1>>()?;
    let values = values.try_reshape_like(&(batch, columns, heads, size))?;
    let values = values.try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    let mut scores = queries.try_matmul(keys)?.try_mul(1.0 / (size as f32).sqrt())?;
    if options.causal {
        // So small that its exponential is 0.
        let mask = (0..rows * columns).map(|i| if i % columns > i / columns { -1e30 } else { 0.0 });
        let mask: Tensor2<D> = dev.try_tensor_from_vec(mask.collect(), (rows, columns))?;
        let mask = mask
            .retaped::<T>()
            .try_broadcast_like::<_, Axes2<0, 1>>(scores.shape())?;
        scores = scores.try_add(mask)?;
    }
    let y = scores.try_softmax::<Axis<3>>()?.try_matmul(values)?;
    let y = y.try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    y.try_reshape_like(&(batch, rows, features))
}

/// See [`self_attention`](super::self_attention).
pub(crate) fn self_attention<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor3<D, T>,
    options: AttentionOptions,
) -> Result<Tensor3<D, T>, D::Err> {
    let (batch, rows, width) = *x.shape();
    let parts = x.try_reshape_like(&(batch, rows, 3usize, width / 3))?;
    let (parts, tape) = parts.try_permute::<_, Axes4<2, 0, 1, 3>>()?.split_tape();
    let part = |i: usize| -> Result<Tensor3<D, T>, D::Err> {
        let i: Tensor<(), usize, D> = parts.device().try_tensor_from_vec(vec![i], ())?;
        parts.retaped::<T>().try_select(i)
    };
    let (y, recorded) = attention(part(0)?, part(1)?, part(2)?, options)?.split_tape();
    Ok(y.put_tape(tape.merge(recorded)))
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::Result;
    use crate::ops::testing::close;

    #[test]
    fn compositions_equal_the_kernels() -> Result<()> {
        let dev = Cpu::seed_from_u64(4);
        for ([batch, rows, columns, features, heads], causal) in [
            ([1, 1, 1, 1, 1], false),
            ([3, 5, 18, 12, 3], false),
            ([2, 20, 20, 34, 2], true),
            ([2, 3, 7, 100, 2], true),
        ] {
            let options = AttentionOptions { heads, causal };
            let q: Tensor3<Cpu> = dev.sample_normal_like(&(batch, rows, features));
            let k: Tensor3<Cpu> = dev.sample_normal_like(&(batch, columns, features));
            let v: Tensor3<Cpu> = dev.sample_normal_like(&(batch, columns, features));
            let a = cpu::attention(q.leaky_trace(), k.retaped(), v.retaped(), options)?;
            let b = attention(q.leaky_trace(), k.retaped(), v.retaped(), options)?;
            close("y", &a.as_vec(), &b.as_vec());
            let dy: Tensor3<Cpu> = dev.sample_normal_like(a.shape());
            let [a, b] = [a, b].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
            for input in [&q, &k, &v] {
                close("gradient", &a.get(input).as_vec(), &b.get(input).as_vec());
            }
            let x: Tensor3<Cpu> = dev.sample_normal_like(&(batch, rows, 3 * features));
            let a = cpu::self_attention(x.leaky_trace(), options)?;
            let b = self_attention(x.leaky_trace(), options)?;
            close("y of one", &a.as_vec(), &b.as_vec());
            let [a, b] = [a, b].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
            close("gradient of one", &a.get(&x).as_vec(), &b.get(&x).as_vec());
        }
        Ok(())
    }
}
