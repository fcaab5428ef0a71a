//! A number added to each map, by dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor2, Tensor4};

/// See [`add_channels`](super::add_channels).
pub(crate) fn add_channels<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    rows: Tensor2<D>,
) -> Result<Tensor4<D, T>, D::Err> {
    let rows = rows.try_broadcast_like::<_, Axes2<2, 3>>(x.shape())?;
    x.try_add(rows)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::testing::compare;

    #[test]
    fn adding_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(4);
        let (x, rows): (Tensor4<Cpu>, Tensor4<Cpu>) = (
            dev.sample_normal_like(&(2, 3, 4, 5)),
            dev.sample_normal_like(&(2, 3, 1, 1)),
        );
        let flat = || rows.clone().reshape_like(&(2, 3));
        compare(
            &[&x],
            |x| cpu::add_channels(x, flat()).expect("kernel"),
            |x| add_channels(x, flat()).expect("composed"),
        );
    }
}
