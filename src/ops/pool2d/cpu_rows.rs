//! The largest or smallest value under each window where nobody will ask where it stood: evaluation.
//!
//! First the winner of each column of a window, for a whole line at once, then the winner of some columns.

use crate::ops::cpu::{made_in_parts, share, widened, with_scratch};
use crate::ops::geometry::PoolGeometry;

/// The largest values, or with `sign` -1 the smallest; a NaN wins.
pub(crate) fn extremes(g: &PoolGeometry, x: &[f32], sign: f32) -> Vec<f32> {
    let (input, output) = (g.input_pixels(), g.output_pixels());
    // A line with its padding and what a last window may hang over the edge.
    let reach = (g.output[1].max(1) - 1) * g.axis.stride + g.axis.kernel;
    let line = reach.max(g.axis.padding + g.input[1]) + g.axis.stride;
    let planes = share(input);
    made_in_parts(g.batch * g.channels * output, planes * output, |i, y| {
        with_scratch(line, |line| {
            for (y, x) in y.chunks_mut(output).zip(x.chunks(input).skip(i * planes)) {
                plane(g, x, sign, line, y);
            }
        });
    })
}

widened! {
    fn plane(g: &PoolGeometry, x: &[f32], sign: f32, line: &mut [f32], y: &mut [f32]) = each_line;
}

/// The larger of two numbers, or NaN.
#[inline(always)]
fn better(a: f32, b: f32) -> f32 {
    if (b > a) | b.is_nan() { b } else { a }
}

#[inline(always)]
fn each_line(g: &PoolGeometry, x: &[f32], sign: f32, line: &mut [f32], y: &mut [f32]) {
    let ([height, width], axis) = (g.input, &g.axis);
    for (oy, y) in y.chunks_mut(g.output[1]).enumerate() {
        line.fill(f32::NEG_INFINITY);
        for row in (0..axis.kernel).filter_map(|ky| axis.input(oy, ky, height)) {
            let columns = line[axis.padding..].iter_mut().zip(&x[row * width..][..width]);
            columns.for_each(|(best, x)| *best = better(*best, sign * *x));
        }
        y.fill(f32::NEG_INFINITY);
        for kx in 0..axis.kernel {
            let columns = &line[kx..];
            if axis.stride == 2 {
                let columns = columns.as_chunks::<2>().0;
                y.iter_mut().zip(columns).for_each(|(y, [x, _])| *y = better(*y, *x));
            } else {
                let columns = columns.iter().step_by(axis.stride);
                y.iter_mut().zip(columns).for_each(|(y, x)| *y = better(*y, *x));
            }
        }
        y.iter_mut().for_each(|y| *y *= sign);
    }
}
