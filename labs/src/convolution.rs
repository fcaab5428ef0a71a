//! One picture, one filter: what a convolution computes at each place, and what pooling keeps of it.

use anyhow::{Context, Result, bail, ensure};
use gradus::ops::{self, Conv2dOptions, Pool2dOptions};
use gradus::prelude::*;
use serde::Deserialize;
use serde_json::json;

use crate::lab::{Lab, Reply, Request};

/// Pixels along each side of the pictures drawn here.
const SIDE: usize = 28;

/// The largest picture that is taken, and the largest filter.
const LARGEST: (usize, usize) = (64, 7);

/// How the filter is slid, as the page says it.
#[derive(Clone, Debug, Deserialize)]
struct Settings {
    /// Pixels along each side of the picture.
    side: usize,
    /// The filter's weights, row by row.
    filter: Vec<f32>,
    stride: usize,
    padding: usize,
    dilation: usize,
    relu: bool,
    /// `none`, `max` or `mean`, over windows of 2 × 2.
    pooling: String,
}

/// A place of the result.
#[derive(Deserialize)]
struct Place {
    row: usize,
    column: usize,
}

#[derive(Deserialize)]
struct Drawing {
    name: String,
}

/// The laboratory: the last picture and settings, of which single places are asked.
#[derive(Default)]
pub(crate) struct Convolution {
    last: Option<(Settings, Vec<f32>, [usize; 2])>,
}

impl Lab for Convolution {
    fn ask(&mut self, request: &Request) -> Result<Reply> {
        match request.name.as_str() {
            "picture" => {
                let drawing: Drawing = request.args()?;
                Ok(Reply::with(json!({ "side": SIDE }), picture(&drawing.name)?))
            }
            "slide" => self.slide(request),
            "place" => self.place(&request.args()?),
            other => bail!("the laboratory does not know \"{other}\""),
        }
    }
}

impl Convolution {
    /// The whole map: its sides, its numbers, then the pooled ones.
    fn slide(&mut self, request: &Request) -> Result<Reply> {
        let settings: Settings = request.args()?;
        let side = settings.side;
        ensure!(
            (1..=LARGEST.0).contains(&side),
            "pictures have 1 to {} pixels a side, not {side}",
            LARGEST.0
        );
        let pixels = request.numbers(side * side)?;
        let taps = taps(&settings)?;
        let dev = device(0)?;
        let x = dev.tensor((pixels.clone(), (1, 1, side, side)));
        let weight = dev.tensor((settings.filter.clone(), (1, 1, taps, taps)));
        let options = Conv2dOptions {
            stride: settings.stride,
            padding: settings.padding,
            dilation: settings.dilation,
            relu: settings.relu,
            ..Default::default()
        };
        let map = ops::conv2d(x, &weight, None, options)?;
        let (_, _, height, width) = *map.shape();
        let mut numbers = map.as_vec();
        let windows = Pool2dOptions {
            kernel: 2,
            stride: 2,
            padding: 0,
            ceil_mode: false,
        };
        let pooled = match settings.pooling.as_str() {
            "none" => None,
            _ if height < 2 || width < 2 => None,
            "max" => Some(ops::max_pool2d(map, windows)?),
            "mean" => Some(ops::avg_pool2d(map, windows)?),
            other => bail!("pooling is none, max or mean, not \"{other}\""),
        };
        let small = pooled
            .as_ref()
            .map_or([0, 0], |pooled| [pooled.shape().2, pooled.shape().3]);
        numbers.extend(pooled.map(|pooled| pooled.as_vec()).unwrap_or_default());
        self.last = Some((settings, pixels, [height, width]));
        Ok(Reply::with(
            json!({ "height": height, "width": width, "pooled": small }),
            numbers,
        ))
    }

    /// What one number of the map is made of: for each tap the pixel's row and column (outside the picture there is
    /// padding), the pixel, the weight and their product; and the sum.
    fn place(&self, place: &Place) -> Result<Reply> {
        let (settings, pixels, [height, width]) = self.last.as_ref().context("there is no map yet")?;
        ensure!(
            place.row < *height && place.column < *width,
            "the map has {height} x {width} places, none at row {}, column {}",
            place.row,
            place.column
        );
        let taps = taps(settings)?;
        let mut numbers = Vec::new();
        let mut sum = 0.0_f32;
        for (tap, weight) in settings.filter.iter().enumerate() {
            let at = |along: usize, tap: usize| {
                (along * settings.stride + tap * settings.dilation) as isize - settings.padding as isize
            };
            let (row, column) = (at(place.row, tap / taps), at(place.column, tap % taps));
            let inside = |along: isize| usize::try_from(along).ok().filter(|along| *along < settings.side);
            let pixel = inside(row)
                .zip(inside(column))
                .map_or(0.0, |(r, c)| pixels[r * settings.side + c]);
            sum += pixel * weight;
            numbers.extend([row as f32, column as f32, pixel, *weight, pixel * weight]);
        }
        let shown = if settings.relu { sum.max(0.0) } else { sum };
        Ok(Reply::with(json!({ "sum": sum, "shown": shown }), numbers))
    }
}

/// The filter's side.
fn taps(settings: &Settings) -> Result<usize> {
    let count = settings.filter.len();
    let taps = (1..=LARGEST.1).find(|taps| taps * taps == count);
    let taps = taps.with_context(|| {
        format!(
            "a filter is a square of 1 to {} weights a side, not {count} in all",
            LARGEST.1
        )
    })?;
    if let Some(odd) = settings.filter.iter().find(|weight| !weight.is_finite()) {
        bail!("a weight is a finite number, not {odd}");
    }
    Ok(taps)
}

/// One of the pictures that the page brings: from 0, dark, to 1.
fn picture(name: &str) -> Result<Vec<f32>> {
    let pixel: fn(f32, f32) -> f32 = match name {
        "rings" => |x, y| 0.5 + 0.5 * (x.hypot(y) * 14.0).cos(),
        "house" => house,
        "fading stripes" => |x, y| {
            if (y * 6.0).rem_euclid(2.0) < 1.0 {
                0.5 + 0.5 * x
            } else {
                0.0
            }
        },
        other => bail!("there is no picture \"{other}\": rings, house, fading stripes"),
    };
    let along = |i: usize| (2.0 * i as f32 + 1.0) / SIDE as f32 - 1.0;
    Ok((0..SIDE * SIDE)
        .map(|i| pixel(along(i % SIDE), along(i / SIDE)))
        .collect())
}

/// A roof, a wall, a door and a window, in four shades.
fn house(x: f32, y: f32) -> f32 {
    let within = |from: f32, to: f32, value: f32| (from..to).contains(&value);
    if within(-0.8, -0.1, y) && x.abs() < (y + 0.8) * 1.1 {
        0.7
    } else if within(0.25, 0.8, y) && within(-0.4, -0.05, x) {
        0.25
    } else if within(0.1, 0.45, y) && within(0.15, 0.45, x) {
        1.0
    } else if within(-0.1, 0.8, y) && x.abs() < 0.62 {
        0.5
    } else {
        0.05
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: &str, args: serde_json::Value, numbers: &[f32]) -> Request {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        Request {
            name: name.into(),
            args,
            bytes,
        }
    }

    fn settings(side: usize, filter: &[f32]) -> serde_json::Value {
        json!({ "side": side, "filter": filter, "stride": 2, "padding": 1, "dilation": 2, "relu": true, "pooling": "max" })
    }

    #[test]
    fn each_place_is_the_sum_of_its_products() -> Result<()> {
        let mut lab = Convolution::default();
        let house = picture("house")?;
        let filter: Vec<f32> = (0..9).map(|i| i as f32 - 4.0).collect();
        let map = lab.ask(&request("slide", settings(SIDE, &filter), &house))?;
        let (height, width) = (map.values["height"].as_u64(), map.values["width"].as_u64());
        assert_eq!((height, width), (Some(13), Some(13)));
        assert_eq!(map.values["pooled"], json!([6, 6]));
        for (row, column) in [(0, 0), (3, 7), (12, 12)] {
            let place = lab.ask(&request("place", json!({ "row": row, "column": column }), &[]))?;
            let shown = place.values["shown"].as_f64().context("a number")? as f32;
            assert!((shown - map.numbers[row * 13 + column]).abs() < 1e-5, "{row} {column}");
            let products: f32 = place.numbers.chunks(5).map(|tap| tap[4]).sum();
            let sum = place.values["sum"].as_f64().context("a number")? as f32;
            assert!((products - sum).abs() < 1e-5);
        }
        let pooled = map.numbers[13 * 13..].iter().copied().fold(0.0, f32::max);
        assert!(pooled > 0.0 && map.numbers.len() == 13 * 13 + 36);
        Ok(())
    }

    #[test]
    fn what_cannot_be_computed_is_refused_in_words() -> Result<()> {
        let mut lab = Convolution::default();
        let why = |lab: &mut Convolution, args, numbers: &[f32]| match lab.ask(&request("slide", args, numbers)) {
            Ok(_) => String::new(),
            Err(error) => format!("{error:#}"),
        };
        let flat = vec![0.0; 16];
        assert!(
            lab.ask(&request("place", json!({ "row": 0, "column": 0 }), &[]))
                .is_err()
        );
        assert!(why(&mut lab, settings(4, &[1.0; 8]), &flat).contains("square"));
        assert!(why(&mut lab, settings(400, &[1.0; 9]), &flat).contains("64"));
        assert!(why(&mut lab, settings(4, &[1.0; 9]), &flat[1..]).contains("16 numbers"));
        assert!(why(&mut lab, settings(4, &[1.0; 9]), &[f32::NAN; 16]).contains("NaN"));
        let mut still = settings(4, &[1.0; 9]);
        still["stride"] = json!(0);
        assert!(why(&mut lab, still, &flat).contains("stride"));
        assert!(picture("moon").is_err());
        Ok(())
    }
}
