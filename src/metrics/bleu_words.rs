//! How BLEU cuts a sentence into words: tokenization `13a` of the NIST's `mteval-v13a`, as sacrebleu has it.

/// The words of a sentence by the rules of `13a`.
pub(super) fn words_13a(sentence: &str) -> Vec<String> {
    let mut line = sentence.trim_end_matches(space).replace("<skipped>", "");
    line = line.replace("-\n", "").replace('\n', " ");
    for (name, sign) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
        line = line.replace(name, sign);
    }
    let mut chars: Vec<char> = format!(" {line} ").chars().collect();
    chars = signs_apart(&chars);
    // A point or comma behind what is no digit, then one before what is none, then a dash behind a digit.
    let mark = |c: char| c == '.' || c == ',';
    chars = by_twos(&chars, |a, b| !a.is_ascii_digit() && mark(b), |a, b| [a, ' ', b, ' ']);
    chars = by_twos(&chars, |a, b| mark(a) && !b.is_ascii_digit(), |a, b| [' ', a, ' ', b]);
    chars = by_twos(&chars, |a, b| a.is_ascii_digit() && b == '-', |a, b| [a, ' ', b, ' ']);
    let text: String = chars.into_iter().collect();
    text.split(space)
        .filter(|word| !word.is_empty())
        .map(str::to_string)
        .collect()
}

/// What Python's `split` splits at: Unicode's spaces and four control characters.
fn space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// A space on both sides of every ASCII sign but the apostrophe, the comma, the dash and the point.
fn signs_apart(chars: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(2 * chars.len());
    for c in chars {
        if c.is_ascii_punctuation() && !matches!(c, '\'' | ',' | '-' | '.') {
            out.extend([' ', *c, ' ']);
        } else {
            out.push(*c);
        }
    }
    out
}

/// Goes through the text as a regular expression of two characters does: where both fit they are replaced, and the search goes
/// on behind them.
fn by_twos(chars: &[char], fits: impl Fn(char, char) -> bool, becomes: impl Fn(char, char) -> [char; 4]) -> Vec<char> {
    let mut out = Vec::with_capacity(2 * chars.len());
    let mut i = 0;
    while i < chars.len() {
        match chars.get(i + 1) {
            Some(next) if fits(chars[i], *next) => {
                out.extend(becomes(chars[i], *next));
                i += 2;
            }
            _ => {
                out.push(chars[i]);
                i += 1;
            }
        }
    }
    out
}
