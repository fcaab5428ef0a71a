//! Asks NVIDIA's driver what is there, before dfdx does: dfdx panics where there is no driver or no GPU.
//!
//! It imports nothing of this crate, so that the tests compile it too, without CUDA, and hold it against stand-ins for the
//! driver library.

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::fmt;

use libloading::{Library, Symbol};

/// The file name of the driver library.
#[cfg(not(windows))]
pub(crate) const LIBRARY: &str = "libcuda.so.1";
/// The file name of the driver library.
#[cfg(windows)]
pub(crate) const LIBRARY: &str = "nvcuda.dll";

/// What an answer means that is not good; in the driver's own order.
const NO_DEVICE: c_int = 100;
const STUB: c_int = 34;
const MISMATCH: c_int = 803;

/// A version of CUDA: `12.4`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    pub major: c_int,
    pub minor: c_int,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A driver that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Driver {
    /// The newest CUDA that it is good for.
    pub version: Version,
    /// The names of the GPUs, by their numbers.
    pub gpus: Vec<String>,
}

impl Driver {
    /// Loads the driver library and asks for its version and its GPUs; what is wrong, in words, where it does not answer.
    pub fn find(library: &OsStr) -> Result<Self, String> {
        // SAFETY: this runs the initializers of NVIDIA's library, which a program linked with CUDA has run already.
        let library = unsafe { Library::new(library) }.map_err(|error| no_library(library, &error))?;
        // The one question that may be asked before cuInit.
        let version = call(
            &library,
            "cuDriverGetVersion",
            |f: unsafe extern "C" fn(*mut c_int) -> c_int, out| {
                // SAFETY: the signature in NVIDIA's manual; `out` is a number of this function.
                unsafe { f(out) }
            },
        )?;
        let version = Version {
            major: version / 1000,
            minor: version % 1000 / 10,
        };
        let init = function::<unsafe extern "C" fn(u32) -> c_int>(&library, "cuInit")?;
        // SAFETY: the signature in NVIDIA's manual, whose only flag is 0.
        good("cuInit", unsafe { init(0) }, version)?;
        let count = call(
            &library,
            "cuDeviceGetCount",
            |f: unsafe extern "C" fn(*mut c_int) -> c_int, out| {
                // SAFETY: as above.
                unsafe { f(out) }
            },
        )?;
        let gpus = (0..count).map(|number| name(&library, number)).collect();
        Ok(Self { version, gpus })
    }

    /// Whether the GPU with this number is there, and the driver is new enough for programs of the CUDA version `needs`.
    pub fn check(&self, number: usize, needs: Version) -> Result<(), String> {
        let Self { version, gpus } = self;
        if gpus.is_empty() {
            return Err(format!(
                "the NVIDIA driver (for CUDA {version}) finds no GPU: is one built in, does `nvidia-smi` show it, is CUDA_VISIBLE_DEVICES empty? {WITHOUT}"
            ));
        }
        if number >= gpus.len() {
            let all: Vec<String> = gpus
                .iter()
                .enumerate()
                .map(|(i, name)| format!("cuda:{i} ({name})"))
                .collect();
            return Err(format!(
                "GRADUS_DEVICE=cuda:{number}, but this machine has {}: {}",
                if gpus.len() == 1 {
                    "one GPU".to_string()
                } else {
                    format!("{} GPUs", gpus.len())
                },
                all.join(", ")
            ));
        }
        if *version < needs {
            return Err(format!(
                "the NVIDIA driver is good for CUDA {version}, but this program was built with CUDA {needs}. Install a newer driver (https://www.nvidia.com/drivers), or build with the toolkit of CUDA {version}. {WITHOUT}"
            ));
        }
        Ok(())
    }

    /// The GPU with this number, in words.
    pub fn describe(&self, number: usize) -> String {
        let name = self.gpus.get(number).map_or("no such GPU", String::as_str);
        format!("{name} (cuda:{number}), driver for CUDA {}", self.version)
    }
}

/// What is left to do where there is no GPU to be had.
const WITHOUT: &str = "The CPU computes in a build without the feature `cuda`";

fn no_library(library: &OsStr, error: &libloading::Error) -> String {
    format!(
        "the library of the NVIDIA driver, {}, cannot be loaded ({error}). Install NVIDIA's driver (https://www.nvidia.com/drivers; on Debian `apt install nvidia-driver`). {WITHOUT}",
        library.to_string_lossy()
    )
}

/// A function of the library.
fn function<'a, F>(library: &'a Library, name: &str) -> Result<Symbol<'a, F>, String> {
    // SAFETY: callers name the type that NVIDIA's manual gives for the function of this name.
    unsafe { library.get(name.as_bytes()) }.map_err(|error| {
        format!("what calls itself the NVIDIA driver has no function {name} ({error}). Install NVIDIA's driver anew. {WITHOUT}")
    })
}

/// The number that the function `name` writes.
fn call<F: Copy>(library: &Library, name: &str, f: impl Fn(F, *mut c_int) -> c_int) -> Result<c_int, String> {
    let symbol = function::<F>(library, name)?;
    let mut out = 0;
    good(name, f(*symbol, &raw mut out), Version::default())?;
    Ok(out)
}

/// Says what an answer of the driver means that is not 0.
fn good(name: &str, answer: c_int, version: Version) -> Result<(), String> {
    let meaning = match answer {
        0 => return Ok(()),
        NO_DEVICE => format!(
            "the NVIDIA driver (for CUDA {version}) finds no GPU: is one built in, does `nvidia-smi` show it, is CUDA_VISIBLE_DEVICES empty?"
        ),
        STUB => "this is the stand-in for the driver library that comes with the CUDA toolkit for linking, not the driver itself. Install NVIDIA's driver, and take the toolkit's folder `stubs` out of LD_LIBRARY_PATH".into(),
        MISMATCH => "the parts of the NVIDIA driver do not fit together, as after an update: restart the machine, or install the driver anew".into(),
        other => format!("the NVIDIA driver answers {name} with error {other}: restart the machine, or install the driver anew"),
    };
    Err(format!("{meaning}. {WITHOUT}"))
}

/// What the GPU with this number is called, or that it has no name to give.
fn name(library: &Library, number: c_int) -> String {
    type Get = unsafe extern "C" fn(*mut c_int, c_int) -> c_int;
    type Name = unsafe extern "C" fn(*mut c_char, c_int, c_int) -> c_int;
    let nameless = || "without a name".to_string();
    let (Ok(get), Ok(name)) = (
        function::<Get>(library, "cuDeviceGet"),
        function::<Name>(library, "cuDeviceGetName"),
    ) else {
        return nameless();
    };
    let (mut handle, mut text) = (0, [0; 256]);
    // SAFETY: the signatures in NVIDIA's manual; the length leaves a zero at the end of the text.
    if unsafe { get(&raw mut handle, number) } != 0 || unsafe { name(text.as_mut_ptr(), 255, handle) } != 0 {
        return nameless();
    }
    // SAFETY: the text ends with the last of its 256 zeros at the latest.
    unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy().into_owned()
}
