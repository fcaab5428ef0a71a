//! A sample as the ground of a picture: its shape in colours, and itself in a pale grey.

use crate::explainers::Sample;
use crate::plot::draw::color::Rgb;

/// Steps of colour, and of grey: more cannot be told apart in a heat map, and make the file of a picture larger.
pub(super) const LEVELS: f32 = 24.0;

/// The shape of the picture in three colours; `None` for what is not a picture.
pub(super) fn three(sample: &Sample) -> Option<[usize; 3]> {
    match sample.shape()[..] {
        [1 | 3, h, w] => Some([3, h, w]),
        _ => None,
    }
}

/// The picture in a pale grey, on which colours are seen.
pub(super) fn grey(sample: &Sample) -> Vec<Rgb> {
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
