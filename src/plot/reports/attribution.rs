//! Explanations over the pictures that they explain.

use super::animation::fewer_colors;
use super::bars::Bars;
use super::chart::Chart;
use super::color::{self, ColorMap, Rgb, mix};
use super::figure::Figure;
use super::message;
use super::pictures::Pictures;
use crate::Error;
use crate::explain::{Attribution, Faithfulness, Sample, Segments};

/// Parts of the heat above this share of all pixels have the strongest colour: single hot pixels do not hide the rest.
const STRONGEST: f64 = 0.98;

/// Steps of colour, and of grey: more cannot be told apart in a heat map, and make the file of a picture larger.
const LEVELS: f32 = 24.0;

impl Attribution {
    /// The picture in grey with the explanation in colours over it: red for what speaks for the class and blue for what
    /// speaks against it, or, for methods without a sign, dark blue (nothing) to yellow (most). A row of features is drawn
    /// as bars.
    pub fn overlay(&self) -> Figure {
        let Some(shape) = three(&self.sample) else {
            return self.bars();
        };
        let text = format!("{}: {}", self.method, self.class_name());
        fewer_colors(
            Pictures::new("")
                .picture(shape, &self.colored(true), &text)
                .columns(1)
                .caption(&format!("{}, over the picture", self.described()))
                .plot(),
        )
    }

    /// The picture, the explanation by itself and both together, side by side. A row of features is drawn as bars.
    pub fn plot(&self) -> Figure {
        let Some(shape) = three(&self.sample) else {
            return self.bars();
        };
        let [_, height, width] = shape;
        let shown = self.sample.shown();
        let channels = shown.len() / (height * width);
        fewer_colors(
            Pictures::new(&format!("{}: {}", self.method, self.class_name()))
                .picture([channels, height, width], &shown, "picture")
                .picture(
                    shape,
                    &self.colored(false),
                    if self.signed {
                        "red for, blue against"
                    } else {
                        "yellow: most"
                    },
                )
                .picture(shape, &self.colored(true), "both")
                .columns(3)
                .caption(&self.described())
                .plot(),
        )
    }

    fn described(&self) -> String {
        format!("{} of the class {}", self.method, self.class_name())
    }

    fn bars(&self) -> Figure {
        let mut order: Vec<usize> = (0..self.heat.len()).collect();
        order.sort_by(|a, b| self.heat[*b].abs().total_cmp(&self.heat[*a].abs()));
        order.truncate(20);
        let names: Vec<String> = order.iter().map(|i| self.sample.feature_name(*i)).collect();
        let values: Vec<f32> = order.iter().map(|i| self.heat[*i]).collect();
        Bars::new(&format!("{}: {}", self.method, self.class_name()), &names)
            .series("contribution to the score", &values)
            .horizontal()
            .x_label("contribution to the score")
            .plot()
    }

    /// Colours, `(3, H, W)` from 0 to 1: of the heat alone, or over the picture in grey.
    pub(crate) fn colored(&self, over: bool) -> Vec<f32> {
        let map = if self.signed {
            ColorMap::BlueRed
        } else {
            ColorMap::Viridis
        };
        let heat = coarse(&self.heat, self.size());
        let range = range(&heat, self.signed);
        let grey = grey(&self.sample);
        let color = |(i, &v): (usize, &f32)| {
            let place = (color::place(v, range) * LEVELS).round() / LEVELS;
            let ink = map.at(place);
            // White stands for nothing, which must not hide the picture.
            let share = match self.signed {
                true => (2.0 * (place - 0.5).abs()).min(1.0).sqrt() * 0.85,
                false => 0.6,
            };
            if over { mix(ink, grey[i], share) } else { ink }
        };
        planes(&heat.iter().enumerate().map(color).collect::<Vec<_>>())
    }
}

/// In a picture that is drawn smaller than it is, single pixels would be lost or dazzle: squares of pixels show their mean.
fn coarse(heat: &[f32], [height, width]: [usize; 2]) -> Vec<f32> {
    let side = (height.min(width) / 64).max(1);
    let mut means = heat.to_vec();
    for top in (0..height).step_by(side) {
        for left in (0..width).step_by(side) {
            let (bottom, right) = ((top + side).min(height), (left + side).min(width));
            let cells = || (top..bottom).flat_map(|y| (left..right).map(move |x| y * width + x));
            let mean = cells().map(|i| heat[i]).sum::<f32>() / cells().count() as f32;
            cells().for_each(|i| means[i] = mean);
        }
    }
    means
}

/// The heat that has the first and the last colour.
fn range(heat: &[f32], signed: bool) -> (f32, f32) {
    let mut sizes: Vec<f32> = heat.iter().map(|v| v.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let place = ((sizes.len() as f64 * STRONGEST) as usize).min(sizes.len().saturating_sub(1));
    let most = match sizes.get(place) {
        Some(size) if *size > 0.0 => *size,
        _ => sizes.last().copied().filter(|size| *size > 0.0).unwrap_or(1.0),
    };
    (if signed { -most } else { 0.0 }, most)
}
/// Explanations of one picture side by side, after the picture itself; each with the name of its method.
///
/// Taught in notebook 22.
pub fn explanations(title: &str, all: &[Attribution], columns: usize) -> Figure {
    sheet(title, all, columns, true)
}

/// Explanations side by side, without the picture.
///
/// Taught in notebook 22.
pub fn overlays(title: &str, all: &[Attribution], columns: usize) -> Figure {
    sheet(title, all, columns, false)
}

fn sheet(title: &str, all: &[Attribution], columns: usize, with_picture: bool) -> Figure {
    let mut pictures = Pictures::new(title).columns(columns);
    let mut names = Vec::new();
    let mut last: Option<&Sample> = None;
    for attribution in all {
        let Some(shape) = three(&attribution.sample) else {
            return Figure::column(all.iter().map(Attribution::overlay).collect());
        };
        let [channels, height, width] = [attribution.sample.shape()[0], shape[1], shape[2]];
        if with_picture && last.is_none_or(|sample| sample.values() != attribution.sample.values()) {
            let (shown, name) = (attribution.sample.shown(), attribution.class_name());
            pictures = pictures.picture([channels, height, width], &shown, &name);
        }
        last = Some(&attribution.sample);
        pictures = pictures.picture(shape, &attribution.colored(true), &attribution.method);
        names.push(attribution.method.as_str());
    }
    let what = if with_picture {
        "The picture, and explanations"
    } else {
        "Explanations"
    };
    fewer_colors(
        pictures
            .caption(&format!("{what} over it: {}", names.join(", ")))
            .plot(),
    )
}

impl Faithfulness {
    /// Draws the probability of the class while pixels are deleted, and while they are inserted.
    pub fn plot(&self) -> Figure {
        Chart::new(&self.method)
            .line(
                &format!("deletion, area {:.2}", self.deletion_area()),
                &self.shares,
                &self.deletion,
            )
            .line(
                &format!("insertion, area {:.2}", self.insertion_area()),
                &self.shares,
                &self.insertion,
            )
            .x_label("share of pixels, most important first")
            .y_label("probability of the class")
            .plot()
    }
}

impl Segments {
    /// The picture in grey, with the borders of the patches in yellow.
    pub fn plot(&self, sample: &Sample) -> Figure {
        let [height, width] = self.size();
        if sample.shape().len() != 3 || sample.shape()[1..] != [height, width] {
            return message::message(&Error::Shape {
                layer: "superpixels".into(),
                expected: format!("a picture of {height} x {width} pixels"),
                got: format!("a sample of shape {:?}", sample.shape()),
            });
        }
        let labels = self.labels();
        let mut colors = grey(sample);
        for i in 0..labels.len() {
            let (y, x) = (i / width, i % width);
            let right = x + 1 < width && labels[i] != labels[i + 1];
            let below = y + 1 < height && labels[i] != labels[i + width];
            if right || below {
                colors[i] = [255, 215, 0];
            }
        }
        let text = format!("{} superpixels", self.len());
        Pictures::new("")
            .picture([3, height, width], &planes(&colors), &text)
            .columns(1)
            .caption(&format!("The picture with the borders of {text}"))
            .plot()
    }
}

/// The shape of the picture in three colours; `None` for what is not a picture.
fn three(sample: &Sample) -> Option<[usize; 3]> {
    match sample.shape()[..] {
        [1 | 3, h, w] => Some([3, h, w]),
        _ => None,
    }
}

/// The picture in a pale grey, on which colours are seen.
fn grey(sample: &Sample) -> Vec<Rgb> {
    let shown = sample.shown();
    let channels = sample.shape()[0].max(1);
    let plane = shown.len() / channels;
    let weights: &[f32] = if channels == 3 { &[0.299, 0.587, 0.114] } else { &[1.0] };
    let light = |i: usize| {
        let light: f32 = weights
            .iter()
            .enumerate()
            .map(|(c, w)| w * shown[c * plane + i].clamp(0.0, 1.0))
            .sum();
        [(40.0 + 200.0 * (light * LEVELS).round() / LEVELS).round() as u8; 3]
    };
    (0..plane).map(light).collect()
}

/// Colours as `(3, H, W)` values from 0 to 1.
fn planes(colors: &[Rgb]) -> Vec<f32> {
    (0..3)
        .flat_map(|c| colors.iter().map(move |color| f32::from(color[c]) / 255.0))
        .collect()
}
