//! Feature maps behind each other, by dfdx's operation.

use dfdx::prelude::*;

use crate::ops::tensors::Tensor4;

/// See [`concat_channels`](super::concat_channels).
pub(crate) fn concat_channels<D: Device<f32>, T: Tape<f32, D> + Merge<T>>(
    a: Tensor4<D, T>,
    b: Tensor4<D, T>,
) -> Result<Tensor4<D, T>, D::Err> {
    (a, b).try_concat_along(Axis::<1>)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::testing::compare;

    #[test]
    fn joining_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(4);
        let (x, more): (Tensor4<Cpu>, Tensor4<Cpu>) = (
            dev.sample_normal_like(&(2, 3, 4, 5)),
            dev.sample_normal_like(&(2, 2, 4, 5)),
        );
        compare(
            &[&x, &more],
            |x| cpu::concat_channels(x, more.clone().retaped()).expect("kernel"),
            |x| concat_channels(x, more.clone().retaped()).expect("composed"),
        );
    }
}
