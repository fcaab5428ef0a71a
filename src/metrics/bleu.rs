//! BLEU: how many short runs of words a translation shares with a good one.

use std::collections::HashMap;
use std::fmt;

use super::bleu_words::words_13a;
use crate::{Error, Result};

/// The longest runs of words that are compared.
const ORDERS: usize = 4;

/// The BLEU score of translations, and what it is made of. The same as `sacrebleu` gives (tokenization `13a`, capital letters
/// count, exponential smoothing).
///
/// ```
/// use gradus::metrics::Bleu;
/// let bleu = Bleu::corpus(&["The dog runs in the park."], &["The dog runs in a park."])?;
/// assert_eq!(bleu.hypothesis_len, 7);
/// assert!((bleu.score - 48.89).abs() < 0.01);
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// Papineni, Roukos, Ward and Zhu, *BLEU: a method for automatic evaluation of machine translation*, 2002; Post, *A call for
/// clarity in reporting BLEU scores*, 2018. Taught in notebook 15.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bleu {
    /// The score, from 0 to 100.
    pub score: f64,
    /// The share of runs of one, two, three and four words that a reference has too, in per cent. Where no run of some length
    /// is shared, the smoothed value that the score is made with.
    pub precisions: [f64; ORDERS],
    /// Below 1 where the translations are shorter than the references.
    pub brevity_penalty: f64,
    /// The words of all translations.
    pub hypothesis_len: usize,
    /// The words of the references, of each sentence the one whose length is nearest.
    pub reference_len: usize,
}

/// What is counted before it is divided.
#[derive(Default)]
struct Counts {
    shared: [usize; ORDERS],
    all: [usize; ORDERS],
    hypothesis: usize,
    reference: usize,
}

impl Bleu {
    /// The score of a whole test set, with one reference for each translation (sacrebleu's `corpus_bleu`).
    ///
    /// # Errors
    /// [`Error::Argument`] if there are no translations, or not as many references.
    pub fn corpus<H: AsRef<str>, R: AsRef<str>>(hypotheses: &[H], references: &[R]) -> Result<Self> {
        let references: Vec<[&str; 1]> = references.iter().map(|reference| [reference.as_ref()]).collect();
        Self::corpus_of_several(hypotheses, &references)
    }

    /// The score of a whole test set, with one or several references for each translation: a run of words counts if one of
    /// them has it.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are no translations, or not as many lists of references, or an empty one among them.
    pub fn corpus_of_several<H, R, S>(hypotheses: &[H], references: &[R]) -> Result<Self>
    where
        H: AsRef<str>,
        R: AsRef<[S]>,
        S: AsRef<str>,
    {
        if hypotheses.is_empty() || hypotheses.len() != references.len() {
            return Err(Error::Argument {
                what: "translations and references".into(),
                expected: "as many of one as of the other, at least one".into(),
                got: format!("{} and {}", hypotheses.len(), references.len()),
            });
        }
        let mut counts = Counts::default();
        for (i, (hypothesis, references)) in hypotheses.iter().zip(references).enumerate() {
            if references.as_ref().is_empty() {
                return Err(Error::Argument {
                    what: format!("references of translation {i}"),
                    expected: "at least one".into(),
                    got: "none".into(),
                });
            }
            counts.add(hypothesis.as_ref(), references.as_ref());
        }
        Ok(counts.score(false))
    }

    /// The score of one sentence (sacrebleu's `sentence_bleu`): runs that are longer than the sentence do not count. A sentence
    /// says little about a translator; use it to find the good and the bad ones.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is no reference.
    pub fn sentence<R: AsRef<str>>(hypothesis: &str, references: &[R]) -> Result<Self> {
        if references.is_empty() {
            return Err(Error::Argument {
                what: "references of a translation".into(),
                expected: "at least one".into(),
                got: "none".into(),
            });
        }
        let mut counts = Counts::default();
        counts.add(hypothesis, references);
        Ok(counts.score(true))
    }
}

impl Counts {
    fn add<R: AsRef<str>>(&mut self, hypothesis: &str, references: &[R]) {
        let hypothesis = words_13a(hypothesis);
        let references: Vec<Vec<String>> = references
            .iter()
            .map(|reference| words_13a(reference.as_ref()))
            .collect();
        let lengths = references.iter().map(Vec::len);
        // The nearest length; of two that are as near, the shorter.
        let nearest = lengths.min_by_key(|length| (length.abs_diff(hypothesis.len()), *length));
        self.hypothesis += hypothesis.len();
        self.reference += nearest.unwrap_or(0);
        for order in 1..=ORDERS {
            let mut known: HashMap<&[String], usize> = HashMap::new();
            for reference in &references {
                for (run, count) in runs(reference, order) {
                    let most = known.entry(run).or_default();
                    *most = count.max(*most);
                }
            }
            for (run, count) in runs(&hypothesis, order) {
                self.shared[order - 1] += count.min(known.get(run).copied().unwrap_or(0));
                self.all[order - 1] += count;
            }
        }
    }

    /// `effective` leaves out runs that are longer than the text.
    fn score(&self, effective: bool) -> Bleu {
        let (hypothesis, reference) = (self.hypothesis as f64, self.reference as f64);
        let brevity_penalty = match self.hypothesis {
            n if n >= self.reference => 1.0,
            0 => 0.0,
            _ => (1.0 - reference / hypothesis).exp(),
        };
        let mut bleu = Bleu {
            score: 0.0,
            precisions: [0.0; ORDERS],
            brevity_penalty,
            hypothesis_len: self.hypothesis,
            reference_len: self.reference,
        };
        if self.shared == [0; ORDERS] {
            return bleu;
        }
        let (mut smooth, mut orders) = (1.0, ORDERS);
        for i in 0..ORDERS {
            if self.all[i] == 0 {
                break;
            }
            if effective {
                orders = i + 1;
            }
            bleu.precisions[i] = if self.shared[i] == 0 {
                smooth *= 2.0;
                100.0 / (smooth * self.all[i] as f64)
            } else {
                100.0 * self.shared[i] as f64 / self.all[i] as f64
            };
        }
        // A length without any run makes the score 0, as the logarithm of 0 would.
        let mean = bleu.precisions[..orders].iter().map(|p| p.ln()).sum::<f64>() / orders as f64;
        bleu.score = brevity_penalty * mean.exp();
        bleu
    }
}

/// Every run of `order` words, with how often it comes.
fn runs(words: &[String], order: usize) -> HashMap<&[String], usize> {
    let mut counts = HashMap::new();
    for run in words.windows(order) {
        *counts.entry(run).or_default() += 1;
    }
    counts
}

impl fmt::Display for Bleu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.precisions;
        write!(
            f,
            "BLEU {:.2} ({a:.1}/{b:.1}/{c:.1}/{d:.1}, brevity penalty {:.3}, {} words for {})",
            self.score, self.brevity_penalty, self.hypothesis_len, self.reference_len
        )
    }
}
