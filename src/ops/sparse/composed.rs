//! Products with sparse matrices, composed of dfdx's operations: the matrix is filled with its zeros. Slow, and right.

use dfdx::prelude::*;

use crate::graph::SparseMatrix;
use crate::ops::tensors::{Tensor1, Tensor2};

/// See [`aggregate`](fn@super::aggregate), and `cpu.rs` for the rest.
pub(crate) fn sparse_product<D: Device<f32>, T: Tape<f32, D>>(
    a: &SparseMatrix,
    weights: Option<Tensor1<D>>,
    x: Tensor2<D, T>,
    bias: Option<Tensor1<D>>,
    turned: bool,
) -> Result<Tensor2<D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let (m, n) = a.shape();
    let dev = x.device().clone();
    let weights = match weights {
        Some(weights) => weights,
        None => dev.try_tensor_from_vec(a.values().to_vec(), (a.entries(),))?,
    };
    let dense = filled(a, weights.put_tape(tape))?;
    let rows = x.retaped::<T>();
    let y = if turned {
        dense.try_matmul(rows.try_permute::<_, Axes2<1, 0>>()?)?
    } else {
        dense.try_matmul(rows)?
    };
    debug_assert!(m == y.shape().0 && n > 0);
    let Some(bias) = bias else { return Ok(y) };
    let shape = *y.shape();
    y.try_add(bias.retaped::<T>().try_broadcast_like::<_, Axis<0>>(&shape)?)
}

/// All numbers of the matrix: each place looks its entry up, or the zero behind the last one.
fn filled<D: Device<f32>, T: Tape<f32, D>>(
    a: &SparseMatrix,
    entries: Tensor<(usize,), f32, D, T>,
) -> Result<Tensor2<D, T>, D::Err> {
    let (m, n) = a.shape();
    let dev = entries.device().clone();
    let count = a.entries();
    let zero: Tensor1<D> = dev.try_zeros_like(&(1,))?;
    let (entries, tape) = entries.split_tape();
    let entries = (entries.put_tape(tape), zero).try_concat_along(Axis::<0>)?;
    let mut places = vec![count; m * n];
    for row in 0..m {
        for entry in a.starts()[row]..a.starts()[row + 1] {
            places[row * n + a.places()[entry] as usize] = entry;
        }
    }
    let places = dev.try_tensor_from_vec(places, (m * n,))?;
    entries.try_gather(places)?.try_reshape_like(&(m, n))
}

/// See [`aggregate_max`](fn@super::aggregate_max): the row of each largest number is found on the host, and looked up.
pub(crate) fn sparse_max<D: Device<f32>, T: Tape<f32, D>>(
    a: &SparseMatrix,
    x: Tensor2<D, T>,
    relative: bool,
) -> Result<Tensor2<D, T>, D::Err> {
    let (rows, width) = (a.shape().0, x.shape().1);
    let (n, values) = (x.shape().0, x.as_vec());
    let dev = x.device().clone();
    let (x, tape) = x.split_tape();
    let own = relative.then(|| x.clone());
    let x = x.put_tape(tape);
    let mut places = vec![n * width; rows * width];
    for row in 0..rows {
        for place in &a.places()[a.starts()[row]..a.starts()[row + 1]] {
            for column in 0..width {
                let (best, here) = (&mut places[row * width + column], *place as usize * width + column);
                if *best == n * width || values[here] > values[*best] {
                    *best = here;
                }
            }
        }
    }
    let zero: Tensor1<D> = dev.try_zeros_like(&(1,))?;
    let x = (x.try_reshape_like(&(n * width,))?, zero).try_concat_along(Axis::<0>)?;
    let heard: Vec<f32> = places
        .iter()
        .map(|place| f32::from(u8::from(*place < n * width)))
        .collect();
    let places = dev.try_tensor_from_vec(places, (rows * width,))?;
    let y = x.try_gather(places)?.try_reshape_like(&(rows, width))?;
    let Some(own) = own else { return Ok(y) };
    let heard = dev.try_tensor_from_vec(heard, (rows, width))?;
    y.try_sub(own.retaped::<T>().try_mul(heard)?)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::Result;
    use crate::ops::testing::close;

    fn matrix() -> SparseMatrix {
        let entries = [
            (0, 1, 0.5),
            (0, 3, -1.0),
            (2, 0, 2.0),
            (2, 1, 0.3),
            (2, 3, 1.5),
            (4, 2, -0.7),
        ];
        SparseMatrix::new(5, 4, &entries).expect("entries")
    }

    #[test]
    fn products_equal_the_kernels() -> Result<()> {
        let (dev, a) = (Cpu::seed_from_u64(3), matrix());
        let weights: Tensor1<Cpu> = dev.sample_normal_like(&(a.entries(),));
        let bias: Tensor1<Cpu> = dev.sample_normal_like(&(3,));
        for turned in [false, true] {
            let x: Tensor2<Cpu> = dev.sample_normal_like(&if turned { (3, 4) } else { (4, 3) });
            for (weights, bias) in [(None, None), (Some(weights.clone()), Some(bias.clone()))] {
                let k = cpu::sparse_product(&a, weights.clone(), x.leaky_trace(), bias.clone(), turned)?;
                let c = sparse_product(&a, weights.clone(), x.leaky_trace(), bias.clone(), turned)?;
                close("y", &k.as_vec(), &c.as_vec());
                let [k, c] = [k, c].map(|y| y.square().sum::<Rank0, _>().backward());
                close("dx", &k.get(&x).as_vec(), &c.get(&x).as_vec());
                if let (Some(weights), Some(bias)) = (weights, bias) {
                    close("weights", &k.get(&weights).as_vec(), &c.get(&weights).as_vec());
                    close("bias", &k.get(&bias).as_vec(), &c.get(&bias).as_vec());
                }
            }
        }
        Ok(())
    }

    #[test]
    fn the_largest_equal_the_kernels() -> Result<()> {
        let (dev, a) = (Cpu::seed_from_u64(4), matrix());
        let square = SparseMatrix::new(4, 4, &[(0, 1, 1.0), (0, 3, 1.0), (2, 2, 1.0), (3, 0, 1.0), (3, 1, 1.0)])?;
        for (a, relative) in [(&a, false), (&square, false), (&square, true)] {
            let x: Tensor2<Cpu> = dev.sample_normal_like(&(4, 3));
            let k = cpu::sparse_max(a, x.leaky_trace(), relative)?;
            let c = sparse_max(a, x.leaky_trace(), relative)?;
            close("y", &k.as_vec(), &c.as_vec());
            assert_eq!(k.as_vec()[3..6], [0.0; 3], "a row without entries");
            let [k, c] = [k, c].map(|y| y.square().sum::<Rank0, _>().backward());
            close("dx", &k.get(&x).as_vec(), &c.get(&x).as_vec());
        }
        Ok(())
    }
}
