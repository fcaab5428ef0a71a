//! The tensors of a learner, by name: taken out, and put in whole or in part.

use std::collections::HashSet;

use super::load_report::LoadReport;
use crate::nn::StateDict;
use crate::train::learner::Learner;
use crate::train::networks::network::Network;
use crate::train::networks::tensor_file;
use crate::train::optimizers::update::State;
use crate::{Error, Result};

impl Learner {
    /// All tensors of the network, by name.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn state_dict(&self) -> Result<StateDict> {
        of(self.net.as_ref())
    }

    /// Puts the tensors of `dict` into the network, all of them. What the optimizer remembers of earlier steps is forgotten.
    ///
    /// PyTorch: `load_state_dict(dict)`. Taught in notebook 13.
    ///
    /// # Errors
    /// [`Error::File`] where a tensor is missing, surplus, of another shape or not finite; the message names it, and the network
    /// is as it was before. PyTorch's `num_batches_tracked`, which counts batches and changes nothing, may be there.
    pub fn load_state_dict(&mut self, dict: &StateDict) -> Result<()> {
        let report = compare(self.net.as_ref(), dict)?;
        if let Some((expected, got)) = report.problem() {
            return Err(Error::File {
                path: dict.source().into(),
                expected,
                got,
                hint: "These are the weights of another network; `load_partial` takes what fits and lists the rest"
                    .into(),
            });
        }
        self.load_partial(dict).map(drop)
    }

    /// Puts those tensors of `dict` into the network that it has a place of the same shape for, and says what became of the
    /// others. What the optimizer remembers of earlier steps is forgotten.
    ///
    /// PyTorch: `load_state_dict(dict, strict=False)`. Taught in notebook 13.
    ///
    /// # Errors
    /// [`Error::File`] where none fits at all, or one that fits has a number that is NaN or infinite.
    pub fn load_partial(&mut self, dict: &StateDict) -> Result<LoadReport> {
        let report = compare(self.net.as_ref(), dict)?;
        if report.loaded.is_empty() {
            return Err(Error::File {
                path: dict.source().into(),
                expected: "at least one tensor with name and shape of one in the network".into(),
                got: format!("none of {}, such as {:?}", dict.names().len(), dict.names().first()),
                hint: "`state_dict()` shows the network's names; `renamed` and `moved` translate".into(),
            });
        }
        fill(self.net.as_mut(), dict, &report)?;
        self.state = State::default();
        self.parts.forget();
        self.classes.clear();
        self.meanings.clear();
        Ok(report)
    }
}

/// All tensors of `net`.
fn of(net: &dyn Network) -> Result<StateDict> {
    let mut dict = StateDict::new("the network");
    net.read(&mut |name, shape, values, _| {
        dict.put(name, shape, values);
    })?;
    Ok(dict)
}

/// What would become of each tensor if `dict` were loaded into `net`.
fn compare(net: &dyn Network, dict: &StateDict) -> Result<LoadReport> {
    if let Some(clash) = dict.clash() {
        return Err(clash);
    }
    let mut report = LoadReport::default();
    let mut known = HashSet::new();
    net.read(&mut |name, shape, _, _| {
        match dict.get(&name) {
            None => report.missing.push(name.clone()),
            Some((theirs, _)) if theirs != shape => report.mismatched.push((name.clone(), shape, theirs.to_vec())),
            Some(_) => report.loaded.push(name.clone()),
        }
        known.insert(name);
    })?;
    let surplus = |name: &String| !known.contains(name) && !tensor_file::is_counter(name);
    report.unexpected = dict.names().into_iter().filter(surplus).collect();
    if let Some(problem) = report.loaded.iter().find_map(|name| dict.not_finite(name)) {
        return Err(problem);
    }
    Ok(report)
}

/// Puts the tensors that `report` calls loaded into `net`.
fn fill(net: &mut dyn Network, dict: &StateDict, report: &LoadReport) -> Result<()> {
    let loaded: HashSet<&String> = report.loaded.iter().collect();
    net.edit(&mut |parameter| {
        if let Some((_, values)) = dict.get(&parameter.name).filter(|_| loaded.contains(&parameter.name)) {
            parameter.values.copy_from_slice(values);
        }
        Ok(())
    })
}
