//! What a GPU would do, proved without one.
//!
//! The sources of the CUDA side are compiled here a second time: the probe of the driver against stand-ins for its library,
//! and the operations on a device of the tests, the CPU, which runs the kernels compiled as C++ (`shim.h`). Memory, grids,
//! arguments and backward passes are those of a GPU; only the driver is another one.

// `shim.h` switches between the threads of a block, and fills their memory, as one can on Linux.
#![cfg(target_os = "linux")]
// What of these sources is not needed here, the crate needs.
#![allow(dead_code)]

mod compiler;
mod driver;
mod kernels;
mod ops;
#[path = "../../src/device/probe.rs"]
mod probe;
mod shim;
mod steps;

use gradus::{Error, Result};
