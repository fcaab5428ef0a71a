//! An explanation over the picture that it explains.

use super::sample::{LEVELS, grey, three};
use crate::explainers::Attribution;
use crate::plot::charts::bars::Bars;
use crate::plot::draw::color::{self, ColorMap, mix, planes};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::palette::fewer_colors;
use crate::plot::pictures::grid::Pictures;

/// Parts of the heat above this share of all pixels have the strongest colour: single hot pixels do not hide the rest.
const STRONGEST: f64 = 0.98;

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
        let of = if order.len() < self.heat.len() {
            format!(" (the {} largest of {})", order.len(), self.heat.len())
        } else {
            String::new()
        };
        let names: Vec<String> = order.iter().map(|i| self.sample.feature_name(*i)).collect();
        let values: Vec<f32> = order.iter().map(|i| self.heat[*i]).collect();
        Bars::new(&format!("{}: {}{of}", self.method, self.class_name()), &names)
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
