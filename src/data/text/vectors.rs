//! Words as points: the numbers that a network learned for each.

use std::collections::HashMap;
use std::fmt;

use crate::{Error, Result};

/// Words with as many numbers each.
///
/// ```
/// use gradus::data::WordVectors;
/// let words = ["king", "man", "woman", "queen"].map(String::from).to_vec();
/// let vectors = WordVectors::new(words, vec![1.0, 1.0, 0.0, 1.0, 0.0, -1.0, 1.0, -1.0])?;
/// assert_eq!(vectors.analogy("man", "king", "woman", 1)?[0].0, "queen");
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// gensim: `KeyedVectors`. Taught in notebook 15.
#[derive(Clone, PartialEq)]
pub struct WordVectors {
    name: String,
    words: Vec<String>,
    places: HashMap<String, usize>,
    dim: usize,
    values: Vec<f32>,
}

impl WordVectors {
    /// Words with their numbers, `(words, dim)`, row after row.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are no words, if one stands twice, or if the numbers are not as many for each;
    /// [`Error::NotFinite`] for a number that is NaN or infinite.
    pub fn new(words: Vec<String>, values: Vec<f32>) -> Result<Self> {
        let wrong = |expected: &str, got: String| Error::Argument {
            what: "word vectors".into(),
            expected: expected.into(),
            got,
        };
        if words.is_empty() || values.is_empty() || !values.len().is_multiple_of(words.len()) {
            let got = format!("{} words and {} numbers", words.len(), values.len());
            return Err(wrong("at least one word, and as many numbers for each", got));
        }
        let mut places = HashMap::new();
        for (place, word) in words.iter().enumerate() {
            if places.insert(word.clone(), place).is_some() {
                return Err(wrong("each word once", format!("{word:?} twice")));
            }
        }
        let dim = values.len() / words.len();
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite {
                what: format!("number {} of the word {:?}", at % dim, words[at / dim]),
                value: f64::from(values[at]),
                hint: "Leave the word out.".into(),
            });
        }
        Ok(Self {
            name: "word vectors".into(),
            words,
            places,
            dim,
            values,
        })
    }

    /// The same vectors under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// What the set is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All words, in order.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word; there always is one.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How many numbers each word has.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// All numbers, `(words, dim)`, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Whether a word is there.
    pub fn contains(&self, word: &str) -> bool {
        self.places.contains_key(word)
    }

    /// The numbers of a word.
    ///
    /// # Errors
    /// [`Error::Argument`] where the word is not there.
    pub fn get(&self, word: &str) -> Result<&[f32]> {
        let place = self.places.get(word).ok_or_else(|| Error::Argument {
            what: format!("word of {}", self.name),
            expected: format!("one of its {} words, such as {:?}", self.len(), self.words[0]),
            got: format!("{word:?}"),
        })?;
        Ok(self.row(*place))
    }

    /// The `k` words that point most into the direction of `vector`, with their cosine, the nearest first.
    ///
    /// # Errors
    /// [`Error::Argument`] for a vector of another length than [`dim`](Self::dim).
    pub fn nearest(&self, vector: &[f32], k: usize) -> Result<Vec<(String, f32)>> {
        self.ranked(vector, k, &[])
    }

    /// What is to `c` as `b` is to `a`: the words nearest to `b - a + c`, each at length 1, without the three themselves.
    ///
    /// Mikolov et al., *Linguistic regularities in continuous space word representations*, 2013. gensim: `most_similar`.
    ///
    /// # Errors
    /// [`Error::Argument`] where one of the words is not there.
    pub fn analogy(&self, a: &str, b: &str, c: &str, k: usize) -> Result<Vec<(String, f32)>> {
        let [a_unit, b_unit, c_unit] = [unit(self.get(a)?), unit(self.get(b)?), unit(self.get(c)?)];
        let sum: Vec<f32> = (0..self.dim).map(|i| b_unit[i] - a_unit[i] + c_unit[i]).collect();
        self.ranked(&sum, k, &[a, b, c])
    }

    fn ranked(&self, vector: &[f32], k: usize, without: &[&str]) -> Result<Vec<(String, f32)>> {
        if vector.len() != self.dim {
            return Err(Error::Argument {
                what: format!("vector for {}", self.name),
                expected: format!("{} numbers", self.dim),
                got: format!("{} numbers", vector.len()),
            });
        }
        let wanted = unit(vector);
        let cosine = |place: usize| {
            unit(self.row(place))
                .iter()
                .zip(&wanted)
                .map(|(a, b)| a * b)
                .sum::<f32>()
        };
        let mut ranked: Vec<(String, f32)> = (0..self.len())
            .filter(|place| !without.contains(&self.words[*place].as_str()))
            .map(|place| (self.words[place].clone(), cosine(place)))
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked.truncate(k);
        Ok(ranked)
    }

    fn row(&self, place: usize) -> &[f32] {
        &self.values[place * self.dim..][..self.dim]
    }
}

/// The vector at length 1; a vector of zeros stays.
fn unit(vector: &[f32]) -> Vec<f32> {
    let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let by = if length > 0.0 { 1.0 / length } else { 0.0 };
    vector.iter().map(|x| (f64::from(*x) * by) as f32).collect()
}

impl fmt::Display for WordVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} words, {} numbers each", self.name, self.len(), self.dim)
    }
}

impl fmt::Debug for WordVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WordVectors({self})")
    }
}
