//! How a text is cut before byte-pair encoding joins bytes: no token reaches over the border of a piece.

/// The pieces of a text; put together again they are the text.
///
/// A piece is a run of letters and digits, or a run of ASCII signs, each with one space in front where there is one; or a
/// single space, tab or line end. The rule needs no tables of Unicode: whatever is neither an ASCII sign nor one of these four
/// spaces counts as a letter. As a regular expression: `` ?[^ \t\r\n!-/:-@\[-`{-~]+| ?[!-/:-@\[-`{-~]+|[ \t\r\n]``.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        // A space goes with what follows.
        if bytes[at] == b' ' && bytes.get(at + 1).is_some_and(|next| kind(*next) != Kind::Space) {
            at += 1;
        }
        let first = kind(bytes[at]);
        at += 1;
        if first != Kind::Space {
            while bytes.get(at).is_some_and(|byte| kind(*byte) == first) {
                at += 1;
            }
        }
        out.push(&text[start..at]);
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Sign,
    Space,
}

/// All bytes of a character beyond ASCII are letters, so that no character is cut.
fn kind(byte: u8) -> Kind {
    match byte {
        b' ' | b'\t' | b'\r' | b'\n' => Kind::Space,
        _ if byte.is_ascii_punctuation() => Kind::Sign,
        _ => Kind::Letter,
    }
}
