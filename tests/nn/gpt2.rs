//! GPT-2 against Hugging Face's: scores, gradients, names.
//!
//! `tests/nn/gpt2.py` made the files, and `gpt2.json` names the versions.

use gradus::nn::zoo::gpt2_huggingface;
use gradus::nn::{StateDict, load_state_dict, state_dict};
use gradus::prelude::*;
use gradus_tests::{close, load, path};
use serde::Deserialize;

use crate::support::gradients_by_name;

type Tiny = Gpt2<31, 16, 16, 2, 2>;

#[derive(Deserialize)]
struct Golden {
    ids: [[f32; 9]; 2],
    logits: Vec<f32>,
    dy: Vec<f32>,
}

fn published() -> StateDict {
    StateDict::read(path("nn/gpt2.safetensors")).expect("reads")
}

fn tiny() -> gradus::nn::Built<Tiny> {
    let mut net = Cpu::seed_from_u64(0).build_module::<Tiny, f32>();
    let dict = gpt2_huggingface(&published()).expect("a GPT-2");
    load_state_dict(&mut net, &dict).expect("the same tensors");
    net
}

#[test]
fn scores_and_gradients_agree_with_transformers() {
    let (net, golden): (_, Golden) = (tiny(), load("nn/gpt2"));
    let ids = Cpu::default().tensor(golden.ids);
    let y = net.forward(ids.leaky_trace());
    assert_eq!(y.shape().concrete(), [2, 9, 31]);
    close("logits", &y.as_vec(), &golden.logits, 1e-4);
    close("logits", &net.forward(ids).as_vec(), &golden.logits, 1e-4);
    let dy: Tensor<Rank3<2, 9, 31>, f32, Cpu> = Cpu::default().tensor_from_vec(golden.dy, Default::default());
    let gradients = gradients_by_name(&net, &(y * dy).sum::<Rank0, _>().backward());
    let wanted = StateDict::read(path("nn/gpt2_gradients.safetensors")).expect("reads");
    let wanted = gpt2_huggingface(&wanted).expect("the same names");
    assert_eq!(gradients.len(), wanted.names().len());
    for (name, gradient) in &gradients {
        let (_, wanted) = wanted.tensor(name).expect("there");
        let largest = wanted.iter().fold(1.0f32, |m, g| m.max(g.abs()));
        let less = |g: &[f32]| -> Vec<f32> { g.iter().map(|g| g / largest).collect() };
        close(name, &less(gradient), &less(wanted), 1e-4);
    }
}

#[test]
fn names_load_with_and_without_prefix() {
    let dict = gpt2_huggingface(&published()).expect("a GPT-2");
    let bare = published().moved("transformer.", "");
    assert_eq!(dict.names(), gpt2_huggingface(&bare).expect("a GPT-2").names());
    assert!(
        dict.get("h.1.attn.c_attn.weight")
            .is_some_and(|(shape, _)| shape == [48, 16])
    );
    let mut more = published();
    more.insert("transformer.h.0.attn.bias", vec![1, 1, 2, 2], vec![1.0, 0.0, 1.0, 1.0])
        .expect("finite");
    more.insert("lm_head.weight", vec![31, 16], vec![0.0; 31 * 16])
        .expect("finite");
    assert_eq!(gpt2_huggingface(&more).expect("masks and the head are left out"), dict);
    assert!(gpt2_huggingface(&StateDict::new("nothing")).is_err());
    // A tensor that is missing, one too many, another shape: refused, and nothing has changed.
    let mut net = tiny();
    let before = state_dict(&net).expect("reads");
    let zeros = |shape: Vec<usize>| vec![0.0; shape.iter().product()];
    for (name, shape) in [("more", vec![2]), ("wte.weight", vec![31, 15])] {
        let mut wrong = dict.clone();
        wrong.insert(name, shape.clone(), zeros(shape)).expect("finite");
        let error = load_state_dict(&mut net, &wrong).expect_err(name).to_string();
        assert!(error.contains(name), "{error}");
    }
    let error = load_state_dict(&mut net, &dict.part("h."))
        .expect_err("no ln_f")
        .to_string();
    assert!(error.contains("ln_f") || error.contains("wpe"), "{error}");
    assert_eq!(state_dict(&net).expect("reads"), before);
}

/// Normal with standard deviation 0.02, less where blocks end, biases 0, scales 1.
#[test]
fn it_starts_as_gpt2_does() {
    let net = Cpu::seed_from_u64(1).build_module::<Gpt2<40, 8, 32, 4, 8>, f32>();
    let dict = state_dict(&net).expect("reads");
    for name in dict.names() {
        let (_, values) = dict.tensor(&name).expect("there");
        let spread = (values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32).sqrt();
        let wanted = match name.as_str() {
            name if name.contains("ln_") && name.ends_with("weight") => 1.0,
            name if name.ends_with("bias") => 0.0,
            name if name.ends_with("c_proj.weight") => 0.005,
            _ => 0.02,
        };
        assert!(
            (spread - wanted).abs() <= 0.12 * wanted,
            "{name}: {spread}, not {wanted}"
        );
    }
}

#[test]
fn what_it_cannot_read_says_why() {
    let net = tiny();
    let ids: Tensor<(usize, usize), f32, Cpu> = Cpu::default().zeros_like(&(1, 17));
    let error = gradus::Error::from(net.try_forward(ids).expect_err("too long")).to_string();
    assert!(error.contains("at most 16"), "{error}");
    let error = net
        .try_forward(Cpu::default().tensor([[30.0, 31.0]]))
        .expect_err("no token");
    let error = gradus::Error::from(error).to_string();
    assert!(error.contains("31") && error.contains("0 to 30"), "{error}");
}

/// The maps of each block, whose rows see nothing later and sum to 1; those of the first block by hand.
#[test]
fn maps_are_what_the_attention_uses() {
    let (net, golden): (_, Golden) = (tiny(), load("nn/gpt2"));
    let ids = Cpu::default().tensor(golden.ids);
    let maps = net.attention_weights(&ids).expect("fits");
    assert_eq!(maps.len(), 2);
    for map in &maps {
        assert_eq!(map.shape().concrete(), [2, 2, 9, 9]);
        for (i, row) in map.as_vec().chunks(9).enumerate() {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(row[i % 9 + 1..].iter().all(|p| *p == 0.0));
        }
    }
}
