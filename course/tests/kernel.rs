//! The runner's gate and the course's main trap, through the real kernel. Run by `cargo course test`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

const NEEDS: &str = "set up with: cargo course setup";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn notebook(name: &str) -> PathBuf {
    root().join(format!("course/tests/notebooks/{name}.ipynb"))
}

/// Runs the command as a person would.
fn course(arguments: &[&str], notebooks: &[PathBuf]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gradus-course"))
        .arg("run")
        .args(arguments)
        .args(notebooks)
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{NEEDS}: {error}"))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Notebooks that fail, and how they are run: all at once, for a kernel takes long to start. Each gets the kernel of the
/// one before unless that ended it, so this shows too that a failed notebook does the next one no harm.
const GATE: [&str; 14] = [
    "passes",
    "panic",
    "network_across_cells",
    "last_cell_panics",
    "first_question_mark",
    "question_mark",
    "compile_error",
    "wrong_shape",
    "leaves_something",
    "finds_nothing",
    "must_fail_but_works",
    "killed_child",
    "network_across_cells_static",
    "killed_kernel",
];

/// What the run of all of them says.
fn gate() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let output = course(&["--timeout", "900"], &GATE.map(notebook));
        let text = text(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        text
    })
}

/// The notebook must fail the run, in this cell, with these words.
#[track_caller]
fn fails(name: &str, cell: &str, words: &[&str]) {
    let text = gate();
    let place = format!("FAILED {name}.ipynb, code cell {cell}:");
    let start = text.find(&place).unwrap_or_else(|| panic!("no {place:?} in: {text}"));
    let end = text[start..]
        .find("The kernel's own messages")
        .map_or(text.len(), |end| start + end);
    let report = &text[start..end];
    for words in words {
        assert!(report.contains(words), "no {words:?} in: {report}");
    }
    assert!(!text.contains(&format!("passed {name}.ipynb")), "{text}");
}

#[track_caller]
fn passes(name: &str) {
    let text = gate();
    assert!(text.contains(&format!("passed {name}.ipynb in ")), "{text}");
}

#[test]
#[ignore = "needs the kernel"]
fn the_run_counts_them() {
    assert!(gate().contains("5 passed, 9 failed"), "{}", gate());
}

/// A cleared kernel knows no variable, function, type or crate of the notebook before.
#[test]
#[ignore = "needs the kernel"]
fn nothing_of_one_notebook_reaches_the_next() {
    passes("leaves_something");
    passes("finds_nothing");
}

#[test]
#[ignore = "needs the kernel"]
fn a_notebook_that_works_passes_although_it_prints_words_of_errors() {
    passes("passes");
}

#[test]
#[ignore = "needs the kernel"]
fn a_panic_fails() {
    fails(
        "panic",
        "2 of 3",
        &["let first = empty[0];", "panic:", "index out of bounds"],
    );
}

#[test]
#[ignore = "needs the kernel"]
fn a_panic_in_the_last_cell_fails() {
    fails("last_cell_panics", "2 of 2", &["at the very end"]);
}

#[test]
#[ignore = "needs the kernel"]
fn an_error_from_the_question_mark_fails() {
    fails(
        "question_mark",
        "2 of 2",
        &["\"seven\".parse()?", "invalid digit found in string"],
    );
}

/// The first `?` of a notebook may stand in the cell of a figure.
#[test]
#[ignore = "needs the kernel"]
fn a_figure_with_the_first_question_mark_is_shown() {
    passes("first_question_mark");
}

#[test]
#[ignore = "needs the kernel"]
fn a_compile_error_fails() {
    fails("compile_error", "1 of 1", &["mismatched types"]);
}

#[test]
#[ignore = "needs the kernel"]
fn a_wrong_shape_fails() {
    fails("wrong_shape", "3 of 3", &["left.matmul(right)", "panic:"]);
}

#[test]
#[ignore = "needs the kernel"]
fn a_dead_child_of_the_kernel_fails() {
    fails("killed_child", "2 of 2", &["std::process::abort()", "SIGABRT"]);
}

#[test]
#[ignore = "needs the kernel"]
fn a_killed_kernel_fails() {
    fails("killed_kernel", "2 of 2", &["the kernel ended", "SIGKILL"]);
}

#[test]
#[ignore = "needs the kernel"]
fn a_cell_that_never_ends_fails() {
    let output = course(&["--timeout", "3"], &[notebook("endless")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("still running after 3 s"), "{}", text(&output));
}

/// A kernel that is left alone would compute for ever and hold its build folder.
#[cfg(unix)]
#[test]
#[ignore = "needs the kernel"]
fn a_command_that_is_asked_to_end_ends_its_kernel() -> std::io::Result<()> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gradus-course"))
        .arg("run")
        .arg(notebook("endless"))
        .current_dir(root())
        .spawn()?;
    let process = command.id().to_string();
    // The kernel's command line names its connection file, and that the process that started it.
    let id = format!("-{process}.");
    let kernels = || -> std::io::Result<usize> {
        let all = Command::new("ps").args(["-A", "-o", "args"]).output()?;
        let all = String::from_utf8_lossy(&all.stdout).into_owned();
        Ok(all
            .lines()
            .filter(|line| line.contains("evcxr_jupyter") && line.contains(&id))
            .count())
    };
    let start = Instant::now();
    while kernels()? == 0 {
        // Set-up may have to compile the crate first.
        assert!(start.elapsed() < Duration::from_secs(900), "no kernel came up");
        sleep(Duration::from_millis(100));
    }
    // Time for it to read the crate and to begin its endless cell.
    sleep(Duration::from_secs(30));
    assert_eq!(kernels()?, 1);
    Command::new("kill").args(["-TERM", &process]).status()?;
    let asked = Instant::now();
    while kernels()? > 0 {
        assert!(
            asked.elapsed() < Duration::from_secs(30),
            "the kernel outlives the command"
        );
        sleep(Duration::from_millis(100));
    }
    assert_eq!(command.wait()?.code(), Some(130));
    Ok(())
}

#[test]
#[ignore = "needs the kernel"]
fn a_cell_that_is_tagged_as_failing_and_works_fails() {
    fails("must_fail_but_works", "1 of 1", &["raises-exception", "all is well"]);
}

/// Checks a notebook as a teacher does. It fails with these words, and stays as it was.
#[track_caller]
fn check_fails(name: &str, arguments: &[&str], words: &[&str]) {
    let path = notebook(name);
    let before = std::fs::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let output = Command::new(env!("CARGO_BIN_EXE_gradus-course"))
        .args(["check", "03"])
        .args(arguments)
        .arg("--file")
        .arg(&path)
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{NEEDS}: {error}"));
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for words in words {
        assert!(text.contains(words), "no {words:?} in: {text}");
    }
    assert_eq!(std::fs::read(&path).unwrap_or_default(), before);
}

/// Endless recursion takes the process with all variables with it. The other tasks are graded all the same, and the file
/// stays as it was.
#[test]
#[ignore = "needs the kernel"]
fn a_cell_that_ends_the_process_spoils_its_own_task_only() {
    check_fails("handed_in", &[], &["endless recursion", "1 of 5"]);
}

/// A module of the graders' name, a verdict printed by hand, a task of one's own: no point. A check that is there twice
/// gives one.
#[test]
#[ignore = "needs the kernel"]
fn only_the_grader_gives_points_and_each_task_once() {
    check_fails("forged", &[], &["not written yet", "gives no point", "1 of 5"]);
}

/// Every task that needs what a cell over its time should have defined says so, not only the next one.
#[test]
#[ignore = "needs the kernel"]
fn a_cell_over_its_time_is_named_by_every_task_that_needs_it() {
    let words = ["no `level`", "still running after 40 s", "1 of 5"];
    check_fails("late", &["--timeout", "40"], &words);
}

/// A network is built in one cell and trained in another. Every cell is a library of its own; only because they share
/// the facade as one library do the tensors of different cells have different names.
#[test]
#[ignore = "needs the kernel"]
fn a_network_of_one_cell_trains_in_another() {
    passes("network_across_cells");
}

/// The same cells, linked to the crate itself, must break: else the test above would prove nothing.
#[test]
#[ignore = "needs the kernel"]
fn without_the_facade_the_same_network_breaks() {
    fails("network_across_cells_static", "4 of 4", &["panic:"]);
}

#[test]
#[ignore = "needs the kernel"]
fn outputs_are_stored_without_counts_and_machine_paths() {
    let folder = std::env::temp_dir().join(format!("gradus-write-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{error}"));
    let copies = ["one", "two"].map(|name| folder.join(format!("{name}.ipynb")));
    for copy in &copies {
        std::fs::copy(notebook("writes"), copy).unwrap_or_else(|error| panic!("{error}"));
    }
    let output = course(&["--write"], &copies);
    assert!(output.status.success(), "{}", text(&output));
    let [first, second] = copies
        .each_ref()
        .map(|copy| std::fs::read_to_string(copy).unwrap_or_else(|error| panic!("{error}")));
    assert_eq!(first, second, "a second run stores the same");
    let notebook: serde_json::Value = serde_json::from_str(&first).unwrap_or_else(|error| panic!("{error}"));
    is_clean(&notebook);
    assert!(!first.contains(&folder.display().to_string()));
    compares_with_what_is_stored(&copies, notebook);
    let _ = std::fs::remove_dir_all(&folder);
}

/// Streams are joined, and there are neither counts nor folders of this machine.
fn is_clean(notebook: &serde_json::Value) {
    let cells = &notebook["cells"];
    assert_eq!(
        cells[0]["outputs"][0]["text"],
        serde_json::json!(["one\n", "two\n"]),
        "lines of a stream are merged"
    );
    assert_eq!(
        cells[1]["outputs"][0]["data"]["text/html"],
        serde_json::json!(["<b>bold</b>"])
    );
    assert_eq!(
        cells[2]["outputs"][0]["text"],
        serde_json::json!(["the folder is <temporary>/x\n"])
    );
    for cell in cells.as_array().into_iter().flatten() {
        assert_eq!(cell["execution_count"], serde_json::Value::Null);
        for output in cell["outputs"].as_array().into_iter().flatten() {
            assert!(
                output.get("execution_count").is_none_or(serde_json::Value::is_null),
                "{output}"
            );
        }
    }
}

/// A run says that the stored outputs are those of the code, and that they are not where one of them is changed.
fn compares_with_what_is_stored(copies: &[PathBuf; 2], mut notebook: serde_json::Value) {
    notebook["cells"][0]["outputs"][0]["text"] = serde_json::json!(["one\n", "three\n"]);
    std::fs::write(&copies[1], notebook.to_string()).unwrap_or_else(|error| panic!("{error}"));
    let output = course(&["--compare", "--timings"], copies);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    for words in [
        "median without the first",
        "passed one.ipynb",
        "DIFFERS two.ipynb, cell-0 ",
        "line 2",
        "stored  three",
        "now     two",
        "1 passed, 1 failed",
    ] {
        assert!(shown.contains(words), "no {words:?} in: {shown}");
    }
    assert!(
        course(&[], &copies[1..]).status.success(),
        "without --compare it passes"
    );
}
