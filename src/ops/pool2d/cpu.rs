//! Pooling on the CPU.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::options::PoolKind;
use super::{cpu_2x2, cpu_rows};
use crate::ops::cpu::{restore, take, values};
use crate::ops::geometry::PoolGeometry;
use crate::ops::tensors::Tensor4;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn pool2d<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    kind: PoolKind,
    g: PoolGeometry,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    if kind == PoolKind::Max && cpu_2x2::fits(&g) {
        return cpu_2x2::max_pool2d(x, g);
    }
    let (x, mut tape) = x.split_tape();
    let xs = values(&x)?;
    let (out, winners) = match kind {
        PoolKind::Avg => (mean(&g, &xs), Vec::new()),
        PoolKind::Max if !T::OWNS_TAPE => (cpu_rows::extremes(&g, &xs, 1.0), Vec::new()),
        PoolKind::Min if !T::OWNS_TAPE => (cpu_rows::extremes(&g, &xs, -1.0), Vec::new()),
        PoolKind::Max => largest(&g, &xs),
        PoolKind::Min => smallest(&g, &xs),
    };
    let shape = (g.batch, g.channels, g.output[0], g.output[1]);
    let y = x.device().try_tensor_from_vec(out, shape)?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let dx = gradients.get_or_alloc_mut(&x)?;
        match kind {
            PoolKind::Avg => mean_backward(&g, &dy, dx),
            _ => extreme_backward(&g, &winners, &dy, dx),
        }
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

impl PoolGeometry {
    fn planes(&self) -> usize {
        self.batch * self.channels
    }

    /// Calls `f(output, input, n)` for every line of every tap: the `n` outputs from `output` on have their tap on the
    /// pixels `input`, `input + stride`, ... of the plane. Taps come in reading order; padding is left out.
    fn for_each_tap(&self, mut f: impl FnMut(usize, usize, usize)) {
        for oy in 0..self.output[0] {
            for ky in 0..self.axis.kernel {
                let Some(y) = self.axis.input(oy, ky, self.input[0]) else {
                    continue;
                };
                for kx in 0..self.axis.kernel {
                    let outputs = self.axis.inside(kx, self.input[1], self.output[1]);
                    let Some(x) = self.axis.input(outputs.start, kx, self.input[1]) else {
                        continue;
                    };
                    f(
                        oy * self.output[1] + outputs.start,
                        y * self.input[1] + x,
                        outputs.len(),
                    );
                }
            }
        }
    }
}

fn largest(g: &PoolGeometry, x: &[f32]) -> (Vec<f32>, Vec<u32>) {
    extreme(g, x, |candidate, best| candidate > best)
}

fn smallest(g: &PoolGeometry, x: &[f32]) -> (Vec<f32>, Vec<u32>) {
    extreme(g, x, |candidate, best| candidate < best)
}

/// The value that beats all others under each window, and where in its plane it stands.
///
/// Called by plain functions only: generic code is compiled where it is used, and in a notebook cell without
/// optimization.
fn extreme(g: &PoolGeometry, x: &[f32], beats: impl Fn(f32, f32) -> bool + Sync) -> (Vec<f32>, Vec<u32>) {
    let (input, output, stride) = (g.input_pixels(), g.output_pixels(), g.axis.stride);
    // `u32::MAX` marks a window that has met no pixel yet.
    let (mut y, mut winners) = (vec![0.0; g.planes() * output], vec![u32::MAX; g.planes() * output]);
    y.par_chunks_mut(output)
        .zip(winners.par_chunks_mut(output))
        .zip(x.par_chunks(input))
        .with_min_len(16)
        .for_each(|((y, winners), x)| {
            g.for_each_tap(|to, from, n| {
                let targets = y[to..to + n].iter_mut().zip(&mut winners[to..to + n]);
                let pixels = (from as u32..).step_by(stride).zip(x[from..].iter().step_by(stride));
                for ((best, at), (pixel, &value)) in targets.zip(pixels) {
                    let wins = beats(value, *best) | value.is_nan() | (*at == u32::MAX);
                    *best = if wins { value } else { *best };
                    *at = if wins { pixel } else { *at };
                }
            });
        });
    (y, winners)
}

/// Each winner gets the gradient of its window.
fn extreme_backward(g: &PoolGeometry, winners: &[u32], dy: &[f32], dx: &mut [f32]) {
    let (input, output) = (g.input_pixels(), g.output_pixels());
    dx.par_chunks_mut(input)
        .zip(dy.par_chunks(output).zip(winners.par_chunks(output)))
        .with_min_len(16)
        .for_each(|(dx, (dy, winners))| {
            for (d, &at) in dy.iter().zip(winners) {
                dx[at as usize] += *d;
            }
        });
}

/// What each pixel under a window counts in its mean.
fn shares(g: &PoolGeometry) -> Vec<f32> {
    g.areas().into_iter().map(|area| 1.0 / area as f32).collect()
}

/// The mean under each window; padding counts as zeros.
fn mean(g: &PoolGeometry, x: &[f32]) -> Vec<f32> {
    let shares = shares(g);
    let mut y = vec![0.0; g.planes() * g.output_pixels()];
    y.par_chunks_mut(g.output_pixels())
        .zip(x.par_chunks(g.input_pixels()))
        .with_min_len(16)
        .for_each(|(y, x)| {
            g.for_each_tap(|to, from, n| {
                let pixels = x[from..].iter().step_by(g.axis.stride).zip(&shares[to..to + n]);
                for (y, (x, share)) in y[to..to + n].iter_mut().zip(pixels) {
                    *y += *x * share;
                }
            });
        });
    y
}

/// Every pixel under a window gets an equal share of its gradient.
fn mean_backward(g: &PoolGeometry, dy: &[f32], dx: &mut [f32]) {
    let shares = shares(g);
    dx.par_chunks_mut(g.input_pixels())
        .zip(dy.par_chunks(g.output_pixels()))
        .with_min_len(16)
        .for_each(|(dx, dy)| {
            g.for_each_tap(|from, to, n| {
                let slopes = dy[from..from + n].iter().zip(&shares[from..from + n]);
                for ((d, share), dx) in slopes.zip(dx[to..].iter_mut().step_by(g.axis.stride)) {
                    *dx += *d * share;
                }
            });
        });
}
