//! `cargo course run --record`: what the last run of everything, in full, has shown.

use std::fmt::Write;

use anyhow::Result;

use super::compare::made;
use super::table::Row;
use crate::files;
use crate::project::Project;

/// Where it stands.
const FILE: &str = "notebooks/last_full_run.md";

/// Writes the table.
pub fn store(project: &Project, rows: &[Row]) -> Result<()> {
    let (here, date) = (made::here(), chrono::Utc::now().format("%Y-%m-%d"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let machine = format!("{cores} cores, {}, rustc {}", here.processor, here.rustc);
    files::write(
        &project.root().join(FILE),
        page(&date.to_string(), &machine, rows).as_bytes(),
    )?;
    println!("{FILE} tells of this run");
    Ok(())
}

fn page(date: &str, machine: &str, rows: &[Row]) -> String {
    let mut text = format!(
        "# The last run of all chapters in full\n\n`cargo course run --compare --record` wrote this on {date}, on {machine}. No \
         training was cut short, and every claim was asserted.\n\n\
         | chapter | cells | seconds | slowest cell | |\n|---|---:|---:|---:|---|\n"
    );
    for row in rows {
        let slowest = row.cells.iter().map(|cell| cell.seconds).fold(0.0, f64::max);
        let end = if row.passed { "passed" } else { "**failed**" };
        let note = if row.note.is_empty() {
            String::new()
        } else {
            format!(": {}", row.note)
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {slowest:.0} | {end}{note} |",
            row.name,
            row.cells.len(),
            row.seconds()
        );
    }
    let seconds: f64 = rows.iter().map(Row::seconds).sum();
    let _ = writeln!(text, "\nIn all {seconds:.0} s.");
    text
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::run::table::{Row, Timing};

    #[test]
    fn a_line_for_each_chapter_and_the_sum() {
        let cell = |seconds| Timing {
            seconds,
            ..Timing::default()
        };
        let good = Row {
            start: 1.0,
            cells: vec![cell(2.0), cell(9.4)],
            passed: true,
            note: "numbers not compared".into(),
            ..Row::new("10_cnn.ipynb")
        };
        let text = page("2026-01-02", "2 cores", &[good, Row::failed("x.ipynb")]);
        assert!(text.contains("wrote this on 2026-01-02, on 2 cores."), "{text}");
        assert!(
            text.contains("| 10_cnn.ipynb | 2 | 12 | 9 | passed: numbers not compared |\n"),
            "{text}"
        );
        assert!(text.contains("| x.ipynb | 0 | 0 | 0 | **failed** |\n"), "{text}");
        assert!(text.ends_with("In all 12 s.\n"), "{text}");
    }
}
