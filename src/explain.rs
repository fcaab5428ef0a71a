//! Explanations: what in a sample made the network choose a class.
//!
//! Every method takes a [`Learner`](crate::train::Learner), which it never changes, and a [`Sample`]; it works in evaluation
//! mode and returns an [`Attribution`], which owns its numbers and draws itself over the picture. What is explained is the
//! score of the class (the logit, before softmax).
//!
//! | method | asks | paper |
//! |---|---|---|
//! | [`saliency`], [`SmoothGrad`], [`guided_backprop`] | how steeply does the score change with a pixel? | arXiv:1312.6034, 1706.03825, 1412.6806 |
//! | [`IntegratedGradients`] | how is the score shared out, on the way from nothing to the picture? | arXiv:1703.01365 |
//! | [`Occlusion`] | how far does it fall when a part is covered? | arXiv:1311.2901 |
//! | [`GradCam`] | which places of the feature maps speak for the class? | arXiv:1610.02391 |
//! | [`Lime`] | which linear model of its patches acts like the network near this picture? | arXiv:1602.04938 |
//! | [`KernelShap`], [`shapley_values`] | what does a patch, or a feature of a row, add on average? | arXiv:1705.07874 |
//! | [`ExpectedGradients`] | the same, by gradients and against a background | arXiv:1906.10670 |
//!
//! Whether to believe them: [`Erasure`] deletes and inserts what an explanation names (arXiv:1806.07421), [`randomized`] makes
//! a network that has forgotten what it learned (arXiv:1810.03292), [`by_hand`] and [`chance`] are the controls,
//! [`Attribution::gap`] checks completeness.
//! [`top`] says what a network takes a sample for, [`layers`] what a sample goes through.
//! [`explanations`] and [`overlays`] draw several of them side by side.
//!
//! This is the door to two folders. The methods are `explainers`, which know nothing of figures; what draws them is `plot`,
//! which knows the methods. Only up here can both stand under one name.

pub use crate::explainers::*;
pub use crate::plot::{explanations, overlays};
