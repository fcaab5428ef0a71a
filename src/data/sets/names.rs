//! Surnames of eighteen languages, first names, and the made-up ones that stand in for them.

use std::collections::HashSet;

use gradus_data::Cache;

use super::fetched::{fetch, notice, read_text};
use super::made_up_names::{Tongue, first_names as made_up_first_names, surnames as made_up_surnames};
use crate::Result;
use crate::data::text::Texts;

const LANGUAGES: [&str; 18] = [
    "Arabic",
    "Chinese",
    "Czech",
    "Dutch",
    "English",
    "French",
    "German",
    "Greek",
    "Irish",
    "Italian",
    "Japanese",
    "Korean",
    "Polish",
    "Portuguese",
    "Russian",
    "Scottish",
    "Spanish",
    "Vietnamese",
];

/// Surnames of 18 languages with the language as their class, from PyTorch's tutorial on recurrent nets (MIT): 18 012 names,
/// half of them Russian, 71 Vietnamese.
///
/// A name that the files list more than once for a language is taken once: of the 2000 Arabic lines only 108 are different
/// names, and the same name in training and test would be known by heart. A name that two languages share is in both.
///
/// From the cache if they are there, else downloaded; where that fails too, names of 18 languages that the project made up,
/// with a notice that says why. Taught in notebook 14.
///
/// # Errors
/// [`Error::File`](crate::Error::File) where a file is there but is no text in UTF-8.
pub fn surnames() -> Result<Texts> {
    load_surnames(Cache::from_env())
}

/// 29 494 different first names in small letters of people born in the United States, from `makemore` by A. Karpathy (MIT;
/// the file lists some of them more than once, 32 033 lines in all): for networks that make up new ones.
///
/// From the cache if they are there, else downloaded; where that fails too, names that the project made up, with a notice that
/// says why. Taught in notebook 14.
///
/// # Errors
/// [`Error::File`](crate::Error::File) where the file is there but is no text in UTF-8.
pub fn first_names() -> Result<Vec<String>> {
    load_first_names(Cache::from_env())
}

fn load_surnames(cache: gradus_data::Result<Cache>) -> Result<Texts> {
    let (mut texts, mut labels) = (Vec::new(), Vec::new());
    match fetch(cache, "surnames") {
        Ok(folder) => {
            for (label, language) in LANGUAGES.iter().enumerate() {
                let text = read_text(&folder.join(format!("{language}.txt")))?;
                texts.extend(once_each(&text));
                labels.resize(texts.len(), label);
            }
            Ok(Texts::new(texts, labels, &LANGUAGES)?.named("Surnames"))
        }
        Err(reason) => {
            let tongues = Tongue::all(LANGUAGES.len());
            for (label, names) in made_up_surnames(&tongues).into_iter().enumerate() {
                texts.extend(names);
                labels.resize(texts.len(), label);
            }
            let instead = format!("{} names of {} languages", texts.len(), tongues.len());
            println!("{}", notice("surnames", "The surnames", &instead, &reason));
            let names: Vec<&str> = tongues.iter().map(Tongue::name).collect();
            Ok(Texts::new(texts, labels, &names)?.named("Surnames, made up"))
        }
    }
}

fn load_first_names(cache: gradus_data::Result<Cache>) -> Result<Vec<String>> {
    match fetch(cache, "first-names") {
        Ok(folder) => Ok(once_each(&read_text(&folder.join("names.txt"))?)),
        Err(reason) => {
            let names = made_up_first_names();
            let instead = format!("{} names", names.len());
            println!("{}", notice("first-names", "The first names", &instead, &reason));
            Ok(names)
        }
    }
}

/// The lines of a text that hold something, without spaces around it; each but once, where it came first.
fn once_each(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.filter(|line| seen.insert(*line)).map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere() -> gradus_data::Result<Cache> {
        Ok(Cache::at(tempfile::tempdir().unwrap().path()).offline(true))
    }

    #[test]
    fn made_up_names_stand_in() {
        let names = load_surnames(nowhere()).unwrap();
        assert_eq!(names, load_surnames(nowhere()).unwrap(), "the same every time");
        assert_eq!((names.class_names().len(), names.name()), (18, "Surnames, made up"));
        let counts = names.class_counts();
        assert!(
            counts.iter().all(|n| *n >= 30) && counts.iter().max() > Some(&1000),
            "{counts:?}"
        );
        let first = load_first_names(nowhere()).unwrap();
        assert!(first.len() >= 2000 && first.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase())));
    }

    #[test]
    fn a_name_is_taken_once() {
        assert_eq!(once_each("Abe\nVan \n\nAbe\r\nVan\n"), ["Abe", "Van"]);
    }

    #[test]
    fn made_up_languages_can_be_told_apart() {
        // The last two letters alone tell the language better than a guess at the largest class does.
        let (train, test) = load_surnames(nowhere()).unwrap().split(0.8, 1).unwrap();
        let end = |name: &str| name.chars().rev().take(2).collect::<String>();
        let mut counts = std::collections::HashMap::<String, [usize; 18]>::new();
        for (name, label) in train.texts().iter().zip(train.labels()) {
            counts.entry(end(name)).or_insert([0; 18])[*label] += 1;
        }
        let guess = |name: &str| {
            let counts = counts.get(&end(name)).copied().unwrap_or_default();
            (0..18).max_by_key(|class| counts[*class]).unwrap_or(0)
        };
        let right = test
            .texts()
            .iter()
            .zip(test.labels())
            .filter(|(name, label)| guess(name) == **label)
            .count();
        let largest = *test.class_counts().iter().max().unwrap();
        assert!(
            right as f64 > 1.3 * largest as f64,
            "{right} of {}, largest class {largest}",
            test.len()
        );
        assert!(
            (right as f64) < 0.95 * test.len() as f64,
            "too easy: {right} of {}",
            test.len()
        );
    }
}
