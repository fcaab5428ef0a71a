//! How the weights of a learner's network begin.

use crate::data::Dataset;
use crate::inspect::probe;
use crate::nn::{Init, Initializer};
use crate::train::learner::Learner;
use crate::train::networks::network::Walk;
use crate::train::optimizers::update::State;
use crate::train::runs::check;
use crate::{Error, Result};

/// How far from 1 the spread of a layer may stay, and how often it is corrected at most.
const TOLERANCE: f32 = 0.02;
const ROUNDS: usize = 10;

impl Learner {
    /// Lets the weights begin anew as `init` says, and the biases at 0; normalization layers stay as they are. What the
    /// optimizer remembers is forgotten. The random numbers depend on `seed` alone. Taught in notebook 11.
    ///
    /// # Errors
    /// [`Error::Argument`] where a number of `init` is not finite, or a size is negative.
    pub fn init(&mut self, init: Init, seed: u64) -> Result<&mut Self> {
        let mut initializer = Initializer::new(init, seed)?;
        let layout = self.layout.clone();
        let stops: Vec<bool> = layout.iter().map(|info| info.trainable).collect();
        let walk = Walk {
            stops: &stops,
            values: true,
            clear: false,
        };
        self.net.walk(walk, &mut |slot| {
            let info = &layout[slot.index];
            initializer.set(&info.name, &info.shape, slot.values);
        })?;
        self.state = State::default();
        self.parts.forget();
        Ok(self)
    }

    /// Lets the weights begin as LSUV says: at right angles, and then, layer by layer from the first to the last, divided by
    /// the standard deviation of what the layer makes of a batch of `data`, until that is 1.
    ///
    /// It measures what [`Init::KaimingNormal`] computes, and so suits any activation. The biases begin at 0. Mishkin & Matas
    /// 2016, *All you need is a good init*, arXiv:1511.06422. Taught in notebook 11.
    ///
    /// # Errors
    /// [`Error::Argument`] for an empty set, for a layer that answers with one number to everything, and for a network whose
    /// weights are not all in layers of this crate. As [`Learner::predict`].
    pub fn lsuv(&mut self, data: &Dataset, seed: u64) -> Result<&mut Self> {
        check::samples("data", data)?;
        self.init(Init::Orthogonal, seed)?;
        let batch = data.shuffle(seed).take(self.batch_size);
        let batch = batch.batch(&(0..batch.len()).collect::<Vec<_>>())?;
        let weights: Vec<usize> = (0..self.layout.len()).filter(|&i| self.layout[i].has_units()).collect();
        for (layer, &tensor) in weights.iter().enumerate() {
            for _ in 0..ROUNDS {
                let (scores, seen) = probe::watch(|| self.net.forward(batch.inputs.clone(), &batch.sample_shape));
                scores?;
                let seen: Vec<probe::Seen> = seen.into_iter().filter(|seen| seen.weighs).collect();
                if seen.len() != weights.len() {
                    return Err(Error::Argument {
                        what: "network for LSUV".into(),
                        expected: format!("{} layers with weights that can be watched", weights.len()),
                        got: seen.len().to_string(),
                    });
                }
                let std = seen[layer].std;
                if !(std.is_finite() && std > 0.0) {
                    return Err(Error::Argument {
                        what: format!("answers of {} to a batch", seen[layer].layer),
                        expected: "different numbers".into(),
                        got: format!("a standard deviation of {std}"),
                    });
                }
                if (std - 1.0).abs() <= TOLERANCE {
                    break;
                }
                self.scale(tensor, 1.0 / std)?;
            }
        }
        Ok(self)
    }

    fn scale(&mut self, tensor: usize, factor: f32) -> Result<()> {
        let stops: Vec<bool> = (0..self.layout.len()).map(|i| i == tensor).collect();
        let walk = Walk {
            stops: &stops,
            values: true,
            clear: false,
        };
        self.net
            .walk(walk, &mut |slot| slot.values.iter_mut().for_each(|w| *w *= factor))
    }
}
