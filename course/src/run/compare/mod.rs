//! `cargo course run --compare`: does the code still show what the notebook says?
//!
//! Every cell's outputs are compared with the stored ones. Texts: words, whole numbers and captions exactly, other
//! numbers within a relative tolerance, times not at all ([`text`] says what a time is). Pictures: kind, caption and
//! size in pixels. Errors of the compiler: their first lines.
//!
//! Left out, and said so:
//! - a cell with the tag `varies`, whose text tells something about a machine or a moment: the kinds of its outputs only,
//! - what comes after a training on a smaller budget than the notebook asks for (a line that starts with `BUDGET:`),
//! - a whole notebook that ran on stand-in data (a line that starts with `NOTICE:`) unless it was stored so,
//! - numbers, if the outputs were stored on a kind of processor that rounds differently,
//! - the words of compiler errors, if another compiler wrote them.

pub mod made;
mod outputs;
mod picture;
pub mod text;

use outputs::{Outputs, Rules, Shown, shown};
use serde_json::Value;
use text::Numbers;

/// Shares by which a number may differ unless told otherwise.
pub const TOLERANCE: f64 = 1e-3;

/// What a comparison found.
#[derive(Debug, Default, PartialEq)]
pub struct Comparison {
    /// One text for each difference.
    pub differences: Vec<String>,
    /// What was not compared, and why.
    pub left_out: Vec<String>,
}

/// Compares a notebook as it is stored with what a run of it would store.
pub fn compare(stored: &Value, now: &Value, tolerance: f64) -> Comparison {
    let mut found = Comparison::default();
    let (old, new) = (shown(stored), shown(now));
    if new.iter().any(Shown::has_notice) && !old.iter().any(Shown::has_notice) {
        let why = "ran on stand-in data, its outputs were made with the real ones: nothing compared";
        found.left_out.push(why.into());
        return found;
    }
    if old.iter().all(|cell| cell.outputs == Outputs::default())
        && new.iter().any(|cell| cell.outputs != Outputs::default())
    {
        found
            .differences
            .push("no outputs are stored (`cargo course run --write` stores them)".into());
        return found;
    }
    let (made, here) = (made::read(stored), made::here());
    let rules = Rules {
        numbers: if made.processor.is_none_or(|it| it == here.processor) {
            Numbers::Within(tolerance)
        } else {
            Numbers::Any
        },
        compiler_errors: made.rustc.is_none_or(|it| it == here.rustc),
    };
    if rules.numbers == Numbers::Any {
        found.left_out.push(format!(
            "stored on another kind of processor than this one ({}): numbers not compared",
            here.processor
        ));
    }
    if !rules.compiler_errors {
        found.left_out.push(format!(
            "stored with another compiler than {}: its errors not compared",
            here.rustc
        ));
    }
    let whole = whole_trainings(&new, &mut found);
    for (old, new) in old.iter().zip(&new).take(whole) {
        let at = format!("{} `{}`", new.id, new.first_line);
        let differences = if new.varies {
            old.outputs.kinds(&new.outputs)
        } else {
            old.outputs.compare(&new.outputs, rules)
        };
        found
            .differences
            .extend(differences.into_iter().map(|it| format!("{at}: {it}")));
    }
    found
}

/// How many cells ran before a training was cut short, and a note if that is not all of them.
fn whole_trainings(now: &[Shown], found: &mut Comparison) -> usize {
    let Some(first) = now.iter().position(Shown::has_cut_training) else {
        return now.len();
    };
    let claims: usize = now.iter().map(Shown::claims_not_asserted).sum();
    found.left_out.push(format!(
        "trained on a smaller budget from {} `{}` on: {} of {} cells not compared, {claims} claims not asserted",
        now[first].id,
        now[first].first_line,
        now.len() - first,
        now.len(),
    ));
    first
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAEC";

    fn stream(text: &str) -> Value {
        json!({"output_type": "stream", "name": "stdout", "text": [text]})
    }

    fn data(data: Value) -> Value {
        json!({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": null})
    }

    fn error(first_line: &str) -> Value {
        json!({"output_type": "error", "ename": "Error", "evalue": first_line, "traceback": ["\u{1b}[31mx"]})
    }

    fn with(outputs: Value, tags: Value, made: Value) -> Value {
        let code = json!({
            "cell_type": "code", "id": "cell-002", "metadata": {"tags": tags}, "source": ["\n", "let a = 1;"], "outputs": outputs
        });
        let words = json!({"cell_type": "markdown", "id": "cell-001", "metadata": {}, "source": ["words"]});
        json!({"cells": [words, code], "metadata": {"gradus": made}})
    }

    fn notebook(outputs: Value) -> Value {
        with(outputs, json!([]), Value::Null)
    }

    #[track_caller]
    fn same(old: Value, new: Value) {
        assert_eq!(compare(&notebook(old), &notebook(new), 1e-3), Comparison::default());
    }

    #[track_caller]
    fn differ(old: Value, new: Value, says: &str) {
        let found = compare(&notebook(old), &notebook(new), 1e-3);
        assert_eq!(found.differences.len(), 1, "{found:?}");
        assert!(found.differences[0].starts_with("cell-002 `let a = 1;`: "), "{found:?}");
        assert!(found.differences[0].contains(says), "{found:?}");
    }

    #[test]
    fn a_changed_number_or_word_is_named_with_its_cell_and_line() {
        same(json!([stream("a\nloss 0.5000\n")]), json!([stream("a\nloss 0.5001\n")]));
        let says = "stdout, line 2\n    stored  loss 0.5\n    now     loss 0.6";
        differ(json!([stream("a\nloss 0.5\n")]), json!([stream("a\nloss 0.6\n")]), says);
        differ(json!([stream("a\n")]), json!([stream("b\n")]), "stored  a");
        differ(
            json!([stream("1\n2\n3\n4\n5\n")]),
            json!([stream("6\n7\n8\n9\n0\n")]),
            "and 2 more lines",
        );
    }

    #[test]
    fn how_a_stream_is_cut_into_outputs_does_not_matter() {
        same(json!([stream("one\n"), stream("two\n")]), json!([stream("one\ntwo\n")]));
        let picture = || data(json!({"image/png": PNG, "text/plain": ["a"]}));
        same(json!([stream("one\n"), picture()]), json!([picture(), stream("one\n")]));
    }

    #[test]
    fn what_is_missing_or_new_differs() {
        differ(json!([stream("a\n")]), json!([]), "now     nothing");
        differ(
            json!([data(json!({"text/plain": "3"}))]),
            json!([stream("3\n")]),
            "stored  text/plain\n    now     stdout",
        );
        let (svg, png) = (
            json!([data(json!({"image/svg+xml": "<svg>"}))]),
            json!([data(json!({"image/png": PNG}))]),
        );
        differ(svg, png, "what it shows");
        differ(
            json!([stream("a")]),
            json!([stream("a"), error("mismatched types")]),
            "1 errors",
        );
    }

    #[test]
    fn pictures_are_compared_by_size_and_caption() {
        let svg = |w: u32, end: &str, alt: &str| {
            json!([data(
                json!({"image/svg+xml": [format!("<svg width=\"{w}\" height=\"3\">\n"), end], "text/plain": [alt]})
            )])
        };
        same(svg(7, "<a/>", "Loss"), svg(7, "<b/>", "Loss"));
        differ(
            svg(7, "", "Loss"),
            svg(8, "", "Loss"),
            "size of image/svg+xml\n    stored  7 × 3\n    now     8 × 3",
        );
        differ(
            svg(7, "", "97.07 % right"),
            svg(7, "", "95.07 % right"),
            "text/plain, line 1",
        );
        let png = |base64: &str| json!([data(json!({"image/png": base64}))]);
        same(png(PNG), png(&format!("{PNG}rest")));
        differ(png(PNG), png(&PNG.replace("EC", "ED")), "3 × 259");
        let film = |width: u32, gif: &str| {
            let html = format!("<img src=\"data:image/gif;base64,{gif}\" width=\"{width}\" alt=\"a film\"/>");
            json!([data(json!({"text/html": html}))])
        };
        same(film(5, "R0lG"), film(5, "R0lGAAAA"));
        differ(film(5, "R0lG"), film(6, "R0lG"), "text/html");
    }

    #[test]
    fn a_cell_that_varies_is_compared_by_kinds_alone() {
        let tagged = |outputs| with(outputs, json!(["varies"]), Value::Null);
        let (old, new) = (tagged(json!([stream("2 cores")])), tagged(json!([stream("8 kernels")])));
        assert_eq!(compare(&old, &new, 1e-3), Comparison::default());
        assert_eq!(compare(&old, &tagged(json!([])), 1e-3).differences.len(), 1);
    }

    #[test]
    fn stand_in_data_are_not_compared_unless_they_were_stored() {
        let real = notebook(json!([stream("60000 samples")]));
        let stand_in = notebook(json!([stream("NOTICE: MNIST is not here.\n6000 samples")]));
        let found = compare(&real, &stand_in, 1e-3);
        assert!(
            found.differences.is_empty() && found.left_out[0].contains("stand-in"),
            "{found:?}"
        );
        let other = notebook(json!([stream("NOTICE: MNIST is not here.\n5000 samples")]));
        assert_eq!(compare(&stand_in, &other, 1e-3).differences.len(), 1);
        assert_eq!(
            compare(&stand_in, &real, 1e-3).differences.len(),
            1,
            "the notice has gone"
        );
    }

    #[test]
    fn a_notebook_without_outputs_says_nothing_and_fails() {
        let found = compare(&notebook(json!([])), &notebook(json!([stream("a")])), 1e-3);
        assert!(found.differences[0].contains("no outputs are stored"), "{found:?}");
        same(json!([]), json!([]));
    }

    #[test]
    fn another_processor_or_compiler_excuses_what_depends_on_it() {
        let here = made::here();
        let made = |processor: &str, rustc: &str| json!({"processor": processor, "rustc": rustc});
        let found = |made: Value, old: Value, new: Value| {
            compare(&with(old, json!([]), made.clone()), &with(new, json!([]), made), 1e-3)
        };
        let (loss, other_loss) = (json!([stream("loss 0.5")]), json!([stream("loss 0.6")]));
        let ours = found(made(&here.processor, &here.rustc), loss.clone(), other_loss.clone());
        assert_eq!((ours.differences.len(), ours.left_out.len()), (1, 0));
        let theirs = found(made("abacus", &here.rustc), loss.clone(), other_loss);
        assert_eq!((theirs.differences.len(), theirs.left_out.len()), (0, 1));
        assert_eq!(
            found(made("abacus", &here.rustc), loss, json!([stream("cost 0.5")]))
                .differences
                .len(),
            1
        );
        let (old, new) = (
            json!([error("mismatched types")]),
            json!([error("types that do not match")]),
        );
        assert_eq!(
            found(made(&here.processor, &here.rustc), old.clone(), new.clone())
                .differences
                .len(),
            1
        );
        assert_eq!(found(made(&here.processor, "2.0"), old, new).differences.len(), 0);
    }
}
