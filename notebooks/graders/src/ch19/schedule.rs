//! Task 19.1: signal and noise of a schedule.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, equal};

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The clean picture is left out.
    NoStart,
    /// The shares of the variance in place of the factors.
    NoRoot,
    /// The betas add up.
    Sum,
    /// Noise first.
    Swapped,
    /// The noise of one step alone.
    OneStep,
    /// The product of the betas.
    Betas,
    /// One less the signal.
    Rest,
}

fn factors(betas: &[f32], way: Way) -> Vec<[f32; 2]> {
    let factor = |t: usize| {
        let mut past = betas[..t].iter().map(|beta| f64::from(*beta));
        let bar: f64 = match way {
            Way::Sum => 1.0 - past.sum::<f64>(),
            Way::OneStep => 1.0 - past.next_back().unwrap_or(0.0),
            Way::Betas => past.product(),
            _ => past.map(|beta| 1.0 - beta).product(),
        };
        let pair = match way {
            Way::NoRoot => [bar, 1.0 - bar],
            Way::Swapped => [(1.0 - bar).sqrt(), bar.sqrt()],
            Way::Rest => [bar.sqrt(), 1.0 - bar.sqrt()],
            _ => [bar.sqrt(), (1.0 - bar).sqrt()],
        };
        pair.map(|x| x as f32)
    };
    let first = usize::from(way == Way::NoStart);
    (first..=betas.len()).map(factor).collect()
}

/// Task 19.1: signal and noise at step 0, 1, ... of a schedule.
pub fn schedule(answer: fn(&[f32]) -> Vec<[f32; 2]>) -> Verdict {
    let task = Task::of_course("19.1", "What is left").hint(
        "The share of the variance that is still the picture's is multiplied by 1 - beta at each step. Signal and noise are \
         factors of the picture and of the noise, not shares of the variance.",
    );
    let task = task.second_hint(
        "Begin with alpha_bar = 1 and push [alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt()] once before the first step and once \
         after each.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(191);
        for n in 0..20 {
            // The first can be done on paper.
            let betas = match n {
                0 => vec![0.36, 0.75],
                1 => cases.numbers(100, 0.01, 0.1),
                _ => {
                    let steps = cases.whole(1, 12);
                    cases.numbers(steps, 0.01, 0.6)
                }
            };
            let case = format!("betas {betas:.2?}");
            let got = task.call(&case, || answer(&betas))?;
            let near = |way| {
                let wrong = factors(&betas, way);
                got.len() == wrong.len()
                    && got.concat().iter().zip(wrong.concat()).all(|(g, w)| (g - w).abs() < 1e-4)
            };
            equal(&format!("{case}: how many steps"), got.len(), betas.len() + 1)
                .hint_if(near(Way::NoStart), "Step 0 is a step, too: the clean picture, signal 1 and noise 0.")?;
            approx_all(&case, &got.concat(), &factors(&betas, Way::Right).concat(), 1e-4)
                .hint_if(near(Way::NoRoot), "These are shares of the variance. What is a number multiplied by, so that its variance is that share?")
                .hint_if(near(Way::Sum), "Each step takes its share of what is left, so shares are multiplied and not added.")
                .hint_if(near(Way::Swapped), "The signal comes first.")
                .hint_if(near(Way::OneStep), "That is the last step alone, as if the picture were clean before it.")
                .hint_if(near(Way::Betas), "Beta is the share that is lost. What is kept?")
                .hint_if(near(Way::Rest), "The variances add up to 1, not the factors.")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// By the crate's own schedule.
    fn crates(betas: &[f32]) -> Vec<[f32; 2]> {
        let betas = betas.iter().map(|beta| f64::from(*beta)).collect();
        let schedule = gradus::diffusion::NoiseSchedule::from_betas(betas).expect("betas");
        (0..=schedule.steps())
            .map(|t| [schedule.signal(t), schedule.noise(t)])
            .collect()
    }

    #[test]
    fn schedules() {
        for answer in [crates, |b: &[f32]| factors(b, Way::Right)] as [fn(&[f32]) -> Vec<[f32; 2]>; 2] {
            let verdict = schedule(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(schedule(|b| factors(b, Way::NoStart)), "Step 0 is a step");
        rejected(schedule(|b| factors(b, Way::NoRoot)), "shares of the variance. What");
        rejected(schedule(|b| factors(b, Way::Sum)), "NaN");
        rejected(schedule(|b| factors(b, Way::Swapped)), "signal comes first");
        rejected(schedule(|b| factors(b, Way::OneStep)), "last step alone");
        rejected(schedule(|b| factors(b, Way::Betas)), "What is kept");
        rejected(schedule(|b| factors(b, Way::Rest)), "not the factors");
        rejected(schedule(|_| Vec::new()), "how many steps");
        rejected(schedule(|_| todo!()), "not written yet");
    }
}
