//! Pictures: as numbers, in files, at another size, and changed at random.
//!
//! [`Image`] is one picture. It is read from PNG and JPEG files and written to PNG files, fitted to a size ([`Fit`]), and
//! changed by an [`Augment`], which moves pixels and colours.

mod augment;
mod change;
mod image;
mod opaque;
mod picture_file;
mod picture_whole;
mod resize;
mod upright;
mod warp;

pub use augment::Augment;
pub use image::Image;
pub(in crate::data) use picture_file::{Opened, open_fitted};
pub use resize::Fit;
pub(in crate::data) use resize::check_size;
pub use warp::Fill;
