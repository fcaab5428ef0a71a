//! Detection: boxes, suppression, loss and average precision.

mod boxes;
mod classes;
mod golden;
