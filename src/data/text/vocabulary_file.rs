//! A vocabulary as a plain file.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::vocabulary::{SPECIAL, Vocabulary};
use crate::{Error, Result, files};

/// The first line of the file.
const TITLE: &str = "gradus vocabulary 1";

impl Vocabulary {
    /// Writes the vocabulary to a plain file in UTF-8: a title, then one token a line in the order of their ids. A line end
    /// inside a token is written `\n` (or `\r`), a backslash `\\`.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut text = format!("{TITLE}\n");
        for token in self.tokens() {
            text += &escape(token);
            text.push('\n');
        }
        files::replace(path, text.as_bytes())
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read, [`Error::File`] if it is no vocabulary, with the line that is wrong.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| Error::Io {
            path: path.into(),
            source,
        })?;
        let wrong = |expected: String, got: String| Error::File {
            path: path.into(),
            expected,
            got,
            hint: "Save the vocabulary again with Vocabulary::save.".into(),
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            wrong("text in UTF-8".into(), format!("other bytes at byte {at}"))
        })?;
        // Only `\n` ends a line: other characters that some call line ends may be tokens.
        let mut lines = text.strip_suffix('\n').unwrap_or(&text).split('\n');
        let title = lines.next().unwrap_or_default();
        if title != TITLE {
            return Err(wrong(format!("{TITLE:?} in line 1"), format!("{title:?}")));
        }
        let mut tokens = Vec::new();
        let mut seen = HashSet::new();
        for (number, line) in (2..).zip(lines) {
            let token = unescape(line).filter(|token| !token.is_empty());
            let token = token.ok_or_else(|| {
                wrong(
                    format!("a token in line {number}, with \\n, \\r or \\\\"),
                    format!("{line:?}"),
                )
            })?;
            if !seen.insert(token.clone()) {
                return Err(wrong(
                    format!("another token in line {number}"),
                    format!("{token:?} again"),
                ));
            }
            tokens.push(token);
        }
        if tokens.len() < 2 || tokens[..2] != SPECIAL[..2] {
            let got = tokens.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(wrong("<pad> and <unk> in lines 2 and 3".into(), got));
        }
        let bounds = tokens.len() >= 4 && tokens[2..4] == SPECIAL[2..];
        Ok(Self::of(bounds, tokens.into_iter().skip(if bounds { 4 } else { 2 })))
    }
}

fn escape(token: &str) -> String {
    token.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

/// The token that a line stands for; none where a backslash is followed by something else.
fn unescape(line: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            c => c,
        });
    }
    Some(out)
}
