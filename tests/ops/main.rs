//! Operations and their gradients: against PyTorch, against central differences, on any registers and threads.

mod activations;
mod conv2d;
mod gradients;
mod images;
mod levels;
mod parts;
