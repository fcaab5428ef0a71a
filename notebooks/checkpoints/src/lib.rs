//! What the programs of this package share: the digits they train on, the folder they write to, and the log of a run.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use gradus::prelude::*;

/// The folder in which the weights lie, beside the notebooks that read them.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// The 60 000 digits of MNIST.
///
/// # Errors
/// Where they are not there and cannot be downloaded: with the digits that the project draws no weights are worth keeping.
pub fn digits() -> Result<Dataset> {
    let (train, _) = data::mnist()?;
    if train.len() == 60_000 {
        return Ok(train);
    }
    Err(Error::Argument {
        what: "digits to train on".into(),
        expected: "the 60 000 of MNIST: let them be downloaded, or lay them into GRADUS_DATA".into(),
        got: train.len().to_string(),
    })
}

/// Which pictures the batch of a step holds, of `n` pictures: every pass through them has an order of its own.
pub fn batch_of(train: &Dataset, size: usize, step: usize) -> Result<data::Batch> {
    let each = train.len() / size;
    let (epoch, place) = (step / each, step % each);
    train
        .shuffle(epoch as u64)
        .batch(&(place * size..(place + 1) * size).collect::<Vec<_>>())
}

/// Appends a line to the log of a run, `name` in the folder of the weights.
pub fn note(name: &str, line: &str) {
    let file = OpenOptions::new().create(true).append(true).open(folder().join(name));
    let written = file.and_then(|mut file| writeln!(file, "{line}"));
    written.unwrap_or_else(|why| panic!("the log {name} could not be written: {why}"));
}
