//! Photographs of blood under a microscope, with a box around every cell.

use std::fs;
use std::path::{Path, PathBuf};

use gradus_data::{Cache, Catalogue, Silent};

use super::annotations::{Annotation, Policy};
use super::scenes::Scenes;
use crate::{Error, Result};

const CLASSES: [&str; 3] = ["RBC", "WBC", "Platelets"];
/// The parts of the set in the catalogue: pictures, annotations, lists of names.
const PARTS: [&str; 3] = ["bccd-images", "bccd-annotations", "bccd-splits"];

/// BCCD: 364 photographs of blood cells, 640 x 480 pixels, reduced to `size` = `[height, width]`, in colour: 205 for
/// training, 87 for validation and 72 for testing, as the lists of the set have it. Classes: red blood cells (RBC), white
/// blood cells (WBC), platelets. `None` where the files are neither in the cache nor to be had, with a notice that says why.
///
/// Two boxes without an area are left out; boxes that reach beyond the picture are cut off.
/// Shenggan/BCCD_Dataset on GitHub, MIT licence. Taught in notebook 21.
///
/// # Errors
/// If the files are there but cannot be read, or if a side of `size` is 0.
pub fn bccd(size: [usize; 2]) -> Result<Option<(Scenes, Scenes, Scenes)>> {
    let folders = Cache::from_env().and_then(|cache| {
        let catalogue = Catalogue::load()?;
        let fetch = |name: &&str| catalogue.get(name)?.fetch(&cache, &mut Silent);
        PARTS.iter().map(fetch).collect::<Result<Vec<PathBuf>, _>>()
    });
    match folders {
        Ok(folders) => {
            let part = |list, name| load(&folders, size, list, name);
            let train = part("train", "BCCD, training set")?;
            Ok(Some((
                train,
                part("val", "BCCD, validation set")?,
                part("test", "BCCD, test set")?,
            )))
        }
        Err(reason) => {
            println!(
                "NOTICE: The photographs of blood cells are not here.\n  Why: {reason}\n  To get them: cargo course data \
                 fetch bccd-images bccd-annotations bccd-splits"
            );
            Ok(None)
        }
    }
}

fn load(folders: &[PathBuf], size: [usize; 2], list: &str, name: &str) -> Result<Scenes> {
    let path = folders[2].join(format!("{list}.txt"));
    let text = fs::read_to_string(&path).map_err(|source| Error::Io { path, source })?;
    let pair = |name: &str| -> Result<(PathBuf, Annotation)> {
        let file = |folder: &Path, ending: &str| folder.join(format!("{name}.{ending}"));
        Ok((file(&folders[0], "jpg"), Annotation::voc(file(&folders[1], "xml"))?))
    };
    let files: Vec<(PathBuf, Annotation)> = text.split_whitespace().map(pair).collect::<Result<_>>()?;
    Ok(Scenes::read(&files, size, &CLASSES, Policy::Clip)?.0.named(name))
}
