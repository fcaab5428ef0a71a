//! Task 15.2: several directions taken out of a word.

use super::look::dot;
use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, near_all};

/// What the learner writes: (word, directions) to the word without its part in them, at length 1.
type Answer = fn(&[f32], &[Vec<f32>]) -> Vec<f32>;

fn length(a: &[f32]) -> f32 {
    dot(a, a).sqrt()
}

fn times(a: &[f32], by: f32) -> Vec<f32> {
    a.iter().map(|x| x * by).collect()
}

fn unit(a: &[f32]) -> Vec<f32> {
    times(a, 1.0 / length(a))
}

/// `a` without its part along `direction`, which has the length 1.
fn without(a: &[f32], direction: &[f32]) -> Vec<f32> {
    let along = dot(a, direction);
    a.iter().zip(direction).map(|(a, d)| a - along * d).collect()
}

fn right(word: &[f32], directions: &[Vec<f32>]) -> Vec<f32> {
    let mut axes: Vec<Vec<f32>> = Vec::new();
    for direction in directions {
        let left = axes.iter().fold(unit(direction), |left, axis| without(&left, axis));
        if length(&left) > 1e-3 {
            axes.push(unit(&left));
        }
    }
    unit(&axes.iter().fold(word.to_vec(), |left, axis| without(&left, axis)))
}

/// One direction after the other, as if they stood at right angles.
fn one_by_one(word: &[f32], directions: &[Vec<f32>]) -> Vec<f32> {
    unit(
        &directions
            .iter()
            .fold(word.to_vec(), |left, direction| without(&left, &unit(direction))),
    )
}

/// Task 15.2: a word without its part in the space of some directions, at length 1: (word, directions).
pub fn out_of_plane(answer: Answer) -> Verdict {
    let task = Task::of_course("15.2", "Out of a plane").hint(
        "Take the word (1, 1, 1) and the directions (1, 0, 0) and (1, 2, 0): together they are the plane of the first two numbers, and \
         (0, 0, 1) is left. What is left with yours?",
    );
    let task = task.second_hint(
        "Make the directions stand at right angles first (Gram and Schmidt): take from each its parts along those before it, and bring \
         it to length 1; leave it out if nothing is left of it. Then take from the word its part along each.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(152);
        for n in 0..22 {
            let (size, count) = match n {
                0 => (3, 1),
                1 => (3, 2),
                20.. => (cases.whole(4, 6), 2),
                _ => (cases.whole(4, 6), cases.whole(1, 3)),
            };
            let mut directions: Vec<Vec<f32>> = (0..count).map(|_| cases.numbers(size, -2.0, 2.0)).collect();
            if n < 2 {
                directions = vec![vec![1.0, 0.0, 0.0], vec![1.0, 2.0, 0.0]][..count].to_vec();
            }
            match n {
                // The last one lies along the first, or in the plane of both without lying along either.
                16..20 => directions.push(times(&directions[0], -2.0)),
                20.. => directions.push(directions[0].iter().zip(&directions[1]).map(|(a, b)| a + b).collect()),
                _ => {}
            }
            let word = if n < 2 { vec![1.0; 3] } else { cases.numbers(size, -2.0, 2.0) };
            let case = format!("word {word:?}, directions {directions:?}");
            let got = task.call(&case, || answer(&word, &directions))?;
            let wanted = right(&word, &directions);
            let is = |other: &[f32]| near_all(&got, other, 1e-2);
            let raw = directions.iter().fold(word.clone(), |left, d| without(&left, d));
            let sum = directions.iter().fold(word.clone(), |left, d| {
                let along = dot(&word, &unit(d));
                left.iter().zip(unit(d)).map(|(a, d)| a - along * d).collect()
            });
            approx_all(&case, &got, &wanted, 1e-2)
                .hint_if(is(&word) || is(&unit(&word)), "Nothing was taken out of the word.")
                .hint_if(got.len() == size && length(&got) > 0.0 && near_all(&unit(&got), &wanted, 1e-2), "The direction is right, the length is not 1.")
                .hint_if(is(&unit(&raw)) || is(&raw), "w·g is the part along g only where g has the length 1.")
                .hint_if(
                    is(&one_by_one(&word, &directions)) || is(&unit(&sum)),
                    "Each direction was taken out by itself. Where they are no right angles, taking out the second brings back some of the first.",
                )
                .hint_if(count > 1 && is(&right(&word, &directions[..1])), "Only the first direction was taken out.")
                .hint_if(n >= 20, "The last direction lies in the plane of the first two. What is left of it without those, and what happens if that is brought to length 1?")
                .hint_if(n >= 16, "The last direction lies along the first. What is left of it without that, and what happens if that is brought to length 1?")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: in doubles, and the word's part taken out by going round the directions many times.
    fn round_and_round(word: &[f32], directions: &[Vec<f32>]) -> Vec<f32> {
        let mut left: Vec<f64> = word.iter().map(|x| f64::from(*x)).collect();
        for _ in 0..3000 {
            for d in directions {
                let square: f64 = d.iter().map(|d| f64::from(*d).powi(2)).sum();
                let along = left.iter().zip(d).map(|(a, d)| a * f64::from(*d)).sum::<f64>() / square;
                left.iter_mut().zip(d).for_each(|(a, d)| *a -= along * f64::from(*d));
            }
        }
        let length = left.iter().map(|x| x * x).sum::<f64>().sqrt();
        left.iter().map(|x| (x / length) as f32).collect()
    }

    #[test]
    fn planes() {
        for answer in [right, round_and_round] as [Answer; 2] {
            let verdict = out_of_plane(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        let with = |answer: Answer, words: &str| rejected(out_of_plane(answer), words);
        with(one_by_one, "brings back");
        with(|word, _| word.to_vec(), "Nothing was taken out");
        with(|word, _| unit(word), "Nothing was taken out");
        with(
            |word, directions| times(&right(word, directions), 2.0),
            "length is not 1",
        );
        with(
            |word, directions| unit(&directions.iter().fold(word.to_vec(), |l, d| without(&l, d))),
            "only where g has the length 1",
        );
        with(|word, directions| right(word, &directions[..1]), "Only the first");
        with(
            |word, directions| {
                let mut axes: Vec<Vec<f32>> = Vec::new();
                for d in directions {
                    let left = axes.iter().fold(unit(d), |left, axis| without(&left, axis));
                    axes.push(unit(&left));
                }
                unit(&axes.iter().fold(word.to_vec(), |left, axis| without(&left, axis)))
            },
            "lies along the first",
        );
        // Leaves out what lies along one direction before it, and no more.
        with(
            |word, directions| {
                let (mut kept, mut axes): (Vec<Vec<f32>>, Vec<Vec<f32>>) = (Vec::new(), Vec::new());
                for d in directions {
                    let d = unit(d);
                    if kept.iter().all(|other| dot(other, &d).abs() < 0.9999) {
                        axes.push(unit(&axes.iter().fold(d.clone(), |left, axis| without(&left, axis))));
                        kept.push(d);
                    }
                }
                unit(&axes.iter().fold(word.to_vec(), |left, axis| without(&left, axis)))
            },
            "in the plane of the first two",
        );
        with(|_, _| todo!(), "not written yet");
    }
}
