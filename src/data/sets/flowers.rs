//! Photographs of flowers, and the flowers that the project draws itself where they cannot be had.

use gradus_data::{Cache, Catalogue, Lines};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::folder::ImageFolder;
use crate::Result;
use crate::data::dataset::Dataset;
use crate::data::images::check_size;

pub(super) const CLASSES: [&str; 5] = ["daisy", "dandelion", "roses", "sunflowers", "tulips"];
/// Pictures of each class: for training, for testing.
pub(super) const COUNTS: [usize; 2] = [60, 20];
/// Each pixel of a drawing is the mean of so many by so many points.
const FINE: usize = 2;

/// Photographs of five kinds of flowers, in colour, scaled and cut to squares of `side` pixels: samples of shape
/// `[3, side, side]`, 300 for training and 100 for testing, as many of each class.
///
/// A part of TensorFlow's `flower_photos` (CC BY 2.0; `data/flowers5_attribution.txt` names the photographers). From the cache
/// if they are there, else downloaded (14 MB); where that fails too, drawn flowers stand in, with a notice that says why.
/// Taught in notebook 13.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) for a side of 0, [`Error::File`](crate::Error::File) where a file is there but
/// cannot be read.
pub fn flowers(side: usize) -> Result<(Dataset, Dataset)> {
    load(Cache::from_env(), side)
}

fn load(cache: gradus_data::Result<Cache>, side: usize) -> Result<(Dataset, Dataset)> {
    check_size(side, side)?;
    let fetched = cache.and_then(|cache| Catalogue::load()?.get("flowers5")?.fetch(&cache, &mut Lines::default()));
    match fetched {
        Ok(folder) => {
            let part = |name: &str, title: &str| {
                let files = ImageFolder::new(folder.join(name)).size(side, side).classes(&CLASSES);
                Ok::<_, crate::Error>(files.load()?.0.named(title))
            };
            Ok((
                part("train", "Flowers, training set")?,
                part("val", "Flowers, test set")?,
            ))
        }
        Err(reason) => {
            println!("{}", notice(&reason));
            Ok((
                drawn(COUNTS[0], side, 1)?.named("Drawn flowers, training set"),
                drawn(COUNTS[1], side, 2)?.named("Drawn flowers, test set"),
            ))
        }
    }
}

pub(super) fn notice(reason: &gradus_data::Error) -> String {
    format!(
        "NOTICE: The photographs of flowers are not here. These are flowers that the project draws itself, 300 for training \
         and 100 for testing: much easier than photographs, and results will differ from those of the text.\n  \
         Why: {reason}\n  To get them: cargo course data fetch flowers5"
    )
}

/// `n` drawn flowers of each class, class after class as in the folders.
fn drawn(n: usize, side: usize, seed: u64) -> Result<Dataset> {
    let pixels: Vec<u8> = (0..CLASSES.len() * n)
        .into_par_iter()
        .flat_map_iter(|i| draw(i / n, side, &mut rng(seed, i)))
        .collect();
    let labels = (0..CLASSES.len() * n).map(|i| i / n).collect();
    Dataset::from_pixels(pixels, [3, side, side], labels, &CLASSES)
}

/// Every picture has random numbers of its own, so that they can be drawn side by side.
pub(super) fn rng(seed: u64, i: usize) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(i as u64).to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// What is different from flower to flower of a kind.
struct Flower {
    petals: f32,
    turn: f32,
    paint: [f32; 3],
    light: f32,
}

/// The colour of a kind at a point, seen from its middle, where 1 is its radius; none where the ground shows.
type Kind = fn(f32, f32, &Flower) -> Option<[f32; 3]>;

const KINDS: [Kind; 5] = [daisy, dandelion, rose, sunflower, tulip];

/// How far a wreath of petals reaches out in the direction of a point, from `gap` between two petals to 1.
fn wreath(x: f32, y: f32, flower: &Flower, gap: f32) -> f32 {
    let angle = y.atan2(x) + flower.turn;
    gap + (1.0 - gap) * (angle * flower.petals / 2.0).cos().abs().sqrt()
}

fn daisy(x: f32, y: f32, flower: &Flower) -> Option<[f32; 3]> {
    let out = x.hypot(y);
    if out < 0.27 {
        return Some([0.95, 0.75, 0.15].map(|c| c * flower.light));
    }
    let shade = 0.8 + 0.2 * out;
    (out < wreath(x, y, flower, 0.35)).then_some([0.97, 0.96, 0.95].map(|c| c * shade * flower.light))
}

/// A yellow flower of very many narrow petals, in rings.
fn dandelion(x: f32, y: f32, flower: &Flower) -> Option<[f32; 3]> {
    let (out, angle) = (x.hypot(y), y.atan2(x) + flower.turn);
    let many = (angle * 3.0 * flower.petals).cos().abs();
    let ring = 0.5 + 0.5 * (24.0 * out + 2.0 * many).sin();
    (out < 0.86 + 0.14 * many).then_some([1.0, 0.85 - 0.2 * ring, 0.1].map(|c| c * (0.75 + 0.25 * many) * flower.light))
}

/// Petals wound around each other.
fn rose(x: f32, y: f32, flower: &Flower) -> Option<[f32; 3]> {
    let (out, angle) = (x.hypot(y), y.atan2(x) + flower.turn);
    let wound = (out * 5.0 + angle * 2.5 / std::f32::consts::PI).fract();
    let edge = 0.9 + 0.06 * (5.0 * angle).sin();
    (out < edge).then_some(flower.paint.map(|c| c * (0.45 + 0.55 * wound) * flower.light))
}

fn sunflower(x: f32, y: f32, flower: &Flower) -> Option<[f32; 3]> {
    let out = x.hypot(y);
    if out < 0.5 {
        let seeds = 0.5 + 0.5 * ((x + y) * 22.0).sin() * ((x - y) * 22.0).sin();
        return Some([0.38, 0.22, 0.08].map(|c| c * (0.6 + 0.6 * seeds) * flower.light));
    }
    (out < wreath(x, y, flower, 0.55)).then_some([0.98, 0.72 + 0.15 * out, 0.08].map(|c| c * flower.light))
}

/// A cup on a stem, seen from the side.
fn tulip(x: f32, y: f32, flower: &Flower) -> Option<[f32; 3]> {
    let (x, y) = (1.25 * x, 1.1 * y);
    if y > 0.35 && (x - 0.05 * flower.turn.sin()).abs() < 0.07 {
        return Some([0.25, 0.5, 0.18].map(|c| c * flower.light));
    }
    let rim = -0.75 + 0.3 * (x * 7.0 + 0.5).sin().abs();
    let side = 0.65 * (1.0 - ((y + 0.1) / 0.75).powi(2)).max(0.0).sqrt();
    let inside = y > rim && y < 0.62 && x.abs() < side.max(0.3 * f32::from(y < 0.0));
    inside.then_some(
        flower
            .paint
            .map(|c| c * (1.0 - 0.5 * (1.5 * x).abs().fract()) * flower.light),
    )
}

/// The bytes `(3, side, side)` of one picture.
pub(super) fn draw(class: usize, side: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let paints = [
        [0.9, 0.15, 0.2],
        [0.95, 0.5, 0.65],
        [0.95, 0.8, 0.25],
        [0.97, 0.93, 0.9],
        [0.75, 0.3, 0.65],
    ];
    let flower = Flower {
        petals: [
            f32::from(rng.gen_range(12..18_u8)),
            14.0,
            5.0,
            f32::from(rng.gen_range(14..20_u8)),
            3.0,
        ][class],
        turn: rng.gen_range(0.0..std::f32::consts::TAU),
        paint: paints[rng.gen_range(0..paints.len())],
        light: rng.gen_range(0.7..1.0),
    };
    let radius = rng.gen_range(0.25..0.48_f32);
    let place = [0; 2].map(|_| rng.gen_range(0.35..0.65_f32));
    let grass = [
        rng.gen_range(0.1..0.4),
        rng.gen_range(0.3..0.6),
        rng.gen_range(0.08..0.3),
    ];
    let waves: [f32; 4] = [0; 4].map(|_| rng.gen_range(5.0..40.0));
    let mut out = vec![0; 3 * side * side];
    for row in 0..side {
        for column in 0..side {
            let mut color = [0.0; 3];
            for fine in 0..FINE * FINE {
                let at = |pixel: usize, part: usize| (pixel as f32 + (part as f32 + 0.5) / FINE as f32) / side as f32;
                let (x, y) = (at(column, fine % FINE), at(row, fine / FINE));
                let (u, v) = ((x - place[0]) / radius, (y - place[1]) / radius);
                let here = KINDS[class](u, v, &flower).unwrap_or_else(|| {
                    let blades = (waves[0] * x + waves[1] * y).sin() * (waves[2] * x - waves[3] * y).cos();
                    grass.map(|c: f32| c * (0.8 + 0.35 * blades))
                });
                (0..3).for_each(|c| color[c] += here[c] / (FINE * FINE) as f32);
            }
            for (c, value) in color.into_iter().enumerate() {
                let grain = rng.gen_range(-0.05..0.05_f32);
                out[(c * side + row) * side + column] = ((value + grain).clamp(0.0, 1.0) * 255.0).round() as u8;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> (tempfile::TempDir, gradus_data::Result<Cache>) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path()).offline(true);
        (dir, Ok(cache))
    }

    #[test]
    fn without_the_files_drawn_flowers_stand_in_and_say_so() {
        let (train, test) = load(empty().1, 32).unwrap();
        assert_eq!((train.sample_shape(), test.len()), (&[3, 32, 32][..], 100));
        assert_eq!(train.class_counts(), [60; 5]);
        assert_eq!(train.class_names(), CLASSES);
        assert_ne!(train.values(0).unwrap(), test.values(0).unwrap(), "two sets");
        let again = load(empty().1, 32).unwrap().0;
        assert_eq!(
            train.values(77).unwrap(),
            again.values(77).unwrap(),
            "the same every time"
        );
        let text = notice(&gradus_data::Error::NoCacheFolder);
        assert!(
            text.contains("NOTICE") && text.contains("data fetch flowers5"),
            "{text}"
        );
        assert!(load(empty().1, 0).is_err());
    }

    #[test]
    fn the_photographs_are_read_where_they_are() {
        let Some(root) = std::env::var_os("GRADUS_DATA") else {
            println!("skipped: GRADUS_DATA is not set");
            return;
        };
        let folder = std::path::Path::new(&root).join("flowers5");
        if !folder.is_dir() {
            println!("skipped: flowers5 is not in the cache");
            return;
        }
        let (train, test) = load(Ok(Cache::at(&root).offline(true)), 24).unwrap();
        assert_eq!(
            (train.name(), test.name()),
            ("Flowers, training set", "Flowers, test set")
        );
        assert_eq!((train.class_counts(), test.class_counts()), (vec![60; 5], vec![20; 5]));
        assert_eq!(train.class_names(), CLASSES);

        // The same files with one that is cut short: it is found before it is read, by its name.
        let dir = tempfile::tempdir().unwrap();
        for set in ["train", "val"] {
            for class in CLASSES {
                let (from, to) = (
                    folder.join(set).join(class),
                    dir.path().join("flowers5").join(set).join(class),
                );
                std::fs::create_dir_all(&to).unwrap();
                for file in std::fs::read_dir(from).unwrap().map(|file| file.unwrap()) {
                    std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
                }
            }
        }
        let catalogue = Catalogue::load().unwrap();
        let (set, cache) = (catalogue.get("flowers5").unwrap(), Cache::at(dir.path()).offline(true));
        let victim = cache.path(set, &set.files()[123]);
        let bytes = std::fs::read(&victim).unwrap();
        std::fs::write(&victim, &bytes[..bytes.len() / 2]).unwrap();
        let refused = set.fetch(&cache, &mut Lines::default()).unwrap_err().to_string();
        assert!(refused.contains(&*victim.to_string_lossy()), "{refused}");
        let error = ImageFolder::new(dir.path().join("flowers5/train")).load().unwrap_err();
        assert!(error.to_string().contains(&*victim.to_string_lossy()), "{error}");
    }
}
