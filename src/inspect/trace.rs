//! What the scores of a network depend on: values and gradients of its input and of what its layers compute.
//!
//! While somebody [`trace`]s, two things differ from training on this thread. Layers that behave differently in training
//! (dropout, batch normalization, penalties) behave as in evaluation, although a tape is recorded. And every layer hands
//! its result to [`keep`], which puts one more step on the tape: when the backward pass comes by, the gradient of that
//! result is complete, and is written down. As long as nobody traces, all of that costs one check.

use std::cell::RefCell;
use std::fmt::Display;

use dfdx::prelude::*;

/// What one layer computed, and how a score depends on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    /// The layer, as it is written in the code: `Conv2D<1, 16, 3, 1, 1, 1>`; `input` for the batch itself.
    pub layer: String,
    /// The shape of the result.
    pub shape: Vec<usize>,
    /// The result; empty unless the layer was asked for.
    pub values: Vec<f32>,
    /// Its gradient after the backward pass; empty unless the layer was asked for.
    pub gradient: Vec<f32>,
}

/// What a trace is after.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// The place, among all that was kept, of a layer whose result and gradient are wanted besides the input's.
    pub layer: Option<usize>,
    /// Whether each ReLU passes on only the positive part of its gradient (Springenberg et al. 2015).
    pub guided: bool,
}

struct Running {
    asked: Asked,
    kept: Vec<Kept>,
}

thread_local! {
    /// What has been kept, while somebody traces.
    static TRACE: RefCell<Option<Running>> = const { RefCell::new(None) };
}

/// Whether somebody traces: layers then behave as in evaluation.
pub(crate) fn tracing() -> bool {
    TRACE.with_borrow(Option::is_some)
}

/// Runs `f`, forward and backward, and gives what was kept meanwhile on this thread: first the input, then what the
/// layers computed, in order.
pub(crate) fn trace<R>(asked: Asked, f: impl FnOnce() -> R) -> (R, Vec<Kept>) {
    /// Ends the trace, even where `f` panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            TRACE.set(None);
        }
    }
    TRACE.set(Some(Running {
        asked,
        kept: Vec::new(),
    }));
    let end = End;
    let result = f();
    let kept = TRACE.take().map_or(Vec::new(), |trace| trace.kept);
    drop(end);
    (result, kept)
}

/// Keeps what a layer computed, if somebody traces; `relu` says that its last step was a ReLU. `shape` is what to write
/// down as its shape.
pub(crate) fn keep<S: Shape, D: Device<f32>, T: Tape<f32, D>>(
    layer: &dyn Display,
    shape: &[usize],
    relu: bool,
    y: Tensor<S, f32, D, T>,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    if !tracing() {
        return Ok(y);
    }
    let (y, mut tape) = y.split_tape();
    let (place, wanted, guided) = enter(layer, shape);
    if wanted {
        fill(place, |kept| kept.values = y.as_vec());
    }
    let guided = guided && relu;
    if wanted || guided {
        let ghost = y.ghost();
        tape.add_backward_op(move |gradients| {
            gradients.try_alloc_for(&ghost)?;
            let dy = gradients.get(&ghost);
            if wanted {
                fill(place, |kept| kept.gradient = dy.as_vec());
            }
            if guided {
                // A sum's gradient with respect to one factor is the other: the way to a gradient of our choice that
                // works on every device.
                let one = dy.device().try_zeros_like(dy.shape())?;
                let loss = one.leaky_trace().try_mul(dy.try_relu()?)?.try_sum::<Rank0, _>()?;
                let mut positive = loss.try_backward()?;
                *gradients.get_or_alloc_mut(&ghost)? = positive.get_or_alloc_mut(&one)?.clone();
            }
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// Writes down that a layer came by: its place, whether it was asked for, whether gradients are guided.
fn enter(layer: &dyn Display, shape: &[usize]) -> (usize, bool, bool) {
    TRACE.with_borrow_mut(|trace| {
        let Some(trace) = trace else {
            return (0, false, false);
        };
        let place = trace.kept.len();
        trace.kept.push(Kept {
            layer: layer.to_string(),
            shape: shape.to_vec(),
            ..Kept::default()
        });
        let wanted = place == 0 || trace.asked.layer == Some(place);
        (place, wanted, trace.asked.guided)
    })
}

fn fill(place: usize, write: impl FnOnce(&mut Kept)) {
    TRACE.with_borrow_mut(|trace| {
        if let Some(kept) = trace.as_mut().and_then(|trace| trace.kept.get_mut(place)) {
            write(kept);
        }
    });
}
