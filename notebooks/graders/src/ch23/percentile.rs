//! Task 23.4: what the slowest see.

use crate::kit::{Cases, HintIf, Task, Verdict, approx};

/// What the learner writes: from times in any order and a percentage, the percentile.
type Answer = fn(&[f32], usize) -> f32;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// In the order in which they came.
    Unsorted,
    /// One place too far.
    Far,
    /// One place too early where the share is no whole number.
    Down,
    /// From the slow end.
    Backwards,
    /// Between two times.
    Between,
    /// The mean.
    Mean,
    /// The largest.
    Most,
}

fn found(times: &[f32], p: usize, way: Way) -> f32 {
    let mut sorted = times.to_vec();
    if way != Way::Unsorted {
        sorted.sort_by(f32::total_cmp);
    }
    if way == Way::Backwards {
        sorted.reverse();
    }
    let n = sorted.len();
    let rank = match way {
        Way::Far => (p * n).div_ceil(100) + 1,
        Way::Down => p * n / 100,
        _ => (p * n).div_ceil(100),
    };
    match way {
        Way::Mean => times.iter().sum::<f32>() / n as f32,
        Way::Most => sorted[n - 1],
        Way::Between => {
            let place = p as f32 / 100.0 * (n - 1) as f32;
            let (i, part) = (place as usize, place.fract());
            sorted[i] + part * (sorted[(i + 1).min(n - 1)] - sorted[i])
        }
        _ => sorted[rank.clamp(1, n) - 1],
    }
}

/// Task 23.4: a percentile by the nearest rank.
pub fn percentile(answer: Answer) -> Verdict {
    let task = Task::of_course("23.4", "The slow ones").hint(
        "Sort. The rank is the least whole number that is at least p percent of n; the percentile is the time with that rank, counted from 1.",
    );
    let task = task.second_hint(
        "sort_by(f32::total_cmp), then sorted[(p * n).div_ceil(100).max(1) - 1]: whole numbers all the way, so that 7 % of 100 is 7: 0.07 * 100.0 is a little more.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(234);
        for n in 0..40 {
            let many = match n {
                0 => 5,
                1 | 2 | 4 | 5 => 100,
                3 => 1,
                6 => 9,
                _ => cases.whole(2, 60),
            };
            let mut times = cases.numbers(many, 1.0, 20.0);
            if n == 0 {
                times = vec![50.0, 1.0, 4.0, 2.0, 3.0];
            }
            let p = [40, 99, 100, 0, 7, 15, 0]
                .get(n)
                .copied()
                .unwrap_or_else(|| cases.whole(1, 100));
            let shown = if many < 7 {
                format!("{times:.1?}")
            } else {
                format!("{many} times")
            };
            let case = format!("percentile {p} of {shown}");
            let got = task.call(&case, || answer(&times, p))?;
            let near = |way| (got - found(&times, p, way)).abs() < 1e-5;
            approx(&case, got, found(&times, p, Way::Right), 1e-5)
                .hint_if(near(Way::Unsorted), "The times come in any order: sort them first.")
                .hint_if(near(Way::Most), "That is the slowest of all.")
                .hint_if(near(Way::Far), "The rank is counted from 1, places in a list from 0.")
                .hint_if(near(Way::Down), "At least p percent: round the rank up.")
                .hint_if(
                    near(Way::Backwards),
                    "p percent are at most as slow: count from the fast end.",
                )
                .hint_if(near(Way::Mean), "That is the mean; it hides the slow ones.")
                .hint_if(
                    near(Way::Between),
                    "Give one of the times, by its rank, not a number between two.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// By its definition: the least time that so many are not above.
    fn defined(times: &[f32], p: usize) -> f32 {
        let enough = |t: f32| 100 * times.iter().filter(|other| **other <= t).count() >= p * times.len();
        times
            .iter()
            .copied()
            .filter(|t| enough(*t))
            .fold(f32::INFINITY, f32::min)
    }

    /// The time with this rank.
    fn by_share(times: &[f32], rank: f64) -> f32 {
        let mut sorted = times.to_vec();
        sorted.sort_by(f32::total_cmp);
        sorted[(rank as usize).max(1) - 1]
    }

    #[test]
    fn percentiles() {
        for answer in [defined, |t: &[f32], p| found(t, p, Way::Right)] as [Answer; 2] {
            let verdict = percentile(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(percentile(|t, p| found(t, p, Way::Unsorted)), "sort them first");
        rejected(percentile(|t, p| found(t, p, Way::Far)), "counted from 1");
        rejected(percentile(|t, p| found(t, p, Way::Down)), "round the rank up");
        rejected(percentile(|t, p| found(t, p, Way::Backwards)), "fast end");
        rejected(percentile(|t, p| found(t, p, Way::Between)), "between two");
        rejected(percentile(|t, p| found(t, p, Way::Mean)), "hides the slow ones");
        rejected(percentile(|t, p| found(t, p, Way::Most)), "slowest of all");
        rejected(
            percentile(|t, p| {
                let mut t = t.to_vec();
                t.sort_by(f32::total_cmp);
                t[p * t.len() / 100]
            }),
            "rank",
        );
        // A share of a hundred in floating point: 7 % of 100 is 8, or 15 % is 16.
        rejected(
            percentile(|t, p| by_share(t, (p as f64 / 100.0 * t.len() as f64).ceil())),
            "percentile 7",
        );
        rejected(
            percentile(|t, p| by_share(t, f64::from((p as f32 / 100.0 * t.len() as f32).ceil()))),
            "percentile 15",
        );
        rejected(percentile(|_, _| 0.0), "Sort.");
        rejected(percentile(|_, _| todo!()), "not written yet");
    }
}
