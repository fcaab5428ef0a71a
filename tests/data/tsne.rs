//! t-SNE: scikit-learn's objective, made as small as there; the same for any number of threads; what is refused.
//!
//! `tests/data/tsne.py` made `tsne.json`, which names the versions.

use gradus::data::{Pca, Tsne};
use gradus_tests::{in_threads, load};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    dim: usize,
    perplexity: f64,
    values: Vec<f32>,
    points: Vec<f32>,
    divergence: f64,
    fitted: f64,
}

#[test]
fn the_objective_is_scikit_learns_and_becomes_as_small() -> gradus::Result<()> {
    let golden: Golden = load("data/tsne");
    assert_eq!(golden.cases.len(), 3);
    for case in golden.cases {
        let points: Vec<[f32; 2]> = case.points.chunks(2).map(|xy| [xy[0], xy[1]]).collect();
        let got = Tsne::divergence_of(&case.values, case.dim, case.perplexity, &points)?;
        assert!(
            (got - case.divergence).abs() < 1e-3 * case.divergence,
            "{got}, not {}",
            case.divergence
        );
        let fitted = Tsne::fit(&case.values, case.dim, case.perplexity)?;
        let small = fitted.divergence();
        // Where it ends hangs on the last digit of the start: no more than a quarter above.
        assert!(
            small < 1.25 * case.fitted && small < 0.5 * got,
            "{small}, scikit-learn {}",
            case.fitted
        );
        let again = Tsne::divergence_of(&case.values, case.dim, case.perplexity, fitted.points())?;
        assert!((again - small).abs() < 1e-4, "{again} and {small}");
        for threads in [1, 3] {
            let same = in_threads(threads, || Tsne::fit(&case.values, case.dim, case.perplexity))?;
            assert_eq!(same, fitted, "{threads} threads");
        }
        let flat = Pca::fit(&case.values, case.dim, 2)?.points(&case.values)?;
        assert!(Tsne::divergence_of(&case.values, case.dim, case.perplexity, &flat)? > small);
    }
    Ok(())
}

#[test]
fn samples_that_are_alike_or_on_a_line_are_laid_out() -> gradus::Result<()> {
    let tsne = Tsne::fit(&[1.0; 20], 2, 3.0)?;
    assert!(tsne.points().iter().flatten().all(|x| x.is_finite()) && tsne.divergence().is_finite());
    let line = Tsne::fit(&[1.0, 2.0, 3.0, 4.0, 5.0], 1, 2.0)?;
    assert!(line.points().iter().flatten().all(|x| x.is_finite()));
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let said = |values: &[f32], dim, perplexity| Tsne::fit(values, dim, perplexity).expect_err("an error").to_string();
    for perplexity in [0.0, 0.5, 10.0, f64::NAN] {
        assert!(
            said(&[1.0; 20], 2, perplexity).contains("perplexity from 1"),
            "{perplexity}"
        );
    }
    assert!(said(&[1.0; 4], 2, 1.0).contains("at least 3 samples"));
    assert!(said(&[1.0; 5], 2, 2.0).contains("multiple of 2"));
    assert!(said(&[1.0, 2.0, 3.0, f32::NAN, 5.0, 6.0], 2, 2.0).contains("sample 1"));
    let places = Tsne::divergence_of(&[1.0; 20], 2, 3.0, &[[0.0; 2]; 3])
        .expect_err("an error")
        .to_string();
    assert!(places.contains("one for each sample"), "{places}");
}
