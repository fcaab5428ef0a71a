//! Task 19.5: the whole way from noise to a sample, with guidance.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all};

/// Who guesses the noise: samples and their step to as many numbers.
pub type Guess = fn(&[f32], usize) -> Vec<f32>;

/// What the learner writes: from the starting noise, alpha_bar of each step, the steps to visit, both guesses and the weight, the sample.
type Answer = fn(&[f32], &[f32], &[usize], [Guess; 2], f32) -> Vec<f32>;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The weight that Ho and Salimans write, one less.
    Papers,
    /// Both guesses change places.
    Swapped,
    /// One guess, at the start, for all steps.
    Once,
    /// The step that one goes to is named to the network.
    WrongStep,
    /// The last leap is forgotten.
    Short,
    /// Guidance by the class alone.
    Unguided,
    /// Each guess walks by itself, and the ends are mixed.
    MixedLast,
    /// As if the start stood at the last step of all.
    FromLast,
}

fn walk(start: &[f32], bars: &[f32], visits: &[usize], [with, without]: [Guess; 2], w: f32, way: Way) -> Vec<f32> {
    if way == Way::MixedLast {
        let alone = |guess: Guess| walk(start, bars, visits, [guess, guess], 1.0, Way::Right);
        return alone(with)
            .iter()
            .zip(alone(without))
            .map(|(c, n)| n + w * (c - n))
            .collect();
    }
    let (with, without) = if way == Way::Swapped {
        (without, with)
    } else {
        (with, without)
    };
    let w = match way {
        Way::Papers => w + 1.0,
        Way::Unguided => 1.0,
        _ => w,
    };
    let mut x = start.to_vec();
    let leaps = visits.len() - 1 - usize::from(way == Way::Short);
    for (i, leap) in visits.windows(2).take(leaps).enumerate() {
        let last = way == Way::FromLast && i == 0;
        let (t, s) = (if last { bars.len() - 1 } else { leap[0] }, leap[1]);
        let seen = if way == Way::Once { start } else { &x };
        let told = match way {
            Way::Once => visits[0],
            Way::WrongStep => s,
            _ => t,
        };
        let z: Vec<f32> = with(seen, told)
            .iter()
            .zip(without(seen, told))
            .map(|(c, n)| n + w * (c - n))
            .collect();
        let one = |(x, z): (&f32, &f32)| {
            let clean = (x - (1.0 - bars[t]).sqrt() * z) / bars[t].sqrt();
            bars[s].sqrt() * clean + (1.0 - bars[s]).sqrt() * z
        };
        x = x.iter().zip(&z).map(one).collect();
    }
    x
}

fn with(x: &[f32], t: usize) -> Vec<f32> {
    x.iter()
        .map(|x| 0.5 * x + 0.2 * (2.0 * x).sin() + 0.02 * t as f32 - 0.3)
        .collect()
}

fn without(x: &[f32], t: usize) -> Vec<f32> {
    x.iter().map(|x| 0.4 * x - 0.01 * t as f32).collect()
}

/// Task 19.5: DDIM with guidance, from noise to a sample.
pub fn draw(answer: Answer) -> Verdict {
    let task = Task::of_course("19.5", "From noise to a sample").hint(
        "Three things at each leap: both guesses for x as it is now and the step where it stands, their mixture by the weight, and the leap \
         of task 19.2. `visits.windows(2)` gives each step with the one that follows.",
    );
    let task = task.second_hint(
        "let z = without + w * (with - without), number by number, anew for each leap; then clean = (x - b z) / a with the factors of the \
         step where x stands, and x = a clean + b z with those of the next. The last visit is step 0: do not stop before.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(195);
        for n in 0..20 {
            let steps = if n == 0 { 1 } else { cases.whole(3, 12) };
            let mut bars = vec![1.0f32];
            for t in 0..steps {
                let kept = if n == 0 { 0.36 } else { cases.number(0.6, 0.95) };
                bars.push(bars[t] * kept);
            }
            let mut visits: Vec<usize> = (0..=steps).rev().collect();
            if n > 1 && steps > 4 {
                visits.retain(|t| *t == 0 || *t == steps || t % 3 == n % 3);
            }
            if n % 5 == 4 && visits.len() > 2 {
                // What is drawn from need not be pure noise.
                visits.remove(0);
            }
            let start = if n == 0 { vec![1.0] } else { cases.numbers(3, -2.0, 2.0) };
            let w = if n == 0 { 2.0 } else { [0.0, 1.0, 1.5, 3.0][n % 4] };
            let case = format!("visits {visits:?}, weight {w}, start {start:.2?}");
            let got = task.call(&case, || answer(&start, &bars, &visits, [with, without], w))?;
            let near = |way| {
                let wrong = walk(&start, &bars, &visits, [with, without], w, way);
                got.len() == wrong.len() && got.iter().zip(wrong).all(|(g, w)| (g - w).abs() < 1e-3)
            };
            approx_all(
                &case,
                &got,
                &walk(&start, &bars, &visits, [with, without], w, Way::Right),
                1e-3,
            )
            .hint_if(
                near(Way::Papers),
                "In this course a weight of 1 is the class as the network knows it, without + w (with - without).",
            )
            .hint_if(
                near(Way::Swapped),
                "A weight of 1 must leave the guess *with* the class.",
            )
            .hint_if(near(Way::Unguided), "The weight changes nothing.")
            .hint_if(
                near(Way::FromLast),
                "The start stands at the first of the visits, which need not be the last step of all.",
            )
            .hint_if(near(Way::Short), "One leap is missing: the last one goes to step 0.")
            .hint_if(
                near(Way::Once),
                "x is another one after each leap, and so is the noise in it: ask again.",
            )
            .hint_if(
                near(Way::WrongStep),
                "The network must know the step where x *stands*, not the one it goes to.",
            )
            .hint_if(
                near(Way::MixedLast),
                "Mix the guesses at each leap. Two walks that ended apart have nothing to do with each other.",
            )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;
    use gradus::diffusion::{NoiseSchedule, guide};

    /// With the crate's steps.
    fn crates(start: &[f32], bars: &[f32], visits: &[usize], [c, n]: [Guess; 2], w: f32) -> Vec<f32> {
        let betas = bars
            .windows(2)
            .map(|b| 1.0 - f64::from(b[1]) / f64::from(b[0]))
            .collect();
        let schedule = NoiseSchedule::from_betas(betas).expect("betas");
        let leap = |x: Vec<f32>, leap: &[usize]| {
            let z = guide(&c(&x, leap[0]), &n(&x, leap[0]), w).expect("fits");
            schedule.ddim_step(&x, leap[0], leap[1], &z, None).expect("fits")
        };
        visits.windows(2).fold(start.to_vec(), leap)
    }

    macro_rules! by {
        ($way:expr) => {
            |start, bars, visits, both, w| walk(start, bars, visits, both, w, $way)
        };
    }

    #[test]
    fn walks() {
        for answer in [crates, by!(Way::Right)] as [Answer; 2] {
            let verdict = draw(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(draw(by!(Way::Papers)), "a weight of 1 is the class");
        rejected(draw(by!(Way::Swapped)), "must leave the guess");
        rejected(draw(by!(Way::Unguided)), "changes nothing");
        rejected(draw(by!(Way::Short)), "goes to step 0");
        rejected(draw(by!(Way::Once)), "ask again");
        rejected(draw(by!(Way::WrongStep)), "not the one it goes to");
        rejected(draw(by!(Way::MixedLast)), "at each leap");
        rejected(draw(by!(Way::FromLast)), "first of the visits");
        rejected(draw(|start, _, _, _, _| start.to_vec()), "One leap is missing");
        rejected(draw(|_, _, _, _, _| Vec::new()), "Three things");
        rejected(draw(|_, _, _, _, _| todo!()), "not written yet");
    }
}
