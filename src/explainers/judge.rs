//! A network and the class that it is asked about: what every method stands on.

use super::sample::{Sample, finite};
use crate::inspect::trace::Asked;
use crate::train::Learner;
use crate::train::inquiry::{Inquiry, Slopes};
use crate::{Error, Result};

/// Numbers that are put into one batch at most: keeps the memory of a pass in bounds.
const BATCH_NUMBERS: usize = 1 << 19;

/// Answers how sure the network is of one class, for the sample and for changed ones.
pub(super) struct Judge<'a> {
    pub learner: &'a Learner,
    pub sample: &'a Sample,
    /// The class that is explained.
    pub class: usize,
    /// Its score on the sample itself.
    pub score: f32,
    /// How many scores the network has.
    width: usize,
}

impl<'a> Judge<'a> {
    /// # Errors
    /// [`Error::Shape`] where the sample does not fit the network, [`Error::Argument`] where the class is not one of the
    /// network's, [`Error::NotFinite`] where the sample or its scores are.
    pub fn new(learner: &'a Learner, sample: &'a Sample) -> Result<Self> {
        finite("sample", sample.values())?;
        let (scores, width) = learner.scores(sample.values().to_vec(), sample.shape())?;
        finite("network's scores", &scores)?;
        let pair = width == 1 && sample.classes() == 2;
        let classes = if pair { 2 } else { width };
        let best = if pair {
            usize::from(scores[0] > 0.0)
        } else {
            best(&scores)
        };
        let class = sample.asked().unwrap_or(best);
        if class >= classes {
            return Err(Error::Argument {
                what: "class to be explained".into(),
                expected: format!("less than {classes}, the number of classes of the network"),
                got: class.to_string(),
            });
        }
        let mut judge = Self {
            learner,
            sample,
            class,
            score: 0.0,
            width,
        };
        judge.score = judge.score_of(&scores);
        Ok(judge)
    }

    /// Whether the network has one score for two classes: that of class 1; the other one has its negative.
    fn is_pair(&self) -> bool {
        self.width == 1 && self.sample.classes() == 2
    }

    fn score_of(&self, row: &[f32]) -> f32 {
        match (self.is_pair(), self.class) {
            (true, 0) => -row[0],
            (true, _) => row[0],
            (false, class) => row[class],
        }
    }

    fn probability_of(&self, row: &[f32]) -> f32 {
        if self.is_pair() {
            return 1.0 / (1.0 + (-self.score_of(row)).exp());
        }
        super::top::softmax(row)[self.class]
    }

    /// What the scores are multiplied by, so that their sum is the score of the class.
    fn weights(&self) -> Vec<f32> {
        let mut weights = vec![0.0; self.width];
        match (self.is_pair(), self.class) {
            (true, 0) => weights[0] = -1.0,
            (true, _) => weights[0] = 1.0,
            (false, class) => weights[class] = 1.0,
        }
        weights
    }

    /// Samples that are shown to the network at once.
    pub fn batch(&self) -> usize {
        (BATCH_NUMBERS / self.sample.values().len()).clamp(1, 64)
    }

    /// The score of the class for each of `n` changed samples, which `write` puts into memory as the network sees them.
    pub fn scores(&self, n: usize, write: &mut dyn FnMut(usize, &mut [f32])) -> Result<Vec<f32>> {
        self.ask(n, write, &|row| self.score_of(row))
    }

    /// The probability of the class, likewise.
    pub fn probabilities(&self, n: usize, write: &mut dyn FnMut(usize, &mut [f32])) -> Result<Vec<f32>> {
        self.ask(n, write, &|row| self.probability_of(row))
    }

    fn ask(
        &self,
        n: usize,
        write: &mut dyn FnMut(usize, &mut [f32]),
        read: &dyn Fn(&[f32]) -> f32,
    ) -> Result<Vec<f32>> {
        let len = self.sample.values().len();
        let mut answers = Vec::with_capacity(n);
        for first in (0..n).step_by(self.batch()) {
            let count = self.batch().min(n - first);
            let mut batch = self.sample.values().repeat(count);
            for (i, values) in batch.chunks_mut(len).enumerate() {
                write(first + i, values);
            }
            let (scores, width) = self.learner.scores(batch, self.sample.shape())?;
            answers.extend(scores.chunks(width).map(read));
        }
        finite("network's scores", &answers)?;
        Ok(answers)
    }

    /// The gradient of the score with respect to each of `n` changed samples: `read` gets the number of the sample and its
    /// gradient.
    pub fn gradients(
        &self,
        inquiry: &mut Inquiry,
        n: usize,
        asked: Asked,
        write: &mut dyn FnMut(usize, &mut [f32]),
        read: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<()> {
        let len = self.sample.values().len();
        // What the tape keeps is a multiple of what a pass without one needs.
        let batch_size = self.batch().div_ceil(2);
        for first in (0..n).step_by(batch_size) {
            let count = batch_size.min(n - first);
            let mut batch = self.sample.values().repeat(count);
            for (i, values) in batch.chunks_mut(len).enumerate() {
                write(first + i, values);
            }
            let slopes = inquiry.slopes(&batch, self.sample.shape(), &self.weights(), asked)?;
            finite("gradient", &slopes.input)?;
            for (i, gradient) in slopes.input.chunks(len).enumerate() {
                read(first + i, gradient);
            }
        }
        Ok(())
    }

    /// The gradient of the score with respect to the sample itself, and what else was asked for.
    pub fn slopes(&self, inquiry: &mut Inquiry, asked: Asked) -> Result<Slopes> {
        let slopes = inquiry.slopes(self.sample.values(), self.sample.shape(), &self.weights(), asked)?;
        finite("gradient", &slopes.input)?;
        Ok(slopes)
    }
}

/// The place of the largest score; of equals, the first.
fn best(scores: &[f32]) -> usize {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = class;
        }
    }
    best
}
