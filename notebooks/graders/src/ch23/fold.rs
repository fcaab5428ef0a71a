//! Task 23.2: batch normalization becomes part of a linear layer.

use gradus::Result;
use gradus::deploy::Graph;
use gradus::nn::builders::{BatchNorm1D, Linear};
use gradus::prelude::DeviceBuildExt;

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all};

/// What the learner writes: from the rows of weights, the biases and [scale, shift, mean, variance], the new rows and biases.
type Answer = fn(&[Vec<f32>], &[f32], [&[f32]; 4]) -> (Vec<Vec<f32>>, Vec<f32>);

const EPS: f32 = 1e-5;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The bias as it was.
    Bias,
    /// The bias is not normalized, the mean is.
    BiasBehind,
    /// No mean.
    NoMean,
    /// The mean with a plus.
    Sign,
    /// No shift.
    NoShift,
    /// The shift is scaled, too.
    ShiftInside,
    /// The variance without its root.
    NoRoot,
    /// A column for each output.
    Columns,
    /// Nothing added to the variance.
    NoEps,
}

fn folded(rows: &[Vec<f32>], bias: &[f32], norm: [&[f32]; 4], way: Way) -> (Vec<Vec<f32>>, Vec<f32>) {
    let [scale, shift, mean, variance] = norm;
    let by = |o: usize| {
        let eps = if way == Way::NoEps { 0.0 } else { EPS };
        let spread = if way == Way::NoRoot {
            variance[o] + eps
        } else {
            (variance[o] + eps).sqrt()
        };
        scale[o] / spread
    };
    let weight = |(o, row): (usize, &Vec<f32>)| {
        let place = |i: usize| if way == Way::Columns { i % bias.len() } else { o };
        row.iter().enumerate().map(|(i, w)| w * by(place(i))).collect()
    };
    let new = |o: usize| match way {
        Way::Bias => bias[o],
        Way::BiasBehind => bias[o] - mean[o] * by(o) + shift[o],
        Way::NoMean => bias[o] * by(o) + shift[o],
        Way::Sign => (bias[o] + mean[o]) * by(o) + shift[o],
        Way::NoShift => (bias[o] - mean[o]) * by(o),
        Way::ShiftInside => (bias[o] - mean[o] + shift[o]) * by(o),
        _ => (bias[o] - mean[o]) * by(o) + shift[o],
    };
    (
        rows.iter().enumerate().map(weight).collect(),
        (0..bias.len()).map(new).collect(),
    )
}

/// Task 23.2: batch normalization worked into the linear layer in front of it.
pub fn fold(answer: Answer) -> Verdict {
    let task = Task::of_course("23.2", "Two layers in one").hint(
        "The normalization computes scale * (y - mean) / root(variance + eps) + shift, and y is w x + b. Write it out: what stands in \
         front of x, and what is left without x?",
    );
    let task = task.second_hint(
        "let k = scale[o] / (variance[o] + 1e-5).sqrt(); every weight of row o times k; and the bias (bias[o] - mean[o]) * k + shift[o].",
    );
    task.grade(|task| {
        let mut cases = Cases::new(232);
        for n in 0..30 {
            let (outputs, inputs) = if n == 0 { (1, 1) } else { (cases.whole(2, 5), cases.whole(1, 6)) };
            let numbers = |cases: &mut Cases, n, low, high| cases.numbers(n, low, high);
            let (rows, bias, norm) = if n == 0 {
                (vec![vec![2.0]], vec![1.0], [vec![3.0], vec![0.25], vec![5.0], vec![4.0]])
            } else {
                let rows: Vec<Vec<f32>> = (0..outputs).map(|_| cases.numbers(inputs, -1.0, 1.0)).collect();
                let norm = [(0.5, 2.0), (-1.0, 1.0), (-1.0, 1.0), (0.3, 0.6)];
                let bias = cases.numbers(outputs, -1.0, 1.0);
                let mut norm = norm.map(|(a, b)| numbers(&mut cases, outputs, a, b));
                // Small enough a variance now and then that what is added to it matters.
                let small = if n % 5 == 4 { 1e-4 } else { 1.0 };
                norm[3].iter_mut().for_each(|v| *v *= small);
                (rows, bias, norm)
            };
            let norm: [&[f32]; 4] = [&norm[0], &norm[1], &norm[2], &norm[3]];
            let [scale, shift, mean, variance] = norm;
            let case = format!(
                "weights {rows:.2?}, bias {bias:.2?}, scale {scale:.2?}, shift {shift:.2?}, mean {mean:.2?}, variance {variance:.5?}"
            );
            let got = task.call(&case, || answer(&rows, &bias, norm))?;
            let flat = |(rows, bias): &(Vec<Vec<f32>>, Vec<f32>)| [rows.concat(), bias.clone()].concat();
            let got_flat = flat(&got);
            let near = |way| {
                let wrong = flat(&folded(&rows, &bias, norm, way));
                got_flat.len() == wrong.len()
                    && got_flat.iter().zip(wrong).all(|(g, w)| (g - w).abs() < 1e-4 * (1.0 + w.abs()))
            };
            let right = folded(&rows, &bias, norm, Way::Right);
            let hinted = |graded: crate::kit::Graded| {
                graded
                    .hint_if(near(Way::Bias), "The bias goes through the normalization, too.")
                    .hint_if(near(Way::BiasBehind), "The bias stands inside: the normalization divides it, too.")
                    .hint_if(near(Way::NoMean), "Where is the mean?")
                    .hint_if(near(Way::Sign), "The normalization takes the mean away.")
                    .hint_if(near(Way::NoShift), "Where is the shift? It is added at the end.")
                    .hint_if(near(Way::ShiftInside), "The shift is added behind the division.")
                    .hint_if(near(Way::NoRoot), "The variance is the square of the spread: take its root.")
                    .hint_if(near(Way::NoEps), "1e-5 is added to the variance, before the root.")
                    .hint_if(near(Way::Columns), "Row o belongs to output o: all its weights get the same factor.")
            };
            hinted(approx_all(&format!("weights for {case}"), &got.0.concat(), &right.0.concat(), 1e-4))?;
            hinted(approx_all(&format!("bias for {case}"), &got.1, &right.1, 1e-4))?;
        }
        Ok(())
    })
}

/// A linear layer of 3 features and a batch normalization, as the graph of the crate folds them: for the cell behind the task.
///
/// # Errors
/// Only where memory runs out.
pub fn layer_and_norm() -> Result<Graph> {
    let mut net = gradus::device::device(23)?.build_module::<(Linear<3, 2>, BatchNorm1D<2>), f32>();
    net.1.running_mean.copy_from(&[0.5, -0.25]);
    net.1.running_var.copy_from(&[0.25, 4.0]);
    Graph::of(&net, &[3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// By two points: what the pair of layers answers for 0 and for each unit vector, in f64.
    fn asked(
        rows: &[Vec<f32>],
        bias: &[f32],
        [scale, shift, mean, variance]: [&[f32]; 4],
    ) -> (Vec<Vec<f32>>, Vec<f32>) {
        let answer = |o: usize, x: f64| {
            let root = (f64::from(variance[o]) + 1e-5).sqrt();
            f64::from(scale[o]) * (x + f64::from(bias[o]) - f64::from(mean[o])) / root + f64::from(shift[o])
        };
        let row = |(o, row): (usize, &Vec<f32>)| {
            row.iter()
                .map(|w| (answer(o, f64::from(*w)) - answer(o, 0.0)) as f32)
                .collect()
        };
        let rows = rows.iter().enumerate().map(row).collect();
        (rows, (0..bias.len()).map(|o| answer(o, 0.0) as f32).collect())
    }

    #[test]
    fn folds() {
        for answer in [asked, |r: &[Vec<f32>], b: &[f32], n| folded(r, b, n, Way::Right)] as [Answer; 2] {
            let verdict = fold(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(fold(|r, b, n| folded(r, b, n, Way::Bias)), "goes through");
        rejected(fold(|r, b, n| folded(r, b, n, Way::BiasBehind)), "stands inside");
        rejected(fold(|r, b, n| folded(r, b, n, Way::NoMean)), "Where is the mean");
        rejected(fold(|r, b, n| folded(r, b, n, Way::Sign)), "takes the mean away");
        rejected(fold(|r, b, n| folded(r, b, n, Way::NoShift)), "Where is the shift");
        rejected(fold(|r, b, n| folded(r, b, n, Way::ShiftInside)), "behind the division");
        rejected(fold(|r, b, n| folded(r, b, n, Way::NoRoot)), "take its root");
        rejected(fold(|r, b, n| folded(r, b, n, Way::NoEps)), "added to the variance");
        rejected(fold(|r, b, n| folded(r, b, n, Way::Columns)), "the same factor");
        rejected(fold(|r, b, _| (r.to_vec(), b.to_vec())), "Write it out");
        rejected(fold(|_, _, _| (vec![], vec![])), "numbers");
        rejected(fold(|_, _, _| todo!()), "not written yet");
    }

    #[test]
    fn the_graph_folds() {
        let (folded, changes) = layer_and_norm().expect("graph").optimized().expect("optimized");
        assert_eq!((folded.nodes().len(), changes.batch_norms), (1, 1));
    }
}
