//! `Cuda` runs our kernels: compiled by NVRTC when the first of a module is asked for, started through its driver.
//!
//! dfdx has no public way to the memory of a tensor, only to that of gradients. What every tensor does tell is how it looks
//! to somebody who looks for faults: its `Debug` text begins with the address. That text is read no further than needed. The
//! versions of dfdx and cudarc are pinned; were the text another one, every operation would end in an error that says so.

use std::ffi::c_void;
use std::fmt::{self, Write};
use std::sync::Arc;

use cudarc::driver::sys::CUdeviceptr;
use cudarc::driver::{CudaDevice, DevicePtrMut, DeviceRepr, LaunchAsync, LaunchConfig};
use cudarc::nvrtc::compile_ptx;
use dfdx::prelude::*;

use super::cuda::launch::{Address, Arg, Buffer, Grid, Launch, MOST_ARGS, Module, SHARED};
use super::kernels::Kernels;
use crate::Error;

impl Launch for Cuda {
    fn at<S: Shape>(t: &Tensor<S, f32, Self>) -> Result<Address, CudaError> {
        let mut reader = Reader::default();
        // It stops the text with an error as soon as it has read the address.
        let _ = write!(reader, "{t:?}");
        let address = reader.address.filter(|_| reader.ended);
        let unknown = || {
            Self::to_device_error(Error::Device(
                "the address of a tensor on the GPU was not found. Build with dfdx 0.13.0 and cudarc 0.9.15, as Cargo.lock has them".into(),
            ))
        };
        address.map(Address).ok_or_else(unknown)
    }

    fn at_buffer(buffer: &mut Buffer<Self>) -> Address {
        let at: CUdeviceptr = *buffer.device_ptr_mut();
        Address(at)
    }

    fn too_large(len: usize) -> CudaError {
        Self::to_device_error(Error::Argument {
            what: "numbers that an operation works on".into(),
            expected: "fewer than 2147483648: lower the batch size".into(),
            got: len.to_string(),
        })
    }

    fn launch(&self, module: &'static Module, kernel: &'static str, grid: Grid, args: &[Arg]) -> Result<(), CudaError> {
        if grid.blocks.contains(&0) {
            return Ok(());
        }
        // dfdx keeps its handle of the device to itself; every piece of memory has one.
        let handle: Arc<CudaDevice> = <Self as Storage<f32>>::try_alloc_len(self, 1)?.device();
        if !handle.has_func(module.name, kernel) {
            load(&handle, module)?;
        }
        let function = handle.get_func(module.name, kernel).ok_or_else(|| {
            Self::to_device_error(Error::Device(format!(
                "the module {} has no kernel {kernel}",
                module.name
            )))
        })?;
        let [x, y, z] = grid.blocks;
        let config = LaunchConfig {
            grid_dim: (x, y, z),
            block_dim: (grid.threads, 1, 1),
            shared_mem_bytes: 0,
        };
        let params = params(args);
        // SAFETY: the arguments are those of the kernel in number, order and kind, which the tests check for every call; the
        // kernel reads and writes within the tensors behind them, which the caller keeps. The driver copies the arguments
        // before it returns. Kernels run one after the other on the stream that dfdx uses too.
        unsafe { function.launch(config, params) }?;
        Ok(())
    }
}

/// Where an argument stands: the driver reads it from there.
#[derive(Clone, Copy)]
struct Param(*mut c_void);

// SAFETY: the pointer leads to an argument, as the driver wants it.
unsafe impl DeviceRepr for Param {
    fn as_kernel_param(&self) -> *mut c_void {
        self.0
    }
}

impl Param {
    fn of(arg: &Arg) -> Self {
        Self(match arg {
            Arg::At(address) => (&raw const address.0).cast_mut().cast(),
            Arg::Int(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Arg::Float(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Arg::Ints(values) => values.as_ptr().cast_mut().cast(),
        })
    }
}

/// As many parameters as cudarc can start a kernel with.
type Params = (
    Param,
    Param,
    Param,
    Param,
    Param,
    Param,
    Param,
    Param,
    Param,
    Param,
    Param,
    Param,
);

/// The arguments, and behind them nothing: the driver reads as many as the kernel has.
fn params(args: &[Arg]) -> Params {
    let mut p = [Param(std::ptr::null_mut()); MOST_ARGS];
    for (param, arg) in p.iter_mut().zip(args) {
        *param = Param::of(arg);
    }
    let [a, b, c, d, e, f, g, h, i, j, k, l] = p;
    (a, b, c, d, e, f, g, h, i, j, k, l)
}

/// Compiles a module for the device.
fn load(handle: &Arc<CudaDevice>, module: &'static Module) -> Result<(), CudaError> {
    let ptx = compile_ptx(format!("{SHARED}\n{}", module.source)).map_err(|error| {
        Cuda::to_device_error(Error::Device(format!(
            "NVRTC could not compile the kernels of {}: {error:?}. Do LD_LIBRARY_PATH and CUDA_PATH name the toolkit that the program was built with?",
            module.name
        )))
    })?;
    let kernels: Vec<&'static str> = module.kernels().collect();
    handle.load_ptx(ptx, module.name, &kernels)?;
    Ok(())
}

/// Reads the number behind `cu_device_ptr: ` in a text, and ends the text there.
#[derive(Default)]
struct Reader {
    text: String,
    address: Option<u64>,
    ended: bool,
}

impl Write for Reader {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        const LABEL: &str = "cu_device_ptr: ";
        self.text.push_str(part);
        let Some((_, number)) = self.text.split_once(LABEL) else {
            return Ok(());
        };
        let Some(end) = number.find(|c: char| !c.is_ascii_digit()) else {
            return Ok(());
        };
        (self.address, self.ended) = (number[..end].parse().ok(), true);
        Err(fmt::Error)
    }
}
