//! Task 15.3: how much a translation shares with a good one.

use std::collections::{HashMap, HashSet};

use crate::kit::{Cases, HintIf, Task, Verdict, approx};

/// What the learner writes: (translation, reference) to a score from 0 to 100.
type Answer = fn(&[&str], &[&str]) -> f32;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// Every run counts that the reference has, however often.
    NotClipped,
    /// Every different run counts once.
    Kinds,
    /// Words are clipped, pairs are not.
    PairsNotClipped,
    /// The share of the reference's runs.
    Recall,
    NoPenalty,
    /// Long ones are punished.
    LongPenalty,
    /// The mean, and not the root of the product.
    Arithmetic,
    WordsOnly,
}

fn runs<'a>(words: &[&'a str], n: usize) -> Vec<Vec<&'a str>> {
    words.windows(n).map(<[&str]>::to_vec).collect()
}

fn precision(got: &[&str], wanted: &[&str], n: usize, way: Way) -> f64 {
    let (mut got, wanted) = match way {
        Way::Recall => (runs(wanted, n), runs(got, n)),
        _ => (runs(got, n), runs(wanted, n)),
    };
    if way == Way::Kinds {
        got = got.into_iter().collect::<HashSet<_>>().into_iter().collect();
    }
    let mut left: HashMap<&Vec<&str>, usize> = HashMap::new();
    wanted.iter().for_each(|run| *left.entry(run).or_default() += 1);
    let mut shared = 0;
    for run in &got {
        if let Some(n) = left.get_mut(run).filter(|n| **n > 0) {
            *n -= usize::from(way != Way::NotClipped && (way != Way::PairsNotClipped || run.len() == 1));
            shared += 1;
        }
    }
    if got.is_empty() {
        0.0
    } else {
        f64::from(shared) / got.len() as f64
    }
}

fn score(got: &[&str], wanted: &[&str], way: Way) -> f32 {
    if got.is_empty() {
        return 0.0;
    }
    let [one, two] = [1, 2].map(|n| precision(got, wanted, n, way));
    let both = match way {
        Way::Arithmetic => (one + two) / 2.0,
        Way::WordsOnly => one,
        _ => (one * two).sqrt(),
    };
    let (c, r) = match way {
        Way::LongPenalty => (wanted.len() as f64, got.len() as f64),
        _ => (got.len() as f64, wanted.len() as f64),
    };
    let penalty = if c >= r || way == Way::NoPenalty {
        1.0
    } else {
        (1.0 - r / c).exp()
    };
    (100.0 * penalty * both) as f32
}

const WORDS: [&str; 6] = ["the", "dog", "runs", "in", "a", "park"];

fn sentences(cases: &mut Cases, n: usize) -> [Vec<&'static str>; 2] {
    let fixed = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
    match n {
        0 => [fixed("a a a dog"), fixed("a dog")],
        1 => [fixed("the dog runs in the park"), fixed("the dog runs in a park")],
        2 => [fixed("the the the the"), fixed("the dog runs in the park")],
        3 => [fixed("the dog"), fixed("the dog runs in a park")],
        4 => [fixed("a dog"), fixed("dog a")],
        5 => [fixed("park"), fixed("park")],
        6 => [vec![], fixed("the dog")],
        7 => [fixed("the dog in the dog"), fixed("the dog runs in the park")],
        _ => {
            let lengths = [cases.whole(2, 9), cases.whole(2, 9)];
            lengths.map(|length| cases.wholes(length, 0, 5).into_iter().map(|i| WORDS[i]).collect())
        }
    }
}

/// Task 15.3: BLEU of one sentence with runs of one and two words: (translation, reference).
pub fn two_runs(answer: Answer) -> Verdict {
    let task = Task::of_course("15.3", "How good is a translation?").hint(
        "\"the dog runs in the park\" against \"the dog runs in a park\": five of six words are shared (one \"the\" too many), and three \
         of five pairs. The root of 5/6 · 3/5 is 0.707; the lengths are equal. Which of the numbers differs?",
    );
    let task = task.second_hint(
        "Count the runs of the reference in a table. Go through the runs of the translation: if the table still has one, take it out and \
         count. No run at all makes 0.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(153);
        for n in 0..60 {
            let [got, wanted] = sentences(&mut cases, n);
            let case = format!("translation {:?}, reference {:?}", got.join(" "), wanted.join(" "));
            let answered = task.call(&case, || answer(&got, &wanted))?;
            let is = |way| (answered - score(&got, &wanted, way)).abs() < 0.01;
            approx(&case, answered, score(&got, &wanted, Way::Right), 1e-3)
                .hint_if(got.len() < 2, "There is no pair of words, so no share of pairs: the score is 0.")
                .hint_if((answered * 100.0 - score(&got, &wanted, Way::Right)).abs() < 0.01, "The score goes from 0 to 100.")
                .hint_if(is(Way::NotClipped), "A run counts at most as often as the reference has it: \"the the the the\" is no good translation.")
                .hint_if(is(Way::PairsNotClipped), "Pairs count at most as often as the reference has them, as single words do.")
                .hint_if(is(Way::Kinds), "Runs that come twice count twice, in the translation and in the reference.")
                .hint_if(is(Way::Recall), "That is the share of the reference's runs. Asked is the share of those of the translation.")
                .hint_if(is(Way::NoPenalty), "Two right words are no translation of six: the penalty for short ones is missing.")
                .hint_if(is(Way::LongPenalty), "Short translations are punished, long ones are not: they lose by the shares already.")
                .hint_if(is(Way::Arithmetic), "The root of the product is asked, not the mean: a share of 0 makes 0.")
                .hint_if(is(Way::WordsOnly), "Pairs of neighbours count, too.")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: sorted lists, merged.
    fn merged(got: &[&str], wanted: &[&str]) -> f32 {
        if got.len() < 2 {
            return 0.0;
        }
        let share = |n: usize| {
            let (mut a, mut b) = (runs(got, n), runs(wanted, n));
            a.sort();
            b.sort();
            let (mut i, mut j, mut shared) = (0, 0, 0.0);
            while i < a.len() && j < b.len() {
                match a[i].cmp(&b[j]) {
                    std::cmp::Ordering::Less => i += 1,
                    std::cmp::Ordering::Greater => j += 1,
                    std::cmp::Ordering::Equal => (i, j, shared) = (i + 1, j + 1, shared + 1.0),
                }
            }
            shared / a.len() as f32
        };
        let short = (1.0 - wanted.len() as f32 / got.len() as f32).min(0.0).exp();
        100.0 * short * (share(1) * share(2)).sqrt()
    }

    fn right(got: &[&str], wanted: &[&str]) -> f32 {
        score(got, wanted, Way::Right)
    }

    #[test]
    fn scores() {
        for answer in [merged, right] as [Answer; 2] {
            let verdict = two_runs(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        let with = |answer: Answer, words: &str| rejected(two_runs(answer), words);
        with(|a, b| score(a, b, Way::NotClipped), "at most as often");
        with(|a, b| score(a, b, Way::PairsNotClipped), "Pairs count at most");
        with(|a, b| score(a, b, Way::Kinds), "count twice");
        with(|a, b| score(a, b, Way::Recall), "share of the reference's runs");
        with(|a, b| score(a, b, Way::NoPenalty), "short ones is missing");
        with(|a, b| score(a, b, Way::LongPenalty), "long ones are not");
        with(|a, b| score(a, b, Way::Arithmetic), "not the mean");
        with(|a, b| score(a, b, Way::WordsOnly), "Pairs of neighbours");
        with(|a, b| score(a, b, Way::Right) / 100.0, "from 0 to 100");
        with(
            |a, b| if a.len() < 2 { f32::NAN } else { merged(a, b) },
            "no pair of words",
        );
        with(|_, _| todo!(), "not written yet");
    }
}
