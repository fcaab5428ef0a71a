//! Task 15.4: a network that writes, and must not look ahead.

use crate::kit::{Cases, Failure, HintIf, Task, Verdict, check, open_device};
use gradus::Result;
use gradus::data::Dataset;
use gradus::device::Dev;
use gradus::train::Learner;

/// How many steps behind a symbol its echo comes.
pub const LAG: usize = 4;

/// The symbols have the ids from 1 to this one.
pub const SYMBOLS: usize = 6;

/// Steps that the network reads of each sequence.
const STEPS: usize = 16;

/// Each sequence begins with [`LAG`] symbols by chance, and from there on each symbol is the one that stood `LAG` before it.
fn texts(cases: &mut Cases, n: usize) -> Vec<Vec<usize>> {
    let one = |start: Vec<usize>| (0..=STEPS).map(|t| start[t % LAG]).collect();
    (0..n).map(|_| one(cases.wholes(LAG, 1, SYMBOLS))).collect()
}

/// A set to learn the next symbol from: `n` sequences of 16 ids from 1 to [`SYMBOLS`], each of which repeats its first [`LAG`].
///
/// # Errors
/// Where `n` is 0.
pub fn echoes(n: usize, seed: u64) -> Result<Dataset> {
    Dataset::next_tokens(&texts(&mut Cases::new(seed), n), SYMBOLS + 1)
}

/// The share of right answers where the answer can be known, and the largest difference that later symbols make to the
/// scores of an earlier step, as a share of the largest of them: scores that are all small hide nothing.
fn examined(learner: &Learner, seed: u64) -> Result<[f64; 2]> {
    let mut cases = Cases::new(seed);
    let texts = texts(&mut cases, 200);
    let (mut right, mut asked) = (0, 0);
    let set = Dataset::next_tokens(&texts, SYMBOLS + 1)?;
    let answers = learner.predict(&set)?;
    let classes = answers.classes();
    for (i, text) in texts.iter().enumerate() {
        for t in LAG - 1..STEPS {
            right += usize::from(classes[i * STEPS + t] == text[t + 1]);
            asked += 1;
        }
    }
    // The same beginnings, another second half.
    let other: Vec<Vec<usize>> = texts
        .iter()
        .map(|text| [&text[..STEPS / 2], &cases.wholes(STEPS / 2 + 1, 1, SYMBOLS)].concat())
        .collect();
    let others = learner.predict(&Dataset::next_tokens(&other, SYMBOLS + 1)?)?;
    let mut apart = 0.0_f64;
    for at in (0..texts.len()).flat_map(|i| (0..STEPS / 2).map(move |t| i * STEPS + t)) {
        let pairs = answers.scores(at)?.iter().zip(others.scores(at)?);
        let size = answers
            .scores(at)?
            .iter()
            .fold(f32::MIN_POSITIVE, |size, a| size.max(a.abs()));
        apart = pairs
            .map(|(a, b)| f64::from((a - b).abs() / size))
            .fold(apart, f64::max);
    }
    Ok([right as f64 / f64::from(asked), apart])
}

/// What [`echo`] asks for. Guessing is right in 1 of 6.
const RIGHT: f64 = 0.9;

/// Task 15.4: a network of the learner's own type that says the next symbol. The compiler grades half of it.
pub fn echo(answer: fn(&Dataset, &Dev) -> Result<Learner>) -> Verdict {
    let task = Task::of_course("15.4", "An echo").hint(
        "Embedding, places, a block or two that is causal, and a linear layer to the scores of all ids. Does it compile? Then look \
         at the loss: the first symbols cannot be guessed, all others can.",
    );
    let task = task.second_hint(
        "(PaddedEmbedding<7, 32>, Positions<16, 32>, PreNormEncoderBlock<32, 2, 64, ReLU, true>, Linear<32, 7>), AdamW with a rate of \
         0.01, batches of 32, some ten epochs.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(154);
        let seeds = [cases.seed(), cases.seed()];
        let train = echoes(600, seeds[0]).map_err(|error| Failure::new("", "sequences", error))?;
        let dev = open_device(seeds[0] % 1000)?;
        let learner = task.run("building and training, 600 sequences", || answer(&train, &dev))?;
        let case = "200 new sequences";
        let [right, apart] = task.run(case, || examined(&learner, seeds[1]))?;
        check(
            "the same beginnings with other symbols behind them",
            apart < 1e-3,
            "the same scores for the beginnings",
            &format!("scores that differ by up to {:.2} % of the largest", 100.0 * apart),
        )
        .hint_if(true, "It looks ahead: in training the answer stands in the next step of the input. Which block cannot see it?")?;
        let told = |right: f64| format!("{:.1} % right where the echo is known", 100.0 * right);
        check(case, right >= RIGHT, &format!("at least {}", told(RIGHT)), &told(right))
            .hint_if(
                right < 0.5,
                "Hardly better than a guess. Was it trained? And how does it know which of the symbols stood four steps back: attention \
                 alone sees a bag.",
            )
            .hint_if(true, "It has begun to learn: more epochs, or a higher rate.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rejected, trained};
    use gradus::nn::builders::{
        Gru, Linear, PaddedEmbedding, Positions, PreNormEncoderBlock, ReLU, SinusoidalPositions,
    };

    type Block<const CAUSAL: bool> = PreNormEncoderBlock<32, 2, 64, ReLU, CAUSAL>;
    type Right = (PaddedEmbedding<7, 32>, Positions<16, 32>, Block<true>, Linear<32, 7>);
    type Waves = (
        PaddedEmbedding<7, 32>,
        SinusoidalPositions<32>,
        Block<true>,
        Linear<32, 7>,
    );
    type Ahead = (PaddedEmbedding<7, 32>, Positions<16, 32>, Block<false>, Linear<32, 7>);
    type Placeless = (PaddedEmbedding<7, 32>, Block<true>, Linear<32, 7>);
    type Blind = (PaddedEmbedding<7, 32>, Linear<32, 7>);

    #[test]
    fn echoes_come_back() {
        let verdict = echo(|train, dev| trained::<Right>(train, dev, 1e-2, 10));
        assert!(verdict.passed(), "{verdict}");
        let verdict = echo(|train, dev| trained::<Waves>(train, dev, 1e-2, 12));
        assert!(verdict.passed(), "{verdict}");
        // What keeps four symbols in mind may do it another way.
        let verdict =
            echo(|train, dev| trained::<(PaddedEmbedding<7, 16>, Gru<16, 64>, Linear<64, 7>)>(train, dev, 1e-2, 20));
        assert!(verdict.passed(), "{verdict}");
    }

    #[test]
    fn who_peeps_or_guesses_does_not_pass() {
        rejected(
            echo(|train, dev| trained::<Ahead>(train, dev, 1e-2, 5)),
            "It looks ahead",
        );
        rejected(
            echo(|train, dev| trained::<Right>(train, dev, 1e-2, 0)),
            "Was it trained",
        );
        rejected(
            echo(|train, dev| trained::<Placeless>(train, dev, 1e-2, 10)),
            "at least 90.0 %",
        );
        rejected(echo(|train, dev| trained::<Blind>(train, dev, 1e-2, 5)), "sees a bag");
        rejected(echo(|train, dev| trained::<Linear<16, 7>>(train, dev, 1e-2, 1)), "not");
        rejected(echo(|_, _| todo!()), "not written yet");
    }
}
