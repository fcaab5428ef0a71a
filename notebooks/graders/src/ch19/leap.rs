//! Task 19.2: one leap of DDIM.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all};

/// What the learner writes: from the noisy sample, the guess of its noise and alpha_bar here and there, the sample there.
type Answer = fn(&[f32], &[f32], f32, f32) -> Vec<f32>;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The guess of the clean sample, and nothing put back.
    Clean,
    /// As much noise put back as there was.
    SameNoise,
    /// Both steps the other way round.
    Swapped,
    /// alpha_bar without its root.
    NoRoot,
    /// What is left is not scaled up to the clean sample.
    NoDivision,
    /// The noise is added, not taken away.
    Sign,
}

fn leapt(x: &[f32], z: &[f32], now: f32, then: f32, way: Way) -> Vec<f32> {
    let (now, then) = if way == Way::Swapped { (then, now) } else { (now, then) };
    let root = |v: f32| if way == Way::NoRoot { v } else { v.sqrt() };
    let put = match way {
        Way::Clean => 0.0,
        Way::SameNoise => root(1.0 - now),
        _ => root(1.0 - then),
    };
    let signal = if way == Way::Clean { 1.0 } else { root(then) };
    let one = |(x, z): (&f32, &f32)| {
        let sign = if way == Way::Sign { -1.0 } else { 1.0 };
        let left = x - sign * root(1.0 - now) * z;
        let clean = if way == Way::NoDivision { left } else { left / root(now) };
        signal * clean + put * z
    };
    x.iter().zip(z).map(one).collect()
}

/// Task 19.2: one leap of DDIM, from `alpha_bar` now to that of an earlier step.
pub fn leap(answer: Answer) -> Verdict {
    let task = Task::of_course("19.2", "One leap").hint(
        "Two formulas, one after the other: the clean sample from x and the guess, then the sample at the earlier step from both. \
         Which step does each factor belong to?",
    );
    let task = task.second_hint(
        "let clean = (x - (1.0 - now).sqrt() * z) / now.sqrt(); then with `then` in the place of `now` the formula of section 1.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(192);
        for n in 0..24 {
            let width = cases.whole(1, 6);
            let (x, z, now, then) = match n {
                // On paper: now.sqrt() is 0.6, its noise 0.8; then.sqrt() is 0.8, its noise 0.6.
                0 => (vec![1.0], vec![0.25], 0.36, 0.64),
                _ => {
                    let now = cases.number(0.05, 0.8);
                    let then = if n % 6 == 5 { 1.0 } else { cases.number(now + 0.05, 0.99) };
                    (cases.numbers(width, -2.0, 2.0), cases.numbers(width, -2.0, 2.0), now, then)
                }
            };
            let case = format!("x = {x:.2?}, guess {z:.2?}, alpha_bar {now:.2} now and {then:.2} then");
            let got = task.call(&case, || answer(&x, &z, now, then))?;
            let near = |way| {
                let wrong = leapt(&x, &z, now, then, way);
                got.len() == wrong.len() && got.iter().zip(wrong).all(|(g, w)| (g - w).abs() < 1e-4)
            };
            approx_all(&case, &got, &leapt(&x, &z, now, then, Way::Right), 1e-4)
                .hint_if(near(Way::Clean), "That is the guess of the clean sample. Now put the noise back, as much as there is at the earlier step.")
                .hint_if(near(Way::SameNoise), "The noise that you put back is as much as there was. How much is there at the earlier step?")
                .hint_if(near(Way::Swapped), "`now` is where x stands.")
                .hint_if(near(Way::NoRoot), "Signal and noise are the roots of alpha_bar and of what it lacks to 1.")
                .hint_if(near(Way::NoDivision), "Without its noise x is still the picture times the signal.")
                .hint_if(near(Way::Sign), "x holds the noise with a plus: take it away.")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// By the crate: a schedule of two steps that ends at `now`.
    fn crates(x: &[f32], z: &[f32], now: f32, then: f32) -> Vec<f32> {
        use gradus::diffusion::NoiseSchedule;
        if then >= 1.0 {
            let schedule = NoiseSchedule::from_betas(vec![1.0 - f64::from(now)]).expect("a beta");
            return schedule.ddim_step(x, 1, 0, z, None).expect("fits");
        }
        let (now, then) = (f64::from(now), f64::from(then));
        let schedule = NoiseSchedule::from_betas(vec![1.0 - then, 1.0 - now / then]).expect("betas");
        schedule.ddim_step(x, 2, 1, z, None).expect("fits")
    }

    #[test]
    fn leaps() {
        for answer in [crates, |x: &[f32], z: &[f32], a, b| leapt(x, z, a, b, Way::Right)] as [Answer; 2] {
            let verdict = leap(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(leap(|x, z, a, b| leapt(x, z, a, b, Way::Clean)), "put the noise back");
        rejected(
            leap(|x, z, a, b| leapt(x, z, a, b, Way::SameNoise)),
            "as much as there was",
        );
        rejected(leap(|x, z, a, b| leapt(x, z, a, b, Way::Swapped)), "where x stands");
        rejected(leap(|x, z, a, b| leapt(x, z, a, b, Way::NoRoot)), "are the roots");
        rejected(
            leap(|x, z, a, b| leapt(x, z, a, b, Way::NoDivision)),
            "times the signal",
        );
        rejected(leap(|x, z, a, b| leapt(x, z, a, b, Way::Sign)), "take it away");
        rejected(leap(|x, _, _, _| x.to_vec()), "Which step does each factor");
        rejected(leap(|_, _, _, _| todo!()), "not written yet");
    }
}
