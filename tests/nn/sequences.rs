//! Recurrent layers that read sequences of different lengths, in both directions, and from a state that is given: against
//! PyTorch, against central differences, step by step, and in training.
//!
//! `tests/nn/sequences.py` made `sequences.json` and `sequences.safetensors`, which name the versions. PyTorch refuses
//! sequences of length 0; they are put in here, and the others must not notice.

use std::collections::HashMap;

use gradus::dfdx::tensor::Merge;
use gradus::nn::modules;
use gradus::ops;
use gradus::prelude::*;
use gradus_tests::load;
use serde::Deserialize;

use crate::support::accuracy_after;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
    file: File,
}

#[derive(Deserialize)]
struct File {
    x: Vec<f32>,
    lengths: Vec<usize>,
    y: Vec<f32>,
}

#[derive(Deserialize)]
struct Case {
    cell: String,
    both: bool,
    layers: usize,
    lengths: Vec<usize>,
    steps: usize,
    weights: HashMap<String, Vec<f32>>,
    gradients: HashMap<String, Vec<f32>>,
    x: Vec<f32>,
    y: Vec<f32>,
    dy: Vec<f32>,
    dx: Vec<f32>,
    last: Vec<f32>,
    #[serde(default)]
    start: Vec<Vec<f32>>,
    #[serde(default)]
    dstart: Vec<Vec<f32>>,
    #[serde(default)]
    end: Vec<Vec<f32>>,
    #[serde(default)]
    dend: Vec<Vec<f32>>,
}

/// Numbers of a step, and units of a layer, in all cases.
const I: usize = 2;
const H: usize = 3;

type Traced = OwnedTape<f32, Cpu>;

/// The same numbers as PyTorch's to rounding.
#[track_caller]
fn close(what: &str, got: &[f32], wanted: &[f32]) {
    gradus_tests::close(what, got, wanted, 2e-5);
}

/// A sequence of length 0 behind the others, and a block that is longer than the longest by two steps: `values` are
/// `rows` of `steps` steps, and what comes in between is 9.
fn widened(values: &[f32], steps: usize, numbers: usize) -> Vec<f32> {
    let mut wide: Vec<f32> = values
        .chunks(steps * numbers)
        .flat_map(|row| [row, &vec![9.0; 2 * numbers]].concat())
        .collect();
    wide.extend(vec![9.0; (steps + 2) * numbers]);
    wide
}

/// The way back from `widened`; what stood in between must be 0.
#[track_caller]
fn narrowed(what: &str, wide: &[f32], steps: usize, numbers: usize) -> Vec<f32> {
    let mut values = Vec::new();
    let rows: Vec<&[f32]> = wide.chunks((steps + 2) * numbers).collect();
    for row in &rows[..rows.len() - 1] {
        values.extend(&row[..steps * numbers]);
        assert!(
            row[steps * numbers..].iter().all(|x| *x == 0.0),
            "{what} behind the longest"
        );
    }
    assert!(rows[rows.len() - 1].iter().all(|x| *x == 0.0), "{what} of nothing");
    values
}

/// The input of a case, with and without a sequence of length 0 and steps that no sequence has.
fn block(case: &Case, wide: bool) -> Padded<Tensor<(usize, usize, Const<I>), f32, Cpu>> {
    let (dev, mut lengths, steps) = (Cpu::seed_from_u64(0), case.lengths.clone(), case.steps);
    let batch = lengths.len();
    if wide {
        lengths.push(0);
        let x = widened(&case.x, steps, I);
        let steps = dev.tensor_from_vec(x, (batch + 1, steps + 2, Const));
        return Padded {
            steps,
            lengths: lengths.into(),
        };
    }
    let steps = dev.tensor_from_vec(case.x.clone(), (batch, steps, Const));
    Padded {
        steps,
        lengths: lengths.into(),
    }
}

macro_rules! fill {
    ($layer:expr, $weights:expr, $end:expr) => {
        $layer.weight_ih.copy_from(&$weights[&format!("weight_ih_{}", $end)]);
        $layer.weight_hh.copy_from(&$weights[&format!("weight_hh_{}", $end)]);
        $layer.bias_ih.copy_from(&$weights[&format!("bias_ih_{}", $end)]);
        $layer.bias_hh.copy_from(&$weights[&format!("bias_hh_{}", $end)]);
    };
}

macro_rules! same_gradients {
    ($name:expr, $got:expr, $layer:expr, $case:expr, $end:expr) => {
        for (what, got) in [
            ("weight_ih", $got.get(&$layer.weight_ih).as_vec()),
            ("weight_hh", $got.get(&$layer.weight_hh).as_vec()),
            ("bias_ih", $got.get(&$layer.bias_ih).as_vec()),
            ("bias_hh", $got.get(&$layer.bias_hh).as_vec()),
        ] {
            close(
                &format!("{} {what}_{}", $name, $end),
                &got,
                &$case.gradients[&format!("{what}_{}", $end)],
            );
        }
    };
}

/// A network against a case of PyTorch's: outputs, what it knows at last, the gradient of the input; gives the others.
macro_rules! check_net {
    ($case:expr, $net:expr, $name:expr, $numbers:expr, $wide:expr) => {{
        let (case, x) = ($case, block($case, $wide));
        let traced = x.with(x.steps.leaky_trace());
        let untaped = $net.forward(x.clone());
        close(
            &$name,
            &LastState.forward(untaped.clone()).as_vec()[..case.last.len()],
            &case.last,
        );
        let y = $net.forward(traced);
        assert_eq!(y.lengths, x.lengths);
        assert_eq!(y.steps.as_vec(), untaped.steps.as_vec());
        let dy = if $wide {
            widened(&case.dy, case.steps, $numbers)
        } else {
            case.dy.clone()
        };
        let values = y.steps.as_vec();
        let values = if $wide {
            narrowed(&$name, &values, case.steps, $numbers)
        } else {
            values
        };
        close(&$name, &values, &case.y);
        let dy = x.steps.device().tensor_from_vec(dy, *y.steps.shape());
        let gradients = (y.steps * dy).sum::<Rank0, _>().backward();
        let dx = gradients.get(&x.steps).as_vec();
        let dx = if $wide {
            narrowed(&$name, &dx, case.steps, I)
        } else {
            dx
        };
        close(&format!("{} dx", $name), &dx, &case.dx);
        gradients
    }};
}

macro_rules! check {
    ($case:expr, $Layer:ident) => {{
        let (case, dev) = ($case, Cpu::seed_from_u64(0));
        let name = format!("{} {:?} layers {}", case.cell, case.lengths, case.layers);
        for wide in [false, true] {
            match (case.both, case.layers) {
                (true, 1) => {
                    let mut net = dev.build_module::<Bidirectional<$Layer<I, H>>, f32>();
                    fill!(net.forward, case.weights, "l0");
                    fill!(net.backward, case.weights, "l0_reverse");
                    let gradients = check_net!(case, net, name, 2 * H, wide);
                    same_gradients!(name, gradients, net.forward, case, "l0");
                    same_gradients!(name, gradients, net.backward, case, "l0_reverse");
                }
                (true, 2) => {
                    type Net = (Bidirectional<$Layer<I, H>>, Bidirectional<$Layer<{ 2 * H }, H>>);
                    let mut net = dev.build_module::<Net, f32>();
                    fill!(net.0.forward, case.weights, "l0");
                    fill!(net.0.backward, case.weights, "l0_reverse");
                    fill!(net.1.forward, case.weights, "l1");
                    fill!(net.1.backward, case.weights, "l1_reverse");
                    let gradients = check_net!(case, net, name, 2 * H, wide);
                    same_gradients!(name, gradients, net.0.forward, case, "l0");
                    same_gradients!(name, gradients, net.0.backward, case, "l0_reverse");
                    same_gradients!(name, gradients, net.1.forward, case, "l1");
                    same_gradients!(name, gradients, net.1.backward, case, "l1_reverse");
                }
                // Those from a given state are below.
                (false, 1) => assert!(!case.start.is_empty()),
                other => panic!("a case for {other:?}"),
            }
        }
    }};
}

#[test]
fn layers_agree_with_pytorch() {
    let golden: Golden = load("nn/sequences");
    assert_eq!(golden.cases.len(), 12);
    for case in &golden.cases {
        match case.cell.as_str() {
            "rnn" => check!(case, Rnn),
            "gru" => check!(case, Gru),
            "lstm" => check!(case, Lstm),
            other => panic!("a case for {other}"),
        }
    }
}

/// One direction, from a state that is given, to the last one, with gradients of both.
macro_rules! check_from {
    ($case:expr, $Layer:ident, $State:ident, $($c:ident)?) => {{
        let (case, dev) = ($case, Cpu::seed_from_u64(0));
        let (batch, name) = (case.lengths.len(), format!("{} from a state", case.cell));
        let mut layer = dev.build_module::<$Layer<I, H>, f32>();
        fill!(layer, case.weights, "l0");
        let x = block(case, false);
        let tensor = |numbers: &[f32]| dev.tensor_from_vec(numbers.to_vec(), (batch, Const::<H>));
        let start = $State { h: tensor(&case.start[0]), $($c: tensor(&case.start[1]),)? };
        let traced = x.with(x.steps.leaky_trace());
        let (y, end) = layer.forward_from(traced, start.retaped()).expect("fits");
        close(&name, &y.steps.as_vec(), &case.y);
        close(&name, &end.h.as_vec(), &case.end[0]);
        close(&name, &LastState.forward(y.with(y.steps.retaped::<NoneTape>())).as_vec(), &case.end[0]);
        let dy = dev.tensor_from_vec(case.dy.clone(), *y.steps.shape());
        let loss = (y.steps * dy).sum::<Rank0, _>() + (end.h.retaped::<Traced>() * tensor(&case.dend[0])).sum::<Rank0, _>();
        $(
            close(&name, &end.$c.as_vec(), &case.end[1]);
            let loss = loss + (end.$c.retaped::<Traced>() * tensor(&case.dend[1])).sum::<Rank0, _>();
        )?
        let gradients = loss.backward();
        close(&format!("{name} dx"), &gradients.get(&x.steps).as_vec(), &case.dx);
        close(&format!("{name} dh"), &gradients.get(&start.h).as_vec(), &case.dstart[0]);
        $(close(&format!("{name} dc"), &gradients.get(&start.$c).as_vec(), &case.dstart[1]);)?
        same_gradients!(name, gradients, layer, case, "l0");
        // The last state alone, with what was recorded of it.
        let traced = x.with(x.steps.leaky_trace());
        let read = layer.read(traced, start.retaped()).expect("fits");
        assert_eq!(read.h.as_vec(), end.h.as_vec());
        let alone = (read.h * tensor(&case.dend[0])).sum::<Rank0, _>().backward();
        assert!(alone.get(&layer.weight_hh).as_vec().iter().any(|d| *d != 0.0));
        assert!(alone.get(&start.h).as_vec().iter().any(|d| *d != 0.0));
    }};
}

#[test]
fn layers_go_on_from_a_state_as_pytorchs_do() {
    let golden: Golden = load("nn/sequences");
    let cases: Vec<&Case> = golden.cases.iter().filter(|case| !case.start.is_empty()).collect();
    assert_eq!(cases.len(), 3);
    for case in cases {
        match case.cell.as_str() {
            "rnn" => check_from!(case, Rnn, State,),
            "gru" => check_from!(case, Gru, State,),
            "lstm" => check_from!(case, Lstm, LstmState, c),
            other => panic!("a case for {other}"),
        }
    }
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

/// A file of PyTorch's with two layers in both directions gives its answers here.
#[test]
fn a_network_of_pytorchs_loads_by_name() {
    type Net = (
        (Bidirectional<Lstm<3, 4>>, Bidirectional<Lstm<8, 4>>),
        LastState,
        Linear<8, 2>,
    );
    let golden: Golden = load("nn/sequences");
    let dev = device(5).expect("device");
    let theirs = StateDict::read(gradus_tests::path("nn/sequences.safetensors")).expect("a file");
    assert!(theirs.names().contains(&"lstm.weight_hh_l1_reverse".to_string()));
    let ours = theirs
        .recurrent_layers("lstm.")
        .moved("lstm.", "0.")
        .moved("head.", "2.");
    let mut learner = Learner::classifier::<Net>(&dev, Adam::default()).expect("net");
    let report = learner.load_partial(&ours).expect("loads");
    assert_eq!((report.loaded.len(), report.missing.len()), (18, 0), "{report:?}");
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("net.safetensors");
    let mut net = dev.build_module::<Net, f32>();
    learner.save(&path).expect("saves");
    net.load_safetensors(&path).expect("loads");
    let (x, lengths) = (golden.file.x, golden.file.lengths);
    let x = Padded {
        steps: dev.tensor_from_vec(x, (lengths.len(), 6, Const::<3>)),
        lengths: lengths.into(),
    };
    close("PyTorch's network", &net.forward(x).as_vec(), &golden.file.y);
    // A layer alone, and names of something else, stay.
    assert_eq!(theirs.recurrent_layers("head."), theirs);
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
