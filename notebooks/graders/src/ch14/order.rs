//! Task 14.5: a network that must know the order.

use crate::kit::{Cases, Failure, HintIf, Task, Verdict, check, open_device};
use gradus::Result;
use gradus::data::Dataset;
use gradus::device::Dev;
use gradus::train::Learner;

/// What can happen in one step of [`events`], in the order of their numbers.
pub const EVENTS: [&str; 4] = ["key", "door", "step", "wait"];

/// `n` sequences of `steps` events, one of four numbers that is 1 for each step: `(T, 4)`. In each the key is found once,
/// the door is tried once, and the rest is walking and waiting. Class 1, "open": the key came before the door.
///
/// # Errors
/// For fewer than two steps.
pub fn events(n: usize, steps: usize, seed: u64) -> Result<Dataset> {
    if steps < 2 {
        return Err(gradus::Error::Argument {
            what: "steps".into(),
            expected: "at least 2, one for the key and one for the door".into(),
            got: steps.to_string(),
        });
    }
    let mut cases = Cases::new(seed);
    let (mut values, mut labels) = (Vec::with_capacity(4 * n * steps), Vec::with_capacity(n));
    for _ in 0..n {
        let key = cases.whole(0, steps - 1);
        let door = (key + cases.whole(1, steps - 1)) % steps;
        for t in 0..steps {
            let event = match t {
                t if t == key => 0,
                t if t == door => 1,
                _ => cases.whole(2, 3),
            };
            values.extend((0..4).map(|e| if e == event { 1.0 } else { 0.0 }));
        }
        labels.push(usize::from(key < door));
    }
    Dataset::from_values(values, &[steps, 4], labels, &["locked", "open"])
}

/// Steps of the sequences to learn from, and of those of the second exam.
const STEPS: [usize; 2] = [12, 9];

/// What [`order`] asks for, for each length. With 20 seeds (test `twenty_seeds`), 16 units and ten epochs, the worst of GRU, LSTM
/// and RNN reached 0.946 and 0.844; the best of 20 bags of events was at 0.530, and nobody who counts places can read the second.
const RIGHT: [f64; 2] = [0.9, 0.75];

/// Task 14.5: a network that is built and trained by the learner, of a type of their own. The compiler grades half of it.
pub fn order(answer: fn(&Dataset, &Dev) -> Result<Learner>) -> Verdict {
    let task = Task::of_course("14.5", "The key and the door").hint(
        "It compiles, so two scores come out. Does a layer of your network carry something from one step to the next, and has it \
         read all steps when the answer is given?",
    );
    let task = task.second_hint(
        "A recurrent layer of some 16 units, LastStep, and a linear layer. Ten epochs with a rate of 0.01 and batches of 32.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(145);
        for _ in 0..2 {
            let seeds = [cases.seed(), cases.seed(), cases.seed()];
            let set = |n, steps, seed: u64| {
                events(n, steps, seed).map_err(|error| Failure::new("", "sequences", error))
            };
            let train = set(600, STEPS[0], seeds[0])?;
            let dev = open_device(seeds[0] % 1000)?;
            let learner = task.run("building and training, 600 sequences", || answer(&train, &dev))?;
            for (i, steps) in STEPS.into_iter().enumerate() {
                let exam = set(500, steps, seeds[i + 1 - i])?;
                let case = format!("500 new sequences of {steps} steps");
                let right = task.run(&case, || learner.evaluate(&exam)).hint_if(
                    true,
                    "Sequences come as they are, (T, 4), with 12 steps and with 9: which layer counts the steps? A recurrent one does \
                     not.",
                )?;
                let told = |right: f64| format!("{:.1} % right", 100.0 * right);
                check(&case, right.1 >= RIGHT[i], &format!("at least {}", told(RIGHT[i])), &told(right.1))
                    .hint_if(
                        right.1 < 0.65,
                        "That is a coin. Either it was not trained, or it sees which events happened and not in which order: the \
                         same ones happen in both classes.",
                    )
                    .hint_if(i == 1, "With 12 steps it was right. What has it learned that 9 steps do not have?")?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests;
