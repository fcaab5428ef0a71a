//! Downloads without a checksum: all of the file arrives, or an error says why and what came is kept.

use std::fs;
use std::path::PathBuf;

use gradus_data::{Error, Silent, download};
use super::support::{Answer, Server, noise};

const MOST: u64 = 400_000;

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("deep/file.bin")
    }

    fn part(&self) -> PathBuf {
        self.dir.path().join("deep/file.bin.part")
    }

    fn begun(&self, content: &[u8]) {
        fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        fs::write(self.part(), content).unwrap();
    }

    /// What came of the download, and what the server was asked for.
    fn fetch(&self, answer: Answer) -> (Result<(), Error>, Vec<String>) {
        let server = Server::new([("/f", answer)]);
        let result = download(&format!("{}/f", server.base), &self.file(), MOST, &mut Silent);
        (result, server.requests())
    }

    #[track_caller]
    fn refuses(&self, answer: Answer, words: &str) {
        let text = self.fetch(answer).0.expect_err("this cannot succeed").to_string();
        assert!(text.contains(words), "no {words:?} in: {text}");
        assert!(!self.file().exists());
    }
}

#[test]
fn a_file_arrives_whole_with_or_without_its_length() {
    let content = noise(300_000);
    for answer in [
        Answer::File(content.clone()),
        Answer::Unannounced(content.clone(), 300_000),
    ] {
        let place = Place::new();
        place.fetch(answer).0.unwrap();
        assert_eq!(fs::read(place.file()).unwrap(), content);
        assert!(!place.part().exists());
    }
}

#[test]
fn it_goes_on_where_it_stopped() {
    let content = noise(300_000);
    let place = Place::new();
    place.begun(&content[..100_000]);
    let (result, requests) = place.fetch(Answer::Breaks(content.clone(), 100_000));
    result.unwrap();
    assert_eq!(requests, ["/f from 100000", "/f from 200000"]);
    assert_eq!(fs::read(place.file()).unwrap(), content);
}

#[test]
fn what_is_too_long_to_be_a_beginning_is_thrown_away() {
    let content = noise(300_000);
    let place = Place::new();
    place.begun(&noise(350_000));
    let (result, requests) = place.fetch(Answer::File(content.clone()));
    result.unwrap();
    assert_eq!(requests, ["/f from 350000", "/f"]);
    assert_eq!(fs::read(place.file()).unwrap(), content);
}

#[test]
fn servers_that_do_not_give_it_are_named_and_what_came_is_kept() {
    let place = Place::new();
    place.refuses(Answer::Status(404), "404");
    place.refuses(
        Answer::File(noise(400_001)),
        "offers 400001 bytes, the file has at most 400000",
    );
    place.refuses(
        Answer::Unannounced(noise(400_001), 400_001),
        "more than the 400000 bytes",
    );
    place.refuses(
        Answer::Breaks(noise(300_000), 10_000),
        "broke off after 10000 of 300000 bytes",
    );
    assert_eq!(fs::read(place.part()).unwrap(), noise(300_000)[..10_000]);
    place.refuses(Answer::Stalls(noise(300_000), 20_000), "of 300000 bytes");
    assert!(fs::read(place.part()).unwrap().len() >= 10_000);
}
