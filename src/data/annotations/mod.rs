//! Pictures with boxes in them: what annotation files say, which of it can be right, and the sets made of it.
//!
//! [`Annotation`] holds what a file says of one picture, in the format of Pascal VOC or of YOLO, unchecked; its `check`
//! leaves what can be right. [`Scenes`] are pictures of one size with their objects: what a detector is trained on.

mod annotation;
mod picture_size;
mod read;
mod scenes;
mod voc;
mod wrong;
mod yolo;

pub use annotation::{Annotation, Checked, Fault, Policy, Problem, RawBox};
pub use scenes::Scenes;
