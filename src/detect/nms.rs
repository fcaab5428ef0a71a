//! Non-maximum suppression: of boxes that overlap, the surest stays.

use crate::boxes::Detection;

/// One step of [`nms_steps`].
#[derive(Clone, Debug, PartialEq)]
pub struct NmsStep {
    /// The detection that stays: the surest of those that were left.
    pub kept: usize,
    /// Those that it drives out, as positions in the list that was given.
    pub dropped: Vec<usize>,
}

/// The detections that stay, the surest first: of two of the same class whose IoU is above `iou`, the one with the lower
/// score goes. Of equal scores the earlier stays; a score that is NaN never does.
///
/// torchvision: `ops.batched_nms`. Taught in notebook 21.
///
/// ```
/// use gradus::detect::{Box2D, Detection, nms};
/// let at = |x: f32, score: f32| Detection { bounds: Box2D::new(x, 0.0, x + 10.0, 10.0), class: 0, score };
/// let left = nms(&[at(0.0, 0.6), at(1.0, 0.9), at(30.0, 0.5)], 0.5);
/// assert_eq!(left, [at(1.0, 0.9), at(30.0, 0.5)]);
/// ```
pub fn nms(detections: &[Detection], iou: f32) -> Vec<Detection> {
    let steps = nms_steps(detections, iou);
    steps.iter().map(|step| detections[step.kept]).collect()
}

/// What [`nms`] does, step by step: for a look at it.
pub fn nms_steps(detections: &[Detection], iou: f32) -> Vec<NmsStep> {
    let mut left: Vec<usize> = (0..detections.len())
        .filter(|&i| !detections[i].score.is_nan())
        .collect();
    left.sort_by(|&a, &b| detections[b].score.total_cmp(&detections[a].score));
    let mut steps = Vec::new();
    while let Some(&kept) = left.first() {
        let best = detections[kept];
        let goes = |&&i: &&usize| {
            let other = detections[i];
            i != kept && other.class == best.class && best.bounds.iou(&other.bounds) > iou
        };
        let dropped: Vec<usize> = left.iter().filter(goes).copied().collect();
        left.retain(|i| *i != kept && !dropped.contains(i));
        steps.push(NmsStep { kept, dropped });
    }
    steps
}
