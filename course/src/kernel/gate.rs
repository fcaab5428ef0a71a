//! Tells cells that worked from cells that did not.
//!
//! evcxr reports "ok" for a cell that panicked and for one that ended in an error from `?`; all that is left of them
//! is text on standard error. Nothing else of a cell goes there (compiler messages do not; the crate's notices go to
//! standard output), so any text on standard error fails a cell. Words on standard output never do.

use std::time::Duration;

use jupyter_protocol::MediaType;
use nbformat::v4::Output;

use super::client::{Outcome, Ran};

/// Whether the cell did what it should; if not, why.
pub fn judge(ran: &Ran, must_fail: bool, limit: Duration) -> Result<(), String> {
    let failure = match &ran.outcome {
        // Not what `raises-exception` means: the notebook cannot go on.
        Outcome::Died(why) => return Err(with_text(why, &shown_text(&ran.outputs))),
        Outcome::TimedOut => {
            return Err(with_text(&still_running("", limit), &shown_text(&ran.outputs)));
        }
        Outcome::Error => Some(with_text("error", &error_text(&ran.outputs))),
        Outcome::Ok => standard_error(&ran.outputs)
            .map(|text| with_text(kind(&text), &text))
            .or_else(|| figure_as_text(&ran.outputs)),
    };
    match (failure, must_fail) {
        (Some(failure), false) => Err(failure),
        (None, true) => {
            let why = "the tag `raises-exception` says that this cell fails, and it did not";
            Err(with_text(why, &shown_text(&ran.outputs)))
        }
        _ => Ok(()),
    }
}

/// What to say of a cell over its time limit.
pub fn still_running(source: &str, limit: Duration) -> String {
    let hint = waits(source).map_or(String::new(), |hint| format!("; {hint}"));
    format!(
        "still running after {} s (--timeout changes that){hint}",
        limit.as_secs()
    )
}

/// Why a cell with this code may never end.
pub fn waits(source: &str) -> Option<&'static str> {
    if source.contains("stdin") {
        return Some("it reads standard input, which a notebook does not have: that waits for ever");
    }
    let flushes = source.contains("flush()") && source.contains("print!(");
    flushes.then_some("it flushes text: without a line break behind that text the kernel does not see the cell's end")
}

/// Without the codes that colour a text in a terminal: evcxr colours every letter of the code that it quotes.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        let code = &rest[start + 2..];
        rest = code
            .find(|c: char| c.is_ascii_alphabetic())
            .map_or("", |end| &code[end + 1..]);
    }
    plain + rest
}

/// What to print about a failed cell.
pub fn report(notebook: &str, number: usize, of: usize, source: &str, why: &str) -> String {
    format!(
        "FAILED {notebook}, code cell {number} of {of}:\n{}\n--- {why}",
        indented(source)
    )
}

/// What a cell shows as text.
pub fn shown_text(outputs: &[Output]) -> String {
    let mut text = String::new();
    for output in outputs {
        match output {
            Output::Stream { text: lines, .. } => text.push_str(&lines.0),
            Output::Error(error) => text.push_str(&error_text(std::slice::from_ref(&Output::Error(error.clone())))),
            Output::DisplayData(_) | Output::ExecuteResult(_) => {}
        }
    }
    text
}

fn with_text(why: &str, text: &str) -> String {
    if text.trim().is_empty() {
        why.to_string()
    } else {
        format!("{why}:\n{}", indented(text.trim_end()))
    }
}

/// Four blanks before every line.
pub fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn kind(text: &str) -> &'static str {
    if text.contains("panicked") {
        "panic"
    } else {
        "error from `?`, or other text on standard error"
    }
}

fn standard_error(outputs: &[Output]) -> Option<String> {
    let mut parts = outputs.iter().filter_map(|output| match output {
        Output::Stream { name, text } if name == "stderr" => Some(text.0.as_str()),
        _ => None,
    });
    parts
        .next()
        .map(|first| parts.fold(first.to_string(), |all, part| all + part))
}

/// A figure or a table that was printed instead of shown. When a cell does not compile at the first attempt, evcxr changes
/// it and compiles it again, and then prints the value's inner fields. Two cells of working notebooks do that: one whose
/// last expression moves a variable of the cell, and the first one with a `?` in a kernel that has not seen any.
fn figure_as_text(outputs: &[Output]) -> Option<String> {
    const INNER: [&str; 2] = ["Figure(", "Table("];
    outputs.iter().find_map(|output| match output {
        Output::ExecuteResult(result) => match &result.data.content[..] {
            [MediaType::Plain(text)] if INNER.iter().any(|start| text.starts_with(start)) => Some(format!(
                "a figure or a table is shown as text. Either this cell has the first `?` of the notebook: put a cell with \
                 a `?` before it, such as `let dev = device(42)?;`. Or its last expression moves a variable of the cell: \
                 clone it there.\n{}",
                indented(text.get(..400).unwrap_or(text))
            )),
            _ => None,
        },
        _ => None,
    })
}

fn error_text(outputs: &[Output]) -> String {
    let errors = outputs.iter().filter_map(|output| match output {
        Output::Error(error) if error.traceback.is_empty() => Some(error.evalue.clone()),
        Output::Error(error) => Some(error.traceback.join("\n")),
        _ => None,
    });
    plain(&errors.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use jupyter_protocol::{ExecutionCount, Media};
    use nbformat::v4::{ErrorOutput, ExecuteResult, MultilineString};

    use super::*;

    fn stream(name: &str, text: &str) -> Output {
        Output::Stream {
            name: name.into(),
            text: MultilineString(text.into()),
        }
    }

    fn judged(outcome: Outcome, outputs: Vec<Output>, must_fail: bool) -> Result<(), String> {
        judge(
            &Ran {
                outcome,
                outputs,
                seconds: 1.0,
            },
            must_fail,
            Duration::from_secs(9),
        )
    }

    fn compile_error() -> Output {
        let traceback = vec!["expected `u8`".to_string()];
        Output::Error(ErrorOutput {
            ename: "Error".into(),
            evalue: "mismatched types".into(),
            traceback,
        })
    }

    #[test]
    fn colours_are_removed() {
        assert_eq!(plain("a\u{1b}[31mred\u{1b}[0m, \u{1b}[38;5;54mx\u{1b}[0m"), "ared, x");
    }

    #[test]
    fn words_on_standard_output_do_not_fail_a_cell() {
        let outputs = vec![stream("stdout", "thread 'main' panicked at src/lib.rs: error\n")];
        assert_eq!(judged(Outcome::Ok, outputs, false), Ok(()));
    }

    #[test]
    fn panics_and_errors_that_evcxr_calls_ok_fail_a_cell() {
        let panic = vec![
            stream("stdout", "before\n"),
            stream("stderr", "thread 'main' panicked at 1:2:\nboom\n"),
        ];
        assert!(judged(Outcome::Ok, panic, false).is_err_and(|why| why.starts_with("panic:") && why.contains("boom")));
        let error = vec![stream("stderr", "no such file\n")];
        assert!(judged(Outcome::Ok, error, false).is_err_and(|why| why.contains("no such file")));
        assert!(judged(Outcome::Ok, vec![stream("stderr", "\n")], false).is_err());
    }

    #[test]
    fn a_figure_that_is_printed_fails_a_cell() {
        let shown = |content: Vec<MediaType>| {
            vec![Output::ExecuteResult(ExecuteResult {
                execution_count: ExecutionCount::new(1),
                data: Media { content },
                metadata: Default::default(),
            })]
        };
        let text = MediaType::Plain("Figure(A chart (image/png, 7 × 7 pixels))".into());
        assert!(
            judged(Outcome::Ok, shown(vec![text.clone()]), false)
                .is_err_and(|why| why.contains("clone it") && why.contains("first `?`"))
        );
        let table = MediaType::Plain("Table(houses: 7 rows, 7 columns)".into());
        assert!(judged(Outcome::Ok, shown(vec![table]), false).is_err());
        let picture = MediaType::Svg("<svg/>".into());
        assert_eq!(judged(Outcome::Ok, shown(vec![picture, text]), false), Ok(()));
        let words = MediaType::Plain("Figure 1".into());
        assert_eq!(judged(Outcome::Ok, shown(vec![words]), false), Ok(()));
    }

    #[test]
    fn a_cell_over_its_time_says_what_its_code_gives_away() {
        let said = |source| still_running(source, Duration::from_secs(9));
        assert_eq!(said("loop {}"), "still running after 9 s (--timeout changes that)");
        assert!(said("std::io::stdin().read_line(&mut text)?;").contains("standard input"));
        assert!(said("print!(\".\"); std::io::stdout().flush()?;").contains("line break"));
    }

    #[test]
    fn a_tagged_cell_must_fail() {
        assert_eq!(judged(Outcome::Error, vec![compile_error()], true), Ok(()));
        assert_eq!(
            judged(Outcome::Ok, vec![stream("stderr", "no such file\n")], true),
            Ok(())
        );
        assert!(judged(Outcome::Ok, vec![stream("stdout", "fine\n")], true).is_err());
        assert!(judged(Outcome::Error, vec![compile_error()], false).is_err_and(|why| why.contains("expected `u8`")));
    }

    #[test]
    fn a_dead_kernel_and_a_timeout_fail_every_cell() {
        for must_fail in [false, true] {
            assert!(judged(Outcome::Died("gone".into()), vec![], must_fail).is_err());
            assert!(judged(Outcome::TimedOut, vec![], must_fail).is_err_and(|why| why.contains("9 s")));
        }
    }
}
