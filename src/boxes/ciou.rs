//! Complete IoU, for plain numbers and for numbers that carry their derivatives: a measure and a loss.

use super::dual::Number;

/// Keeps divisions by areas and diagonals of 0 finite; torchvision's value.
const EPS: f64 = 1e-7;

/// Complete IoU of two boxes `cx, cy, w, h`. The weight of the penalty for the shape counts as a constant, as in the paper.
pub(crate) fn ciou<N: Number>(a: [N; 4], b: [N; 4]) -> N {
    ciou_with(a, b, None)
}

/// The same with a given weight for the shape's penalty, for checks that hold it fixed.
pub(crate) fn ciou_with<N: Number>(a: [N; 4], b: [N; 4], weight: Option<f64>) -> N {
    let half = N::constant(0.5);
    let edges = |[x, y, w, h]: [N; 4]| [x - half * w, y - half * h, x + half * w, y + half * h];
    let (ea, eb) = (edges(a), edges(b));
    let zero = N::constant(0.0);
    let side = |low: usize, high: usize| (ea[high].min(eb[high]) - ea[low].max(eb[low])).max(zero);
    let both = side(0, 2) * side(1, 3);
    let eps = N::constant(EPS);
    let iou = both / (a[2] * a[3] + b[2] * b[3] - both + eps);
    let hull = |low: usize, high: usize| ea[high].max(eb[high]) - ea[low].min(eb[low]);
    let (hw, hh) = (hull(0, 2), hull(1, 3));
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    let distance = (dx * dx + dy * dy) / (hw * hw + hh * hh + eps);
    let turn = (b[2] / b[3]).atan() - (a[2] / a[3]).atan();
    let shape = N::constant(4.0 / std::f64::consts::PI.powi(2)) * turn * turn;
    let weight = weight.unwrap_or_else(|| shape_weight(iou.value(), shape.value()));
    iou - distance - N::constant(weight) * shape
}

/// How much the penalty for the shape counts: `v / (1 - IoU + v)`.
pub(crate) fn shape_weight(iou: f64, shape: f64) -> f64 {
    shape / (1.0 - iou + shape + EPS)
}
