//! Photographs of blood under a microscope, with a box around every cell.

use std::fs;
use std::path::{Path, PathBuf};

use gradus_data::{Cache, Catalogue, Silent};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::boxes::{Box2D, Object};
use crate::data::annotations::Scenes;
use crate::data::annotations::{Annotation, Policy};
use crate::data::images::Image;
use crate::{Error, Result};

const CLASSES: [&str; 3] = ["RBC", "WBC", "Platelets"];
/// The parts of the set in the catalogue: pictures, annotations, lists of names.
const PARTS: [&str; 3] = ["bccd-images", "bccd-annotations", "bccd-splits"];

/// BCCD: 364 photographs of blood cells, 640 x 480 pixels, reduced to `size` = `[height, width]`, in colour: 205 for
/// training, 87 for validation and 72 for testing, as the lists of the set have it. Classes: red blood cells (RBC), white
/// blood cells (WBC), platelets.
///
/// From the cache if they are there, else downloaded; where that fails too, 60 + 20 + 20 pictures of discs that the project
/// draws itself stand in, with a notice that says why; the names of the sets say which they are. Two boxes without an area
/// are left out; boxes that reach beyond the picture are cut off.
/// Shenggan/BCCD_Dataset on GitHub, MIT licence. Taught in notebook 21.
///
/// # Errors
/// If the files are there but cannot be read, or if a side of `size` is below 24.
pub fn bccd(size: [usize; 2]) -> Result<(Scenes, Scenes, Scenes)> {
    bccd_from(Cache::from_env(), size)
}

fn bccd_from(cache: gradus_data::Result<Cache>, size: [usize; 2]) -> Result<(Scenes, Scenes, Scenes)> {
    if size.iter().any(|side| *side < 24) {
        return Err(Error::Argument {
            what: "size of the photographs".into(),
            expected: "at least 24 x 24 pixels: cells vanish below".into(),
            got: format!("{} x {}", size[0], size[1]),
        });
    }
    let folders = cache.and_then(|cache| {
        let catalogue = Catalogue::load()?;
        let fetch = |name: &&str| catalogue.get(name)?.fetch(&cache, &mut Silent);
        PARTS.iter().map(fetch).collect::<Result<Vec<PathBuf>, _>>()
    });
    match folders {
        Ok(folders) => {
            let part = |list, name| load(&folders, size, list, name);
            let train = part("train", "BCCD, training set")?;
            Ok((
                train,
                part("val", "BCCD, validation set")?,
                part("test", "BCCD, test set")?,
            ))
        }
        Err(reason) => {
            println!("{}", notice(&reason));
            let part = |n, seed, name| drawn(n, size, seed).map(|set| set.named(name));
            let train = part(60, 1, "Drawn cells, training set")?;
            let valid = part(20, 2, "Drawn cells, validation set")?;
            Ok((train, valid, part(20, 3, "Drawn cells, test set")?))
        }
    }
}

fn notice(reason: &gradus_data::Error) -> String {
    format!(
        "NOTICE: The photographs of blood cells are not here. These cells are discs that the project draws itself, 60 \
         pictures for training: results will differ from those of the text.\n  Why: {reason}\n  To get them: cargo course \
         data fetch bccd-images bccd-annotations bccd-splits"
    )
}

/// How often a kind of cell comes in a drawn picture, its radius on 480 rows, and the colours of its rim and its middle.
struct Kind {
    count: [usize; 2],
    radius: f32,
    rim: [f32; 3],
    middle: [f32; 3],
}

const KINDS: [Kind; 3] = [
    Kind {
        count: [7, 12],
        radius: 50.0,
        rim: [0.8, 0.55, 0.52],
        middle: [0.9, 0.72, 0.68],
    },
    Kind {
        count: [1, 1],
        radius: 90.0,
        rim: [0.78, 0.7, 0.82],
        middle: [0.42, 0.25, 0.6],
    },
    Kind {
        count: [0, 2],
        radius: 19.0,
        rim: [0.62, 0.48, 0.74],
        middle: [0.5, 0.35, 0.66],
    },
];

/// `n` pictures of discs on a light ground, which overlap a little.
fn drawn(n: usize, size: [usize; 2], seed: u64) -> Result<Scenes> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut images, mut objects) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let (image, found) = draw(size, &mut rng)?;
        images.push(image);
        objects.push(found);
    }
    Scenes::new(images, objects, &CLASSES)
}

fn draw([height, width]: [usize; 2], rng: &mut ChaCha8Rng) -> Result<(Image, Vec<Object>)> {
    let (h, w, plane) = (height as f32, width as f32, height * width);
    let scale = h.min(w) / 480.0;
    let mut pixels: Vec<f32> = [0.9, 0.87, 0.84].iter().flat_map(|v| vec![*v; plane]).collect();
    let mut objects: Vec<Object> = Vec::new();
    for class in [1, 0, 2] {
        let kind = &KINDS[class];
        for _ in 0..rng.gen_range(kind.count[0]..=kind.count[1]) {
            let radius = kind.radius * scale * rng.gen_range(0.85..1.15);
            let (x, y) = (rng.gen_range(radius..w - radius), rng.gen_range(radius..h - radius));
            let bounds = Box2D::centered(x, y, 2.0 * radius, 2.0 * radius);
            if objects.iter().any(|o| o.bounds.iou(&bounds) > 0.1) {
                continue;
            }
            for i in 0..plane {
                let (dx, dy) = ((i % width) as f32 + 0.5 - x, (i / width) as f32 + 0.5 - y);
                let out = dx.hypot(dy) / radius;
                if out < 1.0 {
                    let share = if out < 0.55 { 0.0 } else { 1.0 };
                    for c in 0..3 {
                        pixels[c * plane + i] = kind.middle[c] + (kind.rim[c] - kind.middle[c]) * share;
                    }
                }
            }
            objects.push(Object { bounds, class });
        }
    }
    for value in &mut pixels {
        *value = (*value + rng.gen_range(-0.06..0.06_f32)).clamp(0.0, 1.0);
    }
    Ok((Image::new(3, height, width, pixels)?, objects))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_photographs_drawn_cells_stand_in_and_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let (train, valid, test) = bccd_from(Ok(Cache::at(dir.path()).offline(true)), [60, 80]).unwrap();
        assert_eq!([train.len(), valid.len(), test.len()], [60, 20, 20]);
        assert!(train.name().starts_with("Drawn cells") && train.class_counts().iter().all(|n| *n > 10));
        let text = notice(&gradus_data::Error::NoCacheFolder);
        assert!(
            text.contains("NOTICE") && text.contains("data fetch bccd-images"),
            "{text}"
        );
        assert!(bccd_from(Ok(Cache::at(dir.path()).offline(true)), [20, 80]).is_err());
    }
}
