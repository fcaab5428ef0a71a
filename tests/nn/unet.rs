//! The U-Net against PyTorch, values and gradients; against central differences; through a learner; any number of threads.
//!
//! `tests/nn/unet.py` made `unet.json` and `unet.safetensors`; the first names the version.

use std::collections::BTreeMap;

use gradus::nn::{load_state_dict, state_dict};
use gradus::prelude::*;
use gradus_tests::{in_threads, load, path};
use serde::Deserialize;

use crate::support::gradients_by_name;

type Small = UNet<2, 8, 12, 16, 4>;
type Pictures<T = NoneTape> = Tensor<(usize, Const<2>, usize, usize), f32, Cpu, T>;

#[derive(Deserialize)]
struct Golden {
    x: Vec<f32>,
    steps: Vec<usize>,
    classes: Vec<usize>,
    y: Vec<f32>,
    dy: Vec<f32>,
    dx: Vec<f32>,
    gradients: BTreeMap<String, Vec<f32>>,
}

fn pytorchs() -> (Golden, Built<Small>) {
    let mut net = device(1).expect("device").build_module::<Small, f32>();
    let dict = StateDict::read(path("nn/unet.safetensors")).expect("a file");
    load_state_dict(&mut net, &dict).expect("PyTorch's weights");
    (load("nn/unet"), net)
}

fn pictures(values: &[f32]) -> Pictures {
    let shape = (values.len() / (2 * 8 * 12), Const, 8, 12);
    device(0).expect("device").tensor_from_vec(values.to_vec(), shape)
}

/// To `tolerance` of the largest number.
#[track_caller]
fn close(what: &str, got: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    let largest = wanted.iter().fold(0f32, |m, w| m.max(w.abs()));
    for (i, (g, w)) in got.iter().zip(wanted).enumerate() {
        assert!((g - w).abs() <= tolerance * largest, "{what}[{i}]: {g}, not {w}");
    }
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    let (golden, net) = pytorchs();
    let x = pictures(&golden.x);
    let told = Condition::new(&golden.steps, &golden.classes);
    let y = net.try_forward((x.leaky_trace(), told)).expect("fits");
    close("y", &y.as_vec(), &golden.y, 2e-5);
    let dy = y.device().tensor_from_vec(golden.dy.clone(), *y.shape());
    let gradients = (y * dy).sum::<Rank0, _>().backward();
    close("dx", &gradients.get(&x).as_vec(), &golden.dx, 1e-4);
    let ours = gradients_by_name(&net, &gradients);
    assert_eq!(ours.len(), golden.gradients.len());
    for (name, wanted) in &golden.gradients {
        close(name, &ours[name], wanted, 2e-4);
    }
    let plain = net.noise(&golden.x, [8, 12], &golden.steps, &golden.classes);
    assert_eq!(
        plain.expect("fits"),
        net.forward((x, Condition::new(&golden.steps, &golden.classes)))
            .as_vec()
    );
}

/// Some weights of every kind, moved a little up and down.
#[test]
fn gradients_agree_with_central_differences() {
    let (golden, mut net) = pytorchs();
    let told = || Condition::new(&golden.steps, &golden.classes);
    let loss = |net: &Built<Small>| -> f64 {
        let y = net.forward((pictures(&golden.x), told())).as_vec();
        y.iter()
            .zip(&golden.dy)
            .map(|(y, d)| f64::from(*y) * f64::from(*d))
            .sum()
    };
    let y = net.forward((pictures(&golden.x).leaky_trace(), told()));
    let dy = y.device().tensor_from_vec(golden.dy.clone(), *y.shape());
    let exact = gradients_by_name(&net, &(y * dy).sum::<Rank0, _>().backward());
    let names = [
        "time.linear1.weight",
        "class.weight",
        "up1.time.weight",
        "middle1.norm1.bias",
        "up2.shortcut.0.weight",
    ];
    for name in names {
        for place in [0, 5] {
            let mut moved = |by: f32| {
                let dict = state_dict(&net).expect("reads");
                let mut changed = StateDict::new("moved");
                for other in dict.names() {
                    let (shape, values) = dict.tensor(&other).expect("there");
                    let mut values = values.to_vec();
                    if other == name {
                        values[place] += by;
                    }
                    changed.insert(&other, shape.to_vec(), values).expect("fits");
                }
                load_state_dict(&mut net, &changed).expect("fits");
                loss(&net)
            };
            let (e, up) = (1e-2, moved(1e-2));
            let down = moved(-2.0 * e);
            moved(e);
            let numeric = (up - down) / (2.0 * f64::from(e));
            let (got, scale) = (
                f64::from(exact[name][place]),
                exact[name].iter().fold(1f32, |m, g| m.max(g.abs())),
            );
            assert!(
                (numeric - got).abs() <= 5e-3 * f64::from(scale),
                "{name}[{place}]: {got}, numeric {numeric}"
            );
        }
    }
}

#[test]
fn the_last_convolution_begins_with_zeros() {
    let net = device(3).expect("device").build_module::<UNet<1, 8, 8, 16, 11>, f32>();
    let noise = net
        .noise(&diffusion::normal(784, 1), [28, 28], &[9], &[10])
        .expect("fits");
    assert!(noise.iter().all(|z| *z == 0.0));
}

#[test]
fn what_does_not_fit_is_named() {
    let (golden, net) = pytorchs();
    let error = |steps: &[usize], classes: &[usize], size: [usize; 2]| {
        net.noise(&golden.x, size, steps, classes)
            .expect_err("does not fit")
            .to_string()
    };
    let odd = error(&[1; 3], &[0; 3], [16, 6]);
    assert!(odd.contains("multiples of 4") && odd.contains("16 x 6"), "{odd}");
    let few = error(&[1; 2], &[0; 3], [8, 12]);
    assert!(
        few.contains("each of 3 pictures") && few.contains("2 steps and 3 classes"),
        "{few}"
    );
    let class = error(&[1; 3], &[0, 4, 1], [8, 12]);
    assert!(class.contains("0 to 3") && class.contains('4'), "{class}");
    let ragged = error(&[1; 3], &[0; 3], [8, 11]);
    assert!(
        ragged.contains("576 numbers") && ragged.contains("2 x 8 x 11"),
        "{ragged}"
    );
}

/// A learner feeds planes of step and class beside the picture: the same answers, and training that comes to something.
#[test]
fn a_learner_trains_it() {
    type Net = (UNet<1, 8, 8, 16, 3>, Flatten<64>);
    let schedule = NoiseSchedule::cosine(20).expect("a schedule");
    let clean: Vec<f32> = (0..60 * 64)
        .map(|i| if i / 64 % 2 == i % 8 / 4 { 1.0 } else { -1.0 })
        .collect();
    let noised = schedule.noised(&clean, 64, 3).expect("fits");
    let mut planes = Vec::new();
    for i in 0..60 {
        planes.extend(&noised.inputs[i * 64..][..64]);
        planes.extend([noised.steps[i] as f32; 64]);
        planes.extend([(i % 2) as f32; 64]);
    }
    let data = Dataset::regression(planes, &[3, 8, 8], noised.noise.clone(), 64).expect("data");
    let dev = device(5).expect("device");
    let mut learner = Learner::regressor::<Net>(
        &dev,
        Adam {
            lr: 1e-2,
            ..Adam::default()
        },
    )
    .expect("net");
    learner.quiet().set_batch_size(20).add(WeightAverage::new(0.9));
    let before = learner.evaluate(&data).expect("fits").0;
    learner.fit(&data, &data, 30).expect("trains");
    let after = learner.evaluate(&data).expect("fits").0;
    assert!(after < 0.5 * before, "{before} to {after}");
    let net = learner.network::<Net>().expect("its type").0;
    let classes: Vec<usize> = (0..60).map(|i| i % 2).collect();
    let direct = net
        .noise(&noised.inputs, [8, 8], &noised.steps, &classes)
        .expect("fits");
    close(
        "planes",
        learner.predict(&data).expect("fits").scores(7).expect("there"),
        &direct[7 * 64..][..64],
        1e-5,
    );
}

#[test]
fn any_number_of_threads_computes_the_same() {
    let run = || {
        let (golden, net) = pytorchs();
        let x = pictures(&golden.x.repeat(9));
        let told = Condition::new(&golden.steps.repeat(9), &golden.classes.repeat(9));
        let y = net.forward((x.leaky_trace(), told));
        let seen = y.as_vec();
        (seen, gradients_by_name(&net, &y.square().sum::<Rank0, _>().backward()))
    };
    let one = in_threads(1, run);
    for threads in [2, 4] {
        assert!(one == in_threads(threads, run), "{threads} threads");
    }
}
