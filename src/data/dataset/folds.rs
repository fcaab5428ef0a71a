//! Splits that keep the shares of the classes, and cross-validation.

use super::set::Dataset;
use super::split::permutation;
use super::store::TargetStore;
use crate::{Error, Result};

impl Dataset {
    /// Two sets out of one, as [`split`](Self::split) makes them, but each class is split by itself, so that both sets have
    /// the classes in the same shares (to one sample). What a set with a rare class needs.
    ///
    /// scikit-learn: `train_test_split(stratify=y)`. Taught in notebook 07.
    ///
    /// # Errors
    /// If `fraction` is not between 0 and 1, if one of the two sets would be empty, or if the set is a regression.
    pub fn stratified_split(&self, fraction: f64) -> Result<(Dataset, Dataset)> {
        self.stratified_split_seeded(fraction, 0)
    }

    /// [`stratified_split`](Self::stratified_split) with a seed of one's own.
    ///
    /// # Errors
    /// As for [`stratified_split`](Self::stratified_split).
    pub fn stratified_split_seeded(&self, fraction: f64, seed: u64) -> Result<(Dataset, Dataset)> {
        let first = self.first_part(fraction)?;
        let classes = self.shuffled_classes("stratified split", seed)?;
        // Each class gives its share rounded down; what is missing comes from those that were rounded most.
        let exact = |class: &[usize]| class.len() as f64 * first as f64 / self.len() as f64;
        let mut shares: Vec<usize> = classes.iter().map(|class| exact(class) as usize).collect();
        let mut by_rest: Vec<usize> = (0..classes.len()).collect();
        by_rest.sort_by(|a, b| exact(&classes[*b]).fract().total_cmp(&exact(&classes[*a]).fract()));
        let missing = first - shares.iter().sum::<usize>();
        by_rest.iter().take(missing).for_each(|class| shares[*class] += 1);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (class, share) in classes.iter().zip(shares) {
            a.extend(&class[..share]);
            b.extend(&class[share..]);
        }
        Ok((self.mixed(&a, seed), self.mixed(&b, seed)))
    }

    /// `k` pairs of a training and a validation set: every sample is in exactly one of the validation sets, and in the
    /// training sets of all other pairs. The validation sets differ by at most one sample in size.
    ///
    /// ```
    /// # fn main() -> gradus::Result<()> {
    /// let data = gradus::data::moons(100, 0.1, 0)?;
    /// for (train, valid) in data.k_fold(5, 0)? {
    ///     assert_eq!((train.len(), valid.len()), (80, 20));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// scikit-learn: `KFold(shuffle=True)`. Taught in notebook 07.
    ///
    /// # Errors
    /// If `k` is not between 2 and the number of samples.
    pub fn k_fold(&self, k: usize, seed: u64) -> Result<Vec<(Dataset, Dataset)>> {
        self.folds(k, &permutation(self.len(), seed))
    }

    /// [`k_fold`](Self::k_fold) with the classes in the same shares in all validation sets, to one sample.
    ///
    /// scikit-learn: `StratifiedKFold(shuffle=True)`. Taught in notebook 07.
    ///
    /// # Errors
    /// As for [`k_fold`](Self::k_fold); if the set is a regression.
    pub fn stratified_k_fold(&self, k: usize, seed: u64) -> Result<Vec<(Dataset, Dataset)>> {
        self.folds(k, &self.shuffled_classes("stratified k-fold", seed)?.concat())
    }

    /// Deals the samples out in this order, like cards: neighbours of one class go to different folds.
    fn folds(&self, k: usize, order: &[usize]) -> Result<Vec<(Dataset, Dataset)>> {
        if k < 2 || k > self.len() {
            return Err(Error::Argument {
                what: "number of folds".into(),
                expected: format!("2 to {}, the number of samples", self.len()),
                got: k.to_string(),
            });
        }
        let fold = |f: usize| {
            let mut parts = (Vec::new(), Vec::new());
            for (i, sample) in order.iter().enumerate() {
                let part = if i % k == f { &mut parts.1 } else { &mut parts.0 };
                part.push(*sample);
            }
            (self.view(&parts.0), self.view(&parts.1))
        };
        Ok((0..k).map(fold).collect())
    }

    /// The samples of each class, each class in random order.
    pub(super) fn shuffled_classes(&self, what: &str, seed: u64) -> Result<Vec<Vec<usize>>> {
        let labels = self.one_class_each(what)?;
        let mut classes = vec![Vec::new(); self.num_classes()];
        for i in permutation(self.len(), seed) {
            classes[labels[i]].push(i);
        }
        Ok(classes)
    }

    /// The class of each sample, for `what` has no use for other targets.
    pub(super) fn one_class_each(&self, what: &str) -> Result<Vec<usize>> {
        match &*self.targets {
            TargetStore::Classes(_) => Ok(self.labels()),
            other => Err(Error::Argument {
                what: format!("{what} of {}", self.name()),
                expected: "a set with classes".into(),
                got: other.kind().into(),
            }),
        }
    }

    /// The samples at these positions, in random order.
    pub(super) fn mixed(&self, positions: &[usize], seed: u64) -> Dataset {
        let order = permutation(positions.len(), seed);
        self.view(&order.iter().map(|i| positions[*i]).collect::<Vec<_>>())
    }
}
