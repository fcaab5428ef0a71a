//! Task 18.2: two losses of a generator and how they change with a score.

use crate::kit::{Cases, HintIf, Task, Verdict, approx, approx_all, near_all};

/// What the learner writes: from the scores of made samples and whether the loss saturates, the mean loss and its derivative by each
/// score.
type Answer = fn(&[f32], bool) -> (f32, Vec<f32>);

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// One loss for the other.
    Exchanged,
    /// Not divided by the number of samples.
    Sum,
    /// The slope points uphill.
    Uphill,
    /// The slope by the probability, not by the score.
    ByProbability,
    /// The formula as it stands.
    Naive,
}

fn sigmoid(s: f64) -> f64 {
    1.0 / (1.0 + (-s).exp())
}

/// ln(1 + e^x), for any x.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn solved(scores: &[f32], saturating: bool, way: Way) -> (f32, Vec<f32>) {
    let saturating = saturating != (way == Way::Exchanged);
    let n = if way == Way::Sum { 1.0 } else { scores.len() as f64 };
    let one = |s: f64| match (saturating, way) {
        (true, Way::Naive) => f64::from((1.0 - sigmoid(s) as f32).ln()),
        (false, Way::Naive) => f64::from(-(1.0 / (1.0 + (-s as f32).exp())).ln()),
        (true, _) => -softplus(s),
        (false, _) => softplus(-s),
    };
    let slope = |s: f64| {
        let slope = if saturating { -sigmoid(s) } else { -sigmoid(-s) };
        match way {
            Way::Uphill => -slope,
            Way::ByProbability if saturating => -1.0 / (1.0 - sigmoid(s)).max(1e-30),
            Way::ByProbability => -1.0 / sigmoid(s).max(1e-30),
            _ => slope,
        }
    };
    let loss = scores.iter().map(|s| one(f64::from(*s))).sum::<f64>() / n;
    (
        loss as f32,
        scores.iter().map(|s| (slope(f64::from(*s)) / n) as f32).collect(),
    )
}

/// Task 18.2: the losses of section 3 with their slopes, for scores of any size.
pub fn slopes(answer: Answer) -> Verdict {
    let task = Task::of_course("18.2", "Two slopes").hint(
        "For one score 0 both probabilities are 1/2: the saturating loss is ln 1/2 = -0.693, the other 0.693, and both slopes \
            are -1/2. \
         What are they for two scores, and for the score 100?",
    );
    let task = task.second_hint(
        "With σ(s) = 1 / (1 + exp(-s)): ln(1 - σ(s)) = -softplus(s) and -ln σ(s) = softplus(-s), where softplus(x) = max(x, \
            0) + \
         ln(1 + exp(-|x|)) never overflows. The slopes are -σ(s) and -σ(-s), divided by the number of scores.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(182);
        for n in 0..30 {
            let scores = match n {
                0 => vec![0.0],
                1 => vec![1.0, -1.0],
                20.. => {
                    let k = cases.whole(1, 4);
                    cases.numbers(k, -300.0, 300.0)
                }
                _ => {
                    let k = cases.whole(1, 6);
                    cases.numbers(k, -4.0, 4.0)
                }
            };
            for saturating in [true, false] {
                let case = format!("scores {scores:?}, saturating: {saturating}");
                let (loss, slope) = task.call(&case, || answer(&scores, saturating))?;
                let (wanted, slopes) = solved(&scores, saturating, Way::Right);
                let gives = |way: Way| (loss - solved(&scores, saturating, way).0).abs() < 1e-4 * (1.0 + loss.abs());
                let is = |way: Way| near_all(&slope, &solved(&scores, saturating, way).1, 1e-4);
                approx(&format!("{case}: the loss"), loss, wanted, 1e-4)
                    .hint_if(
                        !loss.is_finite(),
                        "Scores of ±300: exp overflows, or 1 - σ is rounded to 0 and its logarithm is \
                        infinite. Write both losses with a softplus that cannot overflow.",
                    )
                    .hint_if(gives(Way::Exchanged), "That is the other loss.")
                    .hint_if(gives(Way::Sum), "The mean over the scores is asked for.")
                    .hint_if(
                        gives(Way::Naive),
                        "Rounding: for large scores 1 - σ(s) has no digits left in 32 bits. Use a \
                        softplus.",
                    )?;
                approx_all(&format!("{case}: the slopes"), &slope, &slopes, 1e-4)
                    .hint_if(is(Way::Exchanged), "Those are the slopes of the other loss.")
                    .hint_if(
                        is(Way::Sum),
                        "The loss is a mean, and so each slope is divided by the number of scores.",
                    )
                    .hint_if(is(Way::Uphill), "The sign: both losses fall where the score rises.")
                    .hint_if(
                        is(Way::ByProbability),
                        "That is the derivative by the probability. The score comes before the \
                        sigmoid: multiply by σ(s)(1 - σ(s)).",
                    )?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    #[test]
    fn two_slopes() {
        let verdict = slopes(|s, saturating| solved(s, saturating, Way::Right));
        assert!(verdict.passed(), "{verdict}");
        // In 32 bits, by other words: ln σ(x) = min(x, 0) - ln(1 + exp(-|x|)).
        let other = |s: &[f32], saturating: bool| {
            let log_sigmoid = |x: f32| x.min(0.0) - (-x.abs()).exp().ln_1p();
            let n = s.len() as f32;
            let turned = |s: f32| if saturating { -s } else { s };
            let sign = if saturating { 1.0 } else { -1.0 };
            let loss = s.iter().map(|s| sign * log_sigmoid(turned(*s))).sum::<f32>() / n;
            (loss, s.iter().map(|s| -log_sigmoid(-turned(*s)).exp() / n).collect())
        };
        let verdict = slopes(other);
        assert!(verdict.passed(), "{verdict}");
        rejected(
            slopes(|s, saturating| solved(s, saturating, Way::Exchanged)),
            "the other loss",
        );
        rejected(slopes(|s, saturating| solved(s, saturating, Way::Sum)), "mean");
        rejected(slopes(|s, saturating| solved(s, saturating, Way::Uphill)), "The sign");
        rejected(
            slopes(|s, saturating| solved(s, saturating, Way::ByProbability)),
            "before the sigmoid",
        );
        rejected(slopes(|s, saturating| solved(s, saturating, Way::Naive)), "softplus");
        rejected(slopes(|s, _| solved(s, false, Way::Right)), "the other loss");
        rejected(slopes(|_, _| (0.0, Vec::new())), "the loss");
        rejected(
            slopes(|s, saturating| (solved(s, saturating, Way::Right).0, vec![-0.5; s.len()])),
            "the slopes",
        );
        rejected(slopes(|_, _| todo!()), "not written yet");
    }
}
