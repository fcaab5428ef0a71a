//! Recurrent layers in both directions, with lengths and step by step: against central differences, against each other, and
//! in training. `sequences.rs` holds them against PyTorch.

use gradus::dfdx::tensor::Merge;
use gradus::nn::modules;
use gradus::ops;
use gradus::prelude::*;

use crate::support::accuracy_after;

type Traced = OwnedTape<f32, Cpu>;

/// The same numbers to rounding.
#[track_caller]
fn close(what: &str, got: &[f32], wanted: &[f32]) {
    gradus_tests::close(what, got, wanted, 2e-5);
}

/// Step by step the same bits come out as for the whole sequence, and the same slopes to rounding.
macro_rules! check_steps {
    ($Layer:ident) => {{
        let dev = Cpu::seed_from_u64(4);
        let layer = dev.build_module::<$Layer<5, 20>, f32>();
        let x: Tensor<Rank3<6, 4, 5>, f32, Cpu> = dev.sample_normal();
        let step = |i: usize| -> Tensor<Rank2<6, 5>, f32, Cpu> {
            x.clone().permute::<_, Axes3<1, 0, 2>>().select(dev.tensor(i))
        };
        let whole = layer.forward(x.leaky_trace());
        let numbers = whole.as_vec();
        let at = |i: usize| -> Vec<f32> {
            (0..6)
                .flat_map(|b| numbers[(b * 4 + i) * 20..][..20].to_vec())
                .collect()
        };
        let mut state = layer.start(Const::<6>).expect("memory");
        let mut taped = layer.start::<_, Traced>(Const::<6>).expect("memory");
        let mut loss = None;
        for i in 0..4 {
            state = layer.step(step(i), state).expect("fits");
            close(stringify!($Layer), &state.h.as_vec(), &at(i));
            taped = layer.step(step(i).retaped(), taped).expect("fits");
            assert_eq!(taped.h.as_vec(), state.h.as_vec());
            let (h, tape) = taped.h.split_tape();
            let more = h.retaped::<Traced>().square().sum::<Rank0, _>();
            loss = Some(match loss {
                Some(loss) => more + loss,
                None => more,
            });
            taped.h = h.put_tape(tape);
        }
        let (last, tape) = taped.h.split_tape();
        let (loss, other) = loss.expect("four steps").split_tape();
        drop(last);
        let by_steps = loss.put_tape(tape.merge(other)).backward();
        let at_once = whole.square().sum::<Rank0, _>().backward();
        for weight in [&layer.bias_ih, &layer.bias_hh] {
            close("bias", &by_steps.get(weight).as_vec(), &at_once.get(weight).as_vec());
        }
        close(
            "weight_ih",
            &by_steps.get(&layer.weight_ih).as_vec(),
            &at_once.get(&layer.weight_ih).as_vec(),
        );
        close(
            "weight_hh",
            &by_steps.get(&layer.weight_hh).as_vec(),
            &at_once.get(&layer.weight_hh).as_vec(),
        );
    }};
}

#[test]
fn step_by_step_is_as_all_at_once() {
    check_steps!(Rnn);
    check_steps!(Gru);
    check_steps!(Lstm);
}

/// The loss as a function of input and weights, with lengths, in both directions.
macro_rules! differences {
    ($Layer:ident) => {{
        let dev = Cpu::seed_from_u64(5);
        let layer = dev.build_module::<Bidirectional<$Layer<2, 3>>, f32>();
        let x: Tensor<(usize, usize, Const<2>), f32, Cpu> = dev.sample_normal_like(&(5, 4, Const));
        let w: Tensor<(usize, usize, ops::Times<2, 3>), f32, Cpu> = dev.sample_normal_like(&(5, 4, ops::Times));
        let lengths: std::sync::Arc<[usize]> = [3, 0, 4, 1, 4].into();
        let numbers = [
            x.as_vec(),
            layer.forward.weight_ih.as_vec(),
            layer.backward.weight_hh.as_vec(),
            layer.backward.bias_ih.as_vec(),
        ];
        let loss = |at: &[f32]| {
            let mut layer = layer.clone();
            let (x_, rest) = at.split_at(numbers[0].len());
            let (ih, rest) = rest.split_at(numbers[1].len());
            let (hh, bias) = rest.split_at(numbers[2].len());
            layer.forward.weight_ih.copy_from(ih);
            layer.backward.weight_hh.copy_from(hh);
            layer.backward.bias_ih.copy_from(bias);
            let steps = dev.tensor_from_vec(x_.to_vec(), *x.shape());
            let y = layer.forward(Padded {
                steps,
                lengths: lengths.clone(),
            });
            // In f64, or the differences drown in the rounding of the sum.
            let terms = y.steps.as_vec().into_iter().zip(w.as_vec());
            terms.map(|(y, w)| f64::from(y) * f64::from(w)).sum::<f64>() as f32
        };
        let y = layer.forward(Padded {
            steps: x.leaky_trace(),
            lengths: lengths.clone(),
        });
        let g = (y.steps * w.clone()).sum::<Rank0, _>().backward();
        let analytic = [
            g.get(&x).as_vec(),
            g.get(&layer.forward.weight_ih).as_vec(),
            g.get(&layer.backward.weight_hh).as_vec(),
            g.get(&layer.backward.bias_ih).as_vec(),
        ];
        let numeric = ops::numeric_gradient(&numbers.concat(), 4e-3, loss);
        let error = ops::gradient_error(&analytic.concat(), &numeric);
        assert!(error < 2e-3, "{}: off by {error}", stringify!($Layer));
    }};
}

#[test]
fn gradients_are_slopes() {
    differences!(Rnn);
    differences!(Gru);
    differences!(Lstm);
}

/// What stands behind the end of a sequence does not matter, be it no number at all.
#[test]
fn the_filling_means_nothing() {
    let dev = Cpu::seed_from_u64(6);
    let net = dev.build_module::<(Bidirectional<Gru<2, 5>>, Lstm<10, 4>), f32>();
    let lengths: std::sync::Arc<[usize]> = [2, 3, 0].into();
    let numbers: Tensor<Rank3<3, 4, 2>, f32, Cpu> = dev.sample_normal();
    let run = |filling: f32| {
        let mut numbers = numbers.as_vec();
        for (b, length) in lengths.iter().enumerate() {
            numbers[(b * 4 + length) * 2..(b + 1) * 8].fill(filling);
        }
        let x = dev.tensor_from_vec(numbers, (3, 4, Const::<2>));
        let y = net.forward(Padded {
            steps: x.leaky_trace(),
            lengths: lengths.clone(),
        });
        let values = y.steps.as_vec();
        let gradients = y.steps.square().sum::<Rank0, _>().backward();
        (
            values,
            gradients.get(&x).as_vec(),
            gradients.get(&net.0.backward.weight_ih).as_vec(),
        )
    };
    let (y, dx, dw) = run(0.0);
    assert_eq!((y.clone(), dx.clone(), dw.clone()), run(f32::NAN));
    for (b, length) in lengths.iter().enumerate() {
        assert!(y[(b * 4 + length) * 4..(b + 1) * 16].iter().all(|x| *x == 0.0));
        assert!(dx[(b * 4 + length) * 2..(b + 1) * 8].iter().all(|x| *x == 0.0));
        assert!(y[b * 16..][..length * 4].iter().all(|x| *x != 0.0));
    }
    assert!(dw.iter().all(|d| d.is_finite()) && dw.iter().any(|d| *d != 0.0));
}

/// Lengths that are all those of the block change no bit, and neither does the company of shorter sequences.
#[test]
fn whole_sequences_are_as_without_lengths() {
    let dev = Cpu::seed_from_u64(6);
    let layer = dev.build_module::<Bidirectional<Lstm<3, 4>>, f32>();
    let x: Tensor<(usize, usize, Const<3>), f32, Cpu> = dev.sample_normal_like(&(9, 5, Const));
    let plain = layer.forward(x.clone()).as_vec();
    let padded = |lengths: Vec<usize>| {
        layer.forward(Padded {
            steps: x.clone(),
            lengths: lengths.into(),
        })
    };
    assert_eq!(padded(vec![5; 9]).steps.as_vec(), plain);
    let some = padded(vec![5, 1, 5, 0, 5, 2, 3, 5, 4]);
    for b in [0, 2, 4, 7] {
        assert_eq!(some.steps.as_vec()[b * 40..][..40], plain[b * 40..][..40]);
    }
    // What the two know at last: the one at the last step, the other at the first.
    let last = LastState.forward(layer.forward(x.clone())).as_vec();
    let wanted: Vec<f32> = (0..9)
        .flat_map(|b| [&plain[b * 40 + 32..][..4], &plain[b * 40 + 4..][..4]].concat())
        .collect();
    assert_eq!(last, wanted);
}

/// A state goes past a sequence of length 0 as it is, and so does its gradient.
#[test]
fn nothing_read_leaves_the_state() {
    let dev = Cpu::seed_from_u64(6);
    let layer = dev.build_module::<Lstm<3, 4>, f32>();
    let steps: Tensor<(usize, usize, Const<3>), f32, Cpu> = dev.sample_normal_like(&(2, 5, Const));
    let (h, c) = (
        dev.sample_normal_like(&(2, Const::<4>)),
        dev.sample_normal_like(&(2, Const::<4>)),
    );
    let start = LstmState { h, c };
    let x = Padded {
        steps: steps.leaky_trace(),
        lengths: [0, 3].into(),
    };
    let end = layer.read(x, start.retaped()).expect("fits");
    assert_eq!(end.h.as_vec()[..4], start.h.as_vec()[..4]);
    assert_eq!(end.c.as_vec()[..4], start.c.as_vec()[..4]);
    assert_ne!(end.h.as_vec()[4..], start.h.as_vec()[4..]);
    let gradients = end.h.sum::<Rank0, _>().backward();
    assert_eq!(gradients.get(&start.h).as_vec()[..4], [1.0; 4]);
    assert_eq!(gradients.get(&start.c).as_vec()[..4], [0.0; 4]);
}

#[test]
fn what_does_not_fit_is_named() {
    let dev = Cpu::seed_from_u64(0);
    let layer = dev.build_module::<Bidirectional<Gru<3, 2>>, f32>();
    let steps: Tensor<(usize, usize, Const<3>), f32, _> = dev.zeros_like(&(2, 4, Const));
    let refused = |lengths: Vec<usize>| {
        let x = Padded {
            steps: steps.clone(),
            lengths: lengths.into(),
        };
        Error::from(layer.try_forward(x).map(drop).unwrap_err()).to_string()
    };
    let wanted = "Bidirectional<Gru<3, 2>>: expected 2 lengths, each from 0 to 4, got";
    assert_eq!(refused(vec![4, 5]), format!("{wanted} 2 lengths up to 5"));
    assert_eq!(refused(vec![4]), format!("{wanted} 1 lengths up to 4"));
    let y = dev.zeros_like(&(2, 4, ops::Times::<2, 2>));
    let x: Padded<Tensor<_, f32, Cpu>> = Padded {
        steps: y,
        lengths: [1].into(),
    };
    let error = Error::from(LastState.try_forward(x).map(drop).unwrap_err()).to_string();
    assert_eq!(
        error,
        "LastState: expected 2 lengths, each from 0 to 4, got 1 lengths up to 1"
    );
    let state: State<usize, 2, Cpu> = layer.forward.start(3).expect("memory");
    let error = layer.forward.read(steps, state).map(drop).unwrap_err().to_string();
    assert_eq!(
        error,
        "Gru<3, 2>: expected a state of 2 sequences, as many as there are, got a state of 3"
    );
    // No samples are no error: there is nothing to do.
    let empty: Tensor<(usize, usize, Const<3>), f32, _> = dev.zeros_like(&(0, 5, Const));
    let y = layer.forward(Padded {
        steps: empty.leaky_trace(),
        lengths: [].into(),
    });
    assert_eq!(LastState.forward(y).shape().concrete(), [0, 4]);
}

/// Two numbers, one of which is not 0, and the other in another step: the class is which of them came first. In the
/// middle of the sequence, so that the last step tells nothing.
fn which_first(n: usize, steps: usize, seed: u64) -> (Vec<f32>, Vec<usize>) {
    let dev = Cpu::seed_from_u64(seed);
    let noise: Tensor<(usize, usize), f32, Cpu> = dev.sample_uniform_like(&(n, 2));
    let mut values = vec![0.0; n * steps * 2];
    let mut labels = Vec::new();
    for (i, u) in noise.as_vec().chunks(2).enumerate() {
        let first = 1 + (u[0] * (steps - 3) as f32) as usize;
        let label = usize::from(u[1] > 0.5);
        values[(i * steps + first) * 2 + label] = 1.0;
        values[(i * steps + first + 1) * 2 + 1 - label] = 1.0;
        labels.push(label);
    }
    (values, labels)
}

#[test]
fn a_learner_trains_both_directions() {
    let set = |n: usize, seed: u64| {
        let (values, labels) = which_first(n, 8, seed);
        Dataset::from_values(values, &[8, 2], labels, &["left", "right"]).expect("a data set")
    };
    let (train, test) = (set(600, 1), set(300, 2));
    let both = accuracy_after::<(Bidirectional<Lstm<2, 8>>, LastState, Linear<16, 2>)>(&train, &test, 1e-2, 8);
    assert!(both > 0.95, "both directions: {both}");
    // A network that sums over the steps cannot tell the order.
    let without = accuracy_after::<(gradus::nn::Steps<2>, MeanSteps, Linear<2, 2>)>(&train, &test, 1e-2, 8);
    assert!(without < 0.62, "without order: {without}");
}

#[test]
fn files_have_pytorchs_names_and_shapes() {
    type Net = (Bidirectional<Gru<5, 3>>, Beside<6>, Linear<6, 2>);
    let net = device(1).expect("device").build_module::<Net, f32>();
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("net.safetensors");
    net.save_safetensors(&path).expect("saves");
    let dict = StateDict::read(&path).expect("reads");
    for (name, shape) in [
        ("0.weight_ih_l0", vec![9, 5]),
        ("0.weight_ih_l0_reverse", vec![9, 5]),
        ("0.weight_hh_l0_reverse", vec![9, 3]),
        ("0.bias_ih_l0_reverse", vec![9]),
        ("0.bias_hh_l0_reverse", vec![9]),
    ] {
        assert_eq!(dict.tensor(name).expect(name).0, shape, "{name}");
    }
    assert_eq!(net.num_trainable_params(), 2 * 9 * (5 + 3 + 2) + 6 * 2 + 2);
    let fresh: &modules::Bidirectional<modules::Gru<5, 3, f32, Dev>> = &net.0;
    assert_ne!(fresh.forward.weight_ih.as_vec(), fresh.backward.weight_ih.as_vec());
    let x: Tensor<Rank3<2, 4, 5>, f32, _> = device(1).expect("device").sample_normal();
    assert_eq!(net.forward(x).shape().concrete(), [2, 4, 2]);
}
