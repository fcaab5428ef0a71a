//! Named tensors outside a network: what a weights file holds, translated, taken apart and put together.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors};

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
    /// Tensors that were to move to a name that another one has: old and new name.
    clashes: Vec<(String, String)>,
}

impl StateDict {
    /// Nothing yet; `source` says in messages where the tensors come from.
    pub fn new(source: &str) -> Self {
        Self {
            source: source.into(),
            ..Self::default()
        }
    }

    /// Reads a safetensors file. Numbers may be 16, 32 or 64 bits long, integers or truth values (0 and 1); all become `f32`.
    ///
    /// A number that is NaN or infinite is no fault by itself: files hold masks and counters beside their weights. It becomes
    /// one where a network asks for the tensor.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::File`] where it is cut short or no safetensors file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::Io {
            path: path.to_path_buf(),
            source,
        })?;
        Self::from_bytes(&path.display().to_string(), &bytes)
    }

    /// What [`read`](Self::read) makes of a file whose bytes are here already; `source` names it in messages.
    ///
    /// # Errors
    /// [`Error::File`] where the bytes are cut short or no safetensors file.
    pub fn from_bytes(source: &str, bytes: &[u8]) -> Result<Self> {
        let wrong = |expected: &str, got: String| Error::File {
            path: source.into(),
            expected: expected.into(),
            got,
            hint: "Download the file again, or convert it to safetensors".into(),
        };
        let file = SafeTensors::deserialize(bytes)
            .map_err(|e| wrong("a complete safetensors file", format!("{e:?} ({} bytes)", bytes.len())))?;
        let mut dict = Self::new(source);
        for (name, tensor) in file.tensors() {
            let Some(values) = numbers(tensor.dtype(), tensor.data()) else {
                let got = format!("{:?}", tensor.dtype());
                return Err(wrong(&format!("numbers of 8 to 64 bits in tensor `{name}`"), got));
            };
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
    /// [`Error::File`] where it is not, with the name that comes closest, and where it holds a number that is NaN or infinite.
    pub fn tensor(&self, name: &str) -> Result<(&[usize], &[f32])> {
        if let Some(problem) = self.not_finite(name) {
            return Err(problem);
        }
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

    /// What is wrong with the numbers of a tensor, if anything is.
    pub(crate) fn not_finite(&self, name: &str) -> Option<Error> {
        let (_, values) = self.get(name)?;
        let value = values.iter().find(|value| !value.is_finite())?;
        Some(Error::File {
            path: self.source.clone().into(),
            expected: format!("finite numbers in tensor `{name}`"),
            got: value.to_string(),
            hint: "A network that has such a number answers nothing but NaN".into(),
        })
    }

    /// The first name that two tensors were to have, if there is one: a network gets neither then.
    pub(crate) fn clash(&self) -> Option<Error> {
        let (old, new) = self.clashes.first()?;
        Some(Error::File {
            path: self.source.clone().into(),
            expected: "a name of its own for every tensor".into(),
            got: format!("`{old}`, which was to become `{new}`, and another tensor `{new}`"),
            hint: "`part` leaves out the tensors that are not wanted; `merged` says which one wins".into(),
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

    /// Adds a tensor as it is, numbers that are not finite among them: a network may hold such.
    pub(crate) fn put(&mut self, name: String, shape: Vec<usize>, values: Vec<f32>) {
        self.tensors.insert(name, (shape, values));
    }

    /// The tensors that `names` lists as (old name, new name), under their new names; others are left out.
    ///
    /// # Errors
    /// [`Error::File`] where one of the old names is not there, or two tensors were to have the same new one.
    pub fn renamed(&self, names: &[(String, String)]) -> Result<Self> {
        let mut dict = Self::new(&self.source);
        for (old, new) in names {
            let (shape, values) = self.tensor(old)?;
            if dict.tensors.contains_key(new) {
                dict.clashes.push((old.clone(), new.clone()));
            }
            dict.tensors.insert(new.clone(), (shape.to_vec(), values.to_vec()));
        }
        match dict.clash() {
            Some(clash) => Err(clash),
            None => Ok(dict),
        }
    }

    /// The tensors whose names begin with `prefix`.
    #[must_use]
    pub fn part(&self, prefix: &str) -> Self {
        let tensors = self.tensors.iter().filter(|(name, _)| name.starts_with(prefix));
        Self {
            source: self.source.clone(),
            tensors: tensors.map(|(name, tensor)| (name.clone(), tensor.clone())).collect(),
            clashes: self
                .clashes
                .iter()
                .filter(|(old, _)| old.starts_with(prefix))
                .cloned()
                .collect(),
        }
    }

    /// The same tensors with `old` at the beginning of their names replaced by `new`; names that begin otherwise stay.
    ///
    /// Where one of these has the new name already, both keep the names that they have, and a network that is to load them
    /// refuses, with both names.
    #[must_use]
    pub fn moved(&self, old: &str, new: &str) -> Self {
        let mut dict = Self {
            clashes: self.clashes.clone(),
            ..Self::new(&self.source)
        };
        for (name, tensor) in &self.tensors {
            let mut target = name
                .strip_prefix(old)
                .map_or(name.clone(), |rest| format!("{new}{rest}"));
            if target != *name && !target.starts_with(old) && self.tensors.contains_key(&target) {
                dict.clashes.push((name.clone(), target));
                target = name.clone();
            }
            dict.tensors.insert(target, tensor.clone());
        }
        dict
    }

    /// The layers of a recurrent network of PyTorch's under the names that a tuple of layers has here.
    ///
    /// `nn.LSTM(..., num_layers=2, bidirectional=True)` keeps all its layers together and tells them apart by a number at the
    /// end of each name, `lstm.weight_ih_l1_reverse` being one of the second layer. In a tuple of layers the number stands in
    /// front: `lstm.1.weight_ih_l0_reverse`. `prefix` is what the names of the layers begin with, `"lstm."` here, and names
    /// that begin otherwise stay. A layer that is alone needs no new names.
    ///
    /// ```
    /// # use gradus::prelude::*;
    /// # fn main() -> gradus::Result<()> {
    /// let mut theirs = StateDict::new("PyTorch");
    /// theirs.insert("lstm.weight_ih_l1_reverse", vec![2], vec![0.5, 0.25])?;
    /// assert_eq!(theirs.recurrent_layers("lstm.").moved("lstm.", "0.").names(), ["0.1.weight_ih_l0_reverse"]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn recurrent_layers(&self, prefix: &str) -> Self {
        let mut dict = Self {
            clashes: self.clashes.clone(),
            ..Self::new(&self.source)
        };
        for (name, tensor) in &self.tensors {
            let new = name.strip_prefix(prefix).and_then(of_layer);
            let name = new.map_or(name.clone(), |new| format!("{prefix}{new}"));
            dict.tensors.insert(name, tensor.clone());
        }
        dict
    }

    /// These tensors and those of `other`, which win where a name is in both.
    #[must_use]
    pub fn merged(mut self, other: &Self) -> Self {
        self.tensors.extend(other.tensors.clone());
        self.clashes.extend(other.clashes.clone());
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

/// `weight_ih_l1_reverse` as `1.weight_ih_l0_reverse`: the number of the layer in front.
fn of_layer(name: &str) -> Option<String> {
    let (what, rest) = name.split_once("_l")?;
    if !["weight_ih", "weight_hh", "bias_ih", "bias_hh"].contains(&what) {
        return None;
    }
    let (layer, way) = match rest.strip_suffix("_reverse") {
        Some(layer) => (layer, "_reverse"),
        None => (rest, ""),
    };
    let layer: usize = layer.parse().ok()?;
    Some(format!("{layer}.{what}_l0{way}"))
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
        Dtype::U64 => each(bytes, |b| u64::from_le_bytes(b) as f32),
        Dtype::BOOL => each(bytes, |[b]| f32::from(u8::from(b != 0))),
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
