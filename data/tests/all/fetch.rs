//! Downloads from a server that misbehaves: whatever it does, the cache holds the right file or none.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gradus_data::{Cache, Catalogue, Error, FileStatus, Progress, Silent};
use super::support::{Answer, Server, catalogue, noise};

/// A cache in a temporary folder, and where the one file of the test catalogue lies.
struct Place {
    dir: tempfile::TempDir,
    cache: Cache,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path());
        Self { dir, cache }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("a/set/file.bin")
    }

    fn part(&self) -> PathBuf {
        self.dir.path().join("a/set/file.bin.part")
    }

    fn put(&self, path: &Path, content: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn fetch(&self, catalogue: &Catalogue) -> Result<PathBuf, Error> {
        catalogue.get("set").unwrap().fetch(&self.cache, &mut Silent)
    }

    fn status(&self, catalogue: &Catalogue) -> FileStatus {
        catalogue.get("set").unwrap().status(&self.cache).unwrap().remove(0)
    }
}

fn message(result: Result<PathBuf, Error>) -> String {
    result.expect_err("this download cannot succeed").to_string()
}

#[test]
fn a_file_arrives_and_is_fetched_once() {
    let content = noise(300_000);
    let server = Server::new([("/f", Answer::File(content.clone()))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    assert_eq!(place.status(&catalogue), FileStatus::Missing);
    assert_eq!(place.fetch(&catalogue).unwrap(), place.dir.path().join("a/set"));
    assert_eq!(fs::read(place.file()).unwrap(), content);
    assert_eq!(place.status(&catalogue), FileStatus::Ready);
    assert!(!place.part().exists());
    place.fetch(&catalogue).unwrap();
    assert_eq!(server.requests(), ["/f"]);
}

#[test]
fn an_interrupted_download_goes_on_where_it_stopped() {
    let content = noise(300_000);
    let server = Server::new([("/f", Answer::File(content.clone()))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    place.put(&place.part(), &content[..100_000]);
    assert_eq!(place.status(&catalogue), FileStatus::Partial(100_000));
    place.fetch(&catalogue).unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), content);
    assert_eq!(server.requests(), ["/f from 100000"]);
}

#[test]
fn a_connection_that_breaks_again_and_again_still_ends_well() {
    let content = noise(1_000_000);
    let server = Server::new([("/f", Answer::Breaks(content.clone(), 300_000))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    place.fetch(&catalogue).unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), content);
    assert_eq!(
        server.requests(),
        ["/f", "/f from 300000", "/f from 600000", "/f from 900000"]
    );
}

#[test]
fn a_server_without_ranges_starts_over() {
    let content = noise(300_000);
    let server = Server::new([("/f", Answer::NoRanges(content.clone()))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    place.put(&place.part(), &noise(5000)[1000..]);
    place.fetch(&catalogue).unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), content);
}

#[test]
fn wrong_bytes_in_the_part_file_cost_one_more_download() {
    let content = noise(300_000);
    let server = Server::new([("/f", Answer::File(content.clone()))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    place.put(&place.part(), &vec![7; 1000]);
    place.fetch(&catalogue).unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), content);
    assert_eq!(server.requests(), ["/f from 1000", "/f"]);
}

#[test]
fn a_part_file_that_is_complete_or_too_long_is_dealt_with() {
    let content = noise(10_000);
    let server = Server::new([("/f", Answer::File(content.clone()))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    place.put(&place.part(), &content);
    place.fetch(&catalogue).unwrap();
    assert!(server.requests().is_empty());
    fs::remove_file(place.file()).unwrap();
    place.put(&place.part(), &noise(20_000));
    place.fetch(&catalogue).unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), content);
}

#[test]
fn a_wrong_checksum_is_refused_and_nothing_stays() {
    let content = noise(50_000);
    let mut wrong = content.clone();
    wrong[30_000] ^= 1;
    let server = Server::new([("/f", Answer::File(wrong.clone()))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    let text = message(place.fetch(&catalogue));
    assert!(
        text.contains("SHA-256") && text.contains(&super::support::sha256(&wrong)),
        "{text}"
    );
    assert!(!place.file().exists() && !place.part().exists());
    assert_eq!(place.status(&catalogue), FileStatus::Missing);
}

#[test]
fn after_a_mirror_that_fails_comes_the_next() {
    let content = noise(50_000);
    let answers = [
        ("/gone", Answer::Status(404)),
        ("/broken", Answer::Status(503)),
        ("/other", Answer::File(noise(49_999))),
        ("/right", Answer::File(content.clone())),
    ];
    let server = Server::new(answers);
    let urls = ["/gone", "/broken", "/other", "/right"].map(|path| format!("{}{path}", server.base));
    let catalogue = catalogue(&content, &urls);
    #[derive(Default)]
    struct Notes(Vec<String>);
    impl Progress for Notes {
        fn note(&mut self, message: &str) {
            self.0.push(message.into());
        }
    }
    let (place, mut notes) = (Place::new(), Notes::default());
    catalogue.get("set").unwrap().fetch(&place.cache, &mut notes).unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), content);
    assert_eq!(notes.0.len(), 3, "{:?}", notes.0);
    assert!(
        notes.0[0].contains("404") && notes.0[1].contains("503"),
        "{:?}",
        notes.0
    );
    assert!(notes.0[2].contains("49999"), "{:?}", notes.0);
}

#[test]
fn a_body_that_ends_early_is_an_error_that_keeps_what_came() {
    let content = noise(50_000);
    for cut in [0, 1, 4_000, 30_000, 49_999] {
        let server = Server::new([("/f", Answer::Unannounced(content.clone(), cut))]);
        let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
        let place = Place::new();
        let text = message(place.fetch(&catalogue));
        assert!(
            text.contains("of 50000 bytes") && text.contains("try again"),
            "{cut}: {text}"
        );
        assert!(!place.file().exists());
        assert_eq!(fs::metadata(place.part()).unwrap().len(), cut as u64);
    }
}

#[test]
fn a_body_that_is_too_long_is_an_error() {
    let content = noise(50_000);
    let server = Server::new([("/f", Answer::Unannounced(noise(60_000), 60_000))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    assert!(message(place.fetch(&catalogue)).contains("more than the 50000 bytes"));
    assert!(!place.file().exists() && !place.part().exists());
}

#[test]
fn a_damaged_file_is_found_and_replaced_but_only_by_a_right_one() {
    let content = noise(50_000);
    let mut damaged = content.clone();
    damaged[10] ^= 1;
    let place = Place::new();
    place.put(&place.file(), &damaged);
    let dead = catalogue(&content, &["http://127.0.0.1:9/f".to_string()]);
    assert!(matches!(place.status(&dead), FileStatus::Wrong(reason) if reason.contains("SHA-256")));
    place.put(&place.file(), &damaged[1..]);
    assert_eq!(
        place.status(&dead),
        FileStatus::Wrong("it has 49999 bytes, not 50000".into())
    );
    place.put(&place.file(), &damaged);
    message(place.fetch(&dead));
    assert_eq!(
        fs::read(place.file()).unwrap(),
        damaged,
        "a failed download touched the file"
    );
    let server = Server::new([("/f", Answer::File(content.clone()))]);
    let alive = catalogue(&content, &[format!("{}/f", server.base)]);
    place.fetch(&alive).unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), content);
}

#[test]
fn damage_after_the_check_is_found() {
    let content = noise(50_000);
    let catalogue = catalogue(&content, &["http://127.0.0.1:9/f".to_string()]);
    let place = Place::new();
    place.put(&place.file(), &content);
    assert_eq!(place.status(&catalogue), FileStatus::Ready);
    // The same size, another time: the note about the file no longer fits.
    let mut damaged = content;
    damaged[10] ^= 1;
    place.put(&place.file(), &damaged);
    let later = std::time::SystemTime::now() + Duration::from_secs(5);
    fs::File::options()
        .write(true)
        .open(place.file())
        .unwrap()
        .set_modified(later)
        .unwrap();
    assert!(matches!(place.status(&catalogue), FileStatus::Wrong(_)));
}

#[test]
fn verify_reads_again_whatever_is_remembered() {
    let content = noise(50_000);
    let catalogue = catalogue(&content, &["http://127.0.0.1:9/f".to_string()]);
    let place = Place::new();
    place.put(&place.file(), &content);
    assert_eq!(place.status(&catalogue), FileStatus::Ready);
    let time = fs::metadata(place.file()).unwrap().modified().unwrap();
    let mut damaged = content;
    damaged[10] ^= 1;
    place.put(&place.file(), &damaged);
    fs::File::options()
        .write(true)
        .open(place.file())
        .unwrap()
        .set_modified(time)
        .unwrap();
    assert_eq!(
        place.status(&catalogue),
        FileStatus::Ready,
        "the file is hashed on every use"
    );
    let statuses = catalogue.get("set").unwrap().verify(&place.cache).unwrap();
    assert!(matches!(statuses[0], FileStatus::Wrong(_)));
}

#[test]
fn a_cache_that_cannot_be_written_serves_what_it_has() {
    let content = noise(50_000);
    let server = Server::new([("/f", Answer::File(content.clone()))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    // Two ways, because the superuser may write where the mode says that nobody may.
    for by_mode in [true, false] {
        let place = Place::new();
        place.put(&place.file(), &content);
        if by_mode {
            read_only(place.dir.path(), true);
        } else {
            place.put(&place.dir.path().join(".gradus"), b"");
        }
        for _ in 0..2 {
            place.fetch(&catalogue).unwrap();
        }
        if by_mode {
            assert!(
                !place.dir.path().join(".gradus").exists(),
                "it wrote into a read-only cache"
            );
        }
        fs::remove_file(place.file()).unwrap();
        let text = message(place.fetch(&catalogue));
        assert!(text.contains("GRADUS_DATA"), "{text}");
        assert!(!place.file().exists() && !place.part().exists());
        read_only(place.dir.path(), false);
    }
    assert!(server.requests().is_empty());
}

#[allow(
    clippy::permissions_set_readonly_false,
    reason = "a temporary folder that is removed right after"
)]
fn read_only(path: &Path, yes: bool) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(yes);
    fs::set_permissions(path, permissions).unwrap();
}

#[test]
fn a_full_disk_is_named() {
    if !Path::new("/dev/full").exists() {
        println!("skipped: there is no /dev/full here");
        return;
    }
    let content = noise(50_000);
    let server = Server::new([("/f", Answer::File(content.clone()))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    fs::create_dir_all(place.part().parent().unwrap()).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/full", place.part()).unwrap();
    let error = place.fetch(&catalogue).unwrap_err();
    assert!(matches!(error, Error::DiskFull { needed: 50_000, .. }), "{error}");
}

#[test]
fn offline_and_dead_hosts_fail_at_once() {
    let content = noise(50_000);
    let catalogue = catalogue(&content, &["http://127.0.0.1:9/f".to_string()]);
    let mut place = Place::new();
    let start = Instant::now();
    let text = message(place.fetch(&catalogue));
    assert!(text.contains("127.0.0.1:9") && text.contains("by hand"), "{text}");
    assert!(start.elapsed() < Duration::from_secs(10));
    place.cache = place.cache.offline(true);
    assert!(message(place.fetch(&catalogue)).contains("GRADUS_OFFLINE"));
}

/// The only slow test: it waits for both time limits.
#[test]
fn a_host_that_says_nothing_or_stops_talking_is_given_up() {
    let content = noise(300_000);
    let answers = [
        ("/silent", Answer::Silent),
        ("/stalls", Answer::Stalls(content.clone(), 20_000)),
        ("/right", Answer::File(content.clone())),
    ];
    let server = Server::new(answers);
    let urls = ["/silent", "/stalls", "/right"].map(|path| format!("{}{path}", server.base));
    let (place, start) = (Place::new(), Instant::now());
    place.fetch(&catalogue(&content, &urls)).unwrap();
    assert_eq!(fs::read(place.file()).unwrap(), content);
    assert_eq!(server.requests(), ["/silent", "/stalls", "/right from 20000"]);
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
}

#[test]
fn many_fetch_at_once_and_none_disturbs_another() {
    let content = noise(2_000_000);
    let server = Server::new([("/f", Answer::Breaks(content.clone(), 700_000))]);
    let catalogue = catalogue(&content, &[format!("{}/f", server.base)]);
    let place = Place::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| place.fetch(&catalogue).unwrap());
        }
    });
    assert_eq!(fs::read(place.file()).unwrap(), content);
    assert_eq!(server.requests().len(), 3, "one download is enough for all");
}
