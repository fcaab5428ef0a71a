//! Structural similarity and Fréchet distance: the values of scikit-image and NumPy, and what is refused.
//!
//! `tests/metrics/pictures.py` made `pictures.json`, which names the versions.

use gradus::metrics::{frechet_distance, ssim};
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    ssim: Vec<Likeness>,
    frechet: Vec<Distance>,
}

#[derive(Deserialize)]
struct Likeness {
    shape: [usize; 3],
    range: f64,
    a: Vec<f32>,
    b: Vec<f32>,
    ssim: f64,
}

#[derive(Deserialize)]
struct Distance {
    dim: usize,
    a: Vec<f32>,
    b: Vec<f32>,
    distance: f64,
}

#[test]
fn structural_similarity_is_scikit_images() -> gradus::Result<()> {
    let golden: Golden = load("metrics/pictures");
    assert_eq!(golden.ssim.len(), 3);
    for case in golden.ssim {
        let [_, height, width] = case.shape;
        let got = ssim(&case.a, &case.b, [height, width], case.range)?;
        assert!(
            (got - case.ssim).abs() < 1e-5,
            "{:?}: {got}, not {}",
            case.shape,
            case.ssim
        );
        assert!((ssim(&case.a, &case.a, [height, width], case.range)? - 1.0).abs() < 1e-12);
    }
    Ok(())
}

#[test]
fn the_frechet_distance_is_numpys() -> gradus::Result<()> {
    let golden: Golden = load("metrics/pictures");
    assert_eq!(golden.frechet.len(), 4);
    for Distance { dim, a, b, distance } in golden.frechet {
        let got = frechet_distance(&a, &b, dim)?;
        assert!(
            (got - distance).abs() < 1e-4 * (1.0 + distance),
            "{dim}: {got}, not {distance}"
        );
        let back = frechet_distance(&b, &a, dim)?;
        assert!(
            (got - back).abs() < 1e-6 * (1.0 + got),
            "{dim}: {got} there, {back} back"
        );
        assert!(frechet_distance(&a, &a, dim)? < 1e-6 * (1.0 + got));
    }
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let said = |result: gradus::Result<f64>| result.expect_err("an error").to_string();
    let flat = [0.5; 64];
    assert!(said(ssim(&flat, &flat, [6, 8], 1.0)).contains("7 × 7"));
    assert!(said(ssim(&flat, &flat[..32], [8, 8], 1.0)).contains("64 and 32"));
    assert!(said(ssim(&flat[..60], &flat[..60], [8, 8], 1.0)).contains("64 pixels"));
    assert!(said(ssim(&[], &[], [8, 8], 1.0)).contains("at least one"));
    for range in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(said(ssim(&flat, &flat, [8, 8], range)).contains("above 0"), "{range}");
    }
    assert!(said(frechet_distance(&flat[..2], &flat, 2)).contains("first set"));
    assert!(said(frechet_distance(&flat, &flat[..5], 2)).contains("second set"));
    assert!(said(frechet_distance(&flat, &flat, 0)).contains("at least 1"));
    let broken = [1.0, 2.0, 3.0, f32::NAN];
    assert!(said(frechet_distance(&flat, &broken, 2)).contains("feature 1 of sample 1"));
}
