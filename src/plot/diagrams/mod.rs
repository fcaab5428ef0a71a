//! Diagrams: boxes joined by arrows, and where they stand.

pub(super) mod diagram;
pub(super) mod layout;
