//! Pictures and weights laid out in a grid.

use crate::plot::draw::color::{ColorMap, FRAME, INK, Rgb, WHITE};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::style::{Align, Type};
use crate::plot::draw::{font, message, paper};
use crate::plot::furniture::area::{EDGE, TITLE};
use crate::plot::furniture::color_bar::{BAR_WIDTH, bar};
use crate::{Error, Result};

const GAP: f64 = 8.0;
const ROOM: f64 = 730.0;
const NAME: f64 = 11.5;

/// One picture of the grid.
#[derive(Debug, Clone)]
pub(crate) struct Tile {
    pub rgb: Vec<u8>,
    pub width: usize,
    pub height: usize,
    pub name: String,
    pub ink: Rgb,
}

/// The whole grid.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub title: String,
    pub tiles: Vec<Tile>,
    pub columns: Option<usize>,
    pub bar: Option<(ColorMap, (f32, f32))>,
}

/// Where everything goes.
struct Plan {
    columns: usize,
    rows: usize,
    tile: (f64, f64),
    /// The height that names take above each tile.
    head: f64,
    top: f64,
    left: f64,
    width: f64,
    height: f64,
}

impl Sheet {
    pub fn draw(&self) -> Result<Figure> {
        let plan = self.plan()?;
        paper::pixels(plan.width, plan.height, |pen| {
            pen.fill(0.0, 0.0, plan.width, plan.height, WHITE)?;
            if !self.title.is_empty() {
                let title = font::fit(&self.title, TITLE, true, plan.width - 2.0 * EDGE);
                let kind = Type::new(TITLE, INK, Align::Center).bold();
                pen.text(&title, plan.width / 2.0, EDGE + TITLE, kind)?;
            }
            let names: Vec<String> = self.tiles.iter().map(|tile| tile.name.clone()).collect();
            let names = font::fit_each(&names, NAME, false, plan.tile.0 + GAP - 3.0);
            for (i, tile) in self.tiles.iter().enumerate() {
                let (column, row) = ((i % plan.columns) as f64, (i / plan.columns) as f64);
                let x = plan.left + column * (plan.tile.0 + GAP);
                let y = plan.top + row * (plan.head + plan.tile.1 + GAP) + plan.head;
                let (w, h) = fitted(tile, plan.tile);
                let (px, py) = (
                    x + ((plan.tile.0 - w) / 2.0).floor(),
                    y + ((plan.tile.1 - h) / 2.0).floor(),
                );
                pen.fill(px - 1.0, py - 1.0, w + 2.0, h + 2.0, FRAME)?;
                pen.picture((px, py), (w, h), &tile.rgb, tile.width, tile.height)?;
                pen.text(
                    &names[i],
                    x + plan.tile.0 / 2.0,
                    y - 4.5,
                    Type::new(NAME, tile.ink, Align::Center),
                )?;
            }
            if let Some((map, range)) = self.bar {
                let tall = plan.height - EDGE - plan.top - plan.head;
                let tall = tall.min(220.0).max(plan.tile.1);
                bar(
                    pen,
                    plan.width - EDGE - BAR_WIDTH,
                    plan.top + plan.head,
                    tall,
                    map,
                    range,
                )?;
            }
            Ok(())
        })
    }

    /// What was drawn, with its caption; without one, the title, the number of things of this `kind` and their names.
    pub fn finish(&self, drawn: Result<Figure>, caption: Option<&str>, kind: &str) -> Figure {
        let figure = match drawn {
            Ok(figure) => figure,
            Err(error) => return message::message(&error),
        };
        if let Some(caption) = caption {
            return figure.caption(caption);
        }
        let names: Vec<&str> = self
            .tiles
            .iter()
            .map(|t| t.name.as_str())
            .filter(|n| !n.is_empty())
            .collect();
        let title = if self.title.is_empty() { "Grid" } else { &self.title };
        let mut alt = format!("{title}: {} {kind}", self.tiles.len());
        // More names than this are noise to a listener.
        if !names.is_empty() && names.len() <= 12 {
            alt += &format!(": {}", names.join(", "));
        }
        figure.caption(&alt)
    }

    fn plan(&self) -> Result<Plan> {
        let n = self.tiles.len();
        let largest = |side: fn(&Tile) -> usize| self.tiles.iter().map(side).max().unwrap_or(0) as f64;
        let (iw, ih) = (largest(|t| t.width), largest(|t| t.height));
        if n == 0 || iw * ih == 0.0 {
            return Err(Error::Argument {
                what: "pictures of a grid".into(),
                expected: "at least one picture with at least one pixel".into(),
                got: format!("{n} pictures"),
            });
        }
        let (columns, tile) = self.columns_and_tile(n, (iw, ih));
        let bar = self.bar_room();
        let head = if self.tiles.iter().all(|t| t.name.is_empty()) {
            0.0
        } else {
            NAME + 6.0
        };
        let rows = n.div_ceil(columns);
        let top = EDGE + if self.title.is_empty() { 0.0 } else { TITLE + 12.0 };
        let title = font::width(&self.title, TITLE, true).min(ROOM);
        let grid = columns as f64 * (tile.0 + GAP) - GAP + bar;
        let width = grid.max(title) + 2.0 * EDGE;
        let height = top + rows as f64 * (head + tile.1 + GAP) - GAP + EDGE;
        Ok(Plan {
            columns,
            rows,
            tile,
            head,
            top,
            left: ((width - grid) / 2.0).floor(),
            width,
            height,
        }
        .tall(self))
    }

    fn bar_room(&self) -> f64 {
        if self.bar.is_some() { BAR_WIDTH + 14.0 } else { 0.0 }
    }

    /// The wanted number of columns, or the best one whose tiles are wide enough for their names; and the tiles' size.
    fn columns_and_tile(&self, n: usize, size: (f64, f64)) -> (usize, (f64, f64)) {
        if let Some(columns) = self.columns {
            let columns = columns.clamp(1, n);
            return (columns, self.tile(columns, size));
        }
        let name = |t: &Tile| font::width(&t.name, NAME, false);
        let widest = self.tiles.iter().map(name).fold(0.0, f64::max);
        let choices = good_columns(n);
        let fits = |&&c: &&usize| widest <= self.tile(c, size).0 + GAP - 3.0;
        let columns = choices.iter().find(fits).or(choices.iter().min()).copied().unwrap_or(1);
        (columns, self.tile(columns, size))
    }

    /// The size at which a tile is drawn when so many stand side by side.
    fn tile(&self, columns: usize, (iw, ih): (f64, f64)) -> (f64, f64) {
        let most = match columns {
            1 => 320.0,
            2 | 3 => 220.0,
            _ => 160.0,
        };
        let gaps = GAP * (columns - 1) as f64;
        let room = ((ROOM - self.bar_room() - gaps) / columns as f64).min(most);
        let scale = (room / iw).min(room / ih * 1.5);
        // Whole multiples show every pixel at the same size.
        let scale = if scale >= 1.0 { scale.floor() } else { scale };
        ((iw * scale).ceil(), (ih * scale).ceil())
    }
}

impl Plan {
    /// A colour bar needs some height to be read.
    fn tall(mut self, sheet: &Sheet) -> Self {
        if sheet.bar.is_some() && self.rows == 1 {
            self.height = self.height.max(self.top + self.head + 90.0);
        }
        self
    }
}

fn fitted(tile: &Tile, (w, h): (f64, f64)) -> (f64, f64) {
    let scale = (w / tile.width as f64).min(h / tile.height as f64);
    (
        (tile.width as f64 * scale).round(),
        (tile.height as f64 * scale).round(),
    )
}

/// Numbers of columns, best first: those that leave the fewest empty places; of equals, the most columns.
fn good_columns(n: usize) -> Vec<usize> {
    let mut choices: Vec<usize> = match n {
        0..=8 => (1..=n.max(1)).rev().collect(),
        9..=64 => (4..=8).rev().collect(),
        _ => (8..=16).rev().collect(),
    };
    if n > 8 {
        choices.sort_by_key(|&c| n.div_ceil(c) * c - n);
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_leave_few_gaps() {
        for (n, columns) in [(1, 1), (6, 6), (10, 5), (12, 6), (24, 8), (64, 8), (100, 10), (128, 16)] {
            assert_eq!(good_columns(n)[0], columns, "{n} pictures");
        }
    }
}
