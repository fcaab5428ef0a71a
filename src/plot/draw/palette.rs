//! Few colours for many: one palette for all frames of an animation, or for a picture whose colours say little.

use std::collections::HashMap;
use std::sync::Arc;

use super::figure::{Content, Figure};

/// Colours of the palette; the one after them is transparent.
pub(crate) const COLORS: usize = 255;
/// How many of them are kept for the commonest colours.
const COMMON: usize = 32;

/// At most 255 colours for all frames together, so that nothing flickers, and a place for "transparent".
pub(crate) struct Palette {
    /// Red, green and blue of each.
    pub bytes: Vec<u8>,
    index: HashMap<[u8; 3], u8>,
}

impl Palette {
    /// Exact where there are at most 255 colours; else median cut (Heckbert, 1982).
    pub fn of(frames: &[Arc<[u8]>]) -> Self {
        let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
        for pixel in frames.iter().flat_map(|f| f.chunks_exact(3)) {
            *counts.entry([pixel[0], pixel[1], pixel[2]]).or_default() += 1;
        }
        let mut colors: Vec<([u8; 3], usize)> = counts.into_iter().collect();
        // A map has no order of its own, and the same frames must give the same file.
        colors.sort_unstable_by_key(|&(color, count)| (std::cmp::Reverse(count), color));
        // Large areas keep their exact colour: white mixed with a pale grey would no longer be white.
        let rest = colors.split_off(colors.len().min(COMMON));
        let mut boxes: Vec<Colors> = colors.into_iter().map(|color| vec![color]).collect();
        if !rest.is_empty() {
            boxes.push(rest);
        }
        while boxes.len() < COLORS {
            let Some(at) = widest(&boxes) else { break };
            let (low, high) = split(boxes.swap_remove(at));
            boxes.push(low);
            boxes.push(high);
        }
        let (mut bytes, mut index) = (Vec::new(), HashMap::new());
        for (i, colors) in boxes.iter().enumerate() {
            let total: usize = colors.iter().map(|(_, n)| n).sum();
            for c in 0..3 {
                let sum: usize = colors.iter().map(|(color, n)| usize::from(color[c]) * n).sum();
                bytes.push(((sum + total / 2) / total.max(1)) as u8);
            }
            index.extend(colors.iter().map(|&(color, _)| (color, i as u8)));
        }
        bytes.resize((COLORS + 1) * 3, 0);
        Self { bytes, index }
    }

    /// The place of every pixel's colour; the pixels are those that the palette was made for.
    pub fn indices(&self, rgb: &[u8]) -> Vec<u8> {
        rgb.chunks_exact(3).map(|p| self.index[&[p[0], p[1], p[2]]]).collect()
    }
}

/// The figure with at most 255 colours, for pictures whose many colours say little: a third of the size as a PNG.
pub(crate) fn fewer_colors(figure: Figure) -> Figure {
    let Content::Pixels(rgb) = figure.content() else {
        return figure;
    };
    let palette = Palette::of(std::slice::from_ref(rgb));
    let indices = palette.indices(rgb);
    let colors = indices.iter().flat_map(|i| &palette.bytes[3 * usize::from(*i)..][..3]);
    Figure::from_pixels(colors.copied().collect::<Vec<u8>>(), figure.size()).caption(figure.alt())
}

/// The channel in which a box of colours is widest, and how wide.
fn spread(colors: &[([u8; 3], usize)]) -> (u8, usize) {
    let wide = |c: usize| {
        let values = || colors.iter().map(|(color, _)| color[c]);
        values().max().unwrap_or(0) - values().min().unwrap_or(0)
    };
    (0..3).map(|c| (wide(c), c)).max().unwrap_or((0, 0))
}

fn widest(boxes: &[Vec<([u8; 3], usize)>]) -> Option<usize> {
    (0..boxes.len())
        .filter(|&i| boxes[i].len() > 1)
        .max_by_key(|&i| spread(&boxes[i]).0)
}

type Colors = Vec<([u8; 3], usize)>;

/// Halves a box of colours at the median of its widest channel.
fn split(mut colors: Colors) -> (Colors, Colors) {
    let channel = spread(&colors).1;
    colors.sort_unstable_by_key(|(color, _)| (color[channel], *color));
    let high = colors.split_off(colors.len() / 2);
    (colors, high)
}
