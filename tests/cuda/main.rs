//! What a GPU would do, proved without one.
//!
//! The sources of the CUDA side are compiled here a second time: the probe of the driver against stand-ins for its library,
//! and the operations on a device of the tests, the CPU, which runs the kernels compiled as C++ (`shim.h`). Memory, grids,
//! arguments and backward passes are those of a GPU; only the driver is another one.

// What a GPU's kernels are written in is the same text, twice in the house; what this program does not need of it, the crate does.
#![allow(dead_code)]

mod compiler;
mod driver;
mod kernels;
mod ops;
#[path = "../../src/device/probe.rs"]
mod probe;
mod shim;

use gradus::{Error, Result};
