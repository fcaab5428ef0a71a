//! Grids of pictures, and grids of weights or feature maps.

use super::color::{self, ColorMap, INK, RIGHT, WRONG};
use super::figure::Figure;
use super::message;
use super::tiles::{Sheet, Tile};
use crate::{Error, Result};

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
        finish(drawn, &self.caption, &self.sheet, "pictures")
    }

    fn add(mut self, shape: [usize; 3], values: &[f32], name: String, ink: [u8; 3]) -> Self {
        let [channels, height, width] = shape;
        let size = channels.checked_mul(height).and_then(|n| n.checked_mul(width));
        if !matches!(channels, 1 | 3) || size != Some(values.len()) || values.is_empty() {
            let expected = "1 or 3 channels, and as many values as the shape says".to_string();
            let got = format!("shape ({channels}, {height}, {width}) and {} values", values.len());
            self.problem.get_or_insert((expected, got));
            return self;
        }
        let plane = height * width;
        let byte = |v: f32| {
            if v.is_nan() {
                190
            } else {
                (v.clamp(0.0, 1.0) * 255.0).round() as u8
            }
        };
        let rgb = (0..plane)
            .flat_map(|i| [0, 1, 2].map(|c| byte(values[(c % channels) * plane + i])))
            .collect();
        self.sheet.tiles.push(Tile {
            rgb,
            width,
            height,
            name,
            ink,
        });
        self
    }
}

/// A grid of small matrices: filters, feature maps, weights of single neurons.
///
/// By default all share one colour scale, blue over white (zero) to red, with a colour bar.
#[derive(Debug, Clone)]
pub struct Maps {
    title: String,
    height: usize,
    width: usize,
    values: Vec<f32>,
    names: Vec<String>,
    columns: Option<usize>,
    map: ColorMap,
    shared: bool,
    caption: Option<String>,
}

impl Maps {
    /// Matrices of `height` rows and `width` columns that stand one after the other in `values`, row by row.
    pub fn new(title: &str, height: usize, width: usize, values: &[f32]) -> Self {
        Self {
            title: title.into(),
            height,
            width,
            values: values.to_vec(),
            names: Vec::new(),
            columns: None,
            map: ColorMap::BlueRed,
            shared: true,
            caption: None,
        }
    }

    /// Writes a line of text above each matrix.
    #[must_use]
    pub fn names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.names = names.iter().map(|s| s.as_ref().to_string()).collect();
        self
    }

    /// Chooses the colours.
    #[must_use]
    pub fn colors(mut self, map: ColorMap) -> Self {
        self.map = map;
        self
    }

    /// Gives every matrix a colour scale of its own, so that faint ones are seen too; there is no colour bar then.
    #[must_use]
    pub fn own_scales(mut self) -> Self {
        self.shared = false;
        self
    }

    /// Sets the number of columns.
    #[must_use]
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns);
        self
    }

    /// Says in words what the matrices show.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// Draws the grid.
    pub fn plot(&self) -> Figure {
        let size = self.height.saturating_mul(self.width);
        let mut sheet = Sheet {
            title: self.title.clone(),
            tiles: Vec::new(),
            columns: self.columns,
            bar: None,
        };
        if size == 0 || self.values.is_empty() || !self.values.len().is_multiple_of(size) {
            let problem = Error::Argument {
                what: format!("values of {:?}", self.title),
                expected: format!("a multiple of {} × {}, at least one", self.height, self.width),
                got: self.values.len().to_string(),
            };
            return finish(Err(problem), &self.caption, &sheet, "maps");
        }
        let all = self.map.range(&self.values);
        for (i, values) in self.values.chunks_exact(size).enumerate() {
            let range = if self.shared { all } else { self.map.range(values) };
            let rgb = values
                .iter()
                .flat_map(|&v| self.map.at(color::place(v, range)))
                .collect();
            let name = self.names.get(i).cloned().unwrap_or_default();
            sheet.tiles.push(Tile {
                rgb,
                width: self.width,
                height: self.height,
                name,
                ink: INK,
            });
        }
        sheet.bar = self.shared.then_some((self.map, all));
        finish(sheet.draw(), &self.caption, &sheet, "maps")
    }
}

fn finish(drawn: Result<Figure>, caption: &Option<String>, sheet: &Sheet, kind: &str) -> Figure {
    let figure = match drawn {
        Ok(figure) => figure,
        Err(error) => return message::message(&error),
    };
    if let Some(caption) = caption {
        return figure.caption(caption);
    }
    let names: Vec<&str> = sheet
        .tiles
        .iter()
        .map(|t| t.name.as_str())
        .filter(|n| !n.is_empty())
        .collect();
    let title = if sheet.title.is_empty() { "Grid" } else { &sheet.title };
    let mut alt = format!("{title}: {} {kind}", sheet.tiles.len());
    // More names than this are noise to a listener.
    if !names.is_empty() && names.len() <= 12 {
        alt += &format!(": {}", names.join(", "));
    }
    figure.caption(&alt)
}
