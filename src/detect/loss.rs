//! The loss of a one-stage detector.

use std::any::Any;

use super::grid::{BOX, Grid, TARGET};
use crate::boxes::Box2D;
use crate::boxes::ciou::ciou;
use crate::boxes::dual::{Dual, Number, sigmoid};
use crate::data::Targets;
use crate::train::{Better, CustomLoss, Metric, SampleCosts};
use crate::{Error, Result};

/// How wrong the scores of a detector are, in the manner of YOLO.
///
/// For a picture with `n` objects, with the sums over anchors of cells,
///
/// `(sum over objects of [box_weight (1 - CIoU) - log p + class_weight (-log q)] + background sum over the rest of -log(1 - p)) / max(1, n)`
///
/// where `p` is the sigmoid of the objectness and `q` the softmax probability of the true class. Ignored anchors cost
/// nothing. Redmon & Farhadi 2018, arXiv:1804.02767; Zheng et al. 2020, arXiv:1911.08287 (CIoU). Taught in notebook 21.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectionLoss {
    /// What the scores mean.
    pub grid: Grid,
    /// How much the boxes count; 2 unless set.
    pub box_weight: f32,
    /// How much each anchor without an object counts: there are many of them; 0.5 unless set.
    pub background: f32,
    /// How much the classes count; 1 unless set.
    pub class_weight: f32,
}

impl DetectionLoss {
    /// The loss for a grid, with the usual weights.
    pub fn new(grid: Grid) -> Self {
        Self {
            grid,
            box_weight: 2.0,
            background: 0.5,
            class_weight: 1.0,
        }
    }

    /// The loss of every picture and its derivative by the scores: both as `(B, ...)`, row after row.
    fn pictures(&self, scores: &[f32], width: usize, targets: &[f32], dim: usize) -> Result<SampleCosts> {
        self.check(width, dim)?;
        let mut costs = SampleCosts {
            losses: Vec::new(),
            slopes: vec![0.0; scores.len()],
        };
        let slopes = costs.slopes.chunks_exact_mut(width);
        for ((scores, targets), slopes) in scores.chunks_exact(width).zip(targets.chunks_exact(dim)).zip(slopes) {
            let loss = self.picture(scores, targets, slopes);
            costs.losses.push(loss);
        }
        Ok(costs)
    }

    /// The mean over all objects of the IoU between the true box and the one that the responsible anchor says. 0 where there
    /// are no objects.
    fn mean_iou(&self, scores: &[f32], width: usize, targets: &[f32], dim: usize) -> Result<f64> {
        self.check(width, dim)?;
        let (mut sum, mut objects) = (0.0, 0);
        for (scores, targets) in scores.chunks_exact(width).zip(targets.chunks_exact(dim)) {
            for (slot, target) in targets.chunks_exact(TARGET).enumerate().filter(|(_, t)| t[0] > 0.5) {
                let said = [0, 1, 2, 3].map(|k| f64::from(scores[self.grid.at(slot, k)]));
                let [x, y, w, h] = self.grid.bounds(slot, said).map(|v| v as f32);
                let truth = Box2D::centered(target[1], target[2], target[3], target[4]);
                sum += f64::from(Box2D::centered(x, y, w, h).iou(&truth));
                objects += 1;
            }
        }
        Ok(sum / f64::from(objects.max(1)))
    }

    fn picture(&self, scores: &[f32], targets: &[f32], slopes: &mut [f64]) -> f64 {
        let objects = targets.chunks_exact(TARGET).filter(|t| t[0] > 0.5).count();
        let share = 1.0 / objects.max(1) as f64;
        let mut loss = 0.0;
        for (slot, target) in targets.chunks_exact(TARGET).enumerate() {
            let sure = self.grid.at(slot, BOX - 1);
            let z = f64::from(scores[sure]);
            if target[0] > 0.5 {
                // -log sigmoid(z), whose slope is sigmoid(z) - 1.
                loss += share * softplus(-z);
                slopes[sure] = share * (sigmoid(z) - 1.0);
                loss += share * self.bounds(slot, scores, target, slopes, share);
                loss += share * self.class(slot, scores, target[5] as usize, slopes, share);
            } else if target[0] > -0.5 {
                let weight = share * f64::from(self.background);
                loss += weight * softplus(z);
                slopes[sure] = weight * sigmoid(z);
            }
        }
        loss
    }

    /// `box_weight (1 - CIoU)`, and its slopes.
    fn bounds(&self, slot: usize, scores: &[f32], target: &[f32], slopes: &mut [f64], share: f64) -> f64 {
        let weight = f64::from(self.box_weight);
        let said = [0, 1, 2, 3].map(|k| Dual::variable(f64::from(scores[self.grid.at(slot, k)]), k));
        let truth = [1, 2, 3, 4].map(|k| Dual::constant(f64::from(target[k])));
        let ciou = ciou(self.grid.bounds(slot, said), truth);
        for (k, slope) in ciou.slopes.iter().enumerate() {
            slopes[self.grid.at(slot, k)] = -share * weight * slope;
        }
        weight * (1.0 - ciou.value)
    }

    /// `class_weight` times the cross-entropy of the class, and its slopes.
    fn class(&self, slot: usize, scores: &[f32], class: usize, slopes: &mut [f64], share: f64) -> f64 {
        let weight = f64::from(self.class_weight);
        let score = |k: usize| f64::from(scores[self.grid.at(slot, BOX + k)]);
        let classes = self.grid.classes();
        let top = (0..classes).map(score).fold(f64::NEG_INFINITY, f64::max);
        let log_sum = top + (0..classes).map(|k| (score(k) - top).exp()).sum::<f64>().ln();
        for k in 0..classes {
            let probability = (score(k) - log_sum).exp();
            let truth = f64::from(u8::from(k == class));
            slopes[self.grid.at(slot, BOX + k)] = share * weight * (probability - truth);
        }
        weight * (log_sum - score(class))
    }

    /// The targets as rows of numbers, and how many there are for each picture.
    fn values<'a>(&self, width: usize, targets: &'a Targets) -> Result<(&'a [f32], usize)> {
        match targets {
            Targets::Values { data, dim } => Ok((data, *dim)),
            other => Err(Error::Argument {
                what: format!("targets of the data for {}", self.name()),
                expected: format!("{width} values per sample, as many as the network returns"),
                got: other.kind(),
            }),
        }
    }

    fn check(&self, width: usize, dim: usize) -> Result<()> {
        self.grid.check_scores(width)?;
        if dim != self.grid.targets() {
            return Err(Error::Argument {
                what: "targets of the data for a detector".into(),
                expected: format!("{} values per picture, made by this grid", self.grid.targets()),
                got: dim.to_string(),
            });
        }
        let weights = [self.box_weight, self.background, self.class_weight];
        match weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            None => Ok(()),
            Some(weight) => Err(Error::Argument {
                what: "weight of a part of the detector's loss".into(),
                expected: "a finite number, not below 0".into(),
                got: weight.to_string(),
            }),
        }
    }
}

impl CustomLoss for DetectionLoss {
    fn costs(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<SampleCosts> {
        let (data, dim) = self.values(width, targets)?;
        self.pictures(scores, width, data, dim)
    }

    /// The mean IoU of the boxes that responsible anchors say.
    fn metric(&self) -> Metric {
        Metric {
            name: "mean IoU",
            better: Better::Higher,
        }
    }

    fn measure(&self, scores: &[f32], width: usize, targets: &Targets) -> Result<f64> {
        let (data, dim) = self.values(width, targets)?;
        self.mean_iou(scores, width, data, dim)
    }

    fn equals(&self, other: &dyn CustomLoss) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref() == Some(self)
    }
}

/// `log(1 + e^x)` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests;
