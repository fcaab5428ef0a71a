//! From text to typed columns.

use std::collections::HashSet;
use std::path::Path;

use super::column::{Cells, Column, Kind};
use super::levels::coded;
use super::odd::{Odd, is_marker};
use super::reading::{File, Reading, Verdict};
use super::record::Record;
use super::spelling::{Spelling, changes, common_mark, settings_for};
use crate::Result;

/// More different values than this are no category.
const MOST_LEVELS: usize = 50;
/// Where this share of the values are numbers, the others are taken for mistakes.
const NEARLY_ALL: f64 = 0.9;

/// What columns are made of.
pub(super) struct Typing<'a> {
    pub path: &'a Path,
    pub rows: &'a [Record],
    pub missing: &'a [String],
    pub delimiter: u8,
    /// How numbers are written, where that was said.
    pub spelling: Option<&'a Spelling>,
}

/// A column on its way.
struct Draft<'a> {
    odd: Odd<'a>,
    values: Vec<Option<&'a str>>,
    said: Option<Kind>,
}

impl Typing<'_> {
    /// All columns, each of the kind that was said or else that its values suggest.
    pub fn columns(&self, names: &[String], said: &[Option<Kind>]) -> Result<Vec<Column>> {
        let drafts: Vec<Draft> = (0..names.len()).map(|i| self.draft(i, &names[i], said[i])).collect();
        let readings: Vec<Option<Reading>> = drafts.iter().map(|draft| self.reading(draft)).collect();
        let file = File::of(&readings);
        let column = |(draft, reading)| self.column(draft, reading, &file);
        drafts.into_iter().zip(readings).map(column).collect()
    }

    fn draft<'a>(&'a self, index: usize, name: &'a str, said: Option<Kind>) -> Draft<'a> {
        let fields = self.rows.iter().map(|row| row.fields[index].as_str());
        let values = fields.map(|field| (!self.missing.iter().any(|marker| marker == field)).then_some(field));
        Draft {
            odd: Odd {
                path: self.path,
                rows: self.rows,
                missing: self.missing,
                index,
                name,
            },
            values: values.collect(),
            said,
        }
    }

    /// How a column that may hold numbers can be read, unless that was said.
    fn reading(&self, draft: &Draft) -> Option<Reading> {
        let wanted = matches!(draft.said, None | Some(Kind::Number)) && self.spelling.is_none();
        wanted.then(|| Reading::of(&draft.present(), self.delimiter))
    }

    fn column(&self, draft: Draft, reading: Option<Reading>, file: &File) -> Result<Column> {
        let cells = match draft.said {
            Some(Kind::Category) => coded(&draft.values),
            Some(Kind::Text) => draft.text(),
            Some(Kind::Number) => self.numbers(&draft, reading, file)?,
            None => self.guess(&draft, reading, file)?,
        };
        Ok(Column {
            name: draft.odd.name.to_string(),
            place: draft.odd.index + 1,
            cells,
            guessed: draft.said.is_none(),
        })
    }

    fn verdict(&self, draft: &Draft, reading: Option<Reading>, file: &File) -> Verdict {
        let present = draft.present();
        match (reading, self.spelling) {
            (Some(reading), _) => reading.verdict(file, draft.said.is_some()),
            (None, Some(spelling)) => {
                let spelling = spelling.clone().with(common_mark(&present));
                let all = !present.is_empty() && present.iter().all(|value| spelling.number(value).is_some());
                if all {
                    Verdict::Numbers(spelling)
                } else {
                    Verdict::Other
                }
            }
            (None, None) => Verdict::Other,
        }
    }

    /// The numbers of a column that was said to hold some.
    fn numbers(&self, draft: &Draft, reading: Option<Reading>, file: &File) -> Result<Cells> {
        match self.verdict(draft, reading, file) {
            Verdict::Numbers(spelling) => draft.numbers(&spelling),
            Verdict::Ambiguous => Err(draft.odd.ambiguous(draft.first(|v| v.contains(',')))),
            _ => draft.numbers(&self.plain(&draft.present())),
        }
    }

    /// The spelling in which most values are to be understood where not all are numbers.
    fn plain(&self, values: &[&str]) -> Spelling {
        let said = self.spelling.cloned().unwrap_or_else(|| Spelling::new('.', None));
        said.with(common_mark(values))
    }

    fn guess(&self, draft: &Draft, reading: Option<Reading>, file: &File) -> Result<Cells> {
        let present = draft.present();
        match self.verdict(draft, reading, file) {
            // As numbers, the codes would lose the zeros in front.
            Verdict::Numbers(_) if are_codes(&present) => {
                let levels = present.iter().collect::<HashSet<_>>().len();
                return Ok(Self::words(draft, levels));
            }
            Verdict::Numbers(spelling) => {
                let changed = |v: &str| spelling.digits(v).is_some_and(|digits| changes(&digits));
                match draft.values.iter().position(|v| v.is_some_and(changed)) {
                    Some(row) => return Err(draft.odd.rounded(row, present.len())),
                    None => return draft.numbers(&spelling),
                }
            }
            Verdict::Ambiguous => return Err(draft.odd.ambiguous(draft.first(|v| v.contains(',')))),
            Verdict::Points => return Err(draft.odd.points(draft.first(|v| v.contains('.')))),
            Verdict::Other => {}
        }
        // "NaN" counts as a number here, so that it is reported and does not make a category of the column.
        let plain = self.plain(&present);
        let is_number = |value: &str| plain.number(value).is_some();
        let alike = |value: &&&str| is_number(value) || !settings_for(value).is_empty();
        let numbers = present.iter().filter(alike).count();
        let markers = || {
            present
                .iter()
                .filter(|value| !is_number(value) && is_marker(value))
                .count()
        };
        if numbers > 0 && (numbers as f64 >= NEARLY_ALL * present.len() as f64 || numbers + markers() == present.len())
        {
            let row = draft.first(|value| !is_number(value));
            return Err(draft.odd.not_all_numbers(row, numbers, &present));
        }
        Ok(Self::words(draft, present.iter().collect::<HashSet<_>>().len()))
    }

    /// A column that holds no numbers: categories where there are few `levels`, else texts.
    fn words(draft: &Draft, levels: usize) -> Cells {
        let values = draft.present().len();
        let few = levels <= MOST_LEVELS && (2 * levels <= values || values <= 10);
        if few && values > 0 {
            coded(&draft.values)
        } else {
            draft.text()
        }
    }
}

/// Whether these are codes such as postal codes (`01067`): all of one length from three digits on, nothing but digits, and
/// some with a zero in front.
fn are_codes(values: &[&str]) -> bool {
    let length = values.first().map_or(0, |value| value.len());
    let code = |value: &&str| value.len() == length && value.bytes().all(|b| b.is_ascii_digit());
    length >= 3 && values.iter().all(code) && values.iter().any(|value| value.starts_with('0'))
}

impl Draft<'_> {
    fn present(&self) -> Vec<&str> {
        self.values.iter().flatten().copied().collect()
    }

    fn text(&self) -> Cells {
        Cells::Text(self.values.iter().map(|value| value.map(str::to_string)).collect())
    }

    /// The first row with such a value.
    fn first(&self, is: impl Fn(&str) -> bool) -> usize {
        self.values.iter().position(|v| v.is_some_and(&is)).unwrap_or(0)
    }

    fn numbers(&self, spelling: &Spelling) -> Result<Cells> {
        let number = |(row, value): (usize, &Option<&str>)| {
            let Some(text) = value else { return Ok(None) };
            match spelling.number(text) {
                Some(number) if number.is_finite() => Ok(Some(number)),
                Some(_) => Err(self.odd.not_finite(row)),
                None => Err(self.odd.not_a_number(row)),
            }
        };
        Ok(Cells::Number(
            self.values.iter().enumerate().map(number).collect::<Result<_>>()?,
        ))
    }
}
