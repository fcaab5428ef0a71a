//! Right answers pass, and wrong ones are told why.

use super::*;
use crate::rejected;

fn right(series: &[f32], train: usize, past: usize, ahead: usize) -> (Vec<Pair>, Vec<Pair>) {
    with(series, train, past, ahead, scale(&series[..train], 0))
}

fn with(series: &[f32], train: usize, past: usize, ahead: usize, scale: [f32; 2]) -> (Vec<Pair>, Vec<Pair>) {
    let make = |targets| pairs(series, targets, past, ahead, scale);
    (make(0..train), make(train..series.len()))
}

/// Written another way: all windows, and then each to its side.
fn parted(series: &[f32], train: usize, past: usize, ahead: usize) -> (Vec<Pair>, Vec<Pair>) {
    let mean = series[..train].iter().sum::<f32>() / train as f32;
    let squares = series[..train].iter().map(|v| (v - mean) * (v - mean)).sum::<f32>();
    let std = (squares / train as f32).sqrt();
    let std = if std < 1e-6 { 1.0 } else { std };
    let scaled: Vec<f32> = series.iter().map(|v| (v - mean) / std).collect();
    let (mut learn, mut exam) = (Vec::new(), Vec::new());
    for (start, window) in scaled.windows(past + ahead).enumerate() {
        let pair = (window[..past].to_vec(), window[past + ahead - 1]);
        let side = if start + past + ahead - 1 < train {
            &mut learn
        } else {
            &mut exam
        };
        side.push(pair);
    }
    (learn, exam)
}

#[test]
fn forecasts() {
    for answer in [right, parted] as [Answer; 2] {
        let verdict = windows(answer);
        assert!(verdict.passed(), "{verdict}");
    }
    let wrong = |answer: Answer, words: &str| rejected(windows(answer), words);
    wrong(|s, t, p, a| with(s, t, p, a, scale(s, 0)), "whole series");
    wrong(
        |s, t, p, a| {
            (
                right(s, t, p, a).0,
                with(s, t, p, a, scale(s.get(t..).unwrap_or(s), 0)).1,
            )
        },
        "their own mean",
    );
    wrong(|s, t, p, a| with(s, t, p, a, scale(&s[..t], 1)), "not by n − 1");
    wrong(|s, t, p, a| with(s, t, p, a, [0.0, 1.0]), "Nothing is scaled");
    wrong(
        |s, t, p, a| with(s, t, p, a, [scale(&s[..t], 0)[0], 1.0]),
        "still there",
    );
    wrong(|_, _, _, _| todo!(), "not written yet");
}

#[test]
fn windows_that_lie_wrong() {
    let wrong = |answer: Answer, words: &str| rejected(windows(answer), words);
    // All windows to learn from.
    wrong(
        |s, t, p, a| (with(s, s.len(), p, a, scale(&s[..t], 0)).0, right(s, t, p, a).1),
        "answers of the exam",
    );
    // The window ends in the training part, the target does not.
    wrong(
        |s, t, p, a| {
            let learn = pairs(s, 0..(t + a).min(s.len()), p, a, scale(&s[..t], 0));
            (learn, right(s, t, p, a).1)
        },
        "behind its end",
    );
    wrong(
        |s, t, p, a| {
            let (mut learn, exam) = right(s, t, p, a);
            learn.pop();
            (learn, exam)
        },
        "last window is missing",
    );
    // The exam begins anew behind the border.
    wrong(
        |s, t, p, a| {
            let (learn, _) = right(s, t, p, a);
            (learn, pairs(&s[t..], 0..s.len() - t, p, a, scale(&s[..t], 0)))
        },
        "look back at the training part",
    );
    wrong(
        |s, t, p, a| {
            let (learn, exam) = right(s, t, p, a);
            let back = |pairs: Vec<Pair>| {
                pairs
                    .into_iter()
                    .map(|(x, y)| (x.into_iter().rev().collect(), y))
                    .collect()
            };
            (back(learn), back(exam))
        },
        "backwards in time",
    );
    wrong(
        |s, t, p, a| {
            let [mean, std] = scale(&s[..t], 0);
            let (learn, exam) = right(s, t, p, a);
            let raw = |pairs: Vec<Pair>| pairs.into_iter().map(|(x, y)| (x, y * std + mean)).collect();
            (raw(learn), raw(exam))
        },
        "targets are not scaled",
    );
    // One ahead, whatever was asked: the counts are made to fit.
    wrong(
        |s, t, p, a| {
            let near = |targets: std::ops::Range<usize>| {
                let first = targets.start.max(p + a - 1);
                let scale = scale(&s[..t], 0);
                (first..targets.end)
                    .flat_map(|at| pairs(s, at + 1 - a..at + 2 - a, p, 1, scale))
                    .collect()
            };
            (near(0..t), near(t..s.len()))
        },
        "whatever `ahead` says",
    );
}

#[test]
fn borders() {
    let wrong = |answer: Answer, words: &str| rejected(windows(answer), words);
    // Too short a training part.
    wrong(
        |s, t, p, a| {
            let starts = t - (p + a - 1);
            let (learn, exam) = right(s, t, p, a);
            (learn[..starts].to_vec(), exam)
        },
        "too short for a window",
    );
    // A standard deviation of 0.
    wrong(
        |s, t, p, a| {
            let mean = s[..t].iter().sum::<f32>() / t as f32;
            let std = (s[..t].iter().map(|v| (v - mean).powi(2)).sum::<f32>() / t as f32).sqrt();
            with(s, t, p, a, [mean, std])
        },
        "take 1 instead",
    );
}
