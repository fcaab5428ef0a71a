//! How tables show themselves: as HTML in a notebook, as text elsewhere.

use std::fmt::{self, Write as _};

use super::column::Kind;
use super::summary::{HEADINGS, Missing, TableSummary};
use super::table::Table;
use crate::content;

/// A table shows this many rows; `head(n)` with a smaller `n` shows fewer.
const ROWS: usize = 10;
/// A table with more columns than this shows only the first and the last.
const COLUMNS: usize = 12;
/// Text in a cell is cut off here.
const WIDE: usize = 28;

/// Rows of text with a heading, ready to be written either way.
struct Sheet {
    above: String,
    headings: Vec<String>,
    /// Whether a column is set against its right edge.
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
    below: String,
}

impl Table {
    fn sheet(&self) -> Sheet {
        let n = self.columns.len();
        let shown: Vec<usize> = if n > COLUMNS {
            (0..COLUMNS - 4).chain(n - 3..n).collect()
        } else {
            (0..n).collect()
        };
        // Where columns are left out, a column of dots stands for them.
        let gap = (n > COLUMNS).then_some(COLUMNS - 4);
        let with_gap = |mut cells: Vec<String>| {
            if let Some(at) = gap {
                cells.insert(at, "…".into());
            }
            cells
        };
        let columns = || shown.iter().map(|&i| &self.columns[i]);
        let mut right: Vec<bool> = columns().map(|c| c.kind() == Kind::Number).collect();
        if let Some(at) = gap {
            right.insert(at, false);
        }
        let row = |row: usize| with_gap(columns().map(|c| cut(&c.text(row).unwrap_or_default())).collect());
        let more = self.len().saturating_sub(ROWS);
        let dots = if more > 0 {
            format!("… and {more} more rows; ")
        } else {
            String::new()
        };
        Sheet {
            above: String::new(),
            headings: with_gap(columns().map(|c| c.name.clone()).collect()),
            right,
            rows: (0..self.len().min(ROWS)).map(row).collect(),
            below: format!("{dots}{}: {} rows, {n} columns", self.name, self.len()),
        }
    }

    /// Shows the first rows; the kernel calls it for a cell's last expression.
    pub fn evcxr_display(&self) {
        self.sheet().show();
    }
}

impl TableSummary {
    fn sheet(&self) -> Sheet {
        Sheet {
            above: self.name.clone(),
            headings: HEADINGS.map(String::from).to_vec(),
            right: (0..HEADINGS.len()).map(|i| i > 1).collect(),
            rows: self.rows.iter().map(|row| row.to_vec()).collect(),
            below: String::new(),
        }
    }

    /// Shows the figures; the kernel calls it for a cell's last expression.
    pub fn evcxr_display(&self) {
        self.sheet().show();
    }
}

impl Missing {
    /// Shows the counts; the kernel calls it for a cell's last expression.
    pub fn evcxr_display(&self) {
        content::show(&[("text/plain", self.to_string())]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sheet().text())
    }
}

impl fmt::Display for TableSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sheet().text())
    }
}

impl Sheet {
    fn text(&self) -> String {
        let chars = |text: &String| text.chars().count();
        // A row whose later cells are all empty may run on beyond its column, as a remark does.
        let last = |row: &[String]| row.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
        let width = |i: usize| {
            let cells = self.rows.iter().filter(|row| last(row) != i || i + 1 == row.len());
            let widest = cells.map(|row| chars(&row[i])).max().unwrap_or(0);
            widest.max(chars(&self.headings[i]))
        };
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        let line = |row: &[String]| {
            let cells = row.iter().enumerate().map(|(i, cell)| {
                let wide = widths[i];
                if self.right[i] && !(last(row) == i && chars(cell) > wide) {
                    format!("{cell:>wide$}")
                } else {
                    format!("{cell:<wide$}")
                }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
        };
        let rows = self.rows.iter().map(|row| line(row));
        let lines = [self.above.clone(), line(&self.headings)].into_iter().chain(rows);
        let lines = lines.chain([self.below.clone()]).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }

    fn html(&self) -> String {
        let mut html = String::new();
        if !self.above.is_empty() {
            let _ = write!(html, "<div>{}</div>", escaped(&self.above));
        }
        html.push_str("<table><thead><tr>");
        for (name, right) in self.headings.iter().zip(&self.right) {
            let _ = write!(html, "<th{}>{}</th>", align(*right), escaped(name));
        }
        html.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            html.push_str("<tr>");
            let end = row.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
            for (i, cell) in row.iter().enumerate().take(end) {
                let _ = write!(html, "<td{}>{}</td>", align(self.right[i]), escaped(cell));
            }
            // The last cell spans the empty ones behind it.
            let left = row.len() - end;
            let (span, right) = match left {
                1 => (String::new(), self.right[end]),
                left => (format!(" colspan=\"{left}\""), false),
            };
            let _ = write!(html, "<td{span}{}>{}</td></tr>", align(right), escaped(&row[end]));
        }
        html.push_str("</tbody></table>");
        if !self.below.is_empty() {
            let _ = write!(html, "<div>{}</div>", escaped(&self.below));
        }
        html
    }

    fn show(&self) {
        content::show(&[("text/html", self.html()), ("text/plain", self.text())]);
    }
}

fn align(right: bool) -> &'static str {
    if right {
        " style=\"text-align:right\""
    } else {
        " style=\"text-align:left\""
    }
}

fn cut(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= WIDE {
        return clean;
    }
    clean.chars().take(WIDE - 1).chain(['…']).collect()
}

/// Text as HTML. Notebooks typeset what stands between two dollar signs, or between `\\(` and `\\)`, as mathematics, but not across the bounds of an element.
fn escaped(text: &str) -> String {
    let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let html = html.replace('"', "&quot;");
    ['$', '\\'].iter().fold(html, |html, &mark| {
        html.replace(
            mark,
            &format!("<span class=\"mathjax_ignore tex2jax_ignore\">{mark}</span>"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Csv;

    #[test]
    fn dollars_are_no_mathematics() {
        let dollar = "<span class=\"mathjax_ignore tex2jax_ignore\">$</span>";
        for (text, html) in [
            ("from $200 to $700", format!("from {dollar}200 to {dollar}700")),
            ("$$x$$", format!("{dollar}{dollar}x{dollar}{dollar}")),
            (r"\(x\)", format!("{0}(x{0})", dollar.replace('$', "\\"))),
            ("<b> & \"c\"", "&lt;b&gt; &amp; &quot;c&quot;".to_string()),
            ("12 %", "12 %".to_string()),
        ] {
            assert_eq!(escaped(text), html);
        }
        let table = Csv::new()
            .text(&["$a"])
            .parse("$t$.csv", b"$a,b\nfrom $1 to $2,1\n")
            .unwrap();
        let (html, text) = (table.sheet().html(), table.sheet().text());
        assert_eq!(html.matches('$').count(), html.matches(dollar).count());
        assert_eq!(html.matches('$').count(), 5);
        assert!(text.contains("from $1 to $2") && !text.contains("span"), "{text}");
        assert!(!table.summary().sheet().html().replace(dollar, "").contains('$'));
    }
}
