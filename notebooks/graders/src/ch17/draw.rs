//! Task 17.2: a draw as a function, and its slope.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, check, near_all};

/// What the learner writes: the draw and its slopes by the log variance, from means, log variances and noise.
type Answer = fn(&[f32], &[f32], &[f32]) -> (Vec<f32>, Vec<f32>);

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The variance as the deviation.
    Variance,
    /// The logarithm as the deviation.
    Logarithm,
    /// The noise alone decides: a standard bell around the mean.
    Standard,
    /// The slope by the deviation.
    ByDeviation,
    /// The slope without the 1/2 of the exponent.
    NoHalf,
    /// The slope with the variance in the place of the deviation.
    SlopeOfVariance,
    /// The slope by the mean.
    ByMean,
}

fn drawn(mean: &[f32], log_var: &[f32], noise: &[f32], way: Way) -> (Vec<f32>, Vec<f32>) {
    let one = |(m, (s, e)): (&f32, (&f32, &f32))| {
        let deviation = match way {
            Way::Variance => s.exp(),
            Way::Logarithm => *s,
            Way::Standard => 1.0,
            _ => (s / 2.0).exp(),
        };
        let slope = match way {
            Way::ByDeviation => *e,
            Way::NoHalf => e * deviation,
            Way::SlopeOfVariance => 0.5 * e * s.exp(),
            Way::ByMean => 1.0,
            Way::Variance => e * deviation,
            Way::Logarithm => *e,
            Way::Standard => 0.0,
            Way::Right => 0.5 * e * deviation,
        };
        (m + deviation * e, slope)
    };
    mean.iter().zip(log_var.iter().zip(noise)).map(one).unzip()
}

/// Task 17.2: draws from bells and their slopes by the log variance: (means, log variances, noise).
pub fn draw(answer: Answer) -> Verdict {
    let task = Task::of_course("17.2", "Dice outside").hint(
        "A log variance of 0 is a deviation of 1, so z = mean + noise. A log variance of 2 ln 3 = 2.197 is a variance of 9: z = mean + 3 \
         noise. For the slope move the log variance a little and see what z does.",
    );
    let task = task.second_hint(
        "z = mean + exp(s / 2) * noise. In the derivative by s the exponential stays, and the 1/2 comes down in front.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(172);
        for n in 0..30 {
            let count = if n < 2 { 2 } else { cases.whole(1, 8) };
            let mean = cases.numbers(count, -2.0, 2.0);
            let log_var = match n {
                0 => vec![1.386, -1.386],
                _ => cases.numbers(count, -3.0, 2.0),
            };
            let noise = match n {
                0 => vec![0.5, -1.5],
                _ => cases.numbers(count, -2.0, 2.0),
            };
            let case = format!("means {mean:?}, log variances {log_var:?}, noise {noise:?}");
            let (z, slope) = task.call(&case, || answer(&mean, &log_var, &noise))?;
            let right = drawn(&mean, &log_var, &noise, Way::Right);
            let of = |way| drawn(&mean, &log_var, &noise, way);
            approx_all(&format!("{case}: the draw"), &z, &right.0, 1e-4)
                .hint_if(
                    near_all(&z, &of(Way::Variance).0, 1e-5),
                    "exp(s) is the variance. The deviation is its root.",
                )
                .hint_if(
                    near_all(&z, &of(Way::Logarithm).0, 1e-5),
                    "s is the logarithm of the variance: take it back first.",
                )
                .hint_if(
                    near_all(&z, &of(Way::Standard).0, 1e-5),
                    "All bells are equally wide here. The log variance must say how wide.",
                )?;
            let told = |n: usize| format!("{n} slopes");
            check(&case, slope.len() == count, &told(count), &told(slope.len()))?;
            let is = |way| near_all(&slope, &of(way).1, 1e-5);
            approx_all(
                &format!("{case}: the slopes by the log variance"),
                &slope,
                &right.1,
                1e-4,
            )
            .hint_if(
                is(Way::ByDeviation),
                "That is the slope by the deviation. The deviation is itself a function of s.",
            )
            .hint_if(
                is(Way::NoHalf),
                "Twice as steep as it is: there is a 1/2 in the exponent.",
            )
            .hint_if(
                is(Way::SlopeOfVariance),
                "The exponential of the draw is exp(s / 2), in its slope, too.",
            )
            .hint_if(
                is(Way::ByMean),
                "That is the slope by the mean. Wanted is the one by the log variance.",
            )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: from the crate and its tape.
    fn taped(mean: &[f32], log_var: &[f32], noise: &[f32]) -> (Vec<f32>, Vec<f32>) {
        use gradus::dfdx::prelude::*;
        let dev = gradus::device::device(0).expect("device");
        let rows = |v: &[f32]| dev.tensor_from_vec(v.to_vec(), (v.len(), Const::<1>));
        let s = rows(log_var);
        let z = gradus::nn::reparametrize(rows(mean).leaky_trace(), s.leaky_trace(), rows(noise)).expect("draws");
        let values = z.as_vec();
        (values, z.sum().backward().get(&s).as_vec())
    }

    #[test]
    fn dice() {
        for answer in [taped, |m, s, e| drawn(m, s, e, Way::Right)] as [Answer; 2] {
            let verdict = draw(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(draw(|m, s, e| drawn(m, s, e, Way::Variance)), "is its root");
        rejected(draw(|m, s, e| drawn(m, s, e, Way::Logarithm)), "take it back");
        rejected(draw(|m, s, e| drawn(m, s, e, Way::Standard)), "equally wide");
        rejected(draw(|m, s, e| drawn(m, s, e, Way::ByDeviation)), "function of s");
        rejected(draw(|m, s, e| drawn(m, s, e, Way::NoHalf)), "Twice as steep");
        rejected(draw(|m, s, e| drawn(m, s, e, Way::SlopeOfVariance)), "in its slope");
        rejected(draw(|m, s, e| drawn(m, s, e, Way::ByMean)), "slope by the mean");
        rejected(draw(|m, s, e| (drawn(m, s, e, Way::Right).0, vec![])), "0 slopes");
        rejected(draw(|_, _, _| todo!()), "not written yet");
    }
}
