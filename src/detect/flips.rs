//! Mirrored pictures with their boxes.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::grid::{Grid, TARGET};
use crate::data::{Batch, Targets};
use crate::train::{BatchInfo, BatchTransform};
use crate::{Error, Result};

/// Mirrors every training picture left to right, top to bottom, both or not at all, by chance, and its boxes with it.
///
/// For pictures that look as likely mirrored: cells under a microscope, not digits. Taught in notebook 21.
#[derive(Clone, Debug, PartialEq)]
pub struct Flips {
    grid: Grid,
}

impl Flips {
    /// Flips for the targets of this grid.
    pub fn new(grid: &Grid) -> Self {
        Self { grid: grid.clone() }
    }

    fn targets(&self, targets: &mut [f32], [down, across]: [bool; 2]) {
        let ([height, width], [rows, columns]) = (self.grid.picture(), self.grid.cells());
        let before = targets.to_vec();
        for (slot, target) in before.chunks_exact(TARGET).enumerate() {
            let [anchor, row, column] = self.grid.place(slot);
            let row = if down { rows - 1 - row } else { row };
            let column = if across { columns - 1 - column } else { column };
            let to = self.grid.slot([anchor, row, column]) * TARGET;
            let place = &mut targets[to..to + TARGET];
            place.copy_from_slice(target);
            if target[0] > 0.5 {
                place[1] = if across { width as f32 - target[1] } else { target[1] };
                place[2] = if down { height as f32 - target[2] } else { target[2] };
            }
        }
    }
}

fn pixels(plane: &mut [f32], width: usize, [down, across]: [bool; 2]) {
    if across {
        plane.chunks_exact_mut(width).for_each(<[f32]>::reverse);
    }
    if down {
        let height = plane.len() / width;
        for row in 0..height / 2 {
            let (upper, lower) = plane.split_at_mut((height - 1 - row) * width);
            upper[row * width..(row + 1) * width].swap_with_slice(&mut lower[..width]);
        }
    }
}

impl BatchTransform for Flips {
    fn transform(&self, mut batch: Batch, info: &BatchInfo) -> Result<Batch> {
        let [height, width] = self.grid.picture();
        let (sample, wanted) = (batch.sample_shape.iter().product::<usize>(), self.grid.targets());
        let fits = batch.sample_shape.get(1..) == Some(&[height, width]);
        match &mut batch.targets {
            Targets::Values { data, dim } if fits && *dim == wanted => {
                let mut rng = ChaCha8Rng::seed_from_u64(info.seed);
                let pictures = batch.inputs.chunks_exact_mut(sample);
                for (picture, targets) in pictures.zip(data.chunks_exact_mut(wanted)) {
                    let how = [rng.r#gen(), rng.r#gen()];
                    picture
                        .chunks_exact_mut(height * width)
                        .for_each(|plane| pixels(plane, width, how));
                    self.targets(targets, how);
                }
                Ok(batch)
            }
            other => Err(Error::Argument {
                what: "batch to mirror".into(),
                expected: format!("pictures of {height} x {width} pixels with targets of the same grid"),
                got: format!("samples of shape {:?} with {}", batch.sample_shape, other.kind()),
            }),
        }
    }
}
