//! Lists of different lengths, one behind the other.

use std::sync::Arc;

/// Many lists in one: where each begins, and how long it is. Lists may overlap, as windows of a long text do.
#[derive(Clone, Debug)]
pub(super) struct Ragged<X> {
    all: Arc<[X]>,
    /// First place and number of things of each list.
    spans: Arc<[(usize, usize)]>,
}

impl<X: Copy> Ragged<X> {
    /// These lists, copied together.
    pub fn of<'a>(lists: impl Iterator<Item = &'a [X]>) -> Self
    where
        X: 'a,
    {
        let (mut all, mut spans) = (Vec::new(), Vec::new());
        for list in lists {
            spans.push((all.len(), list.len()));
            all.extend_from_slice(list);
        }
        Self {
            all: all.into(),
            spans: spans.into(),
        }
    }

    /// Parts of one long list, by first place and length, all of which lie inside.
    pub fn windows(all: Arc<[X]>, spans: Vec<(usize, usize)>) -> Self {
        Self {
            all,
            spans: spans.into(),
        }
    }

    /// How many lists there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// List number `i`.
    pub fn get(&self, i: usize) -> &[X] {
        let (start, len) = self.spans[i];
        &self.all[start..start + len]
    }

    /// How long list number `i` is.
    pub fn length(&self, i: usize) -> usize {
        self.spans[i].1
    }

    /// The length of the longest list.
    pub fn longest(&self) -> usize {
        self.spans.iter().map(|span| span.1).max().unwrap_or(0)
    }

    /// Some of the lists. They share their things with these.
    pub fn only(&self, rows: &[usize]) -> Self {
        Self {
            all: self.all.clone(),
            spans: rows.iter().map(|row| self.spans[*row]).collect(),
        }
    }
}
