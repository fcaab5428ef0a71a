//! How tokens are written in figures.

/// Names in which spaces and line ends can be seen.
pub(super) fn visible<S: AsRef<str>>(tokens: &[S]) -> Vec<String> {
    tokens.iter().map(|token| shown(token.as_ref())).collect()
}

/// Spaces are seen where they are at the begin or the end, or all there is; line ends always.
fn shown(token: &str) -> String {
    let inner = token.trim_matches(' ');
    let (before, after) = match inner.is_empty() {
        true => (token.len(), 0),
        false => (
            token.len() - token.trim_start_matches(' ').len(),
            token.len() - token.trim_end_matches(' ').len(),
        ),
    };
    let marked = SPACE.repeat(before) + inner + &SPACE.repeat(after);
    let marked = marked.replace('\n', LINE).replace('\t', TAB).replace('\r', "");
    if marked.is_empty() { "∅".into() } else { marked }
}

const SPACE: &str = "·";
const LINE: &str = "¶";
const TAB: &str = "→";
