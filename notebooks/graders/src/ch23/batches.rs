//! Task 23.5: a queue that takes several at once.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all};

/// What the learner writes: from the times of arrival, what a batch takes by its size, and the most that it may hold, how long
/// each request takes.
type Answer = fn(&[f32], fn(usize) -> f32, usize) -> Vec<f32>;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// One at a time.
    Single,
    /// All that wait, however many.
    NoLimit,
    /// Until a batch is full.
    Full,
    /// The work alone.
    NoWaiting,
    /// The waiting alone.
    NoWork,
    /// As if the machine were always free.
    Free,
    /// Who comes during the work gets on.
    Late,
    /// A batch costs what one request does.
    Cheap,
    /// Who comes at the very moment stays behind.
    Strict,
}

fn taken(arrivals: &[f32], cost: fn(usize) -> f32, most: usize, way: Way) -> Vec<f32> {
    let (mut free, mut next, mut times) = (0.0f32, 0, Vec::new());
    while next < arrivals.len() {
        let mut limit = match way {
            Way::Single => 1,
            Way::NoLimit => usize::MAX,
            _ => most,
        };
        limit = limit.min(arrivals.len() - next);
        let mut begin = arrivals[next].max(if way == Way::Free { 0.0 } else { free });
        if way == Way::Full {
            begin = begin.max(arrivals[next + limit - 1]);
        }
        let until = if way == Way::Late { begin + cost(1) } else { begin };
        let n = arrivals[next..]
            .iter()
            .take(limit)
            .filter(|t| **t < until || (**t == until && way != Way::Strict))
            .count()
            .max(1);
        let work = if way == Way::Cheap { cost(1) } else { cost(n) };
        free = begin + work;
        for arrival in &arrivals[next..next + n] {
            times.push(match way {
                Way::NoWaiting => work,
                Way::NoWork => begin - arrival,
                _ => free - arrival,
            });
        }
        next += n;
    }
    times
}

/// How long requests take where what waits is served together, at most `most` at once: for section 9 of the chapter, which leaves
/// the writing to the learner. `costs[n]` is what a batch of `n` takes; batches that it does not know take as long as its last.
pub fn served(arrivals: &[f64], costs: &[f64], most: usize) -> Vec<f64> {
    let (mut free, mut taken) = (0.0f64, Vec::new());
    while taken.len() < arrivals.len() {
        let rest = &arrivals[taken.len()..];
        let begin = rest[0].max(free);
        let n = rest
            .iter()
            .take(most.max(1))
            .take_while(|at| **at <= begin)
            .count()
            .max(1);
        free = begin + costs.get(n).or(costs.last()).copied().unwrap_or(0.0);
        taken.extend(rest[..n].iter().map(|at| free - at));
    }
    taken
}

/// What a batch takes in the checks, in milliseconds: 2 for starting, half of one for each.
fn cost(n: usize) -> f32 {
    2.0 + 0.5 * n as f32
}

fn dearer(n: usize) -> f32 {
    0.25 + 1.5 * n as f32
}

/// When they come: in some cases close behind each other, in others far apart.
fn crowd(cases: &mut Cases, n: usize) -> Vec<f32> {
    if n == 0 {
        return vec![0.0, 1.0, 2.5, 3.0];
    }
    if n == 1 {
        // Several at the same moment, and the machine idle.
        return vec![0.0, 0.0, 9.0, 9.0, 9.0];
    }
    let gap = [0.5, 1.5, 6.0][n % 3];
    let many = cases.whole(4, 30);
    let add = |at: &mut f32, gap: f32| {
        *at += gap;
        Some(*at)
    };
    cases.numbers(many, 0.0, gap).into_iter().scan(0.0, add).collect()
}

/// Task 23.5: how long requests take where what waits is served together.
pub fn batches(answer: Answer) -> Verdict {
    let task = Task::of_course("23.5", "All aboard").hint(
        "Play it through with the first case on paper. The machine begins when it is free and somebody is there; all who have come by \
         then get on, at most `most`; all of a batch are done at the same moment.",
    );
    let task = task.second_hint(
        "begin = arrivals[next].max(free); n = how many of arrivals[next..] are at most begin, at most `most`; free = begin + cost(n); \
         each of the n takes free - arrival.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(235);
        for n in 0..40 {
            let arrivals = crowd(&mut cases, n);
            let most = [2, 3].get(n).copied().unwrap_or_else(|| cases.whole(1, 7));
            let costs: fn(usize) -> f32 = if n % 4 == 3 { dearer } else { cost };
            let words = if n % 4 == 3 { "0.25 + 1.5 n" } else { "2 + 0.5 n" };
            let shown = &arrivals[..arrivals.len().min(6)];
            let case = format!(
                "arrivals {shown:.2?} of {}, cost {words}, at most {most} at once",
                arrivals.len()
            );
            let got = task.call(&case, || answer(&arrivals, costs, most))?;
            let near = |way| {
                let wrong = taken(&arrivals, costs, most, way);
                got.len() == wrong.len() && got.iter().zip(wrong).all(|(g, w)| (g - w).abs() < 1e-3)
            };
            approx_all(&case, &got, &taken(&arrivals, costs, most, Way::Right), 1e-3)
                .hint_if(
                    near(Way::Single),
                    "One at a time. All who wait, up to `most`, go together.",
                )
                .hint_if(
                    near(Way::NoLimit),
                    "No more than `most` at once; the others wait for the next batch.",
                )
                .hint_if(
                    near(Way::Full),
                    "Nobody waits for a batch to fill: the machine begins with those who are there.",
                )
                .hint_if(
                    near(Way::NoWaiting),
                    "That is the work. A request's time begins when it arrives.",
                )
                .hint_if(
                    near(Way::NoWork),
                    "That is the waiting. The work of the batch comes on top.",
                )
                .hint_if(near(Way::Free), "The machine is busy until the batch before is done.")
                .hint_if(
                    near(Way::Late),
                    "Who comes while the machine works has missed the batch.",
                )
                .hint_if(near(Way::Cheap), "A batch of n takes cost(n).")
                .hint_if(
                    near(Way::Strict),
                    "Who comes at the very moment in which the machine begins is in.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// By a list of those who wait.
    fn listed(arrivals: &[f32], cost: fn(usize) -> f32, most: usize) -> Vec<f32> {
        let mut waiting = std::collections::VecDeque::new();
        let (mut now, mut i, mut times) = (0.0f32, 0, vec![0.0; arrivals.len()]);
        while i < arrivals.len() || !waiting.is_empty() {
            if waiting.is_empty() && arrivals[i] > now {
                now = arrivals[i];
            }
            while i < arrivals.len() && arrivals[i] <= now {
                waiting.push_back(i);
                i += 1;
            }
            let batch: Vec<usize> = waiting.drain(..waiting.len().min(most)).collect();
            now += cost(batch.len());
            batch.iter().for_each(|b| times[*b] = now - arrivals[*b]);
        }
        times
    }

    #[test]
    fn queues() {
        // 0 alone until 2.5; 1 and 2.5, who comes at that moment, until 5.5; 3 until 8.
        assert_eq!(taken(&[0.0, 1.0, 2.5, 3.0], cost, 2, Way::Right), [2.5, 4.5, 3.0, 5.0]);
        assert_eq!(served(&[0.0, 1.0, 2.5, 3.0], &[0.0, 2.5, 3.0], 2), [2.5, 4.5, 3.0, 5.0]);
        for answer in [listed, |a: &[f32], c: fn(usize) -> f32, m| taken(a, c, m, Way::Right)] as [Answer; 2] {
            let verdict = batches(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(batches(|a, c, m| taken(a, c, m, Way::Single)), "One at a time");
        rejected(batches(|a, c, m| taken(a, c, m, Way::NoLimit)), "No more than");
        rejected(batches(|a, c, m| taken(a, c, m, Way::Full)), "batch to fill");
        rejected(
            batches(|a, c, m| taken(a, c, m, Way::NoWaiting)),
            "begins when it arrives",
        );
        rejected(batches(|a, c, m| taken(a, c, m, Way::NoWork)), "comes on top");
        rejected(batches(|a, c, m| taken(a, c, m, Way::Free)), "busy until");
        rejected(batches(|a, c, m| taken(a, c, m, Way::Late)), "missed the batch");
        rejected(batches(|a, c, m| taken(a, c, m, Way::Cheap)), "takes cost(n)");
        rejected(batches(|a, c, m| taken(a, c, m, Way::Strict)), "very moment");
        // Whoever finds the machine idle goes alone, though others came at the same moment.
        let hasty: Answer = |arrivals, cost, most| {
            let (mut free, mut times) = (0.0f32, Vec::new());
            while times.len() < arrivals.len() {
                let rest = &arrivals[times.len()..];
                let begin = rest[0].max(free);
                let waiting = rest.iter().take(most).take_while(|at| **at <= begin).count();
                let n = if rest[0] >= free { 1 } else { waiting };
                free = begin + cost(n);
                times.extend(rest[..n].iter().map(|at| free - at));
            }
            times
        };
        rejected(batches(hasty), "arrivals [0.00, 0.00, 9.00");
        rejected(batches(|_, _, _| vec![]), "numbers");
        rejected(batches(|_, _, _| todo!()), "not written yet");
    }
}
