//! Cutting a text into tokens.

/// The characters of a text, one token each, spaces and line ends too. Put together again they are the text.
///
/// A character is a Unicode scalar value (Rust's `char`): an accent that is a character of its own is a token of its own.
/// Taught in notebook 14.
pub fn characters(text: &str) -> Vec<&str> {
    text.char_indices()
        .map(|(at, c)| &text[at..at + c.len_utf8()])
        .collect()
}

/// The words, numbers and signs of a text, without the spaces between them.
///
/// A word is a run of letters, digits and accents, as long as it goes. An apostrophe or a hyphen between two of them belongs
/// to the word (`don't`, `well-known`), a point or a comma between two digits to the number (`3.5`, `10,000`). Every other
/// character that is no space is a token of its own. Capital letters stay: call `to_lowercase` before, where they shall not
/// matter. Taught in notebook 14.
///
/// ```
/// use gradus::data::text::words;
/// assert_eq!(words("Don't pay 3.50, ok?"), ["Don't", "pay", "3.50", ",", "ok", "?"]);
/// ```
pub fn words(text: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let end_of = |i: usize| chars.get(i).map_or(text.len(), |(at, _)| *at);
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let (at, c) = chars[i];
        i += 1;
        if c.is_whitespace() {
            continue;
        }
        if in_word(c) {
            while let Some((_, c)) = chars.get(i) {
                let next = chars.get(i + 1).map(|(_, next)| *next);
                if !in_word(*c) && !joins(chars[i - 1].1, *c, next) {
                    break;
                }
                i += 1;
            }
        }
        out.push(&text[at..end_of(i)]);
    }
    out
}

/// Letters, digits, and the accents that follow a letter (Unicode's combining marks for Latin, Greek and Cyrillic).
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

/// Whether a sign between two characters keeps them together.
fn joins(before: char, sign: char, next: Option<char>) -> bool {
    match (sign, next) {
        ('\'' | '’' | '-', Some(next)) => in_word(next),
        ('.' | ',', Some(next)) => before.is_ascii_digit() && next.is_ascii_digit(),
        _ => false,
    }
}
