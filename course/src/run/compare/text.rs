//! Texts, line by line: words must be the same, numbers nearly so, times may be any.
//!
//! What counts as a time:
//! - a number before a unit of time (`0.6 s`, `12 ms`, `28 seconds`) or of speed (`410 images/s`, `7 steps per second`),
//! - a number before `times` or `×` in a line that goes on with `fast`, `faster`, `slow`, `slower`, `long` or `longer`,
//! - the numbers of a table's column whose heading names a unit of time. Columns stand two or more spaces apart; the
//!   table ends with the first line that has no number in that column.

const UNITS: [&str; 15] = [
    "s",
    "ms",
    "µs",
    "μs",
    "us",
    "ns",
    "min",
    "second",
    "seconds",
    "minute",
    "minutes",
    "millisecond",
    "milliseconds",
    "microseconds",
    "nanoseconds",
];
const PACES: [&str; 6] = ["fast", "faster", "slow", "slower", "long", "longer"];

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numbers {
    /// Whole numbers exactly, others to this share of the larger.
    Within(f64),
    /// Not at all.
    Any,
}

/// A line that is not what it was.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// What is stored; nothing where the text was shorter.
    pub stored: Option<String>,
    /// What a run shows.
    pub now: Option<String>,
}

/// The lines that differ. Spaces between words do not count, as they give way to the width of a number.
pub fn differences(stored: &str, now: &str, numbers: Numbers) -> Vec<Line> {
    let (old, new) = (lines(stored), lines(now));
    let most = old.len().max(new.len());
    let differ = |i: &usize| match (old.get(*i), new.get(*i)) {
        (Some(old), Some(new)) => !same(old, new, numbers),
        _ => true,
    };
    let text = |text: &str, i: usize| text.lines().nth(i).map(str::to_string);
    let line = |i| Line {
        number: i + 1,
        stored: text(stored.trim_end(), i),
        now: text(now.trim_end(), i),
    };
    (0..most).filter(differ).map(line).collect()
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Number { value: f64, whole: bool },
    Time,
}

/// A piece of a line with the columns that it takes.
struct Piece {
    token: Token,
    from: usize,
    to: usize,
}

/// The tokens of every line, times marked.
fn lines(text: &str) -> Vec<Vec<Token>> {
    let mut columns: Vec<(usize, usize)> = Vec::new();
    let mut all = Vec::new();
    for line in text.trim_end().lines() {
        let mut pieces = pieces(line);
        times_by_unit(&mut pieces);
        // A column ends where a line has no number in it.
        columns.retain(|&column| pieces.iter().any(|piece| piece.is_number() && piece.overlaps(column)));
        for piece in pieces.iter_mut().filter(|piece| piece.is_number()) {
            if columns.iter().any(|&column| piece.overlaps(column)) {
                piece.token = Token::Time;
            }
        }
        if !pieces.iter().any(Piece::is_number) {
            columns.extend(time_columns(line));
        }
        all.push(pieces.into_iter().map(|piece| piece.token).collect());
    }
    all
}

fn same(old: &[Token], new: &[Token], numbers: Numbers) -> bool {
    let pair = |(old, new): (&Token, &Token)| match (old, new, numbers) {
        (Token::Number { .. }, Token::Number { .. }, Numbers::Any) => true,
        (Token::Number { value: a, whole: true }, Token::Number { value: b, whole: true }, _) => a == b,
        (Token::Number { value: a, .. }, Token::Number { value: b, .. }, Numbers::Within(share)) => {
            a == b || (a - b).abs() <= share * a.abs().max(b.abs())
        }
        (old, new, _) => old == new,
    };
    old.len() == new.len() && old.iter().zip(new).all(pair)
}

impl Piece {
    fn is_number(&self) -> bool {
        matches!(self.token, Token::Number { .. } | Token::Time)
    }

    fn overlaps(&self, (from, to): (usize, usize)) -> bool {
        self.from < to && from < self.to
    }

    fn word(&self) -> &str {
        match &self.token {
            Token::Word(word) => word,
            _ => "",
        }
    }
}

/// Cuts a line into numbers and what stands between them.
fn pieces(line: &str) -> Vec<Piece> {
    let chars: Vec<char> = line.chars().collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let from = at;
        let token = match number(&chars, at) {
            Some((token, end)) => {
                at = end;
                token
            }
            None => {
                at += 1;
                while at < chars.len() && !chars[at].is_whitespace() && number(&chars, at).is_none() {
                    at += 1;
                }
                Token::Word(chars[from..at].iter().collect())
            }
        };
        pieces.push(Piece { token, from, to: at });
    }
    pieces
}

/// The number that begins at `start`, and where it ends. Digits after a letter belong to a word: `Conv2D`.
fn number(chars: &[char], start: usize) -> Option<(Token, usize)> {
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let before = start.checked_sub(1).map(|at| chars[at]);
    let signed = matches!(chars[start], '-' | '−' | '+');
    // In `28-30` and in `e-3` the sign stands between, not before.
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || (signed && c == ')')) {
        return None;
    }
    let first = start + usize::from(signed);
    if !digit(first) {
        return None;
    }
    let run = |mut at: usize| {
        while digit(at) {
            at += 1;
        }
        at
    };
    let (mut end, mut whole) = (run(first), true);
    if chars.get(end) == Some(&'.') && digit(end + 1) {
        (end, whole) = (run(end + 1), false);
    }
    if matches!(chars.get(end), Some('e' | 'E')) {
        let sign = usize::from(matches!(chars.get(end + 1), Some('-' | '+')));
        if digit(end + 1 + sign) {
            (end, whole) = (run(end + 1 + sign), false);
        }
    }
    let text: String = chars[start..end]
        .iter()
        .map(|&c| if c == '−' { '-' } else { c })
        .collect();
    let value = text.parse().ok()?;
    Some((Token::Number { value, whole }, end))
}

/// Marks the numbers that are times by the words after them.
fn times_by_unit(pieces: &mut [Piece]) {
    for i in 0..pieces.len() {
        if matches!(pieces[i].token, Token::Number { .. }) && is_time(&pieces[i + 1..]) {
            pieces[i].token = Token::Time;
        }
    }
}

fn is_time(after: &[Piece]) -> bool {
    let word = |i: usize| after.get(i).map_or("", Piece::word);
    let plain = |i: usize| word(i).trim_matches(|c: char| c.is_ascii_punctuation() && c != '/');
    let unit = |text: &str| UNITS.contains(&text);
    let rate = |text: &str| text.rsplit_once('/').is_some_and(|(_, unit)| UNITS.contains(&unit));
    let per = |i: usize| plain(i) == "per" && unit(plain(i + 1));
    let pace = || {
        after
            .iter()
            .any(|piece| PACES.contains(&piece.word().trim_matches(|c: char| c.is_ascii_punctuation())))
    };
    unit(plain(0))
        || rate(plain(0))
        || rate(plain(1)) && !word(0).is_empty()
        || per(0)
        || per(1)
        || (matches!(plain(0), "times" | "×") && pace())
}

/// The columns of a heading that names a unit of time.
fn time_columns(line: &str) -> Vec<(usize, usize)> {
    let chars: Vec<char> = line.chars().collect();
    let mut columns = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let from = at;
        let space = |at: usize| chars.get(at).is_none_or(|c| c.is_whitespace());
        while at < chars.len() && !(space(at) && space(at + 1)) {
            at += 1;
        }
        let heading: String = chars[from..at].iter().collect();
        let mut words = heading.split(|c: char| !(c.is_alphanumeric() || c == 'µ' || c == 'μ'));
        // A lone `s` may be anything.
        if words.any(|word| word != "s" && UNITS.contains(&word)) || heading.ends_with("(s)") {
            columns.push((from, at));
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(stored: &str, now: &str) -> bool {
        differences(stored, now, Numbers::Within(1e-3)).is_empty()
    }

    #[test]
    fn a_number_may_differ_by_the_tolerance_and_no_more() {
        assert!(same("loss 0.2230, right 92.34 %", "loss  0.2231, right 92.30 %"));
        assert!(!same("loss 0.2230", "loss 0.2240"));
        assert!(!same("loss -0.223", "loss 0.223"));
        assert!(same("1.000e-5", "1.0005e-5"));
        assert!(!same("1.0e-5", "1.0e-6"));
        assert!(same("-0.00", "0.00"));
        assert!(!same("0.0", "0.1"));
        assert!(same("[1.0, −2.50]", "[1.0005, -2.50]"), "either minus");
    }

    #[test]
    fn whole_numbers_are_compared_exactly() {
        assert!(!same("74 of 10000", "75 of 10000"));
        assert!(!same("74 of 10000", "74 of 10001"));
        assert!(!same("60,000", "60,001"));
    }

    #[test]
    fn words_and_lines_are_compared_exactly() {
        assert!(!same("a dog", "a cat"));
        assert!(!same("Conv2D<1>", "Conv3D<1>"));
        assert!(!same("one\ntwo", "one"));
        assert!(!same("one", "one\ntwo"));
        assert!(same("one\n\n", "one"));
        assert!(!same("NaN", "0.5"));
        let lines = differences("a\nb 1.0\nc", "a\nb 2.0\nc", Numbers::Within(1e-3));
        let line = Line {
            number: 2,
            stored: Some("b 1.0".into()),
            now: Some("b 2.0".into()),
        };
        assert_eq!(lines, [line]);
    }

    #[test]
    fn times_may_be_any() {
        assert!(same("28 seconds of training", "31 seconds of training"));
        assert!(same("forward 3.1 ms, backward 6.25ms", "forward 4.7 ms, backward 5ms"));
        assert!(same("took (0.5 s).", "took (0.7 s)."));
        assert!(same("410 images/s", "380 images/s") && same("41 batches per second", "38 batches per second"));
        assert!(same("matmul is 362 times as fast", "matmul is 456 times as fast"));
        assert!(same("2.1 × faster", "1.9 × faster"));
        // Only the number before the unit.
        assert!(!same("5 epochs in 28 s", "6 epochs in 28 s"));
        // No times.
        assert!(!same("28 × 28", "28 × 30"));
        assert!(!same("predicted 3 times", "predicted 4 times"));
        assert!(!same("6.1 MB", "7.1 MB") && !same("5 samples", "6 samples"));
        assert!(!same("a time", "9 time"));
    }

    const TABLE: &str = "epoch  train loss  seconds\n    1      0.3654      9.5\n    2      0.0486      8.9\n";

    #[test]
    fn the_columns_of_times_may_be_any() {
        assert!(same(TABLE, &TABLE.replace("9.5", "11.2").replace("8.9", "12.0")));
        assert!(!same(TABLE, &TABLE.replace("0.0486", "0.0999")));
        let after = format!("{TABLE}test loss 0.0626, and far to the right 1.5\n");
        assert!(!same(&after, &after.replace("1.5", "2.5")));
        let below = format!("{TABLE}done.\nAnd the best one is 4.25\n");
        assert!(!same(&below, &below.replace("4.25", "4.75")), "the table has ended");
        let units = "size    time (ms)\n16           0.25\n32           1.50\n";
        assert!(same(units, &units.replace("1.50", "2.75")));
        assert!(!same(units, &units.replace("32", "33")));
        let not = "class   samples\n    a      10.5\n";
        assert!(!same(not, &not.replace("10.5", "11.5")));
    }

    #[test]
    fn on_another_processor_only_words_count() {
        assert!(differences("loss 0.5, 3 errors", "loss 0.6, 4 errors", Numbers::Any).is_empty());
        assert_eq!(differences("loss 0.5", "cost 0.5", Numbers::Any).len(), 1);
    }
}
