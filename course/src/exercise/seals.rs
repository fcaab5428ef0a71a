//! The words by which a verdict of the true grader is known: `gradus_graders::kit::take_seals` says how, and what this
//! does not keep off.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::plan::Step;
use crate::kernel::gate::shown_text;
use crate::kernel::{Kernel, Outcome};
use crate::process::token;
use crate::project::Project;

/// The words of one run of a notebook, one for each task.
pub struct Seals {
    words: BTreeMap<String, String>,
    /// How the notebook wants the crate compiled: `features = ["cuda"]`.
    features: String,
}

impl Seals {
    /// Fresh words for the tasks of a plan.
    pub fn new(plan: &[Step]) -> Self {
        let tasks = plan.iter().filter_map(|step| step.task.clone());
        Self {
            words: tasks.map(|task| (task, token())).collect(),
            features: features(plan),
        }
    }

    /// Hands them to the graders in a kernel that has run nothing yet.
    pub async fn hand_over(&self, kernel: &mut Kernel, project: &Project, limit: Duration) -> Result<()> {
        let path = project.state("seals").join(token());
        let lines: String = self
            .words
            .iter()
            .map(|(task, word)| format!("{task} {word}\n"))
            .collect();
        write(&path, &lines).with_context(|| format!("{} cannot be written", path.display()))?;
        let runtime = serde_json::to_string(&project.notebooks().join("runtime"))?;
        let file = path.display().to_string();
        let features = &self.features;
        let cell = format!(
            ":dep gradus = {{ path = {runtime}, package = \"gradus-notebook\"{features} }}\n\
             assert!(::gradus::exercise::kit::take_seals({file:?}).is_ok());"
        );
        let ran = kernel.execute(&cell, limit, false).await;
        let taken = !path.exists();
        let _ = std::fs::remove_file(&path);
        if ran.outcome != Outcome::Ok || !taken {
            bail!(
                "the graders do not answer ({:?}):\n{}",
                ran.outcome,
                shown_text(&ran.outputs)
            );
        }
        Ok(())
    }

    /// The word of a task.
    #[cfg(test)]
    pub fn word(&self, task: &str) -> Option<&str> {
        self.words.get(task).map(String::as_str)
    }

    /// Whether this is the word of the task.
    pub fn fits(&self, task: &str, word: Option<&str>) -> bool {
        word.is_some() && self.words.get(task).map(String::as_str) == word
    }
}

/// What the notebook's own line `:dep gradus = { ... }` says of features. The graders that get the words must be those of
/// the same library, and with other features it is another one.
fn features(plan: &[Step]) -> String {
    let lines = plan.iter().flat_map(|step| step.source.lines());
    let mut named = lines.filter(|line| line.trim_start().starts_with(":dep gradus"));
    let list = named.find_map(|line| line.split_once("features")?.1.split_once('[')?.1.split_once(']'));
    let is_name = |c: char| c.is_alphanumeric() || "-_".contains(c);
    let names = list.map_or("", |(list, _)| list).split(',');
    let names: Vec<_> = names
        .filter_map(|name| name.trim().strip_prefix('"')?.strip_suffix('"'))
        .filter(|name| !name.is_empty() && name.chars().all(is_name))
        .map(|name| format!("\"{name}\""))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!(", features = [{}]", names.join(", "))
}

/// For this user only, for the moment that it is there.
fn write(path: &PathBuf, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_fits_its_own_task_and_its_own_run_only() {
        let step = |id: &str| Step {
            source: String::new(),
            task: Some(id.into()),
        };
        let plan = [step("01.1"), step("01.2"), step("01.1")];
        let (seals, other) = (Seals::new(&plan), Seals::new(&plan));
        let word = |seals: &Seals, task: &str| seals.word(task).unwrap_or_default().to_string();
        assert!(seals.fits("01.1", Some(&word(&seals, "01.1"))));
        for wrong in [word(&seals, "01.2"), word(&other, "01.1"), String::new()] {
            assert!(!seals.fits("01.1", Some(&wrong)), "{wrong}");
        }
        assert!(!seals.fits("01.1", None) && !seals.fits("01.3", Some("")) && !seals.fits("01.3", None));
    }

    #[test]
    fn the_graders_are_those_of_the_library_that_the_notebook_uses() {
        let of = |source: &str| {
            features(&[Step {
                source: source.into(),
                task: None,
            }])
        };
        let plain = ":dep gradus = { path = \"../runtime\", package = \"gradus-notebook\" }\nuse gradus::prelude::*;";
        assert_eq!(of(plain), "");
        let gpu = ":dep gradus = { path = \"../runtime\", package = \"gradus-notebook\", features = [\"cuda\"] }";
        assert_eq!(of(gpu), ", features = [\"cuda\"]");
        assert_eq!(
            of(":dep gradus = { features = [\"a\" , \"b c\", \"d}\"] }"),
            ", features = [\"a\"]"
        );
    }
}
