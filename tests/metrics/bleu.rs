//! BLEU against sacrebleu, and what it refuses. `tests/metrics/bleu.py` made the values and names its version.

use gradus::metrics::Bleu;
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    corpus: Vec<Case>,
    sentence: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    hypotheses: Vec<String>,
    references: Vec<Vec<String>>,
    score: f64,
    precisions: Vec<f64>,
    bp: f64,
    sys_len: usize,
    ref_len: usize,
}

#[track_caller]
fn equal(bleu: Bleu, case: &Case) {
    let what = &case.hypotheses;
    assert!((bleu.score - case.score).abs() < 1e-9, "{bleu} {} {what:?}", case.score);
    for (ours, theirs) in bleu.precisions.iter().zip(&case.precisions) {
        assert!((ours - theirs).abs() < 1e-9, "{bleu} {:?} {what:?}", case.precisions);
    }
    assert!((bleu.brevity_penalty - case.bp).abs() < 1e-12, "{bleu} {what:?}");
    assert_eq!(
        (bleu.hypothesis_len, bleu.reference_len),
        (case.sys_len, case.ref_len),
        "{what:?}"
    );
}

#[test]
fn the_score_is_that_of_sacrebleu() {
    let golden: Golden = load("metrics/bleu");
    assert!(golden.corpus.len() == 7 && golden.sentence.len() > 25);
    for case in &golden.corpus {
        equal(
            Bleu::corpus_of_several(&case.hypotheses, &case.references).unwrap(),
            case,
        );
        if case.references.iter().all(|references| references.len() == 1) {
            let references: Vec<&String> = case.references.iter().flatten().collect();
            equal(Bleu::corpus(&case.hypotheses, &references).unwrap(), case);
        }
    }
    for case in &golden.sentence {
        equal(Bleu::sentence(&case.hypotheses[0], &case.references[0]).unwrap(), case);
    }
}

#[test]
fn what_has_no_reference_is_refused() {
    let none: [&str; 0] = [];
    for result in [
        Bleu::corpus(&none, &none),
        Bleu::corpus(&["a"], &["a", "b"]),
        Bleu::corpus_of_several(&["a"], &[Vec::<String>::new()]),
        Bleu::sentence("a", &none),
    ] {
        let text = result.unwrap_err().to_string();
        assert!(text.contains("at least one"), "{text}");
    }
}
