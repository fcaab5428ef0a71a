//! Larger images on the CPU.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::places::{Interpolation, Place, places};
use crate::ops::cpu::{restore, share, take, values, with_scratch};
use crate::ops::tensors::Tensor4;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn upsample<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    scale: usize,
    interpolation: Interpolation,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let [b, c, h, w] = x.shape().concrete();
    let map = Map {
        rows: places(h, scale, interpolation),
        columns: places(w, scale, interpolation),
        old: [h, w],
    };
    let out = map.forward(&values(&x)?, b * c);
    let y = x.device().try_tensor_from_vec(out, (b, c, scale * h, scale * w))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        map.backward(&dy, gradients.get_or_alloc_mut(&x)?);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Rows first, then columns: what is mixed along one axis does not depend on the other.
struct Map {
    rows: Vec<Place>,
    columns: Vec<Place>,
    old: [usize; 2],
}

impl Map {
    fn forward(&self, x: &[f32], planes: usize) -> Vec<f32> {
        let ([h, w], size) = (self.old, self.rows.len() * self.columns.len());
        let mut y = vec![0.0; planes * size];
        let plane = |(y, x): (&mut [f32], &[f32])| {
            with_scratch(w, |mixed| {
                for (y, place) in y.chunks_mut(self.columns.len()).zip(&self.rows) {
                    let (a, b) = (&x[place.at * w..][..w], &x[place.next * w..][..w]);
                    for ((mixed, a), b) in mixed.iter_mut().zip(a).zip(b) {
                        *mixed = a + place.second * (b - a);
                    }
                    for (y, place) in y.iter_mut().zip(&self.columns) {
                        let (a, b) = (mixed[place.at], mixed[place.next]);
                        *y = a + place.second * (b - a);
                    }
                }
            });
        };
        let all = y.par_chunks_mut(size.max(1)).zip(x.par_chunks((h * w).max(1)));
        all.with_min_len(share(size)).for_each(plane);
        y
    }

    /// Adds to `dx` what each old pixel had a share in.
    fn backward(&self, dy: &[f32], dx: &mut [f32]) {
        let ([h, w], size) = (self.old, self.rows.len() * self.columns.len());
        let plane = |(dx, dy): (&mut [f32], &[f32])| {
            with_scratch(w, |mixed| {
                for (dy, row) in dy.chunks(self.columns.len()).zip(&self.rows) {
                    mixed.fill(0.0);
                    for (dy, place) in dy.iter().zip(&self.columns) {
                        mixed[place.at] += (1.0 - place.second) * dy;
                        mixed[place.next] += place.second * dy;
                    }
                    for (at, share) in [(row.at, 1.0 - row.second), (row.next, row.second)] {
                        for (dx, mixed) in dx[at * w..][..w].iter_mut().zip(mixed.iter()) {
                            *dx += share * mixed;
                        }
                    }
                }
            });
        };
        let all = dx.par_chunks_mut((h * w).max(1)).zip(dy.par_chunks(size.max(1)));
        all.with_min_len(share(size)).for_each(plane);
    }
}
