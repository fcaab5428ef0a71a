//! Task 24.2: an exam that shares no plant with the training part.

use crate::kit::{Cases, Graded, HintIf, Task, Verdict, check};

/// What the learner writes: which photographs go into the exam, from how many there are and which belong together.
type Answer = fn(usize, &[(usize, usize)]) -> Vec<bool>;

/// The share of the photographs that the exam may hold.
const SHARE: [f64; 2] = [0.2, 0.3];

/// `n` photographs in chains of up to six, numbered in any order: the links of each chain, shuffled.
fn album(cases: &mut Cases) -> (usize, Vec<(usize, usize)>) {
    let n = cases.whole(80, 160);
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, cases.whole(0, i));
    }
    let (mut links, mut at) = (Vec::new(), 0);
    while at < n {
        let size = cases.whole(1, 6).min(n - at);
        let chain = &order[at..at + size];
        // A chain: neighbours are linked, its ends only over the others.
        links.extend(chain.windows(2).map(|pair| {
            if cases.whole(0, 1) == 0 {
                (pair[0], pair[1])
            } else {
                (pair[1], pair[0])
            }
        }));
        at += size;
    }
    for i in (1..links.len()).rev() {
        links.swap(i, cases.whole(0, i));
    }
    (n, links)
}

fn judged(task: &Task, answer: Answer, n: usize, links: &[(usize, usize)]) -> Graded {
    let case = format!(
        "{n} photographs, {} links such as {:?}",
        links.len(),
        &links[..links.len().min(4)]
    );
    let got = task.call(&case, || answer(n, links))?;
    check(
        &case,
        got.len() == n,
        &format!("{n} answers, one for each photograph"),
        &format!("{}", got.len()),
    )?;
    let torn: Vec<&(usize, usize)> = links.iter().filter(|(a, b)| got[*a] != got[*b]).collect();
    let first = torn
        .first()
        .map_or(String::new(), |pair| format!(", the first {pair:?}"));
    let expected = "both photographs of every link on the same side";
    check(&case, torn.is_empty(), expected, &format!("{} of {} links torn{first}", torn.len(), links.len())).hint_if(
        torn.len() * 4 < links.len(),
        "Most stay together, not all. If 3 belongs to 8 and 8 to 11, then 3 belongs to 11, in whatever order the links come.",
    )?;
    let share = got.iter().filter(|exam| **exam).count() as f64 / n as f64;
    let within = (SHARE[0]..=SHARE[1]).contains(&share);
    let expected = format!(
        "{:.0} to {:.0} % of the photographs in the exam",
        100.0 * SHARE[0],
        100.0 * SHARE[1]
    );
    check(&case, within, &expected, &format!("{:.0} %", 100.0 * share))
        .hint_if(
            share > 0.65 && share < 0.85,
            "true is for the exam, not for the training part.",
        )
        .hint_if(
            true,
            "Groups have different sizes: count the photographs that are in, not the groups.",
        )?;
    let again = task.call(&case, || answer(n, links))?;
    check(
        &case,
        again == got,
        "the same exam every time",
        "another one in the second call",
    )
    .hint_if(
        true,
        "A photograph that changes sides between two runs has been trained on in one of them.",
    )
}

/// Task 24.2: what belongs together stays together: (how many photographs, pairs that belong together).
pub fn exam(answer: Answer) -> Verdict {
    let task = Task::of_course("24.2", "An exam without leaks").hint(
        "First groups, then sides. Two photographs can belong together without a link of their own: over a third one.",
    );
    let task = task.second_hint(
        "grouped of the chapter gives each photograph the smallest number in its group. Put whole groups into the exam until it holds a \
         quarter of the photographs; but mix the groups first, since files come sorted by kind.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(242);
        for _ in 0..30 {
            let (n, links) = album(&mut cases);
            judged(task, answer, n, &links)?;
        }
        judged(task, answer, 100, &[])?;
        // Files come sorted by kind. So many are enough for a mixture to have some of each.
        judged(task, answer, 300, &[])?;
        let case = "300 photographs, no links, sorted by kind: 60 each of five";
        let got = task.call(case, || answer(300, &[]))?;
        let of_each: Vec<usize> = got.chunks(60).map(|kind| kind.iter().filter(|exam| **exam).count()).collect();
        let some = of_each.iter().all(|n| *n >= 4);
        check(case, some, "some of every kind in the exam, 4 at least", &format!("{of_each:?} of the five kinds")).hint_if(
            true,
            "Mix the groups before you fill the exam, always in the same way: take every fourth, or put the numbers through `mixed` of the \
             chapter.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    fn groups(n: usize, links: &[(usize, usize)]) -> Vec<usize> {
        let mut group: Vec<usize> = (0..n).collect();
        for &(a, b) in links {
            let (to, from) = (group[a], group[b]);
            group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
        }
        group
    }

    fn filled(group: &[usize], share: f64) -> Vec<bool> {
        let n = group.len();
        let mut exam = vec![false; n];
        // In steps of 7, so that the exam is not filled from one end.
        for g in (0..n).map(|k| (k * 7 + 3) % n).chain(0..n) {
            if exam.iter().filter(|e| **e).count() as f64 >= share * n as f64 {
                break;
            }
            (0..n).filter(|i| group[*i] == g).for_each(|i| exam[i] = true);
        }
        exam
    }

    /// By walking from photograph to photograph.
    fn walked(n: usize, links: &[(usize, usize)]) -> Vec<bool> {
        let mut exam = vec![false; n];
        for start in (0..n).rev().step_by(5).chain(0..n) {
            if exam.iter().filter(|e| **e).count() * 5 >= n {
                break;
            }
            let mut waiting = vec![start];
            while let Some(i) = waiting.pop() {
                if !std::mem::replace(&mut exam[i], true) {
                    waiting.extend(links.iter().filter(|l| l.0 == i).map(|l| l.1));
                    waiting.extend(links.iter().filter(|l| l.1 == i).map(|l| l.0));
                }
            }
        }
        exam
    }

    /// Labels move along the links once, in the order in which these come.
    fn one_pass(n: usize, links: &[(usize, usize)]) -> Vec<bool> {
        let mut group: Vec<usize> = (0..n).collect();
        for &(a, b) in links {
            let least = group[a].min(group[b]);
            (group[a], group[b]) = (least, least);
        }
        filled(&group, 0.22)
    }

    /// Whole groups in this order until a fifth is in.
    fn in_order(n: usize, links: &[(usize, usize)], order: impl Iterator<Item = usize>) -> Vec<bool> {
        let (group, mut exam) = (groups(n, links), vec![false; n]);
        for g in order {
            if exam.iter().filter(|e| **e).count() * 5 >= n {
                break;
            }
            (0..n).filter(|i| group[*i] == g).for_each(|i| exam[i] = true);
        }
        exam
    }

    #[test]
    fn what_belongs_together_stays_together() {
        for answer in [|n, l| filled(&groups(n, l), 0.22), walked] as [Answer; 2] {
            let verdict = exam(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(exam(|n, _| (0..n).map(|i| i % 4 == 0).collect()), "links torn");
        rejected(exam(|n, _| (0..n).map(|i| i < n / 4).collect()), "links torn");
        rejected(exam(one_pass), "3 belongs to 11");
        rejected(exam(|n, _| vec![false; n]), "20 to 30 %");
        rejected(exam(|n, _| vec![true; n]), "20 to 30 %");
        rejected(
            exam(|n, l| filled(&groups(n, l), 0.22).iter().map(|e| !e).collect()),
            "true is for the exam",
        );
        rejected(exam(|n, l| filled(&groups(n, l), 0.4)), "20 to 30 %");
        rejected(
            exam(|n, l| filled(&groups(n, l), 0.22)[..n - 1].to_vec()),
            "one for each",
        );
        // Another exam with each call.
        rejected(
            exam(|n, l| {
                static CALLS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
                let turn = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 2;
                let group = groups(n, l);
                filled(
                    &group
                        .iter()
                        .map(|g| if turn == 0 { *g } else { n - 1 - g })
                        .collect::<Vec<_>>(),
                    0.22,
                )
            }),
            "the same exam every time",
        );
        // Group after group from the first file on.
        rejected(exam(|n, l| in_order(n, l, 0..n)), "of the five kinds");
        // From the middle on; in turn from both ends.
        let middle: Answer = |n, l| in_order(n, l, (0..n).map(|k| (k + 2 * n / 5) % n));
        rejected(exam(middle), "of the five kinds");
        let ends: Answer = |n, l| in_order(n, l, (0..n).map(|k| if k % 2 == 0 { k / 2 } else { n - 1 - k / 2 }));
        rejected(exam(ends), "of the five kinds");
        rejected(exam(|_, _| todo!()), "not written yet");
    }
}
