//! The tables at the end of a run.

use std::fmt::Write;

/// One notebook of a run.
pub struct Row {
    /// The file's name.
    pub name: String,
    /// Seconds until the kernel answered.
    pub start: f64,
    /// Each cell that ran.
    pub cells: Vec<Timing>,
    /// Every cell did what it should.
    pub passed: bool,
    /// What else is to be said.
    pub note: String,
}

/// How long a cell took.
#[derive(Clone, Debug, Default)]
pub struct Timing {
    /// Its first line.
    pub first_line: String,
    /// In all.
    pub seconds: f64,
    /// Until its library was linked.
    pub compiling: f64,
}

impl Row {
    /// A notebook that is about to run.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_string(),
            start: 0.0,
            cells: Vec::new(),
            passed: false,
            note: String::new(),
        }
    }

    /// A notebook that could not run.
    pub fn failed(name: &str) -> Self {
        Self::new(name)
    }

    /// Seconds in all, the kernel's start included.
    pub fn seconds(&self) -> f64 {
        self.start + self.cells.iter().map(|cell| cell.seconds).sum::<f64>()
    }
}

/// Notebooks, cells, seconds in all, seconds of the kernel's start, of the first cell and of the slowest of the others.
pub fn render(rows: &[Row]) -> String {
    let width = rows
        .iter()
        .map(|row| row.name.chars().count())
        .max()
        .unwrap_or(0)
        .max("notebook".len());
    let mut text = format!(
        "\n{:width$}  cells  seconds  kernel  first cell  slowest other\n",
        "notebook"
    );
    for row in rows {
        let first = row.cells.first().map_or(0.0, |cell| cell.seconds);
        let slowest = row.cells.iter().skip(1).map(|cell| cell.seconds).fold(0.0, f64::max);
        let end = if row.passed { "passed" } else { "FAILED" };
        let (cells, seconds) = (row.cells.len(), row.seconds());
        let note = if row.note.is_empty() {
            String::new()
        } else {
            format!(" ({})", row.note)
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:width$}  {cells:5}  {seconds:7.1}  {:6.1}  {first:10.1}  {slowest:13.1}  {end}{note}",
            row.name, row.start
        );
    }
    let passed = rows.iter().filter(|row| row.passed).count();
    let seconds: f64 = rows.iter().map(Row::seconds).sum();
    let _ = writeln!(text, "{passed} passed, {} failed, {seconds:.1} s", rows.len() - passed);
    text
}

/// Every cell of a notebook: seconds until its code was compiled and linked, seconds that it ran, and what the median cell
/// after the first takes.
pub fn render_cells(row: &Row) -> String {
    let mut text = format!(
        "\n{}: the kernel was ready after {:.1} s\ncell  compiling  running  total s\n",
        row.name, row.start
    );
    for (number, cell) in row.cells.iter().enumerate() {
        let (compiling, running) = (cell.compiling, cell.seconds - cell.compiling);
        let _ = writeln!(
            text,
            "{:4}  {compiling:9.2}  {running:7.2}  {:7.2}  {}",
            number + 1,
            cell.seconds,
            cut(&cell.first_line)
        );
    }
    let others = row.cells.get(1..).unwrap_or_default();
    let compiling = median(others.iter().map(|cell| cell.compiling).collect());
    let running = median(others.iter().map(|cell| cell.seconds - cell.compiling).collect());
    let total = median(others.iter().map(|cell| cell.seconds).collect());
    let _ = writeln!(
        text,
        "{:>4}  {compiling:9.2}  {running:7.2}  {total:7.2}  median without the first",
        ""
    );
    text
}

fn cut(line: &str) -> String {
    const MOST: usize = 60;
    if line.chars().count() <= MOST {
        return line.to_string();
    }
    line.chars().take(MOST - 1).chain(['…']).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 {
        0.0
    } else {
        (values[(n - 1) / 2] + values[n / 2]) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(seconds: f64, compiling: f64) -> Timing {
        Timing {
            first_line: "let x = 1;".into(),
            seconds,
            compiling,
        }
    }

    fn row() -> Row {
        Row {
            start: 3.0,
            cells: vec![cell(6.0, 5.5), cell(0.5, 0.25), cell(2.5, 0.5)],
            passed: true,
            ..Row::new("10_cnn.ipynb")
        }
    }

    #[test]
    fn counts_cells_and_seconds() {
        let noted = Row {
            note: "not compared".into(),
            ..row()
        };
        let text = render(&[row(), Row::failed("x.ipynb"), noted]);
        let line = "10_cnn.ipynb      3     12.0     3.0         6.0            2.5  passed";
        assert!(text.contains(&format!("{line}\n")), "{text}");
        assert!(text.contains(&format!("{line} (not compared)\n")), "{text}");
        assert!(text.ends_with("2 passed, 1 failed, 24.0 s\n"), "{text}");
    }

    #[test]
    fn shares_of_each_cell_and_their_medians() {
        let text = render_cells(&row());
        assert!(
            text.contains("   3       0.50     2.00     2.50  let x = 1;\n"),
            "{text}"
        );
        assert!(
            text.ends_with("           0.38     1.12     1.50  median without the first\n"),
            "{text}"
        );
        assert!(render_cells(&Row::new("empty")).contains("0.00"));
    }
}
