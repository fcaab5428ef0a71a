//! How the weights of a network begin.

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
};
use dfdx::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::device::Dev;
use crate::{Error, Result};

/// A rule for the numbers that the weights of a layer begin with. Biases begin at 0, except with [`Init::PyTorch`].
///
/// `in` and `out` stand for the inputs and outputs of one unit: for a layer `I` to `O` they are `I` and `O`, for filters of
/// `K` x `K` pixels `I K K` and `O K K`. Taught in notebook 11.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// Uniform within `1 / sqrt(in)`, biases too: what PyTorch and this crate begin with.
    #[default]
    PyTorch,
    /// All the same number. With it, all units of a layer stay alike for ever: a bad one, to show.
    Constant(f32),
    /// Normal around 0 with this standard deviation, whatever the layer's size: a bad one for deep networks, to show.
    Normal(f32),
    /// Uniform from minus this number to this number, whatever the layer's size.
    Uniform(f32),
    /// Uniform within `sqrt(6 / (in + out))`: keeps the size of signals that are not bent, forward and backward.
    ///
    /// Glorot & Bengio 2010, *Understanding the difficulty of training deep feedforward neural networks*. PyTorch:
    /// `torch.nn.init.xavier_uniform_`.
    XavierUniform,
    /// Normal with standard deviation `sqrt(2 / (in + out))`. PyTorch: `torch.nn.init.xavier_normal_`.
    XavierNormal,
    /// Uniform within `sqrt(6 / in)`: a ReLU halves the mean square, this doubles it.
    ///
    /// He, Zhang, Ren & Sun 2015, *Delving Deep into Rectifiers*, arXiv:1502.01852. PyTorch:
    /// `torch.nn.init.kaiming_uniform_(w, nonlinearity="relu")`.
    KaimingUniform,
    /// Normal with standard deviation `sqrt(2 / in)`. PyTorch: `torch.nn.init.kaiming_normal_(w, nonlinearity="relu")`.
    KaimingNormal,
    /// Rows (or columns, if there are fewer) at right angles and of length 1.
    ///
    /// Saxe, McClelland & Ganguli 2014, arXiv:1312.6120. PyTorch: `torch.nn.init.orthogonal_`.
    Orthogonal,
}

/// Sets the weights of a built network as `init` says and the biases to 0; normalization layers stay as they are. The
/// random numbers depend on `seed` alone. A [`Learner`](crate::train::Learner) has a method of its own.
///
/// ```
/// use gradus::nn::initialize;
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let mut net: Built<Linear<100, 50>> = device(0)?.build_module::<Linear<100, 50>, f32>();
/// initialize(&mut net, Init::KaimingNormal, 1)?;
/// let w = net.weight.as_vec();
/// let mean_square = w.iter().map(|w| w * w).sum::<f32>() / w.len() as f32;
/// assert!((mean_square - 2.0 / 100.0).abs() < 2e-3);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Argument`] where a number of `init` is not finite, or a size is negative.
pub fn initialize<M: TensorCollection<f32, Dev>>(net: &mut M, init: Init, seed: u64) -> Result<()> {
    let mut initializer = Initializer::new(init, seed)?;
    let mut walker = RecursiveWalker {
        m: (net, String::new()),
        f: &mut initializer,
    };
    M::iter_tensors(&mut walker).map(drop)
}

/// Goes from tensor to tensor, in the order of the network.
pub(crate) struct Initializer {
    init: Init,
    rng: ChaCha8Rng,
    /// The layer of the last matrix of weights, and the inputs of one of its units.
    last: Option<(String, usize)>,
}

impl Initializer {
    pub(crate) fn new(init: Init, seed: u64) -> Result<Self> {
        let wrong = |expected: &str, got: f32| {
            Err(Error::Argument {
                what: "number of an initializer".into(),
                expected: expected.into(),
                got: got.to_string(),
            })
        };
        match init {
            Init::Constant(value) if !value.is_finite() => wrong("a finite number", value),
            Init::Normal(size) | Init::Uniform(size) if !(size.is_finite() && size >= 0.0) => {
                wrong("a finite number, 0 or more", size)
            }
            _ => Ok(Self {
                init,
                rng: ChaCha8Rng::seed_from_u64(seed),
                last: None,
            }),
        }
    }

    /// Sets one tensor: a matrix of weights, or the bias that belongs to the last one.
    pub(crate) fn set(&mut self, name: &str, shape: &[usize], values: &mut [f32]) {
        let (layer, tensor) = name.rsplit_once('.').unwrap_or(("", name));
        if shape.len() > 1 {
            let (fan_in, fan_out) = fans(shape);
            self.last = Some((layer.to_string(), fan_in));
            fill(values, self.init, shape[0], fan_in, fan_out, &mut self.rng);
        } else if let Some((last, fan_in)) = &self.last
            && last == layer
            && tensor.contains("bias")
        {
            match self.init {
                Init::PyTorch => uniform(values, 1.0 / (*fan_in as f32).sqrt(), &mut self.rng),
                _ => values.fill(0.0),
            }
        }
    }
}

/// Inputs and outputs of one unit: PyTorch's count, which takes the first axis for the outputs of every kind of layer.
fn fans(shape: &[usize]) -> (usize, usize) {
    let field: usize = shape[2..].iter().product();
    (shape[1] * field, shape[0] * field)
}

fn fill(values: &mut [f32], init: Init, rows: usize, fan_in: usize, fan_out: usize, rng: &mut ChaCha8Rng) {
    let (one, both) = (fan_in.max(1) as f32, (fan_in + fan_out).max(1) as f32);
    match init {
        Init::PyTorch => uniform(values, 1.0 / one.sqrt(), rng),
        Init::Constant(value) => values.fill(value),
        Init::Normal(std) => normal(values, std, rng),
        Init::Uniform(bound) => uniform(values, bound, rng),
        Init::XavierUniform => uniform(values, (6.0 / both).sqrt(), rng),
        Init::XavierNormal => normal(values, (2.0 / both).sqrt(), rng),
        Init::KaimingUniform => uniform(values, (6.0 / one).sqrt(), rng),
        Init::KaimingNormal => normal(values, (2.0 / one).sqrt(), rng),
        Init::Orthogonal => orthogonal(values, rows, rng),
    }
}

fn uniform(values: &mut [f32], bound: f32, rng: &mut ChaCha8Rng) {
    values
        .iter_mut()
        .for_each(|v| *v = bound * (2.0 * rng.r#gen::<f32>() - 1.0));
}

fn normal(values: &mut [f32], std: f32, rng: &mut ChaCha8Rng) {
    for value in values {
        let drawn: f32 = StandardNormal.sample(rng);
        *value = std * drawn;
    }
}

/// Random directions, made perpendicular to all before them (Gram-Schmidt) and of length 1: the rows of the matrix, or its
/// columns where there are more rows than columns.
fn orthogonal(values: &mut [f32], rows: usize, rng: &mut ChaCha8Rng) {
    let columns = values.len() / rows.max(1);
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut found: Vec<Vec<f64>> = Vec::with_capacity(count);
    while found.len() < count {
        let mut direction: Vec<f64> = (0..length).map(|_| StandardNormal.sample(rng)).collect();
        // Twice, because rounding leaves a little of the other directions after the first time.
        for _ in 0..2 {
            for other in &found {
                let shared: f64 = direction.iter().zip(other).map(|(a, b)| a * b).sum();
                direction.iter_mut().zip(other).for_each(|(a, b)| *a -= shared * b);
            }
        }
        let norm = direction.iter().map(|a| a * a).sum::<f64>().sqrt();
        if norm > 1e-9 {
            direction.iter_mut().for_each(|a| *a /= norm);
            found.push(direction);
        }
    }
    for (i, value) in values.iter_mut().enumerate() {
        let (row, column) = (i / columns, i % columns);
        *value = if rows <= columns {
            found[row][column]
        } else {
            found[column][row]
        } as f32;
    }
}

impl TensorVisitor<f32, Dev> for Initializer {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = Error;
    type E2 = f32;
    type D2 = Dev;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Dev>,
        (tensor, name): (&mut Tensor<S, f32, Dev>, String),
    ) -> Result<Option<Tensor<S, f32, Dev>>> {
        if options.do_gradient_update {
            let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
            let mut values = vec![0.0; tensor.shape().num_elements()];
            tensor.copy_into(&mut values);
            self.set(&name, &shape, &mut values);
            tensor.copy_from(&values);
        }
        Ok(None)
    }
}
