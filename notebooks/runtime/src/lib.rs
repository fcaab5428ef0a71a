//! The `gradus` crate for notebooks: everything it exports, behind one shared library.

pub use gradus::*;
