//! Finding things in pictures: boxes and how much they overlap, anchors, a grid of predictions, and a detector of one
//! stage that is trained like any other network.
//!
//! A [`Grid`] says what the numbers of a network mean: it turns the objects of a picture into targets and scores into
//! [`Detection`]s. [`DetectionLoss`] compares the two, [`Detector`] puts both around a [`Learner`](crate::train::Learner),
//! and [`nms`] leaves one box per object. Taught in notebook 21.

mod anchors;
mod detector;
mod flips;
mod grid;
mod loss;
mod nms;

pub use crate::boxes::{Box2D, Detection, Object};
pub use anchors::{anchor_iou, anchors};
pub use detector::Detector;
pub use flips::Flips;
pub use grid::{Assignment, Grid, Role};
pub use loss::DetectionLoss;
pub use nms::{NmsStep, nms, nms_steps};
