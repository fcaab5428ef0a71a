//! Where to draw the nodes.

use crate::eigen::eigen;

/// Rounds of pulling and pushing.
const ROUNDS: usize = 200;

/// For `n` nodes and their edges.
pub(super) fn spectral(n: usize, edges: &[(usize, usize)]) -> Vec<[f64; 2]> {
    let mut a = vec![0.0; n * n];
    for &(i, j) in edges {
        // Both ways, or the matrix would not be symmetric.
        (a[i * n + j], a[j * n + i]) = (1.0, 1.0);
    }
    let roots: Vec<f64> = a
        .chunks(n.max(1))
        .map(|row| row.iter().sum::<f64>().max(1.0).sqrt())
        .collect();
    (0..n * n).for_each(|k| a[k] /= roots[k / n] * roots[k % n]);
    let (_, vectors) = eigen(a, n);
    let at = |k: usize, i: usize| vectors.get(k).map_or(0.0, |v| v[i] / roots[i]);
    within((0..n).map(|i| [at(1, i), at(2, i)]).collect())
}

/// The same by forces.
pub(super) fn springs(n: usize, edges: &[(usize, usize)]) -> Vec<[f64; 2]> {
    let mut at = spectral(n, edges);
    // Nodes in one place would push each other nowhere: a little spiral parts them.
    for (i, p) in at.iter_mut().enumerate() {
        let turn = 2.4 * i as f64;
        (p[0], p[1]) = (p[0] + 0.05 * turn.cos(), p[1] + 0.05 * turn.sin());
    }
    let ideal = 2.0 / (n.max(1) as f64).sqrt();
    for round in 0..ROUNDS {
        let mut force = vec![[0.0; 2]; n];
        for i in 0..n {
            for j in 0..i {
                let (d, far) = between(at[i], at[j]);
                push(&mut force, i, j, d, ideal * ideal / (far * far));
            }
        }
        for &(i, j) in edges {
            let (d, far) = between(at[i], at[j]);
            // An edge that goes both ways is there twice.
            push(&mut force, i, j, d, -0.5 * far / ideal);
        }
        let step = 0.2 * (1.0 - round as f64 / ROUNDS as f64);
        for (p, f) in at.iter_mut().zip(force) {
            // A mild pull to the middle, or parts without an edge between them would fly away.
            let f = [f[0] - 0.5 * p[0], f[1] - 0.5 * p[1]];
            let long = f[0].hypot(f[1]).max(1e-9);
            (0..2).for_each(|k| p[k] += f[k] / long * long.min(step));
        }
    }
    within(at)
}

fn between(a: [f64; 2], b: [f64; 2]) -> ([f64; 2], f64) {
    let d = [a[0] - b[0], a[1] - b[1]];
    (d, d[0].hypot(d[1]).max(1e-3))
}

/// `i` is moved along `d`, and `j` against it.
fn push(force: &mut [[f64; 2]], i: usize, j: usize, d: [f64; 2], strength: f64) {
    for k in 0..2 {
        force[i][k] += d[k] * strength;
        force[j][k] -= d[k] * strength;
    }
}

/// Moved and stretched so that both axes reach from -1 to 1.
fn within(mut at: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    for k in 0..2 {
        let ends = at
            .iter()
            .fold((f64::MAX, f64::MIN), |(a, b), p| (a.min(p[k]), b.max(p[k])));
        let (middle, half) = ((ends.0 + ends.1) / 2.0, (ends.1 - ends.0) / 2.0);
        at.iter_mut()
            .for_each(|p| p[k] = if half > 1e-12 { (p[k] - middle) / half } else { 0.0 });
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;

    #[test]
    fn two_groups_come_apart() {
        // Two complete graphs of five with one edge between them.
        let mut edges = vec![(0, 5)];
        for g in [0, 5] {
            (0..5).for_each(|i| (0..i).for_each(|j| edges.push((g + i, g + j))));
        }
        let graph = Graph::undirected(10, &edges).expect("edges");
        let spectral = graph.spectral_layout();
        assert!((0..5).all(|i| spectral[i][0] * spectral[0][0] > 0.0 && spectral[5 + i][0] * spectral[0][0] < 0.0));
        let springs = graph.spring_layout();
        assert!(springs.iter().flatten().all(|x| x.abs() <= 1.0 + 1e-9));
        let mean = |from: usize| {
            (from..from + 5).fold([0.0; 2], |m, i| {
                [m[0] + springs[i][0] / 5.0, m[1] + springs[i][1] / 5.0]
            })
        };
        let apart = between(mean(0), mean(5)).1;
        let inside = (0..5).map(|i| between(springs[i], mean(0)).1).fold(0.0, f64::max);
        assert!(apart > 1.5 * inside, "{apart} apart, {inside} inside");
        for (i, p) in springs.iter().enumerate() {
            assert!(
                springs[..i].iter().all(|q| between(*p, *q).1 > 0.05),
                "node {i} on another"
            );
        }
    }
}
