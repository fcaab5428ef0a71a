//! The network of a model: a body that makes features of a picture, and a linear layer that makes scores of them.
//!
//! How many classes there are, only the card knows, while a layer of gradus has its width in its type. So the body is a network
//! of gradus, and the last layer, one sum of products per class, stands here.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use gradus::nn::zoo;
use gradus::prelude::*;

use crate::card::{Architecture, Card};

/// A block of [`Architecture::SmallCnn`].
pub type Block<const I: usize, const O: usize> = (Conv2D<I, O, 3, 1, 1>, ReLU, MaxPool2D<2>);
/// The body of [`Architecture::SmallCnn`]: `(B, 1, 28, 28)` to 784 numbers.
pub type SmallBody = (Block<1, 8>, Block<8, 16>, Flatten<784>);
/// The body of [`Architecture::SqueezeNet`]: `(B, 3, H, W)` to 512 numbers.
pub type SqueezeBody = (zoo::SqueezeNetBody, AvgPoolGlobal);

/// A network that answers. It belongs to one thread: networks of dfdx cannot be shared.
pub struct Network {
    body: Learner,
    /// One row of weights per class.
    rows: Vec<Vec<f32>>,
    biases: Vec<f32>,
    input: [usize; 3],
    temperature: f32,
}

/// How the tensors of an architecture are called.
struct Names {
    /// What stands before the names of the body.
    body: &'static str,
    /// What stands before `weight` and `bias` of the last layer.
    head: &'static str,
    features: usize,
}

impl Architecture {
    fn names(self) -> Names {
        match self {
            Self::SmallCnn => Names {
                body: "",
                head: "3.",
                features: 784,
            },
            Self::SqueezeNet => Names {
                body: "0.",
                head: "1.",
                features: 512,
            },
        }
    }

    fn body(self) -> gradus::Result<Learner> {
        let dev = device(0)?;
        match self {
            Self::SmallCnn => Learner::classifier::<SmallBody>(&dev, Sgd::default()),
            Self::SqueezeNet => Learner::classifier::<SqueezeBody>(&dev, Sgd::default()),
        }
    }
}

impl Network {
    /// The network of `card` with the weights in a file. One picture of zeros is shown to it, so that what answers at all
    /// answers from the first request on.
    ///
    /// # Errors
    /// Where the file holds other tensors than the network has, names other classes than the card, or the network does not
    /// take pictures of the card's size. The message says what was expected and what came.
    pub fn open(card: &Card, weights: &Path) -> Result<Self> {
        let dict = StateDict::read(weights)?;
        check_classes(card, weights)?;
        let mut body = card.architecture.body()?;
        let names = card.architecture.names();
        let expected = expected(&body, &names, card.classes.len())?;
        compare(&expected, &dict).with_context(|| {
            format!(
                "{}: these are not weights of the network {:?}",
                weights.display(),
                card.architecture
            )
        })?;
        let mut own = StateDict::new(dict.source());
        for name in body.state_dict()?.names() {
            let (shape, values) = dict.tensor(&format!("{}{name}", names.body))?;
            own.insert(&name, shape.to_vec(), values.to_vec())?;
        }
        body.load_state_dict(&own)?;
        let weight = dict.tensor(&format!("{}weight", names.head))?.1;
        let network = Self {
            body,
            rows: weight.chunks(names.features).map(<[f32]>::to_vec).collect(),
            biases: dict.tensor(&format!("{}bias", names.head))?.1.to_vec(),
            input: card.input,
            temperature: card.temperature,
        };
        let blank = vec![0.0; card.input.iter().product()];
        network.probabilities(vec![blank]).with_context(|| {
            format!(
                "the network does not take pictures of the card's input, {:?}",
                card.input
            )
        })?;
        Ok(network)
    }

    /// The probabilities of all classes, for each of some pictures: normalized values `(C, H, W)`.
    ///
    /// # Errors
    /// Where the pictures do not fit the network.
    pub fn probabilities(&self, pictures: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>> {
        let count = pictures.len();
        let set = Dataset::from_values(pictures.concat(), &self.input, vec![0; count], &["any"])?;
        let features = self.body.predict(&set)?;
        (0..count).map(|i| Ok(self.softmax(features.scores(i)?))).collect()
    }

    fn softmax(&self, features: &[f32]) -> Vec<f32> {
        let score = |(row, bias): (&Vec<f32>, &f32)| {
            let sum: f32 = row.iter().zip(features).map(|(w, x)| w * x).sum();
            (sum + bias) / self.temperature
        };
        let scores: Vec<f32> = self.rows.iter().zip(&self.biases).map(score).collect();
        let highest = scores.iter().fold(f32::NEG_INFINITY, |m, s| m.max(*s));
        let powers: Vec<f32> = scores.iter().map(|s| (s - highest).exp()).collect();
        let sum: f32 = powers.iter().sum();
        powers.iter().map(|p| p / sum).collect()
    }
}

/// Names and shapes of all tensors that the file must hold.
fn expected(body: &Learner, names: &Names, classes: usize) -> Result<Vec<(String, Vec<usize>)>> {
    let dict = body.state_dict()?;
    let mut all = Vec::new();
    for name in dict.names() {
        all.push((format!("{}{name}", names.body), dict.tensor(&name)?.0.to_vec()));
    }
    all.push((format!("{}weight", names.head), vec![classes, names.features]));
    all.push((format!("{}bias", names.head), vec![classes]));
    Ok(all)
}

/// Refuses what has other tensors than the network.
fn compare(expected: &[(String, Vec<usize>)], dict: &StateDict) -> Result<()> {
    for (name, shape) in expected {
        let got = dict.tensor(name)?.0;
        ensure!(
            got == shape,
            "tensor `{name}`: expected the shape {shape:?}, got {got:?}"
        );
    }
    let known = |name: &String| expected.iter().any(|(own, _)| own == name);
    let surplus: Vec<String> = dict.names().into_iter().filter(|name| !known(name)).collect();
    ensure!(
        surplus.is_empty(),
        "expected the {} tensors of this network, got {} more, such as `{}`",
        expected.len(),
        surplus.len(),
        surplus[0]
    );
    Ok(())
}

/// Gradus notes in a file which classes its weights were trained on. Where it did, the card must say the same.
fn check_classes(card: &Card, weights: &Path) -> Result<()> {
    let noted = noted_classes(weights).unwrap_or_default();
    ensure!(
        noted.is_empty() || noted == card.classes,
        "{}: expected weights that were trained on the classes of the card, {:?}, got some that were trained on {noted:?}",
        weights.display(),
        card.classes
    );
    Ok(())
}

/// The classes that a file of weights names: a mark, a blank and two lists, the first of which is theirs.
fn noted_classes(weights: &Path) -> Option<Vec<String>> {
    let bytes = std::fs::read(weights).ok()?;
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).ok()?;
    let (_, lists) = header.metadata().as_ref()?.get("gradus names")?.split_once(' ')?;
    let [classes, _]: [Vec<String>; 2] = serde_json::from_str(lists).ok()?;
    Some(classes)
}
