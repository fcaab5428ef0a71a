//! `cargo course data`: the catalogue of data sets.

use anyhow::Result;
use gradus_data::{Cache, Catalogue, Fetch, FileStatus, Set};
use indicatif::{ProgressBar, ProgressStyle};

/// What to do with the data sets.
#[derive(clap::Subcommand, Debug)]
pub enum Action {
    /// Show the sets: size, licence, source, and which are here
    List,
    /// Download sets and check them
    Fetch {
        /// Names of sets
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Read and hash the files that are here
    Verify {
        /// Names of sets, which must then be complete; all sets if none is named
        names: Vec<String>,
    },
}

/// Does it; true when nothing is wrong.
pub fn act(action: &Action) -> Result<bool> {
    let (catalogue, cache) = (Catalogue::load()?, Cache::from_env()?);
    match action {
        Action::List => list(&catalogue, &cache),
        Action::Fetch { names } => {
            // A misspelt name is an error before the first download.
            let sets = names
                .iter()
                .map(|name| catalogue.get(name))
                .collect::<Result<Vec<_>, _>>()?;
            for set in sets {
                let folder = set.fetch(&cache, &mut Bar::default())?;
                println!("{}: ready in {}", set.name, folder.display());
            }
            Ok(true)
        }
        Action::Verify { names } => verify(&catalogue, &cache, names),
    }
}

fn list(catalogue: &Catalogue, cache: &Cache) -> Result<bool> {
    for set in catalogue.sets() {
        let here = state(&set.status(cache)?);
        println!("{:16} {:>8}  {here:12} {}", set.name, megabytes(set.bytes()), set.title);
        println!("{:28}licence: {}; source: {}", "", set.licence, set.source);
        for file in set.files() {
            println!("{:28}{}, {} bytes, sha256 {}", "", file.name, file.bytes, file.sha256);
            for url in set.urls(file) {
                println!("{:30}{url}", "");
            }
        }
        if let (Fetch::Manual, Some(how)) = (set.fetching(), set.how()) {
            println!("{:28}cannot be downloaded: {how}", "");
        }
    }
    println!("\nThe cache is {} (GRADUS_DATA changes that).", cache.root().display());
    Ok(true)
}

fn verify(catalogue: &Catalogue, cache: &Cache, names: &[String]) -> Result<bool> {
    let named = names
        .iter()
        .map(|name| catalogue.get(name))
        .collect::<Result<Vec<&Set>, _>>()?;
    let sets = if named.is_empty() {
        catalogue.sets().iter().collect()
    } else {
        named
    };
    let mut right = true;
    for set in sets {
        let statuses = set.verify(cache)?;
        println!("{:16} {}", set.name, state(&statuses));
        for (file, status) in set.files().iter().zip(&statuses) {
            let wrong = matches!(status, FileStatus::Wrong(_));
            let missing = *status != FileStatus::Ready && !names.is_empty();
            if wrong || missing {
                right = false;
                println!("{:17}{}: {status}", "", cache.path(set, file).display());
            }
        }
    }
    if !right {
        println!("\nTo get the right files: cargo course data fetch NAME");
    }
    Ok(right)
}

/// One word for the files of a set.
pub fn state(statuses: &[FileStatus]) -> &'static str {
    if statuses.iter().any(|status| matches!(status, FileStatus::Wrong(_))) {
        "WRONG FILES"
    } else if statuses.iter().all(|status| *status == FileStatus::Ready) {
        "here"
    } else if statuses.iter().all(|status| *status == FileStatus::Missing) {
        "not here"
    } else {
        "incomplete"
    }
}

/// A size for people.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// A progress bar per file.
#[derive(Default)]
struct Bar {
    bar: Option<ProgressBar>,
}

impl gradus_data::Progress for Bar {
    fn begin(&mut self, file: &str, total: u64, done: u64) {
        let bar = ProgressBar::new(total);
        let template = "{prefix} [{bar:24}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(file.to_string());
        bar.set_position(done);
        self.bar = Some(bar);
    }

    fn advance(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    fn end(&mut self, file: &str) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        println!("{file}: complete, its checksum is right");
    }

    fn note(&mut self, message: &str) {
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.println(message),
            _ => println!("{message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_as_good_as_its_worst_file() {
        use FileStatus::{Missing, Partial, Ready, Wrong};
        assert_eq!(state(&[Ready, Ready]), "here");
        assert_eq!(state(&[Missing, Missing]), "not here");
        assert_eq!(state(&[Ready, Missing]), "incomplete");
        assert_eq!(state(&[Partial(3), Missing]), "incomplete");
        assert_eq!(state(&[Ready, Wrong("short".into())]), "WRONG FILES");
    }
}
