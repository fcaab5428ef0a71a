//! A graph made of points: each hears those that are nearest.

use super::cpu::{made_in_parts, scalar_product, share};
use crate::graph::Graph;
use crate::{Error, Result};

/// The graph in which each point hears the `k` points of its group that are nearest to it, itself not counted; the lower number
/// where two are equally far. `points` holds `width` numbers for each, in groups of `group`: the patches of a picture, for one.
/// A group that is smaller than `k + 1` links all with all. Distances are Euclidean; the choice has no gradient.
///
/// PyTorch Geometric: `knn_graph(x, k, batch, loop=False)`. Taught in notebook 20.
///
/// # Errors
/// [`Error::Argument`] where `k`, `width` or `group` is 0, where the points do not fill the last group, and for a number that is
/// NaN or infinite.
pub fn nearest_neighbors(points: &[f32], width: usize, group: usize, k: usize) -> Result<Graph> {
    let refuse = |what: &str, expected: &str, got: String| {
        Err(Error::Argument {
            what: format!("{what} of the nearest neighbours"),
            expected: expected.into(),
            got,
        })
    };
    if width == 0 || group == 0 || k == 0 {
        return refuse(
            "sizes",
            "k, width and group of at least 1",
            format!("{k}, {width}, {group}"),
        );
    }
    if !points.len().is_multiple_of(width * group) {
        let expected = format!("full groups of {group} points of {width} numbers");
        return refuse("points", &expected, format!("{} numbers", points.len()));
    }
    if let Some(i) = points.iter().position(|x| !x.is_finite()) {
        return refuse(
            "points",
            "finite numbers",
            format!("{} in point {}", points[i], i / width),
        );
    }
    let (n, k) = (points.len() / width, k.min(group - 1));
    // Numbers of points travel as f32 with the squared norms: a group is small, and its places are exact.
    let part = share(group * width * 4);
    let found = made_in_parts(n * k, part * k, |i, found| {
        for (row, found) in found.chunks_mut(k.max(1)).enumerate() {
            nearest(points, width, group, i * part + row, found);
        }
    });
    let places = found
        .iter()
        .enumerate()
        .map(|(at, place)| (at / k / group * group) as u32 + *place as u32);
    Ok(Graph::of_rows((0..=n).map(|i| i * k).collect(), places.collect()))
}

/// The places in their group of the points nearest to `point`, in order.
fn nearest(points: &[f32], width: usize, group: usize, point: usize, found: &mut [f32]) {
    let first = point / group * group;
    let here = &points[point * width..][..width];
    let mut away: Vec<(f32, usize)> = Vec::with_capacity(group);
    let mut apart = vec![0.0; width];
    for (place, there) in points[first * width..][..group * width].chunks(width).enumerate() {
        if first + place != point {
            apart
                .iter_mut()
                .zip(here.iter().zip(there))
                .for_each(|(d, (a, b))| *d = a - b);
            let mut squares = 0.0;
            scalar_product(&apart, &apart, &mut squares);
            away.push((squares, place));
        }
    }
    let nearer = |a: &(f32, usize), b: &(f32, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if found.len() < away.len() {
        away.select_nth_unstable_by(found.len(), nearer);
    }
    found
        .iter_mut()
        .zip(away)
        .for_each(|(found, (_, place))| *found = place as f32);
    found.sort_by(f32::total_cmp);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_within_each_group() {
        let points = [0.0, 1.0, 3.0, 3.5, 7.0, 9.0, 7.5, 0.0];
        let graph = nearest_neighbors(&points, 1, 4, 2).expect("points");
        let heard: Vec<&[u32]> = (0..8).map(|i| graph.neighbors(i)).collect();
        let expected: [&[u32]; 8] = [&[1, 2], &[0, 2], &[1, 3], &[1, 2], &[5, 6], &[4, 6], &[4, 5], &[4, 6]];
        assert_eq!(heard, expected);
        assert_eq!(nearest_neighbors(&points, 1, 2, 9).expect("points").edges().len(), 8);
        assert_eq!(nearest_neighbors(&points, 1, 1, 3).expect("points").edges(), []);
        assert_eq!(nearest_neighbors(&[], 3, 4, 2).expect("none").nodes(), 0);
        for (points, width, group, k) in [(&points[..], 1, 3, 1), (&points, 1, 4, 0), (&[f32::NAN, 1.0], 1, 2, 1)] {
            assert!(nearest_neighbors(points, width, group, k).is_err());
        }
        let far = nearest_neighbors(&[f32::INFINITY, 1.0], 1, 2, 1)
            .expect_err("far")
            .to_string();
        assert!(far.contains("inf in point 0"), "{far}");
    }
}
