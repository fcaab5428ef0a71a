//! Task 18.3: how many modes a generator covers.

use crate::kit::{Cases, HintIf, Task, Verdict, approx, check, equal};

/// What [`cover`] asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// How many samples belong to each centre.
    pub counts: Vec<usize>,
    /// How many centres have at least the least share of all samples.
    pub covered: usize,
    /// The share of the samples that belong to a centre, 0 to 1.
    pub good: f32,
}

/// What the learner writes: from samples, centres, a radius and the least share of a centre, the coverage.
type Answer = fn(&[[f32; 2]], &[[f32; 2]], f32, f32) -> Coverage;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// A sample counts for every centre that it is near to.
    Every,
    /// A sample counts for the first such centre.
    First,
    /// However far it is away.
    NoRadius,
    /// The squared distance against the radius.
    Squared,
    /// The least share is one of the good samples.
    OfGood,
    /// Any sample covers its centre.
    AnyOne,
    /// The largest difference along an axis in place of the distance.
    Square,
    /// What lies on the circle is outside.
    Inside,
}

fn solved(samples: &[[f32; 2]], centres: &[[f32; 2]], radius: f32, least: f32, way: Way) -> Coverage {
    let mut counts = vec![0; centres.len()];
    let mut good = 0;
    for sample in samples {
        let far = |k: usize| {
            let (x, y) = (sample[0] - centres[k][0], sample[1] - centres[k][1]);
            match way {
                Way::Squared => x * x + y * y,
                Way::Square => x.abs().max(y.abs()),
                _ => x.hypot(y),
            }
        };
        let within = |k: &usize| way == Way::NoRadius || far(*k) < radius || way != Way::Inside && far(*k) == radius;
        let near: Vec<usize> = (0..centres.len()).filter(within).collect();
        good += usize::from(!near.is_empty());
        match way {
            Way::Every => near.iter().for_each(|k| counts[*k] += 1),
            Way::First => near.first().into_iter().for_each(|k| counts[*k] += 1),
            _ => near
                .iter()
                .min_by(|a, b| far(**a).total_cmp(&far(**b)))
                .into_iter()
                .for_each(|k| counts[*k] += 1),
        }
    }
    let whole = if way == Way::OfGood { good } else { samples.len() };
    let least = if way == Way::AnyOne { 1e-9 } else { least * whole as f32 };
    Coverage {
        covered: counts.iter().filter(|count| **count as f32 >= least).count(),
        counts,
        good: good as f32 / samples.len() as f32,
    }
}

/// Samples, centres, radius and least share, whose products are exact in 32 bits. The first case tells all ways to count apart.
fn cloud(cases: &mut Cases, n: usize) -> (Vec<[f32; 2]>, Vec<[f32; 2]>, f32, f32) {
    if n == 0 {
        // One sample lies on its circle.
        let near = [[0.4, 0.0], [0.0, 0.6], [-0.4, 0.4], [-0.4, -0.4], [5.5, 5.0]];
        let samples = [&near[..], &[[9.0, 5.0], [9.0, -5.0], [9.0, 9.0]]].concat();
        return (samples, vec![[0.0, 0.0], [0.6, 0.0], [5.0, 5.0]], 0.5, 0.125);
    }
    let (k, many) = (cases.whole(2, 5), [4, 8, 16][n % 3]);
    let place = |cases: &mut Cases| [cases.number(-2.0, 2.0), cases.number(-2.0, 2.0)];
    let centres: Vec<[f32; 2]> = (0..k).map(|_| place(cases)).collect();
    let radius = cases.number(0.3, 1.6);
    let sample = |i: usize| match (i + n) % 4 {
        0 => place(cases),
        // Crowds: the first centres have more than their share.
        _ => {
            let at = centres[cases.whole(0, k - 1) / 2];
            [at[0] + cases.number(-0.8, 0.8), at[1] + cases.number(-0.8, 0.8)]
        }
    };
    let samples = (0..many).map(sample).collect();
    (samples, centres.clone(), radius, [0.125, 0.1875, 0.25][n / 3 % 3])
}

/// Task 18.3: the figures by which mode collapse is told.
pub fn cover(answer: Answer) -> Verdict {
    let task = Task::of_course("18.3", "Who is there?").hint(
        "For each sample find the nearest centre. If it lies within the radius (the radius itself is within), count the \
            sample there. Four \
         samples, two of them at one centre and none at the others, a least share of 0.5: one centre is covered, and good is 0.5.",
    );
    let task = task.second_hint(
        "counts[k] as f32 >= least * samples.len() as f32 says that centre k is covered; good is the sum of the counts \
            divided by the \
         number of samples.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(183);
        for n in 0..30 {
            let (samples, centres, radius, least) = cloud(&mut cases, n);
            let (k, many) = (centres.len(), samples.len());
            let case = format!("{many} samples {samples:.2?}, centres {centres:?}, radius {radius}, least {least}");
            let got = task.call(&case, || answer(&samples, &centres, radius, least))?;
            let right = solved(&samples, &centres, radius, least, Way::Right);
            let is = |way: Way| got.counts == solved(&samples, &centres, radius, least, way).counts;
            let reports = |way: Way| got.covered == solved(&samples, &centres, radius, least, way).covered;
            equal(&format!("{case}: the counts"), &got.counts, &right.counts)
                .hint_if(
                    is(Way::NoRadius),
                    "A sample that is farther than the radius from all centres belongs to none.",
                )
                .hint_if(
                    is(Way::Every),
                    "Where two circles overlap, a sample counts once: for the nearest centre.",
                )
                .hint_if(
                    is(Way::First),
                    "Where two circles overlap, a sample counts for the *nearest* centre, not for the first.",
                )
                .hint_if(
                    is(Way::Squared),
                    "That compares the squared distance with the radius: take the root, or square the radius.",
                )
                .hint_if(is(Way::Square), "The distance is sqrt(x² + y²): `hypot`.")
                .hint_if(is(Way::Inside), "A sample on the circle itself is within.")?;
            equal(&format!("{case}: covered"), got.covered, right.covered).hint_if(
                reports(Way::AnyOne) || reports(Way::OfGood),
                "A centre needs the least share of *all* samples, bad ones too; one sample is not enough.",
            )?;
            approx(&format!("{case}: good"), got.good, right.good, 1e-5)?;
            check(
                &case,
                got.counts.len() == k,
                "a count for each centre",
                "another number of them",
            )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    #[test]
    fn who_is_there() {
        let verdict = cover(|s, c, r, l| solved(s, c, r, l, Way::Right));
        assert!(verdict.passed(), "{verdict}");
        rejected(cover(|s, c, r, l| solved(s, c, r, l, Way::Every)), "counts once");
        rejected(cover(|s, c, r, l| solved(s, c, r, l, Way::First)), "not for the first");
        rejected(cover(|s, c, r, l| solved(s, c, r, l, Way::NoRadius)), "belongs to none");
        rejected(
            cover(|s, c, r, l| solved(s, c, r, l, Way::Squared)),
            "square the radius",
        );
        rejected(cover(|s, c, r, l| solved(s, c, r, l, Way::Square)), "hypot");
        rejected(
            cover(|s, c, r, l| solved(s, c, r, l, Way::Inside)),
            "on the circle itself",
        );
        // In 64 bits it is as right.
        let long = |s: &[[f32; 2]], c: &[[f32; 2]], r: f32, l: f32| {
            let right = solved(s, c, r, l, Way::Right);
            let least = f64::from(l) * s.len() as f64;
            let covered = right.counts.iter().filter(|n| **n as f64 >= least).count();
            Coverage { covered, ..right }
        };
        assert!(cover(long).passed());
        rejected(cover(|s, c, r, l| solved(s, c, r, l, Way::OfGood)), "bad ones too");
        rejected(
            cover(|s, c, r, l| solved(s, c, r, l, Way::AnyOne)),
            "one sample is not enough",
        );
        let count = |s: &[[f32; 2]], c: &[[f32; 2]], r: f32, l: f32| {
            let right = solved(s, c, r, l, Way::Right);
            let good = right.counts.iter().sum::<usize>() as f32;
            Coverage { good, ..right }
        };
        rejected(cover(count), "good");
        let strict = |s: &[[f32; 2]], c: &[[f32; 2]], r: f32, l: f32| {
            let right = solved(s, c, r, l, Way::Right);
            let covered = right.counts.iter().filter(|n| **n as f32 > l * s.len() as f32).count();
            Coverage { covered, ..right }
        };
        rejected(cover(strict), "covered");
        rejected(cover(|_, _, _, _| todo!()), "not written yet");
    }
}
