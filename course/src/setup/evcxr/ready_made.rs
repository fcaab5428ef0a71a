//! The kernel as evcxr's authors compiled it: seconds instead of minutes.
//!
//! An archive for this system is downloaded from the release of the version that the course is tested with. Of what is
//! in it only the program is taken, and that only if it answers as a kernel of that version.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::kernel::VERSION;
use crate::setup::Progress;

/// The program's file name.
pub const PROGRAM: &str = if cfg!(windows) {
    "evcxr_jupyter.exe"
} else {
    "evcxr_jupyter"
};

/// Where the releases lie. [`ADDRESS_VARIABLE`] names another place, such as a mirror inside a school.
const RELEASES: &str = "https://github.com/evcxr/evcxr/releases/download";
/// The variable that names it.
const ADDRESS_VARIABLE: &str = "GRADUS_KERNEL_ADDRESS";
/// No archive is as large as this; it holds about 20 MB.
const MOST_PACKED: u64 = 150_000_000;
/// No program is as large as this.
const MOST_UNPACKED: u64 = 600_000_000;

/// The archive for this system, if there is one.
pub fn archive() -> Option<String> {
    let (target, ending) = match (std::env::consts::OS, std::env::consts::ARCH) {
        // With another C library the program does not start, and the kernel is compiled.
        ("linux", "x86_64") if cfg!(target_env = "gnu") => ("x86_64-unknown-linux-gnu", "tar.gz"),
        ("macos", "aarch64") => ("aarch64-apple-darwin", "tar.gz"),
        ("windows", "x86_64") => ("x86_64-pc-windows-msvc", "zip"),
        _ => return None,
    };
    Some(format!("evcxr_jupyter-v{VERSION}-{target}.{ending}"))
}

/// The address of the release's files.
pub fn releases() -> String {
    let set = std::env::var(ADDRESS_VARIABLE)
        .ok()
        .filter(|address| !address.is_empty());
    let base = set.unwrap_or_else(|| RELEASES.to_string());
    format!("{}/v{VERSION}", base.trim_end_matches('/'))
}

/// Downloads `archive` from `releases` and puts its program into `folder`. `ask` starts a program and gives the version
/// that it answers with.
pub fn install(
    releases: &str,
    archive: &str,
    folder: &Path,
    progress: &Progress,
    ask: impl Fn(&Path) -> Result<String>,
) -> Result<PathBuf> {
    let packed = folder.join(archive);
    let url = format!("{releases}/{archive}");
    gradus_data::download(&url, &packed, MOST_PACKED, &mut Shown { progress, total: 0 })?;
    progress.say("unpacking");
    let program = folder.join(format!("new-{PROGRAM}"));
    let result = unpack(&packed, &program, MOST_UNPACKED)
        .and_then(|()| {
            progress.say("asking for its version");
            ask(&program).context("the program in it does not answer")
        })
        .and_then(|version| {
            if version != VERSION {
                bail!("the program in it is version {version}, the course uses {VERSION}");
            }
            let place = folder.join(PROGRAM);
            fs::rename(&program, &place).with_context(|| format!("{} cannot be written", place.display()))?;
            Ok(place)
        });
    // A bad archive must not be there at the next try, and a good one has done its work.
    for file in [&packed, &program] {
        let _ = fs::remove_file(file);
    }
    result.with_context(|| format!("{url} is no good"))
}

/// Shows how far a download is in the step's line.
struct Shown<'a> {
    progress: &'a Progress,
    total: u64,
}

impl gradus_data::Progress for Shown<'_> {
    fn begin(&mut self, _: &str, total: u64, _: u64) {
        self.total = total;
    }

    fn advance(&mut self, done: u64) {
        let done = done as f64 / 1e6;
        self.progress.say(match self.total {
            0 => format!("downloading it, {done:.1} MB"),
            total => format!("downloading it, {done:.1} of {:.1} MB", total as f64 / 1e6),
        });
    }

    fn note(&mut self, message: &str) {
        self.progress.say(message);
    }
}

/// Writes the one program of an archive to `to`; nothing else of the archive touches the disk.
fn unpack(archive: &Path, to: &Path, most: u64) -> Result<()> {
    let file = File::open(archive).with_context(|| format!("{} cannot be read", archive.display()))?;
    let found = if archive.extension().is_some_and(|end| end == "zip") {
        unpack_zip(file, to, most)?
    } else {
        unpack_tar(file, to, most)?
    };
    if found != 1 {
        bail!("expected one {PROGRAM} in the archive, found {found}");
    }
    Ok(())
}

/// Unpacks each file of the program's name and counts them.
fn unpack_tar(file: File, to: &Path, most: u64) -> Result<usize> {
    let damaged = "the archive is damaged";
    let mut found = 0;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    for entry in archive.entries().context(damaged)? {
        let mut entry = entry.context(damaged)?;
        let is_file = entry.header().entry_type().is_file();
        if is_file && is_program(&entry.path().context(damaged)?) {
            write_program(&mut entry, to, most).context(damaged)?;
            found += 1;
        }
    }
    Ok(found)
}

fn unpack_zip(file: File, to: &Path, most: u64) -> Result<usize> {
    let damaged = "the archive is damaged";
    let mut found = 0;
    let mut archive = zip::ZipArchive::new(file).context(damaged)?;
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).context(damaged)?;
        if entry.is_file() && is_program(Path::new(entry.name())) {
            write_program(&mut entry, to, most).context(damaged)?;
            found += 1;
        }
    }
    Ok(found)
}

fn is_program(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == PROGRAM)
}

fn write_program(content: &mut impl Read, to: &Path, most: u64) -> Result<()> {
    let explain = || format!("{} cannot be written: is the disk full?", to.display());
    let mut file = File::create(to).with_context(explain)?;
    let mut buffer = vec![0; 1 << 16];
    let mut done = 0;
    loop {
        let n = content.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        done += n as u64;
        if done > most {
            bail!("the program in it is larger than {most} bytes");
        }
        file.write_all(&buffer[..n]).with_context(explain)?;
    }
    make_executable(&file).with_context(explain)
}

#[cfg(unix)]
fn make_executable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
