//! Networks in few bits as files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::affine::Affine;
use super::layer::Layer;
use super::network::{Quantized, weighs};
use crate::deploy::graph::Graph;
use crate::deploy::node::Node;
use crate::deploy::value::Value;
use crate::{Error, Result, files};

impl Quantized {
    /// Writes a safetensors file. For each layer its weight as `I8` under the name that it has in the graph, `<weight>.scale` for
    /// each row, `<node>.input` with scale, zero point and bits of its input, and the bias; what stayed in `f32` as it is.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut tensors: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)> = BTreeMap::new();
        let mut done = BTreeSet::new();
        for node in &self.graph.nodes {
            let Some(layer) = self.layers.get(&node.name) else {
                continue;
            };
            let whole = layer.weights.iter().map(|w| *w as u8).collect();
            let rows = layer.scales.len();
            let input = [layer.input.scale, f32::from(layer.input.zero), layer.input.bits as f32];
            let names = Names::of(node);
            tensors.insert(names.scale, (Dtype::F32, vec![rows], bytes(&layer.scales)));
            tensors.insert(names.input, (Dtype::F32, vec![3], bytes(&input)));
            tensors.insert(names.weight.clone(), (Dtype::I8, layer.shape.clone(), whole));
            done.insert(names.weight);
        }
        for (name, value) in self.graph.constants.iter().filter(|(name, _)| !done.contains(*name)) {
            tensors.insert(
                name.clone(),
                (Dtype::F32, value.shape.clone(), bytes(&value.numbers()?)),
            );
        }
        let wrong = |error: safetensors::SafeTensorError| Error::Io {
            path: path.into(),
            source: std::io::Error::other(format!("{error:?}")),
        };
        let mut views = Vec::new();
        for (name, (kind, shape, data)) in &tensors {
            let view = TensorView::new(*kind, shape.clone(), data).map_err(wrong)?;
            views.push((name.clone(), view));
        }
        let file = safetensors::serialize(views, &None).map_err(wrong)?;
        files::replace(path, &file)
    }

    /// Reads a file that [`Quantized::save`] wrote, for the graph that it was made of: the architecture comes from there, and its
    /// weights are replaced.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::File`] where it is no safetensors file or a tensor is missing, of
    /// another shape or of another type than the graph asks for.
    pub fn load(graph: &Graph, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::Io {
            path: path.into(),
            source,
        })?;
        let file = SafeTensors::deserialize(&bytes)
            .map_err(|error| wrong(path, "a complete safetensors file", format!("{error:?}")))?;
        let reader = Reader { path, file };
        let (mut graph, mut layers) = (graph.clone(), BTreeMap::new());
        let mut whole = BTreeSet::new();
        for node in graph.nodes.iter().filter(|node| weighs(node)) {
            let (Some(weight), Some(bias)) = (
                graph.constants.get(&node.inputs[1]),
                graph.constants.get(&node.inputs[2]),
            ) else {
                continue;
            };
            let layer = reader.layer(node, &weight.shape, &bias.shape)?;
            whole.insert(node.inputs[1].clone());
            layers.insert(node.name.clone(), layer);
        }
        for (name, value) in graph.constants.iter_mut().filter(|(name, _)| !whole.contains(*name)) {
            *value = Value::new(value.shape.clone(), reader.floats(name, &value.shape)?)?;
        }
        Ok(Self { graph, layers })
    }
}

/// The names of a layer's tensors.
struct Names {
    weight: String,
    scale: String,
    input: String,
}

impl Names {
    fn of(node: &Node) -> Self {
        let weight = node.inputs[1].clone();
        Self {
            scale: format!("{weight}.scale"),
            weight,
            input: format!("{}.input", node.name),
        }
    }
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn wrong(path: &Path, expected: &str, got: String) -> Error {
    Error::File {
        path: path.into(),
        expected: expected.into(),
        got,
        hint: "The file must come from `Quantized::save` of a network of the same architecture".into(),
    }
}

struct Reader<'a> {
    path: &'a Path,
    file: SafeTensors<'a>,
}

impl Reader<'_> {
    /// The bytes of a tensor that must be there.
    fn tensor(&self, name: &str, kind: Dtype, shape: &[usize]) -> Result<Vec<u8>> {
        let expected = format!("a tensor `{name}` of the shape {shape:?} and the type {kind:?}");
        let tensor = self.file.tensor(name).map_err(|_| {
            let names = self.file.names();
            wrong(self.path, &expected, format!("none of that name among {}", names.len()))
        })?;
        if tensor.dtype() != kind || tensor.shape() != shape {
            let got = format!("{:?} of the type {:?}", tensor.shape(), tensor.dtype());
            return Err(wrong(self.path, &expected, got));
        }
        Ok(tensor.data().to_vec())
    }

    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let bytes = self.tensor(name, Dtype::F32, shape)?;
        let numbers: Vec<f32> = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect();
        match numbers.iter().find(|v| !v.is_finite()) {
            Some(value) => Err(wrong(
                self.path,
                &format!("finite numbers in `{name}`"),
                value.to_string(),
            )),
            None => Ok(numbers),
        }
    }

    fn layer(&self, node: &Node, shape: &[usize], bias: &[usize]) -> Result<Layer> {
        let names = Names::of(node);
        let weights = self.tensor(&names.weight, Dtype::I8, shape)?;
        let scales = self.floats(&names.scale, bias)?;
        let input = self.floats(&names.input, &[3])?;
        let (scale, zero, bits) = (input[0], input[1], input[2]);
        let whole = |v: f32, least: f32, most: f32| v.fract() == 0.0 && (least..=most).contains(&v);
        if scale <= 0.0 || !whole(zero, -128.0, 127.0) || !whole(bits, 2.0, 8.0) {
            let expected = format!(
                "a scale above 0, a zero point of 8 bits and 2 to 8 bits in `{}`",
                names.input
            );
            return Err(wrong(self.path, &expected, format!("{input:?}")));
        }
        let input = Affine {
            scale,
            zero: zero as i8,
            bits: bits as u32,
        };
        let weights = weights.iter().map(|w| *w as i8).collect();
        let biases = self.floats(&node.inputs[2], bias)?;
        Ok(Layer::of(shape.to_vec(), weights, scales, biases, input))
    }
}
