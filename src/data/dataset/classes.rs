//! The classes of two sets: whether equal numbers mean equal things, and how they are made to.

use std::sync::Arc;

use super::set::Dataset;
use super::store::TargetStore;
use crate::{Error, Result};

/// Lists of up to so many names are shown whole.
const SHOWN: usize = 12;

/// Refuses classes that are not those of another set, in the same order. A set without names can be anything, and so can one
/// whose names only count, as those of the toy sets do: `class 0`, `class 1`.
pub(crate) fn same_classes(of: &str, names: &[String], whose: &str, expected: &[String], hint: &str) -> Result<()> {
    if nameless(names) || nameless(expected) || names == expected {
        return Ok(());
    }
    let differs = |i: &usize| names.get(*i) != expected.get(*i);
    let first = (0..names.len().max(expected.len())).find(differs).unwrap_or(0);
    // What is cut off in long lists may be the very thing.
    let place = match (names.get(first), expected.get(first)) {
        (Some(is), Some(was)) if names.len().max(expected.len()) > SHOWN => {
            format!(" (class {first} is {is:?} in place of {was:?})")
        }
        _ => String::new(),
    };
    Err(Error::Argument {
        what: format!("classes of {of}"),
        expected: format!("those of {whose} in the same order, {}", list(expected)),
        got: format!("{}{place}. {hint}", list(names)),
    })
}

fn nameless(names: &[String]) -> bool {
    names.iter().enumerate().all(|(i, name)| *name == format!("class {i}"))
}

fn list(names: &[String]) -> String {
    if names.len() <= SHOWN {
        return format!("{names:?}");
    }
    let shown: Vec<String> = names[..SHOWN].iter().map(|name| format!("{name:?}")).collect();
    format!("[{}, … {} in all]", shown.join(", "), names.len())
}

impl Dataset {
    /// The same samples, with their classes looked up by name in this list: what makes the classes of a second set those of
    /// the first.
    ///
    /// ```
    /// # use gradus::data::Dataset;
    /// # fn main() -> gradus::Result<()> {
    /// let test = Dataset::from_values(vec![0.1, 0.2], &[1], vec![0, 1], &["cat", "dog"])?;
    /// assert_eq!(test.with_classes(&["bird", "cat", "dog"])?.labels(), [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] where a sample has a class that is not in the list, or where the set is a regression.
    pub fn with_classes<S: AsRef<str>>(&self, class_names: &[S]) -> Result<Self> {
        let names: Vec<String> = class_names.iter().map(|name| name.as_ref().to_string()).collect();
        let refuse = |expected: String, got: String| {
            let what = format!("classes of {}", self.name);
            Err(Error::Argument { what, expected, got })
        };
        let TargetStore::Classes(labels) = &*self.targets else {
            return refuse("a set with one class per sample".into(), self.targets.kind().into());
        };
        if names.is_empty() {
            return refuse("at least one name".into(), "none".into());
        }
        let place = |name: &String| names.iter().position(|other| other == name);
        let places: Vec<Option<usize>> = self.class_names.iter().map(place).collect();
        let lost = self
            .rows
            .iter()
            .map(|row| labels[*row])
            .find(|class| places[*class].is_none());
        if let Some(class) = lost {
            let name = &self.class_names[class];
            return refuse(format!("some of {}", list(&names)), format!("samples of {name:?}"));
        }
        // Samples that this view does not show may have no place; nobody asks for them.
        let moved = labels.iter().map(|class| places[*class].unwrap_or(0)).collect();
        Ok(Self {
            targets: Arc::new(TargetStore::Classes(moved)),
            class_names: names.into(),
            ..self.clone()
        })
    }
}
