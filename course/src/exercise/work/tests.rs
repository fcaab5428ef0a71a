use serde_json::json;

use super::*;

/// A project of its own with one exercise.
struct Place {
    root: PathBuf,
    exercise: Exercise,
}

impl Place {
    fn new(name: &str) -> Result<Self> {
        let root = std::env::temp_dir().join(format!("gradus-work-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        files::write(&root.join("notebooks/runtime/Cargo.toml"), b"")?;
        let project = Project::at(&root)?;
        let exercise = Exercise {
            project,
            stem: "01_tensors".into(),
        };
        let place = Self { root, exercise };
        place.hand_out("the first version")?;
        Ok(place)
    }

    /// What an update of the course does, or somebody who works in the wrong notebook.
    fn hand_out(&self, words: &str) -> Result<()> {
        let notice =
            json!({"cell_type": "markdown", "metadata": {"gradus": {"only": "handed out"}}, "source": ["notice"]});
        let task = json!({"cell_type": "code", "metadata": {}, "source": [words], "outputs": []});
        let notebook = json!({"cells": [notice, task], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
        files::write(&self.exercise.handed_out(), notebook.to_string().as_bytes())
    }

    /// What a learner does in JupyterLab: other text, outputs, other spacing of the file.
    fn work(&self, words: &str) -> Result<()> {
        let task = json!({"cell_type": "code", "metadata": {}, "source": words, "outputs": [{"text": "seen"}]});
        let notebook = json!({"cells": [task], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
        Ok(fs::write(self.exercise.copy(), notebook.to_string())?)
    }

    /// Every file that the learner may look into for their work.
    fn found(&self) -> Vec<Vec<u8>> {
        let mut paths = notebooks_in(&self.root.join("notebooks/work/kept"));
        paths.push(self.exercise.copy());
        paths.into_iter().filter_map(|path| fs::read(path).ok()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

#[test]
fn the_copy_has_no_notice_and_is_made_once() -> Result<()> {
    let place = Place::new("once")?;
    assert!(place.exercise.start()? && !place.exercise.begun());
    let copy = fs::read_to_string(place.exercise.copy())?;
    assert!(copy.contains("the first version") && !copy.contains("notice"), "{copy}");
    place.work("mine")?;
    assert!(!place.exercise.start()? && place.exercise.begun());
    assert!(fs::read_to_string(place.exercise.copy())?.contains("mine"));
    Ok(())
}

#[test]
fn an_update_reaches_a_copy_that_was_not_touched_and_no_other() -> Result<()> {
    let place = Place::new("update")?;
    place.exercise.start()?;
    place.hand_out("the second version")?;
    place.exercise.start()?;
    assert!(fs::read_to_string(place.exercise.copy())?.contains("the second version"));
    assert_eq!(place.exercise.note()?, None);
    place.work("mine")?;
    place.hand_out("the third version")?;
    place.exercise.start()?;
    assert!(fs::read_to_string(place.exercise.copy())?.contains("mine"));
    assert!(place.exercise.note()?.is_some_and(|note| note.contains("reset 01")));
    Ok(())
}

#[test]
fn running_cells_is_no_work_but_a_word_of_text_is() -> Result<()> {
    let place = Place::new("touched")?;
    place.exercise.start()?;
    place.work("the first version")?;
    assert!(!place.exercise.begun(), "only outputs");
    place.work("the first version!")?;
    assert!(place.exercise.begun());
    Ok(())
}

#[test]
fn reset_keeps_every_version_under_a_name_of_its_own() -> Result<()> {
    let place = Place::new("reset")?;
    assert_eq!(place.exercise.reset()?, None);
    let mut kept = Vec::new();
    for words in ["one", "two", "two"] {
        place.work(words)?;
        let path = place.exercise.reset()?.with_context(|| words.to_string())?;
        assert!(fs::read_to_string(&path)?.contains(words) && !kept.contains(&path));
        kept.push(path);
        assert!(!place.exercise.begun());
    }
    Ok(())
}

/// Random sequences of all that may happen. What the learner had before a command is found after it, byte for byte.
#[test]
fn no_sequence_of_commands_updates_and_interruptions_loses_work() -> Result<()> {
    let place = Place::new("sequences")?;
    let mut state = 1_u64;
    let mut kept: std::collections::BTreeMap<PathBuf, Vec<u8>> = Default::default();
    for step in 0..600 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let before = fs::read(place.exercise.copy()).ok();
        match state >> 33 & 7 {
            0 | 1 => drop(place.exercise.start()?),
            2 => drop(place.exercise.reset()?),
            3 => place.hand_out(&format!("version {step}"))?,
            4 if before.is_some() => {
                place.work(&format!("work {step}"))?;
                continue;
            }
            // Interrupted between the two files that `lay_out` writes, or in the middle of one.
            5 => drop(fs::remove_file(place.exercise.origin())),
            6 => files::write(
                &place.exercise.copy().with_extension("ipynb.99.part"),
                b"half of a notebo",
            )?,
            _ => drop(place.exercise.note()?),
        }
        let found = place.found();
        let lost = before.filter(|text| String::from_utf8_lossy(text).contains("work ") && !found.contains(text));
        assert_eq!(lost, None, "step {step}");
        for (path, text) in &kept {
            assert_eq!(
                fs::read(path).ok().as_ref(),
                Some(text),
                "step {step}: {}",
                path.display()
            );
        }
        for path in notebooks_in(&place.root.join("notebooks/work/kept")) {
            kept.entry(path.clone()).or_insert(fs::read(path)?);
        }
    }
    assert!(kept.len() > 20, "the test resets often");
    Ok(())
}

/// A notebook that cannot be read (cut short by a full disk, say) is neither replaced nor run; reset keeps it.
#[test]
fn a_broken_copy_stays() -> Result<()> {
    let place = Place::new("broken")?;
    place.exercise.start()?;
    fs::write(place.exercise.copy(), "{\"cells\": [")?;
    place.hand_out("the second version")?;
    assert!(place.exercise.begun());
    place.exercise.start()?;
    assert_eq!(fs::read_to_string(place.exercise.copy())?, "{\"cells\": [");
    let kept = place.exercise.reset()?.context("kept")?;
    assert_eq!(fs::read_to_string(kept)?, "{\"cells\": [");
    Ok(())
}
