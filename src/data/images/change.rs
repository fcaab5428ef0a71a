//! What an augmentation does to a picture: the draws, the map of its pixels, tones, cutout.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::augment::Augment;
use super::image::Image;
use super::warp::{Map, warp};
use crate::Result;

/// Random numbers of one picture, each from 0 up to 1, one for each thing that may happen to it.
struct Draws {
    flip: [f64; 2],
    crop: [f64; 2],
    rotate: f64,
    shift: [f64; 2],
    zoom: f64,
    shear: f64,
    tone: [f64; 3],
    cutout: [f64; 2],
}

impl Augment {
    /// The picture as sample `sample` of a set looks in epoch `epoch`.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) where a setting is wrong.
    pub fn image(&self, image: &Image, sample: usize, epoch: u64) -> Result<Image> {
        self.check_settings()?;
        let [channels, height, width] = image.shape();
        let mut pixels = image.pixels().to_vec();
        self.apply(&mut pixels, image.shape(), sample, epoch, &vec![0.0; channels]);
        // Rounding may leave the range by a hair.
        pixels.iter_mut().for_each(|p| *p = p.clamp(0.0, 1.0));
        Image::new(channels, height, width, pixels)
    }

    /// Changes the values `(C, H, W)` of one picture, before normalization. `blank` is what cutout leaves, per channel.
    pub(in crate::data) fn apply(
        &self,
        values: &mut [f32],
        shape: [usize; 3],
        sample: usize,
        epoch: u64,
        blank: &[f32],
    ) {
        let draws = self.draw(sample, epoch);
        let map = self.map(&draws, shape);
        if map != Map::IDENTITY {
            values.copy_from_slice(&warp(values, shape, map, self.fill));
        }
        self.retone(values, shape, &draws);
        self.cut(values, shape, &draws, blank);
    }

    /// The random numbers of one picture in one epoch: always all of them, whatever is asked for.
    fn draw(&self, sample: usize, epoch: u64) -> Draws {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&epoch.to_le_bytes());
        key[16..24].copy_from_slice(&(sample as u64).to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        let mut next = || rng.r#gen::<f64>();
        Draws {
            flip: [next(), next()],
            crop: [next(), next()],
            rotate: next(),
            shift: [next(), next()],
            zoom: next(),
            shear: next(),
            tone: [next(), next(), next()],
            cutout: [next(), next()],
        }
    }

    /// Where each pixel of the changed picture comes from.
    fn map(&self, draws: &Draws, [_, height, width]: [usize; 3]) -> Map {
        let sign = |i: usize| if self.flip[i] && draws.flip[i] < 0.5 { -1.0 } else { 1.0 };
        let flip = Map([sign(0), 0.0, 0.0, 0.0, sign(1), 0.0]);
        let places = (2 * self.crop + 1) as f64;
        let moved = |i: usize| (draws.crop[i] * places).floor() - self.crop as f64;
        let crop = Map([1.0, 0.0, moved(0), 0.0, 1.0, moved(1)]);
        self.affine(draws, [height, width]).then(crop).then(flip)
    }

    /// The inverse of shear, then zoom and rotation, then shift, as in `torchvision.transforms.functional.affine`.
    fn affine(&self, draws: &Draws, [height, width]: [usize; 2]) -> Map {
        let around = |most: f32, draw: f64| f64::from(most) * (2.0 * draw - 1.0);
        let angle = around(self.degrees, draws.rotate).to_radians();
        let shear = around(self.shear, draws.shear).to_radians();
        let shift = [width, height].map(|side| side as f64);
        let [dx, dy] = [0, 1].map(|i| shift[i] * around(self.shift, draws.shift[i]));
        let [from, to] = self.zoom.map(f64::from);
        let zoom = from + (to - from) * draws.zoom;
        let (sin, cos) = angle.sin_cos();
        let slant = shear.tan();
        let [a, b, d, e] = [cos - sin * slant, sin + cos * slant, -sin, cos].map(|n| n / zoom);
        Map([a, b, -a * dx - b * dy, d, e, -d * dx - e * dy])
    }

    fn retone(&self, values: &mut [f32], shape: [usize; 3], draws: &Draws) {
        let factor = |i: usize| {
            let most = self.tone[i];
            let low = (1.0 - most).max(0.0);
            low + (1.0 + most - low) * draws.tone[i] as f32
        };
        if self.tone[0] > 0.0 {
            let f = factor(0);
            values.iter_mut().for_each(|v| *v = (f * *v).clamp(0.0, 1.0));
        }
        if self.tone[1] > 0.0 {
            let grey = grey(values, shape);
            let mean = (grey.iter().map(|&g| f64::from(g)).sum::<f64>() / grey.len().max(1) as f64) as f32;
            let f = factor(1);
            values.iter_mut().for_each(|v| *v = blend(*v, mean, f));
        }
        if self.tone[2] > 0.0 && shape[0] == 3 {
            let grey = grey(values, shape);
            let f = factor(2);
            for plane in values.chunks_exact_mut(grey.len().max(1)) {
                plane.iter_mut().zip(&grey).for_each(|(v, g)| *v = blend(*v, *g, f));
            }
        }
    }

    fn cut(&self, values: &mut [f32], [_, height, width]: [usize; 3], draws: &Draws, blank: &[f32]) {
        if self.cutout == 0 {
            return;
        }
        let range = |size: usize, draw: f64| {
            let middle = (draw * size as f64) as usize;
            let from = middle.saturating_sub(self.cutout / 2);
            from..(middle + self.cutout.div_ceil(2)).min(size)
        };
        let (rows, columns) = (range(height, draws.cutout[0]), range(width, draws.cutout[1]));
        for (plane, &blank) in values.chunks_exact_mut(height * width).zip(blank) {
            for row in rows.clone() {
                plane[row * width..][columns.clone()].fill(blank);
            }
        }
    }
}

/// The brightness of each pixel, weighted as the eye does (ITU-R BT.601, as in torchvision).
fn grey(values: &[f32], [channels, height, width]: [usize; 3]) -> Vec<f32> {
    let plane = height * width;
    if channels != 3 {
        return values[..plane].to_vec();
    }
    let [red, green, blue] = [0, 1, 2].map(|c| &values[c * plane..(c + 1) * plane]);
    let pixels = red.iter().zip(green).zip(blue);
    pixels.map(|((r, g), b)| 0.2989 * r + 0.587 * g + 0.114 * b).collect()
}

/// `factor` times as far from `base` as `value` is, within 0 and 1.
fn blend(value: f32, base: f32, factor: f32) -> f32 {
    (factor * value + (1.0 - factor) * base).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::data::Fill;

    /// What `tests/data/augment.py` wrote.
    #[derive(Deserialize)]
    struct Golden {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        op: String,
        options: serde_json::Value,
        input: Vec<f32>,
        shape: [usize; 3],
        output: Vec<f32>,
    }

    /// Draws in the middle: nothing is changed.
    fn still() -> Draws {
        Draws {
            flip: [0.9; 2],
            crop: [0.5; 2],
            rotate: 0.5,
            shift: [0.5; 2],
            zoom: 0.5,
            shear: 0.5,
            tone: [0.5; 3],
            cutout: [0.5; 2],
        }
    }

    /// The augmentation and the draws that do what a case asks for.
    fn set_up(case: &Case) -> (Augment, Draws) {
        let (option, mut draws) = (|name: &str| case.options[name].as_f64().unwrap(), still());
        let plain = Augment::new(0);
        let which = ["brightness", "contrast", "color"]
            .iter()
            .position(|&name| name == case.op);
        if let Some(i) = which {
            draws.tone[i] = option("factor") / 2.0;
            return (
                [Augment::brightness, Augment::contrast, Augment::color][i](plain, 1.0),
                draws,
            );
        }
        // `most * (2 * draw - 1)` shall be the wanted number.
        let of = |wanted: f64, most: f64| (wanted / most + 1.0) / 2.0;
        draws.rotate = of(option("angle"), 180.0);
        draws.shear = of(option("shear"), 64.0);
        let [_, height, width] = case.shape;
        let moved = |i: usize| case.options["translate"][i].as_f64().unwrap();
        draws.shift = [of(moved(0), width as f64), of(moved(1), height as f64)];
        let zoom = option("scale") as f32;
        (plain.rotate(180.0).shear(64.0).shift(1.0).zoom(zoom, zoom), draws)
    }

    #[test]
    fn places_and_tones_agree_with_torchvision() {
        let golden: Golden = serde_json::from_str(include_str!("../../../tests/data/augment.json")).unwrap();
        let mut seen = 0;
        for case in &golden.cases {
            if !["affine", "brightness", "contrast", "color"].contains(&case.op.as_str()) {
                continue;
            }
            let (augment, draws) = set_up(case);
            augment.check_settings().unwrap();
            let mut values = case.input.clone();
            if case.op == "affine" {
                values = warp(&values, case.shape, augment.map(&draws, case.shape), Fill::Black);
            } else {
                augment.retone(&mut values, case.shape, &draws);
            }
            for (got, wanted) in values.iter().zip(&case.output) {
                assert!(
                    (got - wanted).abs() < 2e-5,
                    "{} {}: {got}, not {wanted}",
                    case.op,
                    case.options
                );
            }
            seen += 1;
        }
        assert_eq!(seen, 13);
    }

    #[test]
    fn a_crop_moves_whole_pixels_and_a_flip_mirrors_them() {
        let values: Vec<f32> = (1..=12).map(|i| i as f32 / 12.0).collect();
        let (shape, mut draws) = ([1, 3, 4], still());
        draws.flip = [0.1, 0.9];
        // Of the five offsets -2..=2: the last one down, the second one across.
        draws.crop = [0.2, 0.999];
        let augment = Augment::new(0).flip().flip_vertical().crop(2);
        let map = augment.map(&draws, shape);
        // Row 2, mirrored, moved one pixel to the right; below it nothing.
        let row = [0.0, 12.0, 11.0, 10.0].map(|i| i / 12.0);
        let wanted = [&row[..], &[0.0; 8]].concat();
        assert_eq!(warp(&values, shape, map, Fill::Black), wanted);
    }

    #[test]
    fn cutout_leaves_a_square_and_stays_inside() {
        let augment = Augment::new(0).cutout(3);
        let blanked = |cutout: [f64; 2]| {
            let mut values = vec![1.0; 50];
            let draws = Draws { cutout, ..still() };
            augment.cut(&mut values, [2, 5, 5], &draws, &[0.25, 0.5]);
            let at = |v: f32| (0..25).filter(|&i| values[i] == v).collect::<Vec<_>>();
            assert!((0..25).all(|i| (values[i] == 0.25) == (values[25 + i] == 0.5)));
            at(0.25)
        };
        assert_eq!(blanked([0.5, 0.5]), [6, 7, 8, 11, 12, 13, 16, 17, 18]);
        assert_eq!(blanked([0.0, 0.99]), [3, 4, 8, 9], "the middle in a corner");
    }
}
