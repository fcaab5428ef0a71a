//! YOLO: a line of numbers per box.

use std::path::Path;

use super::annotation::{Annotation, RawBox};
use super::wrong::wrong;
use crate::Result;
use crate::boxes::Box2D;

const LINE: &str = "five numbers in each line: class x y width height";

pub(super) fn parse(path: &Path, text: &str, [height, width]: [usize; 2]) -> Result<Annotation> {
    if height == 0 || width == 0 {
        let got = format!("{height} x {width} pixels");
        return Err(wrong(path, "a picture with pixels", got));
    }
    let mut boxes = Vec::new();
    // The mark that some editors put in front of a text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let bad = || wrong(path, LINE, format!("{:?} in line {}", short(line), i + 1));
        let &[class, x, y, w, h] = fields.as_slice() else {
            return Err(bad());
        };
        let number = |text: &str| text.parse::<f32>().ok().filter(|v| v.is_finite()).ok_or_else(bad);
        let class = whole(class).ok_or_else(bad)?;
        let bounds = Box2D::centered(number(x)?, number(y)?, number(w)?, number(h)?);
        boxes.push(RawBox {
            name: class.to_string(),
            number: Some(class),
            difficult: false,
            bounds: bounds.scaled(width as f32, height as f32),
        });
    }
    Ok(Annotation {
        path: path.into(),
        width,
        height,
        boxes,
    })
}

/// The number of a class, which programs that keep all in one table of numbers write as `1.0` or `1.000e+00`.
fn whole(text: &str) -> Option<usize> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    // Whole numbers up to 2^53 are exact in f64.
    let number = text.parse::<f64>().ok()?;
    let fits = (0.0..=9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0;
    fits.then_some(number as usize)
}

fn short(line: &str) -> String {
    line.chars().take(60).collect()
}
