//! The data catalogue: what it says, what it downloads, and the digits that the project draws itself.

mod catalogue;
mod digits;
mod download;
mod fetch;
mod support;
