//! Sets: access, normalization, splits and batches.

use gradus::Error;
use gradus::data::{Batch, Dataset, Image, Normalization, Targets, digits, one_hot};
use proptest::prelude::*;

/// `n` samples of two values; sample `i` is `[i, -i]` with label `i % 3`, so that a sample can be recognized.
fn numbered(n: usize) -> Dataset {
    let values = (0..n).flat_map(|i| [i as f32, -(i as f32)]).collect();
    Dataset::from_values(values, &[2], (0..n).map(|i| i % 3).collect(), &["a", "b", "c"]).unwrap()
}

fn ids(set: &Dataset) -> Vec<usize> {
    (0..set.len()).map(|i| set.values(i).unwrap()[0] as usize).collect()
}

fn batch_ids(batch: &Batch) -> Vec<usize> {
    batch.inputs.chunks(2).map(|sample| sample[0] as usize).collect()
}

fn colours() -> Dataset {
    // Two pictures of 1x2 pixels with three channels.
    let pixels = vec![0, 255, 51, 102, 255, 255, 255, 0, 0, 0, 255, 255];
    Dataset::from_pixels(pixels, [3, 1, 2], vec![1, 0], &["x", "y"]).unwrap()
}

#[test]
fn a_set_says_what_it_holds() {
    let set = numbered(7).named("seven");
    assert_eq!(
        (set.len(), set.sample_shape(), set.sample_len(), set.num_classes()),
        (7, &[2][..], 2, 3)
    );
    assert_eq!((set.class_names()[2].as_str(), set.label(5).unwrap()), ("c", 2));
    assert_eq!(
        (set.labels(), set.class_counts()),
        (vec![0, 1, 2, 0, 1, 2, 0], vec![3, 2, 2])
    );
    assert_eq!(set.to_string(), "seven: 7 samples of shape [2], 3 classes");
    let text = set.label(7).unwrap_err().to_string();
    assert!(text.contains("below 7") && text.contains("seven"), "{text}");
    assert!(!set.is_empty() && set.take(0).is_empty());
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let refused = |result: gradus::Result<Dataset>, part: &str| {
        let text = result.expect_err(part).to_string();
        assert!(text.contains(part), "{text}");
    };
    refused(Dataset::from_pixels(vec![0; 5], [1, 2, 2], vec![0], &["x"]), "5 values");
    refused(
        Dataset::from_pixels(vec![0; 4], [1, 2, 2], vec![1], &["x"]),
        "class names, 1",
    );
    refused(
        Dataset::from_pixels(vec![], [0, 2, 2], vec![], &["x"]),
        "none of them 0",
    );
    refused(
        Dataset::from_values(vec![], &[], vec![], &["x"]),
        "at least one dimension",
    );
    refused(
        Dataset::from_values(vec![1.0], &[usize::MAX, 3], vec![0], &["x"]),
        "1 values",
    );
    refused(
        Dataset::from_values(vec![], &[usize::MAX, 3], vec![], &["x"]),
        "0 values",
    );
    refused(
        Dataset::from_values(vec![1.0, f32::NAN], &[1], vec![0, 0], &["x"]),
        "input value 1 is NaN",
    );
    refused(Dataset::regression(vec![1.0; 4], &[2], vec![1.0; 3], 2), "target_dim");
    refused(Dataset::regression(vec![1.0; 4], &[2], vec![1.0; 3], 0), "target_dim");
    refused(
        Dataset::regression(vec![1.0; 4], &[2], vec![1.0, f32::INFINITY], 1),
        "target value 1",
    );
}

#[test]
fn a_regression_has_values_and_no_labels() {
    let set = Dataset::regression(vec![1.0, 2.0, 3.0], &[1], vec![10.0, 11.0, 20.0, 21.0, 30.0, 31.0], 2).unwrap();
    assert_eq!((set.len(), set.num_classes(), set.labels()), (3, 0, vec![]));
    assert!(set.label(0).unwrap_err().to_string().contains("regression"));
    let batch = set.batch(&[2, 0]).unwrap();
    assert_eq!(batch.inputs, [3.0, 1.0]);
    assert_eq!(
        batch.targets,
        Targets::Values {
            data: vec![30.0, 31.0, 10.0, 11.0],
            dim: 2
        }
    );
    assert_eq!((batch.len(), batch.is_empty()), (2, false));
}

#[test]
fn pixels_become_numbers_between_0_and_1() {
    let set = colours();
    assert_eq!(set.values(0).unwrap(), [0.0, 1.0, 0.2, 0.4, 1.0, 1.0]);
    let image = set.image(0).unwrap();
    assert_eq!((image.shape(), image.pixels()[2]), ([3, 1, 2], 0.2));
    assert!(numbered(1).image(0).unwrap_err().to_string().contains("(C, H, W)"));
}

/// Values: `torchvision.transforms.Normalize(mean, std)` is `(x - mean) / std` per channel.
#[test]
fn normalization_works_channel_by_channel() {
    let set = colours();
    let normalized = set.normalize(&[0.5, 0.2, 1.0], &[0.5, 0.1, 2.0]).unwrap();
    let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6) && a.len() == b.len();
    assert!(close(&normalized.values(0).unwrap(), &[-1.0, 1.0, 0.0, 2.0, 0.0, 0.0]));
    assert!(close(
        &normalized.values(1).unwrap(),
        &[1.0, -1.0, -2.0, -2.0, 0.0, 0.0]
    ));
    assert_eq!(
        normalized.image(0).unwrap(),
        set.image(0).unwrap(),
        "a picture stays as it is"
    );
    assert_eq!(
        normalized.mean_std(),
        set.mean_std(),
        "the statistics are those of the data"
    );
    let again = normalized.normalize(&[0.0; 3], &[1.0; 3]).unwrap();
    assert_eq!(
        again.values(0).unwrap(),
        set.values(0).unwrap(),
        "the second takes the place of the first"
    );
    let other = set.normalized_like(&normalized).unwrap();
    assert_eq!(other.values(1).unwrap(), normalized.values(1).unwrap());
    let mut values = normalized.values(0).unwrap();
    normalized.normalization().unwrap().undo(&mut values, 2);
    assert!(close(&values, &set.values(0).unwrap()));
    assert!(normalized.to_string().ends_with("normalized"));
}

#[test]
fn normalization_of_plain_values_works_feature_by_feature() {
    let set = numbered(3);
    let (mean, std) = set.mean_std();
    assert_eq!(mean, [1.0, -1.0]);
    assert!((std[0] - (2.0_f32 / 3.0).sqrt()).abs() < 1e-6);
    let normalized = set.normalize(&mean, &std).unwrap();
    assert!((normalized.values(2).unwrap()[0] - 1.5_f32.sqrt()).abs() < 1e-5);
}

#[test]
fn wrong_normalizations_are_refused() {
    let set = colours();
    for (mean, std) in [
        (&[0.5][..], &[0.5][..]),
        (&[0.5; 3], &[0.5; 2]),
        (&[0.5; 3], &[0.5, 0.0, 0.5]),
        (&[0.5; 3], &[0.5, -1.0, 0.5]),
        (&[0.5, f32::NAN, 0.5], &[0.5; 3]),
        (&[0.5; 3], &[0.5, f32::INFINITY, 0.5]),
        (&[], &[]),
    ] {
        assert!(
            matches!(set.normalize(mean, std), Err(Error::Argument { .. })),
            "{mean:?} {std:?}"
        );
    }
    assert!(
        numbered(3)
            .normalized_like(&set.normalize(&[0.0; 3], &[1.0; 3]).unwrap())
            .is_err()
    );
    assert!(Normalization::new(&[0.0], &[1.0]).is_ok());
}

/// The mean and the standard deviation of real pixels, against a plain sum over the values.
#[test]
fn the_statistics_of_pixels_are_right() {
    let (train, _) = digits().unwrap();
    let set = train.take(300);
    let (mean, std) = set.mean_std();
    let all: Vec<f64> = (0..300).flat_map(|i| set.values(i).unwrap()).map(f64::from).collect();
    let m = all.iter().sum::<f64>() / all.len() as f64;
    let s = (all.iter().map(|x| (x - m).powi(2)).sum::<f64>() / all.len() as f64).sqrt();
    assert!((f64::from(mean[0]) - m).abs() < 1e-6 && (f64::from(std[0]) - s).abs() < 1e-6);
    assert_eq!(set.take(0).mean_std(), (vec![], vec![]));
}

#[test]
fn pictures_are_checked() {
    assert!(Image::new(1, 2, 2, vec![0.0, 0.5, 1.0, 0.0]).is_ok());
    assert!(Image::new(2, 1, 1, vec![0.0, 0.0]).is_err());
    assert!(Image::new(1, 2, 2, vec![0.0; 3]).is_err());
    assert!(Image::new(1, 0, 2, vec![]).is_err());
    assert!(Image::new(1, 1, 1, vec![1.5]).is_err());
    assert!(Image::new(1, 1, 1, vec![f32::NAN]).is_err());
}

#[test]
fn one_hot_rows() {
    assert_eq!(one_hot(&[2, 0], 3).unwrap(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    assert!(one_hot(&[3], 3).unwrap_err().to_string().contains("below 3"));
    assert!(one_hot(&[], 0).unwrap().is_empty());
}

#[test]
fn splits_that_leave_nothing_are_refused() {
    let set = numbered(10);
    for fraction in [0.0, 1.0, -0.5, 1.5, f64::NAN, 0.01, 0.99] {
        assert!(set.split(fraction).is_err(), "{fraction}");
    }
    assert!(set.batches(0, None).is_err());
    assert!(set.batch(&[10]).is_err() && set.subset(&[0, 10]).is_err());
    assert_eq!(set.take(99).len(), 10);
}

#[test]
fn a_view_of_a_view_keeps_samples_and_labels_together() {
    let set = numbered(100).normalize(&[0.0, 0.0], &[1.0, 2.0]).unwrap();
    let view = set.shuffle(3).subset(&[5, 5, 99, 0]).unwrap().split(0.5).unwrap().1;
    for i in 0..view.len() {
        let values = view.values(i).unwrap();
        assert_eq!(view.label(i).unwrap(), values[0] as usize % 3);
        assert_eq!(values[1], -values[0] / 2.0, "the normalization went with it");
    }
}

/// The orders that these seeds give, so that a change of the random numbers is noticed: they are the crate's promise
/// that a notebook prints the same on every machine.
#[test]
fn the_orders_are_fixed() {
    assert_eq!(ids(&numbered(10).shuffle(0)), SHUFFLED_BY_0);
    assert_eq!(ids(&numbered(10).split(0.5).unwrap().0), SHUFFLED_BY_0[..5]);
}
const SHUFFLED_BY_0: [usize; 10] = [3, 8, 5, 2, 7, 1, 0, 4, 9, 6];

proptest! {
    #[test]
    fn a_split_is_a_partition(n in 2_usize..300, fraction in 0.05_f64..0.95, seed: u64) {
        let set = numbered(n);
        let Ok((first, second)) = set.split_seeded(fraction, seed) else {
            let size = (n as f64 * fraction).round() as usize;
            prop_assert!(size == 0 || size == n);
            return Ok(());
        };
        prop_assert_eq!(first.len(), (n as f64 * fraction).round() as usize);
        let mut all = [ids(&first), ids(&second)].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..n).collect::<Vec<_>>());
        let (again, _) = set.split_seeded(fraction, seed).unwrap();
        prop_assert_eq!(ids(&again), ids(&first));
    }

    #[test]
    fn batches_give_every_sample_once(n in 0_usize..200, size in 1_usize..250, seed: Option<u64>) {
        let set = numbered(n);
        let batches = set.batches(size, seed).unwrap();
        prop_assert_eq!(batches.len(), n.div_ceil(size));
        let batches: Vec<Batch> = batches.collect();
        for (i, batch) in batches.iter().enumerate() {
            let last = i + 1 == batches.len();
            prop_assert!(batch.len() == size || (last && batch.len() == n - i * size));
            let labels: Vec<usize> = batch_ids(batch).iter().map(|id| id % 3).collect();
            prop_assert_eq!(&batch.targets, &Targets::Classes(labels));
        }
        let mut order: Vec<usize> = batches.iter().flat_map(batch_ids).collect();
        let again: Vec<usize> = set.batches(size, seed).unwrap().flat_map(|batch| batch_ids(&batch)).collect();
        prop_assert_eq!(&order, &again);
        if seed.is_some() { order.sort_unstable(); }
        prop_assert_eq!(order, (0..n).collect::<Vec<_>>());
    }

    #[test]
    fn a_batch_holds_the_samples_asked_for(indices in prop::collection::vec(0_usize..50, 0..80)) {
        let set = numbered(50);
        prop_assert_eq!(&batch_ids(&set.batch(&indices).unwrap()), &indices);
        prop_assert_eq!(&ids(&set.subset(&indices).unwrap()), &indices);
    }
}

#[test]
fn another_seed_gives_another_order() {
    let set = numbered(100);
    assert_ne!(ids(&set.shuffle(1)), ids(&set.shuffle(2)));
    let first = |seed| set.batches(10, Some(seed)).unwrap().next().unwrap();
    assert_ne!(first(1), first(2));
}
