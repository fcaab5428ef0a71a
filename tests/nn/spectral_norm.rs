//! Spectral normalization: PyTorch's values, central differences, the first pass, and a learner.
//!
//! `tests/nn/spectral_norm.py` made `spectral_norm.json`, which names the version.

use gradus::nn::modules::{SpectralConv2D, SpectralLinear};
use gradus::ops;
use gradus::prelude::*;
use gradus_tests::{close, load};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    linear: Case,
    conv: Case,
}

#[derive(Deserialize)]
struct Case {
    shape: Vec<usize>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    u: Vec<f32>,
    v: Vec<f32>,
    moved: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    dy: Vec<f32>,
    y_first: Vec<f32>,
    train: Passes,
    u_after: Vec<f32>,
    v_after: Vec<f32>,
    eval: Passes,
    largest: f32,
}

#[derive(Deserialize)]
struct Passes {
    y: Vec<f32>,
    dx: Vec<f32>,
    dweight: Vec<f32>,
    dbias: Vec<f32>,
}

type Dense = SpectralLinear<5, 4, f32, Dev>;
type Conv = SpectralConv2D<3, 6, 4, 2, 1, 1, f32, Dev>;

/// `against!(layer, case, x)`: two passes in training and one in evaluation; `x` makes a batch of numbers.
macro_rules! against {
    ($layer:ident, $case:ident, $x:expr) => {
        $layer.weight.copy_from(&$case.moved);
        $layer.bias.copy_from(&$case.bias);
        $layer.u.copy_from(&$case.u);
        $layer.v.copy_from(&$case.v);
        let y = $layer.try_forward_mut($x(&$case.first).leaky_trace())?;
        close("first batch", &y.as_vec(), &$case.y_first, 2e-5);
        for (training, golden) in [(true, &$case.train), (false, &$case.eval)] {
            let x = $x(&$case.second);
            let y = if training {
                $layer.try_forward_mut(x.leaky_trace())?
            } else {
                $layer.try_forward(x.leaky_trace())?
            };
            close("y", &y.as_vec(), &golden.y, 2e-5);
            let dy = y.device().tensor_from_vec($case.dy.clone(), *y.shape());
            let gradients = (y * dy).sum::<Rank0, _>().backward();
            close("dx", &gradients.get(&x).as_vec(), &golden.dx, 2e-5);
            close(
                "dweight",
                &gradients.get(&$layer.weight).as_vec(),
                &golden.dweight,
                2e-5,
            );
            close("dbias", &gradients.get(&$layer.bias).as_vec(), &golden.dbias, 2e-5);
            close("u", &$layer.u.as_vec(), &$case.u_after, 2e-5);
            close("v", &$layer.v.as_vec(), &$case.v_after, 2e-5);
        }
    };
}

#[test]
fn a_linear_layer_agrees_with_pytorch() -> gradus::Result<()> {
    let (case, dev) = (load::<Golden>("nn/spectral_norm").linear, device(0)?);
    let mut layer: Dense = dev.build_module::<SpectralNorm<Linear<5, 4>>, f32>();
    against!(layer, case, |x: &[f32]| dev
        .tensor_from_vec(x.to_vec(), (case.shape[0], Const::<5>)));
    Ok(())
}

#[test]
fn a_convolution_agrees_with_pytorch() -> gradus::Result<()> {
    let (case, dev) = (load::<Golden>("nn/spectral_norm").conv, device(0)?);
    let mut layer: Conv = dev.build_module::<SpectralNorm<Conv2D<3, 6, 4, 2, 1>>, f32>();
    let [b, _, h, w] = case.shape[..] else {
        panic!("four axes");
    };
    against!(layer, case, |x: &[f32]| dev
        .tensor_from_vec(x.to_vec(), (b, Const::<3>, h, w)));
    Ok(())
}

/// Fresh weights have no directions yet: fifteen steps find the largest singular value, whichever pass comes first.
#[test]
fn the_first_pass_finds_the_largest_singular_value() -> gradus::Result<()> {
    let golden: Golden = load("nn/spectral_norm");
    let dev = device(0)?;
    let mut layer: Dense = dev.build_module::<SpectralNorm<Linear<5, 4>>, f32>();
    layer.weight.copy_from(&golden.linear.moved);
    let x: Tensor<Rank2<1, 5>, f32, _> = dev.sample_normal();
    let before = layer.try_forward(x.clone())?.as_vec();
    assert!(layer.u.as_vec().iter().all(|u| *u == 0.0), "evaluation changes nothing");
    let after = layer.try_forward_mut(x.leaky_trace())?.as_vec();
    close("evaluation and training", &before, &after, 1e-6);
    assert!(
        (layer.sigma() / golden.linear.largest - 1.0).abs() < 0.01,
        "{}",
        layer.sigma()
    );
    let mut conv: Conv = dev.build_module::<SpectralNorm<Conv2D<3, 6, 4, 2, 1>>, f32>();
    conv.weight.copy_from(&golden.conv.moved);
    let ratio = conv.sigma() / golden.conv.largest;
    assert!((0.97..1.0001).contains(&ratio), "from below: {ratio}");
    // The directions of PyTorch's own weights, after its fifteen steps.
    assert_eq!(golden.linear.weight.len(), 20);
    Ok(())
}

#[test]
fn gradients_by_central_differences() -> gradus::Result<()> {
    let golden: Golden = load("nn/spectral_norm");
    let dev = device(0)?;
    let mut layer: Dense = dev.build_module::<SpectralNorm<Linear<5, 4>>, f32>();
    layer.u.copy_from(&golden.linear.u);
    layer.v.copy_from(&golden.linear.v);
    let x: Tensor<Rank2<3, 5>, f32, _> = dev.tensor(golden.linear.first.clone());
    let start = layer.weight.as_vec();
    let cost = |weight: &[f32]| -> f32 {
        let mut layer = layer.clone();
        layer.weight.copy_from(weight);
        layer
            .try_forward(x.clone())
            .expect("rows")
            .square()
            .sum::<Rank0, _>()
            .array()
    };
    let y = layer.try_forward(x.leaky_trace())?;
    let exact = y.square().sum::<Rank0, _>().backward().get(&layer.weight).as_vec();
    let differences = ops::numeric_gradient(&start, 1e-2, cost);
    assert!(
        ops::gradient_error(&exact, &differences) < 5e-3,
        "{exact:?} {differences:?}"
    );
    Ok(())
}

/// It joins tuples, a learner trains it, and no step makes it steep.
#[test]
fn a_learner_keeps_it_flat() -> gradus::Result<()> {
    type Net = (SpectralNorm<Linear<2, 16>>, LeakyReLU<20>, SpectralNorm<Linear<16, 2>>);
    let values: Vec<f32> = (0..200).map(|i| ((i * 37 % 101) as f32 - 50.0) / 5.0).collect();
    let labels: Vec<usize> = values.chunks(2).map(|x| usize::from(x[0] > x[1])).collect();
    let data = Dataset::from_values(values, &[2], labels, &["below", "above"])?;
    let adam = Adam {
        lr: 0.05,
        ..Adam::default()
    };
    let mut learner = Learner::classifier::<Net>(&device(0)?, adam)?;
    learner.quiet().set_batch_size(20).fit(&data, &data, 30)?;
    assert!(learner.evaluate(&data)?.1 > 0.95, "{}", learner.evaluate(&data)?.1);
    let net = learner.network::<Net>()?;
    assert!(net.0.sigma() > 2.0, "the weights grow: {}", net.0.sigma());
    let dev = device(1)?;
    let (a, b): (Tensor<Rank2<64, 2>, f32, _>, Tensor<Rank2<64, 2>, f32, _>) =
        (dev.sample_normal(), dev.sample_normal());
    let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
    let (ya, yb) = (
        net.try_forward(a.clone())?.as_vec(),
        net.try_forward(b.clone())?.as_vec(),
    );
    for i in 0..64 {
        let at = 2 * i..2 * i + 2;
        let (after, before) = (
            apart(&ya[at.clone()], &yb[at.clone()]),
            apart(&a.as_vec()[at.clone()], &b.as_vec()[at]),
        );
        assert!(after <= 1.02 * before, "{after} {before}");
    }
    Ok(())
}
