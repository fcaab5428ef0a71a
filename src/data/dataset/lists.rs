//! What sets of sequences are made of, with every check that they need.

use super::batch::{IGNORE, PAD};
use super::build::check_finite;
use super::ragged::Ragged;
use super::store::{SKIP, TargetStore};
use crate::{Error, Result};

/// Whole numbers below this are exact as f32, in which batches carry them.
pub(super) const EXACT: usize = 1 << 24;

pub(super) fn refused(what: String, expected: String, got: String) -> Error {
    Error::Argument { what, expected, got }
}

/// Lists of ids that can be filled up with [`PAD`] behind their ends.
pub(super) fn ids<'a>(what: &str, lists: impl Iterator<Item = &'a [usize]>) -> Result<Ragged<u32>> {
    let mut all = Vec::new();
    for (i, list) in lists.enumerate() {
        if list.is_empty() {
            let got = "none. Leave empty sequences out".into();
            return Err(refused(format!("{what} {i}"), "at least one id".into(), got));
        }
        if let Some((step, id)) = list.iter().enumerate().find(|(_, id)| **id == PAD || **id >= EXACT) {
            let expected = format!("a number from 1 to {}; {PAD} fills short sequences up", EXACT - 1);
            return Err(refused(
                format!("id at step {step} of {what} {i}"),
                expected,
                id.to_string(),
            ));
        }
        all.push(list.iter().map(|id| *id as u32).collect::<Vec<_>>());
    }
    Ok(Ragged::of(all.iter().map(Vec::as_slice)))
}

/// Refuses ids that are not in the vocabulary.
pub(super) fn below(lists: &Ragged<u32>, what: &str, vocabulary: usize) -> Result<()> {
    for i in 0..lists.len() {
        let mut ids = lists.get(i).iter().enumerate();
        if let Some((step, id)) = ids.find(|(_, id)| **id as usize >= vocabulary) {
            let expected = format!("less than {vocabulary}, the size of the vocabulary");
            return Err(refused(
                format!("id at step {step} of {what} {i}"),
                expected,
                id.to_string(),
            ));
        }
    }
    Ok(())
}

/// Classes step by step, as they are stored.
pub(super) fn asked<'a>(lists: impl Iterator<Item = &'a [usize]>, classes: usize) -> Result<Ragged<u32>> {
    let mut all = Vec::new();
    for (i, list) in lists.enumerate() {
        let wrong = list
            .iter()
            .enumerate()
            .find(|(_, class)| **class != IGNORE && **class >= classes);
        if let Some((step, class)) = wrong {
            let expected = format!("a number below the number of class names, {classes}, or IGNORE");
            return Err(refused(
                format!("target of step {step} of sequence {i}"),
                expected,
                class.to_string(),
            ));
        }
        let stored = |class: &usize| if *class == IGNORE { SKIP } else { *class as u32 };
        all.push(list.iter().map(stored).collect::<Vec<_>>());
    }
    Ok(Ragged::of(all.iter().map(Vec::as_slice)))
}

pub(super) fn as_many(what: &str, got: usize, expected: usize) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    Err(refused(
        what.into(),
        format!("{expected}, one for each"),
        got.to_string(),
    ))
}

pub(super) fn values(data: Vec<f32>, dim: usize, samples: usize) -> Result<TargetStore> {
    if dim == 0 {
        return Err(refused("target_dim".into(), "at least 1".into(), "0".into()));
    }
    as_many("target values", data.len(), samples * dim)?;
    check_finite("target", &data)?;
    Ok(TargetStore::Values { data, dim })
}

/// Sequences of rows of `width` numbers.
pub(super) fn rows<'a>(lists: impl Iterator<Item = &'a [f32]>, width: usize) -> Result<Ragged<f32>> {
    let lists: Vec<&[f32]> = lists.collect();
    for (i, list) in lists.iter().enumerate() {
        if width == 0 || list.is_empty() || !list.len().is_multiple_of(width) {
            let expected =
                format!("at least one row of {width} numbers, and whole rows; a row has at least one number");
            return Err(refused(
                format!("sequence {i}"),
                expected,
                format!("{} numbers", list.len()),
            ));
        }
        check_finite(&format!("sequence {i}:"), list)?;
    }
    Ok(Ragged::of(lists.into_iter()))
}
