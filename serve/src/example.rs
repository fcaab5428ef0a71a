//! A model to try the service with: a small network that learns the digits that the project has drawn itself.

use std::path::Path;

use anyhow::{Context, Result};
use gradus::prelude::*;

use crate::card::CARD;
use crate::network::Block;

/// The network of [`Architecture::SmallCnn`](crate::card::Architecture::SmallCnn), with a score for each of ten digits.
pub type Digits = (Block<1, 8>, Block<8, 16>, Flatten<784>, Linear<784, 10>);

/// Trains the network on so many `digits` (there are 6000) for `epochs` and writes card and weights into `folder`. Gives the
/// accuracy on digits that it has not seen. The same numbers every time.
///
/// # Errors
/// Where the files cannot be written.
pub fn write(folder: &Path, digits: usize, epochs: usize) -> Result<f64> {
    let (train, test) = data::digits()?;
    let (mean, std) = train.mean_std();
    let (train, test) = (train.normalize(&mean, &std)?, test.normalize(&mean, &std)?);
    let mut learner = Learner::classifier::<Digits>(&device(1)?, Adam::default())?;
    learner.quiet().set_batch_size(32);
    learner.fit_one_cycle(&train.shuffle(1).take(digits), &test, epochs, 5e-3)?;
    let accuracy = learner.evaluate(&test)?.1;

    std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let weights = folder.join("weights.safetensors");
    learner.save(&weights)?;
    let card = format!(
        "format = 1\nname = \"digits\"\nversion = \"1\"\n\
         description = \"Digits that a program has drawn: an example, not for letters\"\n\
         architecture = \"small-cnn\"\nweights = \"weights.safetensors\"\nsha256 = {:?}\nclasses = {:?}\n\
         input = [1, 28, 28]\nfit = \"crop\"\nmean = {mean:?}\nstd = {std:?}\ntemperature = 1.0\nthreshold = 0.8\n",
        data::sha256(&weights)?,
        test.class_names(),
    );
    let path = folder.join(CARD);
    std::fs::write(&path, card).with_context(|| format!("{}", path.display()))?;
    Ok(accuracy)
}
