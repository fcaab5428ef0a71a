//! `cargo course doctor`: what is there, what is missing, what to type.

use gradus_data::{Cache, Catalogue};

use crate::data::{megabytes, state};
use crate::files;
use crate::process::output;
use crate::project::Project;
use crate::setup::{self, evcxr};

/// The version that the workspace asks for.
const RUSTC: &str = env!("CARGO_PKG_RUST_VERSION");
/// The last version of Rust that the kernel was tested with. After an update of Rust kernels of this kind have lost the
/// types of variables before.
const TESTED: &str = "1.95";

/// A line of the report.
enum Line {
    /// There.
    Good(String),
    /// Not there, and the notebooks run without it.
    Absent(String),
    /// There, and perhaps not as it should be: what to do if the notebooks do not run.
    Doubtful(String, String),
    /// Missing, and what to do about it.
    Missing(String, String),
}

/// Prints the report; true when nothing that is needed is missing.
pub fn report(project: &Project) -> bool {
    let sections: [(&str, Vec<Line>); 8] = [
        ("folder", vec![folder(project)]),
        ("Rust", rust()),
        ("Python", vec![python()]),
        ("JupyterLab", vec![jupyter(project)]),
        ("kernel", vec![kernel(project), compiled(project)]),
        ("GPU", gpu()),
        ("data", data()),
        ("disk", disk(project)),
    ];
    let mut well = true;
    for (title, lines) in sections {
        for line in lines {
            match line {
                Line::Good(text) => println!("  ok       {title:11} {text}"),
                Line::Absent(text) => println!("  -        {title:11} {text}"),
                Line::Doubtful(text, remedy) => {
                    println!(
                        "  NOTE     {title:11} {text}\n           {:11} if need be, type: {remedy}",
                        ""
                    );
                }
                Line::Missing(text, remedy) => {
                    well = false;
                    println!("  MISSING  {title:11} {text}\n           {:11} type: {remedy}", "");
                }
            }
        }
    }
    println!(
        "\n{}",
        if well {
            "All that is needed is here."
        } else {
            "Something is missing, see above."
        }
    );
    well
}

fn rust() -> Vec<Line> {
    let mut lines = Vec::new();
    lines.push(match output("rustc", &["--version"]) {
        Some(version) => rustc(&version),
        None => Line::Missing("no rustc".into(), "see https://rustup.rs".into()),
    });
    lines.push(match crate::kernel::library::find() {
        Some(_) => Line::Good("source of the standard library (rust-src)".into()),
        None => Line::Missing(
            "no rust-src, which the kernel reads".into(),
            "rustup component add rust-src".into(),
        ),
    });
    match ["cc", "gcc", "clang"]
        .into_iter()
        .find(|name| output(name, &["--version"]).is_some())
    {
        Some(name) => lines.push(Line::Good(format!("linker: {name}"))),
        None if cfg!(windows) => {}
        None => {
            let remedy = "sudo apt install build-essential (macOS: xcode-select --install)";
            lines.push(Line::Missing(
                "no C compiler, which links programs".into(),
                remedy.into(),
            ));
        }
    }
    lines
}

/// What to say of a version such as `rustc 1.94.0 (...)`.
fn rustc(version: &str) -> Line {
    let number = version.split(' ').nth(1).unwrap_or_default();
    if numbers(number) < numbers(RUSTC) {
        let remedy = format!("rustup update (or: rustup toolchain install {RUSTC})");
        return Line::Missing(format!("{version}; {RUSTC} is needed"), remedy);
    }
    if numbers(number) > numbers(TESTED) {
        let text = format!(
            "{version} is later than {TESTED}, the last version that the notebooks' kernel is known to work with"
        );
        let remedy =
            format!("rustup toolchain install {TESTED} && rustup override set {TESTED}, then cargo course setup");
        return Line::Doubtful(text, remedy);
    }
    Line::Good(format!("{version} ({TESTED} is the last version known to work)"))
}

/// `1.95` of `1.95.0-nightly`, as numbers.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').take(2).filter_map(|n| n.parse().ok()).collect()
}

fn folder(project: &Project) -> Line {
    match setup::check_place(project) {
        Ok(()) => Line::Good(project.root().display().to_string()),
        Err(error) => Line::Missing(format!("{error:#}"), "cargo course doctor, once it is moved".into()),
    }
}

fn python() -> Line {
    match setup::find_python() {
        Ok(python) => Line::Good(format!("{} ({})", python.version, python.program.display())),
        Err(error) => Line::Missing("no Python that is new enough".into(), format!("{error:#}")),
    }
}

fn jupyter(project: &Project) -> Line {
    let code = "import jupyterlab; print(jupyterlab.__version__)";
    match output(project.venv_program("python"), &["-c", code]) {
        Some(version) => Line::Good(format!("{version} in {}", project.venv().display())),
        None => Line::Missing("not set up".into(), "cargo course setup".into()),
    }
}

fn kernel(project: &Project) -> Line {
    match evcxr::find(project) {
        Ok(Some(program)) => Line::Good(format!(
            "evcxr_jupyter {} ({})",
            crate::kernel::VERSION,
            program.display()
        )),
        _ => Line::Missing(
            format!("no evcxr_jupyter {}", crate::kernel::VERSION),
            "cargo course setup".into(),
        ),
    }
}

fn compiled(project: &Project) -> Line {
    if setup::is_warm(project) {
        Line::Good("gradus is compiled for the notebooks".into())
    } else {
        let text = "gradus is not compiled for the notebooks as it is now";
        Line::Missing(text.into(), "cargo course setup".into())
    }
}

fn gpu() -> Vec<Line> {
    let query = [
        "--query-gpu=name,driver_version,compute_cap,memory.total",
        "--format=csv,noheader",
    ];
    let Some(found) = output("nvidia-smi", &query) else {
        return vec![Line::Absent(
            "no NVIDIA GPU (no nvidia-smi): the notebooks use the CPU".into(),
        )];
    };
    let mut lines: Vec<_> = found
        .lines()
        .map(|gpu| Line::Good(format!("{gpu} (name, driver, compute capability, memory)")))
        .collect();
    lines.push(match output("nvcc", &["--version"]) {
        Some(text) => Line::Good(format!("nvcc: {}", text.lines().rev().nth(1).unwrap_or(&text))),
        None => Line::Absent("no nvcc: install the CUDA toolkit to use the GPU (feature `cuda`)".into()),
    });
    lines
}

fn data() -> Vec<Line> {
    let (catalogue, cache) = match (Catalogue::load(), Cache::from_env()) {
        (Ok(catalogue), Ok(cache)) => (catalogue, cache),
        (Err(error), _) | (_, Err(error)) => return vec![Line::Missing(error.to_string(), "set GRADUS_DATA".into())],
    };
    let mut lines = vec![Line::Good(format!(
        "folder {} (GRADUS_DATA changes it)",
        cache.root().display()
    ))];
    for set in catalogue.sets() {
        lines.push(match set.status(&cache) {
            Err(error) => Line::Missing(
                format!("{}: {error}", set.name),
                "look at the folder's permissions".into(),
            ),
            Ok(statuses) => match state(&statuses) {
                "here" => Line::Good(format!("{}: {}", set.name, megabytes(set.bytes()))),
                "not here" => Line::Absent(format!("{}: not here ({})", set.name, megabytes(set.bytes()))),
                other => Line::Missing(
                    format!("{}: {other}", set.name),
                    format!("cargo course data fetch {}", set.name),
                ),
            },
        });
    }
    lines
}

fn disk(project: &Project) -> Vec<Line> {
    let state = project.state("");
    let parts = [
        ("venv", "Python"),
        ("kernel", "compiled crates for the kernel"),
        ("cargo", "kernel"),
        ("logs", "logs"),
    ];
    let parts = parts.map(|(folder, what)| format!("{what} {}", megabytes(files::size(&project.state(folder)))));
    let all = megabytes(files::size(&state));
    vec![Line::Good(format!(
        "{all} in {}: {} (delete it to start over)",
        state.display(),
        parts.join(", ")
    ))]
}

#[cfg(test)]
mod tests {
    use super::{Line, RUSTC, TESTED, numbers, rustc};

    #[test]
    fn rust_is_compared_as_numbers_with_what_is_needed_and_what_was_tested() {
        for version in ["rustc 1.94.1 (abc 2026-01-01)", "rustc 1.9.0 (abc)"] {
            assert!(
                matches!(rustc(version), Line::Missing(text, _) if text.contains(RUSTC)),
                "{version}"
            );
        }
        let version = format!("rustc {TESTED}.0 (abc)");
        assert!(matches!(rustc(&version), Line::Good(text) if text.contains("last version known to work")));
        for version in ["rustc 1.96.0 (abc)", "rustc 1.100.0-nightly (abc)", "rustc 2.0.0 (abc)"] {
            assert!(
                matches!(rustc(version), Line::Doubtful(text, _) if text.contains(TESTED)),
                "{version}"
            );
        }
        assert!(numbers(RUSTC) <= numbers(TESTED), "what is needed was tested");
    }
}
