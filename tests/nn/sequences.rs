//! Recurrent layers that read sequences of different lengths, in both directions, and from a state that is given: against
//! PyTorch.
//!
//! `tests/nn/sequences.py` made `sequences.json` and `sequences.safetensors`, which name the versions. PyTorch refuses
//! sequences of length 0; they are put in here, and the others must not notice.

use std::collections::HashMap;

use gradus::prelude::*;
use gradus_tests::load;
use serde::Deserialize;

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
