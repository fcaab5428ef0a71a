//! Two kinds of paper for the pen: SVG and pixels. What is drawn on them becomes a figure.
//!
//! plotters knows whole-number positions only, so that a curve drawn at the figure's own size staggers. The paper
//! is therefore `k` times as large: an SVG is scaled back by its `viewBox`, pixels are averaged, which also smooths
//! edges and text.

use std::collections::BTreeSet;

use plotters::backend::SVGBackend;
use plotters::prelude::DrawingBackend;
use plotters_bitmap::BitMapBackend;

use super::figure::Figure;
use super::font;
use super::pen::{Pen, failed};
use super::record::Recorder;
use crate::{Error, Result};

/// The magnification of the SVG paper: positions come out in quarters of a pixel.
const SVG_SCALE: u32 = 4;
/// The magnification of the pixel paper.
const PIXEL_SCALE: u32 = 3;
/// Beyond this a figure is no figure any more, and its memory hurts.
pub(crate) const MAX_SIDE: f64 = 4000.0;

/// Draws a vector figure.
pub(crate) fn svg(width: f64, height: f64, draw: impl FnOnce(&mut Pen<Recorder<'_>>) -> Result<()>) -> Result<Figure> {
    let (w, h) = whole(width, height)?;
    font::register();
    let mut text = String::new();
    let mut pen = Pen {
        backend: Recorder::new(
            SVGBackend::with_string(&mut text, (w * SVG_SCALE, h * SVG_SCALE)),
            SVG_SCALE,
        ),
        k: f64::from(SVG_SCALE),
        size_per_em: font::SVG_SIZE_PER_EM,
        baseline: font::SVG_BASELINE,
        inclusive: 0,
        lacking: BTreeSet::new(),
    };
    draw(&mut pen)?;
    pen.backend.present().map_err(failed)?;
    let strokes = pen.backend.strokes();
    drop(pen);
    // Keep what stands between the outer tags: the figure writes its own, with title and description.
    let start = text.find(">\n").map_or(0, |at| at + 2);
    let end = text.rfind("</svg>").unwrap_or(text.len());
    let body = text[start..end].replace(" opacity=\"1\"", "");
    Ok(Figure::from_svg(body, strokes, (w, h), f64::from(SVG_SCALE)))
}

/// Draws a figure of pixels.
pub(crate) fn pixels(
    width: f64,
    height: f64,
    draw: impl FnOnce(&mut Pen<BitMapBackend<'_>>) -> Result<()>,
) -> Result<Figure> {
    let (w, h) = whole(width, height)?;
    font::register();
    let k = PIXEL_SCALE;
    let mut large = vec![255; (w * k) as usize * (h * k) as usize * 3];
    let mut pen = Pen {
        backend: BitMapBackend::with_buffer(&mut large, (w * k, h * k)),
        k: f64::from(k),
        size_per_em: font::BITMAP_SIZE_PER_EM,
        baseline: font::BITMAP_SIZE_PER_EM / 2.0,
        inclusive: 1,
        lacking: BTreeSet::new(),
    };
    draw(&mut pen)?;
    let lacking = std::mem::take(&mut pen.lacking);
    drop(pen);
    let figure = Figure::from_pixels(shrink(&large, w as usize, h as usize, k as usize), (w, h));
    if lacking.is_empty() {
        return Ok(figure);
    }
    let letters: String = lacking.into_iter().take(20).collect();
    Ok(figure.noting(&format!(
        "The font of pictures lacks the letters {letters} (drawn as \u{fffd})"
    )))
}

fn whole(width: f64, height: f64) -> Result<(u32, u32)> {
    for (what, side) in [("width", width), ("height", height)] {
        if !(1.0..=MAX_SIDE).contains(&side) {
            return Err(Error::Argument {
                what: format!("{what} of a figure"),
                expected: format!("1 to {MAX_SIDE} pixels"),
                got: format!("{side:.0} (draw fewer rows, columns or pictures)"),
            });
        }
    }
    Ok((width.ceil() as u32, height.ceil() as u32))
}

/// Averages every `k` × `k` pixels into one.
fn shrink(large: &[u8], w: usize, h: usize, k: usize) -> Vec<u8> {
    let mut small = Vec::with_capacity(w * h * 3);
    let mut sums = vec![0u32; w * 3];
    for rows in large.chunks_exact(w * k * 3 * k) {
        sums.fill(0);
        for row in rows.chunks_exact(w * k * 3) {
            for (sum, block) in sums.chunks_exact_mut(3).zip(row.chunks_exact(3 * k)) {
                for pixel in block.chunks_exact(3) {
                    for (s, &p) in sum.iter_mut().zip(pixel) {
                        *s += u32::from(p);
                    }
                }
            }
        }
        let n = (k * k) as u32;
        small.extend(sums.iter().map(|&s| ((s + n / 2) / n) as u8));
    }
    small
}
