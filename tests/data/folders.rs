//! Folders of pictures as people have them: nothing that passes for a picture is left out in silence.

use std::fs;
use std::path::Path;

use gradus::data::ImageFolder;
use gradus::prelude::*;
use image::RgbImage;

/// A whole JPEG file.
fn jpeg() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    RgbImage::new(4, 4)
        .write_to(&mut file, image::ImageFormat::Jpeg)
        .unwrap();
    file.into_inner()
}

/// A folder with pictures under these names, and a text under those that begin with `!`; a name that ends in `/` is an empty folder.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        let path = dir.path().join(name.trim_start_matches('!'));
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(
            path,
            if name.starts_with('!') {
                b"words".to_vec()
            } else {
                jpeg()
            },
        )
        .unwrap();
    }
    dir
}

fn classes(dir: &Path) -> Vec<String> {
    data::image_folder(dir, 4).unwrap().class_names().to_vec()
}

#[test]
fn other_names_of_pictures_are_read() {
    let dir = folder(&[
        "cat/a.jfif",
        "cat/b.jpe",
        "cat/c.JPG",
        "cat/d",
        "cat/e.jif",
        "!cat/README",
        "!cat/list.txt",
    ]);
    assert_eq!(data::image_folder(dir.path(), 4).unwrap().len(), 5);
}

#[test]
fn what_lies_in_a_wrong_place_is_named() {
    for (names, file, says) in [
        (
            vec!["cat/1.jpg", "cat/2024/may/2.jpg"],
            "2024",
            "got 1 in a folder inside it. Read them too with subfolders()",
        ),
        (
            vec!["train/cat/1.jpg", "train/dog/1.jpg"],
            "cat",
            "if its folders are the classes",
        ),
        (vec!["cat/1.jpg", "2.jpg"], "2.jpg", "beside the folders of the classes"),
        (
            vec!["cat/1.jpg", "cat/2.jpg_old"],
            "2.jpg_old",
            "a picture under another ending",
        ),
        (vec!["cat/1.jpg", "!cat/2.tga"], "2.tga", "PNG or JPEG"),
        (
            vec!["bird/", "cat/1.jpg", "!dog/notes.txt"],
            "",
            "none in bird, dog. Fill or delete the folder",
        ),
        (vec!["!bird/1/notes.txt", "cat/1.jpg"], "", "none in bird."),
    ] {
        let dir = folder(&names);
        let error = data::image_folder(dir.path(), 4).unwrap_err().to_string();
        assert!(error.contains(file) && error.contains(says), "{names:?}: {error}");
    }
}

#[test]
fn strays_are_reported_where_broken_files_are_skipped() {
    let dir = folder(&["cat/1.jpg", "cat/more/2.jpg", "cat/3.bak", "dog/1.jpg", "4.jpg"]);
    let (set, left_out) = ImageFolder::new(dir.path()).size(4, 4).skip_broken().load().unwrap();
    assert_eq!((set.len(), left_out.len()), (2, 3), "{left_out:?}");
    let names: Vec<_> = left_out
        .iter()
        .map(|b| b.path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["4.jpg", "3.bak", "more"]);
}

#[test]
fn folders_inside_are_read_where_they_are_asked_for() {
    let dir = folder(&[
        "cat/1.jpg",
        "cat/a/b/2.jpg",
        "cat/__MACOSX/3.jpg",
        "cat/.c/4.jpg",
        "dog/x/1.jpg",
    ]);
    let (set, left_out) = ImageFolder::new(dir.path()).size(4, 4).subfolders().load().unwrap();
    assert_eq!((set.labels(), left_out.len()), (vec![0, 0, 1], 0));
}

#[test]
fn what_programs_leave_behind_is_no_class() {
    let dir = folder(&[
        "__MACOSX/cat/._1.jpg",
        "__MACOSX/2.jpg",
        ".git/1.jpg",
        "@eaDir/1.jpg",
        "cat/1.jpg",
        "cat/Thumbs.db",
    ]);
    fs::write(dir.path().join("cat/Thumbs.db"), b"\xD0\xCF\x11\xE0").unwrap();
    assert_eq!(classes(dir.path()), ["cat"]);
}

#[test]
fn numbers_come_in_their_order_and_names_as_before() {
    let of = |names: &[&str]| {
        let files: Vec<String> = names.iter().map(|name| format!("{name}/1.jpg")).collect();
        let dir = folder(&files.iter().map(String::as_str).collect::<Vec<_>>());
        classes(dir.path())
    };
    assert_eq!(of(&["1", "10", "2", "9"]), ["1", "2", "9", "10"]);
    assert_eq!(of(&["10", "-3", "007", "0"]), ["-3", "0", "007", "10"]);
    assert_eq!(of(&["1", "10", "2", "x"]), ["1", "10", "2", "x"]);
    assert_eq!(of(&["a1", "a10", "a2"]), ["a1", "a10", "a2"]);
}

/// Labels follow the names that were given, wherever they stand.
#[test]
fn names_that_are_given_may_be_empty() {
    let dir = folder(&["cat/1.jpg", "dog/1.jpg", "bird/"]);
    let (set, _) = ImageFolder::new(dir.path())
        .size(4, 4)
        .classes(&["dog", "bird", "wolf", "cat"])
        .load()
        .unwrap();
    assert_eq!((set.labels(), set.num_classes()), (vec![3, 0], 4));
}
