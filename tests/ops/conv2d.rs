//! Convolution and pooling against PyTorch: values and gradients.
//!
//! `tests/ops/conv2d.py` made `conv2d.json`, which names the versions; `overhang.py` made `overhang.json` with plain loops.

use std::collections::HashMap;

use gradus::ops::{self, Conv2dOptions, ConvTranspose2dOptions, Pool2dOptions};
use gradus::prelude::*;
use gradus_tests::{Array, load};
use serde::Deserialize;

type T1 = Tensor<(usize,), f32, Cpu>;
type T4 = Tensor<(usize, usize, usize, usize), f32, Cpu>;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    op: String,
    options: HashMap<String, serde_json::Value>,
    tensors: HashMap<String, Array>,
    output: Array,
}

impl Case {
    fn option(&self, name: &str) -> usize {
        self.options[name].as_u64().expect("a whole number") as usize
    }

    /// A tensor of the case, if it has one of this name.
    fn tensor<S: Shape>(&self, dev: &Cpu, name: &str) -> Option<Tensor<S, f32, Cpu>> {
        Some(self.tensors.get(name)?.tensor(dev))
    }
}

/// The same numbers as PyTorch's to rounding.
#[track_caller]
fn close(what: &str, got: &[f32], expected: &[f32]) {
    gradus_tests::close(what, got, expected, 2e-5);
}

fn run(case: &Case) -> gradus::Result<()> {
    let dev = Cpu::default();
    let x: T4 = case.tensor(&dev, "x").expect("an input");
    let (weight, bias): (Option<T4>, Option<T1>) = (case.tensor(&dev, "weight"), case.tensor(&dev, "bias"));
    let xt = x.leaky_trace();
    let pool = || Pool2dOptions {
        kernel: case.option("kernel"),
        stride: case.option("stride"),
        padding: case.option("padding"),
        ceil_mode: case.options.contains_key("ceil_mode"),
    };
    let y = match (case.op.as_str(), &weight, &bias) {
        ("conv2d", Some(weight), Some(bias)) => {
            let options = Conv2dOptions {
                stride: case.option("stride"),
                padding: case.option("padding"),
                dilation: case.option("dilation"),
                groups: case.option("groups"),
                relu: case.options["relu"].as_bool().expect("a truth value"),
            };
            ops::conv2d(xt, weight, Some(bias), options)?
        }
        ("conv_transpose2d", Some(weight), Some(bias)) => {
            let options = ConvTranspose2dOptions {
                stride: case.option("stride"),
                padding: case.option("padding"),
                output_padding: case.option("output_padding"),
                dilation: case.option("dilation"),
                groups: case.option("groups"),
            };
            ops::conv_transpose2d(xt, weight, Some(bias), options)?
        }
        ("max_pool2d", ..) => ops::max_pool2d(xt, pool())?,
        ("min_pool2d", ..) => ops::min_pool2d(xt, pool())?,
        ("avg_pool2d", ..) => ops::avg_pool2d(xt, pool())?,
        (other, ..) => panic!("unknown operation {other}"),
    };
    let name = format!("{} {:?}", case.op, case.options);
    assert_eq!(y.shape().concrete().to_vec(), case.output.shape, "{name}");
    close(&name, &y.as_vec(), &case.output.values);
    let shape = *y.shape();
    let dy: T4 = dev.tensor_from_vec(case.output.grad.clone(), shape);
    let gradients = (y * dy).sum().backward();
    close(
        &format!("{name}: dx"),
        &gradients.get(&x).as_vec(),
        &case.tensors["x"].grad,
    );
    if let (Some(weight), Some(bias)) = (&weight, &bias) {
        close(
            &format!("{name}: dw"),
            &gradients.get(weight).as_vec(),
            &case.tensors["weight"].grad,
        );
        close(
            &format!("{name}: db"),
            &gradients.get(bias).as_vec(),
            &case.tensors["bias"].grad,
        );
    }
    Ok(())
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    let golden: Golden = load("ops/conv2d");
    assert_eq!(golden.cases.len(), 26);
    for case in &golden.cases {
        run(case).expect(&case.op);
    }
}

/// Windows that hang over the edge, in means too, and windows that are larger than the image; output padding where the
/// stride is 1 or less than the padding.
#[test]
fn overhanging_windows_and_output_padding_are_pytorchs() {
    let golden: Golden = load("ops/overhang");
    assert_eq!(golden.cases.len(), 27);
    for case in &golden.cases {
        run(case).expect(&case.op);
    }
}

#[test]
fn a_window_that_is_too_large_even_rounded_up_is_refused() {
    let dev = Cpu::default();
    let x: T4 = dev.zeros_like(&(1, 1, 2, 2));
    let options = Pool2dOptions {
        kernel: 4,
        stride: 2,
        padding: 0,
        ceil_mode: true,
    };
    let error = ops::avg_pool2d(x, options).expect_err("nothing to see").to_string();
    assert!(
        error.contains("at least 3 x 3 pixels") && error.contains("2 x 2"),
        "{error}"
    );
}
