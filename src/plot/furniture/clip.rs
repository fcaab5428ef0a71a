//! Curves that leave the rectangle of the data are cut at its border.

use super::area::Area;
use crate::plot::draw::axis::Axis;

/// The stretches of a curve that lie inside the area, in pixels: it breaks at its gaps and where it leaves the area.
pub(crate) fn runs(area: Area, x: &Axis, y: &Axis, points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    let spots = points.iter().map(|p| x.place(p.0).zip(y.place(p.1)));
    let mut before: Option<(f64, f64)> = None;
    for spot in spots {
        let seen = before.zip(spot).and_then(|(a, b)| clip(a, b));
        let last = runs.len() - 1;
        match seen {
            Some((from, to)) if runs[last].last() == Some(&from) => runs[last].push(to),
            Some((from, to)) => runs.push(vec![from, to]),
            None => runs.push(Vec::new()),
        }
        before = spot;
    }
    runs.retain(|run| run.len() > 1);
    for spot in runs.iter_mut().flatten() {
        *spot = area.spot(spot.0, spot.1);
    }
    runs
}

/// The part of a stretch that lies in the unit square (Liang and Barsky, 1984).
fn clip(a: (f64, f64), b: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (step, room) in [(-dx, a.0), (dx, 1.0 - a.0), (-dy, a.1), (dy, 1.0 - a.1)] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
    // The ends themselves stay exact, so that neighbouring stretches still meet.
    Some((
        if enter == 0.0 { a } else { at(enter) },
        if leave == 1.0 { b } else { at(leave) },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_cut_at_the_border() {
        assert_eq!(clip((0.2, 0.2), (0.8, 0.8)), Some(((0.2, 0.2), (0.8, 0.8))));
        assert_eq!(clip((0.5, 0.5), (0.5, 1.5)), Some(((0.5, 0.5), (0.5, 1.0))));
        assert_eq!(clip((-1.0, 0.5), (2.0, 0.5)), Some(((0.0, 0.5), (1.0, 0.5))));
        assert_eq!(clip((-1.0, 2.0), (2.0, 2.0)), None);
        assert_eq!(clip((1.5, 0.0), (1.6, 1.0)), None);
    }
}
