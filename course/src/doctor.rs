//! `cargo course doctor`: what is there, what is missing, what to type.

use gradus_data::{Cache, Catalogue};

use crate::data::{megabytes, state};
use crate::files;
use crate::process::output;
use crate::project::Project;
use crate::setup::{self, evcxr};

/// The version that the workspace asks for.
const RUSTC: &str = env!("CARGO_PKG_RUST_VERSION");

/// A line of the report.
enum Line {
    /// There.
    Good(String),
    /// Not there, and the notebooks run without it.
    Absent(String),
    /// Missing, and what to do about it.
    Missing(String, String),
}

/// Prints the report; true when nothing that is needed is missing.
pub fn report(project: &Project) -> bool {
    let sections: [(&str, Vec<Line>); 7] = [
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
    match output("rustc", &["--version"]) {
        Some(version) if is_older(&version, RUSTC) => {
            lines.push(Line::Missing(
                format!("{version}; {RUSTC} is needed"),
                "rustup update".into(),
            ));
        }
        Some(version) => lines.push(Line::Good(version)),
        None => lines.push(Line::Missing("no rustc".into(), "see https://rustup.rs".into())),
    }
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

/// Whether `rustc 1.94.0 (...)` is older than `1.95`.
fn is_older(version: &str, needed: &str) -> bool {
    let numbers = |text: &str| {
        text.split('.')
            .take(2)
            .filter_map(|n| n.parse().ok())
            .collect::<Vec<u32>>()
    };
    numbers(version.split(' ').nth(1).unwrap_or_default()) < numbers(needed)
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
    use super::is_older;

    #[test]
    fn compares_rust_versions_as_numbers() {
        assert!(is_older("rustc 1.94.1 (abc 2026-01-01)", "1.95"));
        assert!(is_older("rustc 1.9.0 (abc)", "1.95"));
        assert!(!is_older("rustc 1.95.0 (abc)", "1.95"));
        assert!(!is_older("rustc 1.100.0-nightly (abc)", "1.95"));
    }
}
