//! Channels laid out as pixels, composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::Tensor4;

/// See [`pixel_shuffle`](fn@super::pixel_shuffle).
pub(crate) fn pixel_shuffle<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    r: usize,
) -> Result<Tensor4<D, T>, D::Err> {
    let [b, c, h, w] = x.shape().concrete();
    let c = c / (r * r);
    let x = x.try_reshape_like(&(b * c, r, r, h, w))?;
    let y = x.try_permute::<_, Axes5<0, 3, 1, 4, 2>>()?;
    y.try_reshape_like(&(b, c, r * h, r * w))
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::testing::compare;

    #[test]
    fn the_pixel_shuffle_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(18);
        for (shape, r) in [((2, 8, 3, 4), 2), ((1, 9, 2, 1), 3), ((3, 2, 4, 5), 1)] {
            let x: Tensor4<Cpu> = dev.sample_normal_like(&shape);
            compare(
                &[&x],
                |x| cpu::pixel_shuffle(x, r).expect("kernel"),
                |x| pixel_shuffle(x, r).expect("composed"),
            );
        }
    }
}
