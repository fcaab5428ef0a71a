//! Task 18.4: how much a matrix stretches at most.

use crate::kit::{Cases, HintIf, Task, Verdict, approx};

/// What the learner writes: the largest singular value of a matrix, given by its rows.
type Answer = fn(&[Vec<f32>]) -> f32;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The root of the sum of all squares.
    Frobenius,
    /// The length of the longest row.
    Row,
    /// The largest number.
    Entry,
    /// One step of the iteration.
    OneStep,
    /// σ².
    Squared,
    /// The largest sum of a row.
    RowSum,
}

fn times(w: &[Vec<f32>], v: &[f64]) -> Vec<f64> {
    w.iter()
        .map(|row| row.iter().zip(v).map(|(w, v)| f64::from(*w) * v).sum())
        .collect()
}

fn turned(w: &[Vec<f32>], u: &[f64]) -> Vec<f64> {
    (0..w[0].len())
        .map(|j| w.iter().zip(u).map(|(row, u)| f64::from(row[j]) * u).sum())
        .collect()
}

fn length(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn solved(w: &[Vec<f32>], way: Way) -> f32 {
    let norm = |row: &Vec<f32>| length(&row.iter().map(|w| f64::from(*w)).collect::<Vec<_>>());
    let found = match way {
        Way::Frobenius => w.iter().map(|row| norm(row).powi(2)).sum::<f64>().sqrt(),
        Way::Row => w.iter().map(norm).fold(0.0, f64::max),
        Way::Entry => w.iter().flatten().map(|w| f64::from(w.abs())).fold(0.0, f64::max),
        Way::RowSum => w
            .iter()
            .map(|row| row.iter().map(|w| f64::from(w.abs())).sum())
            .fold(0.0, f64::max),
        _ => {
            // The first step begins with a vector of ones that leans a little, as a learner's would.
            let mut v: Vec<f64> = (0..w[0].len()).map(|i| 1.0 + 0.01 * i as f64).collect();
            let mut sigma = 0.0;
            for _ in 0..if way == Way::OneStep { 1 } else { 4000 } {
                let size = length(&v);
                let u = times(w, &v.iter().map(|v| v / size).collect::<Vec<_>>());
                sigma = length(&u);
                v = turned(w, &u);
            }
            if way == Way::Squared { sigma * sigma } else { sigma }
        }
    };
    found as f32
}

/// Task 18.4: the number that spectral normalization divides by.
pub fn sigma(answer: Answer) -> Verdict {
    let task = Task::of_course("18.4", "How far it stretches").hint(
        "Begin with any v. Again and again: u = W v, scaled to length 1; then v = Wᵀ u, scaled to length 1. In the end σ is \
            the length of \
         W v. For [[3, 0], [0, 0.5]] it is 3.",
    );
    let task = task.second_hint(
        "A hundred rounds are enough here. Wᵀ u has as many numbers as W has columns: number j is the sum over the rows i of \
            w[i][j] \
         u[i]. A start with different numbers, such as 1, 1.1, 1.2, is not at right angles to the answer by accident.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(184);
        for n in 0..30 {
            let w: Vec<Vec<f32>> = match n {
                0 => vec![vec![0.5, 0.0], vec![0.0, 3.0]],
                1 => vec![vec![0.0, 2.0], vec![0.0, 0.0]],
                2 => vec![vec![1.0, -1.0], vec![-1.0, 1.0]],
                3 => vec![vec![0.0, 0.0], vec![3.0, 4.0]],
                _ => {
                    // What it stretches most stands out, so that a hundred rounds find it.
                    let (rows, columns) = (cases.whole(1, 5), cases.whole(2, 5));
                    let (u, v) = (cases.numbers(rows, -1.0, 1.0), cases.numbers(columns, -1.0, 1.0));
                    let main = |i: usize, j: usize| 3.0 * (u[i] + 0.4) * (v[j] - 0.3);
                    let noise = cases.numbers(rows * columns, -0.5, 0.5);
                    let entry = |i: usize, j: usize| ((main(i, j) + noise[i * columns + j]) * 100.0).round() / 100.0;
                    (0..rows).map(|i| (0..columns).map(|j| entry(i, j)).collect()).collect()
                }
            };
            let case = format!("W = {w:?}");
            let got = task.call(&case, || answer(&w))?;
            let is = |way: Way| (got - solved(&w, way)).abs() < 1e-3 * (1.0 + got.abs());
            approx(&case, got, solved(&w, Way::Right), 2e-3)
                .hint_if(
                    got.is_nan(),
                    "A vector of length 0 cannot be scaled to length 1: was the start at right angles to \
                    every row?",
                )
                .hint_if(
                    is(Way::Frobenius),
                    "That is the root of the sum of all squares: an upper bound, and right only for \
                    a matrix of rank 1.",
                )
                .hint_if(is(Way::Row), "That is the longest row: a lower bound.")
                .hint_if(
                    is(Way::Squared),
                    "That is σ²: the length of Wᵀ W v. Take the length of W v, for a v of length 1.",
                )
                .hint_if(
                    is(Way::RowSum),
                    "That is the largest sum of a row: a bound for the largest *number* of the result, \
                    not for its length.",
                )
                .hint_if(is(Way::Entry), "That is the largest number in the matrix.")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// A hundred rounds in 32 bits, scaling both.
    fn hundred(w: &[Vec<f32>]) -> f32 {
        let unit = |x: Vec<f32>| {
            let size = x.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
            x.iter().map(|x| x / size).collect::<Vec<f32>>()
        };
        let product = |v: &[f32]| -> Vec<f32> {
            w.iter()
                .map(|row| row.iter().zip(v).map(|(w, v)| w * v).sum())
                .collect()
        };
        let mut v = unit((0..w[0].len()).map(|i| 1.0 + 0.1 * i as f32).collect());
        for _ in 0..100 {
            let u = unit(product(&v));
            v = unit(
                (0..v.len())
                    .map(|j| (0..w.len()).map(|i| w[i][j] * u[i]).sum())
                    .collect(),
            );
        }
        product(&v).iter().map(|x| x * x).sum::<f32>().sqrt()
    }

    #[test]
    fn how_far_it_stretches() {
        for right in [|w: &[Vec<f32>]| solved(w, Way::Right), hundred] {
            let verdict = sigma(right);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(sigma(|w| solved(w, Way::Frobenius)), "upper bound");
        rejected(sigma(|w| solved(w, Way::Row)), "lower bound");
        rejected(sigma(|w| solved(w, Way::Entry)), "W = ");
        rejected(sigma(|w| solved(w, Way::OneStep)), "W = ");
        rejected(sigma(|w| solved(w, Way::Squared)), "σ²");
        rejected(sigma(|w| solved(w, Way::RowSum)), "W = ");
        // A start of ones is at right angles to what [[1, -1], [-1, 1]] stretches.
        let ones = |w: &[Vec<f32>]| {
            let mut v = vec![1.0_f64; w[0].len()];
            let mut s = 0.0;
            for _ in 0..100 {
                let u = times(w, &v);
                v = turned(w, &u);
                let size = length(&v);
                v.iter_mut().for_each(|x| *x /= size);
                s = length(&times(w, &v));
            }
            s as f32
        };
        rejected(sigma(ones), "right angles");
        // Nor does the first row lead everywhere.
        let row = |w: &[Vec<f32>]| {
            let mut v: Vec<f64> = w[0].iter().map(|w| f64::from(*w)).collect();
            for _ in 0..100 {
                let size = length(&v);
                v = turned(w, &times(w, &v.iter().map(|v| v / size).collect::<Vec<_>>()));
            }
            let size = length(&v);
            length(&times(w, &v.iter().map(|v| v / size).collect::<Vec<_>>())) as f32
        };
        rejected(sigma(row), "0.5, 0.0");
        rejected(sigma(|_| todo!()), "not written yet");
    }
}
