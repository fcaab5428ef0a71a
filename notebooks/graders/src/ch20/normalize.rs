//! Task 20.1: the matrix that messages pass by.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, near_all};

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// No node hears itself.
    NoLoops,
    /// Degrees without oneself.
    OldDegrees,
    /// Divided on one side only: the mean.
    Mean,
    /// Divided by the product of the degrees.
    NoRoot,
    /// Nothing is divided.
    Plain,
    /// Edges go one way.
    Directed,
    /// An edge that is named twice counts twice.
    Twice,
    /// A node with a loop of its own hears itself twice.
    Loops,
}

fn matrix(n: usize, edges: &[(usize, usize)], way: Way) -> Vec<f32> {
    let mut a = vec![0.0f32; n * n];
    for (i, j) in edges {
        let more = |old: f32| if way == Way::Twice { old + 1.0 } else { 1.0 };
        a[i * n + j] = more(a[i * n + j]);
        if way != Way::Directed && i != j {
            a[j * n + i] = more(a[j * n + i]);
        }
    }
    let degrees = |a: &[f32]| -> Vec<f32> { (0..n).map(|i| a[i * n..][..n].iter().sum()).collect() };
    let before = degrees(&a);
    for i in 0..n {
        let own = &mut a[i * n + i];
        *own = match way {
            Way::NoLoops => *own,
            Way::Loops => *own + 1.0,
            _ => 1.0,
        };
    }
    let d = if way == Way::OldDegrees { before } else { degrees(&a) };
    let divisor = |i: usize, j: usize| match way {
        Way::Plain => 1.0,
        Way::Mean => d[i],
        Way::NoRoot => d[i] * d[j],
        _ => (d[i] * d[j]).sqrt(),
    };
    let entry = |k: usize| {
        if a[k] == 0.0 {
            0.0
        } else {
            a[k] / divisor(k / n, k % n).max(1e-9)
        }
    };
    (0..n * n).map(entry).collect()
}

/// Task 20.1: `D^-1/2 (A + I) D^-1/2` of a graph, row after row.
pub fn normalize(answer: fn(usize, &[(usize, usize)]) -> Vec<f32>) -> Verdict {
    let task = Task::of_course("20.1", "Who hears whom").hint(
        "First the ones: both ways for each edge, and on the diagonal. Then the degrees, from the matrix that you have by then. Then divide.",
    );
    let task = task.second_hint(
        "Entry i, j of the result is a[i * n + j] / (d[i] * d[j]).sqrt(), with d the sums of the rows of A + I.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(201);
        for n in 0..20 {
            let (nodes, edges) = graph(&mut cases, n);
            let case = format!("{nodes} nodes, edges {edges:?}");
            let got = task.call(&case, || answer(nodes, &edges))?;
            let near = |way| near_all(&got, &matrix(nodes, &edges, way), 1e-4);
            approx_all(&case, &got, &matrix(nodes, &edges, Way::Right), 1e-4)
                .hint_if(near(Way::NoLoops), "Does a node hear itself?")
                .hint_if(near(Way::OldDegrees), "The degrees are those of A + I: oneself counts.")
                .hint_if(
                    near(Way::Mean),
                    "That is the mean over those that a node hears. Both ends of an edge count.",
                )
                .hint_if(
                    near(Way::NoRoot),
                    "Divide by the root of the product of the two degrees.",
                )
                .hint_if(near(Way::Plain), "These are the ones. Now divide.")
                .hint_if(near(Way::Directed), "An edge goes both ways.")
                .hint_if(near(Way::Twice), "An edge that is named twice is still one edge.")
                .hint_if(
                    near(Way::Loops),
                    "Where the list has an edge (i, i), the diagonal must not become 2.",
                )?;
        }
        Ok(())
    })
}

/// A graph: the chapter's first, then others with nodes that are alone, and edges named twice and from both ends.
fn graph(cases: &mut Cases, n: usize) -> (usize, Vec<(usize, usize)>) {
    if n == 0 {
        return (4, vec![(0, 1), (1, 2), (1, 3)]);
    }
    let nodes = cases.whole(2, 6);
    let count = cases.whole(1, 6);
    let mut edges: Vec<_> = (0..count)
        .map(|_| (cases.whole(0, nodes - 1), cases.whole(0, nodes - 1)))
        .collect();
    edges.retain(|(i, j)| i != j);
    if let (Some((i, j)), true) = (edges.first().copied(), n % 3 == 1) {
        edges.push((j, i));
        edges.push((i, j));
    }
    if n % 4 == 2 {
        edges.push((1, 1));
    }
    (nodes, edges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;
    use gradus::graph::Graph;

    fn crates(n: usize, edges: &[(usize, usize)]) -> Vec<f32> {
        Graph::undirected(n, edges).expect("edges").normalized().to_dense()
    }

    #[test]
    fn matrices() {
        let verdict = normalize(crates);
        assert!(verdict.passed(), "{verdict}");
        assert!(normalize(|n, e| matrix(n, e, Way::Right)).passed());
        rejected(normalize(|n, e| matrix(n, e, Way::NoLoops)), "hear itself?");
        rejected(normalize(|n, e| matrix(n, e, Way::OldDegrees)), "oneself counts");
        rejected(normalize(|n, e| matrix(n, e, Way::Mean)), "Both ends");
        rejected(normalize(|n, e| matrix(n, e, Way::NoRoot)), "root of the product");
        rejected(normalize(|n, e| matrix(n, e, Way::Plain)), "Now divide");
        rejected(normalize(|n, e| matrix(n, e, Way::Directed)), "both ways");
        rejected(normalize(|n, e| matrix(n, e, Way::Twice)), "still one edge");
        rejected(normalize(|n, e| matrix(n, e, Way::Loops)), "must not become 2");
        rejected(normalize(|_, _| Vec::new()), "16 numbers");
        rejected(normalize(|_, _| todo!()), "not written yet");
    }
}
