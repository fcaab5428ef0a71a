//! Detection: boxes, suppression, loss and average precision.

mod boxes;
mod golden;
