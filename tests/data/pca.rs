//! Principal components against scikit-learn. `tests/data/pca.py` made the values and names its version.

use gradus::data::Pca;
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    values: Vec<f32>,
    dim: usize,
    components: Vec<Vec<f64>>,
    variances: Vec<f64>,
    explained: Vec<f64>,
    points: Vec<Vec<f64>>,
    rebuilt: Vec<Vec<f64>>,
}

#[test]
fn components_are_those_of_scikit_learn() {
    let cases: Vec<Case> = load("data/pca");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let count = case.components.len();
        let pca = Pca::fit(&case.values, case.dim, count).unwrap();
        let points = pca.transform(&case.values).unwrap();
        for (k, theirs) in case.components.iter().enumerate() {
            let ours = &pca.components()[k];
            // A direction and its opposite are the same direction.
            let sign: f64 = ours.iter().zip(theirs).map(|(a, b)| a * b).sum::<f64>().signum();
            for (a, b) in ours.iter().zip(theirs) {
                assert!((a - sign * b).abs() < 1e-8, "{ours:?} {theirs:?}");
            }
            assert!((pca.variances()[k] - case.variances[k]).abs() < 1e-8 * case.variances[0]);
            assert!((pca.explained()[k] - case.explained[k]).abs() < 1e-9);
            for (i, row) in case.points.iter().enumerate() {
                let ours = f64::from(points[i * count + k]);
                assert!(
                    (ours - sign * row[k]).abs() < 1e-5 * (1.0 + row[k].abs()),
                    "{ours} {}",
                    row[k]
                );
            }
            let largest = ours
                .iter()
                .copied()
                .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            assert!(largest > 0.0, "the sign is fixed");
        }
        let rebuilt = pca.rebuild(&points).unwrap();
        assert_eq!(rebuilt.len(), case.values.len());
        for (ours, theirs) in rebuilt.iter().zip(case.rebuilt.concat()) {
            assert!(
                (f64::from(*ours) - theirs).abs() < 1e-5 * (1.0 + theirs.abs()),
                "{ours} {theirs}"
            );
        }
        let two = pca.points(&case.values).unwrap();
        assert_eq!(two[1], [points[count], points[count + 1]]);
    }
}

#[test]
fn what_has_no_components_is_refused() {
    let refused = |result: gradus::Result<Pca>, part: &str| {
        let text = result.expect_err(part).to_string();
        assert!(text.contains(part), "{text}");
    };
    refused(Pca::fit(&[1.0, 2.0, 3.0], 2, 1), "3 numbers");
    refused(Pca::fit(&[], 2, 1), "0 numbers");
    refused(Pca::fit(&[1.0], 0, 1), "multiple of 0");
    refused(Pca::fit(&[1.0, 2.0], 2, 1), "1 samples");
    refused(Pca::fit(&[1.0; 6], 2, 3), "1 to 2 components");
    refused(Pca::fit(&[1.0; 6], 2, 0), "0 components");
    refused(Pca::fit(&[1.0, 2.0, 3.0, f32::NAN], 2, 1), "number 1 of sample 1");
    let flat = Pca::fit(&[1.0; 6], 2, 2).unwrap();
    assert_eq!(
        (flat.explained(), flat.transform(&[1.0, 1.0]).unwrap()),
        (&[0.0, 0.0][..], vec![0.0, 0.0])
    );
    assert!(flat.transform(&[1.0]).is_err());
    refused(flat.rebuild(&[1.0]).map(|_| flat.clone()), "multiple of 2");
    refused(
        flat.rebuild(&[1.0, f32::NAN]).map(|_| flat.clone()),
        "number 1 of sample 0",
    );
    let one = Pca::fit(&[1.0, 2.0, 3.0, 5.0], 2, 1).unwrap();
    assert!(one.points(&[1.0, 2.0]).unwrap_err().to_string().contains("at least 2"));
}
