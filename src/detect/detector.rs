//! A network that finds objects, with all that it takes to train it.

use super::flips::Flips;
use super::grid::Grid;
use super::loss::DetectionLoss;
use super::nms::nms;
use crate::boxes::Detection;
use crate::data::{Dataset, Scenes, same_classes};
use crate::device::Dev;
use crate::metrics::DetectionReport;
use crate::train::{History, Learner, Optimizer, Trainable};
use crate::{Error, Result};

/// Boxes of one class that overlap more than this count as one object.
const NMS_IOU: f32 = 0.5;
/// What to do where two sets have other classes.
const ONE_LIST: &str = "Make both of one list of class names, in Scenes::new or Scenes::read";

/// A [`Grid`] and a [`Learner`] whose network returns the grid's [`outputs`](Grid::outputs), in the order of a convolution
/// with `anchors * (5 + classes)` channels and a [`Flatten`](crate::nn::builders::Flatten) behind it.
///
/// The history's metric is the mean IoU of the boxes that responsible anchors say. Taught in notebook 21.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let (train, test) = data::digit_scenes(40, 0)?;
/// let anchors = detect::anchors(&train.bounds(), 2, 0)?;
/// let grid = detect::Grid::new(train.size(), [8, 8], &anchors, 10)?;
/// type Half<const I: usize, const O: usize> = (Conv2D<I, O, 3, 2, 1>, ReLU);
/// type Net = (Half<1, 8>, Half<8, 8>, Half<8, 8>, Conv2D<8, 30, 1>, Flatten<1920>);
/// let mut detector = Detector::new::<Net>(&device(0)?, Adam::default(), grid)?;
/// detector.learner().quiet().set_batch_size(20);
/// detector.fit_one_cycle(&train, &test, 1, 0.003)?;
/// assert_eq!(detector.predict(&test, 0.1)?.len(), test.len());
/// # Ok(())
/// # }
/// ```
pub struct Detector {
    learner: Learner,
    grid: Grid,
    iou: f32,
}

impl Detector {
    /// A detector with fresh weights.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn new<N: Trainable>(dev: &Dev, optimizer: impl Into<Optimizer>, grid: Grid) -> Result<Self> {
        let learner = Learner::with_loss::<N>(dev, optimizer, DetectionLoss::new(grid.clone()))?;
        let iou = NMS_IOU;
        Ok(Self { learner, grid, iou })
    }

    /// The learner inside: for its batch size, callbacks, learning-rate search, files and parts.
    pub fn learner(&mut self) -> &mut Learner {
        &mut self.learner
    }

    /// What the network's numbers mean.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Sets the weights of the parts of the loss; its grid is taken from the detector.
    pub fn set_loss(&mut self, loss: DetectionLoss) -> &mut Self {
        let grid = self.grid.clone();
        self.learner.set_loss(DetectionLoss { grid, ..loss });
        self
    }

    /// Sets the IoU above which of two boxes of a class only the surer stays; 0.5 unless set.
    pub fn set_nms(&mut self, iou: f32) -> &mut Self {
        self.iou = iou;
        self
    }

    /// Mirrors the training pictures by chance from now on: see [`Flips`].
    pub fn set_flips(&mut self) -> &mut Self {
        let flips = Flips::new(&self.grid);
        self.learner.add_transform(flips);
        self
    }

    /// The pictures with the targets of the grid: what the learner inside trains on.
    ///
    /// # Errors
    /// [`Error::Argument`] where the pictures have another size than the grid, or a class beyond its classes.
    pub fn dataset(&self, scenes: &Scenes) -> Result<Dataset> {
        if scenes.size() != self.grid.picture() {
            return Err(Error::Argument {
                what: format!("pictures of {}", scenes.name()),
                expected: format!(
                    "{:?} pixels (height, width), as the detector's grid",
                    self.grid.picture()
                ),
                got: format!("{:?}", scenes.size()),
            });
        }
        let (mut values, mut targets) = (Vec::new(), Vec::new());
        for i in 0..scenes.len() {
            values.extend(scenes.image(i)?.pixels().iter().map(|v| 2.0 * v - 1.0));
            targets.extend(self.grid.assign(scenes.objects(i)?)?.targets);
        }
        let set = Dataset::regression(values, &scenes.shape(), targets, self.grid.targets())?;
        Ok(set.named(scenes.name()))
    }

    /// Trains for `epochs` epochs along the one-cycle policy, with `max_lr` as the highest learning rate.
    ///
    /// # Errors
    /// As [`Detector::dataset`] and [`Learner::fit`].
    pub fn fit_one_cycle(&mut self, train: &Scenes, valid: &Scenes, epochs: usize, max_lr: f32) -> Result<History> {
        same_classes(
            valid.name(),
            valid.class_names(),
            train.name(),
            train.class_names(),
            ONE_LIST,
        )?;
        let (set, valid) = (self.dataset(train)?, self.dataset(valid)?);
        let history = self.learner.fit_one_cycle(&set, &valid, epochs, max_lr);
        // The set that the learner sees has no names; its first step has made it forget those of an earlier training.
        if self.learner.trained_classes().is_empty() {
            self.learner.set_trained_classes(train.class_names());
        }
        history
    }

    /// The raw scores for every picture, [`Grid::outputs`] each.
    ///
    /// # Errors
    /// As [`Detector::dataset`] and [`Learner::predict`].
    pub fn scores(&self, scenes: &Scenes) -> Result<Vec<Vec<f32>>> {
        let predictions = self.learner.predict(&self.dataset(scenes)?)?;
        (0..scenes.len()).map(|i| Ok(predictions.scores(i)?.to_vec())).collect()
    }

    /// What is found in every picture, with a score above `threshold`, the surest first, one box per object.
    ///
    /// # Errors
    /// As [`Detector::scores`]; [`Error::Argument`] where the classes have other names than in training: numbers in what is
    /// found would mean something else.
    pub fn predict(&self, scenes: &Scenes, threshold: f32) -> Result<Vec<Vec<Detection>>> {
        let trained = self.learner.trained_classes();
        same_classes(
            scenes.name(),
            scenes.class_names(),
            "the training set",
            trained,
            ONE_LIST,
        )?;
        let scores = self.scores(scenes)?;
        let found = |scores: &Vec<f32>| Ok(nms(&self.grid.decode(scores, threshold)?, self.iou));
        scores.iter().map(found).collect()
    }

    /// Average precision on a set. Everything above a score of 0.01 takes part: a low threshold costs little precision and
    /// shows the whole curve. Objects that are [difficult](Scenes::difficult) are not counted.
    ///
    /// # Errors
    /// As [`Detector::predict`].
    pub fn evaluate(&self, scenes: &Scenes) -> Result<DetectionReport> {
        DetectionReport::with_difficult(
            &scenes.all_objects(),
            &scenes.all_difficult(),
            &self.predict(scenes, 0.01)?,
            scenes.class_names(),
        )
    }
}
