//! Task 20.4: one row for each graph.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, near_all};

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    Sum,
    Max,
    /// Divided by the number of all nodes.
    AllNodes,
    /// Divided by the number of graphs.
    Graphs,
    /// Divided by one too many.
    OneMore,
    /// A graph without nodes is not a number.
    #[cfg(test)]
    NaN,
    /// A graph without nodes is left out.
    LeftOut,
    /// As if all graphs were of one size.
    EvenParts,
}

fn pooled(x: &[f32], width: usize, of: &[usize], graphs: usize, way: Way) -> Vec<f32> {
    let nodes = of.len();
    let row = |graph: usize| -> Option<Vec<f32>> {
        let even = nodes.div_ceil(graphs).max(1);
        let mine = |i: &usize| {
            if way == Way::EvenParts {
                i / even == graph
            } else {
                of[*i] == graph
            }
        };
        let members: Vec<usize> = (0..nodes).filter(mine).collect();
        let n = match way {
            Way::Sum => 1,
            Way::AllNodes => nodes,
            Way::Graphs => graphs,
            Way::OneMore => members.len() + 1,
            #[cfg(test)]
            Way::NaN => members.len(),
            _ => members.len().max(1),
        };
        if way == Way::LeftOut && members.is_empty() {
            return None;
        }
        let column = |k: usize| members.iter().map(move |i| x[i * width + k]);
        Some(
            (0..width)
                .map(|k| match way {
                    Way::Max => column(k)
                        .fold(f32::MIN, f32::max)
                        .max(if members.is_empty() { 0.0 } else { f32::MIN }),
                    _ => column(k).sum::<f32>() / n as f32,
                })
                .collect(),
        )
    };
    (0..graphs).filter_map(row).flatten().collect()
}

/// Task 20.4: the mean over the nodes of each graph of a batch.
pub fn pool(answer: fn(&[f32], usize, &[usize], usize) -> Vec<f32>) -> Verdict {
    let task = Task::of_course("20.4", "One row for each graph").hint(
        "Two lists: the sums, `width` numbers for each graph, and how many nodes each graph has. One pass over the nodes fills both.",
    );
    let task = task.second_hint(
        "Node i adds its number k to sums[of[i] * width + k]. Divide by the count, or by 1 where it is 0.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(204);
        for n in 0..20 {
            let (x, width, of, graphs) = if n == 0 { first() } else { batch(&mut cases, n) };
            let case = format!("rows of {width}: {x:?}, of the graphs {of:?}, {graphs} graphs");
            let got = task.call(&case, || answer(&x, width, &of, graphs))?;
            let near = |way| near_all(&got, &pooled(&x, width, &of, graphs, way), 1e-4);
            let empty = (0..graphs).any(|graph| !of.contains(&graph));
            approx_all(&case, &got, &pooled(&x, width, &of, graphs, Way::Right), 1e-4)
                .hint_if(
                    empty && got.iter().any(|x| x.is_nan()),
                    "A graph without nodes has the row 0, not 0 / 0.",
                )
                .hint_if(near(Way::LeftOut) && empty, "A graph without nodes keeps its row.")
                .hint_if(near(Way::Sum), "That is the sum over the nodes of each graph.")
                .hint_if(near(Way::Max), "That is the largest number of each graph.")
                .hint_if(near(Way::AllNodes), "Divide by the nodes of this graph, not by all.")
                .hint_if(
                    near(Way::Graphs),
                    "Divide by the nodes of the graph, not by the graphs.",
                )
                .hint_if(near(Way::OneMore), "One node too many in the divisor.")
                .hint_if(
                    near(Way::EvenParts),
                    "Graphs have different sizes: `of` says where each node belongs.",
                )?;
        }
        Ok(())
    })
}

/// Rows, their width, the graph of each, and how many graphs there are.
type Case = (Vec<f32>, usize, Vec<usize>, usize);

/// A case in which every way to go wrong gives something else.
fn first() -> Case {
    let x = vec![1.0, 2.0, 3.0, 4.0, -1.0, 0.5, 2.0, 2.5, 0.5, -3.0];
    (x, 2, vec![0, 2, 0, 2, 2], 4)
}

fn batch(cases: &mut Cases, n: usize) -> Case {
    let (graphs, width, nodes) = (cases.whole(2, 4), cases.whole(1, 3), cases.whole(1, 9));
    // Now and then the nodes of a graph do not stand beside each other.
    let mut of = cases.wholes(nodes, 0, graphs - 1);
    if n.is_multiple_of(2) {
        of.sort_unstable();
    }
    let x = cases.numbers(nodes * width, -3.0, 3.0);
    (x, width, of, graphs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    macro_rules! by {
        ($way:ident) => {
            pool(|x, w, of, g| pooled(x, w, of, g, Way::$way))
        };
    }

    #[test]
    fn means() {
        let verdict = by!(Right);
        assert!(verdict.passed(), "{verdict}");
        rejected(by!(Sum), "the sum over");
        rejected(by!(Max), "largest number");
        rejected(by!(AllNodes), "not by all");
        rejected(by!(Graphs), "not by the graphs");
        rejected(by!(OneMore), "too many");
        rejected(by!(NaN), "not 0 / 0");
        rejected(by!(LeftOut), "keeps its row");
        rejected(by!(EvenParts), "different sizes");
        rejected(pool(|_, _, _, _| todo!()), "not written yet");
    }
}
