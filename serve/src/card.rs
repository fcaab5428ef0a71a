//! The card of a model: what it is called, what it expects and how its scores are to be read.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use gradus::data::{Fit, sha256};
use serde::Deserialize;

/// The name of the card in the folder of a model.
pub const CARD: &str = "card.toml";

/// What a model is, as its card says. Read with [`Card::read`], which also looks at the weights beside it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The version of this format: 1.
    pub format: u32,
    /// The name of the model: letters, digits, `-` and `_`.
    pub name: String,
    /// Its version, which goes into every answer.
    pub version: String,
    /// One line for people.
    #[serde(default)]
    pub description: String,
    /// The network that the weights are for.
    pub architecture: Architecture,
    /// The name of the weights' file, beside the card.
    pub weights: String,
    /// The SHA-256 of that file.
    pub sha256: String,
    /// The classes, in the order of the network's scores.
    pub classes: Vec<String>,
    /// Channels, height and width of what the network sees.
    pub input: [usize; 3],
    /// How a picture of other proportions is brought into that size.
    pub fit: Way,
    /// What is subtracted from each channel, whose values go from 0 to 1.
    pub mean: Vec<f32>,
    /// What each channel is divided by then.
    pub std: Vec<f32>,
    /// What the scores are divided by before they become probabilities.
    pub temperature: f32,
    /// The probability below which a person is asked.
    pub threshold: f32,
}

/// The networks that the service knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Architecture {
    /// Two blocks of convolution, ReLU and pooling, and a linear layer: `(1, 28, 28)`.
    #[serde(rename = "small-cnn")]
    SmallCnn,
    /// The body of SqueezeNet 1.1, averaged over the picture, and a linear layer: `(3, H, W)`.
    #[serde(rename = "squeezenet-1.1")]
    SqueezeNet,
}

/// [`Fit`], as a card spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Scaled until it covers the size, the rest cut off.
    Crop,
    /// Scaled until it fits into the size, the rest black.
    Pad,
    /// Scaled to the size, whatever becomes of its proportions.
    Stretch,
}

impl From<Way> for Fit {
    fn from(way: Way) -> Self {
        match way {
            Way::Crop => Fit::Crop,
            Way::Pad => Fit::Pad,
            Way::Stretch => Fit::Stretch,
        }
    }
}

impl Card {
    /// Reads the card in `folder` and checks it, the weights' checksum included. Also gives the path of the weights.
    ///
    /// # Errors
    /// Where a file is missing, a key is missing, unknown or out of its range, or the weights are not those that the card
    /// speaks of.
    pub fn read(folder: &Path) -> Result<(Self, PathBuf)> {
        let path = folder.join(CARD);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{}: expected the card of a model", path.display()))?;
        let card = Self::parse(&text).with_context(|| format!("{}: this card cannot be served", path.display()))?;
        let weights = folder.join(&card.weights);
        let hash = sha256(&weights).context("the weights that the card names")?;
        ensure!(
            hash.eq_ignore_ascii_case(&card.sha256),
            "{}: expected the file whose SHA-256 the card names, {}, got {hash}. The weights were changed or exchanged after \
             the card was written",
            weights.display(),
            card.sha256
        );
        Ok((card, weights))
    }

    /// The card in this text.
    ///
    /// # Errors
    /// Where a key is missing, unknown or out of its range.
    pub fn parse(text: &str) -> Result<Self> {
        let card: Self = toml::from_str(text)?;
        card.check()?;
        Ok(card)
    }

    fn check(&self) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        ensure!(self.format == 1, "format: expected 1, got {}", self.format);
        ensure!(
            !self.name.is_empty() && self.name.chars().all(plain),
            "name: expected letters, digits, - and _, got {:?}",
            self.name
        );
        let file = Path::new(&self.weights);
        ensure!(
            file.file_name().is_some_and(|name| name == file.as_os_str()),
            "weights: expected the name of a file beside the card, got {:?}",
            self.weights
        );
        ensure!(
            self.classes.len() >= 2,
            "classes: expected at least two, got {:?}",
            self.classes
        );
        let mut seen = HashSet::new();
        let again = self
            .classes
            .iter()
            .find(|class| class.is_empty() || !seen.insert(*class));
        ensure!(
            again.is_none(),
            "classes: expected names, each once, got {again:?} again or empty"
        );
        self.check_numbers()
    }

    fn check_numbers(&self) -> Result<()> {
        let [channels, height, width] = self.input;
        ensure!(
            (channels == 1 || channels == 3) && (1..=2048).contains(&height) && (1..=2048).contains(&width),
            "input: expected [1 or 3 channels, height, width] with sides from 1 to 2048, got {:?}",
            self.input
        );
        let finite = |values: &[f32]| values.iter().all(|v| v.is_finite());
        ensure!(
            self.mean.len() == channels && finite(&self.mean),
            "mean: expected {channels} finite numbers, one for each channel, got {:?}",
            self.mean
        );
        ensure!(
            self.std.len() == channels && finite(&self.std) && self.std.iter().all(|s| *s > 0.0),
            "std: expected {channels} numbers above 0, one for each channel, got {:?}",
            self.std
        );
        ensure!(
            self.temperature.is_finite() && self.temperature > 0.0,
            "temperature: expected a number above 0, got {}",
            self.temperature
        );
        ensure!(
            (0.0..=1.0).contains(&self.threshold),
            "threshold: expected a probability from 0 to 1, got {}",
            self.threshold
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        format = 1
        name = "flowers"
        version = "2"
        architecture = "squeezenet-1.1"
        weights = "weights.safetensors"
        sha256 = "00"
        classes = ["daisy", "rose"]
        input = [3, 227, 227]
        fit = "crop"
        mean = [0.5, 0.5, 0.5]
        std = [1, 1e-3, 0.003921569]
        temperature = 1.5
        threshold = 0.7
    "#;

    #[test]
    fn what_is_out_of_range_is_named() {
        let card = Card::parse(GOOD).unwrap();
        assert_eq!((card.architecture, card.fit), (Architecture::SqueezeNet, Way::Crop));
        assert_eq!(card.std, [1.0, 1e-3, 0.003_921_569]);
        for (from, to, word) in [
            ("format = 1", "format = 2", "got 2"),
            ("\"flowers\"", "\"a b\"", "a b"),
            ("weights.safe", "../weights.safe", "beside the card"),
            ("[\"daisy\", \"rose\"]", "[\"daisy\", \"daisy\"]", "each once"),
            ("[\"daisy\", \"rose\"]", "[\"daisy\"]", "at least two"),
            ("classes = [\"daisy\", \"rose\"]", "", "classes"),
            ("[3, 227, 227]", "[2, 227, 227]", "1 or 3 channels"),
            ("[3, 227, 227]", "[3, 227, 0]", "sides from 1"),
            ("[0.5, 0.5, 0.5]", "[0.5]", "3 finite numbers"),
            ("[1, 1e-3,", "[1, 0.0,", "above 0"),
            ("temperature = 1.5", "temperature = 0.0", "above 0"),
            ("threshold = 0.7", "threshold = 70", "got 70"),
            ("threshold", "treshold", "treshold"),
            ("squeezenet-1.1", "vgg", "small-cnn"),
            ("\"crop\"", "\"cut\"", "stretch"),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from}");
            let refused = format!("{:#}", Card::parse(&text).expect_err(to));
            assert!(refused.contains(word), "{to}: {refused}");
        }
    }
}
