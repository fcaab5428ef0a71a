//! Zeros around an image, composed of dfdx's operations.

use dfdx::prelude::*;

use super::padding::Padding;
use crate::ops::tensors::Tensor4;

/// See [`zero_pad2d`](super::zero_pad2d). Each side is a concatenation with zeros.
pub(crate) fn zero_pad2d<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    p: Padding,
) -> Result<Tensor4<D, T>, D::Err> {
    let dev = x.device().clone();
    let (b, c, h, _) = *x.shape();
    let zeros = |h: usize, w: usize| dev.try_zeros_like(&(b, c, h, w));
    let x = (zeros(h, p.left)?.retaped::<T>(), x).try_concat_along(Axis::<3>)?;
    let x = (x, zeros(h, p.right)?).try_concat_along(Axis::<3>)?;
    let width = x.shape().3;
    let x = (zeros(p.top, width)?.retaped::<T>(), x).try_concat_along(Axis::<2>)?;
    (x, zeros(p.bottom, width)?).try_concat_along(Axis::<2>)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::testing::compare;

    #[test]
    fn padding_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(4);
        let x: Tensor4<Cpu> = dev.sample_normal_like(&(2, 3, 4, 5));
        let padding = Padding {
            left: 1,
            right: 0,
            top: 2,
            bottom: 3,
        };
        compare(
            &[&x],
            |x| cpu::zero_pad2d(x, padding).expect("kernel"),
            |x| zero_pad2d(x, padding).expect("composed"),
        );
    }
}
