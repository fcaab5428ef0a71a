//! Upsampling, pixel shuffle and group normalization: PyTorch's values, any number of threads, and what is refused.
//!
//! `tests/ops/images.py` made `images.json`, which names the versions.

use gradus::ops::{self, Interpolation};
use gradus::prelude::*;
use gradus_tests::{Array, close, in_threads, load};
use serde::Deserialize;

type Images = Tensor<(usize, usize, usize, usize), f32, Cpu>;
type Six = Tensor<(usize, Const<6>, usize, usize), f32, Cpu>;
type Vector = Tensor<Rank1<6>, f32, Cpu>;

#[derive(Deserialize)]
struct Golden {
    nearest: Vec<Case>,
    bilinear: Vec<Case>,
    shuffle: Vec<Case>,
    group_norm: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    factor: usize,
    args: Vec<Array>,
    y: Array,
    dy: Array,
}

/// Result and gradients of each argument, one behind the other.
fn numbers(case: &Case, name: &str) -> Result<Vec<Vec<f32>>> {
    let dev = Cpu::default();
    let images = || -> (Images, Images) { (case.args[0].tensor(&dev), case.dy.tensor(&dev)) };
    if name == "group_norm" {
        let (x, dy): (Six, Six) = (case.args[0].tensor(&dev), case.dy.tensor(&dev));
        let [weight, bias]: [Vector; 2] = [case.args[1].tensor(&dev), case.args[2].tensor(&dev)];
        let y = ops::group_norm(x.leaky_trace(), case.factor, &weight, &bias, 1e-5)?;
        let values = y.as_vec();
        let slopes = (y * dy).sum().backward();
        return Ok(vec![
            values,
            slopes.get(&x).as_vec(),
            slopes.get(&weight).as_vec(),
            slopes.get(&bias).as_vec(),
        ]);
    }
    let (x, dy) = images();
    let taped = x.leaky_trace();
    let y = match name {
        "nearest" => ops::upsample(taped, case.factor, Interpolation::Nearest)?,
        "bilinear" => ops::upsample(taped, case.factor, Interpolation::Bilinear)?,
        _ => ops::pixel_shuffle(taped, case.factor)?,
    };
    assert_eq!(y.shape().concrete().to_vec(), case.y.shape, "{name}");
    let values = y.as_vec();
    Ok(vec![values, (y * dy).sum().backward().get(&x).as_vec()])
}

/// Values and gradients are PyTorch's, and the same on any number of threads.
fn check(name: &str, cases: &[Case]) -> Result<()> {
    assert!(cases.len() >= 3, "{name}");
    for case in cases {
        let got = numbers(case, name)?;
        let what = |part: &str| format!("{name} of {:?} by {}: {part}", case.args[0].shape, case.factor);
        close(&what("y"), &got[0], &case.y.values, 2e-5);
        for (i, (got, arg)) in got[1..].iter().zip(&case.args).enumerate() {
            close(&what(&format!("gradient {i}")), got, &arg.grad, 2e-5);
        }
        assert_eq!(got.len(), 1 + case.args.len());
        for threads in [1, 3] {
            assert_eq!(
                in_threads(threads, || numbers(case, name))?,
                got,
                "{threads} threads, {name}"
            );
        }
    }
    Ok(())
}

#[test]
fn nearest_upsampling_is_pytorchs() -> Result<()> {
    check("nearest", &load::<Golden>("ops/images").nearest)
}

#[test]
fn bilinear_upsampling_is_pytorchs() -> Result<()> {
    check("bilinear", &load::<Golden>("ops/images").bilinear)
}

#[test]
fn the_pixel_shuffle_is_pytorchs() -> Result<()> {
    check("shuffle", &load::<Golden>("ops/images").shuffle)
}

#[test]
fn group_normalization_is_pytorchs() -> Result<()> {
    check("group_norm", &load::<Golden>("ops/images").group_norm)
}

#[test]
fn layers_do_what_the_operations_do() -> Result<()> {
    let dev = device(16)?;
    let x: Tensor<Rank4<2, 8, 3, 3>, f32, _> = dev.sample_normal();
    let layers = dev.build_module::<(
        GroupNorm<4, 8>,
        UpsampleBilinear<2>,
        PixelShuffle<2>,
        UpsampleNearest<3>,
    ), f32>();
    let y = layers.try_forward(x.clone())?;
    assert_eq!(y.shape().concrete(), [2, 2, 36, 36]);
    let (weight, bias) = (&layers.0.weight, &layers.0.bias);
    let by_hand = ops::upsample(ops::group_norm(x, 4, weight, bias, 1e-5)?, 2, Interpolation::Bilinear)?;
    let by_hand = ops::upsample(ops::pixel_shuffle(by_hand, 2)?, 3, Interpolation::Nearest)?;
    assert_eq!(y.as_vec(), by_hand.as_vec());
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let dev = Cpu::default();
    let x: Images = dev.zeros_like(&(1, 6, 2, 2));
    let said = |error: gradus::Error| error.to_string();
    let scale = said(
        ops::upsample(x.clone(), 0, Interpolation::Nearest)
            .map(|_| ())
            .unwrap_err(),
    );
    assert!(scale.contains("at least 1"), "{scale}");
    for r in [0, 2] {
        let channels = said(ops::pixel_shuffle(x.clone(), r).map(|_| ()).unwrap_err());
        assert!(channels.contains("square") && channels.contains('6'), "{channels}");
    }
    let x: Six = dev.zeros_like(&(1, Const, 2, 2));
    let [weight, bias]: [Vector; 2] = [dev.ones(), dev.zeros()];
    for groups in [0, 4] {
        let groups = said(
            ops::group_norm(x.clone(), groups, &weight, &bias, 1e-5)
                .map(|_| ())
                .unwrap_err(),
        );
        assert!(groups.contains("divides the 6 channels"), "{groups}");
    }
    let none: Images = dev.zeros_like(&(0, 6, 2, 2));
    assert_eq!(
        ops::upsample(none, 2, Interpolation::Bilinear)
            .expect("empty")
            .shape()
            .concrete(),
        [0, 6, 4, 4]
    );
}
