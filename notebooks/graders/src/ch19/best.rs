//! Task 19.3: the best guess of the noise that there is.

use crate::kit::{Cases, HintIf, Task, Verdict, approx};

/// What the learner writes: from the clean values, signal and noise of the step and the noisy value, the mean of the noise.
type Answer = fn(&[f32], f32, f32, f32) -> f32;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// Every clean value is as likely as another.
    Even,
    /// The most likely one alone.
    Nearest,
    /// The mean of the clean values, not of the noise.
    Clean,
    /// The exponent without its half.
    NoHalf,
    /// The distance in place of its square.
    NoSquare,
    /// The weights do not add up to 1.
    NoSum,
    /// Noise that is not scaled to variance 1.
    NoScale,
    /// Weights as they are: all 0 where x is far away.
    Underflow,
}

fn guess(clean: &[f32], a: f32, b: f32, x: f32, way: Way) -> f32 {
    let noises: Vec<f64> = clean.iter().map(|p| f64::from((x - a * p) / b)).collect();
    let energy = |z: f64| match way {
        Way::Even => 0.0,
        Way::NoHalf => z * z,
        Way::NoSquare => z.abs(),
        _ => z * z / 2.0,
    };
    let least = noises.iter().map(|z| energy(*z)).fold(f64::MAX, f64::min);
    if way == Way::Underflow {
        let weights: Vec<f32> = noises.iter().map(|z| (-(z * z / 2.0) as f32).exp()).collect();
        let sum: f32 = weights.iter().sum();
        return noises.iter().zip(&weights).map(|(z, w)| *z as f32 * w).sum::<f32>() / sum;
    }
    let shift = if way == Way::NoSum { 0.0 } else { least };
    let weight = |z: f64| match way {
        Way::Nearest => f64::from(u8::from(energy(z) == least)),
        _ => (shift - energy(z)).exp(),
    };
    let sum: f64 = if way == Way::NoSum {
        1.0
    } else {
        noises.iter().map(|z| weight(*z)).sum()
    };
    let value = |(z, p): (&f64, &f32)| match way {
        Way::Clean => f64::from(*p),
        Way::NoScale => z * f64::from(b),
        _ => *z,
    };
    (noises
        .iter()
        .zip(clean)
        .map(|pair| weight(*pair.0) * value(pair))
        .sum::<f64>()
        / sum) as f32
}

/// Task 19.3: the mean of the noise in `x`, if the clean value is one of a list, all equally likely.
pub fn best(answer: Answer) -> Verdict {
    let task = Task::of_course("19.3", "Nobody knows better").hint(
        "Each clean value p would need the noise z = (x - a p) / b, and that is as probable as e^(-z²/2). The mean of the z, by these \
         weights, divided by the sum of the weights. And look at x far away from all: how large are your weights?",
    );
    let task = task.second_hint(
        "e^(-z²/2) is 0 in f32 from |z| = 15 on, and 0 / 0 is NaN. Only ratios of weights matter: subtract the smallest z²/2 from all \
         before you take the exponential, as softmax does.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(193);
        for n in 0..30 {
            let values = cases.whole(2, 6);
            let clean = match n {
                0 | 1 => vec![-1.0, 1.0],
                _ => cases.numbers(values, -2.0, 2.0),
            };
            let b = if n % 3 == 2 { cases.number(0.02, 0.06) } else { cases.number(0.3, 0.95) };
            // The second is so far away that its weights are 0 in 64 bits, too.
            let b = if n == 1 { 0.02 } else { b };
            let (a, b) = if n == 0 { (0.6, 0.8) } else { ((1.0 - b * b).sqrt(), b) };
            let x = [0.4, 3.0].get(n).copied().unwrap_or_else(|| cases.number(-3.0, 3.0));
            let case = format!("clean {clean:.2?}, a = {a:.3}, b = {b:.3}, x = {x:.2}");
            let got = task.call(&case, || answer(&clean, a, b, x))?;
            let right = guess(&clean, a, b, x, Way::Right);
            let near = |way| {
                let wrong = guess(&clean, a, b, x, way);
                (got - wrong).abs() < 1e-3 * (1.0 + wrong.abs())
            };
            approx(&case, got, right, 1e-3)
                .hint_if(got.is_nan(), "Weights so small that they are 0 in f32, and then 0 / 0. Only ratios of weights matter.")
                .hint_if(near(Way::Even), "Not all are equally likely once x is known: a noise of 3 is rare.")
                .hint_if(near(Way::Clean), "That is the mean of the clean values. What noise would each of them need?")
                .hint_if(near(Way::NoHalf), "The normal density is e to the power -z²/2.")
                .hint_if(near(Way::NoSquare), "The normal density falls with the square of z.")
                .hint_if(near(Way::NoSum), "Weights of a mean add up to 1: divide by their sum.")
                .hint_if(near(Way::NoScale), "The noise z has variance 1: x = a p + b z.")
                .hint_if(near(Way::Nearest), "The nearest is the most probable one, but not the only one: the best guess for a squared error is the mean.")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// By a softmax, written in another way.
    fn softmax(clean: &[f32], a: f32, b: f32, x: f32) -> f32 {
        let z: Vec<f64> = clean
            .iter()
            .map(|p| (f64::from(x) - f64::from(a) * f64::from(*p)) / f64::from(b))
            .collect();
        let logits: Vec<f64> = z.iter().map(|z| -0.5 * z * z).collect();
        let most = logits.iter().copied().fold(f64::MIN, f64::max);
        let total: f64 = logits.iter().map(|l| (l - most).exp()).sum();
        z.iter()
            .zip(&logits)
            .map(|(z, l)| z * (l - most).exp() / total)
            .sum::<f64>() as f32
    }

    #[test]
    fn guesses() {
        for answer in [softmax, |c: &[f32], a, b, x| guess(c, a, b, x, Way::Right)] as [Answer; 2] {
            let verdict = best(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(best(|c, a, b, x| guess(c, a, b, x, Way::Even)), "equally likely");
        rejected(best(|c, a, b, x| guess(c, a, b, x, Way::Nearest)), "not the only one");
        rejected(
            best(|c, a, b, x| guess(c, a, b, x, Way::Clean)),
            "would each of them need",
        );
        rejected(best(|c, a, b, x| guess(c, a, b, x, Way::NoHalf)), "-z²/2");
        rejected(best(|c, a, b, x| guess(c, a, b, x, Way::NoSquare)), "square of z");
        rejected(best(|c, a, b, x| guess(c, a, b, x, Way::NoSum)), "divide by their sum");
        rejected(best(|c, a, b, x| guess(c, a, b, x, Way::NoScale)), "variance 1");
        rejected(best(|c, a, b, x| guess(c, a, b, x, Way::Underflow)), "NaN");
        let long = |c: &[f32], a: f32, b: f32, x: f32| {
            let z: Vec<f64> = c.iter().map(|p| f64::from((x - a * p) / b)).collect();
            let weights: Vec<f64> = z.iter().map(|z| (-z * z / 2.0).exp()).collect();
            (z.iter().zip(&weights).map(|(z, w)| z * w).sum::<f64>() / weights.iter().sum::<f64>()) as f32
        };
        rejected(best(long), "0 / 0");
        rejected(best(|_, _, _, x| x), "Each clean value p");
        rejected(best(|_, _, _, _| todo!()), "not written yet");
    }
}
