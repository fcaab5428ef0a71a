//! Dropout and activity penalties.

use gradus::ops;
use gradus::prelude::*;
use gradus_tests::in_threads;

type T1 = Tensor<(usize,), f32, Cpu>;

fn ones(dev: &Cpu, n: usize) -> T1 {
    dev.ones_like(&(n,))
}

#[test]
fn dropout_drops_its_share_and_keeps_the_mean() {
    let dev = Cpu::seed_from_u64(1);
    for (rate, n) in [(0.2f32, 200_001), (0.5, 70_000), (0.9, 200_000)] {
        let y = ops::dropout(ones(&dev, n), rate).expect("a rate").as_vec();
        let dropped = y.iter().filter(|y| **y == 0.0).count() as f64;
        let (expected, spread) = (
            f64::from(rate) * n as f64,
            (f64::from(rate * (1.0 - rate)) * n as f64).sqrt(),
        );
        assert!(
            (dropped - expected).abs() < 4.0 * spread,
            "{dropped} of {n} at a rate of {rate}"
        );
        assert!(y.iter().all(|y| *y == 0.0 || *y == 1.0 / (1.0 - rate)));
        // Neighbours know nothing of each other.
        let pairs = y.windows(2).filter(|pair| pair == &[0.0, 0.0]).count() as f64;
        let together = f64::from(rate * rate) * n as f64;
        assert!(
            (pairs - together).abs() < 6.0 * together.sqrt(),
            "{pairs} pairs of {together}"
        );
    }
    assert_eq!(ops::dropout(ones(&dev, 9), 0.0).expect("a rate").as_vec(), [1.0; 9]);
    for rate in [1.0, -0.1, f32::NAN] {
        let text = ops::dropout(ones(&dev, 9), rate).map(|_| ()).unwrap_err().to_string();
        assert!(
            text.starts_with("dropout rate: expected at least 0 and less than 1"),
            "{text}"
        );
    }
}

#[test]
fn dropout_passes_gradients_where_it_passed_numbers() {
    let dev = Cpu::seed_from_u64(2);
    let x: T1 = dev.sample_normal_like(&(40_001,));
    let y = ops::dropout(x.leaky_trace(), 0.3).expect("a rate");
    let values = y.as_vec();
    let shortcut = x.retaped::<OwnedTape<f32, Cpu>>();
    let gradient = (y + shortcut).sum().backward().get(&x).as_vec();
    for ((y, x), g) in values.iter().zip(x.as_vec()).zip(gradient) {
        let factor = if *y == 0.0 { 0.0 } else { 1.0 / 0.7 };
        assert!((y - x * factor).abs() < 1e-5 && (g - factor - 1.0).abs() < 1e-5);
    }
}

#[test]
fn dropout_has_a_seed_and_no_threads() {
    let masks = |seed: u64| {
        let dev = Cpu::seed_from_u64(seed);
        let draw = || ops::dropout(ones(&dev, 100_000), 0.5).expect("a rate").as_vec();
        (draw(), draw())
    };
    let one = in_threads(1, || masks(3));
    assert_eq!(one, in_threads(4, || masks(3)));
    assert_ne!(one.0, one.1, "every call has a mask of its own");
    assert_ne!(one.0, masks(4).0);
}

#[test]
fn layers_do_nothing_in_evaluation() {
    let dev = Cpu::seed_from_u64(5);
    let x: Tensor<Rank2<6, 8>, f32, _> = dev.sample_normal();
    let mut net = dev.build_module::<(Dropout<50>, ActivityL1<1, 0>, ActivityL2<1, 0>), f32>();
    assert_eq!(net.try_forward(x.clone()).expect("forward").array(), x.array());
    let gradients = net.try_forward(x.leaky_trace()).expect("forward").sum().backward();
    assert_eq!(gradients.get(&x).array(), [[1.0; 8]; 6]);
    let y = net.try_forward_mut(x.leaky_trace()).expect("forward");
    assert!(y.as_vec().contains(&0.0));
    assert_ne!(y.sum().backward().get(&x).array(), [[1.0; 8]; 6]);
}

/// The slope that a penalty adds, against central differences of a loss that contains it.
#[test]
fn activity_penalties_have_the_gradient_of_their_loss() {
    let dev = Cpu::seed_from_u64(6);
    let x: Tensor<Rank2<5, 7>, f32, Cpu> = dev.sample_normal();
    let w: Tensor<Rank2<5, 7>, f32, Cpu> = dev.sample_normal();
    for (l1, l2) in [(0.7, 0.0), (0.0, 0.4), (0.3, 0.2)] {
        let loss = |x: &[f32]| -> f64 {
            let own = x
                .iter()
                .zip(w.as_vec())
                .map(|(x, w)| f64::from(x.tanh() * w))
                .sum::<f64>();
            let penalty = |x: &f32| f64::from(l1 * x.abs() + l2 * x * x);
            own + x.iter().map(penalty).sum::<f64>() / 5.0
        };
        let y = ops::penalize_activity(x.leaky_trace(), l1, l2).expect("strengths");
        assert_eq!(y.array(), x.array());
        let gradient = (y.tanh() * w.clone()).sum().backward().get(&x).as_vec();
        for (i, g) in gradient.iter().enumerate() {
            let moved = |by: f32| {
                let mut values = x.as_vec();
                values[i] += by;
                loss(&values)
            };
            let numeric = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            assert!(
                (numeric - f64::from(*g)).abs() < 2e-3,
                "{l1}, {l2}: [{i}] {g}, numeric {numeric}"
            );
        }
    }
    let text = ops::penalize_activity(x, -1.0, 0.0)
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(text.starts_with("strength of an activity penalty"), "{text}");
}

#[test]
fn an_activity_layer_has_the_strength_of_its_name() {
    let dev = Cpu::default();
    let x: Tensor<Rank2<2, 2>, f32, _> = dev.tensor([[1.0, -2.0], [3.0, 0.0]]);
    let mut net = dev.build_module::<(ActivityL1<5, 4>, ActivityL2<25, 3>), f32>();
    let gradient = net
        .try_forward_mut(x.leaky_trace())
        .expect("forward")
        .sum()
        .backward()
        .get(&x)
        .as_vec();
    for (g, (sign, x)) in gradient
        .iter()
        .zip([(1.0, 1.0), (-1.0, -2.0), (1.0, 3.0), (0.0, 0.0f32)])
    {
        let expected = 1.0 + 5e-4 / 2.0 * sign + 0.025 / 2.0 * 2.0 * x;
        assert!((g - expected).abs() < 1e-6, "{g} for {expected}");
    }
}

#[test]
fn an_activity_penalty_makes_activations_sparse() -> gradus::Result<()> {
    type Plain = (Linear<2, 32>, ReLU, Linear<32, 2>);
    type Sparse = (Linear<2, 32>, ReLU, ActivityL1<2, 2>, Linear<32, 2>);
    let (train, valid) = data::moons(500, 0.1, 0)?.split(0.8)?;
    let adam = Adam {
        lr: 0.02,
        ..Adam::default()
    };
    let mut plain = Learner::classifier::<Plain>(&device(0)?, adam)?;
    let mut sparse = Learner::classifier::<Sparse>(&device(0)?, adam)?;
    let right =
        [&mut plain, &mut sparse].map(|l| l.quiet().fit(&train, &valid, 60).map(|h| h.last().map(|e| e.metric)));
    for right in right {
        assert!(right?.unwrap_or(0.0) > 0.95);
    }
    let x: Tensor<(usize, Const<2>), f32, _> =
        device(0)?.tensor_from_vec(valid.batch(&Vec::from_iter(0..100))?.inputs, (100, Const));
    let first = [plain.network::<Plain>()?.0, sparse.network::<Sparse>()?.0];
    let [plain, sparse] = first.map(|layer| layer.forward(x.clone()).relu().as_vec().iter().sum::<f32>());
    assert!(
        sparse < 0.5 * plain,
        "activations of {sparse} in all, {plain} without the penalty"
    );
    Ok(())
}
