//! The largest of each 2 x 2 pixels: the pooling of nearly every network, without the generality of the other kernels.

use dfdx::prelude::*;

use crate::ops::cpu::{Pieces, for_each_part, restore, share, take, values, widened};
use crate::ops::geometry::PoolGeometry;
use crate::ops::tensors::Tensor4;

/// Whether this pooling is of that kind, with every window wholly inside the image.
pub(crate) fn fits(g: &PoolGeometry) -> bool {
    let inside = |i: usize| 2 * g.output[i] <= g.input[i];
    (g.axis.kernel, g.axis.stride, g.axis.padding) == (2, 2, 0) && inside(0) && inside(1)
}

/// `y[b, c, i, j] = max of x[b, c, 2i..2i+2, 2j..2j+2]` on the CPU: forward, and the backward pass recorded on the tape.
pub(crate) fn max_pool2d<T: Tape<f32, Cpu>>(x: Tensor4<Cpu, T>, g: PoolGeometry) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (out, winners) = largest(&g, &values(&x)?);
    let shape = (g.batch, g.channels, g.output[0], g.output[1]);
    let y = x.device().try_tensor_from_vec(out, shape)?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        largest_backward(&g, &winners, &dy, gradients.get_or_alloc_mut(&x)?);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// The largest values, and which of its four pixels each one stands on, in reading order.
fn largest(g: &PoolGeometry, x: &[f32]) -> (Vec<f32>, Vec<u8>) {
    let (input, output) = (g.input_pixels(), g.output_pixels());
    let planes = share(input);
    let mut y = vec![0.0; g.batch * g.channels * output];
    let mut winners = vec![0; y.len()];
    let (ys, wins) = (
        Pieces::new(&mut y, planes * output),
        Pieces::new(&mut winners, planes * output),
    );
    for_each_part(ys.len(), |i| {
        let (mut y, mut winners) = (ys.lock(i), wins.lock(i));
        let xs = x.chunks(input).skip(i * planes);
        for ((y, winners), x) in y.chunks_mut(output).zip(winners.chunks_mut(output)).zip(xs) {
            largest_of_plane(x, g.input[1], g.output[1], y, winners);
        }
    });
    drop((ys, wins));
    (y, winners)
}

/// Each winner gets the gradient of its window.
fn largest_backward(g: &PoolGeometry, winners: &[u8], dy: &[f32], dx: &mut [f32]) {
    let (input, output) = (g.input_pixels(), g.output_pixels());
    let planes = share(input);
    let dxs = Pieces::new(dx, planes * input);
    for_each_part(dxs.len(), |i| {
        let mut dx = dxs.lock(i);
        let windows = dy.chunks(output).zip(winners.chunks(output)).skip(i * planes);
        for (dx, (dy, winners)) in dx.chunks_mut(input).zip(windows) {
            add_to_winners(dy, winners, g.output[1], g.input[1], dx);
        }
    });
}

widened! {
    fn largest_of_plane(x: &[f32], width: usize, out_width: usize, y: &mut [f32], winners: &mut [u8]) = each_largest;
}

#[inline(always)]
fn each_largest(x: &[f32], width: usize, out_width: usize, y: &mut [f32], winners: &mut [u8]) {
    // A later pixel wins where it is larger, or not a number.
    #[inline(always)]
    fn better(a: (f32, u32), b: (f32, u32)) -> (f32, u32) {
        if (b.0 > a.0) | b.0.is_nan() { b } else { a }
    }
    let rows = y.chunks_exact_mut(out_width).zip(winners.chunks_exact_mut(out_width));
    for ((y, winners), x) in rows.zip(x.chunks_exact(2 * width)) {
        let (upper, lower) = x.split_at(width);
        let (upper, lower) = (upper.as_chunks::<2>().0, lower.as_chunks::<2>().0);
        for ((y, winner), (u, l)) in y.iter_mut().zip(winners).zip(upper.iter().zip(lower)) {
            let best = better(better((u[0], 0), (u[1], 1)), better((l[0], 2), (l[1], 3)));
            *y = best.0;
            *winner = best.1 as u8;
        }
    }
}

/// One addition per window: cheaper than deciding about all four pixels, even many at a time.
fn add_to_winners(dy: &[f32], winners: &[u8], out_width: usize, width: usize, dx: &mut [f32]) {
    let rows = dy.chunks_exact(out_width).zip(winners.chunks_exact(out_width));
    for ((dy, winners), dx) in rows.zip(dx.chunks_exact_mut(2 * width)) {
        for (j, (dy, winner)) in dy.iter().zip(winners).enumerate() {
            let (row, column) = (usize::from(winner / 2), usize::from(winner % 2));
            dx[row * width + 2 * j + column] += *dy;
        }
    }
}
