//! Attention composed of dfdx's operations.

use dfdx::prelude::*;

use super::options::{AttentionOptions, Lengths};
use crate::ops::tensors::{Tensor1, Tensor2, Tensor3};

/// See [`attention`](fn@super::attention).
pub(crate) fn attention<D: Device<f32>, T: Tape<f32, D>>(
    queries: Tensor3<D, T>,
    keys: Tensor3<D, T>,
    values: Tensor3<D, T>,
    lengths: Lengths,
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
    if let Some(lengths) = &lengths {
        let mask = lengths
            .iter()
            .flat_map(|n| (0..columns).map(move |i| if i < *n { 0.0 } else { -1e30 }));
        let mask: Tensor2<D> = dev.try_tensor_from_vec(mask.collect(), (batch, columns))?;
        let mask = mask
            .retaped::<T>()
            .try_broadcast_like::<_, Axes2<1, 2>>(scores.shape())?;
        scores = scores.try_add(mask)?;
    }
    let y = scores.try_softmax::<Axis<3>>()?.try_matmul(values)?;
    let y = y.try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    let y = y.try_reshape_like(&(batch, rows, features))?;
    match lengths {
        Some(lengths) if lengths.contains(&0) => only_those_that_see(&dev, y, &lengths),
        _ => Ok(y),
    }
}

/// Where every key is hidden the softmax spreads over the hidden ones; what it made of them becomes 0.
fn only_those_that_see<D: Device<f32>, T: Tape<f32, D>>(
    dev: &D,
    y: Tensor3<D, T>,
    lengths: &[usize],
) -> Result<Tensor3<D, T>, D::Err> {
    let sees = lengths.iter().map(|n| if *n > 0 { 1.0 } else { 0.0 }).collect();
    let sees: Tensor1<D> = dev.try_tensor_from_vec(sees, (lengths.len(),))?;
    let sees = sees.retaped::<T>().try_broadcast_like::<_, Axes2<1, 2>>(y.shape())?;
    y.try_mul(sees)
}

/// See [`self_attention`](super::self_attention).
pub(crate) fn self_attention<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor3<D, T>,
    lengths: Lengths,
    options: AttentionOptions,
) -> Result<Tensor3<D, T>, D::Err> {
    let (batch, rows, width) = *x.shape();
    let parts = x.try_reshape_like(&(batch, rows, 3usize, width / 3))?;
    let (parts, tape) = parts.try_permute::<_, Axes4<2, 0, 1, 3>>()?.split_tape();
    let part = |i: usize| -> Result<Tensor3<D, T>, D::Err> {
        let i: Tensor<(), usize, D> = parts.device().try_tensor_from_vec(vec![i], ())?;
        parts.retaped::<T>().try_select(i)
    };
    let (y, recorded) = attention(part(0)?, part(1)?, part(2)?, lengths, options)?.split_tape();
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
        for ([batch, rows, columns, features, heads], causal, lengths) in [
            ([1, 1, 1, 1, 1], false, None),
            ([3, 5, 18, 12, 3], false, None),
            ([2, 20, 20, 34, 2], true, None),
            ([2, 3, 7, 100, 2], true, None),
            ([4, 5, 18, 12, 3], false, Some(vec![18, 3, 0, 17])),
            ([3, 19, 19, 8, 1], true, Some(vec![1, 19, 0])),
        ] {
            let lengths: Lengths = lengths.map(|lengths: Vec<usize>| lengths.into());
            let own: Lengths = lengths.as_ref().map(|l| l.iter().map(|n| rows.min(*n)).collect());
            let options = AttentionOptions { heads, causal };
            let q: Tensor3<Cpu> = dev.sample_normal_like(&(batch, rows, features));
            let k: Tensor3<Cpu> = dev.sample_normal_like(&(batch, columns, features));
            let v: Tensor3<Cpu> = dev.sample_normal_like(&(batch, columns, features));
            let a = cpu::attention(q.leaky_trace(), k.retaped(), v.retaped(), lengths.clone(), options)?;
            let b = attention(q.leaky_trace(), k.retaped(), v.retaped(), lengths.clone(), options)?;
            close("y", &a.as_vec(), &b.as_vec());
            let dy: Tensor3<Cpu> = dev.sample_normal_like(a.shape());
            let [a, b] = [a, b].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
            for input in [&q, &k, &v] {
                close("gradient", &a.get(input).as_vec(), &b.get(input).as_vec());
            }
            let x: Tensor3<Cpu> = dev.sample_normal_like(&(batch, rows, 3 * features));
            let a = cpu::self_attention(x.leaky_trace(), own.clone(), options)?;
            let b = self_attention(x.leaky_trace(), own.clone(), options)?;
            close("y of one", &a.as_vec(), &b.as_vec());
            let [a, b] = [a, b].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
            close("gradient of one", &a.get(&x).as_vec(), &b.get(&x).as_vec());
        }
        Ok(())
    }
}
