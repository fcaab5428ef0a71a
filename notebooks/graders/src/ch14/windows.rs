//! Task 14.4: windows of a series, without a look ahead.

use crate::kit::{Cases, Graded, HintIf, Task, Verdict, approx_all, check, near_all};

/// The values that a forecast may look at, and the value that it is to say.
pub type Pair = (Vec<f32>, f32);

/// What the learner writes: (series, length of the training part, values per window, steps ahead) to the pairs to learn from
/// and the pairs to be examined on.
type Answer = fn(&[f32], usize, usize, usize) -> (Vec<Pair>, Vec<Pair>);

/// Mean and standard deviation, the latter 1 where nothing varies; `less` is taken from the count.
fn scale(values: &[f32], less: usize) -> [f32; 2] {
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum();
    let std = (squares / (n - less as f64)).sqrt();
    [mean as f32, if std > 0.0 { std as f32 } else { 1.0 }]
}

/// The pairs whose targets lie in `targets`.
fn pairs(
    series: &[f32],
    targets: std::ops::Range<usize>,
    past: usize,
    ahead: usize,
    [mean, std]: [f32; 2],
) -> Vec<Pair> {
    let scaled = |v: &f32| (v - mean) / std;
    let first = targets.start.max(past + ahead - 1);
    let inputs = |at: usize| {
        series[at + 1 - ahead - past..at + 1 - ahead]
            .iter()
            .map(scaled)
            .collect()
    };
    (first..targets.end)
        .map(|at| (inputs(at), scaled(&series[at])))
        .collect()
}

/// A series that rises or jumps, its training part, and the windows.
type Tried = (Vec<f32>, usize, usize, usize);

fn tried(cases: &mut Cases, n: usize) -> Tried {
    let (past, ahead) = if n < 6 {
        (2, 1)
    } else {
        (cases.whole(1, 4), cases.whole(1, 3))
    };
    let length = if n < 6 { 7 + 2 * (n % 2) } else { cases.whole(9, 21) };
    // Split on the border: no pair to learn from, one pair, and nothing to be examined on.
    let train = match n {
        8 => past + ahead - 1,
        9 => past + ahead,
        10 => length,
        11 => 1,
        _ => cases.whole(past + ahead + 1, length - 1),
    };
    let jump = cases.number(3.0, 8.0);
    let mut series = cases.numbers(length, 0.0, 4.0);
    series[train..].iter_mut().for_each(|v| *v += jump);
    if n == 12 {
        series[..train].fill(2.5);
    }
    (series, train, past, ahead)
}

/// Task 14.4: windows and a scaling that know nothing of the future: (series, training values, window, steps ahead).
pub fn windows(answer: Answer) -> Verdict {
    let task = Task::of_course("14.4", "No look ahead").hint(
        "Write down the series 0, 1, 2, 3, 4 with a training part of 3, windows of 2 and one step ahead: to learn from, (0, 1) → 2 \
         alone; to be examined on, (1, 2) → 3 and (2, 3) → 4.",
    );
    let task = task.second_hint(
        "Go through the places of the *targets*. Those below `train` are to learn from, the others to be examined on, and the \
         window ends `ahead` places before its target.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(144);
        for n in 0..30 {
            let (series, train, past, ahead) = tried(&mut cases, n);
            let case = format!("series {series:.2?}, training part {train}, windows of {past}, {ahead} ahead");
            let answered = task.call(&case, || answer(&series, train, past, ahead));
            let (learn, exam) = answered.hint_if(
                train < past + ahead,
                "This training part is too short for a window and its target: there is nothing to learn from, an empty list.",
            )?;
            count(&case, &learn, &exam, [series.len(), train, past, ahead])?;
            judge(&format!("{case}: to learn from"), &learn, 0..train, &(series.clone(), train, past, ahead))?;
            judge(&format!("{case}: to be examined on"), &exam, train..series.len(), &(series, train, past, ahead))?;
        }
        Ok(())
    })
}

fn count(case: &str, learn: &[Pair], exam: &[Pair], [length, train, past, ahead]: [usize; 4]) -> Graded {
    let reach = past + ahead - 1;
    let right = (train.saturating_sub(reach), length.saturating_sub(train.max(reach)));
    let told = |n: (usize, usize)| format!("{} pairs to learn from, {} to be examined on", n.0, n.1);
    let got = (learn.len(), exam.len());
    check(case, got == right, &told(right), &told(got))
    .hint_if(
        got.0 == length.saturating_sub(reach),
        "Those to learn from come from the whole series: the answers of the exam are among them.",
    )
    .hint_if(
        got.0 > right.0 && got.0 <= right.0 + ahead,
        "The windows to learn from lie in the training part, but some of their targets lie behind its end.",
    )
    .hint_if(got.0 + 1 == right.0 || got.1 + 1 == right.1, "The last window is missing.")
    .hint_if(
        got.0 == right.0 && got.1 == (length - train).saturating_sub(reach),
        "The first forecasts behind the border may look back at the training part: by then it is known. Only the target has to be \
         new.",
    )
}

fn judge(case: &str, got: &[Pair], targets: std::ops::Range<usize>, (series, train, past, ahead): &Tried) -> Graded {
    let flat =
        |pairs: &[Pair]| -> Vec<f32> { pairs.iter().flat_map(|(x, y)| [x.as_slice(), &[*y]].concat()).collect() };
    let made = |scale| pairs(series, targets.clone(), *past, *ahead, scale);
    let is = |other: Vec<Pair>| near_all(&flat(got), &flat(&other), 1e-3);
    if let Some((x, _)) = got.iter().find(|(x, _)| x.len() != *past) {
        return check(
            case,
            false,
            &format!("windows of {past} values"),
            &format!("one of {}", x.len()),
        );
    }
    let fitted = scale(&series[..*train], 0);
    let right = made(fitted);
    let targets_only = |pairs: Vec<Pair>| pairs.into_iter().map(|(x, y)| (x, y * fitted[1] + fitted[0])).collect();
    let own = &series[targets.clone()];
    let near = pairs(
        series,
        targets.start.saturating_sub(ahead - 1)..targets.end + 1 - ahead,
        *past,
        1,
        fitted,
    );
    let reversed = right
        .iter()
        .map(|(x, y)| (x.iter().rev().copied().collect(), *y))
        .collect();
    approx_all(case, &flat(got), &flat(&right), 1e-3)
        .hint_if(
            is(made(scale(series, 0))),
            "Mean and spread come from the whole series. On the day of the forecast nobody knows them.",
        )
        .hint_if(
            !own.is_empty() && is(made(scale(own, 0))),
            "These were scaled by their own mean and spread. What is fitted on the training part holds for both.",
        )
        .hint_if(
            *train > 1 && is(made(scale(&series[..*train], 1))),
            "Divide the squares by n, not by n − 1.",
        )
        .hint_if(is(made([0.0, 1.0])), "Nothing is scaled.")
        .hint_if(
            is(made([fitted[0], 1.0])),
            "The mean is gone; the standard deviation is still there.",
        )
        .hint_if(is(targets_only(right.clone())), "The targets are not scaled.")
        .hint_if(
            *ahead > 1 && is(near),
            "These targets lie one step behind the window, whatever `ahead` says.",
        )
        .hint_if(is(reversed), "The windows run backwards in time.")
        .hint_if(
            series[..*train].iter().all(|v| *v == series[0]) && flat(got).iter().any(|v| !v.is_finite()),
            "Nothing varies in this training part, so its standard deviation is 0: take 1 instead.",
        )
}

#[cfg(test)]
mod tests;
