//! The laboratories of the site: the package `labs/` in WebAssembly, beside its pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::files;
use crate::project::Project;
use crate::setup::Progress;

const TARGET: &str = "wasm32-unknown-unknown";

/// The stored weights that a laboratory loads.
const WEIGHTS: [&str; 1] = ["digits_unet.safetensors"];

/// What makes the laboratories [`possible`].
pub const INSTALL: &str = "rustup target add wasm32-unknown-unknown";

/// Whether the compiler here can make WebAssembly.
pub fn possible() -> bool {
    Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .is_ok_and(|said| said.status.success() && holds_core(Path::new(String::from_utf8_lossy(&said.stdout).trim())))
}

/// A target is there when its standard library is: rustc names the folder in either case.
fn holds_core(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.any(|name| name.starts_with("libcore-"))
    })
}

/// Compiles the laboratories and lays them out in a folder, as any web server can give them.
pub fn build(project: &Project, progress: &Progress) -> Result<PathBuf> {
    let target = project.state("labs/target");
    let mut command = Command::new("cargo");
    command
        .args([
            "build",
            "--package",
            "gradus-labs",
            "--lib",
            "--profile",
            "labs",
            "--target",
            TARGET,
            "--target-dir",
        ])
        .arg(&target)
        .current_dir(project.root());
    progress.command(command, &project.log("labs"), |line| Some(line.trim().to_string()), "")?;
    let out = project.state("labs/pages");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("{} cannot be removed", out.display()))?;
    }
    fs::create_dir_all(&out).with_context(|| format!("{} cannot be made", out.display()))?;
    let module = target.join(TARGET).join("labs/gradus_labs.wasm");
    let whole = fs::read(&module).with_context(|| format!("{} cannot be read", module.display()))?;
    files::write(&out.join("gradus_labs.wasm"), &needed(&whole))?;
    for weights in WEIGHTS {
        copy(&project.root().join("notebooks/checkpoints").join(weights), &out)?;
    }
    let pages = project.root().join("labs/pages");
    for entry in fs::read_dir(&pages).with_context(|| format!("{} cannot be read", pages.display()))? {
        copy(&entry?.path(), &out)?;
    }
    Ok(out)
}

/// A module without its custom sections (number 0), which say nothing to a browser: a quarter of its bytes are notes of a
/// library for a tool that is not used here.
fn needed(module: &[u8]) -> Vec<u8> {
    let (preamble, mut rest) = module.split_at(module.len().min(8));
    let mut out = preamble.to_vec();
    while let Some((length, header)) = length(rest) {
        let Some((section, behind)) = rest.split_at_checked(header + length) else {
            break;
        };
        if section[0] != 0 {
            out.extend_from_slice(section);
        }
        rest = behind;
    }
    // What is no whole section is left as it is: the browser says what is wrong with it.
    out.extend_from_slice(rest);
    out
}

/// How long the section is at whose number `bytes` begin, and how long its header: seven bits in each byte, the lowest first.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0;
    for (i, byte) in bytes.get(1..6.min(bytes.len()))?.iter().enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((length, i + 2));
        }
    }
    None
}

fn copy(file: &Path, folder: &Path) -> Result<()> {
    let to = folder.join(file.file_name().unwrap_or_default());
    fs::copy(file, &to).with_context(|| format!("{} cannot be copied to {}", file.display(), to.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_sections_are_left_out_and_nothing_else() {
        let preamble = b"\0asm\x01\0\0\0";
        let custom = [&[0, 0x82, 0x01][..], &[7; 130]].concat();
        let (one, ten) = ([1, 2, 3, 4], [10, 1, 9]);
        let module = [&preamble[..], &one, &custom, &ten].concat();
        assert_eq!(needed(&module), [&preamble[..], &one, &ten].concat());
        for short in [&b""[..], b"\0as", &module[..9], &module[..20]] {
            assert!(needed(short).len() <= short.len());
        }
        assert_eq!(
            needed(&[&preamble[..], &one, &[10, 5, 1]].concat()),
            [&preamble[..], &one, &[10, 5, 1]].concat()
        );
    }

    #[test]
    fn a_target_without_its_library_is_not_there() -> Result<()> {
        let folder = tempfile::tempdir()?;
        assert!(!holds_core(&folder.path().join("nowhere")));
        assert!(!holds_core(folder.path()));
        fs::write(folder.path().join("libcore-0123.rlib"), b"")?;
        assert!(holds_core(folder.path()));
        Ok(())
    }
}
