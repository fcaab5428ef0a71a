//! `cargo course book`: the course as a static site, made of the notebooks with their stored outputs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::files;
use crate::labs;
use crate::project::Project;
use crate::setup::{self, Progress};

/// How to make the site.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// The folder to put it into [default: .gradus/book/html]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// The address that it will have, which link previews need, such as `https://example.org/gradus/`
    #[arg(long, value_name = "URL", value_parser = address)]
    pub address: Option<String>,
}

fn address(text: &str) -> Result<String, String> {
    if text.starts_with("https://") || text.starts_with("http://") {
        Ok(text.to_string())
    } else {
        Err("expected an address that begins with https://".into())
    }
}

/// Makes the site; nothing of it is kept from an earlier time.
pub fn make(project: &Project, options: &Options) -> Result<bool> {
    let (python, katex) = setup::for_book(project)?;
    let site = match &options.out {
        Some(folder) => std::path::absolute(folder)?,
        None => project.state("book/html"),
    };
    remove_old(&site)?;
    let docs = step("[1/3] the crate's documentation", |progress| {
        document(project, progress)
    })?;
    let laboratories = if labs::possible() {
        Some(step("[2/3] laboratories", |progress| labs::build(project, progress))?)
    } else {
        println!(
            "NOTICE: the site comes without its laboratories. To have them: {}",
            labs::INSTALL
        );
        None
    };
    step("[3/3] pages", |progress| {
        let work = project.state("book/work");
        if work.exists() {
            fs::remove_dir_all(&work).with_context(|| format!("{} cannot be removed", work.display()))?;
        }
        let mut command = Command::new(&python);
        command
            .arg(project.root().join("course/book/build.py"))
            .args([project.root(), &work, &site, &katex])
            .arg("--api")
            .arg(&docs)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUTF8", "1");
        if let Some(folder) = &laboratories {
            command.arg("--labs").arg(folder);
        }
        if let Some(address) = &options.address {
            command.args(["--address", address]);
        }
        let said = |line: &str| Some(line.trim().to_string());
        let hint =
            "A warning above names the file and the line of the notebook, as laid out in .gradus/book/work/source.";
        progress.command(command, &project.log("book"), said, hint)
    })?;
    let megabytes = files::size(&site) as f64 / 1e6;
    println!("The site, {megabytes:.1} MB: {}", site.join("index.html").display());
    Ok(true)
}

/// A folder that holds something else is left alone.
fn remove_old(site: &Path) -> Result<()> {
    let filled = fs::read_dir(site).is_ok_and(|mut entries| entries.next().is_some());
    if !filled {
        return Ok(());
    }
    if !site.join("objects.inv").is_file() {
        bail!(
            "{} holds something that is no site of this course: name an empty folder, or one that is not there",
            site.display()
        );
    }
    fs::remove_dir_all(site).with_context(|| format!("{} cannot be removed", site.display()))
}

/// Has cargo write the crate's documentation, in a place where there is no other crate's; what was compiled for other
/// purposes is used.
fn document(project: &Project, progress: &Progress) -> Result<PathBuf> {
    let out = project.state("book/doc");
    let build = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.root().join("target"), PathBuf::from);
    let mut command = Command::new("cargo");
    command
        .args(["doc", "--package", "gradus", "--no-deps", "--lib", "--target-dir"])
        .arg(&out)
        .env("CARGO_BUILD_BUILD_DIR", build)
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(project.root());
    let said = |line: &str| Some(line.trim().to_string());
    progress.command(command, &project.log("book-doc"), said, "")?;
    Ok(out.join("doc"))
}

fn step<T>(title: &str, work: impl FnOnce(&Progress) -> Result<T>) -> Result<T> {
    let progress = Progress::start(title);
    let done = work(&progress);
    progress.finish(done.is_ok());
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_holds_something_else_is_left_alone() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let site = folder.path().join("site");
        remove_old(&site)?;
        files::write(&site.join("thesis.tex"), b"ten years of work")?;
        let error = remove_old(&site)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(error.contains("no site of this course"), "{error}");
        assert!(site.join("thesis.tex").is_file());
        files::write(&site.join("objects.inv"), b"")?;
        remove_old(&site)?;
        assert!(!site.exists());
        Ok(())
    }

    #[test]
    fn an_address_begins_with_its_protocol() {
        assert!(address("https://example.org/gradus/").is_ok());
        assert!(address("example.org").is_err());
    }
}
