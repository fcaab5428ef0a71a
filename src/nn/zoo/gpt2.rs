//! GPT-2.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::{Distribution, uniform::SampleUniform};

use super::gpt2_layers::{Attention, Mlp};
use crate::Result as Checked;
use crate::nn::layer_norm::LayerNorm;
use crate::nn::positions::{Positions, Small, small};
use crate::nn::state_dict::StateDict;
use crate::ops::{Kernels, add_onto, attention_weights, embedding};

/// The structure of the network, without device and number type.
pub mod builder {
    /// The decoder of GPT-2: for each place of a text, scores for the token that comes next.
    ///
    /// Maps ids `(B, T)`, whole numbers below `V` as f32, to scores `(B, T, V)`. `V` tokens, texts of at most `L` tokens, `N`
    /// features, `HEADS` heads, `LAYERS` blocks: a learned vector for each token and for each place, pre-norm blocks of causal
    /// attention and two linear layers of `4 N` features with GELU (its approximation by tanh) between them, a last norm, and
    /// scores by the token vectors themselves. There is no dropout. The published small model is
    /// `Gpt2<50257, 1024, 768, 12, 12>`.
    ///
    /// Radford et al. 2019, *Language models are unsupervised multitask learners*; the names of the tensors are those of
    /// Hugging Face's `GPT2LMHeadModel`, whose files [`gpt2_huggingface`](super::gpt2_huggingface) translates. Taught in
    /// notebook 15.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let gpt = dev.build_module::<Gpt2<65, 32, 16, 2, 2>, f32>();
    /// let ids = dev.tensor([[1.0, 64.0, 7.0], [0.0, 0.0, 3.0]]);
    /// assert_eq!(gpt.try_forward(ids)?.shape().concrete(), [2, 3, 65]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails for ids outside the vocabulary, for texts longer than `L`, and where `HEADS` does not divide `N`.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Gpt2<const V: usize, const L: usize, const N: usize, const HEADS: usize, const LAYERS: usize>;
}

/// [`builder::Gpt2`] on a device. Starts as GPT-2 does: normal with standard deviation 0.02, biases 0, and what is added to
/// the sum of the blocks less, by the square root of twice their number.
#[derive(Clone, Debug)]
pub struct Gpt2<
    const V: usize,
    const L: usize,
    const N: usize,
    const HEADS: usize,
    const LAYERS: usize,
    E: Dtype,
    D: Storage<E>,
> {
    /// A vector for each token; the scores are products with them, too. `wte.weight` in files.
    pub wte: Tensor<Rank2<V, N>, E, D>,
    /// A vector for each place.
    pub wpe: Positions<L, N, E, D>,
    /// The blocks.
    pub h: Repeated<Gpt2Block<N, HEADS, LAYERS, E, D>, LAYERS>,
    /// The norm behind the last block.
    pub ln_f: LayerNorm<N, E, D>,
}

/// A block of [`Gpt2`], one of `LAYERS`.
#[derive(Clone, Debug)]
pub struct Gpt2Block<const N: usize, const HEADS: usize, const LAYERS: usize, E: Dtype, D: Storage<E>> {
    /// In front of the attention.
    pub ln_1: LayerNorm<N, E, D>,
    /// Causal attention.
    pub attn: Attention<N, HEADS, LAYERS, E, D>,
    /// In front of the linear layers.
    pub ln_2: LayerNorm<N, E, D>,
    /// The linear layers.
    pub mlp: Mlp<N, LAYERS, E, D>,
}

impl<const V: usize, const L: usize, const N: usize, const HEADS: usize, const LAYERS: usize, D: Device<E>, E: Dtype>
    BuildOnDevice<D, E> for builder::Gpt2<V, L, N, HEADS, LAYERS>
where
    Gpt2<V, L, N, HEADS, LAYERS, E, D>: BuildModule<D, E>,
{
    type Built = Gpt2<V, L, N, HEADS, LAYERS, E, D>;
}

impl<const V: usize, const L: usize, const N: usize, const HEADS: usize, const LAYERS: usize, E: Dtype, D: Storage<E>>
    NonMutableModule for Gpt2<V, L, N, HEADS, LAYERS, E, D>
{
}

impl<const V: usize, const L: usize, const N: usize, const HEADS: usize, const LAYERS: usize, E, D: Device<E>>
    TensorCollection<E, D> for Gpt2<V, L, N, HEADS, LAYERS, E, D>
where
    E: Dtype + Float + SampleUniform,
    Small<E>: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Gpt2<V, L, N, HEADS, LAYERS, E2, D2>;

    fn iter_tensors<W: ModuleVisitor<Self, E, D>>(visitor: &mut W) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
        let weight = TensorOptions::reset_with(|t| t.try_fill_with_distr(small::<E>(0)));
        visitor.visit_fields(
            (
                Self::tensor("wte.weight", |s| &s.wte, |s| &mut s.wte, weight),
                Self::module("wpe", |s| &s.wpe, |s| &mut s.wpe),
                Self::module("h", |s| &s.h, |s| &mut s.h),
                Self::module("ln_f", |s| &s.ln_f, |s| &mut s.ln_f),
            ),
            |(wte, wpe, h, ln_f)| Gpt2 { wte, wpe, h, ln_f },
        )
    }
}

impl<const N: usize, const HEADS: usize, const LAYERS: usize, E, D: Device<E>> TensorCollection<E, D>
    for Gpt2Block<N, HEADS, LAYERS, E, D>
where
    E: Dtype + Float + SampleUniform,
{
    type To<E2: Dtype, D2: Device<E2>> = Gpt2Block<N, HEADS, LAYERS, E2, D2>;

    fn iter_tensors<W: ModuleVisitor<Self, E, D>>(visitor: &mut W) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
        visitor.visit_fields(
            (
                Self::module("ln_1", |s| &s.ln_1, |s| &mut s.ln_1),
                Self::module("attn", |s| &s.attn, |s| &mut s.attn),
                Self::module("ln_2", |s| &s.ln_2, |s| &mut s.ln_2),
                Self::module("mlp", |s| &s.mlp, |s| &mut s.mlp),
            ),
            |(ln_1, attn, ln_2, mlp)| Gpt2Block { ln_1, attn, ln_2, mlp },
        )
    }
}

/// `(B, T, N)`.
type Steps<B, S, const N: usize, D, T = NoneTape> = Tensor<(B, S, Const<N>), f32, D, T>;

impl<const N: usize, const HEADS: usize, const LAYERS: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Steps<B, S, N, D, T>> for Gpt2Block<N, HEADS, LAYERS, f32, D>
{
    type Output = Steps<B, S, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Steps<B, S, N, D, T>) -> Result<Self::Output, D::Err> {
        let seen = self.attn.try_forward(self.ln_1.try_forward(x.with_empty_tape())?)?;
        let y = add_onto(seen, x).map_err(D::to_device_error)?;
        let far = self.mlp.try_forward(self.ln_2.try_forward(y.with_empty_tape())?)?;
        add_onto(far, y).map_err(D::to_device_error)
    }
}

impl<const N: usize, const HEADS: usize, const LAYERS: usize, D: Kernels> Gpt2Block<N, HEADS, LAYERS, f32, D> {
    /// The block for the steps `x` that follow those whose keys and values are in `past`, which gets the new ones.
    fn read_on(
        &self,
        x: Steps<usize, usize, N, D>,
        past: &mut [Vec<f32>],
    ) -> Result<Steps<usize, usize, N, D>, D::Err> {
        let seen = self.attn.read_on(self.ln_1.try_forward(x.clone())?, past)?;
        let y = add_onto(seen, x).map_err(D::to_device_error)?;
        let far = self.mlp.try_forward(self.ln_2.try_forward(y.clone())?)?;
        add_onto(far, y).map_err(D::to_device_error)
    }
}

impl<
    const V: usize,
    const L: usize,
    const N: usize,
    const HEADS: usize,
    const LAYERS: usize,
    B: Dim,
    S: Dim,
    D: Kernels,
    T: Tape<f32, D>,
> Module<Tensor<(B, S), f32, D, T>> for Gpt2<V, L, N, HEADS, LAYERS, f32, D>
{
    type Output = Tensor<(B, S, Const<V>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, ids: Tensor<(B, S), f32, D, T>) -> Result<Self::Output, D::Err> {
        let x = embedding(ids, &self.wte, None).map_err(D::to_device_error)?;
        self.scores(self.h.try_forward(self.wpe.try_forward(x)?)?)
    }
}

impl<const V: usize, const L: usize, const N: usize, const HEADS: usize, const LAYERS: usize, D: Kernels>
    Gpt2<V, L, N, HEADS, LAYERS, f32, D>
{
    /// From what the last block made to scores.
    fn scores<B: Dim, S: Dim, T: Tape<f32, D>>(
        &self,
        x: Steps<B, S, N, D, T>,
    ) -> Result<Tensor<(B, S, Const<V>), f32, D, T>, D::Err> {
        let (b, s, _) = *x.shape();
        let x = self.ln_f.try_forward(x)?;
        let rows = x.try_reshape_like(&(b.size() * s.size(), N))?;
        let none = rows.device().try_zeros_like(&(V,))?;
        let weight = self.wte.clone().try_reshape_like(&(V, N))?;
        D::linear(rows, weight, none)?.try_reshape_like(&(b, s, Const))
    }

    /// Where each token looks, for drawing: for each block `(B, HEADS, T, T)`, rows of weights with sum 1.
    ///
    /// Hugging Face: `output_attentions=True`. Taught in notebook 15.
    ///
    /// # Errors
    /// As the network's forward.
    pub fn attention_weights<B: Dim, S: Dim>(
        &self,
        ids: &Tensor<(B, S), f32, D>,
    ) -> Checked<Vec<Tensor<(usize, usize, usize, usize), f32, D>>> {
        let wrong = |error: D::Err| crate::Error::Dfdx(error.to_string());
        let mut x = self
            .wpe
            .try_forward(embedding(ids.clone(), &self.wte, None)?)
            .map_err(wrong)?;
        let mut maps = Vec::new();
        for block in &self.h.modules {
            let run = || block.attn.queries_and_keys(block.ln_1.try_forward(x.clone())?);
            let (queries, keys) = run().map_err(wrong)?;
            maps.push(attention_weights(
                &queries,
                &keys,
                None,
                Attention::<N, HEADS, LAYERS, f32, D>::OPTIONS,
            )?);
            x = block.try_forward(x).map_err(wrong)?;
        }
        Ok(maps)
    }

    /// Reads `tokens` after `at` others, whose keys and values are in `past` (two parts for each block), and returns the
    /// scores of what follows the last.
    pub(crate) fn read_on(&self, past: &mut [Vec<f32>], at: usize, tokens: &[usize]) -> Checked<Vec<f32>> {
        let end = at + tokens.len();
        let wrong = tokens.iter().find(|token| **token >= V);
        if end > L || tokens.is_empty() || wrong.is_some() {
            return Err(crate::Error::Argument {
                what: "tokens for a GPT-2".into(),
                expected: format!("at least one, below {V}, and at most {L} with those before"),
                got: wrong.map_or(format!("{end} tokens"), usize::to_string),
            });
        }
        // Behind others, one token at a time: each sees all that is there.
        let (mut last, mut first) = (Vec::new(), 0);
        while first < tokens.len() {
            let n = if at + first == 0 { tokens.len() } else { 1 };
            last = self
                .read_some(past, at + first, &tokens[first..first + n])
                .map_err(|error| crate::Error::Dfdx(error.to_string()))?;
            first += n;
        }
        Ok(last)
    }

    fn read_some(&self, past: &mut [Vec<f32>], at: usize, tokens: &[usize]) -> Result<Vec<f32>, D::Err> {
        let (n, dev) = (tokens.len(), self.wte.device());
        let rows = dev.try_tensor_from_vec(tokens.to_vec(), (n,))?;
        let places = dev.try_tensor_from_vec((at..at + n).collect(), (n,))?;
        let places = self.wpe.weight.clone().try_gather(places)?;
        let x = self.wte.clone().try_gather(rows)?.try_add(places)?;
        let mut x = x.try_reshape_like(&(1, n, Const::<N>))?;
        for (block, past) in self.h.modules.iter().zip(past.chunks_mut(2)) {
            x = block.read_on(x, past)?;
        }
        let last = x.as_vec().split_off((n - 1) * N);
        let last = dev.try_tensor_from_vec(last, (1usize, 1usize, Const::<N>))?;
        Ok(self.scores(last)?.as_vec())
    }
}

/// The weights for a [`Gpt2`](builder::Gpt2) from a file of Hugging Face's `GPT2LMHeadModel` or `GPT2Model`.
///
/// The names may begin with `transformer.` or not. Its linear layers are kept as `Conv1D`, `(in, out)`, and are turned; what
/// is no weight (masks) is left out, and so is `lm_head.weight`, which is `wte.weight`. The result goes into
/// [`load_state_dict`](crate::nn::load_state_dict) or a learner. Taught in notebook 15.
///
/// # Errors
/// [`Error::File`](crate::Error::File) where the file holds no `wte.weight`, or numbers that are not finite.
pub fn gpt2_huggingface(file: &StateDict) -> Checked<StateDict> {
    let mut dict = StateDict::new(file.source());
    let prefix = if file.get("transformer.wte.weight").is_some() {
        "transformer."
    } else {
        ""
    };
    file.tensor(&format!("{prefix}wte.weight"))?;
    for name in file.names() {
        let Some(ours) = name.strip_prefix(prefix) else {
            continue;
        };
        if ours == "lm_head.weight" || ours.ends_with(".attn.bias") || ours.ends_with(".attn.masked_bias") {
            continue;
        }
        let (shape, values) = file.tensor(&name)?;
        match shape {
            [rows, columns] if ours.ends_with(".weight") && ours.starts_with("h.") => {
                let turned = (0..rows * columns).map(|i| values[i % rows * columns + i / rows]);
                dict.insert(ours, vec![*columns, *rows], turned.collect())?;
            }
            _ => dict.insert(ours, shape.to_vec(), values.to_vec())?,
        }
    }
    Ok(dict)
}
