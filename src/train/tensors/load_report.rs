//! What became of each tensor when some were loaded.

use std::fmt;

/// What became of each tensor when some were loaded. PyTorch: the result of `load_state_dict(strict=False)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadReport {
    /// Tensors of the network that got their numbers from the file.
    pub loaded: Vec<String>,
    /// Tensors of the network that the file has nothing for; they are as they were.
    pub missing: Vec<String>,
    /// Tensors of the file that the network has no place for.
    pub unexpected: Vec<String>,
    /// Tensors whose shapes differ, with the shape in the network and that in the file; they are as they were.
    pub mismatched: Vec<(String, Vec<usize>, Vec<usize>)>,
}

impl LoadReport {
    /// Whether every tensor of the network was loaded, and nothing is left over.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.mismatched.is_empty()
    }

    /// The first thing that is wrong, as what was expected and what came.
    pub(super) fn problem(&self) -> Option<(String, String)> {
        if let Some((name, ours, theirs)) = self.mismatched.first() {
            return Some((
                format!("tensor `{name}` of shape {ours:?}"),
                format!("shape {theirs:?}{}", self.others()),
            ));
        }
        if let Some(name) = self.missing.first() {
            return Some((
                format!("a tensor `{name}`"),
                format!("none of that name{}", self.others()),
            ));
        }
        let name = self.unexpected.first()?;
        Some((
            "only tensors of this network".into(),
            format!("tensor `{name}` too{}", self.others()),
        ))
    }

    fn others(&self) -> String {
        let all = self.missing.len() + self.unexpected.len() + self.mismatched.len();
        if all < 2 {
            return String::new();
        }
        let (missing, surplus, shapes) = (self.missing.len(), self.unexpected.len(), self.mismatched.len());
        format!(" (in all: {missing} missing, {surplus} surplus, {shapes} of another shape)")
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loaded {} tensors", self.loaded.len())?;
        for (what, names) in [
            ("not in the file", &self.missing),
            ("not in the network", &self.unexpected),
        ] {
            for name in names {
                write!(f, "\n{what}: {name}")?;
            }
        }
        for (name, ours, theirs) in &self.mismatched {
            write!(
                f,
                "\nother shape: {name} is {ours:?} in the network, {theirs:?} in the file"
            )?;
        }
        Ok(())
    }
}
