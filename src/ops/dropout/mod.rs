//! Dropout.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::cpu::{restore, take, values};
use super::kernels::Kernels;
use crate::{Error, Result};

/// Sets each number to 0 with probability `rate` and divides the others by `1 - rate`, so that the mean stays.
///
/// Takes tensors of any shape. The mask is drawn from a seed that the device gives, and does not depend on the number of
/// threads. Srivastava et al. 2014, *Dropout*, JMLR 15. PyTorch: `torch.nn.functional.dropout`. Taught in notebook 08.
///
/// # Errors
/// [`Error::Argument`] where `rate` is not in `[0, 1)`.
pub fn dropout<S: Shape, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    rate: f32,
) -> Result<Tensor<S, f32, D, T>> {
    if !(0.0..1.0).contains(&rate) {
        return Err(Error::Argument {
            what: "dropout rate".into(),
            expected: "at least 0 and less than 1".into(),
            got: rate.to_string(),
        });
    }
    let shape = *x.shape();
    let run = || D::dropout(x.try_reshape_like(&(shape.num_elements(),))?, rate)?.try_reshape_like(&shape);
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// Dropout on the CPU: forward, and the backward pass recorded on the tape. The mask is not kept but drawn again.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor<(usize,), f32, Cpu, T>,
    rate: f32,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let mask = Mask {
        seed: x.device().random_u64(),
        limit: (f64::from(rate) * 2f64.powi(32)) as u32,
        scale: 1.0 / (1.0 - rate),
    };
    let mut out = values(&x)?.to_vec();
    forward(mask, &mut out);
    let y = x.device().try_tensor_from_vec(out, *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(mask, &dy, gradients.get_or_alloc_mut(&x)?);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Numbers that one task works through; even, since random numbers come in pairs.
const CHUNK: usize = 1 << 14;

fn forward(mask: Mask, x: &mut [f32]) {
    x.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, x)| {
        for (i, pair) in x.chunks_mut(2).enumerate() {
            let factors = mask.factors(chunk * (CHUNK / 2) + i);
            pair.iter_mut().zip(factors).for_each(|(x, factor)| *x *= factor);
        }
    });
}

/// `dx += dy * factor`.
fn backward(mask: Mask, dy: &[f32], dx: &mut [f32]) {
    let chunks = dx.par_chunks_mut(CHUNK).zip(dy.par_chunks(CHUNK)).enumerate();
    chunks.for_each(|(chunk, (dx, dy))| {
        for (i, (dx, dy)) in dx.chunks_mut(2).zip(dy.chunks(2)).enumerate() {
            let factors = mask.factors(chunk * (CHUNK / 2) + i);
            dx.iter_mut()
                .zip(dy)
                .zip(factors)
                .for_each(|((dx, dy), factor)| *dx += dy * factor);
        }
    });
}

/// What every number is multiplied with, as a function of where it stands.
#[derive(Clone, Copy)]
struct Mask {
    seed: u64,
    /// Random 32-bit numbers below it drop.
    limit: u32,
    scale: f32,
}

impl Mask {
    /// The factors of the numbers `2 * pair` and `2 * pair + 1`: one round of SplitMix64 (Steele, Lea & Flood 2014),
    /// whose halves decide.
    fn factors(&self, pair: usize) -> [f32; 2] {
        let mut z = self
            .seed
            .wrapping_add((pair as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        [z as u32, (z >> 32) as u32].map(|half| if half < self.limit { 0.0 } else { self.scale })
    }
}
