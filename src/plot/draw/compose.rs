//! Several figures in one: a notebook cell shows only one output of each kind.

use super::color::WHITE;
use super::encode;
use super::figure::{Content, Figure};
use super::message;
use super::stroke::Stroke;
use crate::{Error, Result};

impl Figure {
    /// Puts figures side by side, aligned at the top. The result is SVG if any of them is, else pixels.
    pub fn row(figures: Vec<Figure>) -> Figure {
        let columns = figures.len();
        Self::grid(figures, columns)
    }

    /// Puts figures below each other, aligned at the left.
    pub fn column(figures: Vec<Figure>) -> Figure {
        Self::grid(figures, 1)
    }

    /// Puts figures into a grid, row by row, with so many columns. An animation among them shows its last frame.
    pub fn grid(figures: Vec<Figure>, columns: usize) -> Figure {
        compose(&figures, columns).unwrap_or_else(|error| message::message(&error))
    }
}

fn compose(figures: &[Figure], columns: usize) -> Result<Figure> {
    if figures.is_empty() || columns == 0 {
        return Err(Error::Argument {
            what: "figures to put together".into(),
            expected: "at least one figure and one column".into(),
            got: format!("{} figures, {columns} columns", figures.len()),
        });
    }
    // One that could not be drawn must not hide among the others.
    if let Some(message) = figures.iter().find_map(Figure::error) {
        return Err(Error::Plot(message.into()));
    }
    let columns = columns.min(figures.len());
    let size = |i: usize| figures.get(i).map_or((0, 0), Figure::size);
    let rows = figures.len().div_ceil(columns);
    let widths: Vec<u32> = (0..columns)
        .map(|c| (0..rows).map(|r| size(r * columns + c).0).max().unwrap_or(0))
        .collect();
    let heights: Vec<u32> = (0..rows)
        .map(|r| (0..columns).map(|c| size(r * columns + c).1).max().unwrap_or(0))
        .collect();
    let total = (widths.iter().sum(), heights.iter().sum());
    let places: Vec<(u32, u32)> = (0..figures.len())
        .map(|i| (widths[..i % columns].iter().sum(), heights[..i / columns].iter().sum()))
        .collect();
    let alt: Vec<&str> = figures.iter().map(Figure::alt).collect();
    let vector = figures.iter().any(|f| matches!(f.content(), Content::Svg { .. }));
    let figure = if vector {
        nest(figures, &places, total)?
    } else {
        paste(figures, &places, total)
    };
    let figure = figure.caption(&alt.join(". "));
    Ok(match figures.iter().find_map(Figure::notice) {
        Some(notice) => figure.noting(notice),
        None => figure,
    })
}

/// An SVG with each figure as an SVG or a picture inside.
fn nest(figures: &[Figure], places: &[(u32, u32)], total: (u32, u32)) -> Result<Figure> {
    let (mut body, mut strokes) = (String::new(), Vec::new());
    for (figure, (x, y)) in figures.iter().zip(places) {
        let (w, h) = figure.size();
        let at = (f64::from(*x), f64::from(*y));
        match figure.content() {
            Content::Svg {
                body: inner,
                scale,
                strokes: inner_strokes,
            } => {
                strokes.extend(inner_strokes.iter().map(|stroke| stroke.moved(at.0, at.1)));
                let (vw, vh) = (f64::from(w) * scale, f64::from(h) * scale);
                body += &format!(
                    "<svg x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {vw} {vh}\">\n{inner}</svg>\n"
                );
            }
            Content::Pixels(rgb) | Content::Animation { last: rgb, .. } => {
                strokes.push(Stroke::Picture {
                    at,
                    size: (w, h),
                    rgb: rgb.clone(),
                });
                let data = encode::base64(&encode::png(rgb, w, h, figure.alt())?);
                body += &format!(
                    "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" href=\"data:image/png;base64,{data}\"/>\n"
                );
            }
        }
    }
    Ok(Figure::from_svg(body, strokes, total, 1.0))
}

/// A picture with each figure copied in.
fn paste(figures: &[Figure], places: &[(u32, u32)], (w, h): (u32, u32)) -> Figure {
    let mut out = WHITE.repeat(w as usize * h as usize);
    for (figure, &(x, y)) in figures.iter().zip(places) {
        let (Content::Pixels(rgb) | Content::Animation { last: rgb, .. }) = figure.content() else {
            continue;
        };
        let line = figure.size().0 as usize * 3;
        for (r, row) in rgb.chunks_exact(line).enumerate() {
            let start = ((y as usize + r) * w as usize + x as usize) * 3;
            out[start..start + line].copy_from_slice(row);
        }
    }
    Figure::from_pixels(out, (w, h))
}
