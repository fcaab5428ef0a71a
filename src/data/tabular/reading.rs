//! Which way of writing numbers the columns of a file have: `1,5` and `1,234` can be told apart only by others near them.

use super::spelling::{Spelling, common_mark};

/// How the values of a column can be read as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// As Rust reads them.
    Plain,
    /// With commas between thousands.
    Point,
    /// With a decimal comma.
    Comma,
    /// Both of these.
    Either,
    /// In no way, or not without being told.
    No,
}

/// How a column can be read, with the mark that all of its values carry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    way: Way,
    mark: Option<&'static str>,
    /// Whether points of plain numbers could stand between thousands: `1.234`.
    dotted: bool,
}

/// What is to be done with a column.
pub(super) enum Verdict {
    /// All of its values are numbers in this spelling.
    Numbers(Spelling),
    /// They are numbers in two spellings, and nothing says in which.
    Ambiguous,
    /// They are numbers with points, in a file whose other columns have decimal commas.
    Points,
    /// Some of them are no numbers.
    Other,
}

fn point() -> Spelling {
    Spelling::new('.', Some(','))
}

fn comma() -> Spelling {
    Spelling::new(',', Some('.'))
}

impl Reading {
    /// How these values, none of which is missing, can be read.
    pub fn of(values: &[&str], delimiter: u8) -> Self {
        let mark = common_mark(values);
        let all = |spelling: Spelling| {
            let spelling = spelling.with(mark);
            values.iter().all(|value| spelling.number(value).is_some())
        };
        let holds = |c: char| values.iter().any(|value| value.contains(c));
        let way = if values.is_empty() {
            Way::No
        } else if all(Spelling::new('.', None)) {
            Way::Plain
        } else if holds(',') {
            match (all(point()), all(comma())) {
                (true, true) => Way::Either,
                (true, false) => Way::Point,
                // Where commas stand between the fields, "1,2" in quotes is rather a list.
                (false, true) if delimiter != b',' => Way::Comma,
                _ => Way::No,
            }
        } else {
            Way::No
        };
        let dotted = way == Way::Plain && holds('.') && all(comma());
        Self { way, mark, dotted }
    }

    /// What a column is in a file whose columns can be read in these ways. `said` is whether it was said to hold numbers.
    pub fn verdict(self, file: &File, said: bool) -> Verdict {
        let numbers = |spelling: Spelling| Verdict::Numbers(spelling.with(self.mark));
        match self.way {
            Way::Plain if self.dotted && file.comma && !said => Verdict::Points,
            Way::Plain => numbers(Spelling::new('.', None)),
            Way::Point => numbers(point()),
            Way::Comma => numbers(comma()),
            Way::Either if file.comma && !file.point => numbers(comma()),
            Way::Either if file.point && !file.comma => numbers(point()),
            Way::Either => Verdict::Ambiguous,
            Way::No => Verdict::Other,
        }
    }
}

/// Which ways the columns of a file leave no doubt about.
#[derive(Default)]
pub(super) struct File {
    point: bool,
    comma: bool,
}

impl File {
    pub fn of(readings: &[Option<Reading>]) -> Self {
        let some = |way: Way| readings.iter().flatten().any(|reading| reading.way == way);
        Self {
            point: some(Way::Point),
            comma: some(Way::Comma),
        }
    }
}
