//! Convolution and pooling against PyTorch: values and gradients.
//!
//! `tests/golden/ops.py` made `ops.json`, which names the versions.

use gradus::ops::{self, Conv2dOptions, ConvTranspose2dOptions, Pool2dOptions};
use gradus::prelude::*;
use serde::Deserialize;
use std::collections::HashMap;

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

#[derive(Deserialize)]
struct Array {
    shape: Vec<usize>,
    values: Vec<f32>,
    grad: Vec<f32>,
}

impl Case {
    fn option(&self, name: &str) -> usize {
        self.options[name].as_u64().expect("a whole number") as usize
    }

    fn tensor4(&self, dev: &Cpu, name: &str) -> Tensor<(usize, usize, usize, usize), f32, Cpu> {
        self.tensors[name].tensor4(dev)
    }

    fn bias(&self, dev: &Cpu) -> Tensor<(usize,), f32, Cpu> {
        let array = &self.tensors["bias"];
        dev.tensor_from_vec(array.values.clone(), (array.shape[0],))
    }
}

impl Array {
    fn tensor4(&self, dev: &Cpu) -> Tensor<(usize, usize, usize, usize), f32, Cpu> {
        let s = &self.shape;
        dev.tensor_from_vec(self.values.clone(), (s[0], s[1], s[2], s[3]))
    }
}

#[track_caller]
fn assert_close(what: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        assert!(
            (g - e).abs() <= 2e-5 * (1.0 + e.abs()),
            "{what}[{i}]: {g}, PyTorch has {e}"
        );
    }
}

fn run(case: &Case) -> gradus::Result<()> {
    let dev = Cpu::default();
    let x = case.tensor4(&dev, "x");
    let weight = case
        .tensors
        .contains_key("weight")
        .then(|| case.tensor4(&dev, "weight"));
    let bias = weight.as_ref().map(|_| case.bias(&dev));
    let xt = x.leaky_trace();
    let pool = || Pool2dOptions {
        kernel: case.option("kernel"),
        stride: case.option("stride"),
        padding: case.option("padding"),
        ceil_mode: false,
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
    assert_close(&name, &y.as_vec(), &case.output.values);
    let shape = *y.shape();
    let dy: Tensor<_, f32, _> = dev.tensor_from_vec(case.output.grad.clone(), shape);
    let gradients = (y * dy).sum().backward();
    assert_close(
        &format!("{name}: dx"),
        &gradients.get(&x).as_vec(),
        &case.tensors["x"].grad,
    );
    if let (Some(weight), Some(bias)) = (&weight, &bias) {
        assert_close(
            &format!("{name}: dw"),
            &gradients.get(weight).as_vec(),
            &case.tensors["weight"].grad,
        );
        assert_close(
            &format!("{name}: db"),
            &gradients.get(bias).as_vec(),
            &case.tensors["bias"].grad,
        );
    }
    Ok(())
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    let golden: Golden = serde_json::from_str(include_str!("golden/ops.json")).expect("golden values");
    assert_eq!(golden.cases.len(), 26);
    for case in &golden.cases {
        run(case).expect(&case.op);
    }
}
