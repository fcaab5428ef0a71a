//! Augmentation: repeatable whatever the batches and the threads, before normalization, and refusing what is wrong.

use gradus::prelude::*;
use gradus_tests::{in_threads, load};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    op: String,
    options: serde_json::Value,
    input: Vec<f32>,
    shape: [usize; 3],
    output: Vec<f32>,
    output_shape: [usize; 3],
}

/// Values from 0 to 1, all different.
fn ramp(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * 37 % 256) as u8).collect()
}

fn pictures(n: usize) -> Dataset {
    Dataset::from_pixels(ramp(n * 3 * 6 * 5), [3, 6, 5], vec![0; n], &["one"]).unwrap()
}

fn everything(seed: u64) -> Augment {
    Augment::new(seed)
        .flip()
        .flip_vertical()
        .crop(2)
        .rotate(20.0)
        .shift(0.1)
        .zoom(0.8, 1.2)
        .shear(10.0)
        .brightness(0.3)
        .contrast(0.3)
        .color(0.3)
        .cutout(2)
}

/// All inputs of an epoch, put back into the order of the set.
fn epoch(set: &Dataset, size: usize, order: Option<u64>, augment: &Augment, epoch: u64) -> Vec<Vec<f32>> {
    let batches = set.batches(size, order).unwrap().augmented(augment, epoch).unwrap();
    batches
        .flat_map(|batch| {
            batch
                .inputs
                .chunks(set.sample_len())
                .map(<[f32]>::to_vec)
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn an_epoch_depends_on_seed_epoch_and_place_alone() {
    let set = pictures(23);
    let augment = everything(7);
    let all = epoch(&set, 23, None, &augment, 0);
    assert_eq!(all, epoch(&set, 4, None, &augment, 0), "another batch size");
    assert_eq!(
        all,
        in_threads(1, || epoch(&set, 23, None, &augment, 0)),
        "another number of threads"
    );
    let mut shuffled = epoch(&set, 5, Some(3), &augment, 0);
    let mut sorted = all.clone();
    shuffled.sort_by(|a, b| a.partial_cmp(b).unwrap());
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!(sorted, shuffled, "another order");
    assert_ne!(all, epoch(&set, 23, None, &augment, 1), "another epoch");
    assert_ne!(all, epoch(&set, 23, None, &everything(8), 0), "another seed");
    for (i, values) in all.iter().enumerate() {
        assert_eq!(
            values,
            set.augmented(i, &augment, 0).unwrap().pixels(),
            "sample {i} as a picture"
        );
    }
    // The same picture twice in a set (as in over-sampling) is changed in two ways.
    let twice = set.subset(&[0, 0]).unwrap();
    assert_ne!(
        twice.augmented(0, &augment, 0).unwrap(),
        twice.augmented(1, &augment, 0).unwrap()
    );
}

#[test]
fn nothing_asked_for_changes_nothing() {
    let set = pictures(4);
    assert_eq!(
        epoch(&set, 4, None, &Augment::new(5), 2),
        epoch(&set, 4, None, &Augment::new(6), 3)
    );
    assert_eq!(
        epoch(&set, 4, None, &Augment::new(5), 2).concat(),
        set.batch(&[0, 1, 2, 3]).unwrap().inputs
    );
}

#[test]
fn one_change_more_leaves_the_draws_of_the_others() {
    let set = pictures(40);
    let flips = |augment: Augment| -> Vec<bool> {
        let same = |i| set.augmented(i, &augment, 0).unwrap() == set.image(i).unwrap();
        (0..40).map(same).collect()
    };
    let plain = flips(Augment::new(1).flip());
    let kept = plain.iter().filter(|&&same| same).count();
    assert!(
        (10..=30).contains(&kept),
        "about half of 40 are flipped, {kept} are not"
    );
    // A zoom and a brightness by a factor of exactly 1, cutout by nothing.
    assert_eq!(plain, flips(Augment::new(1).flip().zoom(1.0, 1.0).cutout(0)));
}

#[test]
fn pictures_are_changed_before_they_are_normalized() {
    let set = pictures(6);
    let (mean, std) = set.mean_std();
    let normalized = set.normalize(&mean, &std).unwrap();
    // Without cutout, whose blank is the mean of the normalization.
    let augment = everything(3).cutout(0);
    let raw = epoch(&set, 3, None, &augment, 0).concat();
    let mut expected = raw.clone();
    normalized.normalization().unwrap().apply(&mut expected, 30);
    assert_eq!(epoch(&normalized, 3, None, &augment, 0).concat(), expected);
    // What is blanked becomes zero.
    let blanked = epoch(&normalized, 6, None, &Augment::new(3).cutout(40), 0).concat();
    assert!(blanked.iter().all(|v| v.abs() < 1e-6), "{blanked:?}");
}

#[test]
fn wrong_settings_and_samples_are_named() {
    let set = pictures(2);
    let complaint = |augment: Augment| {
        let error = set
            .batches(2, None)
            .unwrap()
            .augmented(&augment, 0)
            .unwrap_err()
            .to_string();
        assert_eq!(error, set.augmented(0, &augment, 0).unwrap_err().to_string());
        assert_eq!(
            error,
            augment.image(&set.image(0).unwrap(), 0, 0).unwrap_err().to_string()
        );
        error
    };
    for (augment, part) in [
        (Augment::new(0).rotate(f32::NAN), "rotate of an augmentation"),
        (Augment::new(0).rotate(181.0), "181"),
        (Augment::new(0).shift(-0.1), "-0.1"),
        (Augment::new(0).zoom(0.0, 1.0), "0 and 1"),
        (Augment::new(0).zoom(1.2, 1.0), "1.2 and 1"),
        (Augment::new(0).zoom(1.0, f32::INFINITY), "1 and inf"),
        (Augment::new(0).shear(90.0), "shear"),
        (Augment::new(0).brightness(-1.0), "brightness"),
        (Augment::new(0).contrast(f32::NAN), "contrast"),
        (Augment::new(0).color(f32::INFINITY).shear(90.0), "color"),
    ] {
        let text = complaint(augment);
        assert!(text.contains(part), "{text}");
    }
    let points = data::moons(10, 0.1, 0).unwrap();
    let error = points
        .batches(5, None)
        .unwrap()
        .augmented(&Augment::new(0), 0)
        .unwrap_err();
    assert!(error.to_string().contains("samples of shape [2]"), "{error}");
}

#[test]
fn warps_and_sizes_agree_with_pytorch() {
    let golden: Golden = load("data/augment");
    let mut seen = [0; 3];
    for case in &golden.cases {
        let [c, h, w] = case.shape;
        let image = || Image::new(c, h, w, case.input.clone()).unwrap();
        let [_, rows, columns] = case.output_shape;
        let (kind, got) = match case.op.as_str() {
            "warp" => {
                let number = |i: usize| case.options["theta"][i].as_f64().unwrap() as f32;
                let fill = match case.options["fill"].as_str().unwrap() {
                    "Black" => Fill::Black,
                    "Edge" => Fill::Edge,
                    _ => Fill::Reflect,
                };
                (0, image().warp(std::array::from_fn(number), fill).unwrap())
            }
            "resize" => (1, image().resize(rows, columns).unwrap()),
            "crop" => (2, image().fit(rows, columns, Fit::Crop).unwrap()),
            _ => continue,
        };
        seen[kind] += 1;
        assert_eq!(got.shape(), case.output_shape, "{} {:?}", case.op, case.shape);
        for (got, wanted) in got.pixels().iter().zip(&case.output) {
            assert!(
                (got - wanted).abs() < 2e-5,
                "{} {}: {got}, not {wanted}",
                case.op,
                case.options
            );
        }
    }
    assert_eq!(seen, [12, 4, 2]);
    let one = Image::new(1, 1, 1, vec![0.5]).unwrap();
    assert!(one.warp([f32::NAN; 6], Fill::Edge).is_err());
}
