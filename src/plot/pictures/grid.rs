//! Grids of pictures.

use super::tiles::{Sheet, Tile};
use crate::Error;
use crate::plot::draw::color::{INK, RIGHT, WRONG};
use crate::plot::draw::figure::Figure;

/// A grid of pictures with a title each (matplotlib's `imshow` in a grid of axes).
///
/// Pictures are given as `(C, H, W)` values from 0 to 1, one channel (grey) or three (red, green, blue), and are enlarged
/// without smoothing.
#[derive(Debug, Clone)]
pub struct Pictures {
    sheet: Sheet,
    caption: Option<String>,
    problem: Option<(String, String)>,
}

impl Pictures {
    /// An empty grid. The title may be empty.
    pub fn new(title: &str) -> Self {
        let sheet = Sheet {
            title: title.into(),
            tiles: Vec::new(),
            columns: None,
            bar: None,
        };
        Self {
            sheet,
            caption: None,
            problem: None,
        }
    }

    /// Adds a picture of shape `[C, H, W]` with a line of text above it. Values outside 0 to 1 are cut off.
    #[must_use]
    pub fn picture(self, shape: [usize; 3], values: &[f32], name: &str) -> Self {
        self.add(shape, values, name.into(), INK)
    }

    /// Adds a picture whose text is green and ticked where a prediction was right, red and crossed where it was wrong.
    #[must_use]
    pub fn judged(self, shape: [usize; 3], values: &[f32], name: &str, right: bool) -> Self {
        let (sign, ink) = if right { ('✓', RIGHT) } else { ('✗', WRONG) };
        self.add(shape, values, format!("{sign} {name}"), ink)
    }

    /// Adds two pictures of one shape side by side with a line of text above both: a generated sample, and the training picture
    /// that is [nearest](crate::metrics::nearest) to it. A white line stands between them. Taught in notebook 18.
    #[must_use]
    pub fn pair(mut self, shape: [usize; 3], left: &[f32], right: &[f32], name: &str) -> Self {
        let (Some(left), Some(right)) = (self.pixels(shape, left), self.pixels(shape, right)) else {
            return self;
        };
        let [_, height, width] = shape;
        let rows = left.chunks(3 * width).zip(right.chunks(3 * width));
        let rgb = rows
            .flat_map(|(left, right)| [left, &[255; 3], right].concat())
            .collect();
        self.sheet.tiles.push(Tile {
            rgb,
            width: 2 * width + 1,
            height,
            name: name.into(),
            ink: INK,
        });
        self
    }

    /// Sets the number of columns.
    #[must_use]
    pub fn columns(mut self, columns: usize) -> Self {
        self.sheet.columns = Some(columns);
        self
    }

    /// Says in words what the pictures show.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// Draws the grid.
    pub fn plot(&self) -> Figure {
        let drawn = match self.problem.clone() {
            Some((expected, got)) => Err(Error::Argument {
                what: "picture".into(),
                expected,
                got,
            }),
            None => self.sheet.draw(),
        };
        self.sheet.finish(drawn, self.caption.as_deref(), "pictures")
    }

    fn add(mut self, shape: [usize; 3], values: &[f32], name: String, ink: [u8; 3]) -> Self {
        let Some(rgb) = self.pixels(shape, values) else {
            return self;
        };
        let [_, height, width] = shape;
        self.sheet.tiles.push(Tile {
            rgb,
            width,
            height,
            name,
            ink,
        });
        self
    }

    /// The pixels of a picture, or a note of what is wrong with it.
    fn pixels(&mut self, [channels, height, width]: [usize; 3], values: &[f32]) -> Option<Vec<u8>> {
        let size = channels.checked_mul(height).and_then(|n| n.checked_mul(width));
        if !matches!(channels, 1 | 3) || size != Some(values.len()) || values.is_empty() {
            let expected = "1 or 3 channels, and as many values as the shape says".to_string();
            let got = format!("shape ({channels}, {height}, {width}) and {} values", values.len());
            self.problem.get_or_insert((expected, got));
            return None;
        }
        let plane = height * width;
        let byte = |v: f32| {
            if v.is_nan() {
                190
            } else {
                (v.clamp(0.0, 1.0) * 255.0).round() as u8
            }
        };
        let of = |i: usize| [0, 1, 2].map(|c| byte(values[(c % channels) * plane + i]));
        Some((0..plane).flat_map(of).collect())
    }
}
