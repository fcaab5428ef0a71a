//! Splits that keep the classes, cross-validation and resampling: properties over random sets.

use std::collections::BTreeSet;

use gradus::prelude::*;
use proptest::prelude::*;

/// A set whose sample `i` has the value `i`, so that every sample can be told apart. Class 3 never occurs.
fn set(labels: &[usize]) -> Dataset {
    let values = (0..labels.len()).map(|i| i as f32).collect();
    Dataset::from_values(values, &[1], labels.to_vec(), &["a", "b", "c", "never"]).expect("a set")
}

/// Which samples of [`set`] these are, in order.
fn members(data: &Dataset) -> Vec<usize> {
    (0..data.len())
        .map(|i| data.values(i).expect("a sample")[0] as usize)
        .collect()
}

fn distinct(data: &Dataset) -> BTreeSet<usize> {
    members(data).into_iter().collect()
}

/// Labels with classes of unequal size.
fn labels() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(prop_oneof![6 => Just(0usize), 3 => Just(1), 1 => Just(2)], 4..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_stratified_split_shares_every_class(labels in labels(), fraction in 0.2..0.8f64, seed in 0..9u64) {
        let data = set(&labels);
        let (a, b) = data.stratified_split_seeded(fraction, seed).unwrap();
        prop_assert_eq!(a.len(), (labels.len() as f64 * fraction).round() as usize);
        let mut all = members(&a);
        all.extend(members(&b));
        all.sort_unstable();
        prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
        let share = a.len() as f64 / labels.len() as f64;
        for (class, (got, whole)) in a.class_counts().iter().zip(data.class_counts()).enumerate() {
            let exact = whole as f64 * share;
            prop_assert!((*got as f64 - exact).abs() < 1.0, "class {class}: {got} of {whole}, exact {exact}");
        }
        prop_assert_eq!(members(&a), members(&data.stratified_split_seeded(fraction, seed).unwrap().0));
    }

    #[test]
    fn folds_cover_every_sample_once(labels in labels(), k in 2..5usize, seed in 0..9u64) {
        let data = set(&labels);
        for (stratified, folds) in [(false, data.k_fold(k, seed)), (true, data.stratified_k_fold(k, seed))] {
            let folds = folds.unwrap();
            prop_assert_eq!(folds.len(), k);
            let mut seen = Vec::new();
            for (train, valid) in &folds {
                seen.extend(members(valid));
                prop_assert_eq!(train.len() + valid.len(), labels.len());
                prop_assert!(distinct(train).is_disjoint(&distinct(valid)));
                prop_assert_eq!(distinct(train).len(), train.len());
                prop_assert!(valid.len() == labels.len() / k || valid.len() == labels.len().div_ceil(k));
                for (got, whole) in valid.class_counts().iter().zip(data.class_counts()) {
                    prop_assert!(!stratified || *got == whole / k || *got == whole.div_ceil(k));
                }
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..labels.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn oversampling_repeats_and_undersampling_drops(labels in labels(), seed in 0..9u64) {
        let data = set(&labels);
        let counts = data.class_counts();
        let (most, least) = (*counts.iter().max().unwrap(), *counts.iter().filter(|n| **n > 0).min().unwrap());
        let wanted = |n| counts.iter().map(|count| if *count > 0 { n } else { 0 }).collect::<Vec<usize>>();
        let (over, under) = (data.oversample(seed).unwrap(), data.undersample(seed).unwrap());
        prop_assert_eq!(over.class_counts(), wanted(most));
        prop_assert_eq!(under.class_counts(), wanted(least));
        prop_assert_eq!(distinct(&over).len(), labels.len(), "every sample is still there");
        prop_assert_eq!(distinct(&under).len(), under.len(), "no sample comes twice");
        for sampled in [&over, &under] {
            let kept = members(sampled).into_iter().zip(sampled.labels());
            prop_assert!(kept.into_iter().all(|(i, label)| labels[i] == label));
        }
        prop_assert_eq!(members(&over), members(&data.oversample(seed).unwrap()));
        prop_assert_eq!(members(&under), members(&data.undersample(seed).unwrap()));
    }

    #[test]
    fn class_weights_make_all_classes_count_the_same(labels in labels()) {
        let data = set(&labels);
        let (weights, counts) = (data.class_weights(), data.class_counts());
        let present = counts.iter().filter(|n| **n > 0).count();
        for (weight, count) in weights.iter().zip(counts) {
            let sum = f64::from(*weight) * count as f64;
            let wanted = if count == 0 { 0.0 } else { labels.len() as f64 / present as f64 };
            prop_assert!((sum - wanted).abs() < 1e-4 * (1.0 + wanted), "{sum} instead of {wanted}");
        }
    }

    #[test]
    fn a_chosen_number_of_each_class(labels in labels(), n in proptest::collection::vec(0..40usize, 4), seed in 0..9u64) {
        let data = set(&labels);
        let some = data.sample_per_class(&n, seed).unwrap();
        let wanted: Vec<usize> = data.class_counts().iter().zip(&n).map(|(count, n)| *count.min(n)).collect();
        prop_assert_eq!(some.class_counts(), wanted);
        prop_assert_eq!(distinct(&some).len(), some.len());
    }
}

#[test]
fn weighted_sampling_draws_in_proportion() -> gradus::Result<()> {
    let data = set(&[0, 0, 1, 1]);
    let drawn = data.weighted_sample(&[1.0, 0.0, 3.0, 4.0], 40_000, 5)?;
    let mut counts = [0.0f64; 4];
    members(&drawn).into_iter().for_each(|i| counts[i] += 1.0 / 40_000.0);
    assert_eq!(counts[1], 0.0);
    // Five standard deviations of a share near a half are 0.0125.
    for (share, wanted) in counts.into_iter().zip([0.125, 0.0, 0.375, 0.5]) {
        assert!((share - wanted).abs() < 0.0125, "{share} instead of {wanted}");
    }
    assert_eq!(
        members(&drawn),
        members(&data.weighted_sample(&[1.0, 0.0, 3.0, 4.0], 40_000, 5)?)
    );
    assert_ne!(
        members(&drawn),
        members(&data.weighted_sample(&[1.0, 0.0, 3.0, 4.0], 40_000, 6)?)
    );
    Ok(())
}

#[test]
fn what_is_impossible_is_refused() -> gradus::Result<()> {
    let data = set(&[0, 0, 0, 1]);
    let line = Dataset::regression(vec![0.0; 6], &[1], vec![1.0; 6], 1)?;
    let weights = |w: &[f64]| data.weighted_sample(w, 3, 0).unwrap_err().to_string();
    let cases = [
        (
            data.k_fold(1, 0).unwrap_err().to_string(),
            "number of folds: expected 2 to 4",
        ),
        (data.stratified_k_fold(5, 0).unwrap_err().to_string(), "got 5"),
        (
            data.stratified_split(1.0).unwrap_err().to_string(),
            "fraction of a split",
        ),
        (
            data.stratified_split(0.01).unwrap_err().to_string(),
            "which gives 0 and 4",
        ),
        (line.stratified_split(0.5).unwrap_err().to_string(), "a regression"),
        (line.stratified_k_fold(2, 0).unwrap_err().to_string(), "a regression"),
        (
            line.oversample(0).unwrap_err().to_string(),
            "oversampling of data: expected a set with classes",
        ),
        (line.undersample(0).unwrap_err().to_string(), "undersampling of data"),
        (
            weights(&[1.0; 3]),
            "4 finite numbers, none below 0 and not all 0, got 3 weights",
        ),
        (weights(&[0.0; 4]), "got 4 weights: [0.000, 0.000"),
        (weights(&[1.0, -1.0, 1.0, 1.0]), "none below 0"),
        (weights(&[1.0, f64::NAN, 1.0, 1.0]), "NaN"),
        (weights(&[1e308, 1e308, 1e308, 1.0]), "4 finite numbers"),
        (
            data.sample_per_class(&[1], 0).unwrap_err().to_string(),
            "4 numbers, one per class",
        ),
    ];
    for (message, says) in cases {
        assert!(message.contains(says), "{message}");
    }
    assert_eq!(line.class_weights(), Vec::<f32>::new());
    assert_eq!(line.k_fold(3, 0)?.len(), 3);
    Ok(())
}
