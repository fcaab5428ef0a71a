//! The table at the end of a run.

use std::fmt::Write;

/// One notebook of a run.
pub struct Row {
    /// The file's name.
    pub name: String,
    /// Seconds of each cell that ran.
    pub cells: Vec<f64>,
    /// Every cell did what it should.
    pub passed: bool,
}

impl Row {
    /// A notebook that is about to run.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_string(),
            cells: Vec::new(),
            passed: false,
        }
    }

    /// A notebook that could not run.
    pub fn failed(name: &str) -> Self {
        Self::new(name)
    }

    /// Seconds in all.
    pub fn seconds(&self) -> f64 {
        self.cells.iter().sum()
    }
}

/// Notebooks, cells, seconds in all, seconds of the first cell and of the slowest of the others.
pub fn render(rows: &[Row]) -> String {
    let width = rows
        .iter()
        .map(|row| row.name.chars().count())
        .max()
        .unwrap_or(0)
        .max("notebook".len());
    let mut text = format!("\n{:width$}  cells  seconds  first cell  slowest other\n", "notebook");
    for row in rows {
        let first = row.cells.first().copied().unwrap_or(0.0);
        let slowest = row.cells.iter().skip(1).copied().fold(0.0, f64::max);
        let end = if row.passed { "passed" } else { "FAILED" };
        let (cells, seconds) = (row.cells.len(), row.seconds());
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:width$}  {cells:5}  {seconds:7.1}  {first:10.1}  {slowest:13.1}  {end}",
            row.name
        );
    }
    let passed = rows.iter().filter(|row| row.passed).count();
    let seconds: f64 = rows.iter().map(Row::seconds).sum();
    let _ = writeln!(text, "{passed} passed, {} failed, {seconds:.1} s", rows.len() - passed);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_cells_and_seconds() {
        let row = Row {
            name: "10_cnn.ipynb".into(),
            cells: vec![6.0, 0.5, 2.5],
            passed: true,
        };
        let text = render(&[row, Row::failed("x.ipynb")]);
        assert!(
            text.contains("10_cnn.ipynb      3      9.0         6.0            2.5  passed"),
            "{text}"
        );
        assert!(text.ends_with("1 passed, 1 failed, 9.0 s\n"), "{text}");
    }
}
