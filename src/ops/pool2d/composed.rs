//! Pooling composed of dfdx's operations: patches, and what wins in each.

use dfdx::prelude::*;

use super::options::PoolKind;
use crate::ops::geometry::PoolGeometry;
use crate::ops::tensors::{Tensor2, Tensor4};
use crate::ops::windows::{gather, patches, with_extra_cell};

/// See [`max_pool2d`](super::max_pool2d).
pub(crate) fn pool2d<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    kind: PoolKind,
    g: PoolGeometry,
) -> Result<Tensor4<D, T>, D::Err> {
    let planes = g.batch * g.channels;
    let outside = match kind {
        PoolKind::Max => f32::NEG_INFINITY,
        PoolKind::Min => f32::INFINITY,
        PoolKind::Avg => 0.0,
    };
    let table = patches([g.axis, g.axis], g.output, |[oy, ox], [ky, kx]| {
        let y = g.axis.input(oy, ky, g.input[0])?;
        let x = g.axis.input(ox, kx, g.input[1])?;
        Some(y * g.input[1] + x)
    })
    .expand(1, g.input_pixels(), 0, g.input_pixels());
    let x = with_extra_cell(x, planes, g.input_pixels(), outside)?;
    let taps = g.axis.kernel * g.axis.kernel;
    let patches = gather(x, planes, table)?.try_reshape_like(&(planes, g.output_pixels(), taps))?;
    let y: Tensor2<D, T> = match kind {
        PoolKind::Max => patches.try_max::<_, Axis<2>>()?,
        PoolKind::Min => patches.try_min::<_, Axis<2>>()?,
        PoolKind::Avg => {
            let mean: Tensor2<D, T> = patches.try_mean::<_, Axis<2>>()?;
            let areas = g.areas();
            if areas.iter().all(|area| *area == taps) {
                mean
            } else {
                // Windows that hang over count fewer cells.
                let ratios: Vec<f32> = areas.iter().map(|area| taps as f32 / *area as f32).collect();
                let dev = mean.device().clone();
                let ratios: Tensor<(usize,), f32, D> = dev.try_tensor_from_vec(ratios, (areas.len(),))?;
                let ratios = ratios.retaped::<T>();
                mean.try_mul(ratios.try_broadcast_like::<_, Axis<0>>(&(planes, areas.len()))?)?
            }
        }
    };
    y.try_reshape_like(&(g.batch, g.channels, g.output[0], g.output[1]))
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::super::options::{Pool2dOptions, geometry};
    use super::*;
    use crate::ops::testing::compare;

    #[test]
    fn pooling_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(3);
        let x: Tensor4<Cpu> = dev.sample_normal_like(&(2, 3, 7, 5));
        for (kernel, stride, padding, ceil_mode) in [
            (2, 2, 0, false),
            (3, 2, 1, false),
            (3, 1, 0, false),
            (2, 3, 1, false),
            (2, 2, 0, true),
            (3, 3, 1, true),
            (3, 2, 1, true),
            (2, 3, 1, true),
        ] {
            let options = Pool2dOptions {
                kernel,
                stride,
                padding,
                ceil_mode,
            };
            let g = geometry(&"test", [2, 3], [7, 5], options).expect("fits");
            for kind in [PoolKind::Max, PoolKind::Min, PoolKind::Avg] {
                compare(
                    &[&x],
                    |x| cpu::pool2d(x, kind, g).expect("kernel"),
                    |x| pool2d(x, kind, g).expect("composed"),
                );
            }
        }
    }
}
