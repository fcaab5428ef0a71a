//! A network that has forgotten what it learned, for comparison.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use super::attribution::{Attribution, channels};
use super::judge::Judge;
use super::sample::{Sample, finite};
use crate::clock::Instant;
use crate::train::Learner;
use crate::{Error, Result};

/// A copy of a learner in which the last `layers` layers with weights have forgotten what they learned: their weights and
/// biases are drawn from a normal distribution with the mean and the standard deviation that they had.
///
/// An explanation that looks the same for this network explains the picture, not the network. Adebayo et al. 2018, *Sanity
/// Checks for Saliency Maps*, arXiv:1810.03292. Compare with [`Attribution::similarity`].
/// Taught in notebook 22.
///
/// # Errors
/// Where memory runs out.
pub fn randomized(learner: &Learner, layers: usize, seed: u64) -> Result<Learner> {
    let dict = learner.state_dict()?;
    let mut copy = learner.copy()?;
    let mut matrices = Vec::new();
    copy.edit_tensors(&mut |parameter| {
        if dict.get(&parameter.name).is_some_and(|(shape, _)| shape.len() > 1) {
            matrices.push(parameter.name);
        }
        Ok(())
    })?;
    let last = &matrices[matrices.len().saturating_sub(layers)..];
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    copy.edit_tensors(&mut |parameter| {
        let of = match parameter.name.strip_suffix("bias") {
            Some(layer) => format!("{layer}weight"),
            None => parameter.name,
        };
        if last.contains(&of) {
            shuffle(parameter.values, &mut rng);
        }
        Ok(())
    })?;
    Ok(copy)
}

/// An explanation that knows nothing: noise. What a method must beat in deletion and insertion.
///
/// # Errors
/// As [`saliency`](super::saliency).
pub fn chance(learner: &Learner, sample: &Sample, seed: u64) -> Result<Attribution> {
    let begin = Instant::now();
    let judge = Judge::new(learner, sample)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let pixels = sample.values().len() / channels(sample);
    let heat: Vec<f32> = (0..pixels).map(|_| rng.r#gen()).collect();
    Ok(Attribution::new("Chance", &judge, heat.clone(), heat, begin))
}

/// An explanation of your own, `heat` with one number per pixel `(H, W)` or per feature: it can be drawn, compared and
/// measured like all others. Large numbers speak for the class.
///
/// A control needs no network at all: the picture's own brightness, or its edges. What a method has to beat in deletion and
/// insertion is the best of these, not only [`chance`]. Taught in notebook 22.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let net = Learner::classifier::<(Flatten<16>, Linear<16, 2>)>(&device(0)?, Sgd::default())?;
/// let sample = Sample::picture(&Image::new(1, 4, 4, (0..16).map(|i| i as f32 / 15.0).collect())?);
/// let ink = explain::by_hand(&net, &sample, "brightness", sample.values())?;
/// assert_eq!(ink.ranking()[0], 15);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) for another number of numbers than there are pixels or features,
/// [`Error::NotFinite`](crate::Error::NotFinite) where one of them is not; as [`saliency`](super::saliency).
pub fn by_hand(learner: &Learner, sample: &Sample, name: &str, heat: &[f32]) -> Result<Attribution> {
    let begin = Instant::now();
    let judge = Judge::new(learner, sample)?;
    let pixels = sample.values().len() / channels(sample).max(1);
    if heat.len() != pixels {
        return Err(Error::Argument {
            what: format!("explanation \"{name}\""),
            expected: format!("{pixels} numbers, one for each pixel or feature"),
            got: heat.len().to_string(),
        });
    }
    finite("explanation", heat)?;
    let signed = heat.iter().any(|v| *v < 0.0);
    Ok(Attribution {
        signed,
        ..Attribution::new(name, &judge, heat.to_vec(), heat.to_vec(), begin)
    })
}

/// Draws numbers with the mean and the standard deviation of those that are there.
fn shuffle(values: &mut [f32], rng: &mut ChaCha8Rng) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
    // A standard deviation that was computed from finite weights is finite.
    if let Ok(normal) = Normal::new(mean as f32, variance.sqrt() as f32) {
        values.iter_mut().for_each(|v| *v = normal.sample(rng));
    }
}
