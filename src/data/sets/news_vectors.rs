//! Words about people, and the numbers that were learned for them from the news.

use gradus_data::Cache;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::fetched::{fetch, notice, read_text};
use crate::data::text::WordVectors;
use crate::{Error, Result};

const WOMEN: [&str; 20] = [
    "she",
    "daughter",
    "hers",
    "her",
    "mother",
    "woman",
    "girl",
    "herself",
    "female",
    "sister",
    "daughters",
    "mothers",
    "women",
    "girls",
    "females",
    "sisters",
    "aunt",
    "aunts",
    "niece",
    "nieces",
];
const MEN: [&str; 20] = [
    "he", "son", "his", "him", "father", "man", "boy", "himself", "male", "brother", "sons", "fathers", "men", "boys",
    "males", "brothers", "uncle", "uncles", "nephew", "nephews",
];
const WORK: [&str; 24] = [
    "statistician",
    "photographer",
    "geologist",
    "dancer",
    "accountant",
    "gardener",
    "dentist",
    "mathematician",
    "tailor",
    "economist",
    "mechanic",
    "librarian",
    "musician",
    "carpenter",
    "pilot",
    "architect",
    "painter",
    "nurse",
    "engineer",
    "doctor",
    "professor",
    "judge",
    "teacher",
    "author",
];
/// Numbers of a made-up word.
const DIM: usize = 50;

/// 116 words about kinship, gender and occupations, each with the 300 numbers that word2vec learned from Google News: to
/// measure what the numbers say about women and men at work, and what is left after it was taken out.
///
/// Mikolov et al. 2013 (Apache-2.0); the words are those of Garg et al. 2018. The way to measure: Bolukbasi et al., *Man is to
/// computer programmer as woman is to homemaker?*, 2016. From the cache if they are there (nobody serves exactly this
/// file); else made-up numbers for 64 of the words, with a notice that says so. Taught in notebook 15.
///
/// # Errors
/// [`Error::File`] where the file is there but is not one word with its numbers a line.
pub fn news_vectors() -> Result<WordVectors> {
    load(Cache::from_env())
}

fn load(cache: gradus_data::Result<Cache>) -> Result<WordVectors> {
    match fetch(cache, "news-vectors") {
        Ok(folder) => {
            let path = folder.join("googlenews_116.tsv");
            let (mut words, mut values) = (Vec::new(), Vec::new());
            for (i, line) in read_text(&path)?.lines().enumerate() {
                let (word, numbers) = line.split_once('\t').unwrap_or((line, ""));
                let before = values.len();
                for number in numbers.split('\t') {
                    values.push(number.parse::<f32>().map_err(|_| Error::File {
                        path: path.clone(),
                        expected: format!("a word and its numbers in line {}, with tabs between them", i + 1),
                        got: format!("{number:?}"),
                        hint: "Delete it, and make it again as the catalogue says.".into(),
                    })?);
                }
                debug_assert!(values.len() > before);
                words.push(word.to_string());
            }
            Ok(WordVectors::new(words, values)?.named("Google News vectors"))
        }
        Err(reason) => {
            let vectors = made_up()?;
            let instead = format!("vectors of {} words", vectors.len());
            println!(
                "{}",
                notice("news-vectors", "The Google News vectors", &instead, &reason)
            );
            Ok(vectors)
        }
    }
}

/// Words of women and men lie on two sides along one direction, words that come in pairs near each other; where an occupation
/// lies along it is drawn by chance, and says nothing about anyone.
fn made_up() -> Result<WordVectors> {
    let mut rng = ChaCha8Rng::seed_from_u64(501);
    let mut draw = |spread: f64| -> Vec<f64> {
        (0..DIM)
            .map(|_| {
                let x: f64 = StandardNormal.sample(&mut rng);
                spread * x
            })
            .collect()
    };
    let direction = draw(1.0);
    let sides = draw(1.0);
    let mut rows: Vec<(&str, Vec<f64>)> = Vec::new();
    for (woman, man) in WOMEN.into_iter().zip(MEN) {
        let meaning = draw(1.0);
        for (word, side) in [(woman, 0.8), (man, -0.8)] {
            let own = draw(0.25);
            rows.push((
                word,
                (0..DIM).map(|i| meaning[i] + own[i] + side * direction[i]).collect(),
            ));
        }
    }
    for (word, side) in WORK.into_iter().zip(sides) {
        let meaning = draw(1.0);
        rows.push((word, (0..DIM).map(|i| meaning[i] + 0.4 * side * direction[i]).collect()));
    }
    let words = rows.iter().map(|(word, _)| (*word).to_string()).collect();
    let values = rows.iter().flat_map(|(_, row)| row).map(|x| (0.1 * x) as f32).collect();
    Ok(WordVectors::new(words, values)?.named("Word vectors, made up"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_vectors_stand_in() {
        let nowhere = || Ok(Cache::at(tempfile::tempdir().unwrap().path()).offline(true));
        let vectors = load(nowhere()).unwrap();
        assert_eq!(vectors, load(nowhere()).unwrap(), "the same every time");
        assert_eq!(
            (vectors.len(), vectors.dim(), vectors.name()),
            (64, DIM, "Word vectors, made up")
        );
        assert_eq!(vectors.analogy("man", "uncle", "woman", 1).unwrap()[0].0, "aunt");
    }
}
