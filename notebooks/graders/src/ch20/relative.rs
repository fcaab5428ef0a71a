//! Task 20.5: how far the nearest stand above.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, near_all};

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The point is among its own neighbours.
    Itself,
    Farthest,
    /// Likeness by the scalar product.
    Dot,
    /// One number decides.
    FirstNumber,
    /// The largest numbers themselves.
    NotRelative,
    /// The absolute difference.
    Absolute,
    Mean,
    Min,
    /// All points.
    All,
}

fn above(points: &[Vec<f32>], k: usize, i: usize, way: Way) -> Vec<f32> {
    let far = |j: usize| -> f32 {
        let pairs = points[i].iter().zip(&points[j]);
        match way {
            Way::Dot => -pairs.map(|(a, b)| a * b).sum::<f32>(),
            Way::FirstNumber => (points[i][0] - points[j][0]).abs(),
            Way::Farthest => -pairs.map(|(a, b)| (a - b).powi(2)).sum::<f32>(),
            _ => pairs.map(|(a, b)| (a - b).powi(2)).sum(),
        }
    };
    let mut others: Vec<usize> = (0..points.len()).filter(|j| *j != i || way == Way::Itself).collect();
    others.sort_by(|a, b| far(*a).total_cmp(&far(*b)));
    others.truncate(if way == Way::All { points.len() } else { k });
    let number = |c: usize| {
        let away = others.iter().map(|j| points[*j][c] - points[i][c]);
        match way {
            Way::NotRelative => others.iter().map(|j| points[*j][c]).fold(f32::MIN, f32::max),
            Way::Absolute => away.map(f32::abs).fold(0.0, f32::max),
            Way::Mean => away.sum::<f32>() / k as f32,
            Way::Min => away.fold(f32::MAX, f32::min),
            _ => away.fold(f32::MIN, f32::max),
        }
    };
    (0..points[i].len()).map(number).collect()
}

/// Task 20.5: the max-relative message of point `i` from its `k` nearest.
pub fn relative(answer: fn(&[Vec<f32>], usize, usize) -> Vec<f32>) -> Verdict {
    let task = Task::of_course("20.5", "How far the nearest stand above").hint(
        "First whom point i hears: the others, sorted by distance, the first k. Then for each number by itself the largest difference.",
    );
    let task = task.second_hint(
        "others.sort_by(|a, b| far(*a).total_cmp(&far(*b))), with far the sum of the squared differences. The largest difference may be negative.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(205);
        for n in 0..24 {
            let (count, width) = (cases.whole(4, 8), cases.whole(2, 3));
            let points: Vec<Vec<f32>> = (0..count).map(|_| cases.numbers(width, -3.0, 3.0)).collect();
            let (i, k) = (
                cases.whole(0, count - 1),
                if n == 0 { 1 } else { cases.whole(1, count - 2) },
            );
            let case = format!("points {points:?}, k = {k}, point {i}");
            let got = task.call(&case, || answer(&points, k, i))?;
            let near = |way| near_all(&got, &above(&points, k, i, way), 1e-4);
            approx_all(&case, &got, &above(&points, k, i, Way::Right), 1e-4)
                .hint_if(
                    near(Way::Itself),
                    "The nearest point to a point is itself. It does not count.",
                )
                .hint_if(near(Way::Farthest), "These are the farthest.")
                .hint_if(
                    near(Way::Dot),
                    "The nearest by distance: a large scalar product is something else.",
                )
                .hint_if(near(Way::FirstNumber), "All numbers of a point count for the distance.")
                .hint_if(
                    near(Way::NotRelative),
                    "These are the largest numbers. How far are they above those of point i?",
                )
                .hint_if(near(Way::Absolute), "The differences have a sign.")
                .hint_if(near(Way::Mean), "That is the mean of the differences.")
                .hint_if(near(Way::Min), "These are the smallest differences.")
                .hint_if(near(Way::All), "Only the k nearest are heard.")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    macro_rules! by {
        ($way:ident) => {
            relative(|p, k, i| above(p, k, i, Way::$way))
        };
    }

    /// By the crate's own graph and product.
    fn crates(points: &[Vec<f32>], k: usize, i: usize) -> Vec<f32> {
        use gradus::dfdx::prelude::*;
        let (n, width) = (points.len(), points[0].len());
        let graph = gradus::ops::nearest_neighbors(&points.concat(), width, n, k).expect("points");
        let x = gradus::device::device(0)
            .expect("device")
            .tensor_from_vec(points.concat(), (n, width));
        gradus::ops::max_relative(&graph, x).expect("rows").as_vec()[i * width..][..width].to_vec()
    }

    #[test]
    fn messages() {
        for answer in [crates, |p: &[Vec<f32>], k, i| above(p, k, i, Way::Right)]
            as [fn(&[Vec<f32>], usize, usize) -> Vec<f32>; 2]
        {
            let verdict = relative(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(by!(Itself), "does not count");
        rejected(by!(Farthest), "the farthest");
        rejected(by!(Dot), "something else");
        rejected(by!(FirstNumber), "All numbers");
        rejected(by!(NotRelative), "How far are they");
        rejected(by!(Absolute), "have a sign");
        rejected(by!(Mean), "the mean of");
        rejected(by!(Min), "smallest differences");
        rejected(by!(All), "Only the k nearest");
        rejected(relative(|_, _, _| Vec::new()), "0 numbers");
        rejected(relative(|_, _, _| todo!()), "not written yet");
    }
}
