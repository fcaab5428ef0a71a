//! Grids of weights or feature maps.

use super::tiles::{Sheet, Tile};
use crate::Error;
use crate::plot::draw::color::{self, ColorMap, INK};
use crate::plot::draw::figure::Figure;

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
            return sheet.finish(Err(problem), self.caption.as_deref(), "maps");
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
        sheet.finish(sheet.draw(), self.caption.as_deref(), "maps")
    }
}
