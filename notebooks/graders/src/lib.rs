//! Graders for the exercise notebooks, which know this crate as `gradus::exercise`.
//!
//! A grader takes what a learner made (a value, a `fn`, a [`Learner`](gradus::train::Learner)), tries it on cases, random
//! ones among them, and answers with a [`Verdict`]: passed, or what was expected, what came and a hint. A second hint is
//! shown by [`Verdict::second_hint`].
//!
//! The graders of chapter NN are in the module `chNN`, one function for each task. [`kit`] is what they are made of.
//! Not one of them panics: a panic of the learner's code, a `todo!()` that is still there, an error and a NaN are answers.

pub mod kit;

pub mod ch01;
pub mod ch02;
pub mod ch03;
pub mod ch04;
pub mod ch05;
pub mod ch06;
pub mod ch07;
pub mod ch08;
pub mod ch09;
pub mod ch10;
pub mod ch11;
pub mod ch12;
pub mod ch13;
pub mod ch14;
pub mod ch15;
pub mod ch16;
pub mod ch17;
pub mod ch18;
pub mod ch19;
pub mod ch20;
pub mod ch21;
pub mod ch22;
pub mod ch23;
pub mod ch24;

pub use self::kit::{Cases, Failure, Graded, Task, Verdict};

/// It is rejected, and these words help.
#[cfg(test)]
#[track_caller]
fn rejected(verdict: Verdict, words: &str) {
    let text = verdict.to_string();
    assert!(!verdict.passed() && text.contains(words), "no {words:?} in: {text}");
}

/// A classifier after some epochs of Adam with batches of 32; with none as it began.
#[cfg(test)]
fn trained<N: gradus::train::Trainable>(
    train: &gradus::data::Dataset,
    dev: &gradus::device::Dev,
    lr: f32,
    epochs: usize,
) -> gradus::Result<gradus::train::Learner> {
    let adam = gradus::train::Adam {
        lr,
        ..Default::default()
    };
    let mut learner = gradus::train::Learner::classifier::<N>(dev, adam)?;
    if epochs > 0 {
        learner.quiet().set_batch_size(32).fit(train, train, epochs)?;
    }
    Ok(learner)
}
