//! Activations on the CPU whose slope can be told from their result: they need not keep what they were given.

use dfdx::prelude::*;

use super::cpu_curve;
use super::kind::Activation;
use crate::ops::cpu::{Pieces, for_each_part, restore, smooth, take, values, values_mut, widened};

/// The activations whose slope can be told from their result: they need not keep what they were given.
#[derive(Clone, Copy, Debug)]
enum Told {
    ReLU,
    ReLU6,
    Sigmoid,
    Tanh,
}

impl Told {
    fn of(activation: Activation) -> Option<Self> {
        match activation {
            Activation::ReLU => Some(Self::ReLU),
            Activation::ReLU6 => Some(Self::ReLU6),
            Activation::Sigmoid => Some(Self::Sigmoid),
            Activation::Tanh => Some(Self::Tanh),
            _ => None,
        }
    }
}

/// Forward, and the backward pass recorded on the tape.
///
/// Where nobody else holds the numbers of `x`, they become those of `y` where they stand: no memory is asked for, and the
/// gradient in front of the activation takes the place of the one behind it.
pub(crate) fn activate<T: Tape<f32, Cpu>>(
    x: Tensor<(usize,), f32, Cpu, T>,
    activation: Activation,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let Some(activation) = Told::of(activation) else {
        return cpu_curve::activate(x, activation);
    };
    let (x, mut tape) = x.split_tape();
    let x_ghost = x.ghost();
    let (y, in_place) = forward(x, activation, T::OWNS_TAPE)?;
    if T::OWNS_TAPE {
        let (kept, y_ghost) = (values(&y)?, y.ghost());
        tape.add_backward_op(move |gradients| {
            if in_place {
                // x and y go by one name. Who else took x as input did so before us, and adds to its gradient after us.
                backward_in_place(activation, &kept, gradients.get_or_alloc_mut(&y_ghost)?);
            } else {
                let dy = take!(gradients, &y_ghost);
                backward(activation, &kept, &dy, gradients.get_or_alloc_mut(&x_ghost)?);
                restore!(gradients, &y_ghost, dy);
            }
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// Numbers that one task works through.
const CHUNK: usize = 1 << 15;

/// `activation(x)`, and whether it took the place of `x`. With `record`, a result that did not has a name of its own.
fn forward(
    x: Tensor<(usize,), f32, Cpu>,
    activation: Told,
    record: bool,
) -> Result<(Tensor<(usize,), f32, Cpu>, bool), CpuError> {
    // Where the numbers of x stand. Those of y stand somewhere else if x was a view, or is held by somebody.
    let before = (x.shape().0 > 0).then(|| &raw const x[[0]]);
    let mut y = x.try_contiguous()?;
    let numbers = values_mut(&mut y);
    let in_place = before.is_none_or(|before| std::ptr::eq(before, numbers.as_ptr()));
    let chunks = Pieces::new(numbers, CHUNK);
    for_each_part(chunks.len(), |i| apply(activation, &mut chunks.lock(i)));
    drop(chunks);
    if record && !in_place {
        // dfdx lets a result that it computes in place have a new name; times one changes nothing.
        y = y.try_mul(1.0)?;
    }
    Ok((y, in_place))
}

widened! {
    fn apply(activation: Told, x: &mut [f32]) = apply_each;
}

#[inline(always)]
fn apply_each(activation: Told, x: &mut [f32]) {
    match activation {
        Told::ReLU => x.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
        Told::ReLU6 => x.iter_mut().for_each(|x| *x = x.clamp(0.0, 6.0)),
        Told::Sigmoid => x.iter_mut().for_each(|x| *x = smooth::sigmoid(*x)),
        Told::Tanh => x.iter_mut().for_each(|x| *x = smooth::tanh(*x)),
    }
}

/// Adds `dy * f'(x)` to `dx`. The slope is told from the result `y` alone.
fn backward(activation: Told, y: &[f32], dy: &[f32], dx: &mut [f32]) {
    let dx = Pieces::new(dx, CHUNK);
    for_each_part(dx.len(), |i| {
        let mut dx = dx.lock(i);
        let part = i * CHUNK..i * CHUNK + dx.len();
        add_slopes(activation, &y[part.clone()], &dy[part], &mut dx);
    });
}

/// `dx = dy * f'(x)` where `dx` takes the place of `dy`.
fn backward_in_place(activation: Told, y: &[f32], dy: &mut [f32]) {
    let dy = Pieces::new(dy, CHUNK);
    for_each_part(dy.len(), |i| {
        let mut dy = dy.lock(i);
        let part = i * CHUNK..i * CHUNK + dy.len();
        multiply_slopes(activation, &y[part], &mut dy);
    });
}

widened! {
    fn add_slopes(activation: Told, y: &[f32], dy: &[f32], dx: &mut [f32]) = add_each_slope;
}
widened! {
    fn multiply_slopes(activation: Told, y: &[f32], dy: &mut [f32]) = multiply_each_slope;
}

#[inline(always)]
fn add_each_slope(activation: Told, y: &[f32], dy: &[f32], dx: &mut [f32]) {
    let each = dx.iter_mut().zip(dy).zip(y);
    match activation {
        Told::ReLU => each.for_each(|((dx, dy), y)| *dx += if *y > 0.0 { *dy } else { 0.0 }),
        Told::ReLU6 => each.for_each(|((dx, dy), y)| *dx += if *y > 0.0 && *y < 6.0 { *dy } else { 0.0 }),
        Told::Sigmoid => each.for_each(|((dx, dy), y)| *dx += *dy * (*y * (1.0 - *y))),
        Told::Tanh => each.for_each(|((dx, dy), y)| *dx += *dy * (1.0 - *y * *y)),
    }
}

#[inline(always)]
fn multiply_each_slope(activation: Told, y: &[f32], dy: &mut [f32]) {
    let each = dy.iter_mut().zip(y);
    match activation {
        Told::ReLU => each.for_each(|(dy, y)| *dy = if *y > 0.0 { *dy } else { 0.0 }),
        Told::ReLU6 => each.for_each(|(dy, y)| *dy = if *y > 0.0 && *y < 6.0 { *dy } else { 0.0 }),
        Told::Sigmoid => each.for_each(|(dy, y)| *dy *= *y * (1.0 - *y)),
        Told::Tanh => each.for_each(|(dy, y)| *dy *= 1.0 - *y * *y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Taped = Tensor<(usize,), f32, Cpu, OwnedTape<f32, Cpu>>;

    /// An activation that works in place gives the same numbers and gradients as one that may not, because somebody
    /// still holds its input; and what other operations make of the same input stays right.
    #[test]
    fn in_place_or_not() {
        let dev = Cpu::seed_from_u64(3);
        let x: Tensor<(usize,), f32, Cpu> = dev.sample_normal_like(&(100,));
        for kind in [Activation::ReLU, Activation::Sigmoid, Activation::Tanh] {
            // Before us, an operation that keeps nothing but the name of its input.
            let run = |hold: bool| {
                let z: Taped = x.leaky_trace() * 1.5;
                let (z, tape) = z.split_tape();
                let side = z.retaped::<OwnedTape<f32, Cpu>>() * 3.0;
                let held = hold.then(|| z.clone());
                let y = activate(z.put_tape(tape), kind).expect("works");
                let before = held.as_ref().map(|z| z.as_vec());
                let values = y.as_vec();
                let gradient = (y + side).square().sum().backward().get(&x).as_vec();
                assert_eq!(held.map(|z| z.as_vec()), before);
                (values, gradient)
            };
            assert_eq!(run(true), run(false), "{kind:?}");
        }
    }
}
