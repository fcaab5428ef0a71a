//! The networks of the chapters, with weights and inputs that any program can make: no file has to hold them.

use gradus::deploy::{Export, Graph};
use gradus::nn::{load_state_dict, state_dict, zoo};
use gradus::prelude::*;

pub type Mlp = (Flatten<784>, Linear<784, 128>, ReLU, Linear<128, 10>);
pub type Step<const I: usize, const O: usize> = (Conv2D<I, O, 3, 1, 1>, ReLU, MaxPool2D<2>);
pub type Cnn = (
    Step<1, 16>,
    Step<16, 32>,
    Flatten<1568>,
    Linear<1568, 128>,
    ReLU,
    Linear<128, 10>,
);
type Down<const I: usize, const O: usize> = (ResidualBlock<I, O, 2>, Repeated<ResidualBlock<O, O>, 2>);
type First = (Conv2D<3, 16, 3, 1, 1>, BatchNorm2D<16>, ReLU);
pub type ResNet20 = (
    First,
    Repeated<ResidualBlock<16, 16>, 3>,
    Down<16, 32>,
    Down<32, 64>,
    (AvgPoolGlobal, Linear<64, 10>),
);
type Block = PreNormEncoderBlock<64, 4, 128, GELU>;
type Front = (PatchEmbedding<1, 7, 64>, ClassToken<64>, Positions<17, 64>);
pub type Vit = (Front, (Block, Block), FirstStep, LayerNorm<64>, Linear<64, 10>);
pub type Gpt = Gpt2<65, 64, 64, 4, 2>;
/// What none of the others has.
type Bends = (
    LeakyReLU<20>,
    ELU,
    (SELU, SiLU, Mish),
    (Softplus, Softsign),
    (Hardtanh, Hardsigmoid),
    (Sigmoid, Tanh),
);
type Odd = (
    (
        DepthwiseConv2D<2, 3, 2, 1>,
        ReLU6,
        AvgPool2D<3, 2, 1>,
        MaxPool2D<2, 2, 0, true>,
    ),
    Residual<(Conv2D<2, 2, 1>, Dropout<30>, BatchNorm2D<2>)>,
    (Flatten<8>, Linear<8, 6>, BatchNorm1D<6>, ReLU),
    (Bends, BatchNorm1D<6>, LogSoftmax, Softmax),
);
type Post = (
    (PatchEmbedding<1, 2, 8>, TransformerEncoderBlock<8, 2, 16>),
    MultiHeadAttention<8, 4, true>,
    FirstStep,
);

/// Whole 64ths between -1 and 1, the same everywhere: a linear congruential generator.
pub fn numbers(seed: u64, n: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2654435761).wrapping_add(12345);
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((state >> 33) % 129) as f32 / 64.0 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// The network with weights of [`numbers`], as large as layers begin with, and running statistics as after training.
pub fn filled<N: BuildOnDevice<Dev, f32>>(seed: u64) -> N::Built
where
    N::Built: TensorCollection<f32, Dev>,
{
    let dev = device(0).expect("device");
    let mut net = dev.build_module::<N, f32>();
    let mut dict = state_dict(&net).expect("tensors");
    for (i, name) in dict.names().into_iter().enumerate() {
        let (shape, values) = dict.get(&name).expect("a tensor of the list");
        let (shape, mut new) = (shape.to_vec(), numbers(seed + i as u64, values.len()));
        let fan: usize = shape.iter().skip(1).product();
        let scale = if shape.len() > 1 {
            1.5 / (fan as f32).sqrt()
        } else {
            0.5
        };
        new.iter_mut().for_each(|v| *v *= scale);
        let positive = name.ends_with("running_var") || (shape.len() == 1 && name.ends_with("weight"));
        if positive {
            new.iter_mut().for_each(|v| *v += 1.0);
        }
        dict.insert(&name, shape, new).expect("finite");
    }
    load_state_dict(&mut net, &dict).expect("its own tensors");
    net
}

/// A network of the golden file: its graph, its scores by the layers themselves, and its input.
pub struct Case {
    pub name: &'static str,
    pub graph: Graph,
    pub input: Vec<f32>,
    pub scores: Vec<f32>,
}

/// `samples` pictures (or whatever has such a shape) and what the layers answer, one tensor type for each kind of input.
macro_rules! case {
    ($name:literal, $N:ty, $seed:literal, $samples:literal, [$($size:literal),+], $shape:expr) => {{
        let net = filled::<$N>($seed);
        let input = numbers($seed + 1000, $samples * [$($size),+].iter().product::<usize>());
        case($name, &net, &[$($size),+], input, |dev, input| {
            net.try_forward(dev.tensor_from_vec(input, $shape)).expect("scores").as_vec()
        })
    }};
}

fn case<M: Export>(
    name: &'static str,
    net: &M,
    sample: &[usize],
    input: Vec<f32>,
    scores: impl Fn(&Dev, Vec<f32>) -> Vec<f32>,
) -> Case {
    let dev = device(0).expect("device");
    Case {
        name,
        graph: Graph::of(net, sample).expect("a graph"),
        scores: scores(&dev, input.clone()),
        input,
    }
}

/// All networks, the small ones first.
pub fn cases() -> Vec<Case> {
    let gpt = filled::<Gpt>(71);
    let ids: Vec<f32> = numbers(1071, 2 * 12)
        .iter()
        .map(|v| ((v + 1.0) * 32.0).floor().min(64.0))
        .collect();
    let gpt = case("gpt", &gpt, &[12], ids, |dev, ids| {
        gpt.try_forward(dev.tensor_from_vec(ids, (2, 12)))
            .expect("scores")
            .as_vec()
    });
    vec![
        case!("mlp", Mlp, 11, 2, [1, 28, 28], (2, Const::<1>, 28, 28)),
        case!("cnn", Cnn, 21, 2, [1, 28, 28], (2, Const::<1>, 28, 28)),
        case!("odd", Odd, 31, 2, [2, 14, 15], (2, Const::<2>, 14, 15)),
        case!("post", Post, 41, 2, [1, 4, 6], (2, Const::<1>, 4, 6)),
        case!("resnet20", ResNet20, 51, 2, [3, 32, 32], (2, Const::<3>, 32, 32)),
        case!("vit", Vit, 61, 2, [1, 28, 28], (2, Const::<1>, 28, 28)),
        gpt,
        case!(
            "squeezenet",
            zoo::SqueezeNet,
            81,
            1,
            [3, 63, 63],
            (1, Const::<3>, 63, 63)
        ),
    ]
}
