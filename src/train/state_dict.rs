//! Named tensors outside a network: what a weights file holds, translated, taken apart and put together.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::Path;

use safetensors::{Dtype, SafeTensors};

use super::learner::Learner;
use super::network::Network;
use super::update::State;
use crate::data::Dataset;
use crate::{Error, Result};

/// Tensors by name, as numbers of the CPU. PyTorch: `state_dict()`. Taught in notebook 13.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// type Body = (Linear<4, 8>, ReLU);
/// let dev = device(0)?;
/// let trained = Learner::classifier::<(Body, Linear<8, 3>)>(&dev, Adam::default())?;
/// // The same body under a new head.
/// let mut learner = Learner::classifier::<(Body, Linear<8, 5>)>(&dev, Adam::default())?;
/// let report = learner.load_partial(&trained.state_dict()?.part("0."))?;
/// assert_eq!(report.loaded, ["0.0.weight", "0.0.bias"]);
/// assert_eq!(report.missing, ["1.weight", "1.bias"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDict {
    source: String,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

/// What became of each tensor when some were loaded. PyTorch: the result of `load_state_dict(strict=False)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadReport {
    /// Tensors of the network that got their numbers from the file.
    pub loaded: Vec<String>,
    /// Tensors of the network that the file has nothing for; they are as they were.
    pub missing: Vec<String>,
    /// Tensors of the file that the network has no place for.
    pub unexpected: Vec<String>,
    /// Tensors whose shapes differ, with the shape in the network and that in the file; they are as they were.
    pub mismatched: Vec<(String, Vec<usize>, Vec<usize>)>,
}

impl StateDict {
    /// Nothing yet; `source` says in messages where the tensors come from.
    pub fn new(source: &str) -> Self {
        Self {
            source: source.into(),
            tensors: BTreeMap::new(),
        }
    }

    /// Reads a safetensors file. Numbers may be 16, 32 or 64 bits long, or integers of 8 to 32 bits; all become `f32`.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::File`] where it is cut short or no safetensors file, or where a
    /// tensor holds a number that is NaN or infinite, or numbers of another kind; the message names the tensor.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::Io {
            path: path.to_path_buf(),
            source,
        })?;
        let wrong = |expected: &str, got: String| Error::File {
            path: path.to_path_buf(),
            expected: expected.into(),
            got,
            hint: "Download the file again, or convert it to safetensors".into(),
        };
        let file = SafeTensors::deserialize(&bytes)
            .map_err(|e| wrong("a complete safetensors file", format!("{e:?} ({} bytes)", bytes.len())))?;
        let mut dict = Self::new(&path.display().to_string());
        for (name, tensor) in file.tensors() {
            let Some(values) = numbers(tensor.dtype(), tensor.data()) else {
                let got = format!("{:?}", tensor.dtype());
                return Err(wrong(&format!("numbers of 8 to 64 bits in tensor `{name}`"), got));
            };
            if let Some(value) = values.iter().find(|v| !v.is_finite()) {
                return Err(wrong(&format!("finite numbers in tensor `{name}`"), value.to_string()));
            }
            dict.tensors.insert(name, (tensor.shape().to_vec(), values));
        }
        Ok(dict)
    }

    /// Where the tensors come from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.tensors.keys().cloned().collect()
    }

    /// How many numbers there are.
    pub fn num_values(&self) -> usize {
        self.tensors.values().map(|(_, values)| values.len()).sum()
    }

    /// Shape and numbers of a tensor, if it is there.
    pub fn get(&self, name: &str) -> Option<(&[usize], &[f32])> {
        self.tensors.get(name).map(|(shape, values)| (&shape[..], &values[..]))
    }

    /// Shape and numbers of a tensor that must be there.
    ///
    /// # Errors
    /// [`Error::File`] where it is not, with the name that comes closest.
    pub fn tensor(&self, name: &str) -> Result<(&[usize], &[f32])> {
        self.get(name).ok_or_else(|| {
            let shared = |other: &&String| name.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
            let near = self.tensors.keys().max_by_key(shared);
            Error::File {
                path: self.source.clone().into(),
                expected: format!("a tensor `{name}`"),
                got: near.map_or("no tensor at all".into(), |near| {
                    format!("none of that name; one is called `{near}`")
                }),
                hint: "These are the weights of another network, or under other names".into(),
            }
        })
    }

    /// Adds a tensor, or puts it in the place of one of that name.
    ///
    /// # Errors
    /// [`Error::Shape`] where the shape does not hold so many numbers, [`Error::NotFinite`] for NaN and infinite ones.
    pub fn insert(&mut self, name: &str, shape: Vec<usize>, values: Vec<f32>) -> Result<()> {
        if shape.iter().product::<usize>() != values.len() {
            return Err(Error::Shape {
                layer: format!("tensor `{name}`"),
                expected: format!("{} numbers for the shape {shape:?}", shape.iter().product::<usize>()),
                got: values.len().to_string(),
            });
        }
        if let Some(value) = values.iter().find(|v| !v.is_finite()) {
            return Err(Error::NotFinite {
                what: format!("a number in tensor `{name}`"),
                value: f64::from(*value),
                hint: "Look where it comes from: weights that hold one cannot be used".into(),
            });
        }
        self.tensors.insert(name.into(), (shape, values));
        Ok(())
    }

    /// The tensors that `names` lists as (old name, new name), under their new names; others are left out.
    ///
    /// # Errors
    /// [`Error::File`] where one of the old names is not there.
    pub fn renamed(&self, names: &[(String, String)]) -> Result<Self> {
        let mut dict = Self::new(&self.source);
        for (old, new) in names {
            let (shape, values) = self.tensor(old)?;
            dict.tensors.insert(new.clone(), (shape.to_vec(), values.to_vec()));
        }
        Ok(dict)
    }

    /// The tensors whose names begin with `prefix`.
    #[must_use]
    pub fn part(&self, prefix: &str) -> Self {
        let tensors = self.tensors.iter().filter(|(name, _)| name.starts_with(prefix));
        Self {
            source: self.source.clone(),
            tensors: tensors.map(|(name, tensor)| (name.clone(), tensor.clone())).collect(),
        }
    }

    /// The same tensors with `old` at the beginning of their names replaced by `new`; names that begin otherwise stay.
    #[must_use]
    pub fn moved(&self, old: &str, new: &str) -> Self {
        let rename = |name: &String| {
            name.strip_prefix(old)
                .map_or(name.clone(), |rest| format!("{new}{rest}"))
        };
        Self {
            source: self.source.clone(),
            tensors: self
                .tensors
                .iter()
                .map(|(name, tensor)| (rename(name), tensor.clone()))
                .collect(),
        }
    }

    /// These tensors and those of `other`, which win where a name is in both.
    #[must_use]
    pub fn merged(mut self, other: &Self) -> Self {
        self.tensors.extend(other.tensors.clone());
        self
    }

    /// Adds a tensor of zeros for every name of `like` that ends with `suffix` and is not here.
    ///
    /// For networks whose convolutions have a bias that the published ones lack.
    #[must_use]
    pub fn with_zeros(mut self, like: &Self, suffix: &str) -> Self {
        for (name, (shape, values)) in &like.tensors {
            if name.ends_with(suffix) && !self.tensors.contains_key(name) {
                self.tensors
                    .insert(name.clone(), (shape.clone(), vec![0.0; values.len()]));
            }
        }
        self
    }
}

impl Learner {
    /// All tensors of the network, by name.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn state_dict(&self) -> Result<StateDict> {
        of(self.net.as_ref())
    }

    /// Puts the tensors of `dict` into the network, all of them. What the optimizer remembers of earlier steps is forgotten.
    ///
    /// PyTorch: `load_state_dict(dict)`. Taught in notebook 13.
    ///
    /// # Errors
    /// [`Error::File`] where a tensor is missing, surplus or of another shape; the message names it, and the network is as
    /// it was before.
    pub fn load_state_dict(&mut self, dict: &StateDict) -> Result<()> {
        let report = compare(self.net.as_ref(), dict)?;
        if let Some((expected, got)) = report.problem() {
            return Err(Error::File {
                path: dict.source().into(),
                expected,
                got,
                hint: "These are the weights of another network; `load_partial` takes what fits and lists the rest"
                    .into(),
            });
        }
        self.load_partial(dict).map(drop)
    }

    /// Puts those tensors of `dict` into the network that it has a place of the same shape for, and says what became of the
    /// others. What the optimizer remembers of earlier steps is forgotten.
    ///
    /// PyTorch: `load_state_dict(dict, strict=False)`. Taught in notebook 13.
    ///
    /// # Errors
    /// [`Error::File`] where none fits at all.
    pub fn load_partial(&mut self, dict: &StateDict) -> Result<LoadReport> {
        let report = compare(self.net.as_ref(), dict)?;
        if report.loaded.is_empty() {
            return Err(Error::File {
                path: dict.source().into(),
                expected: "at least one tensor with name and shape of one in the network".into(),
                got: format!("none of {}, such as {:?}", dict.names().len(), dict.names().first()),
                hint: "`state_dict()` shows the network's names; `renamed` and `moved` translate".into(),
            });
        }
        fill(self.net.as_mut(), dict, &report)?;
        self.state = State::default();
        self.parts.forget();
        Ok(report)
    }

    /// What the network makes of every sample of `data`, in evaluation mode, as a set of its own: rows of numbers with the
    /// same targets.
    ///
    /// With a network that is the body of another, these are *features*. A body that is not trained gives the same ones in
    /// every epoch; computed once, they train a small head in moments. Taught in notebook 13.
    ///
    /// # Errors
    /// As [`Learner::predict`].
    pub fn features(&self, data: &Dataset) -> Result<Dataset> {
        let rows = self.predict(data)?;
        data.with_inputs(rows.scores, &[rows.width])
    }
}

/// All tensors of `net`.
pub(super) fn of(net: &dyn Network) -> Result<StateDict> {
    let mut dict = StateDict::new("the network");
    net.read(&mut |name, shape, values, _| {
        dict.tensors.insert(name, (shape, values));
    })?;
    Ok(dict)
}

/// What would become of each tensor if `dict` were loaded into `net`.
pub(super) fn compare(net: &dyn Network, dict: &StateDict) -> Result<LoadReport> {
    let mut report = LoadReport::default();
    let mut known = HashSet::new();
    net.read(&mut |name, shape, _, _| {
        match dict.get(&name) {
            None => report.missing.push(name.clone()),
            Some((theirs, _)) if theirs != shape => report.mismatched.push((name.clone(), shape, theirs.to_vec())),
            Some(_) => report.loaded.push(name.clone()),
        }
        known.insert(name);
    })?;
    report.unexpected = dict.names().into_iter().filter(|name| !known.contains(name)).collect();
    Ok(report)
}

/// Puts the tensors that `report` calls loaded into `net`.
pub(super) fn fill(net: &mut dyn Network, dict: &StateDict, report: &LoadReport) -> Result<()> {
    let loaded: HashSet<&String> = report.loaded.iter().collect();
    net.edit(&mut |parameter| {
        if let Some((_, values)) = dict.get(&parameter.name).filter(|_| loaded.contains(&parameter.name)) {
            parameter.values.copy_from_slice(values);
        }
        Ok(())
    })
}

impl LoadReport {
    /// Whether every tensor of the network was loaded, and nothing is left over.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.mismatched.is_empty()
    }

    /// The first thing that is wrong, as what was expected and what came.
    pub(super) fn problem(&self) -> Option<(String, String)> {
        if let Some((name, ours, theirs)) = self.mismatched.first() {
            return Some((
                format!("tensor `{name}` of shape {ours:?}"),
                format!("shape {theirs:?}{}", self.others()),
            ));
        }
        if let Some(name) = self.missing.first() {
            return Some((
                format!("a tensor `{name}`"),
                format!("none of that name{}", self.others()),
            ));
        }
        let name = self.unexpected.first()?;
        Some((
            "only tensors of this network".into(),
            format!("tensor `{name}` too{}", self.others()),
        ))
    }

    fn others(&self) -> String {
        let all = self.missing.len() + self.unexpected.len() + self.mismatched.len();
        if all < 2 {
            return String::new();
        }
        let (missing, surplus, shapes) = (self.missing.len(), self.unexpected.len(), self.mismatched.len());
        format!(" (in all: {missing} missing, {surplus} surplus, {shapes} of another shape)")
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loaded {} tensors", self.loaded.len())?;
        for (what, names) in [
            ("not in the file", &self.missing),
            ("not in the network", &self.unexpected),
        ] {
            for name in names {
                write!(f, "\n{what}: {name}")?;
            }
        }
        for (name, ours, theirs) in &self.mismatched {
            write!(
                f,
                "\nother shape: {name} is {ours:?} in the network, {theirs:?} in the file"
            )?;
        }
        Ok(())
    }
}

/// The numbers of a tensor as `f32`, little-endian; none for kinds that are not numbers.
fn numbers(kind: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks::<N>().0.iter().map(|b| number(*b)).collect()
    }
    Some(match kind {
        Dtype::F32 => each(bytes, f32::from_le_bytes),
        Dtype::F64 => each(bytes, |b| f64::from_le_bytes(b) as f32),
        Dtype::F16 => each(bytes, |b| half(u16::from_le_bytes(b))),
        Dtype::BF16 => each(bytes, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)),
        Dtype::U8 => each(bytes, |[b]| f32::from(b)),
        Dtype::I8 => each(bytes, |[b]| f32::from(b as i8)),
        Dtype::I16 => each(bytes, |b| f32::from(i16::from_le_bytes(b))),
        Dtype::U16 => each(bytes, |b| f32::from(u16::from_le_bytes(b))),
        Dtype::I32 => each(bytes, |b| i32::from_le_bytes(b) as f32),
        Dtype::U32 => each(bytes, |b| u32::from_le_bytes(b) as f32),
        Dtype::I64 => each(bytes, |b| i64::from_le_bytes(b) as f32),
        _ => return None,
    })
}

/// A number of IEEE 754 half precision.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
    match exponent {
        0 => sign * fraction * 2f32.powi(-14),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}
