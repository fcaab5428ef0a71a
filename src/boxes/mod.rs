//! Rectangles in pictures: where something is ([`Box2D`]), what is there ([`Object`]), what a detector says is there
//! ([`Detection`]), and how much two boxes overlap. Pure geometry: it knows neither pictures nor networks.
//!
//! Readers find these types as `detect::Box2D` and so on; annotations, figures about detectors and drawings need them too.
//! Inside the crate the formulas of the overlap also run on `dual` numbers, which bring the slopes for the loss along.

mod box2d;
pub(crate) mod ciou;
pub(crate) mod dual;
mod object;

pub use box2d::Box2D;
pub use object::{Detection, Object};
