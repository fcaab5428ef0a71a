//! The toy sets against their definitions.

use gradus::data::{Dataset, blobs, circles, moons, spirals, xor};

// tests/data/toy.py, scikit-learn 1.9.1.
const MOONS: [(f32, f32, usize); 7] = [
    (1.0, 0.0, 0),
    (0.0, 1.0, 0),
    (-1.0, 0.0, 0),
    (0.0, 0.5, 1),
    (0.5, -0.366025, 1),
    (1.5, -0.366025, 1),
    (2.0, 0.5, 1),
];
const CIRCLES: [(f32, f32, usize); 7] = [
    (1.0, 0.0, 0),
    (-0.5, 0.866025, 0),
    (-0.5, -0.866025, 0),
    (0.4, 0.0, 1),
    (0.0, 0.4, 1),
    (-0.4, 0.0, 1),
    (0.0, -0.4, 1),
];

fn points(set: &Dataset) -> Vec<(f32, f32, usize)> {
    (0..set.len())
        .map(|i| {
            let values = set.values(i).unwrap();
            (values[0], values[1], set.label(i).unwrap())
        })
        .collect()
}

/// The same points in whatever order.
fn same(set: &Dataset, expected: &[(f32, f32, usize)]) {
    let mut left = points(set);
    assert_eq!(left.len(), expected.len());
    for want in expected {
        let near =
            |got: &(f32, f32, usize)| (got.0 - want.0).abs() < 1e-5 && (got.1 - want.1).abs() < 1e-5 && got.2 == want.2;
        let found = left
            .iter()
            .position(near)
            .unwrap_or_else(|| panic!("{want:?} is not in {left:?}"));
        left.remove(found);
    }
}

#[test]
fn moons_and_circles_are_those_of_scikit_learn() {
    same(&moons(7, 0.0, 1).unwrap(), &MOONS);
    same(&circles(7, 0.0, 0.4, 1).unwrap(), &CIRCLES);
}

#[test]
fn noise_has_the_standard_deviation_asked_for() {
    let (clean, noisy) = (
        circles(20_000, 0.0, 0.5, 3).unwrap(),
        circles(20_000, 0.1, 0.5, 3).unwrap(),
    );
    // Without noise the squared distances from the origin are 1 and 0.25; noise adds its variance once per coordinate.
    let mean_square = |set: &Dataset| {
        points(set)
            .iter()
            .map(|(x, y, _)| f64::from(x * x + y * y))
            .sum::<f64>()
            / set.len() as f64
    };
    let added = mean_square(&noisy) - mean_square(&clean);
    assert!((added - 0.02).abs() < 0.003, "{added}");
}

#[test]
fn spirals_wind_outwards() {
    let set = spirals(300, 3, 0.0, 1).unwrap();
    assert_eq!(set.class_counts(), [100, 100, 100]);
    let radii: Vec<f32> = points(&set).iter().map(|(x, y, _)| x.hypot(*y)).collect();
    assert!(radii.iter().all(|r| *r <= 1.0001) && radii.iter().any(|r| *r > 0.999));
    // Half way out, arm 0 has turned by two radians.
    let (x, y) = (0.5 * 2.0_f32.sin(), 0.5 * 2.0_f32.cos());
    let nearest = points(&set)
        .into_iter()
        .filter(|point| point.2 == 0)
        .map(|(px, py, _)| (px - x).hypot(py - y))
        .fold(f32::MAX, f32::min);
    assert!(nearest < 0.02, "{nearest}");
}

#[test]
fn blobs_have_their_spread() {
    let set = blobs(30_000, 3, 0.5, 4).unwrap();
    assert_eq!(set.class_counts(), [10_000; 3]);
    for class in 0..3 {
        let own: Vec<usize> = (0..set.len()).filter(|&i| set.label(i).unwrap() == class).collect();
        let (mean, std) = set.subset(&own).unwrap().mean_std();
        assert!(mean.iter().all(|m| m.abs() < 10.1), "{mean:?}");
        assert!(std.iter().all(|s| (s - 0.5).abs() < 0.02), "{std:?}");
    }
}

#[test]
fn xor_is_exclusive_or() {
    let set = xor(1000, 0.0, 5).unwrap();
    for (x, y, label) in points(&set) {
        assert_eq!(label == 1, (x > 0.0) != (y > 0.0), "({x}, {y})");
        assert!(x.abs() <= 1.0 && y.abs() <= 1.0);
    }
    assert!(set.class_counts().iter().all(|count| *count > 400));
}

#[test]
fn a_seed_gives_the_same_points_again_and_they_come_shuffled() {
    let make: [fn(u64) -> Dataset; 5] = [
        |seed| moons(50, 0.1, seed).unwrap(),
        |seed| circles(50, 0.1, 0.5, seed).unwrap(),
        |seed| spirals(50, 3, 0.2, seed).unwrap(),
        |seed| blobs(50, 4, 1.0, seed).unwrap(),
        |seed| xor(50, 0.1, seed).unwrap(),
    ];
    for set in make {
        assert_eq!(points(&set(1)), points(&set(1)));
        assert_ne!(points(&set(1)), points(&set(2)));
        assert!(!set(1).labels().is_sorted());
    }
}

#[test]
fn sizes_that_do_not_divide_lose_no_point() {
    assert_eq!(spirals(11, 4, 0.1, 0).unwrap().class_counts(), [3, 3, 3, 2]);
    assert_eq!(blobs(2, 2, 0.1, 0).unwrap().class_counts(), [1, 1]);
    assert_eq!(moons(3, 0.1, 0).unwrap().class_counts(), [1, 2]);
}

#[test]
fn wrong_arguments_are_refused() {
    let text = moons(1, 0.1, 0).unwrap_err().to_string();
    assert!(text.contains("at least 2") && text.contains("got 1"), "{text}");
    assert!(moons(10, -0.1, 0).is_err() && xor(10, f64::NAN, 0).is_err());
    assert!(circles(10, 0.1, 1.0, 0).is_err() && circles(10, 0.1, f64::NAN, 0).is_err());
    assert!(spirals(10, 0, 0.1, 0).is_err() && spirals(2, 3, 0.1, 0).is_err());
    assert!(blobs(10, 0, 0.1, 0).is_err() && blobs(10, 3, f64::INFINITY, 0).is_err());
}
