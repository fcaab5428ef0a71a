//! Attention on the CPU: a sample with all its heads is the work of one thread.
//!
//! The weights that the softmax gives are as many as pairs of steps. They are not kept for the way back, which computes
//! them again: that costs one product of six, and memory grows with the steps instead of with their square.

use dfdx::prelude::*;

use super::cpu_sample::{Plan, Source};
use super::options::{AttentionOptions, Lengths};
use crate::ops::cpu::{Pieces, add, for_each_part, restore, take, values};
use crate::ops::tensors::Tensor3;

/// Queries, keys and values in three tensors: forward, and the backward pass recorded on the tape.
pub(crate) fn attention<T: Tape<f32, Cpu>>(
    queries: Tensor3<Cpu, T>,
    keys: Tensor3<Cpu, T>,
    given: Tensor3<Cpu, T>,
    lengths: Lengths,
    options: AttentionOptions,
) -> Result<Tensor3<Cpu, T>, CpuError> {
    let ((q, tape), (k, other), (v, more)) = (queries.split_tape(), keys.split_tape(), given.split_tape());
    let mut tape = tape.merge(other).merge(more);
    let (batch, rows, features) = *q.shape();
    let plan = Plan::new(options, lengths, [batch, rows, k.shape().1, features]);
    let (qs, ks, vs) = (values(&q)?, values(&k)?, values(&v)?);
    let out = forward(
        &plan,
        [&qs, &ks, &vs].map(|data| Source {
            data,
            row: features,
            first: 0,
        }),
    );
    let y = q.device().try_tensor_from_vec(out, *q.shape())?;
    let (q, k, v, y_ghost) = (q.ghost(), k.ghost(), v.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let sources = [&qs, &ks, &vs].map(|data| Source {
            data,
            row: features,
            first: 0,
        });
        let (dq, dk, dv) = backward_apart(&plan, sources, &dy);
        add(gradients.get_or_alloc_mut(&q)?, &dq);
        add(gradients.get_or_alloc_mut(&k)?, &dk);
        add(gradients.get_or_alloc_mut(&v)?, &dv);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Queries, keys and values behind each other in one tensor: forward, and the backward pass recorded on the tape.
pub(crate) fn self_attention<T: Tape<f32, Cpu>>(
    x: Tensor3<Cpu, T>,
    lengths: Lengths,
    options: AttentionOptions,
) -> Result<Tensor3<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (batch, rows, width) = *x.shape();
    let features = width / 3;
    let plan = Plan::new(options, lengths, [batch, rows, rows, features]);
    let xs = values(&x)?;
    let sources = |data| {
        [0, 1, 2].map(|i| Source {
            data,
            row: width,
            first: i * features,
        })
    };
    let y = x
        .device()
        .try_tensor_from_vec(forward(&plan, sources(&xs)), (batch, rows, features))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let sources = [0, 1, 2].map(|i| Source {
            data: &xs[..],
            row: width,
            first: i * features,
        });
        let dx = Pieces::new(gradients.get_or_alloc_mut(&x)?, rows * width);
        for_each_part(plan.tasks(), |sample| {
            let mut dx = dx.lock(sample);
            plan.sample_backward(sample, sources, &dy, |part, head, gradient| {
                let first = part * features + head * plan.size;
                plan.spread(gradient, &mut dx, width, first, true);
            });
        });
        drop(dx);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

fn forward(plan: &Plan, sources: [Source; 3]) -> Vec<f32> {
    let mut y = vec![0.0; plan.batch * plan.rows * plan.features()];
    let pieces = Pieces::new(&mut y, plan.rows * plan.features());
    for_each_part(plan.tasks(), |sample| {
        plan.sample_forward(sample, sources, &mut pieces.lock(sample))
    });
    drop(pieces);
    y
}

/// The gradients of queries, keys and values.
fn backward_apart(plan: &Plan, sources: [Source; 3], dy: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let features = plan.features();
    let (rows, columns) = (plan.rows * features, plan.columns * features);
    let [mut dq, mut dk, mut dv] = [rows, columns, columns].map(|n| vec![0.0; plan.batch * n]);
    let places = [
        Pieces::new(&mut dq, rows),
        Pieces::new(&mut dk, columns),
        Pieces::new(&mut dv, columns),
    ];
    for_each_part(plan.tasks(), |sample| {
        plan.sample_backward(sample, sources, dy, |part, head, gradient| {
            plan.spread(
                gradient,
                &mut places[part].lock(sample),
                features,
                head * plan.size,
                false,
            );
        });
    });
    drop(places);
    (dq, dk, dv)
}

/// See [`attention_weights`](super::attention_weights): plain numbers in and out, on the CPU for every device.
pub(super) fn maps(plan: &Plan, queries: &[f32], keys: &[f32]) -> Vec<f32> {
    let mut maps = vec![0.0; plan.batch * plan.heads * plan.rows * plan.columns];
    let pieces = Pieces::new(&mut maps, plan.heads * plan.rows * plan.columns);
    let sources = [queries, keys].map(|data| Source {
        data,
        row: plan.features(),
        first: 0,
    });
    for_each_part(plan.tasks(), |sample| {
        plan.sample_maps(sample, sources, &mut pieces.lock(sample))
    });
    drop(pieces);
    maps
}
