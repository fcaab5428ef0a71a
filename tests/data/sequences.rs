//! Sets of sequences: what batches hold, what views keep, what is refused.

use gradus::data::{Augment, Dataset, IGNORE, PAD, Targets};

fn three() -> Dataset {
    Dataset::from_sequences(&[vec![3, 1, 2], vec![4], vec![5, 6]], vec![0, 1, 0], &["a", "b"]).unwrap()
}

#[track_caller]
fn refused<T>(result: gradus::Result<T>, words: &[&str]) {
    let error = result.map(drop).expect_err("refused").to_string();
    for word in words {
        assert!(error.contains(word), "{error} without {word:?}");
    }
}

#[test]
fn a_batch_is_as_long_as_its_longest_sequence() {
    let set = three().named("three");
    assert_eq!((set.len(), set.sample_shape(), set.sample_len()), (3, &[3][..], 3));
    assert_eq!(set.to_string(), "three: 3 sequences of up to 3 token ids, 2 classes");
    let batch = set.batch(&[2, 1]).unwrap();
    assert_eq!(
        (batch.inputs, batch.sample_shape),
        (vec![5.0, 6.0, 4.0, PAD as f32], vec![2])
    );
    assert_eq!(batch.targets, Targets::Classes(vec![0, 1]));
    // A sample by itself fits the shape that the set says.
    assert_eq!(set.values(1).unwrap(), [4.0, 0.0, 0.0]);
    assert_eq!([0, 1, 2].map(|i| set.steps(i).unwrap()), [3, 1, 2]);
    refused(set.steps(3), &["below 3"]);
}

#[test]
fn views_keep_sequences_and_targets_together() {
    let sequences: Vec<Vec<usize>> = (1..=40).map(|i| vec![i; 1 + i % 5]).collect();
    let targets: Vec<Vec<usize>> = sequences
        .iter()
        .map(|ids| ids.iter().map(|id| id % 4).collect())
        .collect();
    let tagged = Dataset::tagged(&sequences, &targets, &["0", "1", "2", "3"]).unwrap();
    let labels = (1..=40).map(|i| i % 4).collect();
    let whole = Dataset::from_sequences(&sequences, labels, &["0", "1", "2", "3"]).unwrap();
    let mut seen = Vec::new();
    for (train, valid) in tagged.shuffle(3).k_fold(4, 1).unwrap() {
        assert_eq!((train.len(), valid.len()), (30, 10));
        for batch in valid.batches(4, Some(7)).unwrap() {
            let steps = batch.sample_shape[0];
            let Targets::Steps { classes, steps: n } = batch.targets else {
                panic!("steps")
            };
            assert_eq!((n, batch.inputs.len()), (steps, classes.len()));
            for (ids, classes) in batch.inputs.chunks(steps).zip(classes.chunks(steps)) {
                seen.push(ids[0] as usize);
                let n = 1 + ids[0] as usize % 5;
                for (t, (id, class)) in ids.iter().zip(classes).enumerate() {
                    let expected = if t < n { ids[0] as usize % 4 } else { IGNORE };
                    assert_eq!((*id, *class), (if t < n { ids[0] } else { 0.0 }, expected));
                }
            }
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=40).collect::<Vec<_>>());
    let (a, b) = whole.stratified_split(0.5).unwrap();
    assert_eq!((a.class_counts(), b.class_counts()), (vec![5; 4], vec![5; 4]));
    assert!((0..20).all(|i| a.label(i).unwrap() == a.values(i).unwrap()[0] as usize % 4));
    // Of a class per step, steps are counted.
    assert_eq!(
        tagged.class_counts().iter().sum::<usize>(),
        sequences.iter().map(Vec::len).sum::<usize>()
    );
    assert!(tagged.labels().is_empty());
}

#[test]
fn what_follows_is_asked() {
    let next = Dataset::next_tokens(&[vec![1, 5, 6, 2], vec![1, 2]], 7).unwrap();
    let batch = next.batch(&[0, 1]).unwrap();
    assert_eq!(batch.inputs, [1.0, 5.0, 6.0, 1.0, 0.0, 0.0]);
    let classes = vec![5, 6, 2, 2, IGNORE, IGNORE];
    assert_eq!(batch.targets, Targets::Steps { classes, steps: 3 });
    assert_eq!((next.num_classes(), batch.targets.counted()), (7, 4));
    let windows = Dataset::windows_every(&[0, 1, 2, 3, 4, 5], 3, 2, 6).unwrap();
    assert_eq!(windows.len(), 2);
    let batch = windows.batch(&[1]).unwrap();
    assert_eq!(batch.inputs, [2.0, 3.0, 4.0]);
    assert_eq!(
        batch.targets,
        Targets::Steps {
            classes: vec![3, 4, 5],
            steps: 3
        }
    );
    // One id more than a window makes one window.
    assert_eq!(Dataset::windows(&[0, 1, 2, 3], 3, 4).unwrap().len(), 1);
    refused(Dataset::windows(&[0, 1, 2], 3, 4), &["more than 3 ids"]);
    refused(Dataset::windows(&[0, 9, 2], 2, 4), &["place 1", "less than 4", "9"]);
    refused(Dataset::windows(&[0, 1, 2], 0, 4), &["at least 1"]);
    refused(
        Dataset::next_tokens(&[vec![1, 2], vec![3]], 7),
        &["sequence 1", "at least two ids"],
    );
    refused(Dataset::next_tokens(&[vec![1, 7]], 7), &["step 1", "less than 7"]);
}

#[test]
fn pairs_are_read_and_written() {
    let pairs = Dataset::pairs(&[vec![7], vec![8, 9, 7, 7]], &[vec![5, 6], vec![3]], 1, 2, 10).unwrap();
    assert_eq!(pairs.sample_shape(), [2, 4]);
    let batch = pairs.batch(&[0]).unwrap();
    assert_eq!(
        (batch.inputs, batch.sample_shape),
        (vec![7.0, 0.0, 0.0, 1.0, 5.0, 6.0], vec![2, 3])
    );
    assert_eq!(
        batch.targets,
        Targets::Steps {
            classes: vec![5, 6, 2],
            steps: 3
        }
    );
    let batch = pairs.batch(&[1, 0]).unwrap();
    assert_eq!(batch.inputs[..8], [8.0, 9.0, 7.0, 7.0, 1.0, 3.0, 0.0, 0.0]);
    let Targets::Steps { classes, steps: 4 } = batch.targets else {
        panic!("steps")
    };
    assert_eq!(classes[..4], [3, 2, IGNORE, IGNORE]);
    refused(
        Dataset::pairs(&[vec![7]], &[vec![5], vec![5]], 1, 2, 10),
        &["targets", "expected 1", "got 2"],
    );
    refused(
        Dataset::pairs(&[vec![7]], &[vec![5]], 0, 2, 10),
        &["begin", "from 1 to 9"],
    );
    refused(
        Dataset::pairs(&[vec![7]], &[vec![5]], 1, 10, 10),
        &["end", "from 1 to 9"],
    );
    refused(
        Dataset::pairs(&[vec![7]], &[vec![11]], 1, 2, 10),
        &["target 0", "less than 10"],
    );
}

#[test]
fn sequences_that_are_none_are_refused() {
    let names = ["a", "b"];
    refused(
        Dataset::from_sequences(&[vec![1], vec![]], vec![0, 1], &names),
        &["sequence 1", "at least one id"],
    );
    refused(
        Dataset::from_sequences(&[vec![1, 0]], vec![0], &names),
        &["step 1", "fills short sequences up"],
    );
    refused(
        Dataset::from_sequences(&[vec![1 << 24]], vec![0], &names),
        &["16777215"],
    );
    refused(
        Dataset::from_sequences(&[vec![1]], vec![0, 1], &names),
        &["labels", "expected 1", "got 2"],
    );
    refused(
        Dataset::from_sequences(&[vec![1]], vec![2], &names),
        &["label of sample 0"],
    );
    refused(
        Dataset::sequence_regression(&[vec![1]], vec![1.0, 2.0], 1),
        &["target values", "expected 1"],
    );
    refused(
        Dataset::sequence_regression(&[vec![1]], vec![f32::NAN], 1),
        &["target value 0"],
    );
    refused(
        Dataset::tagged(&[vec![1, 2]], &[vec![0]], &names),
        &["targets of sequence 0", "expected 2"],
    );
    refused(
        Dataset::tagged(&[vec![1, 2]], &[vec![0, 2]], &names),
        &["step 1 of sequence 0", "IGNORE"],
    );
    refused(
        Dataset::series(&[vec![1.0, 2.0, 3.0]], 2, vec![0], &names),
        &["one row of 2 numbers"],
    );
    refused(
        Dataset::series(&[vec![1.0, f32::NAN]], 2, vec![0], &names),
        &["sequence 0"],
    );
    refused(
        Dataset::series(&[Vec::<f32>::new()], 2, vec![0], &names),
        &["at least one row"],
    );
}

#[test]
fn what_only_pictures_or_amounts_have_is_refused() {
    let (set, tagged) = (
        three(),
        Dataset::tagged(&[vec![1, 2]], &[vec![0, IGNORE]], &["a", "b"]).unwrap(),
    );
    refused(set.normalize(&[0.0; 3], &[1.0; 3]), &["token ids", "Embedding"]);
    assert_eq!(set.mean_std(), (vec![], vec![]));
    refused(set.image(0), &["(C, H, W)"]);
    refused(set.augmented(0, &Augment::new(0), 0), &["pictures"]);
    refused(tagged.label(0), &["a class for every step"]);
    refused(tagged.stratified_k_fold(2, 0), &["a class for every step"]);
    refused(tagged.oversample(0), &["a class for every step"]);
    refused(tagged.with_classes(&["b", "a"]), &["a class for every step"]);
    refused(tagged.with_inputs(vec![0.0], &[1]), &["a class for every step"]);
    assert_eq!(tagged.class_counts(), [1, 0]);
    // Of the whole and of what a network made of it, classes stay.
    let features = set.with_inputs(vec![0.0; 3], &[1]).unwrap();
    assert_eq!(features.labels(), set.labels());
}

#[test]
fn rows_of_numbers_are_filled_up_with_nan() {
    let lists = [vec![1.0, 2.0, 3.0, 4.0], vec![5.0, 6.0]];
    let set = Dataset::series(&lists, 2, vec![0, 1], &["a", "b"]).unwrap();
    assert_eq!((set.sample_shape(), set.steps(1).unwrap()), (&[2, 2][..], 1));
    assert_eq!(set.mean_std().0, [3.0, 4.0]);
    let batch = set.normalize(&[3.0, 4.0], &[2.0, 2.0]).unwrap().batch(&[1, 0]).unwrap();
    assert_eq!(batch.inputs[..2], [1.0, 1.0]);
    assert!(batch.inputs[2..4].iter().all(|x| x.is_nan()));
    assert_eq!(batch.inputs[4..], [-1.0, -1.0, 0.0, 0.0]);
    let values = Dataset::series_regression(&lists, 2, vec![0.5, 1.5], 1).unwrap();
    assert_eq!(
        values.batch(&[1]).unwrap().targets,
        Targets::Values {
            data: vec![1.5],
            dim: 1
        }
    );
}
