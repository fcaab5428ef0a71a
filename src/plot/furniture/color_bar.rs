//! Colour bars.

use plotters_bitmap::BitMapBackend;

use super::area::TICK;
use crate::Result;
use crate::plot::draw::axis::Axis;
use crate::plot::draw::color::{ColorMap, FRAME, MUTED};
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};

const STRIP: f64 = 13.0;
/// What a colour bar takes beside a picture: the strip and its numbers.
pub(crate) const BAR_WIDTH: f64 = STRIP + 52.0;

/// A colour bar: a strip of all colours with the values they stand for.
pub(crate) fn bar(
    pen: &mut Pen<BitMapBackend<'_>>,
    x: f64,
    y: f64,
    height: f64,
    map: ColorMap,
    range: (f32, f32),
) -> Result<()> {
    const STEPS: usize = 128;
    let strip: Vec<[u8; 3]> = (0..STEPS)
        .rev()
        .map(|i| map.at(i as f32 / (STEPS - 1) as f32))
        .collect();
    pen.fill(x - 1.0, y - 1.0, STRIP + 2.0, height + 2.0, FRAME)?;
    pen.picture((x, y), (STRIP, height), strip.as_flattened(), 1, STEPS)?;
    let axis = Axis::exactly(
        f64::from(range.0),
        f64::from(range.1),
        false,
        (height / 40.0).max(2.0) as usize,
        false,
    );
    for (v, text) in &axis.ticks {
        if let Some(t) = axis.place(*v) {
            let ty = y + height * (1.0 - t);
            pen.fill(x + STRIP + 1.0, ty - 0.5, 3.0, 1.0, FRAME)?;
            pen.text_mid(text, x + STRIP + 7.0, ty, Type::new(TICK, MUTED, Align::Left))?;
        }
    }
    Ok(())
}
