//! Initializers: their spread against PyTorch's, what they leave alone, and what they do to a deep network.

use gradus::nn::initialize;
use gradus::prelude::*;
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    inits: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    init: String,
    shape: Vec<usize>,
    std: f32,
    most: f32,
}

fn weights(init: Init, shape: &[usize]) -> Vec<f32> {
    let dev = Cpu::seed_from_u64(0);
    match *shape {
        [200, 300] => {
            let mut net = dev.build_module::<Linear<300, 200>, f32>();
            initialize(&mut net, init, 7).unwrap();
            net.weight.as_vec()
        }
        [400, 100] => {
            let mut net = dev.build_module::<Linear<100, 400>, f32>();
            initialize(&mut net, init, 7).unwrap();
            net.weight.as_vec()
        }
        [64, 32, 3, 3] => {
            let mut net = dev.build_module::<Conv2D<32, 64, 3>, f32>();
            initialize(&mut net, init, 7).unwrap();
            net.weight.as_vec()
        }
        [48, 96, 5, 5] => {
            let mut net = dev.build_module::<Conv2D<96, 48, 5>, f32>();
            initialize(&mut net, init, 7).unwrap();
            net.weight.as_vec()
        }
        _ => panic!("a layer of shape {shape:?}"),
    }
}

fn spread(values: &[f32]) -> (f32, f32) {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32;
    (mean, square.sqrt())
}

#[test]
fn the_spread_is_that_of_pytorch() {
    let golden: Golden = load("nn/residual");
    for case in &golden.inits {
        let (init, bounded) = match case.init.as_str() {
            "XavierUniform" => (Init::XavierUniform, true),
            "XavierNormal" => (Init::XavierNormal, false),
            "KaimingUniform" => (Init::KaimingUniform, true),
            "KaimingNormal" => (Init::KaimingNormal, false),
            "Orthogonal" => (Init::Orthogonal, false),
            _ => (Init::PyTorch, true),
        };
        let values = weights(init, &case.shape);
        let (mean, std) = spread(&values);
        // At least 18 000 random numbers: their spread is known to about half a percent.
        assert!(
            (std / case.std - 1.0).abs() < 0.02,
            "{} {:?}: {std}, not {}",
            case.init,
            case.shape,
            case.std
        );
        assert!(mean.abs() < 0.03 * std, "{} {:?}: mean {mean}", case.init, case.shape);
        if bounded {
            let most = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            assert!(
                (most / case.most - 1.0).abs() < 0.01,
                "{}: at most {most}, not {}",
                case.init,
                case.most
            );
        }
    }
    assert_eq!(golden.inits.len(), 24);
}

#[test]
fn orthogonal_rows_or_columns_are_so() {
    for shape in [[200, 300], [400, 100]] {
        let w = weights(Init::Orthogonal, &shape);
        let [rows, columns] = shape;
        let (count, at): (usize, Box<dyn Fn(usize, usize) -> f32>) = if rows <= columns {
            (rows, Box::new(|i, j| w[i * columns + j]))
        } else {
            (columns, Box::new(|i, j| w[j * columns + i]))
        };
        for (a, b) in [(0, 0), (0, 1), (3, 90), (count - 1, count - 1)] {
            let product: f32 = (0..rows.max(columns)).map(|j| at(a, j) * at(b, j)).sum();
            let wanted = if a == b { 1.0 } else { 0.0 };
            assert!(
                (product - wanted).abs() < 1e-5,
                "{shape:?}: {a} with {b} gives {product}"
            );
        }
    }
}

type Net = ((Conv2D<1, 4, 3>, BatchNorm2D<4>, ReLU), Flatten<2704>, Linear<2704, 10>);

#[test]
fn biases_begin_at_zero_and_normalization_stays() {
    let dev = device(3).unwrap();
    let mut learner = Learner::classifier::<Net>(&dev, Adam::default()).unwrap();
    let before = learner.network::<Net>().unwrap();
    learner.init(Init::KaimingNormal, 1).unwrap();
    let net = learner.network::<Net>().unwrap();
    assert_eq!(net.0.0.bias.as_vec(), [0.0; 4]);
    assert_eq!(net.2.bias.as_vec(), [0.0; 10]);
    assert_ne!(net.0.0.weight.as_vec(), before.0.0.weight.as_vec());
    assert_eq!(net.0.1.weight.as_vec(), [1.0; 4]);
    assert_eq!(net.0.1.running_var.as_vec(), [1.0; 4]);
    // The learner's way and the network's own give the same numbers, and another seed gives others.
    let mut bare = dev.build_module::<Net, f32>();
    initialize(&mut bare, Init::KaimingNormal, 1).unwrap();
    assert_eq!(bare.2.weight.as_vec(), net.2.weight.as_vec());
    initialize(&mut bare, Init::KaimingNormal, 2).unwrap();
    assert_ne!(bare.2.weight.as_vec(), net.2.weight.as_vec());
    learner.init(Init::PyTorch, 1).unwrap();
    let bias = learner.network::<Net>().unwrap().2.bias.as_vec();
    assert!(
        bias.iter().all(|b| b.abs() <= 1.0 / 52.0) && bias.iter().any(|b| *b != 0.0),
        "{bias:?}"
    );
    learner.init(Init::Constant(0.5), 1).unwrap();
    assert!(
        learner
            .network::<Net>()
            .unwrap()
            .2
            .weight
            .as_vec()
            .iter()
            .all(|w| *w == 0.5)
    );
}

#[test]
fn a_new_beginning_forgets_what_the_optimizer_remembers() {
    let set = data::digits().unwrap().0.take(100);
    let mut learner = Learner::classifier::<Deep>(&device(1).unwrap(), Adam::default()).unwrap();
    learner.quiet().set_batch_size(100);
    // Each epoch is one step on all samples: only their order differs from run to run.
    let mut run = || {
        let history = learner
            .init(Init::KaimingNormal, 5)
            .unwrap()
            .fit(&set, &set, 3)
            .unwrap();
        history.batch_losses().to_vec()
    };
    for (first, again) in run().into_iter().zip(run()) {
        assert!((first - again).abs() < 1e-4, "{first} and {again}");
    }
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let mut learner = Learner::classifier::<Net>(&device(1).unwrap(), Adam::default()).unwrap();
    for init in [
        Init::Normal(-1.0),
        Init::Normal(f32::NAN),
        Init::Uniform(f32::INFINITY),
        Init::Constant(f32::NAN),
    ] {
        assert!(learner.init(init, 0).err().unwrap().to_string().contains("initializer"));
    }
}

/// Eight layers of ReLUs.
type Deep = (
    (Flatten<784>, Linear<784, 60>, ReLU),
    (Linear<60, 60>, ReLU, Linear<60, 60>, ReLU),
    (Linear<60, 60>, ReLU, Linear<60, 60>, ReLU),
    Linear<60, 10>,
);

/// The standard deviation of what each matrix of weights makes of a batch.
fn signals(learner: &Learner, set: &Dataset) -> Vec<f32> {
    learner
        .diagnose(set)
        .unwrap()
        .of("Linear")
        .iter()
        .map(|a| a.std)
        .collect()
}

#[test]
fn kaiming_keeps_signals_alive_and_small_weights_let_them_die() {
    let set = data::digits().unwrap().0.take(200);
    let mut learner = Learner::classifier::<Deep>(&device(1).unwrap(), Sgd::default()).unwrap();
    let mut ratio = |init: Init| {
        learner.init(init, 2).unwrap();
        let signals = signals(&learner, &set);
        assert_eq!(signals.len(), 6);
        signals[4] / signals[0]
    };
    assert!((0.3..3.0).contains(&ratio(Init::KaimingNormal)));
    assert!(ratio(Init::Normal(0.01)) < 1e-4);
    assert!(ratio(Init::Normal(1.0)) > 100.0);
}

#[test]
fn lsuv_makes_every_layer_answer_with_a_spread_of_one() {
    let set = data::digits().unwrap().0.take(300);
    let (mean, std) = set.mean_std();
    let set = set.normalize(&mean, &std).unwrap();
    let mut learner = Learner::classifier::<Deep>(&device(1).unwrap(), Sgd::default()).unwrap();
    learner.set_batch_size(300).lsuv(&set, 4).unwrap();
    for (layer, std) in signals(&learner, &set).into_iter().enumerate() {
        assert!((std - 1.0).abs() < 0.05, "layer {layer}: {std}");
    }
    let again = learner.network::<Deep>().unwrap().3.weight.as_vec();
    learner.lsuv(&set, 4).unwrap();
    assert_eq!(
        learner.network::<Deep>().unwrap().3.weight.as_vec(),
        again,
        "the same seed, the same numbers"
    );
    let flat = Dataset::from_pixels(vec![0; 2 * 784], [1, 28, 28], vec![0, 1], &["a", "b"]).unwrap();
    let error = learner.lsuv(&flat, 4).err().unwrap().to_string();
    assert!(
        error.contains("Linear<784, 60>") && error.contains("different numbers"),
        "{error}"
    );
    assert!(learner.lsuv(&set.take(0), 4).is_err());
}
