//! What a classifier and a search for neighbours make of generated samples.

use gradus::metrics::{Sureness, nearest};
use gradus_tests::in_threads;

const ROWS: [f32; 12] = [0.96, 0.04, 0.00, 0.02, 0.97, 0.01, 0.40, 0.35, 0.25, 0.99, 0.00, 0.01];

#[test]
fn sure_samples_count_for_their_class() -> gradus::Result<()> {
    let at = |threshold| Sureness::of(&ROWS, 3, threshold);
    assert_eq!(at(0.95)?.counts(), [2, 1, 0]);
    assert_eq!(at(0.0)?.counts(), [3, 1, 0]);
    assert_eq!(at(0.98)?.counts(), [1, 0, 0]);
    // A probability of the threshold itself is enough.
    assert_eq!(at(0.97)?.share(), 0.5);
    let coverage = [0, 1, 2, 3].map(|least| at(0.95).map(|s| s.coverage(least)).unwrap_or(99));
    assert_eq!(coverage, [3, 2, 1, 0]);
    Ok(())
}

#[test]
fn rows_that_are_no_probabilities_are_refused() {
    let said = |result: gradus::Result<Sureness>| result.expect_err("an error").to_string();
    assert!(said(Sureness::of(&ROWS, 5, 0.5)).contains("a row of 5"));
    assert!(said(Sureness::of(&ROWS, 0, 0.5)).contains("a row of 0"));
    assert!(said(Sureness::of(&[], 3, 0.5)).contains("at least one row"));
    for threshold in [-0.1, 1.1, f32::NAN] {
        assert!(
            said(Sureness::of(&ROWS, 3, threshold)).contains("threshold"),
            "{threshold}"
        );
    }
    for bad in [[0.5, 0.6], [-0.1, 1.1], [f32::NAN, 0.5], [0.2, 0.2]] {
        let rows = [[0.5, 0.5], bad].concat();
        let text = said(Sureness::of(&rows, 2, 0.5));
        assert!(text.contains("sample 1") && text.contains("softmax"), "{text}");
    }
}

#[test]
fn the_nearest_of_many() -> gradus::Result<()> {
    // Odd widths, and neighbours that are known: each sample is one of the others, a little moved.
    for dim in [1, 3, 8, 21] {
        let others: Vec<f32> = (0..40 * dim).map(|i| ((i * i * 31 + i * 17) % 97) as f32).collect();
        let places: Vec<usize> = (0..20).map(|i| i * 7 % 40).collect();
        let samples: Vec<f32> = places
            .iter()
            .flat_map(|p| &others[p * dim..][..dim])
            .map(|x| x + 0.125)
            .collect();
        let found = nearest(&samples, &others, dim)?;
        for (i, ((place, distance), wanted)) in found.iter().zip(&places).enumerate() {
            let row = |k: usize| &others[k * dim..][..dim];
            assert_eq!(row(*place), row(*wanted), "{dim}: sample {i}");
            assert!(*place <= *wanted, "of equally near ones the first");
            assert!(
                (distance - 0.125 * (dim as f32).sqrt()).abs() < 1e-5,
                "{dim}: {distance}"
            );
        }
        let alone = in_threads(1, || nearest(&samples, &others, dim)).expect("rows");
        assert_eq!(alone, found, "any number of threads");
    }
    Ok(())
}

#[test]
fn a_search_without_rows_is_refused() {
    let said = |result: gradus::Result<Vec<(usize, f32)>>| result.expect_err("an error").to_string();
    assert!(said(nearest(&[], &[1.0], 1)).contains("the samples"));
    assert!(said(nearest(&[1.0, 2.0], &[1.0], 2)).contains("the others"));
    assert!(said(nearest(&[1.0], &[1.0], 0)).contains("at least 1"));
    assert!(said(nearest(&[1.0, 2.0], &[1.0, f32::NAN], 2)).contains("number 1 of row 0 of the others"));
}
