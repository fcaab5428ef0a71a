//! Task 19.4: picture and noise from what lies between them.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all};

/// What the learner writes: from the noisy sample, its velocity, signal and noise, the clean sample and the noise.
type Answer = fn(&[f32], &[f32], f32, f32) -> (Vec<f32>, Vec<f32>);

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// Noise and clean sample change places.
    Swapped,
    /// Both signs of the velocity turned.
    Sign,
    /// Signal and noise change places.
    Factors,
    /// The velocity taken for the noise.
    AsNoise,
    /// The velocity taken for the clean sample.
    AsClean,
}

fn apart(x: &[f32], v: &[f32], a: f32, b: f32, way: Way) -> (Vec<f32>, Vec<f32>) {
    let (a, b) = if way == Way::Factors { (b, a) } else { (a, b) };
    let s = if way == Way::Sign { -1.0 } else { 1.0 };
    let pair = |(x, v): (&f32, &f32)| match way {
        Way::AsNoise => ((x - b * v) / a, *v),
        Way::AsClean => (*v, (x - a * v) / b),
        Way::Swapped => (b * x + a * v, a * x - b * v),
        _ => (a * x - s * b * v, b * x + s * a * v),
    };
    x.iter().zip(v).map(pair).unzip()
}

/// Task 19.4: the clean sample and the noise from `x = a x0 + b z` and `v = a z - b x0`.
pub fn velocity(answer: Answer) -> Verdict {
    let task = Task::of_course("19.4", "Another question to the network").hint(
        "Two equations with two unknowns: x = a x0 + b z and v = a z - b x0. Multiply them so that one unknown falls out when you add or \
         subtract, and remember a² + b² = 1.",
    );
    let task = task.second_hint("a · x - b · v: put both equations in and see what is left. Then b · x + a · v.");
    task.grade(|task| {
        let mut cases = Cases::new(194);
        for n in 0..20 {
            let width = cases.whole(1, 5);
            let (x, v, b) = match n {
                0 => (vec![1.0], vec![0.2], 0.8),
                1 => (vec![0.5, -1.0], vec![0.2, -0.3], 1.0),
                _ => {
                    let b = cases.number(0.05, 0.95);
                    (cases.numbers(width, -2.0, 2.0), cases.numbers(width, -2.0, 2.0), b)
                }
            };
            let a = (1.0 - b * b).sqrt();
            let case = format!("x = {x:.2?}, v = {v:.2?}, a = {a:.3}, b = {b:.3}");
            let (clean, noise) = task.call(&case, || answer(&x, &v, a, b))?;
            let near = |way| {
                let (c, z) = apart(&x, &v, a, b, way);
                let same =
                    |x: &[f32], y: &[f32]| x.len() == y.len() && x.iter().zip(y).all(|(x, y)| (x - y).abs() < 1e-4);
                same(&clean, &c) && same(&noise, &z)
            };
            let (c, z) = apart(&x, &v, a, b, Way::Right);
            let both = approx_all(&format!("{case}: clean"), &clean, &c, 1e-4);
            let both = both.and_then(|()| approx_all(&format!("{case}: noise"), &noise, &z, 1e-4));
            both.hint_if(a == 0.0, "At the last step a is 0: can you do without dividing?")
                .hint_if(near(Way::Swapped), "The clean sample comes first, then the noise.")
                .hint_if(near(Way::Sign), "That solves v = b x0 - a z.")
                .hint_if(near(Way::Factors), "a belongs to the picture, b to the noise.")
                .hint_if(near(Way::AsNoise), "v is not the noise: put it into its own equation.")
                .hint_if(
                    near(Way::AsClean),
                    "v is not the clean sample: put it into its own equation.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// By Cramer's rule.
    fn cramer(x: &[f32], v: &[f32], a: f32, b: f32) -> (Vec<f32>, Vec<f32>) {
        let d = a * a + b * b;
        let all = x.iter().zip(v);
        all.map(|(x, v)| ((x * a - b * v) / d, (a * v + b * x) / d)).unzip()
    }

    #[test]
    fn velocities() {
        for answer in [cramer, |x: &[f32], v: &[f32], a, b| apart(x, v, a, b, Way::Right)] as [Answer; 2] {
            let verdict = velocity(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(velocity(|x, v, a, b| apart(x, v, a, b, Way::Swapped)), "comes first");
        rejected(velocity(|x, v, a, b| apart(x, v, a, b, Way::Sign)), "b x0 - a z");
        rejected(
            velocity(|x, v, a, b| apart(x, v, a, b, Way::Factors)),
            "a belongs to the picture",
        );
        rejected(
            velocity(|x, v, a, b| apart(x, v, a, b, Way::AsNoise)),
            "is not the noise",
        );
        rejected(
            velocity(|x, v, a, b| apart(x, v, a, b, Way::AsClean)),
            "is not the clean sample",
        );
        let divided = |x: &[f32], v: &[f32], a: f32, b: f32| {
            let noise: Vec<f32> = x.iter().zip(v).map(|(x, v)| b * x + a * v).collect();
            (x.iter().zip(&noise).map(|(x, z)| (x - b * z) / a).collect(), noise)
        };
        rejected(velocity(divided), "without dividing");
        rejected(velocity(|x, v, _, _| (x.to_vec(), v.to_vec())), "two unknowns");
        // What the crate makes of signal and noise comes back.
        let schedule = gradus::diffusion::NoiseSchedule::cosine(9).expect("a schedule");
        let (x0, z) = ([0.3, -1.0], [1.2, 0.4]);
        let x = schedule.add_noise(&x0, 4, &z).expect("fits");
        let v: Vec<f32> = x0
            .iter()
            .zip(z)
            .map(|(x, z)| schedule.signal(4) * z - schedule.noise(4) * x)
            .collect();
        let (clean, noise) = apart(&x, &v, schedule.signal(4), schedule.noise(4), Way::Right);
        assert!(
            clean
                .iter()
                .zip(x0)
                .chain(noise.iter().zip(z))
                .all(|(x, y)| (x - y).abs() < 1e-5)
        );
        rejected(velocity(|_, _, _, _| todo!()), "not written yet");
    }
}
