//! Models that are not served: what was expected, and what came.

use std::fs;
use std::path::Path;

use gradus::prelude::*;
use gradus_serve::network::SqueezeBody;

use crate::support::{digits_model, photo_card, photo_model, refusal, write_card};

const WEIGHTS: &str = "weights.safetensors";

/// A copy of a model whose card is changed.
fn changed(model: &Path, from: &str, to: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::copy(model.join(WEIGHTS), dir.path().join(WEIGHTS)).unwrap();
    let card = fs::read_to_string(model.join("card.toml")).unwrap();
    let other = card.replacen(from, to, 1);
    assert!(from.is_empty() || other != card, "{from:?} is not in {card}");
    write_card(dir.path(), &other);
    dir
}

#[track_caller]
fn says(dir: &Path, words: &[&str]) {
    let refusal = refusal(dir);
    for word in words {
        assert!(refusal.contains(word), "no {word:?} in {refusal}");
    }
}

#[test]
fn weights_of_another_network() {
    let digits = digits_model();
    let dir = changed(photo_model(), "", "");
    fs::copy(digits.join(WEIGHTS), dir.path().join(WEIGHTS)).unwrap();
    says(dir.path(), &["SHA-256", "changed or exchanged"]);
    // With the right checksum they are still those of another network.
    write_card(dir.path(), &photo_card(dir.path()));
    says(dir.path(), &["classes of the card", "\"9\""]);
    let classes = "classes = [\"a\", \"b\", \"c\", \"d\", \"e\"]";
    let ten: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    write_card(
        dir.path(),
        &photo_card(dir.path()).replace(classes, &format!("classes = {ten:?}")),
    );
    says(dir.path(), &["not weights of the network SqueezeNet", "0.0."]);
}

#[test]
fn another_number_of_classes() {
    let dir = changed(photo_model(), ", \"e\"", "");
    says(
        dir.path(),
        &["`1.weight`", "expected the shape [4, 512]", "got [5, 512]"],
    );
    let dir = changed(photo_model(), "classes = [\"a\", \"b\", \"c\", \"d\", \"e\"]\n", "");
    says(dir.path(), &["missing field `classes`"]);
}

#[test]
fn one_layer_more() {
    type More = (SqueezeBody, Linear<512, 5>, Linear<5, 5>);
    let dir = changed(photo_model(), "", "");
    let learner = Learner::classifier::<More>(&device(1).unwrap(), Sgd::default()).unwrap();
    learner.save(dir.path().join(WEIGHTS)).unwrap();
    write_card(dir.path(), &photo_card(dir.path()));
    says(dir.path(), &["expected the 52 tensors of this network", "`2.bias`"]);
}

#[test]
fn another_size() {
    let dir = changed(digits_model(), "[1, 28, 28]", "[1, 32, 32]");
    says(dir.path(), &["card's input", "[1, 32, 32]"]);
    let dir = changed(photo_model(), "[3, 96, 96]", "[3, 2, 2]");
    says(dir.path(), &["card's input"]);
}

#[test]
fn files_that_are_damaged_or_not_there() {
    let dir = tempfile::tempdir().unwrap();
    says(dir.path(), &["card.toml", "expected the card of a model"]);
    let dir = changed(digits_model(), "", "");
    fs::remove_file(dir.path().join(WEIGHTS)).unwrap();
    says(dir.path(), &[WEIGHTS]);
    let dir = changed(photo_model(), "", "");
    let bytes = fs::read(dir.path().join(WEIGHTS)).unwrap();
    fs::write(dir.path().join(WEIGHTS), &bytes[..bytes.len() / 2]).unwrap();
    write_card(dir.path(), &photo_card(dir.path()));
    says(dir.path(), &["complete safetensors file"]);
}
