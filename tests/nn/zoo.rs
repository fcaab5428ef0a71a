//! The zoo against torchvision: the same weights, the same picture, the same scores; and what a wrong file is told.

use std::collections::HashMap;

use gradus::nn::zoo;
use gradus::ops::{self, Pool2dOptions};
use gradus::prelude::*;
use gradus::train::Trainable;
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    ceil_pool: Vec<Pool>,
    networks: Vec<Network>,
}

#[derive(Deserialize)]
struct Pool {
    x: Vec<f32>,
    shape: [usize; 4],
    options: [usize; 3],
    y: Vec<f32>,
    size: [usize; 4],
    dy: Vec<f32>,
    dx: Vec<f32>,
}

#[derive(Deserialize)]
struct Network {
    network: String,
    side: usize,
    parameters: usize,
    scores: Vec<f32>,
}

fn golden() -> Golden {
    load("nn/zoo")
}

/// Numbers between -1 and 1, as `zoo.py` makes them.
fn formula(name: &str, n: usize) -> Vec<f32> {
    let phase: usize = name.chars().enumerate().map(|(i, c)| (i + 1) * c as usize).sum();
    let phase = (phase % 1000) as f64;
    (0..n).map(|i| (i as f64 * 12.9898 + phase).sin() as f32).collect()
}

/// Weights under torchvision's names for a network of ours whose tensors are called so.
fn published(ours: &StateDict, names: &[zoo::Rename]) -> StateDict {
    let mut dict = StateDict::new("torchvision");
    for (theirs, name) in names {
        let (shape, _) = ours.get(name).unwrap_or_else(|| panic!("the network has no {name}"));
        let n = shape.iter().product();
        let mut values = formula(theirs, n);
        if theirs.ends_with("running_var") {
            values.iter_mut().for_each(|v| *v = 1.0 + 0.5 * *v);
        } else if shape.len() > 1 {
            let scale = (3.0 / (n / shape[0]) as f64).sqrt() as f32;
            values.iter_mut().for_each(|v| *v *= scale);
        } else if theirs.ends_with("weight") {
            values.iter_mut().for_each(|v| *v = 1.0 + 0.1 * *v);
        } else {
            values.iter_mut().for_each(|v| *v *= 0.1);
        }
        dict.insert(theirs, shape.to_vec(), values).expect("finite");
    }
    dict
}

fn scores<N: Trainable>(names: &[zoo::Rename], expected: &Network) -> gradus::Result<()> {
    let mut learner = Learner::classifier::<N>(&device(0)?, Sgd::default())?;
    let ours = learner.state_dict()?;
    let dict = published(&ours, names).renamed(names)?.with_zeros(&ours, ".bias");
    learner.load_state_dict(&dict)?;
    let statistics: usize = dict
        .names()
        .iter()
        .filter(|n| n.contains("running"))
        .map(|n| dict.get(n).expect("it").1.len())
        .sum();
    let zeros: usize = dict
        .names()
        .iter()
        .filter(|n| !names.iter().any(|(_, ours)| ours == *n))
        .map(|n| dict.get(n).expect("it").1.len())
        .sum();
    assert_eq!(
        dict.num_values() - statistics - zeros,
        expected.parameters,
        "{}",
        expected.network
    );
    let side = expected.side;
    let data = Dataset::from_values(
        formula("picture", 2 * 3 * side * side),
        &[3, side, side],
        vec![0, 1],
        &["a", "b"],
    )?;
    let got = learner.predict(&data)?;
    let largest = expected.scores.iter().fold(0f32, |m, v| m.max(v.abs()));
    for (row, expected) in expected.scores.chunks(50).enumerate() {
        for (g, e) in got.scores(row)?.iter().zip(expected) {
            assert!((g - e).abs() <= 1e-4 * largest, "row {row}: {g}, torchvision has {e}");
        }
    }
    Ok(())
}

#[test]
fn networks_score_as_torchvision_does() {
    let by_name: HashMap<String, Network> = golden().networks.into_iter().map(|n| (n.network.clone(), n)).collect();
    scores::<zoo::SqueezeNet>(&zoo::squeezenet_torchvision_names(), &by_name["squeezenet1_1"]).expect("SqueezeNet");
    scores::<zoo::ResNet18>(&zoo::resnet18_torchvision_names(), &by_name["resnet18"]).expect("ResNet-18");
    scores::<zoo::MobileNetV2>(&zoo::mobilenet_v2_torchvision_names(), &by_name["mobilenet_v2"]).expect("MobileNetV2");
}

#[test]
fn pooling_with_overhang_agrees_with_pytorch() {
    for case in golden().ceil_pool {
        let [b, c, h, w] = case.shape;
        let [kernel, stride, padding] = case.options;
        let options = Pool2dOptions {
            kernel,
            stride,
            padding,
            ceil_mode: true,
        };
        let dev = Cpu::default();
        let x = dev.tensor_from_vec(case.x, (b, c, h, w));
        let y = ops::max_pool2d(x.leaky_trace(), options).expect("fits");
        assert_eq!(y.shape().concrete(), case.size);
        assert_eq!(y.as_vec(), case.y);
        let dy: Tensor<(usize, usize, usize, usize), f32, _> = dev.tensor_from_vec(case.dy, *y.shape());
        let gradients = (y * dy).sum().backward();
        for (g, e) in gradients.get(&x).as_vec().iter().zip(case.dx) {
            assert!((g - e).abs() < 1e-5, "{g}, PyTorch has {e}");
        }
    }
}

type Small = ((Conv2D<3, 4, 3>, ReLU), (AvgPoolGlobal, Linear<4, 2>));

fn small(seed: u64) -> Learner {
    Learner::classifier::<Small>(&device(seed).expect("device"), Sgd::default()).expect("learner")
}

#[test]
fn a_part_is_loaded_and_the_rest_reported() -> gradus::Result<()> {
    let (from, mut to) = (small(1).state_dict()?, small(2));
    let before = to.state_dict()?;
    let mut part = from.part("0.");
    part.insert("1.1.weight", vec![3, 4], vec![0.0; 12])?;
    part.insert("other", vec![1], vec![0.0])?;
    let report = to.load_partial(&part)?;
    assert_eq!(report.loaded, ["0.0.weight", "0.0.bias"]);
    assert_eq!(report.missing, ["1.1.bias"]);
    assert_eq!(report.unexpected, ["other"]);
    assert_eq!(report.mismatched, [("1.1.weight".to_string(), vec![2, 4], vec![3, 4])]);
    assert!(!report.is_complete());
    let after = to.state_dict()?;
    assert_eq!(after.part("0."), from.part("0."));
    assert_eq!(after.part("1."), before.part("1."));
    for line in [
        "other",
        "1.1.bias",
        "1.1.weight is [2, 4] in the network, [3, 4] in the file",
    ] {
        assert!(report.to_string().contains(line), "{report}");
    }
    Ok(())
}

#[test]
fn all_or_nothing_names_the_tensor_and_changes_none() -> gradus::Result<()> {
    let mut learner = small(1);
    let before = learner.state_dict()?;
    let other = small(2).state_dict()?;
    let refused = |learner: &mut Learner, dict: &StateDict, word: &str| {
        let error = learner.load_state_dict(dict).expect_err(word).to_string();
        assert!(error.contains(word), "{error}");
    };
    refused(&mut learner, &other.part("0."), "1.1.weight");
    let mut surplus = other.clone();
    surplus.insert("more", vec![1], vec![0.0])?;
    refused(&mut learner, &surplus, "tensor `more` too");
    let mut shape = other.clone();
    shape.insert("0.0.bias", vec![5], vec![0.0; 5])?;
    refused(&mut learner, &shape, "tensor `0.0.bias` of shape [4]");
    assert_eq!(learner.state_dict()?, before);
    assert!(learner.load_partial(&other.moved("", "x")).is_err(), "nothing fits");
    learner.load_state_dict(&other)?;
    assert_eq!(learner.state_dict()?, other);
    Ok(())
}

#[test]
fn a_damaged_or_foreign_file_is_refused_by_name() -> gradus::Result<()> {
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("net.safetensors");
    small(1).save(&path)?;
    let whole = std::fs::read(&path).expect("file");
    let complaint = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("writes");
        StateDict::read(&path).expect_err("refused").to_string()
    };
    for cut in [0, 7, 20, whole.len() / 2, whole.len() - 1] {
        assert!(
            complaint(&whole[..cut]).contains("complete safetensors file"),
            "cut at {cut}"
        );
    }
    let mut nan = whole.clone();
    let end = nan.len();
    nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, &nan).expect("writes");
    let text = small(2)
        .load_state_dict(&StateDict::read(&path)?)
        .expect_err("refused")
        .to_string();
    assert!(text.contains("finite numbers in tensor `"), "{text}");
    std::fs::write(&path, &whole).expect("writes");
    let error = StateDict::read(&path)?
        .renamed(&zoo::squeezenet_caffe_names())
        .expect_err("another network");
    assert!(error.to_string().contains("conv1.weight"), "{error}");
    assert!(StateDict::read(dir.path().join("none")).is_err());
    Ok(())
}

#[test]
fn every_kind_of_number_is_read() {
    use safetensors::{Dtype, tensor::TensorView};
    let half = [0x3c00u16, 0xc000, 0x0001, 0x7bff].map(u16::to_le_bytes).concat();
    let brain = [0x3f80u16, 0xc000].map(u16::to_le_bytes).concat();
    let long = [1.5f64, -2.0].map(f64::to_le_bytes).concat();
    let bytes = [0u8, 128, 255];
    let words = [-7i32, 9].map(i32::to_le_bytes).concat();
    let view = |kind, n: usize, data| TensorView::new(kind, vec![n], data).expect("fits");
    let tensors = [
        ("half", view(Dtype::F16, 4, &half)),
        ("brain", view(Dtype::BF16, 2, &brain)),
        ("long", view(Dtype::F64, 2, &long)),
        ("bytes", view(Dtype::U8, 3, &bytes)),
        ("words", view(Dtype::I32, 2, &words)),
    ];
    let file = safetensors::serialize(tensors, &None).expect("serializes");
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("kinds.safetensors");
    std::fs::write(&path, file).expect("writes");
    let dict = StateDict::read(&path).expect("reads");
    let of = |name: &str| dict.get(name).expect("there").1.to_vec();
    assert_eq!(of("half"), [1.0, -2.0, 2f32.powi(-24), 65504.0]);
    assert_eq!(of("brain"), [1.0, -2.0]);
    assert_eq!(of("long"), [1.5, -2.0]);
    assert_eq!(of("bytes"), [0.0, 128.0, 255.0]);
    assert_eq!(of("words"), [-7.0, 9.0]);
}

#[test]
fn features_keep_the_answers() -> gradus::Result<()> {
    let data = Dataset::from_values(
        formula("x", 5 * 3 * 6 * 6),
        &[3, 6, 6],
        vec![0, 1, 1, 0, 1],
        &["a", "b"],
    )?;
    let body = Learner::classifier::<((Conv2D<3, 4, 3>, ReLU), AvgPoolGlobal)>(&device(1)?, Sgd::default())?;
    let part = data.subset(&[4, 0, 2])?;
    let features = body.features(&part)?;
    assert_eq!((features.len(), features.sample_shape()), (3, &[4][..]));
    assert_eq!(features.labels(), [1, 0, 1]);
    assert_eq!(features.values(1)?, body.predict(&data)?.scores(0)?);
    Ok(())
}

#[derive(Deserialize)]
struct Photographs {
    cases: Vec<Photograph>,
}

#[derive(Deserialize)]
struct Photograph {
    network: String,
    photo: String,
    side: usize,
    classes: Vec<usize>,
    probabilities: Vec<f32>,
    labels: Vec<String>,
}

/// The real weights are not part of the project: this runs where they are in the cache, and says so where they are not.
#[test]
fn published_weights_name_the_photographs_as_in_pytorch() -> gradus::Result<()> {
    let found = (
        zoo::pretrained_squeezenet(),
        zoo::pretrained_mobilenet_v2(),
        zoo::imagenet_labels(),
    );
    let (Ok(squeezenet), Ok(mobilenet), Ok(labels)) = found else {
        println!("skipped: the published weights are not in the cache");
        return Ok(());
    };
    let folder = std::env::var("GRADUS_DATA")
        .map(std::path::PathBuf::from)
        .unwrap_or_default()
        .join("sample-photos");
    let dev = device(0)?;
    let golden: Photographs = load("nn/zoo_photographs");
    for case in golden.cases {
        let image = Image::open(folder.join(&case.photo))?.fit(case.side, case.side, gradus::data::Fit::Crop)?;
        let data = Dataset::from_values(image.pixels().to_vec(), &image.shape(), vec![0], &["?"])?;
        let (learner, data, offset) = match case.network.as_str() {
            "squeezenet" => {
                let mut learner = Learner::classifier::<zoo::SqueezeNet>(&dev, Sgd::default())?;
                learner.load_state_dict(&squeezenet)?;
                (learner, data.normalize(&zoo::CAFFE_MEAN, &zoo::CAFFE_STD)?, 0)
            }
            _ => {
                let mut learner = Learner::classifier::<zoo::MobileNetV2Tf>(&dev, Sgd::default())?;
                learner.load_state_dict(&mobilenet)?;
                (learner, data.normalize(&[128.0 / 255.0; 3], &[128.0 / 255.0; 3])?, 1)
            }
        };
        let p = learner.predict(&data)?.probabilities(0)?;
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
        for (place, (&class, (&expected, label))) in case
            .classes
            .iter()
            .zip(case.probabilities.iter().zip(&case.labels))
            .enumerate()
        {
            let name = format!("{}, {}, place {place}: {label}", case.network, case.photo);
            // Two decoders of JPEG differ by a grey level here and there.
            assert!(
                (p[class] - expected).abs() < 5e-3,
                "{name}: {}, PyTorch has {expected}",
                p[class]
            );
            assert_eq!(&labels[class - offset], label);
            assert!(
                expected < 1e-3 || order[place] == class,
                "{name}: {} came there",
                order[place]
            );
        }
    }
    Ok(())
}
