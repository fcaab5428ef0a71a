//! Few bits: the maps, the products, networks and their files.

use gradus::deploy::{Affine, Bits, Graph, Quantized, symmetric_rows};
use gradus::prelude::*;
use gradus_tests::close;

use super::networks::{Cnn, Step, filled, numbers};

#[test]
fn maps_hold_their_ends_and_zero() {
    let map = Affine::of_range(-1.0, 3.0, 8).expect("map");
    assert_eq!((map.scale, map.zero), (4.0 / 255.0, -64));
    assert_eq!([-9.0, -1.0, 3.0, 9.0].map(|x| map.quantize(x)), [-128, -128, 127, 127]);
    // A range above 0 is made longer; one number alone is no range.
    let map = Affine::of_range(2.0, 5.0, 4).expect("map");
    assert_eq!((map.zero, map.quantize(5.0), map.dequantize(-8)), (-8, 7, 0.0));
    assert_eq!((map.scale, map.dequantize(7)), (5.0 / 15.0, 5.0));
    let none = Affine::of_range(0.0, 0.0, 8).expect("map");
    assert_eq!(none.dequantize(none.quantize(0.0)), 0.0);
    for bits in 2..=8 {
        let map = Affine::of_range(-0.7, 1.9, bits).expect("map");
        for x in numbers(3, 500) {
            let error = (map.dequantize(map.quantize(x.max(-0.7))) - x.max(-0.7)).abs();
            assert!(error <= map.scale * 0.501, "{bits} bits: {x} is off by {error}");
        }
        assert_eq!(map.dequantize(map.zero), 0.0);
    }
}

#[test]
fn rows_are_symmetric_and_each_has_its_scale() {
    let (whole, scales) = symmetric_rows(&[0.5, -1.0, 0.25, 0.0, 0.0, 0.0, 3.0, 1.5, -1.4], 3, 8).expect("rows");
    assert_eq!(whole, [64, -127, 32, 0, 0, 0, 127, 64, -59]);
    assert_eq!((scales[0], scales[2]), (1.0 / 127.0, 3.0 / 127.0));
    assert_eq!(symmetric_rows(&[0.4, -1.0, 0.6], 3, 2).expect("rows").0, [0, -1, 1]);
}

#[test]
fn what_cannot_be_quantized_is_refused() {
    let text = |error: Error| error.to_string();
    assert!(text(Affine::of_range(0.0, 1.0, 9).expect_err("bits")).contains("2 to 8"));
    assert!(text(Affine::of_range(0.0, 1.0, 1).expect_err("bits")).contains("2 to 8"));
    assert!(text(Affine::of_range(1.0, 0.0, 8).expect_err("order")).contains("not above"));
    assert!(text(Affine::of_range(0.0, f32::NAN, 8).expect_err("NaN")).contains("NaN"));
    assert!(text(symmetric_rows(&[1.0; 4], 3, 8).expect_err("rows")).contains("divides 4"));
    assert!(text(symmetric_rows(&[1.0; 4], 0, 8).expect_err("rows")).contains("divides 4"));
    assert!(text(symmetric_rows(&[f32::NAN; 4], 2, 8).expect_err("NaN")).contains("NaN"));
    let graph = Graph::of(&filled::<Linear<3, 2>>(1), &[3]).expect("graph");
    let of = |samples: &[f32], bits| text(Quantized::of(&graph, samples, bits).expect_err("refused"));
    assert!(of(&[1.0; 4], Bits::default()).contains("samples of the shape [3]"));
    assert!(of(&[], Bits::default()).contains("at least one"));
    assert!(of(&[1.0, f32::INFINITY, 0.0], Bits::default()).contains("an input of `linear` is inf"));
    assert!(
        of(
            &[1.0; 3],
            Bits {
                weights: 8,
                activations: 16
            }
        )
        .contains("2 to 8")
    );
}

/// The products by their definition: quantize, dequantize, multiply in `f32`.
#[test]
fn whole_numbers_multiply_as_their_numbers_would() {
    type Net = (Step<3, 5>, Conv2D<5, 7, 3, 1, 1, 2>, Flatten<28>, Linear<28, 4>);
    let graph = Graph::of(&filled::<Net>(17), &[3, 9, 9])
        .expect("graph")
        .optimized()
        .expect("optimized")
        .0;
    let x = numbers(18, 6 * 243);
    for bits in [8, 5, 2] {
        let small = Quantized::of(&graph, &x, Bits::of(bits)).expect("quantized");
        let first = &graph.nodes()[0];
        let map = small.input_of(&first.name).expect("a map");
        let near: Vec<f32> = x.iter().map(|x| map.dequantize(map.quantize(*x))).collect();
        let layer = filled::<Conv2D<3, 5, 3, 1, 1>>(0);
        let mut layer = (layer, ReLU, MaxPool2D::<2>);
        let (whole, scales) = small.weights_of(&first.name).expect("weights");
        let weights: Vec<f32> = whole
            .iter()
            .enumerate()
            .map(|(i, q)| f32::from(*q) * scales[i / 27])
            .collect();
        layer.0.weight.copy_from(&weights);
        layer
            .0
            .bias
            .copy_from(&graph.constant("0.0.bias").expect("read").expect("bias").1);
        // The first layer alone, in a graph of its own.
        let alone = Graph::of(&filled::<Step<3, 5>>(17), &[3, 9, 9])
            .expect("graph")
            .optimized()
            .expect("optimized")
            .0;
        let dict_bias = graph.constant("0.0.bias").expect("read").expect("bias").1;
        assert_eq!(alone.constant("0.bias").expect("read").expect("bias").1, dict_bias);
        let alone = Quantized::of(&alone, &x, Bits::of(bits)).expect("quantized");
        let expected = Graph::of(&layer, &[3, 9, 9]).expect("graph").run(&near).expect("run");
        close(&format!("{bits} bits"), &alone.run(&x).expect("run"), &expected, 2e-5);
    }
}

#[test]
fn fewer_bits_are_further_off() {
    let graph = Graph::of(&filled::<Cnn>(21), &[1, 28, 28])
        .expect("graph")
        .optimized()
        .expect("optimized")
        .0;
    let x = numbers(22, 16 * 784);
    let exact = graph.run(&x).expect("run");
    let size = exact.iter().map(|v| v.abs()).sum::<f32>();
    let off = |bits| {
        let near = Quantized::of(&graph, &x, Bits::of(bits))
            .expect("quantized")
            .run(&x)
            .expect("run");
        near.iter().zip(&exact).map(|(a, b)| (a - b).abs()).sum::<f32>() / size
    };
    let off = [8, 6, 4, 3, 2].map(off);
    assert!(
        off.windows(2).all(|pair| pair[0] < pair[1]) && off[0] < 0.02 && off[0] > 0.0,
        "{off:?}"
    );
}
