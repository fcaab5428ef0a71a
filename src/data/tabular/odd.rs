//! What is said of a value that its column cannot take.

use std::path::Path;

use super::malformed::malformed;
use super::record::Record;
use super::spelling::settings_for;
use crate::Error;

/// What files write where a number is missing. Nothing of it is taken for missing unasked: `None` may be an answer.
const MARKERS: [&str; 22] = [
    "n/a",
    "#n/a",
    "<na>",
    "n.a.",
    "na",
    "nan",
    "null",
    "#null!",
    "nil",
    "none",
    "missing",
    "unknown",
    "not available",
    "?",
    "-",
    "--",
    "---",
    ".",
    "#div/0!",
    "#value!",
    "#ref!",
    "—",
];

/// Whether a text is one of the usual signs that a value is missing.
pub(super) fn is_marker(text: &str) -> bool {
    text.is_empty() || (text.len() < 16 && MARKERS.contains(&text.to_lowercase().as_str()))
}

/// A column of a file, and how its values are complained about.
pub(super) struct Odd<'a> {
    pub path: &'a Path,
    pub rows: &'a [Record],
    pub missing: &'a [String],
    pub index: usize,
    pub name: &'a str,
}

impl Odd<'_> {
    /// Some values are numbers, this one is not.
    pub fn not_all_numbers(&self, row: usize, numbers: usize, present: &[&str]) -> Error {
        let of = present.len();
        let expected = format!("a number {}, as in {numbers} of {of} rows", self.place(row));
        let name = self.name;
        let names = format!("read the column as .categories(&[{name:?}]) or .text(&[{name:?}]).");
        let text = self.text(row);
        let hint = match settings_for(text) {
            _ if is_marker(text) => {
                let mut found: Vec<&str> = Vec::new();
                for marker in present.iter().filter(|value| is_marker(value)) {
                    if !found.contains(marker) {
                        found.push(marker);
                    }
                }
                format!(
                    "If it stands for a missing value, say so: {}. Else {names}",
                    self.markers(&found)
                )
            }
            settings if settings.is_empty() => {
                format!("Correct it, name it as a marker of missing values with .missing(&[...]), or {names}")
            }
            settings => format!(
                "Say how the numbers are written: {}. For names, {names}",
                settings.join(" or ")
            ),
        };
        self.malformed(row, expected, &hint)
    }

    /// `1,234`: one and a bit, or more than a thousand?
    pub fn ambiguous(&self, row: usize) -> Error {
        let expected = format!("a number that can be read in one way only {}", self.place(row));
        let hint = format!(
            "Where commas stand between thousands: .thousands(','); where they stand before decimals: .decimal(','); or \
             write the numbers without separators. For names: .categories(&[{:?}]).",
            self.name
        );
        self.malformed(row, expected, &hint)
    }

    /// `1.234` in a file with decimal commas.
    pub fn points(&self, row: usize) -> Error {
        let expected = format!(
            "a number that can be read in one way only {} (other columns have decimal commas)",
            self.place(row)
        );
        let hint = format!(
            "Where points stand between thousands: .decimal(',').thousands('.'); where they stand before decimals: \
             .numbers(&[{:?}]).",
            self.name
        );
        self.malformed(row, expected, &hint)
    }

    /// A whole number that would not come back as it is written.
    pub fn rounded(&self, row: usize, of: usize) -> Error {
        let expected = format!(
            "a number whose digits an f64 keeps (whole ones up to 9007199254740992) {}, as all {of} values are numbers",
            self.place(row)
        );
        let name = self.name;
        let hint = format!(
            "If it names something, keep it as .text(&[{name:?}]) or .categories(&[{name:?}]); if it measures \
             something, .numbers(&[{name:?}]) rounds it."
        );
        self.malformed(row, expected, &hint)
    }

    /// `NaN`, `inf`, or beyond the largest number.
    pub fn not_finite(&self, row: usize) -> Error {
        let expected = format!("a finite number {}", self.place(row));
        let hint = format!(
            "If it stands for a missing value, say so: {}.",
            self.markers(&[self.text(row)])
        );
        self.malformed(row, expected, &hint)
    }

    /// Anything else where a number must stand.
    pub fn not_a_number(&self, row: usize) -> Error {
        let expected = format!("a number {}", self.place(row));
        let text = self.text(row);
        let hint = match settings_for(text) {
            _ if is_marker(text) => format!("If it stands for a missing value, say so: {}.", self.markers(&[text])),
            settings if settings.is_empty() => {
                "Correct it, or name it as a marker of missing values with .missing(&[...]).".to_string()
            }
            settings => format!(
                "Say how the numbers are written: {}; or write it without separators between the digits, with a point \
                 before the decimals.",
                settings.join(" or ")
            ),
        };
        self.malformed(row, expected, &hint)
    }

    fn malformed(&self, row: usize, expected: String, hint: &str) -> Error {
        malformed(self.path, expected, format!("{:?}", self.text(row)), hint)
    }

    fn text(&self, row: usize) -> &str {
        &self.rows[row].fields[self.index]
    }

    /// The setting with these markers beside those that count already.
    fn markers(&self, more: &[&str]) -> String {
        let known = self.missing.iter().map(String::as_str);
        let all: Vec<String> = known
            .chain(more.iter().copied())
            .map(|marker| format!("{marker:?}"))
            .collect();
        format!(".missing(&[{}])", all.join(", "))
    }

    fn place(&self, row: usize) -> String {
        let line = self.rows[row].line;
        format!("in line {line}, column {} ({})", self.index + 1, self.name)
    }
}
