//! Two photographs to look at, and what the project draws itself where they cannot be had.

use gradus_data::{Cache, Catalogue, Lines};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Result;
use crate::data::images::Image;

/// Files of the set, by name.
const PHOTOS: [(&str, &str); 2] = [("cat", "cat.jpeg"), ("dog", "dog.jpg")];
const DRAWN: [usize; 2] = [240, 320];

/// Photographs of a cat and of a dog, in colour, each of its own size, with their names.
///
/// From the cache if they are there, else downloaded; where that fails too, two pictures that the project draws itself stand
/// in, with a notice that says why. Taught in notebook 09.
///
/// # Errors
/// If the files are there but cannot be read.
pub fn sample_photos() -> Result<Vec<(String, Image)>> {
    load(Cache::from_env())
}

fn load(cache: gradus_data::Result<Cache>) -> Result<Vec<(String, Image)>> {
    let fetched = cache.and_then(|cache| {
        Catalogue::load()?
            .get("sample-photos")?
            .fetch(&cache, &mut Lines::default())
    });
    match fetched {
        Ok(folder) => PHOTOS
            .iter()
            .map(|(name, file)| Ok(((*name).to_string(), Image::open(folder.join(file))?)))
            .collect(),
        Err(reason) => {
            println!("{}", notice(&reason));
            Ok(vec![
                ("drawn house".into(), draw(1, house)?),
                ("drawn fruit".into(), draw(2, fruit)?),
            ])
        }
    }
}

fn notice(reason: &gradus_data::Error) -> String {
    format!(
        "NOTICE: The sample photographs are not here. These two pictures are drawn by the project itself: what the text says \
         about a photograph holds for them only roughly.\n  Why: {reason}\n  To get them: cargo course data fetch sample-photos"
    )
}

/// Colours of points, `x` from 0 to 4/3, `y` from 0 (top) to 1, with roughness from 0 to 1 at the point.
type Scene = fn(f32, f32, f32) -> [f32; 3];

/// Paints a scene: every pixel is the mean of four points, under a little grain.
fn draw(seed: u64, scene: Scene) -> Result<Image> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let clouds = Roughness::new(&mut rng);
    let [height, width] = DRAWN;
    let mut pixels = vec![0.0; 3 * height * width];
    for row in 0..height {
        for column in 0..width {
            let grain = rng.gen_range(-0.015..0.015_f32);
            for part in 0..4 {
                let x = (column as f32 + 0.25 + 0.5 * (part % 2) as f32) / height as f32;
                let y = (row as f32 + 0.25 + 0.5 * (part / 2) as f32) / height as f32;
                let color = scene(x, y, clouds.at(x, y));
                for (c, value) in color.into_iter().enumerate() {
                    pixels[(c * height + row) * width + column] += (value + grain).clamp(0.0, 1.0) / 4.0;
                }
            }
        }
    }
    Image::new(3, height, width, pixels)
}

/// Random values at the corners of finer and finer grids, smoothly joined (value noise).
struct Roughness(Vec<f32>);

impl Roughness {
    const GRID: usize = 64;

    fn new(rng: &mut ChaCha8Rng) -> Self {
        Self((0..Self::GRID * Self::GRID).map(|_| rng.r#gen()).collect())
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        (0..5)
            .map(|octave| self.smooth(x * (4 << octave) as f32, y * (4 << octave) as f32) / (2 << octave) as f32)
            .sum()
    }

    fn smooth(&self, x: f32, y: f32) -> f32 {
        let corner = |r: f32, c: f32| self.0[(r as usize % Self::GRID) * Self::GRID + c as usize % Self::GRID];
        let (c, r) = (x.floor(), y.floor());
        let ease = |t: f32| t * t * (3.0 - 2.0 * t);
        let (tx, ty) = (ease(x - c), ease(y - r));
        let line = |r: f32| corner(r, c) * (1.0 - tx) + corner(r, c + 1.0) * tx;
        line(r) * (1.0 - ty) + line(r + 1.0) * ty
    }
}

fn mix(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    std::array::from_fn(|c| a[c] + (b[c] - a[c]) * t.clamp(0.0, 1.0))
}

/// A house on a meadow, hills and clouds.
fn house(x: f32, y: f32, rough: f32) -> [f32; 3] {
    let within = |x0: f32, x1: f32, y0: f32, y1: f32| (x0..x1).contains(&x) && (y0..y1).contains(&y);
    let panes = [(0.46, 0.56), (0.72, 0.82)];
    if panes.iter().any(|&(a, b)| within(a, b, 0.56, 0.68)) {
        let bar = panes.iter().any(|&(a, b)| (x - (a + b) / 2.0).abs() < 0.006) || (y - 0.62).abs() < 0.006;
        return if bar { [0.95, 0.93, 0.88] } else { [0.16, 0.24, 0.36] };
    }
    if within(0.6, 0.68, 0.62, 0.8) {
        return [0.36, 0.2, 0.12];
    }
    if within(0.4, 0.88, 0.5, 0.8) {
        // Rows of boards.
        let gap = (y * 40.0).fract() < 0.15;
        return if gap { [0.62, 0.5, 0.4] } else { [0.85, 0.72, 0.58] };
    }
    if within(0.76, 0.82, 0.22, 0.4) && y > 0.24 {
        return [0.5, 0.3, 0.27];
    }
    if y < 0.5 && y > 0.26 + 0.9 * (x - 0.64).abs() {
        let tile = ((x * 36.0).fract() < 0.12) ^ ((y * 30.0).fract() < 0.18);
        return if tile { [0.42, 0.13, 0.1] } else { [0.66, 0.24, 0.17] };
    }
    if y > 0.74 + 0.03 * (x * 5.0).sin() {
        return mix([0.13, 0.3, 0.09], [0.45, 0.62, 0.2], 1.6 * rough - 0.3);
    }
    if y > 0.56 - 0.12 * (x * 4.2 + 0.6).sin() {
        return mix([0.22, 0.38, 0.3], [0.4, 0.52, 0.38], rough);
    }
    if (x - 1.1).hypot(y - 0.18) < 0.08 {
        return [1.0, 0.93, 0.66];
    }
    let sky = mix([0.3, 0.52, 0.85], [0.75, 0.85, 0.95], 1.6 * y);
    mix(sky, [0.97, 0.97, 0.98], 5.0 * (rough - 0.5))
}

/// Fruit in front of a checked wall, lit from the left.
fn fruit(x: f32, y: f32, rough: f32) -> [f32; 3] {
    for (cx, cy, radius, color) in [
        (0.42, 0.6, 0.2, [0.85, 0.22, 0.16]),
        (0.92, 0.66, 0.15, [0.95, 0.6, 0.12]),
        (0.7, 0.72, 0.12, [0.45, 0.68, 0.22]),
    ] {
        let (dx, dy) = ((x - cx) / radius, (y - cy) / radius);
        let out = dx.hypot(dy);
        if out < 1.0 {
            let light = 0.35 + 0.75 * ((1.0 - out * out).sqrt() * 0.6 - 0.5 * dx - 0.5 * dy).clamp(0.0, 1.0);
            let shine = (1.0 - ((dx + 0.4).hypot(dy + 0.4)) / 0.25).clamp(0.0, 1.0);
            let body = color.map(|c| (c * light * (0.85 + 0.3 * rough)).min(1.0));
            return mix(body, [1.0; 3], 0.8 * shine);
        }
    }
    if y > 0.78 {
        let rings = ((x * 3.0 + 2.5 * rough) * 9.0).fract();
        let shadow = if (x - 0.62).abs() < 0.55 && y < 0.88 { 0.72 } else { 1.0 };
        return mix([0.42, 0.25, 0.13], [0.62, 0.42, 0.24], rings).map(|c| c * shadow);
    }
    let check = ((x * 9.0) as usize + (y * 9.0) as usize).is_multiple_of(2);
    let wall = if check { [0.62, 0.68, 0.72] } else { [0.86, 0.88, 0.86] };
    mix(wall, [0.3, 0.35, 0.42], 0.6 * x - 0.2 + 0.1 * rough)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_files_drawn_pictures_stand_in_and_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let drawn = load(Ok(Cache::at(dir.path()).offline(true))).unwrap();
        let names: Vec<&str> = drawn.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["drawn house", "drawn fruit"]);
        assert_eq!(drawn[0].1.shape(), [3, 240, 320]);
        assert_eq!(drawn[1].1, draw(2, fruit).unwrap(), "the same picture every time");
        let text = notice(&gradus_data::Error::NoCacheFolder);
        assert!(
            text.contains("NOTICE") && text.contains("data fetch sample-photos"),
            "{text}"
        );
    }
}
