//! Sets of sequences: token ids, and rows of numbers, each as long as it is.

use std::sync::Arc;

use super::batch::PAD;
use super::build::check_labels;
use super::lists::{EXACT, as_many, asked, below, ids, refused, rows, values};
use super::ragged::Ragged;
use super::set::Dataset;
use super::store::{Inputs, TargetStore};
use crate::Result;

impl Dataset {
    /// Sequences of token ids, each as long as it is, with a class each: `labels[i]` is an index into `class_names`.
    ///
    /// Ids begin at 1: 0 is [`PAD`], which fills short sequences up. Begin the network with
    /// [`PaddedEmbedding`](crate::nn::builders::PaddedEmbedding), which finds the lengths by it. Taught in notebook 14.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let names = Dataset::from_sequences(&[vec![3, 1, 2], vec![4]], vec![0, 1], &["long", "short"])?;
    /// let batch = names.batch(&[1, 0])?;
    /// assert_eq!(batch.inputs, [4.0, 0.0, 0.0, 3.0, 1.0, 2.0]);
    /// assert_eq!(batch.sample_shape, [3]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) where a sequence is empty, has an id 0 or one of 2^24 or more, where there are not as many labels
    /// as sequences, or where a label names no class.
    pub fn from_sequences<S: AsRef<[usize]>>(
        sequences: &[S],
        labels: Vec<usize>,
        class_names: &[&str],
    ) -> Result<Self> {
        let tokens = ids("sequence", sequences.iter().map(AsRef::as_ref))?;
        as_many("labels", labels.len(), tokens.len())?;
        check_labels(&labels, class_names.len())?;
        Ok(of_tokens(vec![tokens], TargetStore::Classes(labels), class_names))
    }

    /// Sequences of token ids, each as long as it is, with `target_dim` values each: `targets` is `(N, target_dim)`, row
    /// after row.
    ///
    /// # Errors
    /// As [`Dataset::from_sequences`]; [`Error::NotFinite`](crate::Error::NotFinite) where a target is NaN or infinite.
    pub fn sequence_regression<S: AsRef<[usize]>>(
        sequences: &[S],
        targets: Vec<f32>,
        target_dim: usize,
    ) -> Result<Self> {
        let tokens = ids("sequence", sequences.iter().map(AsRef::as_ref))?;
        let targets = values(targets, target_dim, tokens.len())?;
        Ok(of_tokens(vec![tokens], targets, &[]))
    }

    /// Sequences of rows of `width` numbers, each as long as it is, with a class each: `sequences[i]` is `(T, width)`, row
    /// after row. What a sensor measured until it was switched off.
    ///
    /// Batches are filled up with NaN, which no number of a set is. Begin the network with
    /// [`PaddedSteps`](crate::nn::PaddedSteps), which finds the lengths by it. Normalization has a mean and a standard
    /// deviation for each of the `width` numbers. Taught in notebook 14.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) where `width` is 0, where a sequence is empty or no multiple of it, where there are not as many
    /// labels as sequences, or where a label names no class; [`Error::NotFinite`](crate::Error::NotFinite) where a number is NaN or infinite.
    pub fn series<S: AsRef<[f32]>>(
        sequences: &[S],
        width: usize,
        labels: Vec<usize>,
        class_names: &[&str],
    ) -> Result<Self> {
        let lists = rows(sequences.iter().map(AsRef::as_ref), width)?;
        as_many("labels", labels.len(), lists.len())?;
        check_labels(&labels, class_names.len())?;
        Ok(of_rows(lists, width, TargetStore::Classes(labels), class_names))
    }

    /// [`Dataset::series`] with `target_dim` values each: `targets` is `(N, target_dim)`, row after row.
    ///
    /// # Errors
    /// As [`Dataset::series`].
    pub fn series_regression<S: AsRef<[f32]>>(
        sequences: &[S],
        width: usize,
        targets: Vec<f32>,
        target_dim: usize,
    ) -> Result<Self> {
        let lists = rows(sequences.iter().map(AsRef::as_ref), width)?;
        let targets = values(targets, target_dim, lists.len())?;
        Ok(of_rows(lists, width, targets, &[]))
    }

    /// Sequences of token ids with a class for every step: `targets[i]` is as long as `sequences[i]`, each an index into
    /// `class_names`, or [`IGNORE`](crate::data::IGNORE) where nothing is asked.
    ///
    /// # Errors
    /// As [`Dataset::from_sequences`]; [`Error::Argument`](crate::Error::Argument) where a sequence has not one target per step.
    pub fn tagged<S: AsRef<[usize]>, T: AsRef<[usize]>>(
        sequences: &[S],
        targets: &[T],
        class_names: &[&str],
    ) -> Result<Self> {
        let tokens = ids("sequence", sequences.iter().map(AsRef::as_ref))?;
        as_many("lists of targets", targets.len(), tokens.len())?;
        for (i, targets) in targets.iter().enumerate() {
            let what = format!("targets of sequence {i}");
            as_many(&what, targets.as_ref().len(), tokens.length(i))?;
        }
        let steps = asked(targets.iter().map(AsRef::as_ref), class_names.len())?;
        Ok(of_tokens(vec![tokens], TargetStore::Steps(steps), class_names))
    }

    /// A language model's set out of sentences: of each sequence `x`, all but its last id go in, and for every step the id
    /// that follows is asked, `x[t]` to `x[t + 1]`. `vocabulary` is the number of ids.
    ///
    /// Whoever wants beginnings and ends predicted writes ids for them around each sequence. Taught in notebook 14.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) where a sequence has fewer than two ids, an id 0, or one that is not below `vocabulary`.
    pub fn next_tokens<S: AsRef<[usize]>>(sequences: &[S], vocabulary: usize) -> Result<Self> {
        let lists = || sequences.iter().map(AsRef::as_ref);
        if let Some((i, list)) = lists().enumerate().find(|(_, list)| list.len() < 2) {
            let expected = "at least two ids: one that goes in and one that is asked".into();
            return Err(refused(format!("sequence {i}"), expected, list.len().to_string()));
        }
        let all = ids("sequence", lists())?;
        below(&all, "sequence", vocabulary)?;
        let tokens = Ragged::of((0..all.len()).map(|i| &all.get(i)[..all.length(i) - 1]));
        let next = Ragged::of((0..all.len()).map(|i| &all.get(i)[1..]));
        Ok(of_classes(vec![tokens], next, vocabulary))
    }

    /// A language model's set out of one long text: windows of `steps` ids side by side, and for every step of a window the
    /// id that follows. What is left at the end is not used. `vocabulary` is the number of ids; here 0 may be one of them,
    /// since nothing is filled up: begin the network with [`Embedding`](crate::nn::builders::Embedding).
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let text = Dataset::windows(&[0, 1, 2, 3, 4, 5, 6], 3, 7)?;
    /// let batch = text.batch(&[0, 1])?;
    /// assert_eq!(batch.inputs, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    /// let next = vec![1, 2, 3, 4, 5, 6];
    /// assert_eq!(batch.targets, data::Targets::Steps { classes: next, steps: 3 });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Split the text before it is cut, not the windows: the validation set is then another part of the text. Taught in
    /// notebook 15.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) where `steps` is 0, where the text has no more than `steps` ids, or where an id is not below
    /// `vocabulary`.
    pub fn windows(ids: &[usize], steps: usize, vocabulary: usize) -> Result<Self> {
        Self::windows_every(ids, steps, steps, vocabulary)
    }

    /// [`Dataset::windows`] that begin every `stride` ids. With a stride below `steps` they overlap, and an epoch sees each
    /// id more than once. The ids are kept once, however many windows there are.
    ///
    /// # Errors
    /// As [`Dataset::windows`]; where `stride` is 0.
    pub fn windows_every(ids: &[usize], steps: usize, stride: usize, vocabulary: usize) -> Result<Self> {
        if steps == 0 || stride == 0 {
            let got = format!("steps = {steps}, stride = {stride}");
            return Err(refused("windows of a text".into(), "at least 1 of both".into(), got));
        }
        if ids.len() <= steps {
            let expected = format!("more than {steps} ids: a window, and the id that follows it");
            return Err(refused(
                format!("text for windows of {steps} steps"),
                expected,
                ids.len().to_string(),
            ));
        }
        if let Some((at, id)) = ids.iter().enumerate().find(|(_, id)| **id >= vocabulary.min(EXACT)) {
            let expected = format!("less than {}, the size of the vocabulary", vocabulary.min(EXACT));
            return Err(refused(
                format!("id at place {at} of the text"),
                expected,
                id.to_string(),
            ));
        }
        let all: Arc<[u32]> = ids.iter().map(|id| *id as u32).collect();
        let starts = (0..ids.len() - steps).step_by(stride);
        let spans = |shift: usize| starts.clone().map(|start| (start + shift, steps)).collect();
        let (tokens, next) = (Ragged::windows(all.clone(), spans(0)), Ragged::windows(all, spans(1)));
        Ok(of_classes(vec![tokens], next, vocabulary))
    }

    /// Pairs of sequences, the second to be written while the first is read: sentences and their translations.
    ///
    /// Batches are `(B, 2, T)`: row 0 is the source, row 1 what the decoder sees, `begin` and the target; asked is the target
    /// and then `end`, step by step (*teacher forcing*: whatever it answered, the decoder goes on from what is right).
    /// `vocabulary` is the number of ids of the target, with `begin` and `end`. Taught in notebook 15.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let (begin, end) = (1, 2);
    /// let pairs = Dataset::pairs(&[vec![7, 8, 9]], &[vec![5, 6]], begin, end, 10)?;
    /// let batch = pairs.batch(&[0])?;
    /// assert_eq!(batch.inputs, [7.0, 8.0, 9.0, 1.0, 5.0, 6.0]);
    /// assert_eq!(batch.targets, data::Targets::Steps { classes: vec![5, 6, 2], steps: 3 });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) where there are not as many sources as targets, where a source or a target is empty or has an id
    /// 0, or where `begin`, `end` or an id of a target is not below `vocabulary`.
    pub fn pairs<S: AsRef<[usize]>, T: AsRef<[usize]>>(
        sources: &[S],
        targets: &[T],
        begin: usize,
        end: usize,
        vocabulary: usize,
    ) -> Result<Self> {
        let read = ids("source", sources.iter().map(AsRef::as_ref))?;
        let written = ids("target", targets.iter().map(AsRef::as_ref))?;
        as_many("targets", written.len(), read.len())?;
        below(&written, "target", vocabulary)?;
        for (what, id) in [("begin", begin), ("end", end)] {
            if id == PAD || id >= vocabulary.min(EXACT) {
                let expected = format!("an id from 1 to {}", vocabulary.min(EXACT).saturating_sub(1));
                return Err(refused(
                    format!("id for the {what} of a target"),
                    expected,
                    id.to_string(),
                ));
            }
        }
        let around = |before: Option<u32>, after: Option<u32>| {
            let list = |i| [before.as_slice(), written.get(i), after.as_slice()].concat();
            let lists: Vec<Vec<u32>> = (0..written.len()).map(list).collect();
            Ragged::of(lists.iter().map(Vec::as_slice))
        };
        let (seen, asked) = (around(Some(begin as u32), None), around(None, Some(end as u32)));
        Ok(of_classes(vec![read, seen], asked, vocabulary))
    }
}

fn of_tokens(lists: Vec<Ragged<u32>>, targets: TargetStore, class_names: &[&str]) -> Dataset {
    let longest = lists.iter().map(Ragged::longest).max().unwrap_or(0);
    let shape = if lists.len() == 1 {
        vec![longest]
    } else {
        vec![lists.len(), longest]
    };
    Dataset::build(Inputs::Tokens(lists), &shape, targets, class_names)
}

fn of_rows(lists: Ragged<f32>, width: usize, targets: TargetStore, class_names: &[&str]) -> Dataset {
    let shape = [lists.longest() / width.max(1), width];
    Dataset::build(Inputs::Rows(lists, width), &shape, targets, class_names)
}

/// Ids are the classes: their names only count.
fn of_classes(lists: Vec<Ragged<u32>>, asked: Ragged<u32>, vocabulary: usize) -> Dataset {
    let names: Vec<String> = (0..vocabulary).map(|id| format!("class {id}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    of_tokens(lists, TargetStore::Steps(asked), &names)
}
