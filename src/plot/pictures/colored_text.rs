//! A text whose tokens are coloured by a number each.

use plotters_bitmap::BitMapBackend;

use crate::plot::draw::color::{self, ColorMap, INK, WHITE};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};
use crate::plot::draw::{font, message, paper};
use crate::plot::furniture::area::{EDGE, LABEL, TITLE};
use crate::plot::furniture::color_bar::{BAR_WIDTH, bar};
use crate::plot::pictures::tokens::visible;
use crate::{Error, Result};

/// Letters of the text, in pixels.
const SIZE: f64 = 14.0;
/// The height of a line, and what stands free between two.
const LINE: f64 = 21.0;
const GAP: f64 = 5.0;
/// What a line of text may take.
const ROOM: f64 = 560.0;
/// Free at both sides of a token: of a word, of a letter.
const AIR: [f64; 2] = [3.0, 1.0];
/// The bar needs so much, however short the text.
const BAR_HEIGHT: f64 = 90.0;

/// Draws a text token by token, each on the colour of its number, with a bar that says which colour is which number: what a
/// network paid attention to, how surprised it was, how sure. Numbers that are not finite are grey.
///
/// Spaces within a token are drawn as `·`, a line end as `¶`, behind which a new line begins. [`ColorMap::BlueRed`] has its
/// middle at 0: for numbers that speak for and against something. Taught in notebook 14.
pub fn colored_text<S: AsRef<str>>(title: &str, tokens: &[S], values: &[f32], map: ColorMap) -> Figure {
    match draw(title, tokens, values, map) {
        Ok(figure) => figure.caption(&format!(
            "{title}: a text of {} tokens, each coloured by a number",
            tokens.len()
        )),
        Err(error) => message::message(&error),
    }
}

/// Where a token stands: its left edge and its line.
struct Place {
    text: String,
    /// Free at both sides of the text.
    air: f64,
    x: f64,
    wide: f64,
    line: usize,
}

fn draw<S: AsRef<str>>(title: &str, tokens: &[S], values: &[f32], map: ColorMap) -> Result<Figure> {
    if tokens.is_empty() || tokens.len() != values.len() {
        return Err(Error::Argument {
            what: format!("tokens and values of the text {title:?}"),
            expected: "as many of one as of the other, at least one".into(),
            got: format!("{} and {}", tokens.len(), values.len()),
        });
    }
    let places = lay_out(tokens);
    let lines = places.last().map_or(1, |place| place.line + 1);
    let wide = places.iter().map(|place| place.x + place.wide).fold(120.0, f64::max);
    let top = EDGE + if title.is_empty() { 4.0 } else { TITLE + 14.0 };
    let tall = (lines as f64 * (LINE + GAP)).max(BAR_HEIGHT);
    let width = EDGE + wide + 18.0 + BAR_WIDTH + EDGE;
    let width = width.max(font::width(title, TITLE, true).min(680.0) + 2.0 * EDGE);
    let height = top + tall + LABEL + EDGE;
    let range = map.range(values);
    paper::pixels(width, height, |pen| {
        pen.fill(0.0, 0.0, width, height, WHITE)?;
        let head = font::fit(title, TITLE, true, width - 2.0 * EDGE);
        pen.text(&head, EDGE, EDGE + TITLE, Type::new(TITLE, INK, Align::Left).bold())?;
        for (place, value) in places.iter().zip(values) {
            token(pen, place, top, map.at(color::place(*value, range)))?;
        }
        bar(
            pen,
            EDGE + wide + 18.0,
            top,
            BAR_HEIGHT.max(tall.min(200.0)),
            map,
            range,
        )
    })
}

fn token(pen: &mut Pen<BitMapBackend<'_>>, place: &Place, top: f64, ground: [u8; 3]) -> Result<()> {
    let (x, y) = (EDGE + place.x, top + place.line as f64 * (LINE + GAP));
    pen.fill(x, y, place.wide, LINE, ground)?;
    let kind = Type::new(SIZE, color::ink_on(ground), Align::Left);
    pen.text_mid(&place.text, x + place.air, y + LINE / 2.0, kind)
}

/// Lines are filled from left to right; behind a line end a new one begins.
fn lay_out<S: AsRef<str>>(tokens: &[S]) -> Vec<Place> {
    let (mut x, mut line) = (0.0, 0);
    // Letters stand close together, as they do in words.
    let letters = tokens.iter().all(|token| token.as_ref().chars().count() <= 1);
    let air = AIR[usize::from(letters)];
    let mut places = Vec::with_capacity(tokens.len());
    for (text, token) in visible(tokens).into_iter().zip(tokens) {
        let text = font::fit(&text, SIZE, false, ROOM - 2.0 * air);
        let wide = font::width(&text, SIZE, false) + 2.0 * air;
        if x > 0.0 && x + wide > ROOM {
            (x, line) = (0.0, line + 1);
        }
        places.push(Place {
            text,
            air,
            x,
            wide,
            line,
        });
        x += wide + if letters { 0.0 } else { 1.0 };
        if token.as_ref().ends_with('\n') {
            (x, line) = (0.0, line + 1);
        }
    }
    places
}
