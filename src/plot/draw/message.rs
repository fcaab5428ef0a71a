//! What stands in for a figure that could not be drawn.

use super::color::{INK, WHITE, WRONG};
use super::figure::Figure;
use super::style::{Align, Type};
use super::{font, paper};
use crate::Error;

/// A small figure that carries a message instead of the picture that could not be drawn.
pub(crate) fn message(error: &Error) -> Figure {
    let text = error.to_string();
    let lines = wrap(&text, 12.0, 560.0);
    let height = 30.0 + 17.0 * lines.len() as f64;
    let drawn = paper::svg(600.0, height, |pen| {
        pen.fill(0.0, 0.0, 600.0, height, WHITE)?;
        pen.fill(0.0, 0.0, 4.0, height, WRONG)?;
        for (i, line) in lines.iter().enumerate() {
            let kind = Type::new(12.0, INK, Align::Left);
            pen.text(line, 16.0, 27.0 + 17.0 * i as f64, kind)?;
        }
        Ok(())
    });
    drawn
        .unwrap_or_else(|_| Figure::from_svg(String::new(), Vec::new(), (600, 47), 1.0))
        .failing(text)
}

/// Breaks a text into lines no wider than `room`.
fn wrap(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always a line");
        let longer = if last.is_empty() {
            word.to_string()
        } else {
            format!("{last} {word}")
        };
        if last.is_empty() || font::width(&longer, size, false) <= room {
            *last = longer;
        } else {
            lines.push(word.to_string());
        }
    }
    lines
}
