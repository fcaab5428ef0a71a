//! The legend: a sample of each curve, cloud or bar with its name.

use plotters::prelude::DrawingBackend;

use super::area::{EDGE, LABEL};
use super::series::Key;
use crate::Result;
use crate::plot::draw::color::{self, INK};
use crate::plot::draw::font;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};

const SAMPLE: f64 = 22.0;
const GAP: f64 = 18.0;
const ROW: f64 = 19.0;

/// The names of a legend, as much of each as fits, and which of them stand together in a row.
struct Rows {
    names: Vec<String>,
    rows: Vec<Vec<usize>>,
}

impl Rows {
    fn of(keys: &[Key], width: f64) -> Self {
        let room = width - 2.0 * EDGE;
        let names: Vec<String> = keys.iter().map(|key| key.name.clone()).collect();
        let names = font::fit_each(&names, LABEL, false, room - SAMPLE - 6.0);
        let mut legend = Self {
            names,
            rows: Vec::new(),
        };
        for i in (0..keys.len()).filter(|&i| !keys[i].name.is_empty()) {
            let fits = legend
                .rows
                .last()
                .is_some_and(|row| legend.long(row) + GAP + legend.wide(i) <= room);
            match legend.rows.last_mut().filter(|_| fits) {
                Some(row) => row.push(i),
                None => legend.rows.push(vec![i]),
            }
        }
        legend
    }

    fn wide(&self, i: usize) -> f64 {
        SAMPLE + 6.0 + font::width(&self.names[i], LABEL, false)
    }

    fn long(&self, row: &[usize]) -> f64 {
        row.iter().map(|&i| self.wide(i)).sum::<f64>() + GAP * row.len().saturating_sub(1) as f64
    }

    fn height(&self) -> f64 {
        match self.rows.len() {
            0 => 0.0,
            rows => ROW * rows as f64 + 4.0,
        }
    }
}

/// The height of what [`legend`] draws.
pub(crate) fn legend_height(keys: &[Key], width: f64) -> f64 {
    Rows::of(keys, width).height()
}

/// One row of names or more, centred; returns their height.
pub(crate) fn legend<B: DrawingBackend>(pen: &mut Pen<B>, keys: &[Key], width: f64, top: f64) -> Result<f64> {
    let legend = Rows::of(keys, width);
    for (r, row) in legend.rows.iter().enumerate() {
        let middle = top + ROW * (r as f64 + 0.5);
        let mut at = (width - legend.long(row)) / 2.0;
        for &i in row {
            let ink = color::class(i);
            if keys[i].joined {
                pen.line(&[(at, middle), (at + SAMPLE, middle)], ink, 2.0)?;
            }
            if let Some(mark) = keys[i].mark {
                pen.mark(mark, (at + SAMPLE / 2.0, middle), 4.0, ink)?;
            }
            let kind = Type::new(LABEL, INK, Align::Left);
            pen.text_mid(&legend.names[i], at + SAMPLE + 6.0, middle, kind)?;
            at += legend.wide(i) + GAP;
        }
    }
    Ok(legend.height())
}
