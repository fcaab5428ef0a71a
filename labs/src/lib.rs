//! The laboratories of the course's site: what their pages ask of the crate.
//!
//! Each laboratory is a [`Lab`]: it takes a named request with its arguments and answers with values and numbers. A page
//! does nothing but ask and draw. The same code runs in a test, as a program, and, compiled to WebAssembly, in a page:
//! `page` is the door that JavaScript comes in by.
#![warn(missing_docs)]

mod convolution;
mod diffusion;
mod lab;
#[cfg(target_arch = "wasm32")]
mod page;
mod wire;

pub use lab::{Lab, Reply, Request, open};
pub use wire::{answer, pack, unpack};
