//! Task 20.2: what a node hears by attention.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, near_all};

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The node does not hear itself.
    NoSelf,
    /// All nodes are heard.
    All,
    /// The vectors are exchanged.
    Swapped,
    /// The scores are not bent.
    Straight,
    /// Negative scores become 0.
    ReLU,
    /// The scores themselves are the weights.
    NoSoftmax,
    /// All weights are the same.
    Mean,
    /// The exponentials are not divided by their sum.
    NoSum,
    /// What is too large for the exponential is not kept from it.
    Overflow,
}

fn heard(h: &[Vec<f32>], neighbors: &[usize], i: usize, u: &[f32], v: &[f32], way: Way) -> Vec<f32> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let mut others = neighbors.to_vec();
    match way {
        Way::NoSelf => {}
        Way::All => others = (0..h.len()).collect(),
        _ => others.push(i),
    }
    let (u, v) = if way == Way::Swapped { (v, u) } else { (u, v) };
    let bent = |z: f32| match way {
        Way::Straight => z,
        Way::ReLU => z.max(0.0),
        _ => z.max(0.2 * z),
    };
    let scores: Vec<f32> = others.iter().map(|j| bent(dot(u, &h[i]) + dot(v, &h[*j]))).collect();
    let most = if way == Way::Overflow {
        0.0
    } else {
        scores.iter().copied().fold(f32::MIN, f32::max)
    };
    let raised: Vec<f32> = scores.iter().map(|e| (e - most).exp()).collect();
    let sum: f32 = raised.iter().sum();
    let weights: Vec<f32> = match way {
        Way::NoSoftmax => scores,
        Way::Mean => vec![1.0 / others.len() as f32; others.len()],
        Way::NoSum => raised,
        _ => raised.iter().map(|e| e / sum).collect(),
    };
    (0..h[i].len())
        .map(|k| others.iter().zip(&weights).map(|(j, w)| w * h[*j][k]).sum())
        .collect()
}

/// Task 20.2: the sum of what node `i` hears, by the weights of graph attention.
pub fn attend(answer: fn(&[Vec<f32>], &[usize], usize, &[f32], &[f32]) -> Vec<f32>) -> Verdict {
    let task = Task::of_course("20.2", "Whom to hear").hint(
        "A score for each node that is heard, node i among them; the softmax of the scores; the sum of their h by these weights.",
    );
    let task = task.second_hint(
        "score(j) = z.max(0.2 * z) with z = u . h[i] + v . h[j]. Subtract the largest score before exp, as in chapter 03.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(202);
        for n in 0..24 {
            let (h, neighbors, i, u, v) = match n {
                0 => first(),
                1 => far(10.0),
                2 => far(-500.0),
                _ => node(&mut cases, n),
            };
            let case = format!("node {i} with neighbours {neighbors:?}, h {h:?}, u {u:?}, v {v:?}");
            let got = task.call(&case, || answer(&h, &neighbors, i, &u, &v))?;
            let near = |way| near_all(&got, &heard(&h, &neighbors, i, &u, &v, way), 1e-3);
            let broken = got.iter().any(|x| !x.is_finite());
            approx_all(&case, &got, &heard(&h, &neighbors, i, &u, &v, Way::Right), 1e-3)
                .hint_if(
                    broken && neighbors.is_empty(),
                    "A node that is alone still hears itself.",
                )
                .hint_if(
                    broken,
                    "exp(90) is infinite in f32, and exp(-200) is 0. Softmax stays the same if you subtract the largest score from all.",
                )
                .hint_if(near(Way::NoSelf), "Does a node hear itself?")
                .hint_if(near(Way::All), "Only neighbours are heard, and the node itself.")
                .hint_if(
                    near(Way::Swapped),
                    "u belongs to the node that hears, v to the one that is heard.",
                )
                .hint_if(
                    near(Way::Straight),
                    "The scores are to be bent: a fifth of what is below 0.",
                )
                .hint_if(near(Way::ReLU), "A leaky ReLU keeps a fifth of what is below 0.")
                .hint_if(
                    near(Way::NoSoftmax),
                    "These are the scores as weights. Weights are positive and sum to 1.",
                )
                .hint_if(near(Way::Mean), "That is the plain mean. Where are the scores?")
                .hint_if(near(Way::NoSum), "The weights must sum to 1.")?;
        }
        Ok(())
    })
}

/// Numbers of all nodes, the neighbours of one, its own number, and the two vectors.
type Case = (Vec<Vec<f32>>, Vec<usize>, usize, Vec<f32>, Vec<f32>);

/// A case in which every way to go wrong gives something else.
fn first() -> Case {
    let h = [[1.0, 0.5], [-0.5, 1.0], [0.8, -1.2], [2.0, 0.3]]
        .map(Vec::from)
        .to_vec();
    (h, vec![1, 2], 0, vec![-0.7, 0.4], vec![0.9, -0.3])
}

/// Scores of which every exponential is infinite, or 0.
fn far(v: f32) -> Case {
    (vec![vec![10.0], vec![9.0], vec![12.0]], vec![2], 0, vec![0.0], vec![v])
}

fn node(cases: &mut Cases, n: usize) -> Case {
    let (nodes, width) = (cases.whole(3, 6), cases.whole(1, 3));
    let h: Vec<Vec<f32>> = (0..nodes).map(|_| cases.numbers(width, -2.0, 2.0)).collect();
    // Now and then scores of which the exponential is too large for f32.
    let reach = if n % 5 == 4 { 90.0 } else { 1.5 };
    let (u, v) = (cases.numbers(width, -reach, reach), cases.numbers(width, -reach, reach));
    let i = cases.whole(0, nodes - 1);
    // In any order, and not the first of all.
    let keys = cases.numbers(nodes, 0.0, 1.0);
    let mut neighbors: Vec<usize> = (0..nodes).filter(|j| *j != i).collect();
    neighbors.sort_by(|a, b| keys[*a].total_cmp(&keys[*b]));
    neighbors.truncate(if n % 6 == 5 { 0 } else { cases.whole(1, nodes - 2) });
    (h, neighbors, i, u, v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    macro_rules! by {
        ($way:ident) => {
            attend(|h, n, i, u, v| heard(h, n, i, u, v, Way::$way))
        };
    }

    #[test]
    fn weights() {
        let verdict = by!(Right);
        assert!(verdict.passed(), "{verdict}");
        rejected(by!(NoSelf), "hear itself?");
        rejected(by!(All), "Only neighbours");
        rejected(by!(Swapped), "that hears, v to");
        rejected(by!(Straight), "to be bent");
        rejected(by!(ReLU), "keeps a fifth");
        rejected(by!(NoSoftmax), "positive and sum to 1");
        rejected(by!(Mean), "plain mean");
        rejected(by!(NoSum), "must sum to 1");
        rejected(by!(Overflow), "infinite in f32");
        // Scores cut off instead of moved; as many others as there are neighbours, whoever they are.
        let cut = |h: &[Vec<f32>], n: &[usize], i: usize, u: &[f32], v: &[f32]| {
            let all: Vec<usize> = n.iter().copied().chain([i]).collect();
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            let z = |j: usize| dot(u, &h[i]) + dot(v, &h[j]);
            let raised: Vec<f32> = all
                .iter()
                .map(|j| z(*j).max(0.2 * z(*j)).clamp(-80.0, 80.0).exp())
                .collect();
            let sum: f32 = raised.iter().sum();
            let one = |k: usize| all.iter().zip(&raised).map(|(j, w)| w / sum * h[*j][k]).sum();
            (0..h[i].len()).map(one).collect::<Vec<f32>>()
        };
        rejected(attend(cut), "node 0 with neighbours [2]");
        rejected(
            attend(|h, n, i, u, v| {
                let others: Vec<usize> = (0..h.len()).filter(|j| *j != i).take(n.len()).collect();
                heard(h, &others, i, u, v, Way::Right)
            }),
            "neighbours",
        );
        rejected(attend(|_, _, _, _, _| Vec::new()), "0 numbers");
        rejected(attend(|_, _, _, _, _| todo!()), "not written yet");
    }
}
