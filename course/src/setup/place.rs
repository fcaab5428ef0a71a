//! Where the project must not lie, said before anything is compiled.
//!
//! evcxr tells the process that runs the cells the path of each by a line `LOAD_AND_RUN path name`, which is split at its
//! blanks; cargo and rustup keep lists of folders in variables, split at colons; addresses of files read `%20` as a blank.
//! And cargo takes the cells, which are compiled below `.gradus`, for a part of any workspace above the project.

use std::path::Path;

use anyhow::{Result, bail};

use crate::files;
use crate::process::error_of;
use crate::project::Project;

/// Between the folders in a list of folders.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };
/// A package where the cells are compiled.
const PROBE: &str = "[package]\nname = \"ctx\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";

/// An error where no notebook could run.
pub fn check(project: &Project) -> Result<()> {
    if let Some(what) = unfit(project.root()) {
        bail!(
            "the Rust kernel cannot work in {:?}: the path has {what}. Move the project, or clone it to a path without",
            project.root()
        );
    }
    if let Some(manifest) = foreign_workspace(project)? {
        bail!(
            "the Rust kernel cannot work in {}: cargo takes the cells for a part of the workspace of {}. Move the project \
             out of there, or name its folder in the line `exclude = [...]` below `[workspace]` in that file",
            project.root().display(),
            manifest.display()
        );
    }
    Ok(())
}

/// What the kernel stumbles over in a path.
fn unfit(path: &Path) -> Option<String> {
    let Some(text) = path.to_str() else {
        return Some("letters that are no Unicode".into());
    };
    if text.contains(' ') {
        return Some("a blank in it".into());
    }
    if text.contains(char::is_control) {
        return Some("a line break or another control character in it".into());
    }
    // The colon of a drive comes first on Windows, where the separator is another one.
    if text.contains(SEPARATOR) {
        return Some(format!("a `{SEPARATOR}` in it, which separates folders"));
    }
    let hex = |c: Option<&u8>| c.is_some_and(u8::is_ascii_hexdigit);
    let bytes = text.as_bytes();
    let code = (0..bytes.len()).find(|&at| bytes[at] == b'%' && hex(bytes.get(at + 1)) && hex(bytes.get(at + 2)))?;
    Some(format!(
        "`{}` in it, which stands for another character",
        &text[code..code + 3]
    ))
}

/// The workspace above the project that cargo takes the cells for a part of.
fn foreign_workspace(project: &Project) -> Result<Option<std::path::PathBuf>> {
    let above = project.root().ancestors().skip(1);
    let manifests: Vec<_> = above
        .map(|folder| folder.join("Cargo.toml"))
        .filter(|path| path.is_file())
        .collect();
    let Some(nearest) = manifests.first() else {
        return Ok(None);
    };
    let probe = project.state("place");
    files::write(&probe.join("src/lib.rs"), b"\n")?;
    files::write(&probe.join("Cargo.toml"), PROBE.as_bytes())?;
    let manifest = probe.join("Cargo.toml").display().to_string();
    let said = error_of(
        "cargo",
        &["locate-project", "--workspace", "--manifest-path", &manifest],
    );
    Ok(said.map(|said| {
        let named = manifests.iter().find(|path| said.contains(&path.display().to_string()));
        named.unwrap_or(nearest).clone()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_the_kernel_cannot_work_with_are_named() {
        for (path, word) in [
            ("/home/ann/my course", "blank"),
            ("/home/ann lee/course", "blank"),
            ("/home/ann/per%20cent", "`%20`"),
            ("/home/ann/a%Cfb", "`%Cf`"),
            ("/home/ann/two\nlines", "line break"),
            ("/home/ann/a\tb", "control"),
        ] {
            assert!(unfit(Path::new(path)).is_some_and(|what| what.contains(word)), "{path}");
        }
        #[cfg(unix)]
        assert!(unfit(Path::new("/home/a:b")).is_some_and(|what| what.contains("`:`")));
        for path in [
            "/home/ann/Kurs für Üben",
            "/home/ann/#1",
            "/a/it's",
            "/a/\"q\"",
            "/a/$x+1",
            "/a/日本",
            "/a/100%",
            "/a/5%-",
        ] {
            let path = path.replace(' ', "_");
            assert_eq!(unfit(Path::new(&path)), None, "{path}");
        }
    }

    #[test]
    fn a_workspace_above_is_named_unless_it_leaves_the_project_out() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let root = folder.path().canonicalize()?;
        let write = |name: &str, text: &str| files::write(&root.join(name), text.as_bytes());
        write("outer/course/notebooks/runtime/Cargo.toml", "")?;
        write("outer/course/src/lib.rs", "\n")?;
        let ours = "[workspace]\nexclude = [\".gradus\"]\n[package]\nname = \"course\"\nversion = \"0.1.0\"\n";
        write("outer/course/Cargo.toml", ours)?;
        let project = Project::at(&root.join("outer/course"))?;
        assert_eq!(foreign_workspace(&project)?, None);
        write("outer/Cargo.toml", "[workspace]\n")?;
        let error = check(&project).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(
            error.contains("outer/Cargo.toml") && error.contains("exclude"),
            "{error}"
        );
        write("outer/Cargo.toml", "[workspace]\nexclude = [\"course\"]\n")?;
        check(&project)?;
        // A package above is no workspace.
        write("outer/Cargo.toml", "[package]\nname = \"above\"\nversion = \"0.1.0\"\n")?;
        write("outer/src/lib.rs", "\n")?;
        check(&project)
    }
}
