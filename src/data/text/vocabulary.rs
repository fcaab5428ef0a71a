//! Tokens and their ids.

use std::collections::HashMap;
use std::fmt;

use crate::data::dataset::PAD;
use crate::{Error, Result};

/// The id of every token that a vocabulary does not know: token 1.
pub const UNKNOWN: usize = 1;

/// The names of the special tokens, in the order of their ids.
pub(super) const SPECIAL: [&str; 4] = ["<pad>", "<unk>", "<bos>", "<eos>"];

/// The tokens that a network knows, each with its id: 0 is padding, 1 what is unknown, then `<bos>` and `<eos>` where asked
/// for, then the tokens of the text that it was made of, the most frequent ones first.
///
/// ```
/// use gradus::data::text::{Vocabulary, characters, words};
/// let letters = Vocabulary::new(characters("banana"))?;
/// assert_eq!(letters.encode(characters("nab!")), [3, 2, 4, 1]);
/// assert_eq!(letters.decode(&[4, 2, 3])?.concat(), "ban");
///
/// let known = Vocabulary::builder().min_count(2).bounds().build(words("to be or not to be"))?;
/// assert_eq!(known.tokens(), ["<pad>", "<unk>", "<bos>", "<eos>", "to", "be"]);
/// assert_eq!(known.encode_bounded(words("not to be"))?, [2, 1, 4, 5, 3]);
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// torchtext: `vocab.build_vocab_from_iterator`; Keras: `TextVectorization`. Taught in notebook 14.
#[derive(Clone, PartialEq, Eq)]
pub struct Vocabulary {
    tokens: Vec<String>,
    ids: HashMap<String, usize>,
    bounds: bool,
}

impl Vocabulary {
    /// The special tokens and these, which are different from them and from each other.
    pub(super) fn of(bounds: bool, words: impl IntoIterator<Item = String>) -> Self {
        let special = &SPECIAL[..if bounds { 4 } else { 2 }];
        let tokens: Vec<String> = special.iter().map(|name| (*name).to_string()).chain(words).collect();
        let ids = tokens.iter().cloned().zip(0..).collect();
        Self { tokens, ids, bounds }
    }

    /// How many tokens there are, the special ones included: the classes of a network that writes.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there are only special tokens.
    pub fn is_empty(&self) -> bool {
        self.first_word() == self.len()
    }

    /// All tokens in the order of their ids.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The id of `<bos>`, with which a sequence begins, where the vocabulary has one.
    pub fn bos(&self) -> Option<usize> {
        self.bounds.then_some(2)
    }

    /// The id of `<eos>`, with which a sequence ends, where the vocabulary has one.
    pub fn eos(&self) -> Option<usize> {
        self.bounds.then_some(3)
    }

    /// The first id that is no special token: 2, or 4 with bounds.
    pub fn first_word(&self) -> usize {
        if self.bounds { 4 } else { 2 }
    }

    /// The id of a token; [`UNKNOWN`] where it is not known. The name of a special token has the id of that token.
    pub fn id(&self, token: &str) -> usize {
        self.ids.get(token).copied().unwrap_or(UNKNOWN)
    }

    /// Whether a token is known.
    pub fn contains(&self, token: &str) -> bool {
        self.ids.contains_key(token)
    }

    /// The token with an id.
    ///
    /// # Errors
    /// [`Error::Argument`] for an id that is not below [`len`](Self::len).
    pub fn token(&self, id: usize) -> Result<&str> {
        self.tokens.get(id).map(String::as_str).ok_or_else(|| Error::Argument {
            what: "token id".into(),
            expected: format!("a number below {}, the size of the vocabulary", self.len()),
            got: id.to_string(),
        })
    }

    /// The ids of these tokens; [`UNKNOWN`] for those that are not known.
    pub fn encode<T: AsRef<str>>(&self, tokens: impl IntoIterator<Item = T>) -> Vec<usize> {
        tokens.into_iter().map(|token| self.id(token.as_ref())).collect()
    }

    /// The ids of these tokens with `<bos>` in front and `<eos>` behind.
    ///
    /// # Errors
    /// [`Error::Argument`] for a vocabulary without them.
    pub fn encode_bounded<T: AsRef<str>>(&self, tokens: impl IntoIterator<Item = T>) -> Result<Vec<usize>> {
        let (Some(bos), Some(eos)) = (self.bos(), self.eos()) else {
            return Err(Error::Argument {
                what: "encode_bounded".into(),
                expected: "a vocabulary with <bos> and <eos>: Vocabulary::builder().bounds()".into(),
                got: "one without them".into(),
            });
        };
        let mut ids = vec![bos];
        ids.extend(self.encode(tokens));
        ids.push(eos);
        Ok(ids)
    }

    /// The tokens with these ids, the special ones by their names.
    ///
    /// # Errors
    /// [`Error::Argument`] for an id that is not below [`len`](Self::len), with its place.
    pub fn decode(&self, ids: &[usize]) -> Result<Vec<&str>> {
        let at = |(i, id): (usize, &usize)| {
            self.token(*id).map_err(|_| Error::Argument {
                what: format!("token id at position {i}"),
                expected: format!("a number below {}, the size of the vocabulary", self.len()),
                got: id.to_string(),
            })
        };
        ids.iter().enumerate().map(at).collect()
    }

    /// The text of these ids, with `between` between two tokens (`""` for characters, `" "` for words). Padding, `<bos>` and
    /// `<eos>` are left out; what was unknown reads `<unk>`.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn text(&self, ids: &[usize], between: &str) -> Result<String> {
        let silent = |id: &usize| *id == PAD || Some(*id) == self.bos() || Some(*id) == self.eos();
        let tokens = self.decode(ids)?;
        let spoken = ids.iter().zip(tokens).filter(|(id, _)| !silent(id));
        Ok(spoken.map(|(_, token)| token).collect::<Vec<_>>().join(between))
    }

    /// The share of these tokens that is known, from 0 to 1; 1 where there are none.
    pub fn coverage<T: AsRef<str>>(&self, tokens: impl IntoIterator<Item = T>) -> f64 {
        let (mut known, mut all) = (0_usize, 0_usize);
        for token in tokens {
            known += usize::from(self.contains(token.as_ref()));
            all += 1;
        }
        if all == 0 { 1.0 } else { known as f64 / all as f64 }
    }
}

impl fmt::Display for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self.tokens.iter().take(12).map(|token| format!("{token:?}")).collect();
        let more = if self.len() > 12 { ", …" } else { "" };
        write!(f, "{} tokens: {}{more}", self.len(), shown.join(", "))
    }
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vocabulary({self})")
    }
}
