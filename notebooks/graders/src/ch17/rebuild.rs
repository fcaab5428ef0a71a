//! Task 17.1: a picture through a few numbers and back.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, near_all};

/// What the learner writes: a picture from its principal components, from the picture, the mean and the components.
type Answer = fn(&[f32], &[f32], &[Vec<f32>]) -> Vec<f32>;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The mean is not taken off before.
    NotCentred,
    /// The mean is not put back.
    NoMean,
    /// The first component alone.
    First,
    /// Each component once, whatever the code says.
    Unscaled,
    /// What is lost, in place of what is kept.
    Rest,
    /// The code.
    Code,
    /// A mean over the components in place of a sum.
    Averaged,
}

fn through(x: &[f32], mean: &[f32], components: &[Vec<f32>], way: Way) -> Vec<f32> {
    let centred: Vec<f32> = match way {
        Way::NotCentred => x.to_vec(),
        _ => x.iter().zip(mean).map(|(x, m)| x - m).collect(),
    };
    let kept = if way == Way::First {
        &components[..1]
    } else {
        components
    };
    let code: Vec<f32> = kept
        .iter()
        .map(|c| c.iter().zip(&centred).map(|(c, x)| c * x).sum())
        .collect();
    if way == Way::Code {
        return code;
    }
    let pixel = |j: usize| {
        let all = kept.iter().zip(&code);
        let sum: f32 = all
            .map(|(c, z)| if way == Way::Unscaled { c[j] } else { z * c[j] })
            .sum();
        match way {
            Way::NoMean => sum,
            Way::Rest => centred[j] - sum,
            Way::Averaged => mean[j] + sum / code.len() as f32,
            _ => mean[j] + sum,
        }
    };
    (0..x.len()).map(pixel).collect()
}

/// Directions of length 1 at right angles (Gram and Schmidt, twice, so that nothing is left of the others).
fn directions(cases: &mut Cases, dim: usize, count: usize) -> Vec<Vec<f32>> {
    let mut found: Vec<Vec<f32>> = Vec::new();
    while found.len() < count {
        let mut new = cases.numbers(dim, -1.0, 1.0);
        for axis in found.iter().chain(&found) {
            let along: f32 = axis.iter().zip(&new).map(|(a, b)| a * b).sum();
            new.iter_mut().zip(axis).for_each(|(x, a)| *x -= along * a);
        }
        let length = new.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length > 0.3 {
            found.push(new.iter().map(|x| x / length).collect());
        }
    }
    found
}

/// Task 17.1: what is left of a picture with a few principal components: (picture, mean, components).
pub fn rebuild(answer: Answer) -> Verdict {
    let task = Task::of_course("17.1", "Through the needle's eye").hint(
        "One number for each component: how far the picture, counted from the mean, reaches along it. Then back: from the mean, go \
         as far along each component as its number says.",
    );
    let task = task.second_hint(
        "code_k = sum over j of component_k[j] * (x[j] - mean[j]). rebuilt[j] = mean[j] + sum over k of code_k * component_k[j].",
    );
    task.grade(|task| {
        let mut cases = Cases::new(171);
        for n in 0..30 {
            let (dim, count) = match n {
                0 => (2, 1),
                1 => (3, 3),
                _ => (cases.whole(4, 12), cases.whole(1, 4)),
            };
            let (x, mean) = (cases.numbers(dim, -2.0, 2.0), cases.numbers(dim, 0.5, 2.0));
            let components = match n {
                0 => vec![vec![0.6, 0.8]],
                _ => directions(&mut cases, dim, count),
            };
            let mut case = format!("{dim} numbers, {count} components");
            if n == 0 {
                case = format!("{case}: picture {x:?}, mean {mean:?}, component {:?}", components[0]);
            }
            let got = task.call(&case, || answer(&x, &mean, &components))?;
            let right = through(&x, &mean, &components, Way::Right);
            let is = |way| near_all(&got, &through(&x, &mean, &components, way), 1e-5);
            approx_all(&case, &got, &right, 1e-4)
                .hint_if(is(Way::Code), "That is the code. The way back is missing.")
                .hint_if(
                    is(Way::NotCentred),
                    "Components are counted from the mean: take it off before you measure.",
                )
                .hint_if(is(Way::NoMean), "The mean was taken off and not put back.")
                .hint_if(
                    count > 1 && is(Way::First),
                    "Only the first component: all of them carry something.",
                )
                .hint_if(
                    is(Way::Unscaled),
                    "Each component was added once. How much of it is needed, the code says.",
                )
                .hint_if(is(Way::Rest), "That is what is lost. Wanted is what is kept.")
                .hint_if(
                    count > 1 && is(Way::Averaged),
                    "Contributions add up; they are not averaged.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: what the components hold is taken off one after the other, and the rest is what is lost.
    fn peeled(x: &[f32], mean: &[f32], components: &[Vec<f32>]) -> Vec<f32> {
        let mut rest: Vec<f32> = x.iter().zip(mean).map(|(x, m)| x - m).collect();
        for c in components {
            let along: f32 = c.iter().zip(&rest).map(|(c, r)| c * r).sum();
            rest.iter_mut().zip(c).for_each(|(r, c)| *r -= along * c);
        }
        x.iter().zip(rest).map(|(x, r)| x - r).collect()
    }

    #[test]
    fn through_a_few_numbers() {
        for answer in [peeled, |x, m, c| through(x, m, c, Way::Right)] as [Answer; 2] {
            let verdict = rebuild(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(
            rebuild(|x, m, c| through(x, m, c, Way::NotCentred)),
            "counted from the mean",
        );
        rejected(rebuild(|x, m, c| through(x, m, c, Way::NoMean)), "not put back");
        rejected(rebuild(|x, m, c| through(x, m, c, Way::First)), "Only the first");
        rejected(rebuild(|x, m, c| through(x, m, c, Way::Unscaled)), "added once");
        rejected(rebuild(|x, m, c| through(x, m, c, Way::Rest)), "what is lost");
        rejected(rebuild(|x, m, c| through(x, m, c, Way::Code)), "That is the code");
        rejected(rebuild(|x, m, c| through(x, m, c, Way::Averaged)), "not averaged");
        rejected(rebuild(|x, _, _| x.to_vec()), "One number for each component");
        rejected(rebuild(|_, m, _| m.to_vec()), "One number for each component");
        rejected(rebuild(|_, _, _| todo!()), "not written yet");
    }
}
