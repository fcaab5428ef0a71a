//! Pictures in folders, one folder per class.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::folder_files::{Found, find};
use crate::data::dataset::Dataset;
use crate::data::images::{Fit, check_size, open_fitted};
use crate::{Error, Result};

/// Photographs in folders: every folder is a class, named as the folder; every file in it is a sample.
///
/// `photos/cat/1.jpg`, `photos/dog/a.png` and so on. Classes and files come in the order of their names; classes whose names
/// are all whole numbers in the order of these numbers. Files and folders whose names begin with a dot, and what else is no
/// picture, are left out. Nothing that passes for a picture is: one in a folder of its own inside a class, one beside the
/// classes, one under another ending and a folder without any are refused by name.
///
/// ```no_run
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let train = data::image_folder("photos/train", 64)?;
/// let names: Vec<&str> = train.class_names().iter().map(String::as_str).collect();
/// let (test, broken) = data::ImageFolder::new("photos/test").size(64, 64).classes(&names).skip_broken().load()?;
/// # Ok(())
/// # }
/// ```
///
/// PyTorch: `torchvision.datasets.ImageFolder`. Taught in notebook 13.
#[derive(Clone, Debug)]
pub struct ImageFolder {
    path: PathBuf,
    size: [usize; 2],
    fit: Fit,
    color: bool,
    skip: bool,
    deep: bool,
    classes: Option<Vec<String>>,
}

/// A file that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// The pictures below `path`, one folder per class, in colour, scaled and cut to squares of `side` pixels: samples of shape
/// `[3, side, side]`. [`ImageFolder`] has more choices.
///
/// # Errors
/// As [`ImageFolder::load`]; a broken file is refused.
pub fn image_folder(path: impl AsRef<Path>, side: usize) -> Result<Dataset> {
    Ok(ImageFolder::new(path).size(side, side).load()?.0)
}

impl ImageFolder {
    /// The folders below `path`, to be read in colour, in 64 x 64 pixels.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().into(),
            size: [64, 64],
            fit: Fit::Crop,
            color: true,
            skip: false,
            deep: false,
            classes: None,
        }
    }

    /// Sets the size of the samples, in pixels.
    #[must_use]
    pub fn size(mut self, height: usize, width: usize) -> Self {
        self.size = [height, width];
        self
    }

    /// Sets how pictures of other proportions are brought into the size: [`Fit::Crop`] unless set.
    #[must_use]
    pub fn fit(mut self, fit: Fit) -> Self {
        self.fit = fit;
        self
    }

    /// Reads all pictures in grey: one channel.
    #[must_use]
    pub fn grey(mut self) -> Self {
        self.color = false;
        self
    }

    /// Gives the classes and their order, for a second folder whose labels must mean the same; a folder of another name
    /// is refused, and a class may be empty.
    #[must_use]
    pub fn classes<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.classes = Some(names.iter().map(|name| name.as_ref().to_string()).collect());
        self
    }

    /// Reads the folders inside those of the classes too: `photos/cat/2024/1.jpg` is a cat.
    #[must_use]
    pub fn subfolders(mut self) -> Self {
        self.deep = true;
        self
    }

    /// Leaves out files that are broken, that cannot be read or that lie in a wrong place, and reports them, instead of refusing the whole folder.
    #[must_use]
    pub fn skip_broken(mut self) -> Self {
        self.skip = true;
        self
    }

    /// Reads everything. Also gives the files that were left out; none unless [`skip_broken`](Self::skip_broken) was
    /// asked for.
    ///
    /// # Errors
    /// [`Error::Io`] where a folder cannot be read, [`Error::File`] where there are no classes, no pictures, no picture of a
    /// class (unless [`classes`](Self::classes) names it) or an unknown class, and for the first broken file and the first one
    /// in a wrong place, unless those are skipped.
    pub fn load(&self) -> Result<(Dataset, Vec<Broken>)> {
        let [height, width] = self.size;
        check_size(height, width)?;
        let Found {
            names, files, strays, ..
        } = self.files()?;
        let read = |(path, _): &(PathBuf, usize)| self.read(path);
        let mut pictures: Vec<Result<Vec<u8>>> = files.par_iter().map(read).collect();
        if !self.skip {
            let whole = pictures.into_iter().collect::<Result<Vec<_>>>()?;
            pictures = whole.into_iter().map(Ok).collect();
        }
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        let broken = |(path, error): (PathBuf, Error)| Broken {
            path,
            reason: error.to_string(),
        };
        let mut left_out: Vec<Broken> = strays.into_iter().map(broken).collect();
        for ((path, class), picture) in files.into_iter().zip(pictures) {
            match picture {
                Ok(bytes) => {
                    pixels.extend(bytes);
                    labels.push(class);
                }
                Err(error) => left_out.push(broken((path, error))),
            }
        }
        if labels.is_empty() {
            let got = format!("none ({} broken files)", left_out.len());
            return Err(self.wrong("at least one readable picture in its folders", got));
        }
        let channels = if self.color { 3 } else { 1 };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let set = Dataset::from_pixels(pixels, [channels, height, width], labels, &names)?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        Ok((set.named(&name), left_out))
    }

    /// The names of the classes, their files, and what is left out.
    fn files(&self) -> Result<Found> {
        let mut found = find(&self.path, self.deep)?;
        if !self.skip && !found.strays.is_empty() {
            return Err(found.strays.swap_remove(0).1);
        }
        let Some(names) = &self.classes else {
            if found.names.is_empty() {
                return Err(self.wrong("a folder with one folder per class", "no folder in it".into()));
            }
            if !found.empty.is_empty() {
                let got = format!("none in {}", found.empty.join(", "));
                let hint = "Fill or delete the folder, or name the classes with classes(), of which one may be empty";
                return Err(self.refuse("a picture of every class", got, hint));
            }
            return Ok(found);
        };
        let mut places = Vec::new();
        for folder in &found.names {
            let Some(place) = names.iter().position(|name| name == folder) else {
                let expected = format!("only the classes {}", names.join(", "));
                return Err(self.wrong(&expected, format!("{folder} too")));
            };
            places.push(place);
        }
        if names.is_empty() {
            return Err(self.wrong("a folder with one folder per class", "no class".into()));
        }
        found.files.iter_mut().for_each(|(_, class)| *class = places[*class]);
        found.names = names.clone();
        Ok(found)
    }

    /// The bytes of one picture, `(C, H, W)`.
    fn read(&self, path: &Path) -> Result<Vec<u8>> {
        let image = open_fitted(path, self.size, self.fit, self.color)?.image;
        Ok(image
            .pixels()
            .iter()
            .map(|value| (value * 255.0).round() as u8)
            .collect())
    }

    fn wrong(&self, expected: &str, got: String) -> Error {
        self.refuse(
            expected,
            got,
            "Every class is a folder of PNG or JPEG files: photos/cat/1.jpg",
        )
    }

    fn refuse(&self, expected: &str, got: String, hint: &str) -> Error {
        Error::File {
            path: self.path.clone(),
            expected: expected.into(),
            got,
            hint: hint.into(),
        }
    }
}
