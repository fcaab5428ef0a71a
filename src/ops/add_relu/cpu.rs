//! A sum and its ReLU on the CPU, in the memory of one of the two where nobody else holds it.

use dfdx::prelude::*;

use crate::ops::cpu::{Pieces, add, for_each_part, restore, take, to_overwrite, values, values_mut, widened};

/// Forward, and the backward pass recorded on the tape.
///
/// In place, `a` and `y` go by one name, and so do their gradients: that of `a` is that of `y` where the ReLU let it pass.
pub(crate) fn add_relu<T: Tape<f32, Cpu>>(
    a: Tensor<(usize,), f32, Cpu, T>,
    b: Tensor<(usize,), f32, Cpu>,
    relu: bool,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let (a, mut tape) = a.split_tape();
    let (a_ghost, b_ghost) = (a.ghost(), b.ghost());
    let bs = values(&b)?;
    let (mut y, in_place) = to_overwrite(a)?;
    in_chunks(values_mut(&mut y), &bs, if relu { sum_cut } else { add });
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let kept = relu.then(|| values(&y)).transpose()?;
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        let mut d = take!(gradients, &y_ghost);
        let dy = (!in_place).then(|| d.clone());
        if let Some(y) = kept {
            in_chunks(&mut d, &y, mask);
        }
        // One after the other: they may be the same tensor.
        in_chunks(gradients.get_or_alloc_mut(&b_ghost)?, &d, add);
        if let Some(dy) = dy {
            in_chunks(gradients.get_or_alloc_mut(&a_ghost)?, &d, add);
            d = dy;
        }
        restore!(gradients, &y_ghost, d);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Numbers that one task works through.
const CHUNK: usize = 1 << 14;

/// `f` on pieces of two slices of one length, the first of which changes.
fn in_chunks(to: &mut [f32], other: &[f32], f: fn(&mut [f32], &[f32])) {
    let pieces = Pieces::new(to, CHUNK);
    for_each_part(pieces.len(), |i| {
        let mut to = pieces.lock(i);
        let n = to.len();
        f(&mut to, &other[i * CHUNK..][..n]);
    });
}

widened! {
    /// `a = max(0, a + b)`
    fn sum_cut(a: &mut [f32], b: &[f32]) = sum_cut_each;
}
widened! {
    /// `d = d` where `y > 0`, else zero
    fn mask(d: &mut [f32], y: &[f32]) = mask_each;
}

#[inline(always)]
fn sum_cut_each(a: &mut [f32], b: &[f32]) {
    for (a, b) in a.iter_mut().zip(b) {
        let sum = *a + *b;
        *a = if sum < 0.0 { 0.0 } else { sum };
    }
}

#[inline(always)]
fn mask_each(d: &mut [f32], y: &[f32]) {
    for (d, y) in d.iter_mut().zip(y) {
        *d = if *y > 0.0 { *d } else { 0.0 };
    }
}
