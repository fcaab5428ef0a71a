//! The files of an exercise, and how a learner's work is never lost.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::cells;
use crate::files;
use crate::project::Project;

/// The exercise of one chapter.
#[derive(Clone, Debug)]
pub struct Exercise {
    project: Project,
    stem: String,
}

impl Exercise {
    /// The exercises of these chapters; all of them if none is named.
    pub fn select(project: &Project, chapters: &[String]) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for path in notebooks_in(&project.notebooks().join("exercises")) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            all.push(Self {
                project: project.clone(),
                stem,
            });
        }
        if chapters.is_empty() {
            return Ok(all);
        }
        let known = all.iter().map(Self::number).collect::<Vec<_>>().join(", ");
        let find = |name: &String| {
            let found = all
                .iter()
                .find(|one| one.number() == *name || one.stem == name.trim_end_matches(".ipynb"));
            found
                .cloned()
                .with_context(|| format!("there is no exercise {name:?}; there are: {known}"))
        };
        chapters.iter().map(find).collect()
    }

    /// The number of its chapter.
    pub fn number(&self) -> String {
        self.stem.split('_').next().unwrap_or_default().to_string()
    }

    /// `01_tensors`.
    pub fn name(&self) -> &str {
        &self.stem
    }

    /// What is handed out.
    pub fn handed_out(&self) -> PathBuf {
        self.in_folder("exercises")
    }

    /// What is a way to do it.
    pub fn solution(&self) -> PathBuf {
        self.in_folder("solutions")
    }

    /// The learner's copy.
    pub fn copy(&self) -> PathBuf {
        self.in_folder("work")
    }

    /// What the learner's copy was made from.
    pub fn origin(&self) -> PathBuf {
        self.in_folder("work/.handed-out")
    }

    fn in_folder(&self, folder: &str) -> PathBuf {
        self.project
            .notebooks()
            .join(folder)
            .join(format!("{}.ipynb", self.stem))
    }

    /// The learner's copy, as one would type it.
    pub fn shown(&self) -> String {
        relative(&self.project, &self.copy())
    }

    /// Whether the learner has changed anything in their copy.
    pub fn begun(&self) -> bool {
        match (read(&self.copy()), read(&self.origin())) {
            (Ok(copy), Ok(origin)) => sources(&copy) != sources(&without_notice(origin)),
            // A copy that cannot be read may still hold work.
            _ => self.copy().is_file(),
        }
    }

    /// Makes the copy if there is none; says whether it did. Where the learner has changed nothing yet, an update of the
    /// course, or work that was done in the handed-out notebook by mistake, reaches the copy.
    pub fn start(&self) -> Result<bool> {
        let handed_out = read(&self.handed_out())?;
        if self.copy().is_file() {
            let untouched = !self.begun() && self.origin().is_file();
            if untouched && sources(&read(&self.origin())?) != sources(&handed_out) {
                self.keep()?;
                self.lay_out(handed_out)?;
            }
            return Ok(false);
        }
        self.lay_out(handed_out)?;
        Ok(true)
    }

    /// The origin comes first: a copy without one counts as work, so that an interruption in between costs nothing.
    fn lay_out(&self, handed_out: Value) -> Result<()> {
        files::write(&self.origin(), &text(&handed_out)?)?;
        files::write(&self.copy(), &text(&without_notice(handed_out))?)
    }

    /// What to tell about a copy that was not made from what is handed out now.
    pub fn note(&self) -> Result<Option<String>> {
        if !self.origin().is_file() || sources(&read(&self.origin())?) == sources(&read(&self.handed_out())?) {
            return Ok(None);
        }
        Ok(Some(format!(
            "Note: {} is not what your copy was made from: the course was updated, or you worked there by mistake. Your \
             copy is checked, and stays as it is. cargo course reset {} takes the other one, and keeps yours.",
            relative(&self.project, &self.handed_out()),
            self.number()
        )))
    }

    /// Starts anew; says where the work is kept, if there was any.
    pub fn reset(&self) -> Result<Option<PathBuf>> {
        let handed_out = read(&self.handed_out())?;
        let kept = if self.copy().is_file() {
            Some(self.keep()?)
        } else {
            None
        };
        self.lay_out(handed_out)?;
        Ok(kept)
    }

    /// Copies the work to a name that was not used before.
    fn keep(&self) -> Result<PathBuf> {
        let work = fs::read(self.copy()).with_context(|| self.shown())?;
        let folder = self.project.notebooks().join("work/kept");
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        for number in 1..100_000 {
            let path = folder.join(format!("{}.{number}.ipynb", self.stem));
            let mut file = match fs::File::create_new(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                file => file.with_context(|| path.display().to_string())?,
            };
            let written = file.write_all(&work).and_then(|()| file.sync_all());
            written.with_context(|| format!("{} cannot be written; your work is where it was", path.display()))?;
            return Ok(path);
        }
        bail!("{} is full", folder.display())
    }

    /// `saved 3 minutes ago`, or nothing where the system does not tell.
    pub fn saved(&self) -> Option<String> {
        let changed = fs::metadata(self.copy()).ok()?.modified().ok()?;
        let seconds = SystemTime::now().duration_since(changed).ok()?.as_secs();
        Some(match seconds {
            0..60 => format!("saved {seconds} s ago"),
            60..7200 => format!("saved {} min ago", seconds / 60),
            7200..172_800 => format!("saved {} hours ago", seconds / 3600),
            _ => format!("saved {} days ago", seconds / 86_400),
        })
    }
}

/// A path as one would type it in the project's folder.
pub fn relative(project: &Project, path: &Path) -> String {
    path.strip_prefix(project.root()).unwrap_or(path).display().to_string()
}

fn notebooks_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "ipynb"))
        .collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a notebook", path.display()))
}

fn text(notebook: &Value) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let indent = serde_json::ser::PrettyFormatter::with_indent(b" ");
    serde::Serialize::serialize(notebook, &mut serde_json::Serializer::with_formatter(&mut text, indent))?;
    text.push(b'\n');
    Ok(text)
}

/// Without the cell that says that one works in a copy: in the copy it would only confuse.
fn without_notice(mut notebook: Value) -> Value {
    if let Some(cells) = notebook["cells"].as_array_mut() {
        cells.retain(|cell| cell["metadata"]["gradus"]["only"] != "handed out");
    }
    notebook
}

/// What a person wrote: the kind and the text of every cell, without outputs, counts and how the lines are split.
fn sources(notebook: &Value) -> Vec<(String, String)> {
    let cells = notebook["cells"].as_array().into_iter().flatten();
    let written = cells.map(|cell| {
        let kind = cell["cell_type"].as_str().unwrap_or_default().to_string();
        (kind, cells::source(cell))
    });
    written.collect()
}

#[cfg(test)]
mod tests;
