//! Files with more in them than a network asks for, and names that meet.

use gradus::prelude::*;
use safetensors::{Dtype, tensor::TensorView};

type Net = (Linear<2, 3>, BatchNorm1D<3>, Linear<3, 2>);

fn learner(seed: u64) -> gradus::Result<Learner> {
    Learner::classifier::<Net>(&device(seed)?, Sgd::default())
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// A file with the tensors of `dict` and `more`.
fn file(dict: &StateDict, more: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) -> tempfile::NamedTempFile {
    let mut all: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for name in dict.names() {
        let (shape, values) = dict.get(&name).expect("there");
        all.push((name, Dtype::F32, shape.to_vec(), bytes(values)));
    }
    all.extend(
        more.iter()
            .map(|(name, kind, shape, data)| (name.to_string(), *kind, shape.clone(), data.clone())),
    );
    let views = all.iter().map(|(name, kind, shape, data)| {
        let view = TensorView::new(*kind, shape.clone(), data).expect("fits");
        (name.as_str(), view)
    });
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), safetensors::serialize(views, &None).expect("serializes")).expect("writes");
    file
}

#[test]
fn what_the_network_does_not_ask_for_may_be_anything() -> gradus::Result<()> {
    let dict = learner(1)?.state_dict()?;
    let counter = ("1.num_batches_tracked", Dtype::I64, vec![], 7i64.to_le_bytes().to_vec());
    let path = file(&dict, std::slice::from_ref(&counter));
    // What PyTorch writes for a batch norm loads as it is.
    let mut other = learner(2)?;
    other.load_state_dict(&StateDict::read(path.path())?)?;
    assert_eq!(other.state_dict()?, dict);
    let mut other = learner(2)?;
    other.load(path.path())?;
    assert_eq!(other.state_dict()?, dict);
    let more = [
        counter,
        (
            "steps",
            Dtype::U64,
            vec![2],
            [1u64, 1 << 40].map(u64::to_le_bytes).concat(),
        ),
        ("flags", Dtype::BOOL, vec![3], vec![1, 0, 1]),
        (
            "mask",
            Dtype::F32,
            vec![2, 2],
            bytes(&[0.0, f32::NEG_INFINITY, 0.0, 0.0]),
        ),
        ("nothing", Dtype::F32, vec![1], bytes(&[f32::NAN])),
    ];
    let read = StateDict::read(file(&dict, &more).path())?;
    assert_eq!(read.get("steps").expect("there").1, [1.0, 2f32.powi(40)]);
    assert_eq!(read.get("flags").expect("there").1, [1.0, 0.0, 1.0]);
    assert_eq!(read.get("mask").expect("there").1[1], f32::NEG_INFINITY);
    let mut other = learner(2)?;
    let report = other.load_partial(&read)?;
    assert_eq!(report.unexpected, ["flags", "mask", "nothing", "steps"]);
    assert_eq!(other.state_dict()?, dict);
    // What is asked for must be readable.
    let error = read.tensor("mask").expect_err("not finite").to_string();
    assert!(
        error.contains("finite numbers in tensor `mask`") && error.contains("-inf"),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_tensor_that_is_asked_for_and_not_finite_is_refused() -> gradus::Result<()> {
    for value in [f32::NAN, f32::NEG_INFINITY, f32::INFINITY] {
        let dict = learner(1)?.state_dict()?;
        let (part, bad) = (dict.part("0."), ("2.bias", Dtype::F32, vec![2], bytes(&[0.0, value])));
        let read = StateDict::read(file(&part, &[bad]).path())?;
        let mut other = learner(2)?;
        let before = other.state_dict()?;
        let error = other.load_partial(&read).expect_err("refused").to_string();
        assert!(error.contains("finite numbers in tensor `2.bias`"), "{error}");
        assert_eq!(other.state_dict()?, before);
    }
    Ok(())
}

fn dict(names: &[&str]) -> StateDict {
    let mut dict = StateDict::new("a test");
    for (i, name) in names.iter().enumerate() {
        dict.insert(name, vec![1], vec![i as f32]).expect("fits");
    }
    dict
}

#[test]
fn no_tensor_is_lost_on_the_way() -> gradus::Result<()> {
    for (names, old, new, after, clash) in [
        (&["a.w", "b.w"][..], "a.", "b.", &["a.w", "b.w"][..], true),
        (&["a.w", "a.v", "b.w"], "a.", "b.", &["a.w", "b.v", "b.w"], true),
        (&["a.w", "c.w"], "a.", "b.", &["b.w", "c.w"], false),
        (&["a.w", "a.b.w"], "a.", "a.b.", &["a.b.b.w", "a.b.w"], false),
        (&["a.w"], "a.", "a.", &["a.w"], false),
        (&["w", "x.w"], "", "x.", &["x.w", "x.x.w"], false),
        (&["x.w", "w"], "x.", "", &["w", "x.w"], true),
    ] {
        let moved = dict(names).moved(old, new);
        assert_eq!(moved.names(), after, "{names:?} from {old:?} to {new:?}");
        assert_eq!(moved.num_values(), names.len());
        let mut learner = learner(1)?;
        let error = learner.load_partial(&moved).expect_err("no tensor fits").to_string();
        assert_eq!(error.contains("a name of its own"), clash, "{error}");
        // What is taken apart or put together keeps that in mind.
        let later = dict(&["z"]).merged(&moved).moved("q", "p");
        let error = learner.load_state_dict(&later).expect_err("no tensor fits").to_string();
        assert_eq!(error.contains("a name of its own"), clash, "{error}");
    }
    let pairs = [("a", "n"), ("b", "n")].map(|(old, new)| (old.to_string(), new.to_string()));
    let error = dict(&["a", "b"])
        .renamed(&pairs)
        .expect_err("one name for two")
        .to_string();
    assert!(error.contains("`b`, which was to become `n`"), "{error}");
    Ok(())
}
