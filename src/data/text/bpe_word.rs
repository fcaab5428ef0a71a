//! Joining pairs within one word.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Two neighbouring tokens.
pub(super) type Pair = (usize, usize);

/// Joins every occurrence of a pair in a word, from left to right. Returns which pairs of neighbours became more (1) and which
/// less (-1); the pair itself is not among them.
pub(super) fn merge_everywhere(word: &mut Vec<usize>, pair: Pair, id: usize) -> Vec<(Pair, i64)> {
    let mut changes = Vec::new();
    let mut i = 0;
    while i + 1 < word.len() {
        if (word[i], word[i + 1]) == pair {
            if i > 0 {
                changes.push(((word[i - 1], pair.0), -1));
                changes.push(((word[i - 1], id), 1));
            }
            word[i] = id;
            word.remove(i + 1);
            if let Some(next) = word.get(i + 1) {
                changes.push(((pair.1, *next), -1));
                changes.push(((id, *next), 1));
            }
        }
        i += 1;
    }
    changes
}

/// Joins pairs in a word in the order in which they were learned, the leftmost first: `ranks` says of each pair when it was
/// learned, and what it becomes.
pub(super) fn apply(word: &[usize], ranks: &HashMap<Pair, (usize, usize)>) -> Vec<usize> {
    // A list in which each token knows its neighbours; joined ones are `None`.
    let mut tokens: Vec<Option<usize>> = word.iter().copied().map(Some).collect();
    let end = word.len();
    let mut next: Vec<usize> = (1..=end).collect();
    let mut before: Vec<Option<usize>> = (0..end).map(|i| i.checked_sub(1)).collect();
    let mut queue = BinaryHeap::new();
    let rank = |a: usize, b: usize| ranks.get(&(a, b)).copied();
    for (i, pair) in word.windows(2).enumerate() {
        queue.extend(rank(pair[0], pair[1]).map(|(rank, id)| Reverse((rank, i, id))));
    }
    while let Some(Reverse((order, i, id))) = queue.pop() {
        let j = next[i];
        let Some((a, b)) = tokens[i].zip(tokens.get(j).copied().flatten()) else {
            continue;
        };
        // The pair may have gone since it was put here.
        if rank(a, b) != Some((order, id)) {
            continue;
        }
        (tokens[i], tokens[j]) = (Some(id), None);
        next[i] = next[j];
        if let Some(after) = tokens.get(next[i]).copied().flatten() {
            before[next[i]] = Some(i);
            queue.extend(rank(id, after).map(|(rank, id)| Reverse((rank, i, id))));
        }
        if let Some((p, token)) = before[i].and_then(|p| Some((p, tokens[p]?))) {
            queue.extend(rank(token, id).map(|(rank, id)| Reverse((rank, p, id))));
        }
    }
    tokens.into_iter().flatten().collect()
}
