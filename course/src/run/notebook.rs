//! Notebooks: finding, reading, and their code cells.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nbformat::v4::{Cell, Output};

use crate::project::Project;

/// A notebook in memory.
pub struct Notebook {
    /// Where it lies.
    pub path: PathBuf,
    /// What it holds, without outputs until a run has made them.
    pub content: nbformat::v4::Notebook,
    /// The file as it is, outputs included.
    pub stored: serde_json::Value,
}

/// What the runner has to know about a code cell.
pub struct CodeCell {
    /// Its place among all cells.
    pub index: usize,
    /// Its code.
    pub source: String,
    /// It carries the tag `raises-exception`: it shows an error on purpose.
    pub must_fail: bool,
}

impl CodeCell {
    /// The first line of code, for a progress bar.
    pub fn first_line(&self) -> String {
        let line = self
            .source
            .lines()
            .find(|line| !line.trim().is_empty() && !line.trim().starts_with("//"));
        line.unwrap_or_default().to_string()
    }
}

impl Notebook {
    /// Reads a notebook of format 4.5, the one with cell ids.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let not_a_notebook = || format!("{} is not a notebook", path.display());
        let stored: serde_json::Value = serde_json::from_str(&text).with_context(not_a_notebook)?;
        match nbformat::parse_notebook(&without_outputs(&stored)).with_context(not_a_notebook)? {
            nbformat::Notebook::V4(content) => Ok(Self {
                path: path.to_path_buf(),
                content,
                stored,
            }),
            nbformat::Notebook::V4QuirksMode(quirks) => bail!(
                "{}: {} cells have no id; open it in JupyterLab and save it",
                path.display(),
                quirks.quirks().len()
            ),
            _ => bail!(
                "{} is older than notebook format 4.5; open it in JupyterLab and save it",
                path.display()
            ),
        }
    }

    /// The file's name.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The file's name without its ending.
    pub fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Every cell that holds code.
    pub fn code_cells(&self) -> Vec<CodeCell> {
        let cells = self.content.cells.iter().enumerate();
        let code = cells.filter_map(|(index, cell)| match cell {
            Cell::Code { metadata, source, .. } => {
                let tags = metadata.tags.iter().flatten();
                let must_fail = tags.into_iter().any(|tag| tag == "raises-exception");
                Some(CodeCell {
                    index,
                    source: source.concat(),
                    must_fail,
                })
            }
            _ => None,
        });
        code.filter(|cell| !cell.source.trim().is_empty()).collect()
    }

    /// Replaces what a code cell shows.
    pub fn set_outputs(&mut self, index: usize, new: Vec<Output>) {
        if let Some(Cell::Code { outputs, .. }) = self.content.cells.get_mut(index) {
            *outputs = new;
        }
    }
}

/// The notebooks that are named: chapters by number, others by path; all chapters if nothing is named.
pub fn select(project: &Project, names: &[String]) -> Result<Vec<PathBuf>> {
    let folder = project.notebooks();
    let mut chapters: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| folder.display().to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "ipynb"))
        .collect();
    chapters.sort();
    if names.is_empty() {
        return Ok(chapters);
    }
    names.iter().map(|name| find(&chapters, name)).collect()
}

fn find(chapters: &[PathBuf], name: &str) -> Result<PathBuf> {
    if name.ends_with(".ipynb") && Path::new(name).is_file() {
        return Path::new(name).canonicalize().with_context(|| name.to_string());
    }
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let fits = |path: &&PathBuf| stem(path) == name || stem(path).split('_').next() == Some(name);
    chapters.iter().find(fits).cloned().with_context(|| {
        let known: Vec<_> = chapters.iter().map(|path| stem(path)).collect();
        format!(
            "there is no chapter or notebook {name:?}; chapters: {}",
            known.join(", ")
        )
    })
}

/// The same notebook with all outputs removed. A run makes them anew, and the parser prints a page of warnings about
/// every stored output without an execution count, which ours never have.
fn without_outputs(stored: &serde_json::Value) -> String {
    let mut notebook = stored.clone();
    for cell in notebook["cells"].as_array_mut().into_iter().flatten() {
        if let Some(outputs) = cell.get_mut("outputs").and_then(serde_json::Value::as_array_mut) {
            outputs.clear();
        }
    }
    notebook.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_are_found_by_number_or_name() {
        let chapters = ["00_setup.ipynb", "10_cnn.ipynb", "A_animated_graphs.ipynb"].map(PathBuf::from);
        assert!(find(&chapters, "10").is_ok_and(|path| path == chapters[1]));
        assert!(find(&chapters, "00_setup").is_ok_and(|path| path == chapters[0]));
        assert!(
            find(&chapters, "1").is_err_and(|error| error.to_string().contains("00_setup, 10_cnn, A_animated_graphs"))
        );
        assert!(find(&chapters, "A").is_ok_and(|path| path == chapters[2]));
    }
}
