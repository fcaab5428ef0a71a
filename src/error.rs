//! The one error type of the crate.

use std::path::PathBuf;

/// What can go wrong, with what was expected, what came, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor of the wrong shape reached a layer or an operation.
    #[error("{layer}: expected {expected}, got {got}")]
    Shape {
        /// The layer or operation, as it is written in the code: `Conv2D<1, 16, 3>`.
        layer: String,
        /// The shape that it takes.
        expected: String,
        /// The shape that came.
        got: String,
    },
    /// An argument outside its range.
    #[error("{what}: expected {expected}, got {got}")]
    Argument {
        /// The argument.
        what: String,
        /// What it may be.
        expected: String,
        /// What it was.
        got: String,
    },
    /// A file that does not hold what its name promises.
    #[error("{path}: expected {expected}, got {got}. {hint}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What should stand in it.
        expected: String,
        /// What stands in it.
        got: String,
        /// What to do now.
        hint: String,
    },
    /// The operating system refused to read or write a file.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A number that is NaN or infinite where a finite one is needed.
    #[error("{what} is {value}. {hint}")]
    NotFinite {
        /// The quantity: `training loss in epoch 3`.
        what: String,
        /// The value.
        value: f64,
        /// What usually helps.
        hint: String,
    },
    /// No usable GPU in a build with the `cuda` feature.
    #[error("{0}")]
    Device(String),
    /// An error that dfdx reported.
    #[error("dfdx: {0}{advice}", advice = advice(.0))]
    Dfdx(String),
    /// The catalogue or a download.
    #[error(transparent)]
    Data(#[from] gradus_data::Error),
    /// A plot could not be drawn.
    #[error("plot: {0}")]
    Plot(String),
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What to do about an error of dfdx, where that can be told from its words.
fn advice(text: &str) -> &'static str {
    if text.contains("OUT_OF_MEMORY") {
        ". The GPU has no memory left: lower the batch size or the size of the network; `nvidia-smi` shows who else uses it"
    } else {
        ""
    }
}
