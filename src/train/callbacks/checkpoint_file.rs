//! The file of a checkpoint: a safetensors file with the tensors of the network (`net.0.weight`), what the optimizer
//! remembers (`optimizer.first.0.weight`), the history and the callbacks' memos, and a few settings as text.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::events::{EpochEnd, Memo, RunState};
use super::resumed::Resumed;
use crate::train::learner::Learner;
use crate::train::networks::tensor_file::{self, FORMAT, NET};
use crate::train::optimizers::optimizer::Optimizer;
use crate::train::optimizers::update::{Memory, State};
use crate::train::results::history::{Epoch, History};
use crate::train::results::metric::Metric;
use crate::{Error, Result, files};

/// What a checkpoint holds.
pub(super) struct Saved {
    pub weights: Vec<Vec<f32>>,
    pub optimizer: State,
    pub seed: u64,
    pub batch_size: usize,
    pub epochs_done: usize,
    pub base_lr: f32,
    pub run: Resumed,
}

/// What identifies an optimizer: its kind and its settings, except the learning rate.
fn describe(optimizer: &Optimizer) -> String {
    let mut same = *optimizer;
    same.set_lr(0.0);
    format!("{same:?}")
}

/// Tensors on their way into a file.
#[derive(Default)]
struct Contents(Vec<(String, Dtype, Vec<usize>, Vec<u8>)>);

impl Contents {
    fn f32(&mut self, name: String, shape: Vec<usize>, values: &[f32]) {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.0.push((name, Dtype::F32, shape, bytes));
    }

    fn f64(&mut self, name: String, values: &[f64]) {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.0.push((name, Dtype::F64, vec![values.len()], bytes));
    }
}

/// Writes a checkpoint in one move.
pub(super) fn write(learner: &Learner, event: &EpochEnd, state: &RunState, path: &Path) -> Result<()> {
    let mut contents = Contents::default();
    for (info, values) in learner.layout.iter().zip(learner.net.values()?) {
        tensor_file::finite(&info.name, &values, path)?;
        contents.f32(format!("{NET}{}", info.name), info.shape.clone(), &values);
    }
    let tensors = &learner.state.tensors;
    for (info, memory) in learner.layout.iter().zip(tensors) {
        for (what, values) in [("first", &memory.first), ("second", &memory.second)] {
            contents.f32(format!("optimizer.{what}.{}", info.name), vec![values.len()], values);
        }
    }
    let steps: Vec<f64> = tensors.iter().map(|memory| f64::from(memory.steps)).collect();
    contents.f64("optimizer.steps".into(), &steps);
    let row = |e: &Epoch| [e.number as f64, e.train_loss, e.valid_loss, e.metric, e.seconds];
    let epochs: Vec<f64> = state.history.epochs().iter().flat_map(row).collect();
    contents.f64("history.epochs".into(), &epochs);
    let losses = state.history.batch_losses();
    contents.f32("history.batch_losses".into(), vec![losses.len()], losses);
    for (i, (_, memo)) in state.memos.iter().enumerate() {
        contents.f64(format!("callback.{i}.numbers"), &memo.numbers);
        for (k, values) in memo.tensors.iter().enumerate() {
            contents.f32(format!("callback.{i}.{k}"), vec![values.len()], values);
        }
    }
    let names: Vec<&str> = state.memos.iter().map(|(name, _)| name.as_str()).collect();
    let settings = [
        ("format", FORMAT.to_string()),
        ("optimizer", describe(&learner.optimizer)),
        // All digits: `{:?}` of a float is the shortest text that reads back as the same bits.
        ("base_lr", format!("{:?}", learner.optimizer.lr())),
        ("lr", format!("{:?}", event.lr)),
        ("seed", learner.seed.to_string()),
        ("batch_size", learner.batch_size.to_string()),
        ("batches", state.batches.to_string()),
        ("epochs_done", learner.epochs_done.to_string()),
        ("stopped", state.stopped.to_string()),
        ("metric", format!("{:?}", state.history.metric)),
        ("callbacks", names.join("\n")),
    ];
    let mut settings: HashMap<String, String> = settings.map(|(key, value)| (key.to_string(), value)).into();
    settings.extend(learner.known().setting());
    let mut views = Vec::new();
    for (name, dtype, shape, bytes) in &contents.0 {
        let view = TensorView::new(*dtype, shape.clone(), bytes).map_err(|e| Error::Dfdx(e.to_string()))?;
        views.push((name.as_str(), view));
    }
    let bytes = safetensors::serialize(views, &Some(settings)).map_err(|e| Error::Dfdx(e.to_string()))?;
    files::replace(path, &bytes)
}

/// Reads a checkpoint and holds it against the learner that is to go on from it.
pub(super) fn read(learner: &Learner, path: &Path) -> Result<Saved> {
    let bytes = std::fs::read(path).map_err(|source| Error::Io {
        path: path.to_path_buf(),
        source,
    })?;
    let reader = Reader::new(path, &bytes)?;
    let optimizer = describe(&learner.optimizer);
    let saved = reader.text("optimizer")?;
    if saved != optimizer {
        return Err(reader.wrong(format!("a run of {optimizer}"), format!("one of {saved}")));
    }
    let mut weights = Vec::new();
    for info in learner.layout.iter() {
        let read = tensor_file::read(&reader.file, NET, &info.name, &info.shape);
        weights.push(read.map_err(|(expected, got)| reader.wrong(expected, got))?);
    }
    let tensors = reader
        .file
        .names()
        .into_iter()
        .filter(|name| name.starts_with(NET))
        .count();
    if tensors != weights.len() {
        return Err(reader.wrong(
            format!("the {} tensors of this network", weights.len()),
            format!("{tensors}"),
        ));
    }
    Ok(Saved {
        optimizer: reader.optimizer(learner, &weights)?,
        weights,
        seed: reader.number("seed")?,
        batch_size: reader.number("batch_size")?,
        epochs_done: reader.number("epochs_done")?,
        base_lr: reader.number("base_lr")?,
        run: Resumed {
            path: path.to_path_buf(),
            lr: reader.number("lr")?,
            state: RunState {
                batches: reader.number("batches")?,
                history: reader.history(learner)?,
                memos: reader.memos()?,
                stopped: reader.number("stopped")?,
            },
        },
    })
}

/// A file that is being read.
struct Reader<'a> {
    path: &'a Path,
    file: SafeTensors<'a>,
    settings: HashMap<String, String>,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path, bytes: &'a [u8]) -> Result<Self> {
        let settings = tensor_file::settings(bytes).unwrap_or_default();
        match SafeTensors::deserialize(bytes) {
            Ok(file) if settings.get("format").is_some_and(|f| f == FORMAT) => Ok(Self { path, file, settings }),
            Ok(_) => Err(wrong(path, "a checkpoint".into(), "a file without its mark".into())),
            Err(e) => Err(wrong(
                path,
                "a complete checkpoint".into(),
                format!("{e:?} ({} bytes)", bytes.len()),
            )),
        }
    }

    fn wrong(&self, expected: String, got: String) -> Error {
        wrong(self.path, expected, got)
    }

    fn text(&self, key: &str) -> Result<&str> {
        let text = self.settings.get(key).map(String::as_str);
        text.ok_or_else(|| self.wrong(format!("the setting `{key}`"), "none of that name".into()))
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> Result<T> {
        let text = self.text(key)?;
        text.parse()
            .map_err(|_| self.wrong(format!("a value of the setting `{key}`"), format!("{text:?}")))
    }

    /// The bytes of a row of numbers.
    fn row(&self, name: &str, dtype: Dtype) -> Result<&[u8]> {
        match self.file.tensor(name) {
            Ok(tensor) if tensor.dtype() == dtype && tensor.shape().len() == 1 => Ok(tensor.data()),
            Ok(tensor) => Err(self.wrong(
                format!("`{name}` as a row of {dtype:?}"),
                format!("{:?} of shape {:?}", tensor.dtype(), tensor.shape()),
            )),
            Err(_) => Err(self.wrong(format!("`{name}`"), "none of that name".into())),
        }
    }

    fn f32(&self, name: &str) -> Result<Vec<f32>> {
        let bytes = self.row(name, Dtype::F32)?.as_chunks::<4>().0;
        Ok(bytes.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }

    fn f64(&self, name: &str) -> Result<Vec<f64>> {
        let bytes = self.row(name, Dtype::F64)?.as_chunks::<8>().0;
        Ok(bytes.iter().map(|b| f64::from_le_bytes(*b)).collect())
    }

    fn optimizer(&self, learner: &Learner, weights: &[Vec<f32>]) -> Result<State> {
        let mut state = State::default();
        let steps = self.f64("optimizer.steps")?;
        for ((info, weights), steps) in learner.layout.iter().zip(weights).zip(steps) {
            let of = |what: &str| {
                let name = format!("optimizer.{what}.{}", info.name);
                let values = self.f32(&name)?;
                if values.is_empty() || values.len() == weights.len() {
                    return Ok(values);
                }
                let got = format!("{}", values.len());
                Err(self.wrong(format!("{} numbers in `{name}`", weights.len()), got))
            };
            state.tensors.push(Memory {
                steps: steps as i32,
                first: of("first")?,
                second: of("second")?,
            });
        }
        Ok(state)
    }

    fn history(&self, learner: &Learner) -> Result<History> {
        let rows = self.f64("history.epochs")?;
        let epoch = |&[number, train_loss, valid_loss, metric, seconds]: &[f64; 5]| Epoch {
            number: number as usize,
            train_loss,
            valid_loss,
            metric,
            seconds,
        };
        Ok(History {
            epochs: rows.as_chunks().0.iter().map(epoch).collect(),
            // What a loss of one's own measures the file can only name.
            metric: match self.text("metric")? {
                "Accuracy" => Metric::ACCURACY,
                "MeanAbsoluteError" => Metric::MEAN_ABSOLUTE_ERROR,
                "Perplexity" => Metric::PERPLEXITY,
                _ => learner.metric(),
            },
            batch_losses: self.f32("history.batch_losses")?,
        })
    }

    fn memos(&self) -> Result<Vec<(String, Memo)>> {
        let names = self.text("callbacks")?.lines();
        let memo = |(i, name): (usize, &str)| {
            let mut tensors = Vec::new();
            while self.file.tensor(&format!("callback.{i}.{}", tensors.len())).is_ok() {
                tensors.push(self.f32(&format!("callback.{i}.{}", tensors.len()))?);
            }
            let numbers = self.f64(&format!("callback.{i}.numbers"))?;
            Ok((name.to_string(), Memo { numbers, tensors }))
        };
        names.enumerate().map(memo).collect()
    }
}

fn wrong(path: &Path, expected: String, got: String) -> Error {
    Error::File {
        path: path.to_path_buf(),
        expected,
        got,
        hint: "Resume with a learner that was made as the one of the interrupted run".into(),
    }
}
