//! What an exercise notebook says about its tasks.
//!
//! A heading such as `## 01.2 The axes that go away` names a task. The cell that calls its grader carries
//! `"metadata": {"gradus": {"task": "01.2", "fails": "..."}}`; `fails` is what the task says as it is handed out. Where the
//! compiler is the grader, `"types": true` stands beside it.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// A cell with what matters here.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its text.
    pub source: String,
    /// It holds code.
    pub code: bool,
    /// It calls the grader of this task.
    pub task: Option<Mark>,
}

/// What stands in the metadata of a cell that calls a grader.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The task: `01.2`.
    pub id: String,
    /// What the task says as it is handed out.
    pub fails: String,
    /// The compiler is the grader.
    pub types: bool,
}

/// The cells of a notebook.
pub fn read(path: &Path) -> Result<Vec<Cell>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let notebook: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not a notebook", path.display()))?;
    Ok(notebook["cells"].as_array().into_iter().flatten().map(cell).collect())
}

fn cell(cell: &Value) -> Cell {
    let mark = &cell["metadata"]["gradus"];
    Cell {
        source: source(cell),
        code: cell["cell_type"] == "code",
        task: mark["task"].as_str().map(|id| Mark {
            id: id.to_string(),
            fails: mark["fails"].as_str().unwrap_or_default().to_string(),
            types: mark["types"] == true,
        }),
    }
}

/// The text of a cell, which a notebook stores whole or line by line.
pub fn source(cell: &Value) -> String {
    let lines = cell["source"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    cell["source"].as_str().map_or_else(|| lines.collect(), str::to_string)
}

/// The cells that call graders, in their order.
pub fn marks(cells: &[Cell]) -> impl Iterator<Item = (&Mark, &Cell)> {
    cells
        .iter()
        .filter_map(|cell| cell.task.as_ref().map(|mark| (mark, cell)))
}

/// What the heading of a task says after its number.
pub fn title(cells: &[Cell], id: &str) -> String {
    let lines = cells
        .iter()
        .filter(|cell| !cell.code)
        .flat_map(|cell| cell.source.lines());
    let titles = lines.filter_map(|line| line.strip_prefix("## ")?.trim().strip_prefix(id));
    titles
        .map(|title| title.trim_start_matches('.').trim().to_string())
        .next()
        .unwrap_or_default()
}
