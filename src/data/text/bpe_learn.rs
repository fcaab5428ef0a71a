//! Learning which tokens to join: the algorithm of the `tokenizers` package, step for step, so that the same text gives the
//! same tokens.

use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};

use super::bpe_word::{Pair, merge_everywhere};
use super::pieces::pieces;

/// What one step of learning joined: the pair, and the token that it became.
pub(super) type Merge = (Pair, usize);

/// A pair that may be joined next. The most frequent goes first; of two that are as frequent, the one of smaller ids.
#[derive(PartialEq, Eq)]
struct Candidate {
    count: i64,
    pair: Pair,
    /// The words in which it was seen when it was put here.
    words: HashSet<usize>,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.count.cmp(&other.count).then_with(|| other.pair.cmp(&self.pair))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The words of a text as ids, and how often each pair of neighbours comes.
struct Learner {
    words: Vec<(Vec<usize>, i64)>,
    counts: HashMap<Pair, i64>,
    queue: BinaryHeap<Candidate>,
}

impl Learner {
    fn new<T: AsRef<str>>(texts: &[T], byte_id: impl Fn(u8) -> usize) -> Self {
        // Sorted, so that nothing depends on the order of a hash map.
        let mut distinct: BTreeMap<&str, i64> = BTreeMap::new();
        for piece in texts.iter().flat_map(|text| pieces(text.as_ref())) {
            *distinct.entry(piece).or_default() += 1;
        }
        let ids = |piece: &str| piece.bytes().map(&byte_id).collect();
        let words: Vec<(Vec<usize>, i64)> = distinct.into_iter().map(|(piece, count)| (ids(piece), count)).collect();
        let mut counts: HashMap<Pair, i64> = HashMap::new();
        let mut places: HashMap<Pair, HashSet<usize>> = HashMap::new();
        for (i, (word, count)) in words.iter().enumerate() {
            for pair in word.windows(2) {
                let pair = (pair[0], pair[1]);
                *counts.entry(pair).or_default() += count;
                places.entry(pair).or_default().insert(i);
            }
        }
        let mut learner = Self {
            words,
            counts,
            queue: BinaryHeap::new(),
        };
        learner.offer(places);
        learner
    }

    fn offer(&mut self, places: HashMap<Pair, HashSet<usize>>) {
        for (pair, words) in places {
            let count = self.count(pair);
            if count > 0 {
                self.queue.push(Candidate { count, pair, words });
            }
        }
    }

    fn count(&self, pair: Pair) -> i64 {
        self.counts.get(&pair).copied().unwrap_or(0)
    }

    /// The pair to join next: its count in the queue may be one of long ago, then it waits in its new place.
    fn next(&mut self) -> Option<Candidate> {
        loop {
            let mut top = self.queue.pop()?;
            let count = self.count(top.pair);
            if top.count == count {
                return Some(top);
            }
            top.count = count;
            self.queue.push(top);
        }
    }

    fn join(&mut self, top: &Candidate, id: usize) {
        let mut places: HashMap<Pair, HashSet<usize>> = HashMap::new();
        for i in &top.words {
            let (word, count) = &mut self.words[*i];
            for (pair, change) in merge_everywhere(word, top.pair, id) {
                *self.counts.entry(pair).or_default() += change * *count;
                if change > 0 {
                    places.entry(pair).or_default().insert(*i);
                }
            }
        }
        self.offer(places);
    }
}

/// Joins the most frequent pair of neighbours to a new token, again and again, until there are `size` tokens or no pair comes
/// `min_count` times. `tokens` are those that there are at the begin, and get the new ones.
pub(super) fn learn<T: AsRef<str>>(
    texts: &[T],
    size: usize,
    min_count: usize,
    tokens: &mut Vec<Vec<u8>>,
    byte_id: impl Fn(u8) -> usize,
) -> Vec<Merge> {
    let mut learner = Learner::new(texts, byte_id);
    // Two pairs may make the same token: a + bc and ab + c.
    let mut known: HashMap<Vec<u8>, usize> = tokens.iter().cloned().zip(0..).collect();
    let mut merges = Vec::new();
    while tokens.len() < size {
        let Some(top) = learner.next() else { break };
        if top.count < 1 || top.count < min_count as i64 {
            break;
        }
        let token = [&tokens[top.pair.0][..], &tokens[top.pair.1]].concat();
        let id = *known.entry(token).or_insert_with_key(|token| {
            tokens.push(token.clone());
            tokens.len() - 1
        });
        merges.push((top.pair, id));
        learner.join(&top, id);
    }
    merges
}
