//! Patches of pictures, and the step in front of them: by hand, and in a vision transformer that trains.

use gradus::nn::state_dict;
use gradus::ops;
use gradus::prelude::*;

use crate::support::gradients_by_name;

type Pictures = Tensor<(usize, Const<2>, usize, usize), f32, Cpu>;

/// Each patch, row by row, times the weights of each filter.
#[test]
fn patches_are_linear_maps_in_reading_order() {
    let dev = Cpu::seed_from_u64(2);
    let layer = dev.build_module::<PatchEmbedding<2, 3, 5>, f32>();
    let x: Pictures = dev.sample_normal_like(&(2, Const, 6, 9));
    let y = layer.forward(x.clone());
    assert_eq!(y.shape().concrete(), [2, 6, 5]);
    let (pixels, weights, bias) = (x.as_vec(), layer.proj.weight.as_vec(), layer.proj.bias.as_vec());
    for (at, y) in y.as_vec().iter().enumerate() {
        let (sample, patch, filter) = (at / 30, at / 5 % 6, at % 5);
        let (top, left) = (patch / 3 * 3, patch % 3 * 3);
        let mut sum = bias[filter];
        for (i, w) in weights[filter * 18..][..18].iter().enumerate() {
            let (channel, row, column) = (i / 9, i / 3 % 3, i % 3);
            sum += w * pixels[((sample * 2 + channel) * 6 + top + row) * 9 + left + column];
        }
        assert!((y - sum).abs() < 1e-5, "{y} against {sum} at {at}");
    }
    let error = layer
        .try_forward(dev.zeros_like(&(1, Const, 6, 8)))
        .expect_err("no multiple");
    let error = gradus::Error::from(error).to_string();
    assert!(error.contains("multiples of 3") && error.contains("6 x 8"), "{error}");
}

#[test]
fn gradients_of_a_small_vision_transformer_are_slopes() {
    type Net = (PatchEmbedding<2, 2, 4>, ClassToken<4>, Positions<5, 4>, FirstStep);
    let dev = Cpu::seed_from_u64(3);
    let net = dev.build_module::<Net, f32>();
    let x: Pictures = dev.sample_normal_like(&(3, Const, 4, 4));
    let y = net.forward(x.leaky_trace());
    // What is read is the token itself, at the first place.
    let (token, places) = (net.1.cls_token.as_vec(), net.2.weight.as_vec());
    for (i, y) in y.as_vec().iter().enumerate() {
        assert_eq!(*y, token[i % 4] + places[i % 4]);
    }
    let found = gradients_by_name(&net, &y.sum::<Rank0, _>().backward());
    assert_eq!(found["1.cls_token"], [3.0; 4]);
    assert!(found["0.proj.weight"].iter().all(|d| *d == 0.0));
    let body = (net.0, net.1);
    let w: Tensor<(usize, usize, Const<4>), f32, Cpu> = dev.sample_normal_like(&(3, 5, Const));
    let g = (body.forward(x.leaky_trace()) * w.clone()).sum::<Rank0, _>().backward();
    let numeric = ops::numeric_gradient(&x.as_vec(), 1e-2, |at| {
        let y = body.forward(dev.tensor_from_vec(at.to_vec(), *x.shape())).as_vec();
        y.iter()
            .zip(w.as_vec())
            .map(|(y, w)| f64::from(*y) * f64::from(w))
            .sum::<f64>() as f32
    });
    assert!(ops::gradient_error(&g.get(&x).as_vec(), &numeric) < 2e-3);
    assert_eq!(
        state_dict(&body.0).expect("reads").names(),
        ["proj.bias", "proj.weight"]
    );
}
