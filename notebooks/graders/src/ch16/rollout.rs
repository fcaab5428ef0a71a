//! Task 16.3: attention, followed through all layers.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, near_all};

/// What one head of one layer looks at: row `i` holds the weights with which step `i` looks at each step, and their sum is 1.
/// Step 0 is the class token.
pub type Map = Vec<Vec<f32>>;

/// What the learner writes: from the maps of each layer's heads, first layer first, how much of each patch is in the token.
type Answer = fn(&[Vec<Map>]) -> Vec<f32>;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// Without the road past the attention.
    NoRoad,
    /// The first head for all.
    OneHead,
    /// The heads are added up.
    Summed,
    /// The first layer comes last.
    Backwards,
    /// Who looks at the token, in place of what it looks at.
    Column,
    /// The token's own share is cut off and what is left does not sum to 1.
    Unscaled,
    /// With the token's own share.
    WithToken,
    LastLayer,
    /// The layers are averaged.
    Mean,
}

fn product(a: &Map, b: &Map) -> Map {
    let n = a.len();
    let sum = |i: usize, j: usize| (0..n).map(|k| a[i][k] * b[k][j]).sum();
    (0..n).map(|i| (0..n).map(|j| sum(i, j)).collect()).collect()
}

fn layer(heads: &[Map], way: Way) -> Map {
    let n = heads[0].len();
    let seen = |i: usize, j: usize| match way {
        Way::OneHead => heads[0][i][j],
        Way::Summed => heads.iter().map(|h| h[i][j]).sum(),
        _ => heads.iter().map(|h| h[i][j]).sum::<f32>() / heads.len() as f32,
    };
    let mixed = |i: usize, j: usize| match way {
        Way::NoRoad => seen(i, j),
        _ => 0.5 * seen(i, j) + if i == j { 0.5 } else { 0.0 },
    };
    (0..n).map(|i| (0..n).map(|j| mixed(i, j)).collect()).collect()
}

fn followed(layers: &[Vec<Map>], way: Way) -> Vec<f32> {
    let mut maps: Vec<Map> = layers.iter().map(|heads| layer(heads, way)).collect();
    match way {
        Way::Backwards => maps.reverse(),
        Way::LastLayer => maps = maps.split_off(maps.len() - 1),
        _ => {}
    }
    let steps = maps[0].len();
    let all = match way {
        Way::Mean => {
            let mean = |i: usize, j: usize| maps.iter().map(|m| m[i][j]).sum::<f32>() / maps.len() as f32;
            (0..steps).map(|i| (0..steps).map(|j| mean(i, j)).collect()).collect()
        }
        _ => maps
            .iter()
            .skip(1)
            .fold(maps[0].clone(), |below, map| product(map, &below)),
    };
    let row: Vec<f32> = match way {
        Way::Column => all.iter().map(|row| row[0]).collect(),
        _ => all[0].clone(),
    };
    if way == Way::WithToken {
        return row;
    }
    let patches = &row[1..];
    let sum: f32 = if way == Way::Unscaled {
        1.0
    } else {
        patches.iter().sum()
    };
    patches.iter().map(|v| v / sum).collect()
}

/// Maps of `layers` layers with `heads` heads over `steps` steps, at random.
fn random(cases: &mut Cases, [layers, heads, steps]: [usize; 3]) -> Vec<Vec<Map>> {
    let mut row = || {
        let weights: Vec<f32> = cases.numbers(steps, 0.0, 3.0).iter().map(|w| 0.05 + w * w).collect();
        let sum: f32 = weights.iter().sum();
        weights.iter().map(|w| w / sum).collect::<Vec<f32>>()
    };
    let mut map = || (0..steps).map(|_| row()).collect::<Map>();
    (0..layers).map(|_| (0..heads).map(|_| map()).collect()).collect()
}

/// Task 16.3: what the class token has seen through all layers (Abnar and Zuidema 2020).
pub fn rollout(answer: Answer) -> Verdict {
    let task = Task::of_course("16.3", "Through all layers").hint(
        "One layer, one head, a token and two patches, and the token's row is 0.2, 0.6, 0.2: with half of itself that is 0.6, 0.3, \
         0.1, and the answer 0.75, 0.25. With two layers: which of them did the token look through last?",
    );
    let task = task.second_hint(
        "For each layer the mean of its heads, halved, plus 0.5 on the diagonal. Multiply: the matrix of a later layer stands on \
         the left. Row 0 without its first number, divided by its sum.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(163);
        for n in 0..24 {
            let size = match n {
                0..3 => [1, 1, 3],
                3..6 => [1, 3, 3],
                6..9 => [2, 1, 3],
                _ => [cases.whole(2, 4), cases.whole(2, 4), cases.whole(3, 10)],
            };
            let layers = match n {
                0 => vec![vec![vec![
                    vec![0.2, 0.6, 0.2],
                    vec![0.5, 0.25, 0.25],
                    vec![0.1, 0.1, 0.8],
                ]]],
                _ => random(&mut cases, size),
            };
            let mut case = format!("{} layers, {} heads, {} steps", size[0], size[1], size[2]);
            if n < 9 {
                case = format!("{case}: {layers:.3?}");
            }
            let got = task.call(&case, || answer(&layers))?;
            let is = |way| near_all(&got, &followed(&layers, way), 1e-4);
            approx_all(&case, &got, &followed(&layers, Way::Right), 1e-4)
                .hint_if(
                    is(Way::Unscaled),
                    "The shares of the patches have to sum to 1: divide by their sum.",
                )
                .hint_if(
                    is(Way::WithToken),
                    "The token's own share is still among them: only patches are asked for.",
                )
                .hint_if(
                    is(Way::Column),
                    "That is how much looks *at* the token, a column. What the token looks at is a row.",
                )
                .hint_if(
                    is(Way::NoRoad),
                    "A block *adds* what attention found to what was there: half of each step is still itself.",
                )
                .hint_if(
                    is(Way::OneHead),
                    "That is the first head alone. A layer is the mean of its heads.",
                )
                .hint_if(
                    is(Way::Summed),
                    "The heads are added up: take their mean, so that rows sum to 1.",
                )
                .hint_if(
                    is(Way::Backwards),
                    "The order of the matrices: the token asks the last layer first, so that one stands on the left.",
                )
                .hint_if(
                    is(Way::LastLayer),
                    "That is the last layer alone. What had its steps seen before?",
                )
                .hint_if(
                    is(Way::Mean),
                    "Layers come one after the other: their matrices are multiplied, not averaged.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: the token's row is carried down from the last layer to the first.
    fn carried(layers: &[Vec<Map>]) -> Vec<f32> {
        let steps = layers[0][0].len();
        let mut row = vec![0.0_f32; steps];
        row[0] = 1.0;
        for heads in layers.iter().rev() {
            let mut below = row.iter().map(|v| v / 2.0).collect::<Vec<f32>>();
            for head in heads {
                for (share, looks) in row.iter().zip(head) {
                    for (b, l) in below.iter_mut().zip(looks) {
                        *b += share * l / (2 * heads.len()) as f32;
                    }
                }
            }
            row = below;
        }
        let sum: f32 = row[1..].iter().sum();
        row[1..].iter().map(|v| v / sum).collect()
    }

    #[test]
    fn through_all_layers() {
        for answer in [carried, |l| followed(l, Way::Right)] as [Answer; 2] {
            let verdict = rollout(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(rollout(|l| followed(l, Way::OneHead)), "first head alone");
        rejected(rollout(|l| followed(l, Way::Backwards)), "order of the matrices");
        rejected(rollout(|l| followed(l, Way::Column)), "a column");
        rejected(rollout(|l| followed(l, Way::Unscaled)), "sum to 1");
        rejected(rollout(|l| followed(l, Way::WithToken)), "still among them");
        rejected(rollout(|l| followed(l, Way::LastLayer)), "last layer alone");
        rejected(rollout(|l| followed(l, Way::Mean)), "not averaged");
        rejected(rollout(|l| followed(l, Way::Summed)), "added up");
        // With one layer the road past it changes nothing among the patches; with two it does.
        rejected(rollout(|l| followed(l, Way::NoRoad)), "still itself");
        rejected(
            rollout(|l| vec![1.0 / (l[0][0].len() - 1) as f32; l[0][0].len() - 1]),
            "0.75",
        );
        rejected(rollout(|_| vec![]), "0 numbers");
        rejected(rollout(|_| todo!()), "not written yet");
    }
}
