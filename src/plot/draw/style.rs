//! How text and marks look: size, weight, colour and alignment of a line of text, shapes of marks.

use super::color::Rgb;

/// Which side of the text stands at its position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
}

/// Size, weight, colour and alignment of a line of text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    pub size: f64,
    pub bold: bool,
    pub color: Rgb,
    pub align: Align,
}

impl Type {
    pub fn new(size: f64, color: Rgb, align: Align) -> Self {
        Self {
            size,
            bold: false,
            color,
            align,
        }
    }

    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// The shape of a mark, so that classes differ by more than their colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mark {
    Circle,
    Square,
    Triangle,
    Diamond,
}

impl Mark {
    pub fn class(i: usize) -> Self {
        [Self::Circle, Self::Square, Self::Triangle, Self::Diamond][i % 4]
    }
}
