//! Blocks of several layers: residual blocks, fire modules, transformers.

use dfdx::prelude::{ConstDim, Device};

use super::draft::{Draft, within};
use super::export::{Export, affine, convolve, keep, linear};
use super::moves::{Attend, attend};
use super::node::Op;
use super::size::Size;
use crate::Result;
use crate::nn::modules::*;
use crate::nn::zoo::SqueezeNetLayers;
use crate::ops::{Activation, Conv2dOptions};

const RELU: Op = Op::Activate(Activation::ReLU);
const ADD: Op = Op::Add { relu: false };

impl<const I: usize, const O: usize, const S: usize, D: Device<f32>> Export for ResidualBlock<I, O, S, f32, D> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let y = self.conv1.export(draft, &within(name, "conv1"), x.clone())?;
        let y = self.bn1.export(draft, &within(name, "bn1"), y)?;
        let y = draft.node(&within(name, "relu1"), RELU, &[&y])?;
        let y = self.conv2.export(draft, &within(name, "conv2"), y)?;
        let y = self.bn2.export(draft, &within(name, "bn2"), y)?;
        let around = match &self.shortcut {
            Shortcut::Identity => x,
            Shortcut::Projection(layers) => layers.export(draft, &within(name, "shortcut"), x)?,
        };
        let sum = draft.node(&within(name, "add"), ADD, &[&y, &around])?;
        draft.node(&within(name, "relu2"), RELU, &[&sum])
    }
}

impl<const I: usize, const S: usize, const E: usize, const O: usize, D: Device<f32>> Export
    for Fire<I, S, E, O, f32, D>
{
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let x = self.squeeze.export(draft, &within(name, "squeeze"), x)?;
        let x = draft.node(&within(name, "squeeze.relu"), RELU, &[&x])?;
        let small = self.expand1x1.export(draft, &within(name, "expand1x1"), x.clone())?;
        let small = draft.node(&within(name, "expand1x1.relu"), RELU, &[&small])?;
        // The layer's own type has no padding: the module adds it.
        let padded = Conv2dOptions {
            padding: 1,
            ..Default::default()
        };
        let part = within(name, "expand3x3");
        let large = convolve(draft, &part, &x, (&self.expand3x3.weight, &self.expand3x3.bias), padded)?;
        let large = draft.node(&within(name, "expand3x3.relu"), RELU, &[&large])?;
        draft.node(&within(name, "concat"), Op::Concat, &[&small, &large])
    }
}

impl<D: Device<f32>> Export for SqueezeNetLayers<f32, D> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let x = self.0.export(draft, &within(name, 0), x)?;
        let x = self.1.export(draft, &within(name, 1), x)?;
        let x = self.2.export(draft, &within(name, 2), x)?;
        let x = self.3.export(draft, &within(name, 3), x)?;
        self.4.export(draft, &within(name, 4), x)
    }
}

impl<const C: usize, const P: usize, const N: usize, D: Device<f32>> Export for PatchEmbedding<C, P, N, f32, D> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        if let &[_, _, Size::Fixed(h), Size::Fixed(w)] = draft.shape(&x)
            && (P == 0 || h % P > 0 || w % P > 0)
        {
            return Err(crate::Error::Shape {
                layer: format!("PatchEmbedding<{C}, {P}, {N}>"),
                expected: format!("pictures whose height and width are multiples of {P}"),
                got: format!("{h} x {w}; resize or pad them"),
            });
        }
        let maps = self.proj.export(draft, &within(name, "proj"), x)?;
        let patches = match draft.shape(&maps) {
            &[_, _, Size::Fixed(h), Size::Fixed(w)] => h * w,
            _ => 0,
        };
        let flat = Op::Reshape(vec![Size::Batch(1), Size::Fixed(N), Size::Fixed(patches)]);
        let flat = draft.node(&within(name, "flat"), flat, &[&maps])?;
        draft.node(&within(name, "patches"), Op::Transpose(vec![0, 2, 1]), &[&flat])
    }
}

impl<const N: usize, D: Device<f32>> Export for ClassToken<N, f32, D> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        // A step of zeros in front, and the token added to it: no operation needs to know the size of the batch.
        let steps = steps_of(draft, &x);
        let front = Op::Pad {
            axis: 1,
            before: 1,
            after: 0,
        };
        let room = draft.node(&within(name, "room"), front, &[&x])?;
        let token = draft.constant(within(name, "cls_token"), &[1, N], self.cls_token.as_vec())?;
        let behind = Op::Pad {
            axis: 0,
            before: 0,
            after: steps,
        };
        let token = draft.node(&within(name, "token"), behind, &[&token])?;
        draft.node(&within(name, "add"), ADD, &[&room, &token])
    }
}

impl<const L: usize, const N: usize, D: Device<f32>> Export for Positions<L, N, f32, D> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let table = keep(draft, within(name, "weight"), &self.weight)?;
        let rows = Op::Rows(steps_of(draft, &x));
        let rows = draft.node(&within(name, "rows"), rows, &[&table])?;
        draft.node(&within(name, "add"), ADD, &[&x, &rows])
    }
}

/// The number of steps of sequences `(B, T, N)`, or of texts `(B, T)`.
pub(super) fn steps_of(draft: &Draft, x: &str) -> usize {
    match draft.shape(x).get(1) {
        Some(Size::Fixed(steps)) => *steps,
        _ => 0,
    }
}

impl<const N: usize, const HEADS: usize, const CAUSAL: bool, D: Device<f32>> Export
    for MultiHeadAttention<N, HEADS, CAUSAL, f32, D>
{
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let how = Attend {
            features: N,
            heads: HEADS,
            causal: CAUSAL,
        };
        let (weight, bias) = (self.in_proj_weight.as_vec(), self.in_proj_bias.as_vec());
        let seen = attend(draft, &within(name, "in_proj"), &x, (&weight, &bias), how)?;
        self.out_proj.0.export(draft, &within(name, "out_proj"), seen)
    }
}

impl<const N: usize, const HEADS: usize, const FF: usize, A: Export, const CAUSAL: bool, D: Device<f32>> Export
    for PreNormEncoderBlock<N, HEADS, FF, A, CAUSAL, f32, D>
{
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let y = self.norm1.export(draft, &within(name, "norm1"), x.clone())?;
        let y = self.self_attn.export(draft, &within(name, "self_attn"), y)?;
        let x = draft.node(&within(name, "add1"), ADD, &[&y, &x])?;
        let y = self.norm2.export(draft, &within(name, "norm2"), x.clone())?;
        let y = self.linear1.export(draft, &within(name, "linear1"), y)?;
        let y = self.activation.export(draft, &within(name, "activation"), y)?;
        let y = self.linear2.export(draft, &within(name, "linear2"), y)?;
        draft.node(&within(name, "add2"), ADD, &[&y, &x])
    }
}

impl<const N: usize, const HEADS: usize, const FF: usize, A: Export, const CAUSAL: bool, D: Device<f32>> Export
    for TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL, f32, D>
{
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let y = self.self_attn.export(draft, &within(name, "self_attn"), x.clone())?;
        let y = draft.node(&within(name, "add1"), ADD, &[&x, &y])?;
        let x = self.norm1.export(draft, &within(name, "norm1"), y)?;
        let y = self.linear1.export(draft, &within(name, "linear1"), x.clone())?;
        let y = self.activation.export(draft, &within(name, "activation"), y)?;
        let y = self.linear2.export(draft, &within(name, "linear2"), y)?;
        let y = draft.node(&within(name, "add2"), ADD, &[&x, &y])?;
        self.norm2.export(draft, &within(name, "norm2"), y)
    }
}

impl<I: ConstDim, O: ConstDim, const LAYERS: usize, D: Device<f32>> Export for Gpt2Affine<I, O, LAYERS, f32, D> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        linear(draft, name, &x, &self.weight, &self.bias)
    }
}

impl<const N: usize, const HEADS: usize, const LAYERS: usize, D: Device<f32>> Export
    for Gpt2Block<N, HEADS, LAYERS, f32, D>
{
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let y = self.ln_1.export(draft, &within(name, "ln_1"), x.clone())?;
        let how = Attend {
            features: N,
            heads: HEADS,
            causal: true,
        };
        let (weight, bias) = (self.attn.c_attn.weight.as_vec(), self.attn.c_attn.bias.as_vec());
        let y = attend(draft, &within(name, "attn.c_attn"), &y, (&weight, &bias), how)?;
        let y = self.attn.c_proj.export(draft, &within(name, "attn.c_proj"), y)?;
        let x = draft.node(&within(name, "add1"), ADD, &[&y, &x])?;
        let y = self.ln_2.export(draft, &within(name, "ln_2"), x.clone())?;
        let y = self.mlp.c_fc.export(draft, &within(name, "mlp.c_fc"), y)?;
        let y = draft.node(&within(name, "mlp.gelu"), Op::Activate(Activation::GELUTanh), &[&y])?;
        let y = self.mlp.c_proj.export(draft, &within(name, "mlp.c_proj"), y)?;
        draft.node(&within(name, "add2"), ADD, &[&y, &x])
    }
}

impl<const V: usize, const L: usize, const N: usize, const HEADS: usize, const LAYERS: usize, D: Device<f32>> Export
    for Gpt2<V, L, N, HEADS, LAYERS, f32, D>
{
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let tokens = keep(draft, within(name, "wte.weight"), &self.wte)?;
        let x = draft.node(&within(name, "wte"), Op::Lookup, &[&tokens, &x])?;
        let x = self.wpe.export(draft, &within(name, "wpe"), x)?;
        let x = self.h.export(draft, &within(name, "h"), x)?;
        let x = self.ln_f.export(draft, &within(name, "ln_f"), x)?;
        let none = draft.constant(within(name, "scores.bias"), &[V], vec![0.0; V])?;
        affine(draft, &within(name, "scores"), &x, [&tokens, &none])
    }
}
