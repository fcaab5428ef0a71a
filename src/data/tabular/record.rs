//! The bytes of a CSV file as records, each with the line that it stands in.

use std::path::Path;

use super::malformed::malformed;
use crate::Result;

/// A line of the file, or a few where a quoted field has line breaks.
pub(super) struct Record {
    pub line: usize,
    pub fields: Vec<String>,
}

/// The text of a file in UTF-8, with or without a byte order mark.
pub(super) fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str> {
    let hint = "Save it as \"CSV, UTF-8\" from the program that made it.";
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(malformed(path, "text in UTF-8".into(), "text in UTF-16".into(), hint));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
        let byte = bytes[error.valid_up_to()];
        let got = format!("byte 0x{byte:02x} in line {line}, character {column}");
        malformed(path, "text in UTF-8".into(), got, hint)
    })
}

/// All records of a text that begins in that line, the header among them; empty lines are skipped.
pub(super) fn records(path: &Path, text: &str, line: usize, delimiter: u8) -> Result<Vec<Record>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut lines = Lines {
        bytes: text.as_bytes(),
        at: 0,
        line,
    };
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let hint = "Check that it is a CSV file.";
            malformed(path, "comma-separated values".into(), error.to_string(), hint)
        })?;
        let start = record.position().map_or(0, csv::Position::byte);
        records.push(Record {
            line: lines.of(start as usize),
            fields: record.iter().map(|field| field.trim().to_string()).collect(),
        });
    }
    Ok(records)
}

/// Counts lines, whatever they end with.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line of the first byte from `start` on that ends no line. `start` must not decrease.
    fn of(&mut self, start: usize) -> usize {
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let blank = self.bytes[start..].iter().take_while(|byte| ends(byte)).count();
        while self.at < start + blank {
            let byte = self.bytes[self.at];
            // "\r\n" is one end of a line, counted at its second half.
            let half = byte == b'\r' && self.bytes.get(self.at + 1) == Some(&b'\n');
            self.line += usize::from(ends(&byte) && !half);
            self.at += 1;
        }
        self.line
    }
}
