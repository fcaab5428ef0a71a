//! Task 16.4: positions for larger pictures.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, check, near_all};

/// Rows of positions: the first belongs to the class token, the others to the patches, row by row.
type Rows = Vec<Vec<f32>>;

/// What the learner writes: positions for a grid of so many patches a side, from those of another grid.
type Answer = fn(&[Vec<f32>], usize) -> Rows;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The corners of both grids are the same points.
    Corners,
    /// Without the halves: the first points of both grids are the same.
    Edges,
    Nearest,
    /// The token's row is missing.
    NoToken,
    /// Columns for rows.
    Turned,
    /// Beyond the outermost centres the line is drawn on.
    Beyond,
}

/// Which two old places a new one lies between, and how far behind the first.
fn between(new: usize, from: usize, to: usize, way: Way) -> (usize, usize, f32) {
    let at = match way {
        Way::Corners if to > 1 => new as f32 * (from - 1) as f32 / (to - 1) as f32,
        Way::Edges => new as f32 * from as f32 / to as f32,
        _ => (new as f32 + 0.5) * from as f32 / to as f32 - 0.5,
    };
    let last = from - 1;
    if way == Way::Beyond && last > 0 {
        let low = (at.floor().max(0.0) as usize).min(last - 1);
        return (low, low + 1, at - low as f32);
    }
    let at = at.clamp(0.0, last as f32);
    let at = if way == Way::Nearest { at.round() } else { at };
    let low = at.floor() as usize;
    (low, (low + 1).min(last), at - low as f32)
}

fn stretched(rows: &[Vec<f32>], to: usize, way: Way) -> Rows {
    let from = (rows.len() - 1).isqrt();
    let mut out = if way == Way::NoToken {
        vec![]
    } else {
        vec![rows[0].clone()]
    };
    for n in 0..to * to {
        let (y, x) = if way == Way::Turned {
            (n % to, n / to)
        } else {
            (n / to, n % to)
        };
        let ((top, bottom, down), (left, right, along)) = (between(y, from, to, way), between(x, from, to, way));
        let old = |y: usize, x: usize, k: usize| rows[1 + y * from + x][k];
        let mix = |k: usize| {
            let upper = (1.0 - along) * old(top, left, k) + along * old(top, right, k);
            let lower = (1.0 - along) * old(bottom, left, k) + along * old(bottom, right, k);
            (1.0 - down) * upper + down * lower
        };
        out.push((0..rows[0].len()).map(mix).collect());
    }
    out
}

/// Task 16.4: positions stretched to a grid of another size: (positions, patches per side).
pub fn resize(answer: Answer) -> Verdict {
    let task = Task::of_course("16.4", "A larger picture").hint(
        "Take one number per row, the token's 9, and a grid of 2 x 2: 0, 4 above 0, 4. In a grid of 4 x 4 the new centres of a row \
         lie at −0.25, 0.25, 0.75 and 1.25 of the old: 0, 1, 3, 4. And the first row of the answer is 9.",
    );
    let task = task.second_hint(
        "For new place i of m, from g old ones: t = (i + 0.5) · g / m − 0.5, not below 0 and not above g − 1. Between t's floor and \
         the next, by what is left; first along a row, then down.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(164);
        for n in 0..30 {
            let (from, to, width) = match n {
                0 => (2, 4, 1),
                1 => (3, 3, 1),
                // One patch for all, and many patches from one.
                2 => (3, 1, 2),
                3 => (1, 3, 2),
                _ => (cases.whole(2, 5), cases.whole(2, 8), cases.whole(1, 4)),
            };
            let rows: Rows = match n {
                0 => [9.0, 0.0, 4.0, 0.0, 4.0].map(|v| vec![v]).to_vec(),
                _ => (0..=from * from).map(|_| cases.numbers(width, -4.0, 4.0)).collect(),
            };
            let mut case = format!("from {from} x {from} patches to {to} x {to}, {width} numbers each");
            if n < 4 {
                case = format!("{case}: {rows:?}");
            }
            let got = task.call(&case, || answer(&rows, to))?;
            let told = |n: usize| format!("{n} rows of {width} numbers");
            let right = stretched(&rows, to, Way::Right);
            let even = got.iter().all(|row| row.len() == width);
            let came = if even { told(got.len()) } else { format!("{} rows, not all of {width} numbers", got.len()) };
            check(&case, got.len() == right.len() && even, &told(right.len()), &came).hint_if(
                got.len() + 1 == right.len(),
                "One row too few: the class token's stays as it is, in front of the others.",
            )?;
            let is = |way| near_all(&got.concat(), &stretched(&rows, to, way).concat(), 1e-3);
            approx_all(&format!("{case}: all rows in one list"), &got.concat(), &right.concat(), 1e-3)
                .hint_if(
                    is(Way::Corners),
                    "The outermost centres of both grids fall together here. But the new patches are smaller, and their centres lie \
                     nearer to the rim.",
                )
                .hint_if(is(Way::Edges), "Where are the halves? A patch's centre lies half a patch behind its edge.")
                .hint_if(is(Way::Nearest), "That is the nearest old place. What lies between two places is mixed of both.")
                .hint_if(is(Way::Turned), "Rows and columns have changed places.")
                .hint_if(is(Way::Beyond), "Beyond the outermost old centre there is nothing to mix: take its own row.")
                .hint_if(
                    got.first() != rows.first(),
                    "The first row belongs to the class token, which stands nowhere in the picture: it stays as it is.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: each old place gives what a tent around it leaves of it.
    fn tents(rows: &[Vec<f32>], to: usize) -> Rows {
        let from = (1..).find(|g| g * g + 1 == rows.len()).expect("a square");
        let tent = |new: usize, old: usize| {
            let at = (new as f64 + 0.5) * from as f64 / to as f64 - 0.5;
            (1.0 - (at.max(0.0).min((from - 1) as f64) - old as f64).abs()).max(0.0)
        };
        let mut out = vec![rows[0].clone()];
        for (y, x) in (0..to * to).map(|n| (n / to, n % to)) {
            let mut row = vec![0.0_f64; rows[0].len()];
            for (j, i) in (0..from * from).map(|n| (n / from, n % from)) {
                let share = tent(y, j) * tent(x, i);
                row.iter_mut()
                    .zip(&rows[1 + j * from + i])
                    .for_each(|(r, v)| *r += share * f64::from(*v));
            }
            out.push(row.iter().map(|v| *v as f32).collect());
        }
        out
    }

    #[test]
    fn larger_pictures() {
        for answer in [tents, |r, n| stretched(r, n, Way::Right)] as [Answer; 2] {
            let verdict = resize(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(resize(|r, n| stretched(r, n, Way::Corners)), "fall together");
        rejected(resize(|r, n| stretched(r, n, Way::Edges)), "halves");
        rejected(resize(|r, n| stretched(r, n, Way::Nearest)), "nearest old place");
        rejected(resize(|r, n| stretched(r, n, Way::NoToken)), "One row too few");
        rejected(resize(|r, n| stretched(r, n, Way::Turned)), "changed places");
        rejected(resize(|r, n| stretched(r, n, Way::Beyond)), "Beyond the outermost");
        rejected(
            resize(|r, n| {
                let mut rows = stretched(r, n, Way::Right);
                rows[0] = rows[1].clone();
                rows
            }),
            "stands nowhere",
        );
        rejected(resize(|r, _| r.to_vec()), "rows of 1 numbers");
        rejected(resize(|_, _| todo!()), "not written yet");
    }

    /// What PyTorch 2.15.0 makes of it: `F.interpolate(grid, (3, 3), mode="bilinear")` of `[[1, 2], [3, 5]]`.
    #[test]
    fn as_pytorch_does() {
        let rows = [7.0, 1.0, 2.0, 3.0, 5.0].map(|v| vec![v]);
        let got = stretched(&rows, 3, Way::Right).concat();
        assert!(
            near_all(&got, &[7.0, 1.0, 1.5, 2.0, 2.0, 2.75, 3.5, 3.0, 4.0, 5.0], 1e-5),
            "{got:?}"
        );
    }
}
