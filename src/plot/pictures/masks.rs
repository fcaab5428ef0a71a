//! Two masks over each other.

use super::grid::Pictures;
use crate::metrics::{dice, iou};
use crate::plot::draw::color::{Rgb, planes};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::message;
use crate::{Error, Result};

const BOTH: Rgb = [0, 158, 115];
const MISSED: Rgb = [0, 114, 178];
const TOO_MUCH: Rgb = [213, 94, 0];
const NEITHER: Rgb = [240, 240, 240];

/// Draws a true mask, a predicted one and both over each other, each `(H, W)` row by row: green where both are, blue where
/// the object was missed, orange where the prediction is too much. The title says IoU and Dice.
///
/// Taught in notebook 07.
pub fn masks(height: usize, width: usize, truth: &[bool], predicted: &[bool]) -> Figure {
    draw([height, width], truth, predicted).unwrap_or_else(|error| message::message(&error))
}

fn draw([height, width]: [usize; 2], truth: &[bool], predicted: &[bool]) -> Result<Figure> {
    if truth.len() != height * width {
        return Err(Error::Argument {
            what: "mask".into(),
            expected: format!("{height} x {width} pixels"),
            got: truth.len().to_string(),
        });
    }
    let (iou, dice) = (iou(truth, predicted)?, dice(truth, predicted)?);
    let alone = |mask: &[bool], ink: Rgb| {
        let colors = mask.iter().map(|m| if *m { ink } else { NEITHER });
        planes(&colors.collect::<Vec<Rgb>>())
    };
    let over = truth.iter().zip(predicted).map(|pair| match pair {
        (true, true) => BOTH,
        (true, false) => MISSED,
        (false, true) => TOO_MUCH,
        (false, false) => NEITHER,
    });
    let over = planes(&over.collect::<Vec<Rgb>>());
    let shape = [3, height, width];
    let title = format!("IoU {iou:.3}, Dice {dice:.3}");
    Ok(Pictures::new(&title)
        .picture(shape, &alone(truth, MISSED), "truth")
        .picture(shape, &alone(predicted, TOO_MUCH), "prediction")
        .picture(shape, &over, "green: both")
        .columns(3)
        .caption(&format!("A true mask, a predicted one, and their overlap: {title}"))
        .plot())
}
