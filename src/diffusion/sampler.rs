//! The whole way back, from noise to samples.

use super::noised::normal;
use super::schedule::{NoiseSchedule, wrong};
use crate::{Error, Result};

/// Who knows the noise in a sample. Closures and functions `(&[f32], usize) -> Result<Vec<f32>>` do; a network is asked by one.
pub trait NoiseModel {
    /// The noise in samples that stand at `step`, all rows one behind the other: as many numbers as came.
    ///
    /// # Errors
    /// As the network behind it; it ends the sampling.
    fn noise(&self, x: &[f32], step: usize) -> Result<Vec<f32>>;
}

impl<F: Fn(&[f32], usize) -> Result<Vec<f32>>> NoiseModel for F {
    fn noise(&self, x: &[f32], step: usize) -> Result<Vec<f32>> {
        self(x, step)
    }
}

/// How a step is taken. Taught in notebook 19.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Every step, with new noise at each: [`NoiseSchedule::ddpm_step`].
    Ddpm,
    /// In so many leaps of about one length, without new noise: [`NoiseSchedule::ddim_step`].
    Ddim(usize),
}

/// How [`sample`] goes back. Taught in notebook 19.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampler {
    /// How a step is taken.
    pub way: Way,
    /// The seed of the noise that it starts from, and of the noise on the way.
    pub seed: u64,
    /// The clean sample that each step guesses is cut to `[-clip, clip]`: 1 for pictures from -1 to 1. None cuts nothing.
    pub clip: Option<f32>,
    /// Every so many steps the samples are kept, for a film; 0 keeps none.
    pub keep_every: usize,
}

impl Sampler {
    /// The full chain with new noise, seed 0, nothing cut, nothing kept.
    pub fn ddpm() -> Self {
        Self {
            way: Way::Ddpm,
            seed: 0,
            clip: None,
            keep_every: 0,
        }
    }

    /// So many leaps without new noise, seed 0, nothing cut, nothing kept.
    pub fn ddim(leaps: usize) -> Self {
        Self {
            way: Way::Ddim(leaps),
            ..Self::ddpm()
        }
    }

    /// The steps that are visited, the last of the schedule first, 0 at the end.
    ///
    /// # Errors
    /// [`Error::Argument`] for no leap, or more of them than the schedule has steps.
    pub fn visits(&self, schedule: &NoiseSchedule) -> Result<Vec<usize>> {
        let steps = schedule.steps();
        let leaps = match self.way {
            Way::Ddpm => steps,
            Way::Ddim(leaps) => leaps,
        };
        if leaps == 0 || leaps > steps {
            let expected = format!("1 to {steps}, the steps of the schedule");
            return Err(wrong("leaps of the sampling", &expected, leaps.to_string()));
        }
        Ok((0..=leaps).rev().map(|i| (i * steps + leaps / 2) / leaps).collect())
    }
}

/// What [`sample`] made.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The samples, row after row.
    pub samples: Vec<f32>,
    /// What was kept on the way, with the step it stands at: from the noise, at the last step of the schedule, to the samples, at
    /// step 0.
    pub kept: Vec<(usize, Vec<f32>)>,
    /// How often the model was asked.
    pub calls: usize,
}

/// Draws `count` samples of `width` numbers each: starts from noise with variance 1 at the last step of the schedule and goes back
/// to step 0. The same seed gives the same samples, where the model gives the same answers.
///
/// Ho, Jain & Abbeel 2020, arXiv:2006.11239, algorithm 2; Song, Meng & Ermon 2021, arXiv:2010.02502. diffusers: the loop of
/// `DDPMPipeline`. Taught in notebook 19.
///
/// # Errors
/// [`Error::Argument`] as [`Sampler::visits`]; [`Error::Shape`] where the model answers with another number of numbers,
/// [`Error::NotFinite`] where one of them is NaN or infinite; as the model.
pub fn sample(
    schedule: &NoiseSchedule,
    model: &dyn NoiseModel,
    [count, width]: [usize; 2],
    sampler: &Sampler,
) -> Result<Chain> {
    let visits = sampler.visits(schedule)?;
    let mut x = normal(count * width, sampler.seed);
    let mut kept = Vec::new();
    let keep = |i: usize| sampler.keep_every > 0 && (i.is_multiple_of(sampler.keep_every) || i + 1 == visits.len());
    for (i, leap) in visits.windows(2).enumerate() {
        let (t, to) = (leap[0], leap[1]);
        if keep(i) {
            kept.push((t, x.clone()));
        }
        let noise = checked(model.noise(&x, t)?, x.len(), t)?;
        x = match sampler.way {
            Way::Ddpm => {
                // A stream of noise for each step: how many samples there are changes none of the steps behind.
                let z = normal(x.len(), sampler.seed ^ ((t as u64) << 32));
                schedule.ddpm_step(&x, t, &noise, &z, sampler.clip)?
            }
            Way::Ddim(_) => schedule.ddim_step(&x, t, to, &noise, sampler.clip)?,
        };
    }
    if keep(visits.len() - 1) {
        kept.push((0, x.clone()));
    }
    Ok(Chain {
        samples: x,
        kept,
        calls: visits.len() - 1,
    })
}

/// Whether the model said something of use.
fn checked(noise: Vec<f32>, wanted: usize, t: usize) -> Result<Vec<f32>> {
    if noise.len() != wanted {
        return Err(Error::Shape {
            layer: format!("noise model at step {t}"),
            expected: format!("{wanted} numbers, as many as it was given"),
            got: noise.len().to_string(),
        });
    }
    match noise.iter().find(|z| !z.is_finite()) {
        None => Ok(noise),
        Some(z) => Err(Error::NotFinite {
            what: format!("a number of the noise model at step {t}"),
            value: f64::from(*z),
            hint: "Train the network further, at a lower learning rate, or look at what it was given".into(),
        }),
    }
}
