//! Training: the learner, what drives it, what it writes and what it refuses.

mod augment;
mod callbacks;
mod classes;
mod custom_loss;
mod descend;
mod diagnose;
mod endings;
mod errors;
mod files;
mod learner;
mod lr_find;
mod net_stepper;
mod optimizers;
mod parts;
mod predictions;
mod regularize;
mod resume;
mod sequences;
mod stopping;
mod support;
mod tensorboard;
mod tools;
mod weight_average;
