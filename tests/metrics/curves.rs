//! Curves, calibration, regression, masks and scores over classes against scikit-learn, and what they refuse.
//! `tests/metrics/curves.py` made the values and names its version.

use gradus::Error;
use gradus::metrics::{BinaryPredictions, ConfusionMatrix, Regression, dice, iou, top_k_accuracy};
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    binary: Vec<Binary>,
    classes: Vec<Classes>,
    regression: Vec<Values>,
    masks: Vec<Masks>,
}

#[derive(Deserialize)]
struct Binary {
    truth: Vec<bool>,
    scores: Vec<f32>,
    fpr: Vec<f64>,
    tpr: Vec<f64>,
    roc_thresholds: Vec<f64>,
    auc: f64,
    precision: Vec<f64>,
    recall: Vec<f64>,
    thresholds: Vec<f64>,
    average_precision: f64,
    brier: f64,
    bins: Vec<Bins>,
}

#[derive(Deserialize)]
struct Bins {
    n: usize,
    observed: Vec<f64>,
    predicted: Vec<f64>,
}

#[derive(Deserialize)]
struct Classes {
    classes: usize,
    truth: Vec<usize>,
    scores: Vec<f32>,
    top_k: Vec<(usize, f64)>,
    jaccard: Vec<f64>,
    balanced: f64,
    matthews: f64,
    micro: Vec<f64>,
}

#[derive(Deserialize)]
struct Values {
    truth: Vec<f32>,
    predicted: Vec<f32>,
    mae: f64,
    mse: f64,
    rmse: f64,
    r2: f64,
}

#[derive(Deserialize)]
struct Masks {
    truth: Vec<bool>,
    predicted: Vec<bool>,
    iou: f64,
    dice: f64,
}

fn golden() -> Golden {
    load("metrics/curves")
}

#[track_caller]
fn near(what: &str, ours: f64, theirs: f64) {
    let fits = (ours - theirs).abs() <= 1e-12 * (1.0 + theirs.abs());
    assert!(fits, "{what}: {ours} instead of {theirs}");
}

#[track_caller]
fn all_near(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        near(&format!("{what}, point {i}"), *ours, *theirs);
    }
}

#[test]
fn curves_and_areas_are_scikit_learns_with_ties_too() -> gradus::Result<()> {
    let cases = golden().binary;
    assert_eq!(cases.len(), 8);
    for case in cases {
        let predictions = BinaryPredictions::new(&case.truth, &case.scores)?;
        let roc = predictions.roc()?;
        all_near("false positive rate", roc.false_positive_rate(), &case.fpr);
        all_near("true positive rate", roc.true_positive_rate(), &case.tpr);
        all_near("ROC thresholds", &roc.thresholds()[1..], &case.roc_thresholds);
        near("area under ROC", roc.auc(), case.auc);
        let pr = predictions.precision_recall()?;
        all_near("precision", pr.precision(), &case.precision);
        all_near("recall", pr.recall(), &case.recall);
        all_near("thresholds", &pr.thresholds()[1..], &case.thresholds);
        near("average precision", pr.average_precision(), case.average_precision);
        assert_eq!(
            (roc.thresholds()[0], pr.thresholds()[0]),
            (f64::INFINITY, f64::INFINITY)
        );
        near("Brier score", predictions.brier(), case.brier);
    }
    Ok(())
}

#[test]
fn bins_of_a_calibration_are_scikit_learns() -> gradus::Result<()> {
    for case in golden().binary {
        let predictions = BinaryPredictions::new(&case.truth, &case.scores)?;
        for Bins { n, observed, predicted } in case.bins {
            let calibration = predictions.calibration(n)?;
            let bins = calibration.bins();
            let of = |f: fn(&gradus::metrics::CalibrationBin) -> f64| bins.iter().map(f).collect::<Vec<f64>>();
            all_near("observed", &of(|b| b.observed), &observed);
            all_near("predicted", &of(|b| b.predicted), &predicted);
            assert_eq!(bins.iter().map(|b| b.count).sum::<usize>(), case.truth.len());
            near("width", calibration.bin_width(), 1.0 / n as f64);
        }
    }
    Ok(())
}

/// The thresholds of a curve and the counts at that threshold tell the same.
#[test]
fn every_point_of_a_curve_is_a_threshold() -> gradus::Result<()> {
    for case in golden().binary {
        let predictions = BinaryPredictions::new(&case.truth, &case.scores)?;
        let (roc, pr) = (predictions.roc()?, predictions.precision_recall()?);
        for i in 1..roc.thresholds().len() {
            let counts = predictions.at(roc.thresholds()[i] as f32);
            near(
                "false positive rate",
                counts.false_positive_rate(),
                roc.false_positive_rate()[i],
            );
            near("specificity", counts.specificity(), 1.0 - roc.false_positive_rate()[i]);
            near("recall", counts.recall(), roc.true_positive_rate()[i]);
            near("recall", counts.recall(), pr.recall()[i]);
            near("precision", counts.precision(), pr.precision()[i]);
        }
    }
    Ok(())
}

#[test]
fn the_area_is_the_chance_that_yes_beats_no() -> gradus::Result<()> {
    for case in golden().binary {
        let predictions = BinaryPredictions::new(&case.truth, &case.scores)?;
        let (yes, no) = (predictions.scores_of(true), predictions.scores_of(false));
        let mut wins = 0.0;
        for y in &yes {
            for n in &no {
                wins += if y > n { 1.0 } else { f64::from(u8::from(y == n)) / 2.0 };
            }
        }
        near("area", predictions.roc()?.auc(), wins / (yes.len() * no.len()) as f64);
    }
    Ok(())
}

#[test]
fn scores_over_classes_are_scikit_learns() -> gradus::Result<()> {
    let cases = golden().classes;
    assert_eq!(cases.len(), 4);
    for case in cases {
        let names: Vec<String> = (0..case.classes).map(|c| c.to_string()).collect();
        let predictions = gradus::train::Predictions::new(case.scores.clone(), &case.truth, &names)?;
        for (k, value) in case.top_k {
            near(
                &format!("top {k}"),
                top_k_accuracy(&case.truth, &case.scores, k)?,
                value,
            );
            near(&format!("top {k}"), predictions.top_k_accuracy(k)?, value);
        }
        near("top 1", predictions.top_k_accuracy(1)?, predictions.accuracy()?);
        let matrix = predictions.confusion()?;
        for (class, value) in case.jaccard.iter().enumerate() {
            near("IoU", matrix.iou(class), *value);
        }
        near("balanced accuracy", matrix.balanced_accuracy(), case.balanced);
        near("Matthews", matrix.matthews(), case.matthews);
        let micro = matrix.report().micro_average;
        all_near("micro", &[micro.precision, micro.recall, micro.f1], &case.micro);
        let occur = case
            .jaccard
            .iter()
            .enumerate()
            .filter(|(c, _)| matrix.support(*c) + matrix.predicted(*c) > 0);
        let ious: Vec<f64> = occur.map(|(_, iou)| *iou).collect();
        near(
            "mean IoU",
            matrix.mean_iou(),
            ious.iter().sum::<f64>() / ious.len() as f64,
        );
    }
    Ok(())
}

#[test]
fn errors_of_values_are_scikit_learns() -> gradus::Result<()> {
    let cases = golden().regression;
    assert_eq!(cases.len(), 5);
    for case in cases {
        let ours = Regression::new(&case.truth, &case.predicted)?;
        near("MAE", ours.mae, case.mae);
        near("MSE", ours.mse, case.mse);
        near("RMSE", ours.rmse, case.rmse);
        near("R²", ours.r2, case.r2);
    }
    Ok(())
}

#[test]
fn overlaps_of_masks_are_scikit_learns() -> gradus::Result<()> {
    let cases = golden().masks;
    assert_eq!(cases.len(), 7);
    for case in cases {
        let (i, d) = (iou(&case.truth, &case.predicted)?, dice(&case.truth, &case.predicted)?);
        near("IoU", i, case.iou);
        near("Dice", d, case.dice);
        near("Dice of IoU", d, 2.0 * i / (1.0 + i));
    }
    Ok(())
}

#[test]
fn calibration_errors_by_hand() -> gradus::Result<()> {
    // Two bins: 3 samples at 0.25 of which one is a yes, 1 sample at 1 that is none.
    let calibration = BinaryPredictions::new(&[true, false, false, false], &[0.25, 0.25, 0.25, 1.0])?.calibration(2)?;
    near("ECE", calibration.expected_error(), 0.75 * (1.0 / 3.0 - 0.25) + 0.25);
    near("MCE", calibration.maximum_error(), 1.0);
    let bins: Vec<(f64, f64, usize)> = calibration.bins().iter().map(|b| (b.from, b.to, b.count)).collect();
    assert_eq!(bins, [(0.0, 0.5, 3), (0.5, 1.0, 1)]);
    Ok(())
}

#[test]
fn counts_at_a_threshold_by_hand() -> gradus::Result<()> {
    let tests = BinaryPredictions::new(&[true, true, true, false, false], &[0.9, 0.5, 0.2, 0.6, 0.1])?;
    let counts = tests.at(0.5);
    assert_eq!(
        counts.to_string(),
        "            said \"yes\"       said \"no\"\n\
         truly yes   TP 2             FN 1\n\
         truly no    FP 1             TN 1"
    );
    assert_eq!((counts.total(), tests.positives(), tests.len()), (5, 3, 5));
    near("accuracy", counts.accuracy(), 0.6);
    near("F1", counts.f1(), 2.0 / 3.0);
    let matrix = counts.confusion(["healthy", "ill"]);
    assert_eq!(matrix.counts(), [1, 1, 1, 2]);
    near("recall", matrix.recall(1), counts.recall());
    // Above every score nothing is said to be a yes: 0 / 0 is 0.
    let none = tests.at(2.0);
    assert_eq!((none.precision(), none.recall(), none.f1()), (0.0, 0.0, 0.0));
    let sweep = tests.sweep(10);
    assert_eq!((sweep.thresholds().len(), sweep.counts()[5]), (11, counts));
    assert_eq!(sweep.best_f1().0, 0.2);
    Ok(())
}

#[test]
fn impossible_input_is_an_error_that_says_why() {
    let yes = BinaryPredictions::new(&[true; 3], &[0.1, 0.2, 0.3]).unwrap();
    let no = BinaryPredictions::new(&[false; 3], &[0.1, 0.2, 1.5]).unwrap();
    let cases: Vec<(Error, &str)> = vec![
        (BinaryPredictions::new(&[], &[]).unwrap_err(), "got 0 and 0"),
        (BinaryPredictions::new(&[true], &[0.1, 0.2]).unwrap_err(), "got 1 and 2"),
        (
            BinaryPredictions::new(&[true, false], &[0.1, f32::NAN]).unwrap_err(),
            "score of sample 1 is NaN",
        ),
        (
            yes.roc().unwrap_err(),
            "ROC curve: expected at least one sample that truly is a \"no\"",
        ),
        (
            no.roc().unwrap_err(),
            "ROC curve: expected at least one sample that truly is a \"yes\"",
        ),
        (
            no.precision_recall().unwrap_err(),
            "at least one sample that truly is a \"yes\"",
        ),
        (
            yes.calibration(0).unwrap_err(),
            "bins of a calibration: expected at least 1",
        ),
        (
            no.calibration(4).unwrap_err(),
            "probability of sample 2: expected a number from 0 to 1, got 1.5",
        ),
        (Regression::new(&[], &[]).unwrap_err(), "got 0 and 0"),
        (Regression::new(&[1.0], &[1.0, 2.0]).unwrap_err(), "got 1 and 2"),
        (
            iou(&[true], &[]).unwrap_err(),
            "masks: expected as many pixels in one as in the other",
        ),
        (dice(&[], &[]).unwrap_err(), "got 0 and 0"),
        (top_k_accuracy(&[0, 1], &[0.5; 4], 0).unwrap_err(), "top-0 accuracy"),
        (
            top_k_accuracy(&[0, 2], &[0.5; 4], 1).unwrap_err(),
            "a score for each class, got 4 scores",
        ),
        (
            top_k_accuracy(&[0, 1], &[0.5; 5], 1).unwrap_err(),
            "one row of scores per sample",
        ),
        (top_k_accuracy(&[], &[], 1).unwrap_err(), "of 0 samples"),
        (
            top_k_accuracy(&[0, 1], &[0.5, 0.1, f32::NAN, 0.2], 1).unwrap_err(),
            "score of sample 1 is NaN",
        ),
    ];
    for (error, says) in cases {
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn classes_that_never_occur_count_as_stated() {
    let matrix = ConfusionMatrix::new(&[0, 0, 1], &[0, 1, 1], &["a", "b", "never"]).unwrap();
    assert_eq!((matrix.iou(2), matrix.recall(2), matrix.precision(2)), (0.0, 0.0, 0.0));
    near("balanced", matrix.balanced_accuracy(), 0.75);
    near("mean IoU", matrix.mean_iou(), 0.5);
    let one_class = ConfusionMatrix::new(&[0, 0], &[0, 0], &["a", "b"]).unwrap();
    assert_eq!(one_class.matthews(), 0.0);
}

/// Of equal scores the lower class comes first, as in `classes()`.
#[test]
fn ties_among_classes_go_to_the_lower() -> gradus::Result<()> {
    let scores = [0.5, 0.5, 0.5];
    assert_eq!(top_k_accuracy(&[0], &scores, 1)?, 1.0);
    assert_eq!(top_k_accuracy(&[1], &scores, 1)?, 0.0);
    assert_eq!(top_k_accuracy(&[1], &scores, 2)?, 1.0);
    Ok(())
}

/// Probabilities that are rounded to 1 are ranked by the scores behind them.
#[test]
fn saturated_probabilities_keep_their_order() -> gradus::Result<()> {
    let names = ["no", "yes"];
    for (logits, truth, area, precision) in [
        ([30.0, 25.0, 20.0], [1, 0, 0], 1.0, 1.0),
        ([30.0, 25.0, 20.0], [0, 0, 1], 0.0, 1.0 / 3.0),
        ([200.0, 150.0, 120.0], [1, 0, 0], 1.0, 1.0),
        ([-150.0, -200.0, -300.0], [1, 0, 0], 1.0, 1.0),
        ([25.0, 25.0, 25.0], [1, 0, 0], 0.5, 1.0 / 3.0),
        ([1.0, 0.5, 0.0], [1, 0, 0], 1.0, 1.0),
    ] {
        let single = gradus::train::Predictions::new(logits.to_vec(), &truth, &names)?;
        let rows = logits.iter().flat_map(|score| [0.0, *score]).collect();
        let pairs = gradus::train::Predictions::new(rows, &truth, &names)?;
        for predictions in [single, pairs] {
            let yes = predictions.one_vs_rest(1)?;
            near("area", yes.roc()?.auc(), area);
            near("precision", yes.precision_recall()?.average_precision(), precision);
            // For the other class all is turned round.
            near("area", predictions.one_vs_rest(0)?.roc()?.auc(), area);
        }
    }
    // How sure a network is of its answer: 40 and right, 30 and wrong.
    let sure = gradus::train::Predictions::new(vec![40.0, 0.0, 30.0, 0.0], &[0, 1], &names)?.confidence()?;
    assert_eq!(sure.scores(), [1.0, 1.0]);
    near("area", sure.roc()?.auc(), 1.0);
    Ok(())
}

/// No class is the highest where a score is NaN; a mask's minus infinity is the lowest.
#[test]
fn scores_that_are_nan_hit_nothing() -> gradus::Result<()> {
    let names = ["a", "b"];
    let odd = gradus::train::Predictions::new(vec![f32::NAN, 1.0], &[0], &names)?;
    for error in [
        odd.accuracy().unwrap_err(),
        odd.top_k_accuracy(1).unwrap_err(),
        odd.confusion().unwrap_err(),
        odd.mistakes().unwrap_err(),
        odd.confidence().unwrap_err(),
        odd.one_vs_rest(0).unwrap_err(),
    ] {
        assert!(matches!(error, Error::NotFinite { .. }), "{error}");
    }
    let masked = gradus::train::Predictions::new(vec![f32::NEG_INFINITY, 1.0], &[1], &names)?;
    assert_eq!((masked.accuracy()?, masked.loss()?), (1.0, 0.0));
    assert_eq!(masked.probabilities(0)?, [0.0, 1.0]);
    Ok(())
}
