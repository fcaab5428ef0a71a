//! Losses over classes, of many steps at once.
//!
//! A text model answers with a row of scores for every token of a batch, one number for each of its vocabulary: too many
//! for a table of targets beside it, and worth more than one thread.

use rayon::prelude::*;

use super::cost::{Costs, Likelihood};
use crate::data::IGNORE;
use crate::{Error, Result};

/// Rows that one task works through.
const ROWS: usize = 32;

/// The losses of `scores`, `(rows, width)`, each against a class or [`IGNORE`], which costs nothing and has no slope.
/// `row` gives the loss of a row and what it counts in the mean, and writes its slopes, which are zeros before.
pub(super) fn costs(
    scores: &[f32],
    width: usize,
    classes: &[usize],
    row: impl Fn(&[f32], usize, &mut [f64]) -> (f64, f64) + Sync,
) -> Result<Costs> {
    check(classes, width)?;
    let mut slopes = vec![0.0; scores.len()];
    let mut losses = vec![(0.0, 0.0); classes.len()];
    let size = ROWS * width.max(1);
    let parts = slopes.par_chunks_mut(size).zip(losses.par_chunks_mut(ROWS));
    let parts = parts.zip(scores.par_chunks(size)).zip(classes.par_chunks(ROWS));
    parts.for_each(|(((slopes, losses), scores), classes)| {
        let rows = slopes
            .chunks_mut(width.max(1))
            .zip(losses)
            .zip(scores.chunks(width.max(1)));
        for (((slopes, loss), scores), class) in rows.zip(classes) {
            if *class != IGNORE {
                *loss = row(scores, *class, slopes);
            }
        }
    });
    let divisor = losses.iter().map(|(_, counts)| counts).sum();
    let losses = losses.into_iter().map(|(loss, _)| loss).collect();
    Ok(Costs::over(losses, slopes, divisor))
}

/// A row of a loss of the family of cross-entropy.
pub(super) fn likely(family: &Likelihood, scores: &[f32], class: usize, slopes: &mut [f64]) -> (f64, f64) {
    let counts = if family.mean_over_weights {
        family.weight(class)
    } else {
        1.0
    };
    let loss = if family.gamma == 0.0 {
        cross_entropy(family, scores, class, slopes)
    } else {
        let logits: Vec<f64> = scores.iter().map(|score| f64::from(*score)).collect();
        let share: Vec<f64> = (0..scores.len())
            .map(|c| family.share(c, class, scores.len()))
            .collect();
        family.sample(&logits, &share, slopes)
    };
    (loss, counts)
}

/// `loss = sum_c q_c (log sum exp(s) - s_c)`, and with `p = softmax(s)` its slopes are `p_c sum(q) - q_c`. One `exp` for
/// each score.
fn cross_entropy(family: &Likelihood, scores: &[f32], class: usize, slopes: &mut [f64]) -> f64 {
    let n = scores.len();
    let mut best = 0;
    for (c, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = c;
        }
    }
    let top = f64::from(scores[best]);
    let mut rest = 0.0;
    for (c, (slope, score)) in slopes.iter_mut().zip(scores).enumerate() {
        *slope = (f64::from(*score) - top).exp();
        if c != best {
            rest += *slope;
        }
    }
    // The power of the highest score is 1; ln_1p keeps the digits of the others beside it.
    let (sum, log_sum) = (1.0 + rest, top + rest.ln_1p());
    if family.smoothing == 0.0 {
        let q = family.share(class, class, n);
        slopes.iter_mut().for_each(|slope| *slope *= q / sum);
        slopes[class] -= q;
        return q * (log_sum - f64::from(scores[class]));
    }
    let total: f64 = (0..n).map(|c| family.share(c, class, n)).sum();
    let mut loss = 0.0;
    for (c, (slope, score)) in slopes.iter_mut().zip(scores).enumerate() {
        let q = family.share(c, class, n);
        *slope = *slope * total / sum - q;
        if q > 0.0 {
            loss += q * (log_sum - f64::from(*score));
        }
    }
    loss
}

/// Refuses classes that there is no score for.
fn check(classes: &[usize], width: usize) -> Result<()> {
    match classes.iter().find(|class| **class != IGNORE && **class >= width) {
        None => Ok(()),
        Some(class) => Err(Error::Argument {
            what: "class of a step".into(),
            expected: format!("less than {width}, the number of scores that the network returns for each step"),
            got: class.to_string(),
        }),
    }
}
