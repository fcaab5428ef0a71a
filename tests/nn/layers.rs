//! The layers as members of dfdx's world: tuples, optimizers, files, and errors that name the layer.

use gradus::prelude::*;

type Net = (
    (Conv2D<1, 4, 3, 1, 1>, BatchNorm2D<4>, ReLU, MaxPool2D<2>),
    (DepthwiseConv2D<4, 3, 1, 1>, Conv2D<4, 6, 1>, ReLU, AvgPool2D<2>),
    Flatten<54>,
    Linear<54, 3>,
);

fn net(seed: u64) -> (Dev, <Net as BuildOnDevice<Dev, f32>>::Built) {
    let dev = device(seed).expect("device");
    let net = dev.build_module::<Net, f32>();
    (dev, net)
}

#[test]
fn counts_parameters_like_pytorch() {
    let (_, net) = net(0);
    let expected = (4 * 9 + 4) + (2 * 4) + (4 * 9 + 4) + (6 * 4 + 6) + (54 * 3 + 3);
    assert_eq!(net.num_trainable_params(), expected);
}

#[test]
fn an_optimizer_lowers_the_loss() {
    use gradus::dfdx::optim::{Adam, AdamConfig, Optimizer};
    let (dev, mut net) = net(1);
    let x: Tensor<Rank4<8, 1, 12, 12>, f32, _> = dev.sample_normal();
    let labels: Vec<f32> = (0..24).map(|i| f32::from(u8::from(i % 3 == (i / 3) % 3))).collect();
    let y: Tensor<Rank2<8, 3>, f32, _> = dev.tensor_from_vec(labels, (Const, Const));
    let mut adam = Adam::new(
        &net,
        AdamConfig {
            lr: 1e-2,
            ..Default::default()
        },
    );
    let mut gradients = net.alloc_grads();
    let mut losses = Vec::new();
    for _ in 0..30 {
        let logits = net.try_forward_mut(x.trace(gradients)).expect("forward");
        let logits = logits.try_reshape_like(&(Const::<8>, Const::<3>)).expect("reshape");
        let loss = cross_entropy_with_logits_loss(logits, y.clone());
        losses.push(loss.array());
        gradients = loss.backward();
        adam.update(&mut net, &gradients).expect("update");
        net.zero_grads(&mut gradients);
    }
    assert!(losses[29] < 0.2 * losses[0], "{losses:?}");
}

#[test]
fn weights_survive_safetensors_and_npz() {
    let dir = tempfile::tempdir().expect("folder");
    let (dev, net) = net(2);
    let x: Tensor<Rank4<2, 1, 12, 12>, f32, _> = dev.sample_normal();
    let before = net.try_forward(x.clone()).expect("forward").as_vec();
    let (_, mut other) = self::net(3);
    assert_ne!(other.try_forward(x.clone()).expect("forward").as_vec(), before);
    net.save_safetensors(dir.path().join("net.safetensors")).expect("save");
    other
        .load_safetensors(dir.path().join("net.safetensors"))
        .expect("load");
    assert_eq!(other.try_forward(x.clone()).expect("forward").as_vec(), before);
    let (_, mut third) = self::net(4);
    net.save(dir.path().join("net.npz")).expect("save");
    third.load(dir.path().join("net.npz")).expect("load");
    assert_eq!(third.try_forward(x).expect("forward").as_vec(), before);
}

#[test]
fn a_moving_average_covers_the_layers() {
    let (_, net) = net(5);
    let (_, mut average) = self::net(6);
    average.ema(&net, 0.0);
    assert_eq!(average.0.0.weight.as_vec(), net.0.0.weight.as_vec());
    assert_eq!(average.1.1.bias.as_vec(), net.1.1.bias.as_vec());
}

#[test]
fn global_pools_take_feature_maps() {
    let (dev, _) = net(7);
    type Head = (Conv2D<1, 5, 3>, AvgPoolGlobal, Linear<5, 2>);
    let head = dev.build_module::<Head, f32>();
    let x: Tensor<Rank4<3, 1, 9, 7>, f32, _> = dev.sample_normal();
    assert_eq!(head.try_forward(x).expect("forward").shape().concrete(), [3, 2]);
}

#[test]
fn transposed_convolution_grows_the_image() {
    let (dev, _) = net(8);
    let up = dev.build_module::<ConvTranspose2D<2, 3, 4, 2, 1>, f32>();
    let x: Tensor<Rank4<2, 2, 7, 5>, f32, _> = dev.sample_normal();
    assert_eq!(up.try_forward(x).expect("forward").shape().concrete(), [2, 3, 14, 10]);
}

#[test]
fn a_wrong_image_size_names_layer_and_sizes() {
    let (dev, net) = net(9);
    let x: Tensor<Rank4<2, 1, 16, 16>, f32, _> = dev.sample_normal();
    let error = net
        .try_forward(x)
        .map(|_| ())
        .map_err(Error::from)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "Flatten<54>: expected 54 numbers per image, got 6 x 4 x 4 = 96 per image"
    );
    let tiny: Tensor<Rank4<2, 1, 1, 1>, f32, _> = dev.sample_normal();
    let conv = dev.build_module::<Conv2D<1, 2, 3>, f32>();
    let error = conv
        .try_forward(tiny)
        .map(|_| ())
        .map_err(Error::from)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "Conv2D<1, 2, 3, 1, 0, 1>: expected images of at least 3 x 3 pixels after padding by 0, got 1 x 1 before padding"
    );
}
