use super::*;
use crate::rejected;

/// What may be different on a card.
#[derive(Clone, Copy)]
struct Slip {
    /// The numbers, changed.
    numbers: fn([f64; 6], &Exam) -> [f64; 6],
    /// The card, changed.
    text: fn(String) -> String,
    /// The weakest kind.
    weakest: fn(&Exam) -> usize,
}

const RIGHT: Slip = Slip {
    numbers: |numbers, _| numbers,
    text: |text| text,
    weakest: |exam| {
        let shares = exam.by_kind();
        (0..shares.len()).fold(0, |best, k| if shares[k] < shares[best] { k } else { best })
    },
};

fn written(slip: Slip, names: &[&str], said: &[Vec<f32>], truth: &[usize], threshold: f32, prices: [f64; 2]) -> String {
    let names: Vec<&'static str> = names
        .iter()
        .map(|name| *NAMES.iter().find(|n| *n == name).unwrap())
        .collect();
    let (said, truth) = (said.to_vec(), truth.to_vec());
    let exam = Exam {
        names,
        said,
        truth,
        threshold,
        prices,
    };
    let [n, right, error, answered, risk, cost] = (slip.numbers)(exam.numbers(), &exam);
    let kinds = exam.names.join(", ");
    let weakest = exam.names[(slip.weakest)(&exam)];
    (slip.text)(format!(
        "# Model card: trees\n\n## Intended use\nTo name the tree on a walker's photograph: {kinds}; or to ask a forester.\n\n\
         ## Not for\nAny other plant, and nothing that hangs on whether a part of it may be eaten.\n\n\
         ## Data\nPhotographs that one person has taken in one forest during a single summer, all by daylight.\n\n\
         ## Results\n- photographs: {n}\n- right: {right:.1} %\n- standard error: {error:.1} %\n- answered: {answered:.1} %\n\
         - wrong of these: {risk:.1} %\n- cost per photograph: {cost:.2}\n- weakest kind: {weakest}\n\n\
         ## Limits\nNever tried in winter, on bark alone, on seedlings, or with another camera than the author's."
    ))
}

macro_rules! slipped {
    ($($field:ident: $value:expr),+) => {
        card(|names, said, truth, threshold, prices| {
            written(Slip { $($field: $value,)+ ..RIGHT }, names, said, truth, threshold, prices)
        })
    };
}

#[test]
fn a_true_card_passes() {
    let verdict = card(|names, said, truth, threshold, prices| written(RIGHT, names, said, truth, threshold, prices));
    assert!(verdict.passed(), "{verdict}");
    // Other marks in front of the lines, headings in small letters, and more behind the weakest kind.
    let verdict =
        slipped!(text: |text| text.replace("- ", "* ").replace("## Results", "## results") + "\n\n## Licence\nNone.");
    assert!(verdict.passed(), "{verdict}");
}

/// The kind that the most mistakes are about.
fn most(exam: &Exam) -> usize {
    let decided = exam.decided();
    let wrong = |class: &usize| {
        let own = (0..decided.len()).filter(|i| exam.truth[*i] == *class);
        own.filter(|i| !decided[*i].1).count()
    };
    (0..exam.names.len()).max_by_key(wrong).unwrap()
}

#[test]
fn wrong_numbers_are_told() {
    rejected(
        slipped!(numbers: |_, _| [94.0, 80.9, 4.1, 43.6, 4.9, 0.73]),
        "- photographs",
    );
    rejected(
        slipped!(numbers: |[n, r, e, a, w, c], _| [n, r, e * n.sqrt(), a, w, c]),
        "before the root",
    );
    rejected(
        slipped!(numbers: |[n, r, e, a, w, c], _| [n, r / 100.0, e, a, w, c]),
        "In percent.",
    );
    rejected(
        slipped!(numbers: |[n, r, e, a, w, c], _| [n, r, e, 100.0 - a, w, c]),
        "where a person is asked",
    );
    rejected(
        slipped!(numbers: |[n, r, e, a, w, c], _| [n, r, e, a, w * a / 100.0, c]),
        "not of all",
    );
    rejected(
        slipped!(numbers: |[n, r, e, a, _, c], _| [n, r, e, a, 100.0 - r, c]),
        "without a threshold",
    );
    rejected(
        slipped!(numbers: |[n, r, e, a, w, c], _| [n, r, e, a, w, c * n]),
        "Per photograph",
    );
    rejected(
        slipped!(numbers: |[n, r, e, a, w, _], exam| [n, r, e, a, w, w * a / 1e4 * exam.prices[0]]),
        "what do the questions cost",
    );
    rejected(
        slipped!(numbers: |[n, r, e, a, w, _], exam| [n, r, e, a, w, (1.0 - r / 100.0) * exam.prices[0]]),
        "cost without a threshold",
    );
    // Answered only above the threshold, not at it.
    rejected(
        slipped!(numbers: |[n, r, e, a, w, c], _| [n, r, e, a - 100.0 / n, w, c]),
        "- answered",
    );
    // The kind with the most mistakes, which is the largest one; and the first.
    rejected(slipped!(weakest: most), "a small kind");
    rejected(slipped!(weakest: |_| 0), "a small kind");
}

#[test]
fn missing_parts_are_told() {
    rejected(slipped!(text: |text| text.replace("## Limits", "Limits")), "## Limits");
    rejected(
        slipped!(text: |text| text.replace("# Model card: trees\n", "")),
        "a first line",
    );
    rejected(
        slipped!(text: |text| text.replace("Any other plant, and nothing", "TODO: nothing")),
        "a sentence or two",
    );
    rejected(
        slipped!(text: |text| text.replace("Photographs that one person has taken in one forest during", "")),
        "## Data",
    );
    rejected(
        slipped!(text: |text| text.replace("- answered", "- covered")),
        "- answered",
    );
    rejected(slipped!(text: |text| text.replace(" %", "")), "%");
    rejected(
        slipped!(text: |text| text.replace("photograph: maple", "photograph: some")),
        "names all kinds",
    );
    rejected(card(|_, _, _, _, _| String::new()), "a first line");
    rejected(card(|_, _, _, _, _| todo!()), "not written yet");
}
