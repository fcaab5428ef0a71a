//! Archives good and bad, from a server on this machine.

use std::io::Cursor;

use flate2::Compression;
use flate2::write::GzEncoder;
use support::{Answer, Server, noise};

use super::*;

#[path = "../../../../../data/tests/all/support/mod.rs"]
#[allow(dead_code)]
mod support;

/// A `.tar.gz` of these files.
fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *content).expect("a file");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("an archive")
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).expect("a file");
        archive.write_all(content).expect("its content");
    }
    archive.finish().expect("an archive").into_inner()
}

fn inner(name: &str) -> String {
    format!("evcxr_jupyter-v{VERSION}/{name}")
}

/// What came of an installation from a server that answers so, and the folder.
fn installed(
    answer: Answer,
    name: &str,
    ask: impl Fn(&Path) -> Result<String>,
) -> (Result<PathBuf, String>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::new([("/v/archive.tar.gz", answer.clone()), ("/v/archive.zip", answer)]);
    let releases = format!("{}/v", server.base);
    let result = install(&releases, name, folder.path(), &Progress::start("test"), ask);
    (result.map_err(|error| format!("{error:#}")), folder)
}

fn right_version(_: &Path) -> Result<String> {
    Ok(VERSION.into())
}

/// Names of the files in the folder.
fn left(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("a folder").flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[track_caller]
fn refused(answer: Answer, words: &str, ask: impl Fn(&Path) -> Result<String>) {
    let (result, folder) = installed(answer, "archive.tar.gz", ask);
    let text = result.expect_err("this archive is no good");
    assert!(text.contains(words), "no {words:?} in: {text}");
    let left = left(&folder);
    assert!(left.iter().all(|name| name.ends_with(".part")), "{left:?}");
}

#[test]
fn the_program_and_nothing_else_is_taken_and_can_be_run() {
    let program = noise(200_000);
    let (name, readme, evil) = (inner(PROGRAM), inner("README.md"), inner("evcxr_jupyter.sh"));
    let files: [(&str, &[u8]); 3] = [(&readme, b"read me"), (&evil, b"rm"), (&name, &program)];
    for (archive, bytes) in [("archive.tar.gz", tar_of(&files)), ("archive.zip", zip_of(&files))] {
        let ask = |path: &Path| {
            assert_eq!(fs::read(path)?, program, "the whole program is asked");
            Ok(VERSION.to_string())
        };
        let (place, folder) = installed(Answer::File(bytes), archive, ask);
        assert_eq!(place.as_deref(), Ok(folder.path().join(PROGRAM).as_path()));
        assert_eq!(left(&folder), [PROGRAM]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(PROGRAM))
                .expect("a file")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o755);
        }
    }
}

#[test]
fn a_slow_server_that_breaks_off_is_asked_for_the_rest() {
    let name = inner(PROGRAM);
    let bytes = tar_of(&[(name.as_str(), noise(400_000).as_slice())]);
    let (place, folder) = installed(Answer::Breaks(bytes, 100_000), "archive.tar.gz", right_version);
    assert!(place.is_ok(), "{place:?}");
    assert_eq!(fs::read(folder.path().join(PROGRAM)).expect("a file"), noise(400_000));
}

#[test]
fn downloads_that_fail_are_named() {
    let name = inner(PROGRAM);
    let bytes = tar_of(&[(name.as_str(), noise(400_000).as_slice())]);
    refused(Answer::Status(404), "404", right_version);
    refused(Answer::Breaks(bytes.clone(), 20_000), "broke off", right_version);
    // No length is said, so only the archive itself shows that its end is missing.
    let half = bytes.len() / 2;
    refused(
        Answer::Unannounced(bytes, half),
        "the archive is damaged",
        right_version,
    );
    refused(Answer::File(noise(30_000)), "the archive is damaged", right_version);
}

#[test]
fn archives_without_the_one_program_are_refused() {
    let (readme, name) = (inner("README.md"), inner(PROGRAM));
    let none = tar_of(&[(readme.as_str(), b"read me".as_slice())]);
    refused(Answer::File(none), "found 0", right_version);
    let other = format!("other/{PROGRAM}");
    let two = tar_of(&[(name.as_str(), b"one".as_slice()), (other.as_str(), b"two")]);
    refused(Answer::File(two), "found 2", right_version);
}

#[test]
fn programs_that_are_another_are_refused() {
    let name = inner(PROGRAM);
    let bytes = tar_of(&[(name.as_str(), b"#!/bin/sh\nexit 3\n".as_slice())]);
    let answer = Answer::File(bytes);
    refused(answer.clone(), "version 0.21.0, the course uses", |_| {
        Ok("0.21.0".into())
    });
    refused(answer, "does not answer", |_| {
        bail!("the kernel ended before it answered")
    });
}

#[test]
fn a_program_that_never_ends_is_not_unpacked() {
    let folder = tempfile::tempdir().expect("a folder");
    let packed = folder.path().join("a.tar.gz");
    let name = inner(PROGRAM);
    fs::write(&packed, tar_of(&[(name.as_str(), vec![0; 100_000].as_slice())])).expect("a file");
    let to = folder.path().join("program");
    let error = unpack(&packed, &to, 50_000).expect_err("it is too large");
    assert!(format!("{error:#}").contains("larger than 50000"), "{error:#}");
}

#[test]
fn archives_are_named_as_the_releases_name_them() {
    if let Some(name) = archive() {
        assert!(name.starts_with(&format!("evcxr_jupyter-v{VERSION}-")), "{name}");
    }
    assert!(releases().ends_with(&format!("/v{VERSION}")), "{}", releases());
}
