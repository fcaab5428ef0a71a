//! What boxes are drawn around: what is in a picture, and what a detector says is there.

use super::box2d::Box2D;

/// Something in a picture that an annotation names: where it is, and which class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Object {
    /// Where it is.
    pub bounds: Box2D,
    /// Which class, as an index into the names.
    pub class: usize,
}

/// Something that a detector says is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Where.
    pub bounds: Box2D,
    /// Which class.
    pub class: usize,
    /// How sure it is, 0 to 1.
    pub score: f32,
}
