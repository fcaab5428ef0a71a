//! Event files: what a run writes is what TensorBoard reads.
//!
//! The bytes of single records are held against TensorBoard's own in `src/train/tensorboard`. This test walks over the
//! records of whole files, and, where the variable `GRADUS_PYTHON` names a Python that has the package `tensorboard`, lets
//! TensorBoard itself read them (`tests/train/event_files.py`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use gradus::prelude::*;
use gradus_tests::path;

type Net = (Linear<2, 8>, BatchNorm1D<8>, ReLU, Linear<8, 2>);

/// Two runs after each other, then a third that is killed and resumed: what TensorBoard should show of all of them.
fn write_runs(folder: &Path) -> gradus::Result<String> {
    let data = data::moons(50, 0.1, 0)?;
    let runs = folder.join("runs");
    let mut learner = Learner::classifier::<Net>(&device(0)?, Adam::default())?;
    learner
        .quiet()
        .set_batch_size(20)
        .clip_norm(1.0)
        .add(TensorBoard::new(&runs));
    let first = learner.fit(&data, &data, 2)?;
    let schedule = Schedule::Cosine { end: 0.0 };
    learner.add(Checkpoint::new(folder.join("checkpoints")));
    let mut lost = learner.copy()?;
    lost.add(TensorBoard::new(&runs))
        .add(Checkpoint::new(folder.join("checkpoints")));
    lost.add(FailAfter(1));
    assert!(lost.fit_schedule(&data, &data, 3, schedule.clone()).is_err());
    learner.resume(folder.join("checkpoints"))?;
    let second = learner.fit_schedule(&data, &data, 3, schedule.clone())?;

    let mut expected = String::new();
    let mut line = |tag: &str, step: usize, value: f64| writeln!(expected, "{tag},{step},{value}").expect("a string");
    let losses = first.batch_losses().iter().chain(second.batch_losses());
    let rates = [Schedule::Constant.rates(1e-3, 2, 3), schedule.rates(1e-3, 3, 3)].concat();
    for (step, (loss, rate)) in losses.zip(&rates).enumerate() {
        line("batch/loss", step, f64::from(*loss));
        line("batch/learning rate", step, f64::from(*rate));
    }
    for (i, e) in first.epochs().iter().chain(second.epochs()).enumerate() {
        line("epoch/training loss", i + 1, e.train_loss);
        line("epoch/validation loss", i + 1, e.valid_loss);
        line("epoch/accuracy", i + 1, e.metric);
    }
    Ok(expected)
}

/// Kills a run after an epoch.
struct FailAfter(usize);

impl Callback for FailAfter {
    fn batch_end(&mut self, _: &mut Learner, event: &BatchEnd) -> gradus::Result<Control> {
        match event.epoch > self.0 {
            true => Err(Error::Plot("killed".into())),
            false => Ok(Control::Continue),
        }
    }
}

/// The data of all records of a file. Checksums are left to the other checks.
fn records(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut all, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().expect("8 bytes")) as usize;
        all.push(&rest[12..12 + length]);
        rest = &rest[16 + length..];
    }
    all
}

#[test]
fn a_run_writes_whole_records_into_a_file_of_its_own() -> gradus::Result<()> {
    let folder = tempfile::tempdir().expect("folder");
    write_runs(folder.path())?;
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder.path().join("runs")).expect("runs") {
        let path = entry.expect("entry").path();
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        assert!(name.starts_with("events.out.tfevents."), "{name}");
        files.insert(name, std::fs::read(path).expect("file"));
    }
    // A version, then a record per batch and two per epoch (numbers, histograms). The killed one had a batch more.
    let counts: Vec<usize> = files.values().map(|bytes| records(bytes).len()).collect();
    assert_eq!(
        counts,
        [1 + 2 * (3 + 2), 1 + (3 + 2) + 1, 1 + 2 * (3 + 2)],
        "{:?}",
        files.keys()
    );
    for bytes in files.values() {
        assert!(records(bytes)[0].ends_with(b"brain.Event:2"));
    }
    let text = |needle: &[u8]| {
        files
            .values()
            .any(|bytes| bytes.windows(needle.len()).any(|w| w == needle))
    };
    assert!(text(b"batch/gradient norm") && text(b"1.running_mean") && !text(b"2.weight"));
    Ok(())
}

#[test]
fn histograms_can_be_left_out_and_errors_name_the_folder() -> gradus::Result<()> {
    let folder = tempfile::tempdir().expect("folder");
    let data = data::moons(50, 0.1, 0)?;
    let mut learner = Learner::classifier::<Net>(&device(0)?, Adam::default())?;
    learner
        .quiet()
        .add(TensorBoard::new(folder.path()).without_histograms());
    learner.fit(&data, &data, 1)?;
    let file = std::fs::read_dir(folder.path())
        .expect("folder")
        .next()
        .expect("a file")
        .expect("entry");
    assert_eq!(records(&std::fs::read(file.path()).expect("file")).len(), 1 + 1 + 1);
    let error = learner
        .add(TensorBoard::new(file.path()))
        .fit(&data, &data, 1)
        .unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    Ok(())
}

#[test]
fn tensorboard_reads_what_a_run_wrote() -> gradus::Result<()> {
    let Some(python) = std::env::var_os("GRADUS_PYTHON") else {
        println!("not checked: GRADUS_PYTHON names no Python with the package tensorboard");
        return Ok(());
    };
    let folder = tempfile::tempdir().expect("folder");
    let mut expected = write_runs(folder.path())?;
    let runs = folder.path().join("runs");
    // The norms are known to the run alone; they are there, one per batch.
    let norm = |step: &str| format!("batch/gradient norm,{step},");
    let script = path("train/event_files.py");
    for step in 0..15 {
        expected += &format!("{}?\n", norm(&step.to_string()));
    }
    std::fs::write(runs.join("expected.csv"), expected).expect("write");
    let output = Command::new(python).arg(script).arg(&runs).output().expect("python");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{err}");
    assert_eq!(out.trim(), "60 scalars, 8 histograms");
    Ok(())
}
