//! Task 24.5: a model card whose numbers are measured.

use crate::kit::{Cases, Graded, HintIf, Task, Verdict, check};

/// What the learner writes: a card, from the names of the classes, the probabilities of each photograph, its true class, the
/// threshold, and what a wrong answer and a question cost.
type Answer = fn(&[&str], &[Vec<f32>], &[usize], f32, [f64; 2]) -> String;

/// The sections that a card must have, in any order.
const SECTIONS: [&str; 5] = ["Intended use", "Not for", "Data", "Results", "Limits"];

/// The lines of the section Results: how each begins, its unit, and how many decimals are asked.
const LINES: [(&str, &str, i32); 7] = [
    ("photographs", "", 0),
    ("right", "%", 1),
    ("standard error", "%", 1),
    ("answered", "%", 1),
    ("wrong of these", "%", 1),
    ("cost per photograph", "", 2),
    ("weakest kind", "", 0),
];

const NAMES: [&str; 6] = ["maple", "oak", "birch", "lime", "ash", "beech"];

/// What is to be on the card.
struct Exam {
    names: Vec<&'static str>,
    said: Vec<Vec<f32>>,
    truth: Vec<usize>,
    threshold: f32,
    prices: [f64; 2],
}

fn highest(p: &[f32]) -> usize {
    (0..p.len()).fold(0, |best, k| if p[k] > p[best] { k } else { best })
}

/// The probabilities of one photograph, the highest of them clearly the highest.
fn probabilities(cases: &mut Cases, classes: usize, class: usize) -> Vec<f32> {
    loop {
        let mut scores = cases.numbers(classes, 0.0, 3.0);
        scores[class] += 2.2 - 1.4 * class as f32 / classes as f32;
        let powers: Vec<f32> = scores.iter().map(|s| s.exp()).collect();
        let sum: f32 = powers.iter().sum();
        let row: Vec<f32> = powers.iter().map(|p| p / sum).collect();
        let best = highest(&row);
        if (0..classes).all(|k| k == best || row[k] < row[best] - 1e-3) {
            return row;
        }
    }
}

impl Exam {
    fn new(cases: &mut Cases) -> Self {
        let (classes, photographs) = (cases.whole(3, 6), cases.whole(80, 200));
        let mut truth = Vec::new();
        let said = (0..photographs)
            .map(|i| {
                // Kinds are of different size, every one is there, and the later ones are harder.
                let drawn = cases.whole(0, classes - 1).min(cases.whole(0, classes - 1));
                let class = if i < 2 * classes { i % classes } else { drawn };
                truth.push(class);
                probabilities(cases, classes, class)
            })
            .collect();
        // The threshold is the probability of one of the answers: that one is answered.
        let said: Vec<Vec<f32>> = said;
        let sure = |row: &Vec<f32>| row[highest(row)];
        let near = said.iter().map(sure).find(|p| (0.4..0.6).contains(p));
        Self {
            names: NAMES[..classes].to_vec(),
            threshold: near.unwrap_or(0.5),
            said,
            truth,
            prices: [f64::from(cases.number(3.0, 9.0)), f64::from(cases.number(0.5, 1.5))],
        }
    }

    /// For each photograph: whether it is answered, and whether its highest probability is that of the truth.
    fn decided(&self) -> Vec<(bool, bool)> {
        let one = |(p, truth): (&Vec<f32>, &usize)| (p[highest(p)] >= self.threshold, highest(p) == *truth);
        self.said.iter().zip(&self.truth).map(one).collect()
    }

    /// The share of right answers of each kind, without a threshold.
    fn by_kind(&self) -> Vec<f64> {
        let decided = self.decided();
        let of = |class: usize| {
            let own: Vec<bool> = (0..decided.len())
                .filter(|i| self.truth[*i] == class)
                .map(|i| decided[i].1)
                .collect();
            own.iter().filter(|right| **right).count() as f64 / own.len().max(1) as f64
        };
        (0..self.names.len()).map(of).collect()
    }

    /// The first six numbers of [`LINES`].
    fn numbers(&self) -> [f64; 6] {
        let decided = self.decided();
        let count = |f: fn(&(bool, bool)) -> bool| decided.iter().filter(|one| f(one)).count() as f64;
        let n = decided.len() as f64;
        let (right, answered) = (count(|d| d.1) / n, count(|d| d.0));
        let wrong = count(|d| d.0 && !d.1);
        let cost = (wrong * self.prices[0] + (n - answered) * self.prices[1]) / n;
        let error = (right * (1.0 - right) / n).sqrt();
        [
            n,
            100.0 * right,
            100.0 * error,
            100.0 * answered / n,
            100.0 * wrong / answered.max(1.0),
            cost,
        ]
    }

    /// What a share of the six numbers would be if something usual went wrong: the place in [`LINES`], the number, and a hint.
    fn slips(&self) -> Vec<(usize, f64, &'static str)> {
        let [n, right, error, answered, risk, cost] = self.numbers();
        let p = right / 100.0;
        vec![
            (
                2,
                100.0 * (p * (1.0 - p)).sqrt(),
                "Divide by the number of photographs before the root is taken.",
            ),
            (2, error / 100.0, "In percent, as the other shares."),
            (1, p, "In percent."),
            (
                3,
                100.0 - answered,
                "That is the share of those where a person is asked.",
            ),
            (
                4,
                risk * answered / 100.0,
                "Of these: of those that are answered, not of all.",
            ),
            (
                4,
                100.0 - right,
                "That is the share of wrong answers without a threshold.",
            ),
            (4, 100.0 - risk, "That is the share of right ones among them."),
            (5, cost * n, "Per photograph: divide by how many there are."),
            (
                5,
                risk * answered / 1e4 * self.prices[0],
                "And what do the questions cost?",
            ),
            (5, (1.0 - p) * self.prices[0], "That is the cost without a threshold."),
        ]
    }
}

/// The text below the heading `## name`, up to the next heading.
fn section(card: &str, name: &str) -> Option<String> {
    let mut lines = card.lines().skip_while(|line| !is_heading(line, name));
    lines.next()?;
    let own: Vec<&str> = lines.take_while(|line| !line.trim_start().starts_with('#')).collect();
    Some(own.join("\n"))
}

fn is_heading(line: &str, name: &str) -> bool {
    line.trim()
        .strip_prefix("## ")
        .is_some_and(|text| text.trim().eq_ignore_ascii_case(name))
}

/// What stands behind `- key:` in a section.
fn entry(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.trim().trim_start_matches(['-', '*']).trim();
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case(key).then(|| value.trim().to_string())
    })
}

fn has_all_sections(card: &str) -> Graded {
    let case = "the sections";
    check(
        case,
        card.trim_start().starts_with("# "),
        "a first line such as `# Model card: trees`",
        card.lines().next().unwrap_or("nothing"),
    )?;
    for name in SECTIONS {
        let Some(text) = section(card, name) else {
            return check(
                case,
                false,
                &format!("a line `## {name}` and text below it"),
                "no such line",
            );
        };
        if name != "Results" {
            let words = text
                .split_whitespace()
                .filter(|word| word.chars().any(char::is_alphabetic))
                .count();
            let empty = words < 8
                || ["todo", "tbd", "lorem"]
                    .iter()
                    .any(|word| text.to_lowercase().contains(word));
            check(
                case,
                !empty,
                &format!("a sentence or two of at least 8 words below `## {name}`"),
                &format!("{:?}", text.trim()),
            )
            .hint_if(true, "What would somebody want to know who did not make this network?")?;
        }
    }
    Ok(())
}

fn agrees(card: &str, exam: &Exam, case: &str) -> Graded {
    let results = section(card, "Results").unwrap_or_default();
    for (k, (key, unit, decimals)) in LINES.into_iter().enumerate() {
        let Some(text) = entry(&results, key) else {
            return check(
                case,
                false,
                &format!("a line `- {key}: ...` below `## Results`"),
                "no such line",
            );
        };
        let Some(wanted) = exam.numbers().get(k).copied() else {
            weakest(&text, exam, case)?;
            continue;
        };
        let digits: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let got: Option<f64> = digits.parse().ok();
        let off = 0.51 * 10.0_f64.powi(-decimals);
        let near = |value: f64| got.is_some_and(|got| (got - value).abs() <= off);
        let mut graded = check(
            case,
            near(wanted) && (unit.is_empty() || text.ends_with(unit)),
            &format!(
                "- {key}: {wanted:.*}{}{unit}",
                decimals as usize,
                if unit.is_empty() { "" } else { " " }
            ),
            &format!("- {key}: {text}"),
        );
        for (_, value, hint) in exam.slips().into_iter().filter(|slip| slip.0 == k) {
            graded = graded.hint_if(near(value) && !near(wanted), hint);
        }
        graded?;
    }
    Ok(())
}

fn weakest(text: &str, exam: &Exam, case: &str) -> Graded {
    let shares = exam.by_kind();
    let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
    let said = exam
        .names
        .iter()
        .position(|name| text.split(|c: char| !c.is_alphabetic()).any(|word| word == *name));
    let holds = said.is_some_and(|class| shares[class] <= least + 1e-9);
    let wanted: Vec<&str> = (0..shares.len())
        .filter(|k| shares[*k] <= least + 1e-9)
        .map(|k| exam.names[k])
        .collect();
    check(case, holds, &format!("- weakest kind: {}", wanted.join(" or ")), &format!("- weakest kind: {text}")).hint_if(
        true,
        "The kind with the smallest share of right answers among its own photographs, without a threshold: a small kind makes few \
         mistakes and may still be the weakest.",
    )
}

/// Task 24.5: a model card: (names of the classes, probabilities, true classes, threshold, prices of a wrong answer and of asking).
pub fn card(answer: Answer) -> Verdict {
    let task = Task::of_course("24.5", "What those must know who were not there").hint(
        "Write the fixed sentences first, then compute one line of the results after the other. Every number comes out of the arguments.",
    );
    let task = task.second_hint(
        "An answer is the class with the highest probability; it counts as answered if that is at least the threshold. Cost: wrong \
         answered ones times the first price, unanswered ones times the second, divided by the number of photographs.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(245);
        for n in 1..=12 {
            let exam = Exam::new(&mut cases);
            let case = format!(
                "exam {n}: {} photographs of {} kinds, threshold {:.3}, prices {:.2?}",
                exam.truth.len(),
                exam.names.len(),
                exam.threshold,
                exam.prices
            );
            let got = task.call(&case, || {
                answer(&exam.names, &exam.said, &exam.truth, exam.threshold, exam.prices)
            })?;
            has_all_sections(&got)?;
            let named = exam.names.iter().all(|name| got.contains(name));
            check(
                &case,
                named,
                &format!("a card that names all kinds: {:?}", exam.names),
                "one that does not",
            )
            .hint_if(
                true,
                "Whoever reads the card must learn which names the network can give at all.",
            )?;
            agrees(&got, &exam, &case)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests;
