//! Digits scattered over a canvas, with their boxes: a set for detectors that needs no network.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::mnist::digits;
use crate::boxes::{Box2D, Object};
use crate::data::annotations::Scenes;
use crate::data::dataset::Dataset;
use crate::data::images::Image;
use crate::{Error, Result};

const SIDE: usize = 64;
const MOST: usize = 4;
/// Two digits may overlap by this IoU.
const OVERLAP: f32 = 0.08;

/// `n` pictures for training and `n / 5` (at least one) for testing, samples of shape `[1, 64, 64]`, with one to four of the
/// [bundled digits](super::digits) each, between 0.5 and 1.1 times their size, over grey noise. The boxes fit the ink; the
/// test set shows digits that the training set does not have. They need no network and no cache. Taught in notebook 21.
///
/// # Errors
/// If `n` is 0.
pub fn digit_scenes(n: usize, seed: u64) -> Result<(Scenes, Scenes)> {
    if n == 0 {
        return Err(Error::Argument {
            what: "number of scenes".into(),
            expected: "at least 1".into(),
            got: "0".into(),
        });
    }
    let (train, test) = digits()?;
    let few = n.div_ceil(5);
    Ok((
        scenes(&train, n, seed)?.named("Digit scenes, training set"),
        scenes(&test, few, seed ^ 0x7e57)?.named("Digit scenes, test set"),
    ))
}

fn scenes(digits: &Dataset, n: usize, seed: u64) -> Result<Scenes> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut images, mut objects) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let (image, found) = scene(digits, &mut rng)?;
        images.push(image);
        objects.push(found);
    }
    Scenes::new(images, objects, digits.class_names())
}

fn scene(digits: &Dataset, rng: &mut ChaCha8Rng) -> Result<(Image, Vec<Object>)> {
    let ground = rng.gen_range(0.0..0.3_f32);
    let mut pixels = vec![ground; SIDE * SIDE];
    let mut objects: Vec<Object> = Vec::new();
    let wanted = rng.gen_range(1..=MOST);
    // A full canvas has no place for another digit: so the tries are counted too.
    for _ in 0..8 * wanted {
        if objects.len() == wanted {
            break;
        }
        let i = rng.gen_range(0..digits.len());
        let side = (28.0 * rng.gen_range(0.5..1.1_f32)) as usize;
        let digit = digits.image(i)?.resize(side, side)?;
        let (x, y) = (rng.gen_range(0..SIDE - side), rng.gen_range(0..SIDE - side));
        // Thin strokes fade when they shrink.
        let brightest = digit.pixels().iter().copied().fold(0.0, f32::max);
        let Some(ink) = ink(&digit, 0.3 * brightest) else {
            continue;
        };
        let (left, top) = (x as f32, y as f32);
        let bounds = Box2D::new(ink.xmin + left, ink.ymin + top, ink.xmax + left, ink.ymax + top);
        if objects.iter().all(|other| other.bounds.iou(&bounds) < OVERLAP) {
            let light = rng.gen_range(0.75..1.0_f32);
            for (row, line) in digit.pixels().chunks_exact(side).enumerate() {
                for (column, value) in line.iter().enumerate() {
                    let pixel = &mut pixels[(y + row) * SIDE + x + column];
                    *pixel += value / brightest * (light - *pixel).max(0.0);
                }
            }
            let class = digits.label(i)?;
            objects.push(Object { bounds, class });
        }
    }
    for pixel in &mut pixels {
        *pixel = (*pixel + rng.gen_range(-0.1..0.1_f32)).clamp(0.0, 1.0);
    }
    Ok((Image::new(1, SIDE, SIDE, pixels)?, objects))
}

/// The box around the pixels that are clearly lighter than the ground.
fn ink(digit: &Image, least: f32) -> Option<Box2D> {
    let (side, pixels) = (digit.width(), digit.pixels());
    let mut lit = (0..pixels.len())
        .filter(|i| pixels[*i] > least)
        .map(|i| (i % side, i / side))
        .peekable();
    lit.peek()?;
    let around =
        |b: Box2D, (x, y): (usize, usize)| b.hull(&Box2D::new(x as f32, y as f32, x as f32 + 1.0, y as f32 + 1.0));
    let nothing = Box2D::new(f32::MAX, f32::MAX, f32::MIN, f32::MIN);
    Some(lit.fold(nothing, around))
}
