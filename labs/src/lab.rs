//! What a laboratory is.

use anyhow::{Result, bail};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::convolution::Convolution;
use crate::diffusion::Diffusion;

/// What a page asks.
#[derive(Debug)]
pub struct Request {
    /// What is to be done, such as `step`.
    pub name: String,
    /// Its arguments.
    pub args: Value,
    /// What does not fit into JSON: the bytes of a weights file, the pixels of a picture.
    pub bytes: Vec<u8>,
}

impl Request {
    /// The arguments as a struct.
    ///
    /// # Errors
    /// Where one is missing or of another kind; the message names it.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T> {
        match serde_json::from_value(self.args.clone()) {
            Ok(args) => Ok(args),
            Err(error) => bail!("\"{}\" cannot be asked like this: {error}", self.name),
        }
    }

    /// The bytes as numbers, four little-endian bytes each.
    ///
    /// # Errors
    /// Where there are not `expected` of them, or one is not finite.
    pub fn numbers(&self, expected: usize) -> Result<Vec<f32>> {
        let numbers: Vec<f32> = self
            .bytes
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect();
        if numbers.len() != expected || self.bytes.len() != 4 * expected {
            bail!(
                "\"{}\" takes {expected} numbers, not {} bytes",
                self.name,
                self.bytes.len()
            );
        }
        if let Some(odd) = numbers.iter().find(|number| !number.is_finite()) {
            bail!("\"{}\" takes finite numbers, not {odd}", self.name);
        }
        Ok(numbers)
    }
}

/// What the laboratory answers.
#[derive(Debug, Default)]
pub struct Reply {
    /// Values with names.
    pub values: Value,
    /// Whatever is long: pixels, curves, weights.
    pub numbers: Vec<f32>,
}

impl Reply {
    /// Values alone.
    pub fn of(values: Value) -> Self {
        Self {
            values,
            numbers: Vec::new(),
        }
    }

    /// Numbers, with values that say what they are.
    pub fn with(values: Value, numbers: Vec<f32>) -> Self {
        Self { values, numbers }
    }
}

/// A laboratory at work.
pub trait Lab {
    /// Does what is asked.
    ///
    /// # Errors
    /// In words for the person before the page: what was expected, what came, what to do.
    fn ask(&mut self, request: &Request) -> Result<Reply>;
}

/// Opens the laboratory that the request names, with its arguments and, where it needs weights, their file.
///
/// # Errors
/// Where there is none of that name, or it cannot be set up like this.
pub fn open(request: &Request) -> Result<(Box<dyn Lab>, Reply)> {
    match request.name.as_str() {
        "hello" => Ok((
            Box::new(Hello),
            Reply::of(json!({ "device": gradus::device::describe() })),
        )),
        "convolution" => Ok((Box::new(Convolution::default()), Reply::default())),
        "diffusion" => Ok((Box::new(Diffusion::new(&request.bytes)?), Reply::default())),
        other => bail!("there is no laboratory \"{other}\""),
    }
}

/// The smallest laboratory: it says what it was told. A page that cannot even do this tells its reader so.
struct Hello;

impl Lab for Hello {
    fn ask(&mut self, request: &Request) -> Result<Reply> {
        let numbers = request.numbers(request.bytes.len() / 4)?;
        Ok(Reply::with(
            json!({ "name": request.name, "args": request.args }),
            numbers,
        ))
    }
}
