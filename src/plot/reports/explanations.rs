//! Explanations side by side.

use super::sample::three;
use crate::explainers::{Attribution, Sample};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::palette::fewer_colors;
use crate::plot::pictures::grid::Pictures;

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
