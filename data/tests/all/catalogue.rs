//! The catalogue that is compiled in, and what it refuses.

use gradus_data::{Cache, Catalogue, Error, Fetch, FileStatus, Silent};

#[test]
fn the_catalogue_is_whole() {
    let catalogue = Catalogue::load().unwrap();
    assert!(catalogue.sets().len() > 30);
    for set in catalogue.sets() {
        assert!(
            !set.title.is_empty() && !set.licence.is_empty() && !set.source.is_empty(),
            "{}",
            set.name
        );
    }
    let mnist = catalogue.get("mnist").unwrap();
    assert_eq!((mnist.files().len(), mnist.bytes()), (4, 11_594_722));
    assert!(mnist.urls(&mnist.files()[0]).len() >= 2, "MNIST needs mirrors");
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let text = Catalogue::load().unwrap().get("emnist").unwrap_err().to_string();
    assert!(text.contains("\"emnist\"") && text.contains("fashion-mnist"), "{text}");
}

#[test]
fn a_set_that_nobody_serves_says_how_it_is_made() {
    let catalogue = Catalogue::load().unwrap();
    let (set, dir) = (catalogue.get("karate").unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(set.fetching(), Fetch::Manual);
    let error = set.fetch(&Cache::at(dir.path()), &mut Silent).unwrap_err();
    assert!(
        matches!(error, Error::Manual { .. }) && error.to_string().contains("NetworkX"),
        "{error}"
    );
}

/// A catalogue that parses, with one thing replaced by another.
fn altered(from: &str, to: &str) -> Result<Catalogue, Error> {
    let good = format!(
        "[[set]]\nname = \"s\"\ntitle = \"t\"\nlicence = \"l\"\nsource = \"s\"\n\
         [[set.file]]\nname = \"f\"\nbytes = 1\nsha256 = \"{}\"\nurls = [\"https://a/f\"]\n",
        "0".repeat(64)
    );
    assert!(good.contains(from), "{from}");
    Catalogue::parse(&good.replacen(from, to, 1))
}

#[test]
fn what_cannot_be_right_is_refused() {
    altered("t", "t").unwrap();
    let cases = [
        ("name = \"f\"", "name = \"../f\""),
        ("name = \"f\"", "name = \".f\""),
        ("name = \"f\"", "name = \"a/../f\""),
        ("name = \"f\"", "name = \"/f\""),
        ("title", "folder = \"../x\"\ntitle"),
        ("bytes = 1", "bytes = 0"),
        ("bytes = 1", "bytes = -1"),
        ("sha256 = \"0", "sha256 = \""),
        ("sha256 = \"0", "sha256 = \"A"),
        ("https://a/f", "ftp://a/f"),
        ("[\"https://a/f\"]", "[]"),
        ("title", "fetch = \"manual\"\ntitle"),
        ("title", "how = \"by hand\"\ntitle"),
        ("title = \"t\"", ""),
        ("title", "titel = \"t\"\ntitle"),
        ("[[set.file]]", "[[set]]"),
    ];
    for (from, to) in cases {
        assert!(matches!(altered(from, to), Err(Error::Catalogue(_))), "accepted: {to}");
    }
}

#[test]
fn a_name_belongs_to_one_set() {
    let set = format!(
        "[[set]]\nname = \"s\"\ntitle = \"t\"\nlicence = \"l\"\nsource = \"s\"\n\
         [[set.file]]\nname = \"f\"\nbytes = 1\nsha256 = \"{}\"\nurls = [\"https://a/f\"]\n",
        "0".repeat(64)
    );
    let text = Catalogue::parse(&format!("{set}{set}")).unwrap_err().to_string();
    assert!(text.contains("two sets are called \"s\""), "{text}");
}

/// The real files, where there are some: every checksum in the catalogue is checked against them.
#[test]
fn real_files_match_the_catalogue() {
    let Some(root) = std::env::var_os("GRADUS_DATA") else {
        println!("skipped: GRADUS_DATA is not set");
        return;
    };
    let (catalogue, cache) = (Catalogue::load().unwrap(), Cache::at(root));
    let mut ready = 0;
    for set in catalogue.sets() {
        for (file, status) in set.files().iter().zip(set.verify(&cache).unwrap()) {
            match status {
                FileStatus::Ready => ready += 1,
                FileStatus::Missing | FileStatus::Partial(_) => {}
                FileStatus::Wrong(reason) => panic!("{}/{}: {reason}", set.name, file.name),
            }
        }
    }
    println!("{ready} files are right");
}
