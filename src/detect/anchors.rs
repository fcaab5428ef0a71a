//! Anchors: the sizes of boxes that a detector starts from.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::boxes::Box2D;
use crate::{Error, Result};

/// Rounds of k-means; it has settled long before.
const ROUNDS: usize = 100;
/// Starts of k-means, of which the best is kept.
const STARTS: usize = 10;

/// `k` typical sizes `[width, height]` of boxes, the smallest area first: the centres of k-means with `1 - IoU` as the
/// distance, so that large boxes count no more than small ones.
///
/// Two sizes are compared as boxes with the same middle. Redmon & Farhadi 2017, *YOLO9000*, arXiv:1612.08242. Taught in
/// notebook 21.
///
/// # Errors
/// [`Error::Argument`] where `k` is 0 or there are fewer than `k` proper boxes.
pub fn anchors(boxes: &[Box2D], k: usize, seed: u64) -> Result<Vec<[f32; 2]>> {
    let proper = boxes.iter().filter(|b| b.is_proper());
    let sizes: Vec<[f32; 2]> = proper.map(|b| [b.width(), b.height()]).collect();
    if k == 0 || sizes.len() < k {
        return Err(Error::Argument {
            what: "number of anchors".into(),
            expected: format!("1 to {}, the number of boxes with an area", sizes.len()),
            got: k.to_string(),
        });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut best: Option<(f64, Vec<[f32; 2]>)> = None;
    for _ in 0..STARTS {
        let centres = settle(&sizes, start(&sizes, k, &mut rng));
        let fit = mean_iou(&sizes, &centres);
        if best.as_ref().is_none_or(|(before, _)| fit > *before) {
            best = Some((fit, centres));
        }
    }
    let mut centres = best.map(|(_, centres)| centres).unwrap_or_default();
    centres.sort_by(|a, b| (a[0] * a[1]).total_cmp(&(b[0] * b[1])));
    Ok(centres)
}

/// The mean over the boxes of the IoU with the anchor that fits best: how good the anchors are, 0 to 1. 0 without boxes.
pub fn anchor_iou(boxes: &[Box2D], anchors: &[[f32; 2]]) -> f64 {
    let proper = boxes.iter().filter(|b| b.is_proper());
    let sizes: Vec<[f32; 2]> = proper.map(|b| [b.width(), b.height()]).collect();
    mean_iou(&sizes, anchors)
}

/// IoU of two boxes of these sizes with the same middle.
pub(super) fn shape_iou(a: [f32; 2], b: [f32; 2]) -> f32 {
    let both = a[0].min(b[0]) * a[1].min(b[1]);
    both / (a[0] * a[1] + b[0] * b[1] - both)
}

/// The anchor that fits a size best; of equals, the first.
pub(super) fn nearest(size: [f32; 2], anchors: &[[f32; 2]]) -> usize {
    let mut best = 0;
    for i in 1..anchors.len() {
        if shape_iou(size, anchors[i]) > shape_iou(size, anchors[best]) {
            best = i;
        }
    }
    best
}

fn mean_iou(sizes: &[[f32; 2]], anchors: &[[f32; 2]]) -> f64 {
    if anchors.is_empty() || sizes.is_empty() {
        return 0.0;
    }
    let fits = sizes
        .iter()
        .map(|s| f64::from(shape_iou(*s, anchors[nearest(*s, anchors)])));
    fits.sum::<f64>() / sizes.len() as f64
}

/// k-means++ (Arthur & Vassilvitskii 2007): far points are likelier to become centres.
fn start(sizes: &[[f32; 2]], k: usize, rng: &mut ChaCha8Rng) -> Vec<[f32; 2]> {
    let mut centres = vec![sizes[rng.gen_range(0..sizes.len())]];
    while centres.len() < k {
        let far = |s: &[f32; 2]| {
            f64::from(1.0 - shape_iou(*s, centres[nearest(*s, &centres)]))
                .max(0.0)
                .powi(2)
        };
        let far: Vec<f64> = sizes.iter().map(far).collect();
        let mut place = rng.r#gen::<f64>() * far.iter().sum::<f64>();
        let chosen = far.iter().position(|f| {
            place -= f;
            place < 0.0
        });
        centres.push(sizes[chosen.unwrap_or(sizes.len() - 1)]);
    }
    centres
}

fn settle(sizes: &[[f32; 2]], mut centres: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    let mut groups: Vec<usize> = Vec::new();
    for _ in 0..ROUNDS {
        let now: Vec<usize> = sizes.iter().map(|s| nearest(*s, &centres)).collect();
        if now == groups {
            break;
        }
        groups = now;
        for (group, centre) in centres.iter_mut().enumerate() {
            let members = || sizes.iter().zip(&groups).filter(|(_, g)| **g == group).map(|(s, _)| s);
            let count = members().count();
            // A centre that lost all its boxes stays where it is.
            if count > 0 {
                *centre = [0, 1].map(|side| (members().map(|s| f64::from(s[side])).sum::<f64>() / count as f64) as f32);
            }
        }
    }
    centres
}
