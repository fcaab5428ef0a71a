//! Byte-pair encoding: tokens that are parts of words, learned from a text.

use std::collections::HashMap;
use std::fmt;

use super::bpe_learn::{Merge, learn};
use super::bpe_word::{Pair, apply};
use super::pieces::pieces;
use super::vocabulary::SPECIAL;
use crate::data::dataset::PAD;
use crate::{Error, Result};

/// Byte-pair encoding over bytes: the most frequent pairs of neighbours of a training text are joined to tokens. Every text can
/// be encoded, nothing is unknown, and decoding gives exactly the text again.
///
/// Ids 0 to 3 are `<pad>`, `<unk>` (never used), `<bos>` and `<eos>`, then the 256 bytes, then what was learned. The text is
/// cut first: letters and digits, signs, and spaces are not joined with each other, but for one space in front of a word.
///
/// ```
/// use gradus::data::Bpe;
/// let bpe = Bpe::learn(&["low lower lowest low low"], 262)?;
/// assert_eq!(bpe.pieces("low slow")?, ["low", " ", "s", "low"]);
/// let ids = bpe.encode("lowest 東京!");
/// assert_eq!(bpe.decode(&ids)?, "lowest 東京!");
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// Sennrich, Haddow and Birch, *Neural machine translation of rare words with subword units*, 2016; over bytes: Radford et al.,
/// *Language models are unsupervised multitask learners*, 2019. Hugging Face: `tokenizers.models.BPE` with `BpeTrainer` and
/// `ByteLevel`, to which it is equal where the text is cut by the same rule. Taught in notebook 15.
#[derive(Clone, PartialEq)]
pub struct Bpe {
    tokens: Vec<Vec<u8>>,
    merges: Vec<Merge>,
    /// For each pair, when it was learned and what it becomes.
    ranks: HashMap<Pair, (usize, usize)>,
}

/// The id of the first byte in the order of [`byte_order`].
const FIRST: usize = SPECIAL.len();

impl Bpe {
    /// Learns from texts until there are `size` tokens, the 4 special ones and the 256 bytes included, or until no pair of
    /// neighbours is left.
    ///
    /// # Errors
    /// [`Error::Argument`] for a size below 260.
    pub fn learn<T: AsRef<str>>(texts: &[T], size: usize) -> Result<Self> {
        Self::learn_frequent(texts, size, 1)
    }

    /// As [`learn`](Self::learn), joining only pairs that come at least `min_count` times.
    ///
    /// # Errors
    /// As [`learn`](Self::learn).
    pub fn learn_frequent<T: AsRef<str>>(texts: &[T], size: usize, min_count: usize) -> Result<Self> {
        let mut tokens = first_tokens();
        if size < tokens.len() {
            return Err(Error::Argument {
                what: "size of a byte-pair encoding".into(),
                expected: format!("at least {}: the special tokens and the 256 bytes", tokens.len()),
                got: size.to_string(),
            });
        }
        let places = byte_places();
        let merges = learn(texts, size, min_count, &mut tokens, |byte| places[usize::from(byte)]);
        Ok(Self::of(tokens, merges))
    }

    fn of(tokens: Vec<Vec<u8>>, merges: Vec<Merge>) -> Self {
        let ranks = merges
            .iter()
            .enumerate()
            .map(|(rank, (pair, id))| (*pair, (rank, *id)))
            .collect();
        Self { tokens, merges, ranks }
    }

    /// The encoding of these merges in their order, each a pair of ids.
    pub(super) fn from_pairs(pairs: &[Pair]) -> Option<Self> {
        let mut tokens = first_tokens();
        let mut known: HashMap<Vec<u8>, usize> = tokens.iter().cloned().zip(0..).collect();
        let mut merges = Vec::new();
        for pair in pairs {
            if pair.0.min(pair.1) < FIRST {
                return None;
            }
            let token = [&tokens.get(pair.0)?[..], tokens.get(pair.1)?].concat();
            let id = *known.entry(token).or_insert_with_key(|token| {
                tokens.push(token.clone());
                tokens.len() - 1
            });
            merges.push((*pair, id));
        }
        Some(Self::of(tokens, merges))
    }

    /// How many tokens there are, the special ones included.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether nothing was learned: every byte is a token of its own.
    pub fn is_empty(&self) -> bool {
        self.merges.is_empty()
    }

    /// The id of `<bos>`, with which a sequence begins.
    pub fn bos(&self) -> usize {
        2
    }

    /// The id of `<eos>`, with which a sequence ends.
    pub fn eos(&self) -> usize {
        3
    }

    /// The pairs of ids that are joined, in the order in which they were learned.
    pub fn merges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.merges.iter().map(|(pair, _)| *pair)
    }

    /// The bytes of a token, which need not be whole characters; the special tokens by their names.
    ///
    /// # Errors
    /// [`Error::Argument`] for an id that is not below [`len`](Self::len).
    pub fn bytes(&self, id: usize) -> Result<&[u8]> {
        self.tokens.get(id).map(Vec::as_slice).ok_or_else(|| Error::Argument {
            what: "token id".into(),
            expected: format!("a number below {}, the number of tokens", self.len()),
            got: id.to_string(),
        })
    }

    /// The ids of a text. The names of special tokens in it are text like any other.
    pub fn encode(&self, text: &str) -> Vec<usize> {
        let places = byte_places();
        let mut known: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut out = Vec::new();
        for piece in pieces(text) {
            let ids = known.entry(piece).or_insert_with(|| {
                let bytes: Vec<usize> = piece.bytes().map(|byte| places[usize::from(byte)]).collect();
                apply(&bytes, &self.ranks)
            });
            out.extend_from_slice(ids);
        }
        out
    }

    /// The ids of a text with `<bos>` in front and `<eos>` behind.
    pub fn encode_bounded(&self, text: &str) -> Vec<usize> {
        let mut ids = vec![self.bos()];
        ids.extend(self.encode(text));
        ids.push(self.eos());
        ids
    }

    /// The text of these ids, without padding, `<bos>` and `<eos>`. Bytes that are no character (a network may write them) become
    /// `�`.
    ///
    /// # Errors
    /// [`Error::Argument`] for an id that is not below [`len`](Self::len).
    pub fn decode(&self, ids: &[usize]) -> Result<String> {
        let mut bytes = Vec::new();
        for id in ids {
            if *id == PAD || *id == self.bos() || *id == self.eos() {
                continue;
            }
            bytes.extend_from_slice(self.bytes(*id)?);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The tokens of a text as one reads them, `�` for a part of a character.
    ///
    /// # Errors
    /// None for a text; the type is that of [`bytes`](Self::bytes).
    pub fn pieces(&self, text: &str) -> Result<Vec<String>> {
        let read = |id: &usize| Ok(String::from_utf8_lossy(self.bytes(*id)?).into_owned());
        self.encode(text).iter().map(read).collect()
    }
}

/// The special tokens and all bytes.
fn first_tokens() -> Vec<Vec<u8>> {
    let special = SPECIAL.iter().map(|name| name.as_bytes().to_vec());
    special.chain(byte_order().map(|byte| vec![byte])).collect()
}

/// All bytes in the order of GPT-2's alphabet: those that are printable first.
fn byte_order() -> impl Iterator<Item = u8> {
    let printable = |byte: &u8| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let all = 0..=255_u8;
    all.clone()
        .filter(printable)
        .chain(all.filter(move |byte| !printable(byte)))
}

/// The id of each byte.
fn byte_places() -> [usize; 256] {
    let mut places = [0; 256];
    for (i, byte) in byte_order().enumerate() {
        places[usize::from(byte)] = FIRST + i;
    }
    places
}

impl fmt::Display for Bpe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tokens, {} of them learned", self.len(), self.len() - FIRST - 256)
    }
}

impl fmt::Debug for Bpe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bpe({self})")
    }
}
