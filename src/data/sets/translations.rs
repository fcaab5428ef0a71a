//! Sentences in two languages.

use std::io::Read;
use std::path::Path;

use gradus_data::Cache;

use super::fetched::{fetch, notice, read};
use super::made_up_texts;
use crate::data::text::Pairs;
use crate::{Error, Result};

/// Sentences with their translations, in three parts. See [`translations`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translations {
    /// What a network learns from.
    pub train: Pairs,
    /// What it is chosen by.
    pub validation: Pairs,
    /// What it is tested on.
    pub test: Pairs,
}

/// Captions of photographs in English with their translation into German (`"de"`) or French (`"fr"`): 29 000 pairs for training,
/// 1014 for validation, 1000 for testing.
///
/// Multi30k (Elliott et al. 2016, 2017; no licence is stated: fetched, never part of this project), the test set is
/// `test_2016_flickr`. From the cache if they are there, else downloaded; where that fails too, sentences of a language that
/// the project made up, with a notice that says why. Taught in notebook 15.
///
/// # Errors
/// [`Error::Argument`] for another language, [`Error::File`] where a file is there but cannot be read.
pub fn translations(language: &str) -> Result<Translations> {
    load(language, Cache::from_env())
}

fn load(language: &str, cache: gradus_data::Result<Cache>) -> Result<Translations> {
    let title = match language {
        "de" => "English to German",
        "fr" => "English to French",
        other => {
            return Err(Error::Argument {
                what: "language of the translations".into(),
                expected: "\"de\" (German) or \"fr\" (French)".into(),
                got: format!("{other:?}"),
            });
        }
    };
    match fetch(cache, "multi30k") {
        Ok(folder) => {
            let part = |file: &str, part: &str| {
                let lines = |language: &str| lines_of(&folder.join(format!("{file}.{language}.gz")));
                Pairs::new(&format!("{title}, {part}"), lines("en")?, lines(language)?)
            };
            Ok(Translations {
                train: part("train", "training set")?,
                validation: part("val", "validation set")?,
                test: part("test_2016_flickr", "test set")?,
            })
        }
        Err(reason) => {
            let mut pairs = made_up_texts::pairs(4400).into_iter();
            let mut part = |count: usize, part: &str| {
                let (sources, targets) = pairs.by_ref().take(count).unzip();
                Pairs::new(&format!("English to a made-up language, {part}"), sources, targets)
            };
            let made_up = Translations {
                train: part(4000, "training set")?,
                validation: part(200, "validation set")?,
                test: part(200, "test set")?,
            };
            let instead = "4400 sentences and their translations into a language";
            println!(
                "{}",
                notice("multi30k", "The captions and their translations", instead, &reason)
            );
            Ok(made_up)
        }
    }
}

/// The lines of a file that is packed with gzip.
fn lines_of(path: &Path) -> Result<Vec<String>> {
    let mut text = String::new();
    let bytes = read(path)?;
    match flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text) {
        // Only `\n` ends a line: the sentences hold other characters that some call line ends.
        Ok(_) => Ok(text
            .strip_suffix('\n')
            .unwrap_or(&text)
            .split('\n')
            .map(|line| line.trim().to_string())
            .collect()),
        Err(error) => Err(Error::File {
            path: path.into(),
            expected: "lines of text in UTF-8, packed with gzip".into(),
            got: error.to_string(),
            hint: "Delete it, so that it is fetched again.".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_language_stands_in() {
        let nowhere = || Ok(Cache::at(tempfile::tempdir().unwrap().path()).offline(true));
        let sets = load("de", nowhere()).unwrap();
        assert_eq!(sets, load("de", nowhere()).unwrap(), "the same every time");
        assert_eq!(
            (sets.train.len(), sets.validation.len(), sets.test.len()),
            (4000, 200, 200)
        );
        assert!(sets.train.name().contains("made-up"));
        // No sentence of the test is known from training, and copying does not translate.
        let known = |source: &&String| sets.train.sources().contains(*source);
        assert_eq!(sets.test.sources().iter().filter(known).count(), 0);
        assert!(sets.test.iter().all(|(source, target)| source != target));
        assert!(load("it", nowhere()).unwrap_err().to_string().contains("\"it\""));
    }
}
