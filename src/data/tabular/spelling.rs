//! Numbers as people write them: decimal commas, digits in groups, marks of money and shares.

/// Marks that may stand before or behind every number of a column, in place of a unit in its name.
const MARKS: [&str; 11] = ["$", "€", "£", "¥", "₹", "₽", "₩", "₺", "¢", "%", "‰"];
/// What may stand between groups of digits.
const SEPARATORS: [char; 4] = [',', '.', ' ', '\''];
/// No number is written with more characters than this and a mark, a separator or a decimal comma.
const LONG: usize = 60;

/// How the numbers of a file or a column are written.
#[derive(Clone, Debug)]
pub(super) struct Spelling {
    pub decimal: char,
    pub thousands: Option<char>,
    pub units: Vec<String>,
    /// Whether all groups but the first must have three digits; in India the middle ones have two.
    pub strict: bool,
}

impl Spelling {
    /// `decimal` before the decimals, maybe `thousands` between groups of three digits.
    pub fn new(decimal: char, thousands: Option<char>) -> Self {
        Self {
            decimal,
            thousands,
            units: Vec::new(),
            strict: true,
        }
    }

    /// The same with a mark before or behind the digits.
    pub fn with(mut self, mark: Option<&str>) -> Self {
        self.units.extend(mark.map(str::to_string));
        self
    }

    /// The number that a text means, which may be NaN or infinite; `None` where it is none in this spelling.
    pub fn number(&self, text: &str) -> Option<f64> {
        self.digits(text)?.parse().ok()
    }

    /// The text as Rust writes the number, every digit kept.
    pub fn digits(&self, text: &str) -> Option<String> {
        // Most numbers of most files, and what is not finite: `NaN`, `inf`.
        let wordy = !text.contains(|c: char| c.is_ascii_digit());
        if (self.decimal == '.' || wordy) && text.parse::<f64>().is_ok() {
            return Some(text.into());
        }
        let text = bare(text, &self.units);
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => text.split_at(at),
            None => (text.as_str(), ""),
        };
        let (whole, decimals) = mantissa.split_once(self.decimal).unwrap_or((mantissa, ""));
        if !decimals.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let sign = if whole.starts_with('-') { "-" } else { "" };
        let whole = self.joined(whole.strip_prefix(['-', '+']).unwrap_or(whole))?;
        let point = if decimals.is_empty() { "" } else { "." };
        let plain = format!("{sign}{whole}{point}{decimals}{exponent}");
        plain.parse::<f64>().is_ok().then_some(plain)
    }

    /// Digits without what stands between their groups; `None` where something else stands among them.
    fn joined(&self, whole: &str) -> Option<String> {
        let between = |c: char| self.thousands.is_some_and(|t| same(t, c));
        let groups: Vec<&str> = whole.split(between).collect();
        let digits = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()));
        let last = groups.len() - 1;
        let fits = |(i, group): (usize, &&str)| match i {
            // "0,123" has decimals.
            0 => (1..=3).contains(&group.len()) && !group.starts_with('0'),
            i if i == last || self.strict => group.len() == 3,
            _ => (2..=3).contains(&group.len()),
        };
        (digits && (last == 0 || groups.iter().enumerate().all(fits))).then(|| groups.concat())
    }
}

/// Blanks and apostrophes come in several shapes.
fn same(separator: char, c: char) -> bool {
    match separator {
        ' ' => matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'),
        '\'' => matches!(c, '\'' | '\u{2019}'),
        other => c == other,
    }
}

/// A text without one of the units, with a plain minus: `−$5` is `-5`.
fn bare(text: &str, units: &[String]) -> String {
    let text = text.replace('\u{2212}', "-");
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest.trim_start()),
        None => ("", text.as_str()),
    };
    let without = |unit: &String| {
        let front = rest.strip_prefix(unit.as_str()).map(str::trim_start);
        front.or_else(|| rest.strip_suffix(unit.as_str()).map(str::trim_end))
    };
    let rest = units.iter().filter(|unit| !unit.is_empty()).find_map(without);
    rest.map_or_else(|| text.clone(), |rest| format!("{sign}{rest}"))
}

/// The mark that every one of these values carries.
pub(super) fn common_mark(values: &[&str]) -> Option<&'static str> {
    let mark = mark_of(values.first()?)?;
    values.iter().all(|value| mark_of(value) == Some(mark)).then_some(mark)
}

fn mark_of(text: &str) -> Option<&'static str> {
    let front = text.trim_start_matches(['-', '+', '\u{2212}']).trim_start();
    MARKS
        .into_iter()
        .find(|mark| front.starts_with(mark) || text.ends_with(mark))
}

/// The settings of [`Csv`](super::Csv) under which a text would be a number; none where nothing helps.
pub(super) fn settings_for(text: &str) -> Vec<String> {
    let known = |c: char| c.is_ascii_digit() || "+-eE\u{2212}".contains(c) || SEPARATORS.iter().any(|&s| same(s, c));
    let mark = mark_of(text);
    let likely = text.len() <= LONG && text.contains(|c: char| c.is_ascii_digit());
    let strange = |c: char| !known(c) && mark.is_none_or(|mark| !mark.contains(c));
    if !likely || text.contains(strange) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for decimal in ['.', ','] {
        for thousands in [None].into_iter().chain(SEPARATORS.map(Some)) {
            let idle = thousands.is_some_and(|t| t == decimal || !text.contains(|c| same(t, c)));
            let without_comma = decimal == ',' && thousands != Some('.') && !text.contains(',');
            if idle || without_comma {
                continue;
            }
            if Spelling::new(decimal, thousands).with(mark).number(text).is_some() {
                let said = [
                    (decimal == ',').then(|| ".decimal(',')".to_string()),
                    thousands.map(|t| format!(".thousands({t:?})")),
                    mark.map(|mark| format!(".units(&[{mark:?}])")),
                ];
                let said: String = said.into_iter().flatten().collect();
                found.push(if said.is_empty() { ".decimal('.')".into() } else { said });
            }
        }
    }
    found
}

/// Whether reading a whole number as `f64` changes its digits: beyond 2^53 not every one can be held.
pub(super) fn changes(digits: &str) -> bool {
    let whole = digits.trim_start_matches(['-', '+']).trim_start_matches('0');
    let beyond = whole.len() > 15 && whole.bytes().all(|b| b.is_ascii_digit());
    beyond && whole.parse::<f64>().is_ok_and(|value| value.to_string() != whole)
}
