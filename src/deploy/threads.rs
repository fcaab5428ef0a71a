//! Fewer threads than the machine has.

use crate::{Error, Result};

/// Runs `f` where operations and graphs may use so many threads, and gives what it gives. For measurements: how long does a batch
/// take on one core? The numbers that come out are the same for any number. Taught in notebook 23.
///
/// PyTorch: `torch.set_num_threads(threads)`; ONNX Runtime: `intra_op_num_threads`.
///
/// # Errors
/// [`Error::Argument`] for no thread at all, and where the system gives none.
pub fn with_threads<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> Result<R> {
    let wrong = |got: String| Error::Argument {
        what: "threads".into(),
        expected: "at least one, and as many as the system allows".into(),
        got,
    };
    if threads == 0 {
        return Err(wrong("0".into()));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| wrong(format!("{threads}: {error}")))?;
    Ok(pool.install(f))
}
