//! Task 17.4: which units of a code say anything.

use crate::kit::{Cases, HintIf, Task, Verdict, equal};

/// What the learner writes: the units that are in use, from the means and the log variances, a row for each picture.
type Answer = fn(&[Vec<f32>], &[Vec<f32>]) -> Vec<usize>;

/// The variance of the means from which on a unit counts.
const LEAST: f32 = 0.01;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// By the divergence from the standard bell.
    Divergence,
    /// By the mean square of the means: not counted from their own mean.
    Square,
    /// By the deviation, not its square.
    Deviation,
    /// By the sum of squares, not its mean.
    Summed,
    /// By how the log variances vary.
    LogVariances,
    /// By one picture alone.
    OnePicture,
    /// Counted from the first picture.
    FromFirst,
    /// By the variance of the means beside that of the bells.
    Ratio,
    /// The others.
    Dead,
    /// Counted from 1.
    FromOne,
}

/// The variance over pictures of what one unit has in each row.
fn variance(rows: &[Vec<f32>], k: usize) -> f32 {
    let n = rows.len() as f32;
    let mean = rows.iter().map(|row| row[k]).sum::<f32>() / n;
    rows.iter().map(|row| (row[k] - mean).powi(2)).sum::<f32>() / n
}

fn in_use(means: &[Vec<f32>], log_vars: &[Vec<f32>], way: Way) -> Vec<usize> {
    let n = means.len() as f32;
    let bell = |m: f32, s: f32| 0.5 * (m * m + s.exp() - 1.0 - s);
    let measure = |k: usize| match way {
        Way::Divergence => means.iter().zip(log_vars).map(|(m, s)| bell(m[k], s[k])).sum::<f32>() / n,
        Way::Square => means.iter().map(|m| m[k] * m[k]).sum::<f32>() / n,
        Way::Deviation => variance(means, k).sqrt(),
        Way::Summed => variance(means, k) * n,
        Way::LogVariances => variance(log_vars, k),
        Way::OnePicture => means[0][k] * means[0][k],
        Way::FromFirst => means.iter().map(|m| (m[k] - means[0][k]).powi(2)).sum::<f32>() / n,
        Way::Ratio => variance(means, k) / (log_vars.iter().map(|s| s[k].exp()).sum::<f32>() / n),
        _ => variance(means, k),
    };
    let units = 0..means[0].len();
    units
        .filter(|k| (measure(*k) > LEAST) != (way == Way::Dead))
        .map(|k| k + usize::from(way == Way::FromOne))
        .collect()
}

/// A unit's mean and log variance for picture `i`, by its kind: what it says about the picture, what it says of all.
fn unit(cases: &mut Cases, kind: usize, i: usize) -> (f32, f32) {
    let turn = if i.is_multiple_of(2) { 1.0 } else { -1.0 };
    let jitter = cases.number(-0.05, 0.05);
    match kind {
        // In use, in a clear voice and in a low one.
        0 => (cases.number(-2.0, 2.0), -3.0 + jitter),
        1 => (if cases.whole(0, 1) == 0 { 0.2 } else { -0.2 } + jitter, -0.3 + jitter),
        // Around a mean of its own.
        2 => (3.0 + cases.number(-0.6, 0.6), -2.0 + jitter),
        // Dead as in the chapter.
        3 => (jitter, 0.0),
        // The same for all pictures, and yet no standard bell.
        4 => (1.5 + jitter, 0.0),
        5 => (jitter, -2.0 + jitter),
        // Near the border: variances of 0.0072 and 0.0144.
        6 => (0.085 * turn, 0.0),
        7 => (0.12 * turn, 0.0),
        // Dead, but for the first picture alone; and in use, though its bells are wide.
        8 => (if i == 0 { 0.4 } else { 0.0 }, 0.0),
        9 => (0.14 * turn, 2.0),
        // Only the width changes, the middle does not.
        _ => (jitter, cases.number(-1.0, 1.0)),
    }
}

/// Task 17.4: the units whose means vary over the pictures: (means, log variances), a row for each picture.
pub fn active(answer: Answer) -> Verdict {
    let task = Task::of_course("17.4", "Who still speaks?").hint(
        "A unit that answers 1.5 to every picture is no standard bell, and says nothing about the picture. What must a unit's means \
         do, from picture to picture?",
    );
    let task = task.second_hint(
        "For each unit: the mean over pictures of its means, then the mean of the squared distances from that. More than 0.01: in use. \
         The log variances are not needed.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(174);
        for n in 0..30 {
            let kinds: Vec<usize> = match n {
                0 => vec![0, 3, 3],
                1 => vec![3, 4, 5, 10],
                2 => vec![6, 7, 8, 9],
                _ => (0..cases.whole(3, 9)).map(|_| cases.whole(0, 10)).collect(),
            };
            let pictures = cases.whole(60, 120);
            let (mut means, mut log_vars) = (Vec::new(), Vec::new());
            for i in 0..pictures {
                let (m, s): (Vec<f32>, Vec<f32>) = kinds.iter().map(|kind| unit(&mut cases, *kind, i)).unzip();
                means.push(m);
                log_vars.push(s);
            }
            let case = format!("{pictures} pictures, a code of {} numbers; those of the first picture {:?}", kinds.len(), means[0]);
            let got = task.call(&case, || answer(&means, &log_vars))?;
            let is = |way| got == in_use(&means, &log_vars, way);
            equal(&case, got.clone(), in_use(&means, &log_vars, Way::Right))
                .hint_if(is(Way::FromOne), "Units are counted from 0.")
                .hint_if(is(Way::Dead), "Those are the others.")
                .hint_if(
                    is(Way::Divergence),
                    "The divergence also counts a unit that gives the same bell to every picture. It costs nats and tells nothing.",
                )
                .hint_if(
                    is(Way::Square) || is(Way::OnePicture) || is(Way::FromFirst),
                    "Count from the unit's own mean over all pictures: a number that is the same for all of them says nothing.",
                )
                .hint_if(
                    is(Way::Deviation) || is(Way::Summed),
                    "0.01 is compared with the mean of the squares: not with their sum, and not with the root.",
                )
                .hint_if(is(Way::Ratio), "Wide bells or narrow ones: only where they stand is asked here.")
                .hint_if(is(Way::LogVariances), "These are the widths. Where the bell stands, the means say.")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: the mean of squares minus the square of the mean, divided by n - 1.
    fn by_moments(means: &[Vec<f32>], _: &[Vec<f32>]) -> Vec<usize> {
        let n = means.len() as f64;
        let of = |k: usize, power: i32| means.iter().map(|m| f64::from(m[k]).powi(power)).sum::<f64>() / n;
        let spread = |k: usize| (of(k, 2) - of(k, 1).powi(2)) * n / (n - 1.0);
        (0..means[0].len()).filter(|k| spread(*k) > 0.01).collect()
    }

    #[test]
    fn who_speaks() {
        for answer in [by_moments, |m, s| in_use(m, s, Way::Right)] as [Answer; 2] {
            let verdict = active(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(active(|m, s| in_use(m, s, Way::Divergence)), "tells nothing");
        rejected(active(|m, s| in_use(m, s, Way::Square)), "own mean over all");
        rejected(active(|m, s| in_use(m, s, Way::Deviation)), "not with the root");
        rejected(active(|m, s| in_use(m, s, Way::Summed)), "not with the root");
        rejected(active(|m, s| in_use(m, s, Way::LogVariances)), "These are the widths");
        rejected(active(|m, s| in_use(m, s, Way::OnePicture)), "own mean over all");
        rejected(active(|m, s| in_use(m, s, Way::FromFirst)), "own mean over all");
        rejected(active(|m, s| in_use(m, s, Way::Ratio)), "Wide bells");
        // Another border than the one that is asked for.
        rejected(
            active(|m, _| (0..m[0].len()).filter(|k| variance(m, *k) > 0.005).collect()),
            "pictures, a code",
        );
        rejected(
            active(|m, _| (0..m[0].len()).filter(|k| variance(m, *k) > 0.02).collect()),
            "pictures, a code",
        );
        rejected(active(|m, s| in_use(m, s, Way::Dead)), "the others");
        rejected(active(|m, s| in_use(m, s, Way::FromOne)), "counted from 0");
        rejected(active(|m, _| (0..m[0].len()).collect()), "not with the root");
        rejected(active(|_, _| todo!()), "not written yet");
    }
}
