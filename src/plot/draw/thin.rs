//! Thinning of long curves to what a figure's pixels can show, so that a chart of 60,000 batches stays small.

use super::axis::Axis;

/// Points that a chart's lines may have together: about 40 kB of SVG.
const BUDGET: usize = 3600;

/// The points of one of `lines` curves, thinned if they are more than its share of the budget.
///
/// A curve that runs from left to right keeps the lowest and the highest point of every column, so that no
/// peak is lost; any other path drops points that stand too close to the one before.
pub(crate) fn thin(points: &[(f64, f64)], x: &Axis, y: &Axis, size: (f64, f64), lines: usize) -> Vec<(f64, f64)> {
    let budget = (BUDGET / lines.max(1)).max(100);
    if points.len() <= budget {
        return points.to_vec();
    }
    if points.windows(2).all(|p| p[0].0 <= p[1].0) {
        return columns(points, x, budget);
    }
    let mut least = 0.5;
    loop {
        let kept = apart(points, x, y, size, least);
        if kept.len() <= budget {
            return kept;
        }
        least *= 1.5;
    }
}

/// First, lowest, highest and last point of each column, in their order; gaps stay gaps.
fn columns(points: &[(f64, f64)], x: &Axis, budget: usize) -> Vec<(f64, f64)> {
    let n = (budget / 4).max(1) as f64;
    let column = |p: &(f64, f64)| x.place(p.0).map(|t| (t * n).floor().clamp(-1.0, n) as i64);
    let mut kept = Vec::with_capacity(budget + 4);
    for group in points.chunk_by(|a, b| column(a) == column(b)) {
        let order = |i: &usize, j: &usize| group[*i].1.total_cmp(&group[*j].1);
        let finite = || (0..group.len()).filter(|&i| group[i].1.is_finite());
        let gap = (0..group.len()).find(|&i| !group[i].1.is_finite());
        let mut picked: Vec<usize> = [
            finite().next(),
            finite().min_by(order),
            finite().max_by(order),
            finite().next_back(),
        ]
        .into_iter()
        .chain([gap])
        .flatten()
        .collect();
        picked.sort_unstable();
        picked.dedup();
        kept.extend(picked.into_iter().map(|i| group[i]));
    }
    kept
}

/// The points at least `least` pixels from the one kept before; gaps and the last point stay.
fn apart(points: &[(f64, f64)], x: &Axis, y: &Axis, size: (f64, f64), least: f64) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    let mut before: Option<(f64, f64)> = None;
    for (i, &p) in points.iter().enumerate() {
        let here = x.place(p.0).zip(y.place(p.1));
        let here = here.map(|(a, b)| (a * size.0, b * size.1));
        let far = match (here, before) {
            (Some(a), Some(b)) => (a.0 - b.0).hypot(a.1 - b.1) >= least,
            // Of a run of gaps one is enough.
            (None, None) => kept.is_empty(),
            _ => true,
        };
        if far || i + 1 == points.len() {
            kept.push(p);
            before = here;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit() -> Axis {
        Axis::exactly(0.0, 1.0, false, 5, false)
    }

    #[test]
    fn a_single_spike_survives() {
        let points: Vec<(f64, f64)> = (0..100_000)
            .map(|i| (f64::from(i) / 1e5, if i == 31_415 { 1.0 } else { 0.1 }))
            .collect();
        let kept = thin(&points, &unit(), &unit(), (700.0, 360.0), 1);
        assert!(kept.len() <= BUDGET + 10, "{}", kept.len());
        assert!(kept.contains(&(0.31415, 1.0)));
        assert_eq!((kept[0], kept[kept.len() - 1]), (points[0], points[99_999]));
    }

    #[test]
    fn a_gap_survives_and_short_curves_are_untouched() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i) / 1e5, 0.5)).collect();
        points[40_000].1 = f64::NAN;
        let kept = thin(&points, &unit(), &unit(), (700.0, 360.0), 1);
        assert_eq!(kept.iter().filter(|p| p.1.is_nan()).count(), 1);
        assert_eq!(thin(&points[..50], &unit(), &unit(), (700.0, 360.0), 1), points[..50]);
    }

    #[test]
    fn a_path_that_turns_is_thinned_too() {
        let points: Vec<(f64, f64)> = (0..50_000)
            .map(|i| f64::from(i) / 500.0)
            .map(|a| (0.5 + 0.4 * (a * 1.1).sin(), 0.5 + 0.4 * a.cos()))
            .collect();
        let kept = thin(&points, &unit(), &unit(), (700.0, 360.0), 1);
        assert!(kept.len() <= BUDGET && kept.len() > 500, "{}", kept.len());
        assert_eq!(kept.last(), points.last());
    }
}
