//! The CPU as a device that runs the kernels of a GPU: their sources compiled as C++.

use std::ffi::{CString, c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex};

use dfdx::prelude::*;
use libloading::Library;

use crate::compiler::library;
use crate::ops::cuda::launch::{Address, Arg, Buffer, Grid, Launch, MOST_ARGS, Module, SHARED};

/// The folders of `src/` with kernels.
const SOURCES: [&str; 11] = [
    include_str!("../../src/ops/cuda/sums.cu"),
    include_str!("../../src/ops/conv2d/cuda.cu"),
    include_str!("../../src/ops/pool2d/cuda.cu"),
    include_str!("../../src/ops/batch_norm/cuda.cu"),
    include_str!("../../src/ops/layer_norm/cuda.cu"),
    include_str!("../../src/ops/softmax/cuda.cu"),
    include_str!("../../src/ops/activation/cuda.cu"),
    include_str!("../../src/ops/add_relu/cuda.cu"),
    include_str!("../../src/ops/dropout/cuda.cu"),
    include_str!("../../src/ops/embedding/cuda.cu"),
    include_str!("../../src/train/optimizers/cuda.cu"),
];

type Run = unsafe extern "C" fn(*const c_char, *const u32, *const u32, *mut *mut c_void, usize, c_int) -> c_int;

/// The kernels. One block at a time runs, with its shared memory.
static KERNELS: LazyLock<Mutex<Library>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let mut source = format!("{}\n{SHARED}\n", include_str!("shim.h"));
    for text in SOURCES {
        let module = Module { name: "", source: text };
        source += text;
        for kernel in module.kernels() {
            source += &format!("\nREGISTER({kernel})\n");
        }
    }
    let made = library(folder.path(), "kernels", &source, true);
    // SAFETY: a library that was made from our own text.
    Mutex::new(unsafe { Library::new(made) }.expect("the kernels"))
});

/// Whether threads and blocks run in the opposite order.
pub static TURNED: AtomicBool = AtomicBool::new(false);

/// Runs a kernel.
pub fn run(kernel: &str, grid: Grid, args: &[Arg]) {
    if grid.blocks.contains(&0) {
        return;
    }
    assert!(args.len() <= MOST_ARGS, "{kernel}: {} arguments", args.len());
    let pointer = |arg: &Arg| -> *mut c_void {
        match arg {
            Arg::At(address) => (&raw const address.0).cast_mut().cast(),
            Arg::Int(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Arg::Float(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Arg::Ints(values) => values.as_ptr().cast_mut().cast(),
        }
    };
    let mut pointers: Vec<*mut c_void> = args.iter().map(pointer).collect();
    let (name, threads) = (CString::new(kernel).expect("a name"), [grid.threads, 1, 1]);
    let kernels = KERNELS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let turned = TURNED.load(Ordering::Relaxed).into();
    // SAFETY: the function of `shim.h`; the addresses are those of tensors that the caller keeps.
    let answer = unsafe {
        let run = kernels.get::<Run>(b"shim_launch").expect("the shim");
        run(
            name.as_ptr(),
            grid.blocks.as_ptr(),
            threads.as_ptr(),
            pointers.as_mut_ptr(),
            pointers.len(),
            turned,
        )
    };
    assert_eq!(answer, 0, "{kernel}: grid {grid:?}, {} arguments", args.len());
}

impl Launch for Cpu {
    fn at<S: Shape>(t: &Tensor<S, f32, Self>) -> Result<Address, CpuError> {
        if t.shape().num_elements() == 0 {
            return Ok(Address::NONE);
        }
        Ok(Address(
            (&raw const t[S::Concrete::default()]).expose_provenance() as u64
        ))
    }

    fn at_buffer(buffer: &mut Buffer<Self>) -> Address {
        Address(buffer.as_mut_ptr().expose_provenance() as u64)
    }

    fn too_large(_: usize) -> CpuError {
        CpuError::WrongNumElements
    }

    fn launch(&self, module: &'static Module, kernel: &'static str, grid: Grid, args: &[Arg]) -> Result<(), CpuError> {
        assert!(
            module.kernels().any(|name| name == kernel),
            "{kernel} is not in {}",
            module.name
        );
        run(kernel, grid, args);
        Ok(())
    }
}
