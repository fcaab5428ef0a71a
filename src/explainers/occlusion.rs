//! Occlusion: what happens to the score when a part of the picture is covered.

use super::attribution::Attribution;
use super::baseline::Baseline;
use super::judge::Judge;
use super::sample::Sample;
use crate::clock::Instant;
use crate::train::Learner;
use crate::{Error, Result};

/// Slides a square cover over the picture and notes how far the score of the class falls; a pixel gets the mean over the
/// covers that it lay under.
///
/// No gradient is needed: it would work for any classifier. Zeiler & Fergus 2014, *Visualizing and Understanding
/// Convolutional Networks*, arXiv:1311.2901. captum: `Occlusion`. Taught in notebook 22.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Occlusion {
    /// The side of the cover in pixels. 0: a fifth of the shorter side of the picture.
    pub patch: usize,
    /// Pixels from one place of the cover to the next. 0: a half of its side.
    pub stride: usize,
    /// What it is made of.
    pub baseline: Baseline,
}

impl Default for Occlusion {
    /// A cover of the mean colour, a fifth of the picture's side, moved by half of its own.
    fn default() -> Self {
        Self {
            patch: 0,
            stride: 0,
            baseline: Baseline::Mean,
        }
    }
}

impl Occlusion {
    /// Explains the class of a picture.
    ///
    /// # Errors
    /// As [`saliency`](super::saliency); [`Error::Shape`] for what is not a picture, [`Error::Argument`] for a cover that
    /// is larger than the picture or jumps over pixels.
    pub fn explain(&self, learner: &Learner, sample: &Sample) -> Result<Attribution> {
        let begin = Instant::now();
        let [channels, height, width] = sample.picture_shape("Occlusion")?;
        let (patch, stride) = self.sizes(height.min(width))?;
        let judge = Judge::new(learner, sample)?;
        let baseline = self.baseline.values(sample);
        let places: Vec<[usize; 2]> = starts(height, patch, stride)
            .into_iter()
            .flat_map(|y| starts(width, patch, stride).into_iter().map(move |x| [y, x]))
            .collect();
        let scores = judge.scores(places.len(), &mut |i, values| {
            let [top, left] = places[i];
            for c in 0..channels {
                for y in top..(top + patch).min(height) {
                    let row = (c * height + y) * width;
                    let covered = row + left..row + (left + patch).min(width);
                    values[covered.clone()].copy_from_slice(&baseline[covered]);
                }
            }
        })?;
        let (mut sums, mut counts) = (vec![0f64; height * width], vec![0u32; height * width]);
        for ([top, left], score) in places.iter().zip(&scores) {
            for y in *top..(top + patch).min(height) {
                for x in *left..(left + patch).min(width) {
                    sums[y * width + x] += f64::from(judge.score) - f64::from(*score);
                    counts[y * width + x] += 1;
                }
            }
        }
        let heat: Vec<f32> = sums
            .iter()
            .zip(&counts)
            .map(|(s, n)| (s / f64::from(*n)) as f32)
            .collect();
        Ok(Attribution {
            signed: true,
            ..Attribution::new("Occlusion", &judge, heat.clone(), heat, begin)
        })
    }

    fn sizes(&self, side: usize) -> Result<(usize, usize)> {
        let patch = if self.patch == 0 { side.div_ceil(5) } else { self.patch };
        let stride = if self.stride == 0 {
            patch.div_ceil(2)
        } else {
            self.stride
        };
        if patch > side || stride > patch {
            return Err(Error::Argument {
                what: "cover of the occlusion".into(),
                expected: format!("a side of at most {side}, a stride of at most its side"),
                got: format!("side {patch}, stride {stride}"),
            });
        }
        Ok((patch, stride))
    }
}

/// Where covers begin along one side: the last one reaches the end, or over it.
fn starts(side: usize, patch: usize, stride: usize) -> Vec<usize> {
    let steps = (side - patch).div_ceil(stride);
    (0..=steps).map(|i| i * stride).collect()
}

/// [`Occlusion`] with its default settings.
///
/// # Errors
/// As [`Occlusion::explain`].
pub fn occlusion(learner: &Learner, sample: &Sample) -> Result<Attribution> {
    Occlusion::default().explain(learner, sample)
}
