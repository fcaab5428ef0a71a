//! Agreement with scikit-learn; tests/metrics/report.py made the values and names its version.

use gradus::Error;
use gradus::metrics::{ConfusionMatrix, accuracy};
use gradus_tests::text;

struct Case {
    truth: Vec<usize>,
    predicted: Vec<usize>,
    names: Vec<String>,
    counts: Vec<usize>,
    accuracy: f64,
    per_class: [Vec<f64>; 3],
    averages: [Vec<f64>; 2],
    report: String,
}

fn cases() -> Vec<Case> {
    let text = text("metrics/report.txt");
    let mut lines = text.lines();
    let mut cases = Vec::new();
    while let Some(head) = lines.next() {
        assert!(head.starts_with("case "), "{head}");
        let mut line = || lines.next().unwrap();
        let whole = |text: &str| text.split(' ').map(|v| v.parse().unwrap()).collect::<Vec<usize>>();
        let real = |text: &str| text.split(' ').map(|v| v.parse().unwrap()).collect::<Vec<f64>>();
        cases.push(Case {
            truth: whole(line()),
            predicted: whole(line()),
            names: line().split('|').map(String::from).collect(),
            counts: whole(line()),
            accuracy: real(line())[0],
            per_class: [real(line()), real(line()), real(line())],
            averages: [real(line()), real(line())],
            report: lines
                .by_ref()
                .take_while(|&l| l != "end")
                .map(|l| format!("{l}\n"))
                .collect(),
        });
    }
    cases
}

/// The report with `1.0` at the end of a line written as `1`, still aligned to the right.
fn whole_counts(report: &str) -> String {
    let line = |l: &str| match l.strip_suffix(".0") {
        Some(start) => {
            let (scores, count) = start.rsplit_once(' ').unwrap();
            format!("{scores}   {count}\n")
        }
        None => format!("{l}\n"),
    };
    report.lines().map(line).collect()
}

fn near(ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() < 1e-12, "{ours} instead of {theirs}");
}

#[test]
fn scores_and_report_agree_with_scikit_learn() {
    let cases = cases();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let matrix = ConfusionMatrix::new(&case.truth, &case.predicted, &case.names).unwrap();
        assert_eq!(matrix.counts(), case.counts);
        assert_eq!(matrix.total(), case.truth.len());
        near(matrix.accuracy(), case.accuracy);
        near(accuracy(&case.truth, &case.predicted).unwrap(), case.accuracy);
        for class in 0..case.names.len() {
            near(matrix.precision(class), case.per_class[0][class]);
            near(matrix.recall(class), case.per_class[1][class]);
            near(matrix.f1(class), case.per_class[2][class]);
        }
        let report = matrix.report();
        for (ours, theirs) in [&report.macro_average, &report.weighted_average]
            .into_iter()
            .zip(&case.averages)
        {
            near(ours.precision, theirs[0]);
            near(ours.recall, theirs[1]);
            near(ours.f1, theirs[2]);
        }
        // Where nothing was right scikit-learn prints its counts as 1.0 instead of 1, one column to the left.
        let quirk = case.accuracy == 0.0;
        let theirs = if quirk {
            whole_counts(&case.report)
        } else {
            case.report.clone()
        };
        assert_eq!(report.to_string(), theirs);
    }
}

#[test]
fn rows_are_the_truth_and_columns_the_prediction() {
    let matrix = ConfusionMatrix::new(&[0, 0, 1, 2, 2, 2], &[1, 1, 1, 0, 0, 0], &["a", "b", "c"]).unwrap();
    assert_eq!((matrix.count(0, 1), matrix.count(1, 0), matrix.count(9, 9)), (2, 0, 0));
    assert_eq!((matrix.support(2), matrix.predicted(2)), (3, 0));
    let lines: Vec<String> = matrix.most_confused(9).iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["c taken for a: 3", "a taken for b: 2"]);
    assert_eq!(matrix.most_confused(1).len(), 1);
    let table = "truth \\ predicted  a  b  c\na                  0  2  0\nb                  0  1  0\nc                  3  0  0";
    assert_eq!(matrix.to_string(), table);
    let long = ConfusionMatrix::new(&[0, 1], &[1, 1], &["Ankle boot", "Bag"]).unwrap();
    assert_eq!(
        long.to_string(),
        "truth \\ predicted  0  1\n0 Ankle boot       0  1\n1 Bag              0  1"
    );
}

#[test]
fn impossible_input_is_an_error_that_says_why() {
    let none: [usize; 0] = [];
    let cases = [
        (ConfusionMatrix::new(&none, &none, &["a"]), "got 0 and 0"),
        (ConfusionMatrix::new(&[0, 0], &[0], &["a"]), "got 2 and 1"),
        (
            ConfusionMatrix::new(&[0, 3], &[0, 0], &["a", "b"]),
            "truth, entry 1: expected a class below 2",
        ),
        (
            ConfusionMatrix::new(&[0, 0], &[2, 0], &["a", "b"]),
            "predictions, entry 0: expected a class below 2",
        ),
    ];
    for (result, says) in cases {
        let error = result.unwrap_err();
        assert!(
            matches!(error, Error::Argument { .. }) && error.to_string().contains(says),
            "{error}"
        );
    }
    assert!(accuracy(&none, &none).is_err());
    assert!(accuracy(&[1], &[1, 2]).is_err());
}
