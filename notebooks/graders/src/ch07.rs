//! The tasks of chapter 07, metrics.

use crate::kit::{Cases, Failure, Graded, HintIf, Task, Verdict, approx, check, equal};
use gradus::Result;
use gradus::data::Dataset;
use gradus::metrics::BinaryPredictions;
use gradus::train::Learner;

/// Task 07.1: the F-score that counts recall `beta` times as much as precision, from TP, FP and FN.
pub fn f_beta(answer: fn(usize, usize, usize, f64) -> f64) -> Verdict {
    let task = Task::of_course("07.1", "When misses weigh more")
        .hint("Try β = 1 by hand: it must be F1, 2 TP / (2 TP + FP + FN).");
    let task = task.second_hint("Precision from TP and FP, recall from TP and FN; then the formula, and 0 for 0/0.");
    task.grade(|task| {
        let mut cases = Cases::new(71);
        for n in 0..60 {
            let (mut tp, mut fp, fneg) = (cases.whole(0, 30), cases.whole(0, 30), cases.whole(0, 30));
            if n % 10 == 9 {
                (tp, fp) = (0, if n % 20 == 9 { 0 } else { fp });
            }
            let beta = if n < 5 { 1.0 } else { f64::from(cases.number(0.3, 4.0)) };
            let case = format!("TP {tp}, FP {fp}, FN {fneg}, β = {beta:.2}");
            let got = task.call(&case, || answer(tp, fp, fneg, beta))? as f32;
            let score = |b: f64, fp: usize, fneg: usize| {
                let up = (1.0 + b) * tp as f64;
                if tp == 0 {
                    0.0
                } else {
                    (up / (up + b * fneg as f64 + fp as f64)) as f32
                }
            };
            let is = |other: f32| beta != 1.0 && (got - other).abs() < 1e-4;
            approx(&case, got, score(beta * beta, fp, fneg), 1e-4)
                .hint_if(!got.is_finite(), "0/0 is 0 here by definition, as in section 2.")
                .hint_if(is(score(beta, fp, fneg)), "β stands squared in the formula.")
                .hint_if(
                    is(score(beta * beta, fneg, fp)),
                    "The other way round: a β above 1 is for those who fear the misses, FN.",
                )
                .hint_if(is(score(1.0, fp, fneg)), "That is F1, whatever β is.")?;
        }
        Ok(())
    })
}

/// Task 07.2: the threshold of the lowest cost; truth, scores, the cost of a miss and of a false alarm are given.
pub fn cheapest(answer: fn(&[bool], &[f32], f64, f64) -> f32) -> Verdict {
    let task = Task::of_course("07.2", "What mistakes cost")
        .hint("Only the scores themselves need to be tried, and one number above all of them. Why?");
    let task = task.second_hint("Write the cost of one threshold as a function first; score >= threshold is \"ill\".");
    task.grade(|task| {
        let mut cases = Cases::new(72);
        for n in 0..40 {
            let count = cases.whole(4, 12);
            let ill: Vec<bool> = (0..count).map(|_| cases.whole(0, 1) == 1).collect();
            let push = |ill: bool, x: f32| if ill { x + 1.0 } else { x };
            let mut scores: Vec<f32> = ill.iter().map(|ill| push(*ill, cases.number(-3.0, 2.0))).collect();
            let place = |truth: bool| ill.iter().position(|ill| *ill == truth);
            if let (1 | 2, Some(sick), Some(well)) = (n % 4, place(true), place(false)) {
                // Two that no grid tells apart.
                scores[sick] = scores[well] + 1e-6;
            }
            let (mut miss, mut alarm) = (cases.whole(1, 20) as f64, cases.whole(1, 5) as f64);
            if n % 4 == 3 {
                // False alarms that nobody can afford.
                (miss, alarm) = (1.0, 50.0);
            }
            let case = format!("ill {ill:?}, scores {scores:?}, a miss costs {miss}, a false alarm {alarm}");
            let got = task.call(&case, || answer(&ill, &scores, miss, alarm))?;
            let cost = |t: f32, miss: f64, alarm: f64, strict: bool| -> f64 {
                let said = |s: f32| if strict { s > t } else { s >= t };
                let one = |(ill, s): (&bool, &f32)| match (*ill, said(*s)) {
                    (true, false) => miss,
                    (false, true) => alarm,
                    (true, true) | (false, false) => 0.0,
                };
                ill.iter().zip(&scores).map(one).sum()
            };
            let best = |miss, alarm| {
                let tried = scores.iter().copied().chain([f32::INFINITY]);
                tried.map(|t| cost(t, miss, alarm, false)).fold(f64::INFINITY, f64::min)
            };
            let (right, came) = (best(miss, alarm), cost(got, miss, alarm, false));
            let without_last = scores
                .iter()
                .map(|t| cost(*t, miss, alarm, false))
                .fold(f64::INFINITY, f64::min);
            let (expected, answer) = (format!("a threshold of cost {right}"), format!("{got}, of cost {came}"));
            let answer = if got.is_nan() { "NaN, which is no threshold".into() } else { answer };
            check(&case, came == right && !got.is_nan(), &expected, &answer)
                .hint_if(
                    got.is_nan(),
                    "Nothing is at least NaN, and no cost is below NaN. Start the search with a threshold that you can name.",
                )
                .hint_if(
                    cost(got, miss, alarm, true) == right,
                    "Ill is whose score is at least the threshold: equal counts.",
                )
                .hint_if(
                    came == without_last,
                    "To call nobody ill is a choice as well: a threshold above all scores.",
                )
                .hint_if(
                    cost(got, alarm, miss, false) == best(alarm, miss),
                    "The prices are swapped: which one is paid for a false negative?",
                )
                .hint_if(
                    n % 4 == 1 || n % 4 == 2,
                    "Try the scores themselves: two scores may lie closer together than the steps of any grid.",
                )?;
        }
        Ok(())
    })
}

/// What a doctor may advise after a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Treat at once.
    Operate,
    /// Test once more in a month.
    Watch,
    /// Go home.
    Home,
}

/// Patients counted by the truth (ill, healthy) and by the advice (operate, watch, home).
pub type Counts = [[usize; 3]; 2];

/// Task 07.3: a confusion table with a third answer. The compiler grades most of it.
pub fn third_answer(answer: fn(&[bool], &[Advice]) -> Counts) -> Verdict {
    let task = Task::of_course("07.3", "A third answer")
        .hint("Two rows, ill and healthy; three columns, operate, watch, home.");
    let task =
        task.second_hint("Each patient is counted in exactly one place: row of the truth, column of the advice.");
    task.grade(|task| {
        let mut cases = Cases::new(73);
        for n in 0..20 {
            let count = if n == 0 { 0 } else { cases.whole(1, 15) };
            let ill: Vec<bool> = (0..count).map(|_| cases.whole(0, 1) == 1).collect();
            let all = [Advice::Operate, Advice::Watch, Advice::Home];
            let advice: Vec<Advice> = (0..count).map(|_| all[cases.whole(0, 2)]).collect();
            let mut right: Counts = [[0; 3]; 2];
            for (ill, advice) in ill.iter().zip(&advice) {
                right[usize::from(!ill)][*advice as usize] += 1;
            }
            let case = format!("ill {ill:?}, advice {advice:?}");
            let got = task.call(&case, || answer(&ill, &advice))?;
            let total = |counts: &Counts| counts.iter().flatten().sum::<usize>();
            equal(&case, got, right)
                .hint_if(
                    total(&got) < total(&right),
                    "Some patients are not counted. An arm `_ => {}` makes the compiler silent, not the table right.",
                )
                .hint_if(got == [right[1], right[0]], "The first row is for the ill.")
                .hint_if(
                    total(&got) == total(&right),
                    "All are counted, but some in the wrong place.",
                )?;
        }
        Ok(())
    })
}

/// Task 07.4: the area under the ROC curve as a share of pairs, with ties.
pub fn pairs(answer: fn(&[bool], &[f32]) -> f64) -> Verdict {
    let task =
        Task::of_course("07.4", "The area, pair by pair").hint("How many pairs of one ill and one healthy are there?");
    let task = task.second_hint("Each pair gives 1, ½ or 0; the area is their mean.");
    task.grade(|task| {
        let mut cases = Cases::new(74);
        for n in 0..40 {
            let count = cases.whole(2, 14);
            let mut ill: Vec<bool> = (0..count).map(|_| cases.whole(0, 2) == 0).collect();
            (ill[0], ill[1]) = (true, false);
            // One decimal only: many are equal. The first few are not.
            let tie = |x: f32| if n < 5 { x } else { (x * 10.0).round() / 10.0 };
            let scores: Vec<f32> = ill
                .iter()
                .map(|ill| tie(cases.number(0.0, 0.6) + if *ill { 0.3 } else { 0.0 }))
                .collect();
            let case = format!("ill {ill:?}, scores {scores:?}");
            let got = task.call(&case, || answer(&ill, &scores))? as f32;
            let area = |tie: f32| area(&ill, &scores, tie);
            approx(&case, got, area(0.5), 1e-4)
                .hint_if(
                    (got - area(0.0)).abs() < 1e-4,
                    "A tie counts half: neither is above the other.",
                )
                .hint_if((got - area(1.0)).abs() < 1e-4, "A tie is no victory. It counts half.")
                .hint_if(
                    (1.0 - got - area(0.5)).abs() < 1e-4,
                    "The other way round: how often is the ill one above?",
                )
                .hint_if(got > 1.0, "Those are pairs. The area is a share of all pairs.")?;
        }
        Ok(())
    })
}

fn area(ill: &[bool], scores: &[f32], tie: f32) -> f32 {
    let of = |truth: bool| {
        ill.iter()
            .zip(scores)
            .filter(move |(t, _)| **t == truth)
            .map(|(_, s)| *s)
    };
    let (mut wins, mut all) = (0.0, 0.0);
    for sick in of(true) {
        for well in of(false) {
            wins += if sick > well {
                1.0
            } else if sick == well {
                tie
            } else {
                0.0
            };
            all += 1.0;
        }
    }
    wins / all
}

/// Task 07.5: a learner and a threshold that find nine in ten of a rare class.
pub fn rare_class(answer: fn(&Dataset) -> Result<(Learner, f32)>) -> Verdict {
    let task = Task::of_course("07.5", "Find nine in ten").hint(
        "Section 4 looked for the threshold of the lowest cost. Which condition must hold here, and on which set?",
    );
    let task =
        task.second_hint("predict(&valid)?.one_vs_rest(1)?.sweep(200): the highest threshold with a recall of 0.9.");
    task.grade(|task| {
        for (seed, one_in) in FACTORIES.into_iter().enumerate() {
            let case = format!("factory {}", seed + 1);
            let (train, test) = (drawn(one_in, seed as u64)?, drawn(one_in, seed as u64 + 100)?);
            let (learner, threshold) = task.run(&case, || answer(&train))?;
            let said = task.run(&case, || learner.predict(&test)?.one_vs_rest(1))?;
            let case = format!("{case}, where one in {one_in} fails, threshold {threshold}");
            found_enough(&case, &said, threshold).map_err(|failure| {
                let scaled = was_normalized(&learner, &train, &test, threshold);
                if scaled.unwrap_or(false) {
                    failure.hint(SCALED)
                } else {
                    failure
                }
            })?;
        }
        Ok(())
    })
}

/// One in how many machines fails, in each of the factories of task 07.5.
const FACTORIES: [usize; 3] = [4, 10, 25];

/// The share of failures that task 07.5 wants to be found, and the most false alarms that it allows.
const FOUND: f64 = 0.8;
const ALARMS: f64 = 0.3;

const SCALED: &str = "On normalized readings your network would pass: it was trained on such, but it is shown raw ones. \
     Train it on the readings as they come; they are about as large as normalized ones anyway.";

fn found_enough(case: &str, said: &BinaryPredictions, threshold: f32) -> Graded {
    let at = said.at(threshold);
    let (found, alarms) = (at.recall(), at.false_positive_rate());
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    check(
        &format!("{case}: machines found that fail"),
        found >= FOUND,
        &format!("at least {} (aim at 90 %)", percent(FOUND)),
        &percent(found),
    )
    .hint_if(
        (threshold - 0.5).abs() < 1e-6,
        "At 0.5 a rare class is hardly ever found. The threshold is yours to choose.",
    )?;
    check(
        &format!("{case}: false alarms among the sound ones"),
        alarms <= ALARMS,
        &format!("at most {}", percent(ALARMS)),
        &percent(alarms),
    )
    .hint_if(
        found > 0.97,
        "You find nearly all of them, because nearly all are called. Recall of 0.9 is enough: go up from there.",
    )
    .hint_if(
        said.roc().is_ok_and(|roc| roc.auc() < 0.85),
        "The ranking itself is poor. Does the network train long enough?",
    )
    .hint_if(
        found > 0.93,
        "More are found than asked for, and the alarms pay for it. Choose the threshold anew for each factory.",
    )
}

/// Whether the threshold would do for normalized readings, and the network tells by its probabilities that it was trained on
/// such: on those it calls as many as fail, on raw ones it does not.
fn was_normalized(learner: &Learner, train: &Dataset, test: &Dataset, threshold: f32) -> Result<bool> {
    let (mean, std) = train.mean_std();
    let raw = learner.predict(test)?.one_vs_rest(1)?;
    let scaled = learner.predict(&test.normalize(&mean, &std)?)?.one_vs_rest(1)?;
    let off = |said: &BinaryPredictions| {
        let mean = said.scores().iter().map(|p| f64::from(*p)).sum::<f64>();
        (mean / said.positives() as f64 - 1.0).abs()
    };
    let at = scaled.at(threshold);
    let fine = at.recall() >= FOUND && at.false_positive_rate() <= ALARMS;
    Ok(fine && off(&raw) > 0.1 && off(&scaled) < 0.5 * off(&raw))
}

/// `n` machines like those of task 07.5: four readings each, and whether the machine fails within the week, which one in
/// twelve does.
///
/// # Errors
/// None for `n` above 0; as [`Dataset::from_values`].
pub fn machines(n: usize, seed: u64) -> Result<Dataset> {
    factory(n, 12, seed)
}

fn factory(n: usize, one_in: usize, seed: u64) -> Result<Dataset> {
    let mut cases = Cases::new(seed);
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let fails = cases.whole(1, one_in) == 1;
        // A sum of four is nearly normal.
        let mut x = [(); 4].map(|()| cases.numbers(4, -1.0, 1.0).iter().sum::<f32>());
        if fails {
            // Too warm and too loud, or one of both by much.
            let share = cases.number(0.0, 1.0);
            x[0] += 1.2 + 1.2 * share;
            x[1] += 2.4 - 1.2 * share;
        }
        values.extend(x);
        labels.push(usize::from(fails));
    }
    Dataset::from_values(values, &[4], labels, &["sound", "fails"])
}

fn drawn(one_in: usize, seed: u64) -> Graded<Dataset> {
    factory(12_000, one_in, 7500 + seed).map_err(|error| Failure::new("", "data", error))
}

#[cfg(test)]
mod tests;
