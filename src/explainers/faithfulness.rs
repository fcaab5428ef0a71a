//! Whether an explanation names what the network looks at: deletion and insertion.

use super::attribution::Attribution;
use super::baseline::Baseline;
use super::judge::Judge;
use crate::train::Learner;
use crate::{Error, Result};

/// Takes away the pixels that an explanation holds to be the most important, most important first, and puts them into an
/// empty picture in the same order: the probability of the class should fall quickly, and rise quickly.
///
/// Petsiuk, Das & Saenko 2018, *RISE*, arXiv:1806.07421. Taught in notebook 22.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erasure {
    /// Steps from the whole picture to none of it.
    pub steps: usize,
    /// What is left where a pixel is deleted.
    pub deleted: Baseline,
    /// The picture into which pixels are inserted.
    pub empty: Baseline,
}

impl Default for Erasure {
    /// 20 steps, the mean colour, the blurred picture.
    fn default() -> Self {
        Self {
            steps: 20,
            deleted: Baseline::Mean,
            empty: Baseline::Blur,
        }
    }
}

/// How the probability of the class changes while pixels go or come. `plot()` draws both curves.
#[derive(Clone, Debug, PartialEq)]
pub struct Faithfulness {
    /// What the explanation is called.
    pub method: String,
    /// The share of pixels that are gone, or there, from 0 to 1.
    pub shares: Vec<f32>,
    /// The probability while pixels go.
    pub deletion: Vec<f32>,
    /// The probability while pixels come.
    pub insertion: Vec<f32>,
}

impl Erasure {
    /// Measures an explanation.
    ///
    /// # Errors
    /// As [`saliency`](super::saliency); [`Error::Argument`] for no steps.
    pub fn measure(&self, learner: &Learner, attribution: &Attribution) -> Result<Faithfulness> {
        if self.steps == 0 {
            return Err(Error::Argument {
                what: "steps of deletion and insertion".into(),
                expected: "at least 1".into(),
                got: "0".into(),
            });
        }
        let sample = attribution.sample.clone().class(attribution.class);
        let judge = Judge::new(learner, &sample)?;
        let ranking = attribution.ranking();
        let (pixels, len) = (ranking.len(), sample.values().len());
        let curve = |from: &[f32], to: &[f32]| {
            judge.probabilities(self.steps + 1, &mut |step, values| {
                values.copy_from_slice(from);
                for place in &ranking[..pixels * step / self.steps] {
                    (*place..len).step_by(pixels).for_each(|i| values[i] = to[i]);
                }
            })
        };
        Ok(Faithfulness {
            method: attribution.method.clone(),
            shares: (0..=self.steps).map(|step| step as f32 / self.steps as f32).collect(),
            deletion: curve(sample.values(), &self.deleted.values(&sample))?,
            insertion: curve(&self.empty.values(&sample), sample.values())?,
        })
    }
}

impl Faithfulness {
    /// The area below the curve of deletion, 0 to 1: small is good.
    pub fn deletion_area(&self) -> f64 {
        area(&self.deletion)
    }

    /// The area below the curve of insertion, 0 to 1: large is good.
    pub fn insertion_area(&self) -> f64 {
        area(&self.insertion)
    }
}

/// The area below values at equal distances on `0..=1`.
fn area(values: &[f32]) -> f64 {
    let pairs = values.windows(2).map(|w| f64::from(w[0] + w[1]) / 2.0);
    pairs.sum::<f64>() / (values.len() as f64 - 1.0)
}

/// [`Erasure`] with its default settings.
///
/// # Errors
/// As [`Erasure::measure`].
pub fn faithfulness(learner: &Learner, attribution: &Attribution) -> Result<Faithfulness> {
    Erasure::default().measure(learner, attribution)
}
