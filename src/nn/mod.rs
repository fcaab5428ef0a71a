//! Layers for images and sequences, as dfdx modules.
//!
//! They join dfdx's own layers in tuples, and its optimizers, parameter counts, moving averages and file formats see
//! their tensors. As in dfdx, a layer has two types: a *builder* such as [`builders::Conv2D`], which names the
//! structure of a network and is what one writes, and a *module* such as [`modules::Conv2D`], which holds the tensors
//! on a device. `device.build_module::<Builder, f32>()` turns one into the other.
//!
//! Channels and features are checked by the compiler. Heights and widths are checked when data flows, with an error
//! that names the layer.

mod activation;
mod around;
mod attention;
mod bidirectional;
mod conv;
mod cross_attention;
mod curves;
mod decoder;
mod embedding;
mod encoder;
mod encoder_decoder;
mod fire;
mod flatten;
mod gaussian;
mod graph_attention;
mod graph_conv;
mod group_norm;
mod init;
mod input;
mod last_state;
mod layer_norm;
mod linear;
mod load;
mod maybe_padded;
mod norm;
mod pad;
mod padded;
mod patches;
mod pool;
mod positions;
mod reading;
mod recurrent;
mod recurrent_state;
mod regularize;
mod residual;
mod softmax;
mod spectral_norm;
mod state_dict;
mod steps;
mod stepwise;
mod time_embedding;
mod unet;
mod unet_block;
mod unet_forward;
mod upsample;
mod vision_graph;
pub mod zoo;

/// Layers to write networks with; re-exports dfdx's.
pub mod builders {
    pub use super::activation::{ReLU, ReLU6, Sigmoid, Tanh};
    pub use super::around::{GeneralizedResidual, Residual};
    pub use super::attention::builder::MultiHeadAttention;
    pub use super::bidirectional::Bidirectional;
    pub use super::conv::builder::{Conv2D, ConvTranspose2D, DepthwiseConv2D};
    pub use super::cross_attention::builder::CrossAttention;
    pub use super::curves::{
        ELU, GELU, GELUTanh, Hardsigmoid, Hardtanh, LeakyReLU, Mish, SELU, SiLU, Softplus, Softsign,
    };
    pub use super::decoder::builder::{PostNormDecoderBlock, PreNormDecoderBlock};
    pub use super::embedding::builder::{Embedding, PaddedEmbedding};
    pub use super::encoder::builder::{PreNormEncoderBlock, TransformerEncoderBlock};
    pub use super::encoder_decoder::{EncoderDecoder, OnTarget};
    pub use super::fire::builder::Fire;
    pub use super::flatten::Flatten;
    pub use super::graph_attention::builder::GatConv;
    pub use super::graph_conv::builder::{GraphConv, SageConv};
    pub use super::group_norm::builder::GroupNorm;
    pub use super::last_state::{Beside, LastState};
    pub use super::layer_norm::builder::LayerNorm;
    pub use super::linear::builder::Linear;
    pub use super::norm::builder::{BatchNorm1D, BatchNorm2D};
    pub use super::pad::ZeroPad2D;
    pub use super::patches::{
        FirstStep,
        builder::{ClassToken, PatchEmbedding},
    };
    pub use super::pool::{AvgPool2D, MaxPool2D, MinPool2D};
    pub use super::positions::{SinusoidalPositions, builder::Positions};
    pub use super::recurrent::builder::{Gru, Lstm, Rnn};
    pub use super::regularize::{ActivityL1, ActivityL2, Dropout};
    pub use super::residual::{AvgPoolGlobal, builder::ResidualBlock};
    pub use super::softmax::{LogSoftmax, Softmax};
    pub use super::spectral_norm::builder::SpectralNorm;
    pub use super::steps::{LastStep, MeanSteps};
    pub use super::time_embedding::builder::TimeEmbedding;
    pub use super::unet::builder::UNet;
    pub use super::upsample::{PixelShuffle, UpsampleBilinear, UpsampleNearest};
    pub use super::vision_graph::builder::VisionGraphBlock;
    pub use super::zoo::gpt2::builder::Gpt2;
    pub use dfdx::nn::builders::{
        Abs, AddInto, Bias2D, DropoutOneIn, FastGeLU, LayerNorm1D, MaxPoolGlobal, MinPoolGlobal, Repeated, SplitInto,
        Transformer, TransformerDecoder, TransformerDecoderBlock, TransformerEncoder, UnbiasedLinear,
    };
}

/// Layers with their tensors, as they stand on a device.
pub mod modules {
    pub use super::activation::{ReLU, ReLU6, Sigmoid, Tanh};
    pub use super::around::{GeneralizedResidual, Residual};
    pub use super::attention::{MultiHeadAttention, OutProjection};
    pub use super::bidirectional::Bidirectional;
    pub use super::conv::{Conv2D, ConvTranspose2D, DepthwiseConv2D};
    pub use super::cross_attention::CrossAttention;
    pub use super::curves::{
        ELU, GELU, GELUTanh, Hardsigmoid, Hardtanh, LeakyReLU, Mish, SELU, SiLU, Softplus, Softsign,
    };
    pub use super::decoder::{PostNormDecoderBlock, PreNormDecoderBlock};
    pub use super::embedding::{Embedding, PaddedEmbedding};
    pub use super::encoder::{PreNormEncoderBlock, TransformerEncoderBlock};
    pub use super::encoder_decoder::{EncoderDecoder, OnTarget};
    pub use super::fire::Fire;
    pub use super::flatten::Flatten;
    pub use super::graph_attention::GatConv;
    pub use super::graph_conv::{GraphConv, SageConv};
    pub use super::group_norm::GroupNorm;
    pub use super::last_state::{Beside, LastState};
    pub use super::layer_norm::LayerNorm;
    pub use super::linear::Linear;
    pub use super::norm::{BatchNorm1D, BatchNorm2D};
    pub use super::pad::ZeroPad2D;
    pub use super::patches::{ClassToken, FirstStep, PatchEmbedding};
    pub use super::pool::{AvgPool2D, MaxPool2D, MinPool2D};
    pub use super::positions::{Positions, SinusoidalPositions};
    pub use super::recurrent::{Gru, Lstm, Rnn};
    pub use super::regularize::{ActivityL1, ActivityL2, Dropout};
    pub use super::residual::{AvgPoolGlobal, ResidualBlock, Shortcut};
    pub use super::softmax::{LogSoftmax, Softmax};
    pub use super::spectral_norm::{SpectralConv2D, SpectralLinear};
    pub use super::steps::{LastStep, MeanSteps};
    pub use super::time_embedding::TimeEmbedding;
    pub use super::unet::{UNet, Zero};
    pub use super::unet_block::{Around, JoinedConv2D, JoinedNorm, TimedBlock};
    pub use super::upsample::{PixelShuffle, UpsampleBilinear, UpsampleNearest};
    pub use super::vision_graph::VisionGraphBlock;
    pub use super::zoo::gpt2::{Gpt2, Gpt2Block};
    pub use super::zoo::gpt2_layers::{Affine as Gpt2Affine, Attention as Gpt2Attention, Mlp as Gpt2Mlp};
}

pub use gaussian::{gaussian_kl, reparametrize};
pub(crate) use init::Initializer;
pub use init::{Init, initialize};
pub use input::{
    AnyImages, Channels, Features, HasInput, Images, InputKind, PaddedSteps, Sequences, Steps, TokenPairs, Tokens,
};
pub use last_state::Directions;
pub use load::{load_state_dict, state_dict};
pub use maybe_padded::MaybePadded;
pub use padded::Padded;
pub use reading::{Feeds, Reading};
pub use recurrent_state::{LstmState, State};
pub use state_dict::StateDict;
pub use unet::Condition;

/// The module that the builder type `N` becomes on this build's device: what `dev.build_module::<N, f32>()` returns.
///
/// A notebook variable that outlives its cell needs a type that can be written down; this is how.
pub type Built<N> = <N as dfdx::nn::BuildOnDevice<crate::device::Dev, f32>>::Built;
