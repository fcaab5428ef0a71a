//! Positions composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor2, Tensor3};

/// See [`add_positions`](super::add_positions).
pub(crate) fn add_positions<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor3<D, T>,
    rows: Tensor2<D>,
) -> Result<Tensor3<D, T>, D::Err> {
    let (_, steps, _) = *x.shape();
    let places = x.device().try_tensor_from_vec((0..steps).collect(), (steps,))?;
    let rows = rows.retaped::<T>().try_gather(places)?;
    let rows = rows.try_broadcast_like::<_, Axis<0>>(x.shape())?;
    x.try_add(rows)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::testing::close;

    #[test]
    fn the_composed_form_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(3);
        let x: Tensor3<Cpu> = dev.sample_normal_like(&(3, 4, 5));
        let rows: Tensor2<Cpu> = dev.sample_normal_like(&(6, 5));
        let a = cpu::add_positions(x.leaky_trace(), rows.clone()).expect("kernel");
        let b = add_positions(x.leaky_trace(), rows.clone()).expect("composed");
        close("y", &a.as_vec(), &b.as_vec());
        let dy: Tensor3<Cpu> = dev.sample_normal_like(x.shape());
        let [a, b] = [a, b].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
        close("dx", &a.get(&x).as_vec(), &b.get(&x).as_vec());
        close("rows", &a.get(&rows).as_vec(), &b.get(&rows).as_vec());
    }
}
