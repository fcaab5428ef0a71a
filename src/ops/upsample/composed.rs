//! Larger images composed of dfdx's operations: a product with a matrix of shares along each axis.

use dfdx::prelude::*;

use super::places::{Interpolation, places};
use crate::ops::tensors::{Tensor2, Tensor4};

/// See [`upsample`](fn@super::upsample).
pub(crate) fn upsample<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    scale: usize,
    interpolation: Interpolation,
) -> Result<Tensor4<D, T>, D::Err> {
    let dev = x.device().clone();
    let [b, c, h, w] = x.shape().concrete();
    let rows = shares(&dev, h, scale, interpolation)?;
    let columns = shares(&dev, w, scale, interpolation)?.try_permute::<_, Axes2<1, 0>>()?;
    let wide = x.try_reshape_like(&(b * c * h, w))?.try_matmul(columns)?;
    let wide = wide.try_reshape_like(&(b * c, h, scale * w))?;
    let rows = rows
        .retaped::<T>()
        .try_broadcast_like::<_, Axis<0>>(&(b * c, scale * h, h))?;
    rows.try_matmul(wide)?.try_reshape_like(&(b, c, scale * h, scale * w))
}

/// `(scale length, length)`: the share that each old pixel has in each new one.
fn shares<D: Device<f32>>(
    dev: &D,
    length: usize,
    scale: usize,
    interpolation: Interpolation,
) -> Result<Tensor2<D>, D::Err> {
    let mut shares = vec![0.0; scale * length * length];
    for (new, place) in places(length, scale, interpolation).into_iter().enumerate() {
        shares[new * length + place.at] += 1.0 - place.second;
        shares[new * length + place.next] += place.second;
    }
    dev.try_tensor_from_vec(shares, (scale * length, length))
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::testing::compare;

    #[test]
    fn upsampling_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(17);
        for interpolation in [Interpolation::Nearest, Interpolation::Bilinear] {
            for (shape, scale) in [((2, 3, 4, 5), 2), ((1, 1, 1, 3), 3), ((2, 2, 5, 1), 1)] {
                let x: Tensor4<Cpu> = dev.sample_normal_like(&shape);
                compare(
                    &[&x],
                    |x| cpu::upsample(x, scale, interpolation).expect("kernel"),
                    |x| upsample(x, scale, interpolation).expect("composed"),
                );
            }
        }
    }
}
