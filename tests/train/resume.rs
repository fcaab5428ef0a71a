//! Checkpoints: a run that is killed and taken up again is the run that was not killed; what does not fit is refused and
//! what stood there survives.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use gradus::prelude::*;
use gradus_tests::test_name;

/// All that could tell two runs apart: dropout, running statistics, sums over a batch.
type Net = (
    (Conv2D<1, 4, 3, 1, 1>, BatchNorm2D<4>, ReLU, MaxPool2D<2>),
    Flatten<64>,
    (Linear<64, 32>, ReLU),
    DropoutOneIn<4>,
    Linear<32, 3>,
);

const EPOCHS: usize = 4;

/// Stripes of three directions, with noise.
fn stripes(n: usize) -> gradus::Result<Dataset> {
    let mut pixels = Vec::new();
    for i in 0..n {
        for (y, x) in (0..8).flat_map(|y| (0..8).map(move |x| (y, x))) {
            let bright = ([x, y, x + y][i % 3] + i / 3) % 4 < 2;
            let noise = (i * 7919 + y * 104_729 + x * 1_299_709) % 120;
            pixels.push(if bright { 130 + noise as u8 } else { noise as u8 });
        }
    }
    Dataset::from_pixels(pixels, [1, 8, 8], (0..n).map(|i| i % 3).collect(), &["|", "-", "/"])
}

/// Adds numbers that depend on the seed of the batch.
struct Shake;

impl BatchTransform for Shake {
    fn transform(&self, mut batch: Batch, info: &BatchInfo) -> gradus::Result<Batch> {
        for (i, x) in batch.inputs.iter_mut().enumerate() {
            *x += 0.1 * ((info.seed.wrapping_mul(i as u64 * 2 + 1) >> 40) as f32 / (1 << 24) as f32 - 0.5);
        }
        Ok(batch)
    }
}

/// Kills the run (as far as a test can) before a batch.
struct KillBefore(usize);

impl Callback for KillBefore {
    fn batch_end(&mut self, _: &mut Learner, event: &BatchEnd) -> gradus::Result<Control> {
        if event.step + 1 == self.0 {
            return Err(Error::Plot("killed".into()));
        }
        Ok(Control::Continue)
    }
}

#[derive(Clone, Copy, Debug)]
struct Case {
    optimizer: Optimizer,
    schedule: fn() -> Schedule,
    /// Early stopping: no epoch is enough of an improvement after the first, and the third ends the run.
    stops: bool,
    gather: usize,
}

fn cases() -> [Case; 4] {
    let adam = Adam {
        lr: 0.01,
        ..Adam::default()
    };
    let sgd = Sgd {
        lr: 0.05,
        momentum: 0.9,
        ..Sgd::default()
    };
    let case = |optimizer, schedule| Case {
        optimizer,
        schedule,
        stops: false,
        gather: 1,
    };
    [
        case(adam.into(), || Schedule::OneCycle(OneCycle { max_lr: 0.03, steps: 0 })),
        case(sgd.into(), || Schedule::Cosine { end: 0.0 }.warmup(1.5)),
        Case {
            gather: 2,
            ..case(RmsProp::default().into(), || Schedule::Constant)
        },
        Case {
            stops: true,
            ..case(adam.into(), || Schedule::Constant)
        },
    ]
}

fn learner(case: Case, folder: &Path) -> gradus::Result<Learner> {
    let mut learner = Learner::classifier::<Net>(&device(3)?, case.optimizer)?;
    learner.quiet().set_batch_size(12).set_seed(5);
    learner.accumulate(case.gather).clip_norm(2.0).add_transform(Shake);
    let least = if case.stops { 1e6 } else { 0.0 };
    learner
        .add(EarlyStopping::new(2).min_delta(least))
        .add(Checkpoint::new(folder));
    learner.add(CsvLog::new(folder.join("log.csv")));
    Ok(learner)
}

/// The bits of all numbers of a run and of what it leaves behind, except its wall times.
#[derive(Debug, PartialEq)]
struct Numbers {
    batch_losses: Vec<u32>,
    epochs: Vec<[u64; 4]>,
    weights: Vec<u8>,
    best: Vec<u8>,
    log: Vec<String>,
    later: Vec<u32>,
}

fn numbers(mut learner: Learner, history: &History, folder: &Path) -> gradus::Result<Numbers> {
    let bits = |losses: &[f32]| losses.iter().map(|l| l.to_bits()).collect();
    let file = |name: &str| std::fs::read(folder.join(name)).expect(name);
    learner.save(folder.join("net.safetensors"))?;
    let log = std::fs::read_to_string(folder.join("log.csv")).expect("log");
    let best = file("best.safetensors");
    let row = |e: &gradus::train::Epoch| {
        let [a, b, c] = [e.train_loss, e.valid_loss, e.metric].map(f64::to_bits);
        [e.number as u64, a, b, c]
    };
    Ok(Numbers {
        batch_losses: bits(history.batch_losses()),
        epochs: history.epochs().iter().map(row).collect(),
        weights: file("net.safetensors"),
        best,
        log: log
            .lines()
            .map(|line| line.rsplit_once(',').expect("columns").0.into())
            .collect(),
        // The run after it, too: the optimizer's memory and the random numbers.
        later: bits(
            learner
                .clear_callbacks()
                .fit(&stripes(50)?, &stripes(21)?, 1)?
                .batch_losses(),
        ),
    })
}

#[test]
fn a_run_killed_anywhere_and_resumed_is_the_unbroken_run() -> gradus::Result<()> {
    let (train, valid) = (stripes(50)?, stripes(21)?);
    for case in cases() {
        let folder = tempfile::tempdir().expect("folder");
        let mut whole = learner(case, folder.path())?;
        let history = whole.fit_schedule(&train, &valid, EPOCHS, (case.schedule)())?;
        let batches = 5;
        assert_eq!(history.batch_losses().len(), history.epochs().len() * batches);
        let epochs = if case.stops { 3 } else { EPOCHS };
        assert_eq!(history.epochs().len(), epochs, "{case:?}\n{history}");
        let expected = numbers(whole, &history, folder.path())?;
        // After the first batch of each epoch that is left, and in the middle of one.
        let done = history.epochs().len();
        for kill in (1..done).map(|epoch| epoch * batches + 1).chain([batches + 3]) {
            let folder = tempfile::tempdir().expect("folder");
            let mut killed = learner(case, folder.path())?;
            killed.add(KillBefore(kill));
            let error = killed
                .fit_schedule(&train, &valid, EPOCHS, (case.schedule)())
                .unwrap_err();
            assert_eq!(error.to_string(), "plot: killed");
            drop(killed);

            let mut resumed = learner(case, folder.path())?;
            // What the program sets is overruled by the checkpoint, where it matters.
            resumed.set_seed(77).set_batch_size(4).set_lr(0.5);
            assert_eq!(resumed.resume(folder.path())?, (kill - 1) / batches);
            let history = resumed.fit_schedule(&train, &valid, EPOCHS, (case.schedule)())?;
            assert!(
                numbers(resumed, &history, folder.path())? == expected,
                "{case:?}, killed before batch {kill}"
            );
        }
    }
    Ok(())
}

/// A run that was over is over: nothing is trained, and early stopping restores its best again.
#[test]
fn a_finished_run_is_not_trained_again() -> gradus::Result<()> {
    let (train, valid) = (stripes(50)?, stripes(21)?);
    for case in cases() {
        let folder = tempfile::tempdir().expect("folder");
        let mut first = learner(case, folder.path())?;
        let history = first.fit_schedule(&train, &valid, EPOCHS, (case.schedule)())?;
        let mut second = learner(case, folder.path())?;
        second.add(KillBefore(1));
        assert_eq!(second.resume(folder.path())?, history.epochs().len());
        assert_eq!(second.fit_schedule(&train, &valid, EPOCHS, (case.schedule)())?, history);
        assert_eq!(first.evaluate(&valid)?, second.evaluate(&valid)?);
    }
    Ok(())
}

/// The same in another process that is really killed, at moments that nobody has chosen.
#[test]
fn a_killed_process_leaves_a_checkpoint_that_can_be_resumed() -> gradus::Result<()> {
    if let Some(folder) = std::env::var_os("GRADUS_TEST_CHECKPOINTS") {
        return train_forever(Path::new(&folder));
    }
    let folder = tempfile::tempdir().expect("folder");
    let last = folder.path().join("last.safetensors");
    let test = test_name(
        module_path!(),
        "a_killed_process_leaves_a_checkpoint_that_can_be_resumed",
    );
    let mut done = 0;
    for round in 0..4 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", &test])
            .env("GRADUS_TEST_CHECKPOINTS", folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("the test once more");
        while !last.exists() {
            assert!(child.try_wait().expect("child").is_none(), "it ended by itself");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(150 + 37 * round));
        child.kill().expect("kill");
        child.wait().expect("wait");
        let mut learner = learner(cases()[0], folder.path())?;
        let epochs = learner.resume(folder.path())?;
        assert!(epochs >= done.max(1), "{epochs} epochs, {done} before");
        done = epochs;
        learner.load(folder.path().join("best.safetensors"))?;
    }
    // And it is still the run that it would have been.
    let (train, valid) = (stripes(50)?, stripes(21)?);
    let elsewhere = tempfile::tempdir().expect("folder");
    let mut unbroken = endless(elsewhere.path())?;
    let expected = unbroken.fit(&train, &valid, done + 1)?;
    let mut resumed = endless(folder.path())?;
    resumed.resume(folder.path())?;
    let history = resumed.fit(&train, &valid, done + 1)?;
    assert!(history.batch_losses() == expected.batch_losses(), "after {done} epochs");
    Ok(())
}

fn endless(folder: &Path) -> gradus::Result<Learner> {
    let mut learner = learner(cases()[0], folder)?;
    learner.clear_callbacks().add(Checkpoint::new(folder));
    Ok(learner)
}

fn train_forever(folder: &Path) -> gradus::Result<()> {
    let mut learner = endless(folder)?;
    if folder.join("last.safetensors").exists() {
        learner.resume(folder)?;
    }
    learner.fit(&stripes(50)?, &stripes(21)?, 1_000_000).map(drop)
}

/// A folder with a checkpoint after two epochs.
fn two_epochs() -> gradus::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir().expect("folder");
    let mut learner = learner(cases()[0], folder.path())?;
    learner.clear_callbacks().add(Checkpoint::new(folder.path()));
    learner.fit(&stripes(50)?, &stripes(21)?, 2)?;
    Ok(folder)
}

/// Whether the learner trains as a fresh one.
fn assert_untouched(learner: &mut Learner) -> gradus::Result<()> {
    let elsewhere = tempfile::tempdir().expect("folder");
    let fit = |learner: &mut Learner| learner.clear_callbacks().fit(&stripes(50)?, &stripes(21)?, 1);
    let expected = fit(&mut self::learner(cases()[0], elsewhere.path())?)?;
    assert_eq!(fit(learner)?.batch_losses(), expected.batch_losses());
    Ok(())
}

#[test]
fn a_checkpoint_cut_short_is_refused() -> gradus::Result<()> {
    let folder = two_epochs()?;
    let path = folder.path().join("last.safetensors");
    let bytes = std::fs::read(&path).expect("checkpoint");
    let mut learner = learner(cases()[0], folder.path())?;
    let lengths = (0..bytes.len()).step_by(997).chain([0, 1, 7, 8, 9, bytes.len() - 1]);
    for length in lengths {
        std::fs::write(&path, &bytes[..length]).expect("write");
        let error = learner.resume(folder.path()).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{length} bytes: {error}");
        assert!(
            error.to_string().contains("expected a complete checkpoint"),
            "{length} bytes: {error}"
        );
    }
    // Weights alone are no checkpoint.
    std::fs::copy(folder.path().join("best.safetensors"), &path).expect("copy");
    let error = learner.resume(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("expected a checkpoint, got a file without its mark"),
        "{error}"
    );
    std::fs::remove_file(&path).expect("remove");
    assert!(matches!(learner.resume(folder.path()).unwrap_err(), Error::Io { .. }));
    assert_untouched(&mut learner)
}

#[test]
fn a_checkpoint_of_another_run_is_refused() -> gradus::Result<()> {
    let folder = two_epochs()?;
    let path = folder.path().join("last.safetensors");
    let refused = |mut other: Learner| other.resume(folder.path()).unwrap_err().to_string();
    let adam = cases()[0].optimizer;
    type Wider = (
        (Conv2D<1, 4, 3, 1, 1>, BatchNorm2D<4>, ReLU, MaxPool2D<2>),
        Flatten<64>,
        (Linear<64, 33>, ReLU),
        DropoutOneIn<4>,
        Linear<33, 3>,
    );
    let start = format!("{}: expected ", path.display());
    let hint = "Resume with a learner that was made as the one of the interrupted run";
    assert_eq!(
        refused(Learner::classifier::<Wider>(&device(0)?, adam)?),
        format!("{start}tensor `2.0.weight` of shape [33, 64], got F32 of shape [32, 64]. {hint}")
    );
    type Shorter = (
        (Conv2D<1, 4, 3, 1, 1>, BatchNorm2D<4>, ReLU, MaxPool2D<2>),
        Flatten<64>,
        (Linear<64, 32>, ReLU),
    );
    assert_eq!(
        refused(Learner::classifier::<Shorter>(&device(0)?, adam)?),
        format!("{start}the 8 tensors of this network, got 10. {hint}")
    );
    let other = refused(Learner::classifier::<Net>(&device(0)?, Sgd::default())?);
    assert!(other.starts_with(&format!("{start}a run of Sgd(Sgd")), "{other}");
    let other = refused(Learner::classifier::<Net>(
        &device(0)?,
        Adam {
            weight_decay: 0.1,
            ..Adam::default()
        },
    )?);
    assert!(
        other.contains("weight_decay: 0.1") && other.contains("got one of Adam"),
        "{other}"
    );

    // The run must be the same, and a mistake can be corrected.
    let mut learner = learner(cases()[0], folder.path())?;
    learner.resume(folder.path())?;
    let (train, valid) = (stripes(50)?, stripes(21)?);
    let wrong = |learner: &mut Learner, train: &Dataset, epochs, schedule| {
        let error = learner
            .fit_schedule(train, &valid, epochs, schedule)
            .unwrap_err()
            .to_string();
        error.split_once(": expected ").expect("expected").1.to_string()
    };
    assert_eq!(
        wrong(&mut learner, &train, 1, Schedule::Constant),
        "at least the 2 epochs that were done, got 1"
    );
    assert_eq!(
        wrong(&mut learner, &valid, 4, Schedule::Constant),
        "5 batches per epoch, got 2"
    );
    let halved = Schedule::Exponential { gamma: 0.5 };
    assert_eq!(
        wrong(&mut learner, &train, 4, halved),
        "a learning rate of 0.01 in the last step that was done, got a schedule that has 0.005 there"
    );
    assert_eq!(learner.fit(&train, &valid, 3)?.epochs().len(), 3);
    Ok(())
}

/// A checkpoint that cannot be written leaves the one before it as it was.
#[cfg(unix)]
#[test]
fn the_older_checkpoint_survives_a_full_disk() -> gradus::Result<()> {
    let folder = two_epochs()?;
    let path = folder.path().join("last.safetensors");
    let before = std::fs::read(&path).expect("checkpoint");
    // The remains of a file that was never completed are no obstacle either.
    let partial = folder.path().join("last.safetensors.part");
    std::os::unix::fs::symlink("/dev/full", &partial).expect("link");
    let mut learner = learner(cases()[0], folder.path())?;
    learner.resume(folder.path())?;
    let error = learner.fit(&stripes(50)?, &stripes(21)?, 3).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(std::fs::read(&path).expect("checkpoint"), before);
    let mut again = self::learner(cases()[0], folder.path())?;
    again.resume(folder.path())?;
    assert_eq!(again.fit(&stripes(50)?, &stripes(21)?, 3)?.epochs().len(), 3);
    Ok(())
}

#[test]
fn weights_are_read_from_a_checkpoint_too() -> gradus::Result<()> {
    let folder = two_epochs()?;
    let valid = stripes(21)?;
    let mut resumed = learner(cases()[0], folder.path())?;
    resumed.resume(folder.path())?;
    let mut loaded = learner(cases()[0], folder.path())?;
    loaded.load(folder.path().join("last.safetensors"))?;
    assert_eq!(resumed.evaluate(&valid)?, loaded.evaluate(&valid)?);
    // A new run, not the rest of the old one.
    assert_eq!(loaded.fit(&stripes(50)?, &valid, 1)?.epochs().len(), 1);
    Ok(())
}
