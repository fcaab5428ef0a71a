//! Two-dimensional pooling: the largest, smallest or mean value under a sliding window.

use std::fmt::Display;

use dfdx::prelude::*;
use rayon::prelude::*;

use super::autograd::{restore, take, values};
use super::geometry::{axis, output_size};
use super::{Kernels, PoolGeometry, Tensor4};
use crate::{Error, Result};

/// How a pooling window slides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool2dOptions {
    /// Side of the square window, in pixels.
    pub kernel: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Pixels added on each side of the image, at most half of `kernel`. They never win a maximum or minimum and
    /// count as zeros in a mean.
    pub padding: usize,
    /// Lets a last window hang over the edge where the image does not divide evenly; it sees only what is there. Not
    /// for means.
    pub ceil_mode: bool,
}

impl Pool2dOptions {
    /// Windows of `kernel` x `kernel` pixels side by side, without padding.
    pub fn new(kernel: usize) -> Self {
        Self {
            kernel,
            stride: kernel,
            padding: 0,
            ceil_mode: false,
        }
    }
}

/// What a pooling window takes from the pixels under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// The largest value; among equals the first in reading order.
    Max,
    /// The smallest value; among equals the first in reading order.
    Min,
    /// The sum over the window divided by its area.
    Avg,
}

/// The largest value under each window: `(B, C, H, W)` to `(B, C, Ho, Wo)`, `Ho = (H + 2p - k) / s + 1`.
///
/// With `ceil_mode` the division is rounded up: a last window may hang over the edge, as long as it begins on the image or
/// its left padding. A NaN under a window wins. PyTorch: `torch.nn.functional.max_pool2d`. Taught in notebook 09.
///
/// # Errors
/// [`Error::Shape`] where the window does not fit into the image, [`Error::Argument`] for a zero kernel or stride,
/// or a padding of more than half the kernel.
pub fn max_pool2d<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    options: Pool2dOptions,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    pool2d_as(&"max_pool2d", x, PoolKind::Max, options)
}

/// The smallest value under each window: [`max_pool2d`] of `-x`, negated.
///
/// # Errors
/// As [`max_pool2d`].
pub fn min_pool2d<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    options: Pool2dOptions,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    pool2d_as(&"min_pool2d", x, PoolKind::Min, options)
}

/// The mean under each window: `(B, C, H, W)` to `(B, C, Ho, Wo)`, `Ho = (H + 2p - k) / s + 1`.
///
/// PyTorch: `torch.nn.functional.avg_pool2d` (with its default `count_include_pad=True`). Taught in notebook 09.
///
/// # Errors
/// As [`max_pool2d`].
pub fn avg_pool2d<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    options: Pool2dOptions,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    pool2d_as(&"avg_pool2d", x, PoolKind::Avg, options)
}

/// Pooling in the name of the layer that called it.
pub(crate) fn pool2d_as<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    layer: &dyn Display,
    x: Tensor<(B, C, H, W), f32, D, T>,
    kind: PoolKind,
    options: Pool2dOptions,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    let (b, c, ..) = *x.shape();
    let [batch, channels, height, width] = x.shape().concrete();
    if options.ceil_mode && kind == PoolKind::Avg {
        return Err(Error::Argument {
            what: format!("{layer}: ceil_mode"),
            expected: "false for a mean".into(),
            got: "true".into(),
        });
    }
    let g = geometry(layer, [batch, channels], [height, width], options)?;
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let x = x.try_reshape_like(&(batch, channels, height, width)).map_err(dfdx)?;
    let y = D::pool2d(x, kind, g).map_err(dfdx)?;
    if super::probe::watching() {
        super::probe::see(layer, &y.shape().concrete(), false, &y.as_vec());
    }
    let y = super::trace::keep(layer, &y.shape().concrete(), false, y).map_err(dfdx)?;
    y.try_reshape_like(&(b, c, g.output[0], g.output[1])).map_err(dfdx)
}

pub(super) fn geometry(
    layer: &dyn Display,
    [batch, channels]: [usize; 2],
    input: [usize; 2],
    options: Pool2dOptions,
) -> Result<PoolGeometry> {
    let axis = axis(layer, options.kernel, options.stride, options.padding, 1)?;
    if options.padding > options.kernel / 2 {
        return Err(Error::Argument {
            what: format!("{layer}: padding"),
            expected: format!("at most half of the kernel size {}", options.kernel),
            got: options.padding.to_string(),
        });
    }
    let output = output_size(layer, [axis, axis], input)?;
    Ok(PoolGeometry {
        batch,
        channels,
        input,
        output: match options.ceil_mode {
            true => input.map(|size| axis.outputs_and_overhang(size)),
            false => output,
        },
        axis,
    })
}

impl PoolGeometry {
    fn planes(&self) -> usize {
        self.batch * self.channels
    }

    pub(super) fn input_pixels(&self) -> usize {
        self.input[0] * self.input[1]
    }

    pub(super) fn output_pixels(&self) -> usize {
        self.output[0] * self.output[1]
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

/// Pooling on the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    kind: PoolKind,
    g: PoolGeometry,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    if kind == PoolKind::Max && super::pool2x2::fits(&g) {
        return super::pool2x2::on_cpu(x, g);
    }
    let (x, mut tape) = x.split_tape();
    let xs = values(&x)?;
    let (out, winners) = match kind {
        PoolKind::Avg => (mean(&g, &xs), Vec::new()),
        PoolKind::Max if !T::OWNS_TAPE => (super::pool_rows::extremes(&g, &xs, 1.0), Vec::new()),
        PoolKind::Min if !T::OWNS_TAPE => (super::pool_rows::extremes(&g, &xs, -1.0), Vec::new()),
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

/// The mean under each window; padding counts as zeros.
fn mean(g: &PoolGeometry, x: &[f32]) -> Vec<f32> {
    let share = 1.0 / (g.axis.kernel * g.axis.kernel) as f32;
    let mut y = vec![0.0; g.planes() * g.output_pixels()];
    y.par_chunks_mut(g.output_pixels())
        .zip(x.par_chunks(g.input_pixels()))
        .with_min_len(16)
        .for_each(|(y, x)| {
            g.for_each_tap(|to, from, n| {
                for (y, x) in y[to..to + n].iter_mut().zip(x[from..].iter().step_by(g.axis.stride)) {
                    *y += *x * share;
                }
            });
        });
    y
}

/// Every pixel under a window gets an equal share of its gradient.
fn mean_backward(g: &PoolGeometry, dy: &[f32], dx: &mut [f32]) {
    let share = 1.0 / (g.axis.kernel * g.axis.kernel) as f32;
    dx.par_chunks_mut(g.input_pixels())
        .zip(dy.par_chunks(g.output_pixels()))
        .with_min_len(16)
        .for_each(|(dx, dy)| {
            g.for_each_tap(|from, to, n| {
                for (d, dx) in dy[from..from + n]
                    .iter()
                    .zip(dx[to..].iter_mut().step_by(g.axis.stride))
                {
                    *dx += *d * share;
                }
            });
        });
}
