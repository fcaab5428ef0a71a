//! Files: in few bits, and from and to Python.

use std::path::Path;

use gradus::deploy::{Bits, Graph, Quantized};
use gradus::prelude::*;
use gradus_tests::{close, path};

use super::networks::{Cnn, Mlp, filled, numbers};

fn graph<N: BuildOnDevice<Dev, f32>>(seed: u64) -> Graph
where
    N::Built: TensorCollection<f32, Dev> + gradus::deploy::Export,
{
    Graph::of(&filled::<N>(seed), &[1, 28, 28])
        .expect("graph")
        .optimized()
        .expect("optimized")
        .0
}

#[test]
fn networks_in_few_bits_come_back_and_take_a_quarter() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("small.safetensors");
    let (cnn, x) = (graph::<Cnn>(21), numbers(22, 4 * 784));
    let small = Quantized::of(&cnn, &x, Bits::default()).expect("quantized");
    small.save(&file).expect("saved");
    // The weights come from the file, the architecture from a graph with other weights.
    let other = graph::<Cnn>(99);
    let back = Quantized::load(&other, &file).expect("loaded");
    assert_eq!(back.run(&x).expect("run"), small.run(&x).expect("run"));
    let bytes = std::fs::metadata(&file).expect("file").len() as f64;
    let share = bytes / (4 * cnn.num_values()) as f64;
    assert!((0.25..0.27).contains(&share), "{share}");
}

#[test]
fn files_of_other_networks_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("small.safetensors");
    let (cnn, x) = (graph::<Cnn>(21), numbers(22, 784));
    Quantized::of(&cnn, &x, Bits::default())
        .expect("quantized")
        .save(&file)
        .expect("saved");
    let refused = |graph: &Graph, path: &Path| Quantized::load(graph, path).expect_err("refused").to_string();
    let text = refused(&graph::<Mlp>(1), &file);
    assert!(
        text.contains("a tensor `1.weight` of the shape [128, 784] and the type I8"),
        "{text}"
    );
    assert!(refused(&cnn, &folder.path().join("nothing")).contains("nothing"));
    let bytes = std::fs::read(&file).expect("file");
    std::fs::write(&file, &bytes[..bytes.len() - 3]).expect("written");
    assert!(refused(&cnn, &file).contains("a complete safetensors file"));
    let plain = folder.path().join("plain.safetensors");
    let mut learner = Learner::classifier::<Cnn>(&device(0).expect("device"), Adam::default()).expect("learner");
    learner.save(&plain).expect("saved");
    let text = refused(&cnn, &plain);
    assert!(
        text.contains("the type I8, got [16, 1, 3, 3] of the type F32"),
        "{text}"
    );
    // And the other way round: whole numbers without their scales are no weights of a learner.
    let text = learner.load(&file).expect_err("refused").to_string();
    assert!(text.contains("safetensors") || text.contains("tensor"), "{text}");
}

/// What `files.py` wrote by Python's safetensors, read here: the network of PyTorch and ours give the same scores.
#[test]
fn python_writes_and_we_read() {
    type Net = (Linear<4, 3>, ReLU, Linear<3, 2>);
    let mut learner = Learner::classifier::<Net>(&device(0).expect("device"), Adam::default()).expect("learner");
    learner.load(path("deploy/from_python.safetensors")).expect("loaded");
    let net = learner.network::<Net>().expect("network");
    let scores = Graph::of(&net, &[4])
        .expect("graph")
        .run(&[1.0, -0.5, 0.25, 2.0])
        .expect("run");
    let golden: Vec<f32> = gradus_tests::load("deploy/files");
    close("scores", &scores, &golden, 1e-6);
}

/// The file that `files.py` has read is the one that we still write.
#[test]
fn we_write_what_python_has_read() {
    type Net = (Linear<4, 3>, ReLU, Linear<3, 2>);
    let file = tempfile::tempdir().expect("folder").keep().join("ours.safetensors");
    let mut learner = Learner::classifier::<Net>(&device(0).expect("device"), Adam::default()).expect("learner");
    let dict = gradus::nn::state_dict(&filled::<Net>(33)).expect("tensors");
    learner.load_state_dict(&dict).expect("loaded");
    learner.save(&file).expect("saved");
    let ours = std::fs::read(&file).expect("file");
    if let Ok(to) = std::env::var("GRADUS_FILES") {
        std::fs::write(to, &ours).expect("written");
    }
    let read = std::fs::read(path("deploy/from_gradus.safetensors")).expect("the file that Python has read");
    assert!(
        ours == read,
        "another file than Python has read; run tests/deploy/files.py again"
    );
}
