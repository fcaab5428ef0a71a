//! Parts of a network that stand still, or move at a rate of their own.

use crate::train::learner::Learner;
use crate::train::networks::network::Walk;
use crate::{Error, Result};

impl Learner {
    /// Lets the tensors below `prefix` stand still from now on: `"0"` is all of layer 0, `"0.1"` its second part,
    /// `"0.1.weight"` one tensor; [`Learner::summary`] lists the names. Running statistics of batch normalization below
    /// it stand still too, but while training it still normalizes with those of the batch.
    ///
    /// PyTorch: `parameter.requires_grad_(False)`. Taught in notebook 13.
    ///
    /// # Errors
    /// [`Error::Argument`] where no tensor has such a name.
    pub fn freeze(&mut self, prefix: &str) -> Result<&mut Self> {
        self.set_frozen(prefix, true)
    }

    /// Lets the tensors below `prefix` move again.
    ///
    /// # Errors
    /// [`Error::Argument`] where no tensor has such a name.
    pub fn unfreeze(&mut self, prefix: &str) -> Result<&mut Self> {
        self.set_frozen(prefix, false)
    }

    /// Lets all tensors move again.
    pub fn unfreeze_all(&mut self) -> &mut Self {
        self.parts.frozen.fill(false);
        self.parts.forget();
        self
    }

    /// Freezes the whole network except its last `layers` layers that have tensors to train: with 1, all but the head.
    ///
    /// # Errors
    /// [`Error::Argument`] where the network has fewer layers.
    pub fn freeze_all_but_last(&mut self, layers: usize) -> Result<&mut Self> {
        let all = self.layers();
        if layers > all.len() {
            return Err(Error::Argument {
                what: "layers that are not frozen".into(),
                expected: format!("at most {}, the layers with tensors", all.len()),
                got: layers.to_string(),
            });
        }
        let free = &all[all.len() - layers..];
        for (frozen, info) in self.parts.frozen.iter_mut().zip(self.layout.iter()) {
            *frozen = !free.iter().any(|layer| layer == parent(&info.name));
        }
        self.parts.forget();
        Ok(self)
    }

    /// Multiplies the learning rate of the tensors below `prefix` (as in [`Learner::freeze`]) by `factor`, whatever
    /// optimizer and schedule say: 0.1 for layers that need only a touch. A later call for the same tensors replaces an
    /// earlier one; 1 is the start.
    ///
    /// Howard & Ruder 2018, arXiv:1801.06146 (discriminative fine-tuning). PyTorch: parameter groups. Taught in
    /// notebook 13.
    ///
    /// # Errors
    /// [`Error::Argument`] where no tensor has such a name, or where the factor is negative or not finite.
    pub fn set_rate(&mut self, prefix: &str, factor: f32) -> Result<&mut Self> {
        if !(factor.is_finite() && factor >= 0.0) {
            return Err(Error::Argument {
                what: "factor of a learning rate".into(),
                expected: "a finite number, not below 0".into(),
                got: factor.to_string(),
            });
        }
        for i in self.below(prefix)? {
            self.parts.rates[i] = factor;
        }
        Ok(self)
    }

    /// The names of the tensors that training moves now: trainable and not frozen.
    pub fn moving(&self) -> Vec<String> {
        let moving = self.parts.moving(&self.layout);
        let pairs = self.layout.iter().zip(moving).filter(|(_, moving)| *moving);
        pairs.map(|(info, _)| info.name.clone()).collect()
    }

    fn set_frozen(&mut self, prefix: &str, frozen: bool) -> Result<&mut Self> {
        for i in self.below(prefix)? {
            self.parts.frozen[i] = frozen;
        }
        self.parts.forget();
        Ok(self)
    }

    /// The layers that have tensors to train, in order.
    fn layers(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for info in self.layout.iter().filter(|info| info.trainable) {
            let layer = parent(&info.name);
            if !all.iter().any(|known| known == layer) {
                all.push(layer.to_string());
            }
        }
        all
    }

    /// The tensors below a prefix: whole parts of the name count, so that `"1"` is not the beginning of `"10.weight"`.
    fn below(&self, prefix: &str) -> Result<Vec<usize>> {
        let path = prefix.strip_suffix('.').unwrap_or(prefix);
        let inside = |name: &str| {
            name.strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let names = self.layout.iter().enumerate();
        let found: Vec<usize> = names.filter(|(_, info)| inside(&info.name)).map(|(i, _)| i).collect();
        if found.is_empty() {
            return Err(Error::Argument {
                what: "beginning of the names of tensors".into(),
                expected: format!("one of {}, or a part of one", self.layers().join(", ")),
                got: format!("{prefix:?}"),
            });
        }
        Ok(found)
    }

    /// Remembers what a forward pass in training mode will move although it is frozen.
    pub(in crate::train) fn keep_standing(&mut self) -> Result<()> {
        let standing = self.parts.standing(&self.layout);
        if !self.parts.kept.is_empty() || !standing.contains(&true) {
            return Ok(());
        }
        let mut kept = vec![Vec::new(); standing.len()];
        self.walk_over(&standing, &mut |index, values| kept[index] = values.to_vec())?;
        self.parts.kept = kept;
        Ok(())
    }

    /// Puts back what [`keep_standing`](Self::keep_standing) remembered.
    pub(in crate::train) fn put_back(&mut self) -> Result<()> {
        if self.parts.kept.is_empty() {
            return Ok(());
        }
        let standing = self.parts.standing(&self.layout);
        let kept = std::mem::take(&mut self.parts.kept);
        self.walk_over(&standing, &mut |index, values| values.copy_from_slice(&kept[index]))?;
        self.parts.kept = kept;
        Ok(())
    }

    fn walk_over(&mut self, stops: &[bool], f: &mut dyn FnMut(usize, &mut [f32])) -> Result<()> {
        let walk = Walk {
            stops,
            values: true,
            clear: false,
        };
        self.net.walk(walk, &mut |slot| f(slot.index, slot.values))
    }
}

/// The layer that a tensor belongs to: `0.1` for `0.1.weight`.
fn parent(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(layer, _)| layer)
}
