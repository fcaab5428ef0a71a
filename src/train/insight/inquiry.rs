//! What the scores of a network depend on, asked in evaluation mode of a copy: what explanations are made of.

use dfdx::prelude::*;

use crate::inspect::trace::{Asked, Kept, trace};
use crate::train::learner::Learner;
use crate::train::networks::network::{Network, Parameter};
use crate::{Error, Result};

/// A copy of a learner's network that can be asked for gradients. Whatever happens to it, the learner stays as it is.
pub(crate) struct Inquiry {
    net: Box<dyn Network>,
    /// Whether a taped pass was found to compute what evaluation computes.
    checked: bool,
}

/// Scores of a batch, with the gradient of one score of each sample.
pub(crate) struct Slopes {
    /// The gradient with respect to the batch, of the batch's shape.
    pub input: Vec<f32>,
    /// The layer that was asked for: its result and the gradient with respect to it.
    pub layer: Option<Kept>,
}

impl Learner {
    /// Scores of a batch in evaluation mode, `(B, N)` row after row, and `N`. `sample` is the shape of one sample.
    pub(crate) fn scores(&self, batch: Vec<f32>, sample: &[usize]) -> Result<(Vec<f32>, usize)> {
        let scores = self.net.forward(batch, sample)?;
        Ok((scores.as_vec(), scores.shape().1))
    }

    /// A copy to be asked for gradients.
    pub(crate) fn inquiry(&self) -> Result<Inquiry> {
        Ok(Inquiry {
            net: self.net.copy(self.seed)?,
            checked: false,
        })
    }

    /// Hands every tensor of the network to `edit`, which may change it.
    pub(crate) fn edit_tensors(&mut self, edit: &mut dyn FnMut(Parameter) -> Result<()>) -> Result<()> {
        self.net.edit(edit)
    }
}

impl Inquiry {
    /// The layers that the network goes through, first the input, with the shapes of what they compute for `batch`.
    pub fn layers(&mut self, batch: &[f32], sample: &[usize]) -> Result<Vec<Kept>> {
        let (scores, mut kept) = trace(Asked::default(), || self.net.forward_mut(batch.to_vec(), sample));
        // The tape holds the memory of gradients, which is not needed again.
        drop(scores?);
        kept.iter_mut().for_each(|layer| layer.values = Vec::new());
        Ok(kept)
    }

    /// The gradient of `weights[j] * score[j]`, summed over the scores `j` of each sample, with respect to the batch, and
    /// with respect to the layer that is asked for. In evaluation mode no sample touches another: a batch is so many answers.
    pub fn slopes(&mut self, batch: &[f32], sample: &[usize], weights: &[f32], asked: Asked) -> Result<Slopes> {
        self.check(batch, sample)?;
        let (run, mut kept) = trace(asked, || {
            let scores = self.net.forward_mut(batch.to_vec(), sample)?;
            let (rows, width) = *scores.shape();
            if weights.len() != width {
                return Err(Error::Argument {
                    what: "scores to be explained".into(),
                    expected: format!("a weight for each of {width}"),
                    got: weights.len().to_string(),
                });
            }
            let weights = scores
                .device()
                .try_tensor_from_vec(weights.repeat(rows), (rows, width))?;
            self.net.backward(scores.try_mul(weights)?.try_sum::<Rank0, _>()?)
        });
        run?;
        let layer = asked.layer.and_then(|place| kept.get_mut(place)).map(std::mem::take);
        let input = kept.first_mut().map(std::mem::take).unwrap_or_default().gradient;
        Ok(Slopes { input, layer })
    }

    /// Layers of dfdx itself do not know of evaluation with a tape: better no gradient than one through dropout.
    fn check(&mut self, batch: &[f32], sample: &[usize]) -> Result<()> {
        if self.checked {
            return Ok(());
        }
        let first = batch[..sample.iter().product::<usize>().clamp(1, batch.len().max(1))].to_vec();
        let expected = self.net.forward(first.clone(), sample)?.as_vec();
        let (got, _) = trace(Asked::default(), || self.net.forward_mut(first, sample));
        let got = got?.as_vec();
        let size = expected.iter().fold(1f32, |m, v| m.max(v.abs()));
        if expected.iter().zip(&got).any(|(e, g)| (e - g).abs() > 1e-4 * size) {
            return Err(Error::Argument {
                what: "network to be explained".into(),
                expected: "layers whose gradients can be had in evaluation mode, such as Dropout<50>".into(),
                got: "one that drops or normalizes in its own way whenever a tape is recorded, such as DropoutOneIn"
                    .into(),
            });
        }
        self.checked = true;
        Ok(())
    }
}
