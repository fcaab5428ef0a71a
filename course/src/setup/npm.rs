//! What the site takes from npm, at the versions and checksums of its lock file.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Progress;
use crate::files;
use crate::project::Project;

/// The two files that npm reads, below `course/book`.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];
/// On Windows npm is a script.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// The folder of a package.
pub fn package(project: &Project, name: &str) -> PathBuf {
    folder(project).join("node_modules").join(name)
}

fn folder(project: &Project) -> PathBuf {
    project.state("book/npm")
}

/// What the packages depend on.
pub fn inputs(project: &Project) -> Result<String> {
    let read = |name| {
        let path = project.root().join("course/book").join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    FILES.into_iter().map(read).collect()
}

/// Installs the packages, in the project.
pub fn install(project: &Project, progress: &Progress) -> Result<()> {
    for program in ["node", NPM] {
        let there = Command::new(program).arg("--version").output();
        if !there.is_ok_and(|output| output.status.success()) {
            bail!(
                "the site's formulas are set by KaTeX, which needs Node.js 18 or newer, and there is no `{program}`. Install it \
                 (Debian, Ubuntu: sudo apt install nodejs npm; macOS: brew install node; else nodejs.org)"
            );
        }
    }
    let folder = folder(project);
    for name in FILES {
        let text = fs::read(project.root().join("course/book").join(name))?;
        files::write(&folder.join(name), &text)?;
    }
    let mut command = Command::new(NPM);
    command
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&folder);
    let hint = "Is there a network? Then type the same command again.";
    progress.command(command, &project.log("npm"), |_| None, hint)
}
