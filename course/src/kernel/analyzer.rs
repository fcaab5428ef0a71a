//! What the kernel's rust-analyzer gets to see.
//!
//! evcxr carries a rust-analyzer, which tells it the types of the variables of a cell and completes names. It asks cargo
//! for every crate that a cell can reach and reads them all, about 150, macros and trait implementations included: that
//! was 12 of the 15 seconds that the first two cells of a chapter took. A cell names only things of gradus, dfdx and
//! whatever else the learner asks for with `:dep`. So the rust-analyzer is given a cargo that leaves the rest out of its
//! answer: it is this very program, under the name `cargo`, in a cargo home of its own. The compiler never uses it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::files;
use crate::project::Project;

/// Tells the stand-in where the real cargo lives.
const REAL_HOME: &str = "GRADUS_CARGO_HOME";
/// Below these, the analyzer is shown only these.
const SHOWN: [&str; 5] = ["gradus-notebook", "gradus-graders", "gradus", "gradus-data", "dfdx"];

/// Cargo's own folder on this machine.
fn real_home() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    set(REAL_HOME)
        .or_else(|| set("CARGO_HOME"))
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// The stand-in's home, and the real one.
pub struct Homes {
    /// Holds `bin/cargo`, which is this program.
    pub shown: PathBuf,
    /// Where cargo keeps its registry; the compiler goes on using it.
    pub real: PathBuf,
}

impl Homes {
    /// Lays out the stand-in's home. `None` where that is not possible: the analyzer then reads everything, and the
    /// notebooks work as well, only slower.
    pub fn prepare(project: &Project) -> Option<Self> {
        let homes = Self {
            shown: project.state("analyzer"),
            real: std::path::absolute(real_home()?).ok()?,
        };
        homes.fill().ok()?;
        Some(homes)
    }

    fn fill(&self) -> Result<()> {
        let program = std::env::current_exe().context("this program cannot be found")?;
        if program.file_stem().is_none_or(|stem| stem != env!("CARGO_PKG_NAME")) {
            bail!("{} would not know what to do as cargo", program.display());
        }
        let name = format!("cargo{}", std::env::consts::EXE_SUFFIX);
        let link = self.shown.join("bin").join(name);
        std::fs::create_dir_all(self.shown.join("bin"))?;
        if std::fs::canonicalize(&link).ok() != Some(program.canonicalize()?) {
            replace_link(&program, &link)?;
        }
        // The kernel compiles its first line, which names no crate, before it reads its settings: with the settings of
        // the real cargo, such as the linker, too.
        for name in ["config.toml", "config"] {
            match std::fs::read(self.real.join(name)) {
                Ok(text) => files::write(&self.shown.join(name), &text)?,
                Err(_) => drop(std::fs::remove_file(self.shown.join(name))),
            }
        }
        Ok(())
    }

    /// What the kernel finds in its environment.
    pub fn environment(&self) -> [(&'static str, &Path); 2] {
        [("CARGO_HOME", &self.shown), (REAL_HOME, &self.real)]
    }
}

#[cfg(unix)]
fn replace_link(program: &Path, link: &Path) -> Result<()> {
    let part = link.with_file_name(format!("cargo.{}.part", std::process::id()));
    std::os::unix::fs::symlink(program, &part)?;
    Ok(std::fs::rename(&part, link)?)
}

/// Links need rights on Windows that few have: nothing is left out there.
#[cfg(not(unix))]
fn replace_link(_: &Path, _: &Path) -> Result<()> {
    bail!("no links on this system")
}

/// Whether this program was called by the name `cargo`.
pub fn called_as_cargo() -> bool {
    let name = std::env::args_os().next().map(PathBuf::from);
    name.is_some_and(|name| name.file_stem().is_some_and(|stem| stem == "cargo"))
}

/// Does what the real cargo does; its list of packages comes without what no cell names.
pub fn act_as_cargo() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match answer(&arguments) {
        Ok(status) => ExitCode::from(status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1))),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn answer(arguments: &[OsString]) -> Result<ExitStatus> {
    let home = real_home().context("cargo's folder is not known")?;
    let program = home.join("bin").join(format!("cargo{}", std::env::consts::EXE_SUFFIX));
    let program = if program.is_file() { program } else { "cargo".into() };
    let mut command = Command::new(&program);
    command.args(arguments).env("CARGO_HOME", &home);
    let explain = || format!("{} cannot be started", program.display());
    if arguments.first().is_none_or(|command| command != "metadata") {
        return command.status().with_context(explain);
    }
    let output = command.stderr(Stdio::inherit()).output().with_context(explain)?;
    let text = match serde_json::from_slice(&output.stdout) {
        Ok(metadata) => serde_json::to_vec(&without_what_no_cell_names(metadata))?,
        Err(_) => output.stdout,
    };
    std::io::stdout().write_all(&text)?;
    Ok(output.status)
}

/// Takes the packages that only gradus and dfdx use out of the answer of `cargo metadata`.
fn without_what_no_cell_names(mut metadata: Value) -> Value {
    let names = |packages: &Value| -> Vec<(String, String)> {
        let packages = packages.as_array().into_iter().flatten();
        packages
            .filter_map(|package| Some((package["id"].as_str()?.to_owned(), package["name"].as_str()?.to_owned())))
            .collect()
    };
    let names = names(&metadata["packages"]);
    let shown: HashSet<&str> = names
        .iter()
        .filter(|(_, name)| SHOWN.contains(&name.as_str()))
        .map(|(id, _)| id.as_str())
        .collect();
    // Not a cell's package, or without the edges between the packages: nothing to take out.
    if shown.is_empty() || metadata["resolve"]["nodes"].as_array().is_none() {
        return metadata;
    }
    let kept = reached(&metadata, &shown);
    let is_kept = |id: &Value| id.as_str().is_some_and(|id| kept.contains(id));
    retain(&mut metadata["packages"], |package| is_kept(&package["id"]));
    retain(&mut metadata["resolve"]["nodes"], |node| is_kept(&node["id"]));
    for node in metadata["resolve"]["nodes"].as_array_mut().into_iter().flatten() {
        retain(&mut node["dependencies"], is_kept);
        retain(&mut node["deps"], |edge| is_kept(&edge["pkg"]));
    }
    metadata
}

/// The packages on a way from the workspace that, once it has come to one of `shown`, stays among them.
fn reached(metadata: &Value, shown: &HashSet<&str>) -> HashSet<String> {
    let ids = |list: &Value| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        list.filter_map(|id| id.as_str().map(str::to_owned)).collect()
    };
    let mut kept = HashSet::new();
    let mut open = ids(&metadata["workspace_members"]);
    while let Some(id) = open.pop() {
        if !kept.insert(id.clone()) {
            continue;
        }
        let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
        for node in nodes.filter(|node| node["id"] == id.as_str()) {
            let next = ids(&node["dependencies"]);
            let inside = shown.contains(id.as_str());
            open.extend(next.into_iter().filter(|next| !inside || shown.contains(next.as_str())));
        }
    }
    kept
}

fn retain(list: &mut Value, keep: impl Fn(&Value) -> bool) {
    if let Some(list) = list.as_array_mut() {
        list.retain(keep);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::without_what_no_cell_names;

    /// A cell that uses gradus and, besides, `ndarray`, which uses `rand` as dfdx does.
    fn metadata() -> Value {
        let edges = [
            ("ctx", vec!["gradus-notebook", "ndarray"]),
            ("gradus-notebook", vec!["gradus", "gradus-graders", "ctor"]),
            ("gradus-graders", vec!["gradus", "rand_chacha"]),
            ("gradus", vec!["gradus-data", "dfdx", "png"]),
            ("gradus-data", vec!["rustls"]),
            ("dfdx", vec!["rand", "gemm"]),
            ("ndarray", vec!["rand"]),
            ("rand", vec!["rand_core"]),
            ("rand_core", vec![]),
            ("ctor", vec![]),
            ("png", vec![]),
            ("rand_chacha", vec![]),
            ("rustls", vec![]),
            ("gemm", vec![]),
        ];
        let packages: Vec<Value> = edges
            .iter()
            .map(|(name, _)| json!({ "id": format!("id-{name}"), "name": name }))
            .collect();
        let nodes = edges.iter().map(|(name, next)| {
            let ids: Vec<String> = next.iter().map(|name| format!("id-{name}")).collect();
            let deps: Vec<Value> = ids.iter().map(|id| json!({ "pkg": id })).collect();
            json!({ "id": format!("id-{name}"), "dependencies": ids, "deps": deps })
        });
        let nodes: Vec<Value> = nodes.collect();
        json!({ "packages": packages, "workspace_members": ["id-ctx"], "resolve": { "root": "id-ctx", "nodes": nodes } })
    }

    fn names(metadata: &Value) -> Vec<&str> {
        let packages = metadata["packages"].as_array().unwrap();
        packages
            .iter()
            .map(|package| package["name"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn shows_gradus_dfdx_and_what_the_learner_added() {
        let shown = without_what_no_cell_names(metadata());
        let expected = [
            "ctx",
            "gradus-notebook",
            "gradus-graders",
            "gradus",
            "gradus-data",
            "dfdx",
            "ndarray",
            "rand",
            "rand_core",
        ];
        assert_eq!(names(&shown), expected);
        let nodes = shown["resolve"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), expected.len());
        let gradus = nodes.iter().find(|node| node["id"] == "id-gradus").unwrap();
        assert_eq!(gradus["dependencies"], json!(["id-gradus-data", "id-dfdx"]));
        let graders = nodes.iter().find(|node| node["id"] == "id-gradus-graders").unwrap();
        assert_eq!(graders["dependencies"], json!(["id-gradus"]));
        assert_eq!(
            gradus["deps"],
            json!([{ "pkg": "id-gradus-data" }, { "pkg": "id-dfdx" }])
        );
    }

    #[test]
    fn leaves_other_answers_alone() {
        let mut other = metadata();
        for package in other["packages"].as_array_mut().unwrap() {
            package["name"] = json!(format!("my-{}", package["name"].as_str().unwrap()));
        }
        assert_eq!(without_what_no_cell_names(other.clone()), other);
        let mut without_edges = metadata();
        without_edges["resolve"] = Value::Null;
        assert_eq!(without_what_no_cell_names(without_edges.clone()), without_edges);
    }
}
