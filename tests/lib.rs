//! What the tests of all modules share: golden values, comparison up to rounding, pools of threads.
//!
//! The tests mirror `src/`: one program per module, whose files are named after what they test. Beside a test `x.rs` lies
//! `x.json` if it compares with values that another library made, and `x.py`, which says how and with which version.

use std::path::{Path, PathBuf};

use gradus::prelude::{Cpu, Shape, Tensor, TensorFromVec};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A file that lies beside a test, from its path below `tests/`: `path("nn/norm.safetensors")`.
pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The text of a file that lies beside a test.
pub fn text(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("tests/{file}: {error}"))
}

/// Golden values: `load("ops/conv2d")` reads `tests/ops/conv2d.json`, which `conv2d.py` made.
pub fn load<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&text(&format!("{name}.json"))).unwrap_or_else(|error| panic!("tests/{name}.json: {error}"))
}

/// A golden tensor.
#[derive(Clone, Debug, Deserialize)]
pub struct Array {
    /// The lengths of its axes.
    pub shape: Vec<usize>,
    /// Its numbers, row by row.
    pub values: Vec<f32>,
    /// The slope of the loss for each of them, where the case has gradients.
    #[serde(default)]
    pub grad: Vec<f32>,
}

impl Array {
    /// The tensor itself.
    ///
    /// # Panics
    /// When it has another shape than is asked for.
    #[track_caller]
    pub fn tensor<S: Shape>(&self, dev: &Cpu) -> Tensor<S, f32, Cpu> {
        assert_eq!(self.shape.len(), S::NUM_DIMS, "axes of {:?}", self.shape);
        let mut sizes = S::Concrete::default();
        for (axis, size) in self.shape.iter().enumerate() {
            sizes[axis] = *size;
        }
        let shape = S::from_concrete(&sizes).unwrap_or_else(|| panic!("the file has the shape {:?}", self.shape));
        dev.tensor_from_vec(self.values.clone(), shape)
    }
}

/// The same numbers to `tolerance`, relative for those above 1.
#[track_caller]
pub fn close(what: &str, got: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(got.len(), wanted.len(), "{what}: length");
    for (i, (g, w)) in got.iter().zip(wanted).enumerate() {
        assert!(
            (g - w).abs() <= tolerance * (1.0 + w.abs()),
            "{what}[{i}]: {g}, not {w}"
        );
    }
}

/// What `f` answers where it has `threads` threads to compute with.
pub fn in_threads<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads").install(f)
}

/// The name by which a test program knows a test of a module (its `module_path!()`): behind `--exact`, the program runs
/// this test alone. For tests that start their own program again.
pub fn test_name(module: &str, test: &str) -> String {
    let (_program, place) = module.split_once("::").expect("a module of a test program");
    format!("{place}::{test}")
}
