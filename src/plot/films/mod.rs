//! Films: figures one after the other.

pub(super) mod animation;
