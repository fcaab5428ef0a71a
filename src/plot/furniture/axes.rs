//! The title above the data, and the axes around them: grid, frame, ticks and names.

use plotters::prelude::DrawingBackend;

use super::area::{Area, EDGE, LABEL, TICK, TITLE};
use crate::Result;
use crate::plot::draw::axis::Axis;
use crate::plot::draw::color::{FRAME, GRID, INK, MUTED};
use crate::plot::draw::font;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};

/// The title, if any; returns where what follows begins.
pub(crate) fn title<B: DrawingBackend>(pen: &mut Pen<B>, text: &str, width: f64) -> Result<f64> {
    if text.is_empty() {
        return Ok(EDGE);
    }
    let text = font::fit(text, TITLE, true, width - 2.0 * EDGE);
    let kind = Type::new(TITLE, INK, Align::Center).bold();
    pen.text(&text, width / 2.0, EDGE + TITLE, kind)?;
    Ok(EDGE + TITLE + 10.0)
}

/// The width of an axis' widest tick label.
pub(crate) fn widest(axis: &Axis) -> f64 {
    let widths = axis.ticks.iter().map(|(_, text)| font::width(text, TICK, false));
    widths.fold(0.0, f64::max)
}

/// Grid, frame and tick labels.
pub(crate) fn axes<B: DrawingBackend>(pen: &mut Pen<B>, area: Area, x: &Axis, y: &Axis) -> Result<()> {
    for (v, text) in &y.ticks {
        let Some(t) = inside(y, *v) else { continue };
        let (_, py) = area.spot(0.0, t);
        pen.fill(area.left, py - 0.5, area.right - area.left, 1.0, GRID)?;
        pen.text_mid(text, area.left - 7.0, py, Type::new(TICK, MUTED, Align::Right))?;
    }
    let mut free = f64::NEG_INFINITY;
    for (v, text) in &x.ticks {
        let Some(t) = inside(x, *v) else { continue };
        let (px, _) = area.spot(t, 0.0);
        pen.fill(px - 0.5, area.top, 1.0, area.bottom - area.top, GRID)?;
        let half = font::width(text, TICK, false) / 2.0;
        if px - half < free {
            continue;
        }
        free = px + half + 8.0;
        pen.text(
            text,
            px,
            area.bottom + TICK + 5.0,
            Type::new(TICK, MUTED, Align::Center),
        )?;
    }
    pen.frame(
        area.left,
        area.top,
        area.right - area.left,
        area.bottom - area.top,
        FRAME,
        1.0,
    )
}

fn inside(axis: &Axis, v: f64) -> Option<f64> {
    axis.place(v).filter(|t| (0.0..=1.0).contains(t))
}

/// The names of both axes.
pub(crate) fn names<B: DrawingBackend>(pen: &mut Pen<B>, (x, y): (&str, &str), area: Area, height: f64) -> Result<()> {
    let kind = Type::new(LABEL, INK, Align::Center);
    let (wide, tall) = (area.right - area.left, area.bottom - area.top);
    let text = font::fit(x, LABEL, false, wide.max(60.0));
    pen.text(&text, (area.left + area.right) / 2.0, height - EDGE - 1.0, kind)?;
    let text = font::fit(y, LABEL, false, tall.max(60.0));
    pen.text_up(&text, EDGE + LABEL - 1.0, (area.top + area.bottom) / 2.0, kind)
}
