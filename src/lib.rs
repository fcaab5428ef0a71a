//! Deep learning, step by step, in Rust notebooks.
//!
//! The crate behind the course: layers for [dfdx] on stable Rust, a training loop, data sets, metrics and plots. A
//! notebook brings all of it in with `use gradus::prelude::*;`.
//!
//! | module | what it holds | taught in notebook |
//! |---|---|---|
//! | [`device`](mod@device) | the CPU, or a GPU with the `cuda` feature | 00 |
//! | [`boxes`] | rectangles and how much they overlap; [`detect`] passes them on | 21 |
//! | [`ops`] | operations with their gradients: convolution, pooling, the affine map, recurrence, attention | 02, 06, 09, 14, 15 |
//! | [`nn`] | layers made of them, and dfdx's own | 02, 09, 10 |
//! | [`data`] | data sets, splits, batches, MNIST, tables, toy sets | 02, 06 |
//! | [`train`] | the learner, losses, optimizers, schedules, callbacks, checkpoints, history | 03, 05, 06, 12 |
//! | [`detect`] | boxes, anchors, non-maximum suppression, a one-stage detector | 21 |
//! | [`diffusion`] | noise schedules, samplers from noise to pictures, guidance | 19 |
//! | [`deploy`] | a network as a graph, ONNX files, weights of 8 bits | 23 |
//! | [`generate`] | writing with a language model: sampling, beam search, the key-value cache | 15 |
//! | [`graph`] | nodes and edges, sparse matrices, where to draw them | 20 |
//! | [`metrics`] | the confusion matrix and its report, ROC and precision-recall curves, calibration, regression, masks | 07 |
//! | [`explain`] | why a network chose a class: saliency, integrated gradients, Grad-CAM, occlusion, LIME, SHAP | 22 |
//! | [`plot`] | charts, pictures, heatmaps, boundaries, animations | 00 |
#![warn(missing_docs)]

pub mod boxes;
mod clock;
mod content;
pub mod data;
pub mod deploy;
pub mod detect;
pub mod device;
pub mod diffusion;
mod eigen;
pub mod error;
pub mod explain;
mod explainers;
mod files;
pub mod generate;
pub mod graph;
mod inspect;
pub mod metrics;
pub mod nn;
pub mod ops;
pub mod plot;
pub mod prelude;
pub mod show;
pub mod train;

pub use dfdx;
pub use error::{Error, Result};

/// The programs in the README are compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
