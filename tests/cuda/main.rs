//! What a GPU would do, proved without one.
//!
//! The sources of the CUDA side are compiled here a second time: the probe of the driver against stand-ins for its library.

mod compiler;
mod driver;
#[path = "../../src/device/probe.rs"]
mod probe;
