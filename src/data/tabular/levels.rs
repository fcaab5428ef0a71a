//! The levels of a category: which values are the same one, and their order.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::column::Cells;

/// The levels of a category in order, and the code of each value. Where all are numbers they are ordered by size, and two
/// spellings of a number (`1` and `1.0`, `0` and `-0`) are one level; else numbers within a name count as such, so that `week 10` follows `week 2`.
pub(super) fn coded(values: &[Option<&str>]) -> Cells {
    let mut levels: Vec<&str> = values.iter().flatten().copied().collect();
    levels.sort_unstable();
    levels.dedup();
    let decimals: Option<Vec<Decimal>> = levels.iter().map(|level| Decimal::of(level)).collect();
    // For each spelling the place of its level, and one spelling for each place.
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(levels.len());
    let mut names: Vec<&str> = Vec::with_capacity(levels.len());
    if let Some(decimals) = decimals {
        let mut order: Vec<usize> = (0..levels.len()).collect();
        order.sort_by(|&a, &b| decimals[a].cmp(&decimals[b]).then(levels[a].cmp(levels[b])));
        for run in order.chunk_by(|&a, &b| decimals[a] == decimals[b]) {
            places.extend(run.iter().map(|&i| (levels[i], names.len())));
            names.extend(run.iter().map(|&i| levels[i]).min_by_key(|level| level.len()));
        }
    } else {
        levels.sort_by(|a, b| natural(a, b));
        places.extend(levels.iter().enumerate().map(|(place, level)| (*level, place)));
        names = levels;
    }
    Cells::Category {
        codes: values.iter().map(|value| value.map(|value| places[value])).collect(),
        levels: names.iter().map(|level| (*level).to_string()).collect(),
    }
}

/// The same for numbers, all digits of which make the names.
pub(super) fn coded_numbers(values: &[Option<f64>]) -> Cells {
    let mut levels: Vec<f64> = values.iter().flatten().map(|value| value + 0.0).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let code = |value: f64| levels.binary_search_by(|level| level.total_cmp(&(value + 0.0))).ok();
    Cells::Category {
        codes: values.iter().map(|value| value.and_then(code)).collect(),
        levels: levels.iter().map(|&level| exact(level)).collect(),
    }
}

/// A number with all the digits that tell it from its neighbours, as briefly as that can be.
pub(super) fn exact(value: f64) -> String {
    // Minus nothing is nothing.
    let value = value + 0.0;
    let plain = value.to_string();
    if plain.len() <= 21 { plain } else { format!("{value:e}") }
}

/// A number in digits, compared without rounding. Numbers with zeros in front are none: those are rather codes, as of places.
#[derive(PartialEq, Eq)]
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    decimals: &'a str,
}

impl<'a> Decimal<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let size = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, decimals) = size.split_once('.').unwrap_or((size, ""));
        let coded = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || coded || !digits(whole) || !digits(decimals) {
            return None;
        }
        let decimals = decimals.trim_end_matches('0');
        let zero = whole == "0" && decimals.is_empty();
        let negative = text.starts_with('-') && !zero;
        Some(Self {
            negative,
            whole,
            decimals,
        })
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let size = |of: &Self| (of.whole.len(), of.whole.to_string(), of.decimals.to_string());
        match (self.negative, other.negative) {
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
            (one, other) => other.cmp(&one),
        }
    }
}

/// The order of names in which runs of digits count as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(l), Some(r)) = (left.chars().next(), right.chars().next()) {
        let (one, two) = (digits(left), digits(right));
        let (order, steps) = if one.is_empty() || two.is_empty() {
            (l.cmp(&r), (l.len_utf8(), r.len_utf8()))
        } else {
            let (x, y) = (one.trim_start_matches('0'), two.trim_start_matches('0'));
            (x.len().cmp(&y.len()).then_with(|| x.cmp(y)), (one.len(), two.len()))
        };
        if order != Ordering::Equal {
            return order;
        }
        (left, right) = (&left[steps.0..], &right[steps.1..]);
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}
