//! Explanations: why a network chose a class.

mod gradients;
mod patches;
