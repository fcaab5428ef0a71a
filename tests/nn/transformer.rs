//! Attention to sequences of different lengths, cross-attention, positions and the transformer's blocks: against PyTorch,
//! against central differences, and what nobody sees.
//!
//! `tests/nn/transformer.py` made `transformer.json`, which names the versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use gradus::nn::{StateDict, load_state_dict};
use gradus::ops::{self, AttentionOptions};
use gradus::prelude::*;
use gradus_tests::load;
use serde::Deserialize;

use crate::support::gradients_by_name;

type T3 = Tensor<(usize, usize, usize), f32, Cpu>;
type Steps = Tensor<(usize, usize, Const<4>), f32, Cpu>;
type Taped = Tensor<(usize, usize, Const<4>), f32, Cpu, OwnedTape<f32, Cpu>>;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
    sinusoidal: Rows,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Sequences, steps, steps of the memory.
    sizes: [usize; 3],
    lengths: Vec<usize>,
    memory_lengths: Vec<usize>,
    weights: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    gradients: BTreeMap<String, Vec<f32>>,
    x: Vec<f32>,
    memory: Vec<f32>,
    y: Vec<f32>,
    dy: Vec<f32>,
    dx: Vec<f32>,
    dmemory: Vec<f32>,
    maps: Vec<f32>,
}

#[derive(Deserialize)]
struct Rows {
    sizes: [usize; 2],
    rows: Vec<f32>,
}

/// The same numbers as PyTorch's to rounding.
#[track_caller]
fn close(what: &str, got: &[f32], wanted: &[f32]) {
    gradus_tests::close(what, got, wanted, 3e-5);
}

impl Case {
    fn x(&self) -> Steps {
        let [batch, steps, _] = self.sizes;
        Cpu::default().tensor_from_vec(self.x.clone(), (batch, steps, Const))
    }

    fn memory(&self) -> Steps {
        let [batch, _, steps] = self.sizes;
        Cpu::default().tensor_from_vec(self.memory.clone(), (batch, steps, Const))
    }

    fn padded<X>(&self, steps: X) -> Padded<X> {
        let lengths = self.lengths.clone().into();
        Padded { steps, lengths }
    }

    fn padded_memory<X>(&self, steps: X) -> Padded<X> {
        let lengths = self.memory_lengths.clone().into();
        Padded { steps, lengths }
    }

    /// A layer with PyTorch's weights, taken by their names.
    fn layer<N: BuildOnDevice<Cpu, f32>>(&self) -> N::Built
    where
        N::Built: TensorCollection<f32, Cpu>,
    {
        let mut layer = Cpu::seed_from_u64(0).build_module::<N, f32>();
        let mut dict = StateDict::new("PyTorch");
        for (name, (shape, values)) in &self.weights {
            dict.insert(name, shape.clone(), values.clone()).expect("finite");
        }
        load_state_dict(&mut layer, &dict).expect("PyTorch's names");
        layer
    }

    /// Result and gradients against PyTorch's.
    fn check<M: TensorCollection<f32, Cpu>>(&self, layer: &M, y: Taped, x: &Steps, memory: Option<&Steps>) {
        close(&self.name, &y.as_vec(), &self.y);
        let dy = Cpu::default().tensor_from_vec(self.dy.clone(), *y.shape());
        let g = (y * dy).sum::<Rank0, _>().backward();
        close(&format!("{} dx", self.name), &g.get(x).as_vec(), &self.dx);
        if let Some(memory) = memory {
            close(
                &format!("{} dmemory", self.name),
                &g.get(memory).as_vec(),
                &self.dmemory,
            );
        }
        let found = gradients_by_name(layer, &g);
        assert_eq!(found.len(), self.gradients.len(), "{}", self.name);
        for (name, gradient) in &found {
            close(&format!("{} {name}", self.name), gradient, &self.gradients[name]);
        }
    }

    fn encoder<N: BuildOnDevice<Cpu, f32>>(&self)
    where
        N::Built: TensorCollection<f32, Cpu>
            + Module<Padded<Taped>, Output = Padded<Taped>>
            + Module<Padded<Steps>, Output = Padded<Steps>>,
    {
        let (layer, x) = (self.layer::<N>(), self.x());
        let plain = layer.forward(self.padded(x.clone()));
        close(&self.name, &plain.steps.as_vec(), &self.y);
        let y = layer.forward(self.padded(x.leaky_trace()));
        assert_eq!(*y.lengths, self.lengths);
        self.check(&layer, y.steps, &x, None);
    }

    fn decoder<N: BuildOnDevice<Cpu, f32>>(&self)
    where
        N::Built: TensorCollection<f32, Cpu> + Module<(Padded<Taped>, Padded<Taped>), Output = Padded<Taped>>,
    {
        let (layer, x, memory) = (self.layer::<N>(), self.x(), self.memory());
        let pair = (self.padded(x.leaky_trace()), self.padded_memory(memory.retaped()));
        self.check(&layer, layer.forward(pair).steps, &x, Some(&memory));
    }
}

#[test]
fn padded_layers_agree_with_pytorch() {
    let golden: Golden = load("nn/transformer");
    assert_eq!(golden.cases.len(), 7);
    for case in &golden.cases {
        match case.name.as_str() {
            "heads" => {
                case.encoder::<MultiHeadAttention<4, 2>>();
                let layer = case.layer::<MultiHeadAttention<4, 2>>();
                let maps = layer.attention_weights_padded(&case.padded(case.x())).expect("fits");
                assert_eq!(maps.shape().concrete(), [3, 2, 4, 4]);
                close("maps", &maps.as_vec(), &case.maps);
            }
            "cross" => {
                let (layer, x, memory) = (case.layer::<CrossAttention<4, 2>>(), case.x(), case.memory());
                let read = case.padded_memory(memory.clone());
                let maps = layer.attention_weights(&x, &read).expect("fits");
                close("maps", &maps.as_vec(), &case.maps);
                // A memory without a tape has a gradient all the same.
                let y = layer.forward((x.leaky_trace(), read));
                case.check(&layer, y, &x, Some(&memory));
            }
            "post-norm" => case.encoder::<TransformerEncoderBlock<4, 2, 5>>(),
            "pre-norm" => case.encoder::<PreNormEncoderBlock<4, 2, 5>>(),
            "causal pre-norm" => case.encoder::<PreNormEncoderBlock<4, 2, 5, GELU, true>>(),
            "post-norm decoder" => case.decoder::<PostNormDecoderBlock<4, 2, 5>>(),
            "pre-norm decoder" => case.decoder::<PreNormDecoderBlock<4, 2, 5>>(),
            other => panic!("{other}"),
        }
    }
    let [steps, n] = golden.sinusoidal.sizes;
    close(
        "sinusoidal",
        &ops::sinusoidal_positions(steps, n),
        &golden.sinusoidal.rows,
    );
}

/// Numbers behind the end are not read, not even NaN; sequences of full length are as without lengths, to the bit.
#[test]
fn what_stands_behind_the_end_does_not_matter() {
    let dev = Cpu::seed_from_u64(3);
    for causal in [false, true] {
        let options = AttentionOptions { heads: 2, causal };
        let [q, k, v]: [T3; 3] = [5, 7, 7].map(|n| dev.sample_normal_like(&(3, n, 6)));
        let full: Arc<[usize]> = [7, 7, 7].into();
        let all = ops::attention(q.clone(), k.clone(), v.clone(), options).expect("fits");
        let same = ops::attention_within(q.clone(), k.clone(), v.clone(), &full, options).expect("fits");
        assert_eq!(all.as_vec(), same.as_vec());
        let lengths: Arc<[usize]> = [7, 2, 0].into();
        let spoilt = |t: &T3| {
            let mut numbers = t.as_vec();
            numbers[9 * 6..14 * 6].fill(f32::NAN);
            numbers[14 * 6..].fill(f32::INFINITY);
            dev.tensor_from_vec(numbers, *t.shape())
        };
        let (bad_k, bad_v) = (spoilt(&k), spoilt(&v));
        let y =
            ops::attention_within(q.leaky_trace(), bad_k.retaped(), bad_v.retaped(), &lengths, options).expect("fits");
        let numbers = y.as_vec();
        assert_eq!(numbers[..30], all.as_vec()[..30]);
        // The second sequence as if it had two keys and no more.
        let cut = |t: &T3, n: usize| -> T3 { dev.tensor_from_vec(t.as_vec()[7 * 6..][..n * 6].to_vec(), (1, n, 6)) };
        let alone: T3 = dev.tensor_from_vec(q.as_vec()[30..60].to_vec(), (1, 5, 6));
        let alone = ops::attention(alone, cut(&k, 2), cut(&v, 2), options).expect("fits");
        assert_eq!(numbers[30..60], alone.as_vec());
        // Who sees nothing gets nothing, and learns nothing.
        assert!(numbers[60..].iter().all(|y| *y == 0.0));
        let g = y.sum::<Rank0, _>().backward();
        assert!(g.get(&q).as_vec()[60..].iter().all(|d| *d == 0.0));
        for input in [&bad_k, &bad_v] {
            let gradient = g.get(input).as_vec();
            assert!(gradient[9 * 6..].iter().all(|d| *d == 0.0));
            assert!(gradient[..42].iter().all(|d| d.is_finite() && *d != 0.0) || causal);
        }
    }
}

#[test]
fn layers_of_hidden_sequences_give_finite_numbers() {
    let dev = Cpu::seed_from_u64(4);
    let block = dev.build_module::<PreNormEncoderBlock<4, 2, 8>, f32>();
    let x: Steps = dev.sample_normal_like(&(2, 3, Const));
    let lengths: Arc<[usize]> = [0, 3].into();
    let y = block.forward(Padded {
        steps: x.leaky_trace(),
        lengths: lengths.clone(),
    });
    assert!(y.steps.as_vec().iter().all(|y| y.is_finite()));
    let g = y.steps.square().sum::<Rank0, _>().backward();
    for gradient in gradients_by_name(&block, &g).values() {
        assert!(gradient.iter().all(|d| d.is_finite()));
    }
    let maps = block.self_attn.attention_weights_padded(&Padded { steps: x, lengths });
    let maps = maps.expect("fits").as_vec();
    assert!(maps[..18].iter().all(|p| *p == 0.0));
    for row in maps[18..].chunks(3) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}

#[test]
fn gradients_with_lengths_are_slopes() {
    let dev = Cpu::seed_from_u64(5);
    for (causal, lengths) in [(false, [4, 0, 2]), (true, [1, 3, 0])] {
        let options = AttentionOptions { heads: 2, causal };
        let lengths: Arc<[usize]> = lengths.into();
        let [q, k, v]: [T3; 3] = [3, 4, 4].map(|n| dev.sample_normal_like(&(3, n, 4)));
        let w: T3 = dev.sample_normal_like(q.shape());
        let y = ops::attention_within(q.leaky_trace(), k.retaped(), v.retaped(), &lengths, options).expect("fits");
        let g = (y * w.clone()).sum::<Rank0, _>().backward();
        let analytic = [&q, &k, &v].map(|t| g.get(t).as_vec()).concat();
        let numbers = [&q, &k, &v].map(|t| t.as_vec()).concat();
        let numeric = ops::numeric_gradient(&numbers, 4e-3, |at| {
            let part =
                |from: usize, n: usize| -> T3 { dev.tensor_from_vec(at[from..from + n * 12].to_vec(), (3, n, 4)) };
            let y = ops::attention_within(part(0, 3), part(36, 4), part(84, 4), &lengths, options).expect("fits");
            let product = |(y, w): (&f32, &f32)| f64::from(*y) * f64::from(*w);
            y.as_vec().iter().zip(&w.as_vec()).map(product).sum::<f64>() as f32
        });
        let error = ops::gradient_error(&analytic, &numeric);
        assert!(error < 2e-3, "off by {error}");
    }
}

#[test]
fn positions_are_added_and_learned() {
    let dev = Cpu::seed_from_u64(6);
    let layer = dev.build_module::<Positions<4, 4>, f32>();
    let x: Steps = dev.sample_normal_like(&(2, 3, Const));
    let y = layer.forward(x.leaky_trace());
    let rows = layer.weight.as_vec();
    for (i, (y, x)) in y.as_vec().iter().zip(x.as_vec()).enumerate() {
        assert_eq!(*y, x + rows[i % 12]);
    }
    let g = y.sum::<Rank0, _>().backward();
    let twice = [[2.0; 12].as_slice(), &[0.0; 4]].concat();
    assert_eq!(g.get(&layer.weight).as_vec(), twice);
    assert_eq!(g.get(&x).as_vec(), [1.0; 24]);
    let long: Steps = dev.zeros_like(&(1, 5, Const));
    let error = layer.try_forward(long.clone()).expect_err("too long");
    let error = gradus::Error::from(error).to_string();
    assert!(
        error.contains("at most 4 steps") && error.contains("5 steps"),
        "{error}"
    );
    let y = SinusoidalPositions::<4>.forward(Padded {
        steps: long,
        lengths: [2].into(),
    });
    assert_eq!(y.steps.as_vec(), ops::sinusoidal_positions(5, 4));
    assert_eq!(*y.lengths, [2]);
}

#[test]
fn a_target_does_not_see_what_it_has_still_to_say() {
    let dev = Cpu::seed_from_u64(7);
    let (post, pre) = dev.build_module::<(PostNormDecoderBlock<4, 2, 8>, PreNormDecoderBlock<4, 2, 8, GELU>), f32>();
    let x: Steps = dev.sample_normal_like(&(1, 6, Const));
    let memory: Steps = dev.sample_normal_like(&(1, 3, Const));
    let mut numbers = x.as_vec();
    numbers[16..].iter_mut().for_each(|x| *x += 1.0);
    let other = dev.tensor_from_vec(numbers, *x.shape());
    let run = |x: &Steps| {
        let (a, b) = ((x.clone(), memory.clone()), (x.clone(), memory.clone()));
        [post.forward(a).as_vec(), pre.forward(b).as_vec()]
    };
    for (a, b) in run(&x).iter().zip(run(&other)) {
        assert_eq!(a[..16], b[..16]);
        assert_ne!(a[16..20], b[16..20]);
    }
}

#[test]
fn what_does_not_fit_says_what_would() {
    let dev = Cpu::seed_from_u64(8);
    let x: T3 = dev.zeros_like(&(2, 3, 4));
    let options = AttentionOptions::new(2);
    for (lengths, words) in [
        (vec![1], "1 lengths"),
        (vec![1, 2, 3], "3 lengths"),
        (vec![3, 4], "length of 4"),
    ] {
        let run = ops::attention_within(x.clone(), x.clone(), x.clone(), &lengths.into(), options);
        let error = run.expect_err("does not fit").to_string();
        assert!(error.contains(words) && error.contains("from 0 to 3"), "{error}");
    }
    let layer = dev.build_module::<CrossAttention<4, 2>, f32>();
    let [two, three]: [Steps; 2] = [2, 3].map(|batch| dev.zeros_like(&(batch, 2, Const)));
    let error = gradus::Error::from(layer.try_forward((two, three)).expect_err("batches differ"));
    assert!(error.to_string().contains("attention"), "{error}");
}
