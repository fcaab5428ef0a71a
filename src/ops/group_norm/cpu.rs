//! Group normalization on the CPU.

use dfdx::prelude::*;
use rayon::prelude::*;

use crate::ops::cpu::{add, part_size, restore, share, take, values};
use crate::ops::layer_norm::cpu::normalize;
use crate::ops::tensors::{Tensor1, Tensor4};

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn group_norm<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    groups: usize,
    weight: Tensor1<Cpu>,
    bias: Tensor1<Cpu>,
    eps: f32,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let [_, c, h, w] = x.shape().concrete();
    let (mut normal, ws) = (values(&x)?.to_vec(), values(&weight)?);
    let sizes = Sizes {
        c,
        groups,
        plane: h * w,
    };
    let inverse = normalize(&mut normal, sizes.group(), eps);
    let (mut out, kept) = if T::OWNS_TAPE {
        (normal.clone(), normal)
    } else {
        (normal, Vec::new())
    };
    sizes.affine(&mut out, &ws, &values(&bias)?);
    let y = x.device().try_tensor_from_vec(out, *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        sizes.backward_input(&kept, &inverse, &ws, &dy, gradients.get_or_alloc_mut(&x)?);
        let (dw, db) = sizes.backward_weight(&kept, &dy);
        add(gradients.get_or_alloc_mut(&weight)?, &dw);
        add(gradients.get_or_alloc_mut(&bias)?, &db);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

#[derive(Clone, Copy)]
struct Sizes {
    c: usize,
    groups: usize,
    /// Pixels of a channel.
    plane: usize,
}

impl Sizes {
    /// Numbers of a group.
    fn group(&self) -> usize {
        self.c / self.groups * self.plane
    }

    /// `y = y * weight + bias`, channel by channel.
    fn affine(&self, y: &mut [f32], weight: &[f32], bias: &[f32]) {
        let planes = y.par_chunks_mut(self.plane.max(1)).enumerate();
        planes.with_min_len(share(self.plane)).for_each(|(plane, y)| {
            let (w, b) = (weight[plane % self.c], bias[plane % self.c]);
            y.iter_mut().for_each(|y| *y = *y * w + b);
        });
    }

    /// `dx += inverse * (g - mean(g) - normal * mean(g * normal))` with `g = dy * weight`, group by group.
    fn backward_input(&self, normal: &[f32], inverse: &[f32], weight: &[f32], dy: &[f32], dx: &mut [f32]) {
        let (size, plane, channels) = (self.group().max(1), self.plane.max(1), self.c / self.groups);
        let group = |(number, (((dx, dy), normal), inverse)): (usize, (((&mut [f32], &[f32]), &[f32]), &f32))| {
            let weight = &weight[number % self.groups * channels..][..channels];
            let (mut sum, mut product) = (0.0, 0.0);
            for ((dy, normal), w) in dy.chunks(plane).zip(normal.chunks(plane)).zip(weight) {
                for (dy, x) in dy.iter().zip(normal) {
                    let g = f64::from(dy * w);
                    sum += g;
                    product += g * f64::from(*x);
                }
            }
            let [sum, product] = [sum, product].map(|s| (s / size as f64) as f32);
            let planes = dx.chunks_mut(plane).zip(dy.chunks(plane)).zip(normal.chunks(plane));
            for (((dx, dy), normal), w) in planes.zip(weight) {
                for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(normal) {
                    *dx += inverse * (dy * w - sum - x * product);
                }
            }
        };
        let all = dx.par_chunks_mut(size).zip(dy.par_chunks(size));
        let all = all.zip(normal.par_chunks(size)).zip(inverse.par_iter()).enumerate();
        all.with_min_len(share(size)).for_each(group);
    }

    /// The sums of `dy * normal` and of `dy` over each channel: a fixed number of shares of the batch, added in order.
    fn backward_weight(&self, normal: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let image = (self.c * self.plane).max(1);
        let part = part_size(dy.len() / image) * image;
        let sums = |(dy, normal): (&[f32], &[f32])| {
            let (mut dw, mut db) = (vec![0.0; self.c], vec![0.0; self.c]);
            let planes = dy.chunks(self.plane.max(1)).zip(normal.chunks(self.plane.max(1)));
            for (plane, (dy, normal)) in planes.enumerate() {
                db[plane % self.c] += dy.iter().sum::<f32>();
                dw[plane % self.c] += dy.iter().zip(normal).map(|(dy, x)| dy * x).sum::<f32>();
            }
            (dw, db)
        };
        let parts: Vec<_> = dy.par_chunks(part).zip(normal.par_chunks(part)).map(sums).collect();
        let mut total = (vec![0.0; self.c], vec![0.0; self.c]);
        for (dw, db) in &parts {
            add(&mut total.0, dw);
            add(&mut total.1, db);
        }
        total
    }
}
