//! Pictures in folders, one folder per class.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::data::dataset::Dataset;
use crate::data::images::{Fit, check_size, open_fitted};
use crate::{Error, Result};

/// Endings of files that are read.
const READ: [&str; 3] = ["png", "jpg", "jpeg"];
/// Endings of pictures that this crate does not read: leaving them out in silence would hide them.
const OTHER: [&str; 9] = ["gif", "bmp", "webp", "tif", "tiff", "heic", "heif", "avif", "jxl"];

/// Photographs in folders: every folder is a class, named as the folder; every file in it is a sample.
///
/// `photos/cat/1.jpg`, `photos/dog/a.png` and so on. Classes and files come in the order of their names. Files whose names
/// begin with a dot, and files that are no pictures by their names, are left out.
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

    /// Leaves out files that are broken or that cannot be read, and reports them, instead of refusing the whole folder.
    #[must_use]
    pub fn skip_broken(mut self) -> Self {
        self.skip = true;
        self
    }

    /// Reads everything. Also gives the files that were left out; none unless [`skip_broken`](Self::skip_broken) was
    /// asked for.
    ///
    /// # Errors
    /// [`Error::Io`] where a folder cannot be read, [`Error::File`] where there are no classes, no pictures or an unknown
    /// class, and for the first broken file, unless those are skipped.
    pub fn load(&self) -> Result<(Dataset, Vec<Broken>)> {
        let [height, width] = self.size;
        check_size(height, width)?;
        let (names, files) = self.files()?;
        let read = |(path, _): &(PathBuf, usize)| self.read(path);
        let mut pictures: Vec<Result<Vec<u8>>> = files.par_iter().map(read).collect();
        if !self.skip {
            let whole = pictures.into_iter().collect::<Result<Vec<_>>>()?;
            pictures = whole.into_iter().map(Ok).collect();
        }
        let (mut pixels, mut labels, mut broken) = (Vec::new(), Vec::new(), Vec::new());
        for ((path, class), picture) in files.into_iter().zip(pictures) {
            match picture {
                Ok(bytes) => {
                    pixels.extend(bytes);
                    labels.push(class);
                }
                Err(error) => broken.push(Broken {
                    path,
                    reason: error.to_string(),
                }),
            }
        }
        if labels.is_empty() {
            let got = format!("none ({} broken files)", broken.len());
            return Err(self.wrong("at least one readable picture in its folders", got));
        }
        let channels = if self.color { 3 } else { 1 };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let set = Dataset::from_pixels(pixels, [channels, height, width], labels, &names)?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        Ok((set.named(&name), broken))
    }

    /// The names of the classes, and all files with their classes.
    fn files(&self) -> Result<(Vec<String>, Vec<(PathBuf, usize)>)> {
        let folders: Vec<PathBuf> = entries(&self.path)?.into_iter().filter(|path| path.is_dir()).collect();
        let found: Vec<String> = folders.iter().map(|path| name(path)).collect();
        let names = self.classes.clone().unwrap_or_else(|| found.clone());
        if names.is_empty() {
            return Err(self.wrong("a folder with one folder per class", "no folder in it".into()));
        }
        let mut files = Vec::new();
        for (folder, found) in folders.iter().zip(&found) {
            let Some(class) = names.iter().position(|name| name == found) else {
                return Err(self.wrong(
                    &format!("only the classes {}", names.join(", ")),
                    format!("{found} too"),
                ));
            };
            for path in entries(folder)? {
                let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
                if path.is_file() && (READ.contains(&&*ending) || OTHER.contains(&&*ending)) {
                    files.push((path, class));
                }
            }
        }
        Ok((names, files))
    }

    /// The bytes of one picture, `(C, H, W)`.
    fn read(&self, path: &Path) -> Result<Vec<u8>> {
        let image = open_fitted(path, self.size, self.fit, self.color)?;
        Ok(image
            .pixels()
            .iter()
            .map(|value| (value * 255.0).round() as u8)
            .collect())
    }

    fn wrong(&self, expected: &str, got: String) -> Error {
        Error::File {
            path: self.path.clone(),
            expected: expected.into(),
            got,
            hint: "Every class is a folder of PNG or JPEG files: photos/cat/1.jpg".into(),
        }
    }
}

/// What stands in a folder, by name, without what is hidden.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let io = |source| Error::Io {
        path: folder.into(),
        source,
    };
    let entries = fs::read_dir(folder).map_err(io)?;
    let mut paths = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(io)?;
    paths.retain(|path| !name(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
