//! Task 16.2: how many numbers a vision transformer learns.

use crate::kit::{Cases, HintIf, Task, Verdict, equal};

/// The measures of a vision transformer as chapter 16 builds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Channels of a picture: 1 for grey, 3 for colours.
    pub channels: usize,
    /// Height and width of a picture, in pixels.
    pub side: usize,
    /// Height and width of a patch, in pixels.
    pub patch: usize,
    /// Numbers for each step of the sequence.
    pub width: usize,
    /// Blocks, one after the other.
    pub blocks: usize,
    /// Heads of the attention in each block.
    pub heads: usize,
    /// Numbers between the two linear layers of a block.
    pub hidden: usize,
    /// Scores at the end.
    pub classes: usize,
}

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    NoToken,
    /// No position for the token.
    NoPlace,
    NoBias,
    NoNorms,
    NoLastNorm,
    /// Queries, keys and values, and nothing behind them.
    NoOutput,
    /// Each head has matrices of the full width.
    Heads,
    /// All patches have a matrix of their own.
    Unshared,
    OneBlock,
}

fn total(plan: &Plan, way: Way) -> usize {
    let Plan {
        channels,
        side,
        patch,
        width,
        blocks,
        heads,
        hidden,
        classes,
    } = *plan;
    let bias = usize::from(way != Way::NoBias);
    let linear = |from: usize, to: usize| (from + bias) * to;
    let patches = (side / patch) * (side / patch);
    let embedding = linear(channels * patch * patch, width) * if way == Way::Unshared { patches } else { 1 };
    let token = if way == Way::NoToken { 0 } else { width };
    let places = (patches + usize::from(way != Way::NoPlace)) * width;
    let norm = if way == Way::NoNorms { 0 } else { 2 * width };
    let output = if way == Way::NoOutput { 0 } else { linear(width, width) };
    let attention = 3 * linear(width, width) * if way == Way::Heads { heads } else { 1 } + output;
    let block = attention + linear(width, hidden) + linear(hidden, width) + 2 * norm;
    let last = if way == Way::NoLastNorm { 0 } else { norm };
    let blocks = if way == Way::OneBlock { 1 } else { blocks };
    embedding + token + places + blocks * block + last + linear(width, classes)
}

/// Task 16.2: the learned numbers of a vision transformer.
pub fn count(answer: fn(&Plan) -> usize) -> Verdict {
    let task = Task::of_course("16.2", "Count it").hint(
        "Six parts: patches, class token, positions, blocks, the last norm, the scores. A linear layer from I to O numbers has \
         I · O weights and O biases. Which part is off? Compare with the count of section 3.",
    );
    let task = task.second_hint(
        "A block: 4 · (width · width + width) for the attention, two linear layers by way of `hidden`, and two norms of \
         2 · width numbers. Positions: one row for each patch and one for the token.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(162);
        for n in 0..20 {
            let (patch, heads) = (cases.whole(2, 8), cases.whole(2, 6));
            let plan = match n {
                0 => Plan { channels: 1, side: 2, patch: 1, width: 2, blocks: 1, heads: 1, hidden: 3, classes: 2 },
                _ => Plan {
                    channels: [1, 3][n % 2],
                    side: patch * cases.whole(2, 6),
                    patch,
                    width: heads * cases.whole(2, 9),
                    blocks: cases.whole(2, 5),
                    heads,
                    hidden: cases.whole(10, 90),
                    classes: cases.whole(2, 20),
                },
            };
            let case = format!("{plan:?}");
            let got = task.call(&case, || answer(&plan))?;
            let is = |way| n > 0 && got == total(&plan, way);
            equal(&case, got, total(&plan, Way::Right))
                .hint_if(
                    is(Way::NoToken) || is(Way::NoPlace),
                    "A row of `width` numbers is missing: the class token is learned, and the place where it stands has a position.",
                )
                .hint_if(is(Way::NoBias), "No linear layer has its biases.")
                .hint_if(is(Way::NoNorms), "A norm learns a scale and a shift for each of its numbers.")
                .hint_if(is(Way::NoLastNorm), "Behind the last block stands one more norm.")
                .hint_if(is(Way::NoOutput), "Queries, keys, values: and the layer that what the heads found goes through?")
                .hint_if(
                    is(Way::Heads),
                    "Heads share the width out among themselves: with more heads each is narrower, and the sum is the same.",
                )
                .hint_if(is(Way::Unshared), "All patches go through the same matrix.")
                .hint_if(is(Way::OneBlock), "That is one block. How many are there?")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: summed up from the shapes of the tensors.
    fn shapes(plan: &Plan) -> usize {
        let (w, h, per_side) = (plan.width, plan.hidden, plan.side / plan.patch);
        let mut tensors = vec![vec![w, plan.channels, plan.patch, plan.patch], vec![w], vec![1, 1, w]];
        tensors.push(vec![per_side * per_side + 1, w]);
        for _ in 0..plan.blocks {
            tensors.extend([vec![3 * w, w], vec![3 * w], vec![w, w], vec![w], vec![h, w], vec![h]]);
            tensors.extend([vec![w, h], vec![w], vec![w], vec![w], vec![w], vec![w]]);
        }
        tensors.extend([vec![w], vec![w], vec![plan.classes, w], vec![plan.classes]]);
        tensors.iter().map(|shape| shape.iter().product::<usize>()).sum()
    }

    #[test]
    fn counts() {
        for answer in [shapes, |p| total(p, Way::Right)] as [fn(&Plan) -> usize; 2] {
            let verdict = count(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        // The first plan is small, so that one can count on paper; what is wrong there is named by the task's own hint.
        let wrong = |answer: fn(&Plan) -> usize| rejected(count(answer), "Which part is off?");
        wrong(|p| total(p, Way::NoToken));
        wrong(|p| total(p, Way::NoBias));
        wrong(|p| total(p, Way::NoNorms));
        rejected(
            count(|p| {
                if p.side == 2 {
                    total(p, Way::Right)
                } else {
                    total(p, Way::NoToken)
                }
            }),
            "is missing: the class token",
        );
        rejected(
            count(|p| {
                if p.side == 2 {
                    total(p, Way::Right)
                } else {
                    total(p, Way::NoPlace)
                }
            }),
            "has a position",
        );
        rejected(
            count(|p| {
                if p.side == 2 {
                    total(p, Way::Right)
                } else {
                    total(p, Way::NoBias)
                }
            }),
            "its biases",
        );
        rejected(
            count(|p| {
                if p.side == 2 {
                    total(p, Way::Right)
                } else {
                    total(p, Way::NoNorms)
                }
            }),
            "scale and a shift",
        );
        rejected(
            count(|p| {
                if p.side == 2 {
                    total(p, Way::Right)
                } else {
                    total(p, Way::NoLastNorm)
                }
            }),
            "one more norm",
        );
        rejected(
            count(|p| {
                if p.side == 2 {
                    total(p, Way::Right)
                } else {
                    total(p, Way::NoOutput)
                }
            }),
            "the heads found",
        );
        rejected(count(|p| total(p, Way::Heads)), "share the width");
        rejected(
            count(|p| {
                if p.side == 2 {
                    total(p, Way::Right)
                } else {
                    total(p, Way::Unshared)
                }
            }),
            "the same matrix",
        );
        rejected(count(|p| total(p, Way::OneBlock)), "That is one block");
        rejected(count(|_| todo!()), "not written yet");
    }

    /// The crate's network has as many.
    #[test]
    fn the_network_has_as_many() -> gradus::Result<()> {
        use gradus::dfdx::prelude::*;
        use gradus::nn::builders::{
            ClassToken, FirstStep, LayerNorm, Linear, PatchEmbedding, Positions, PreNormEncoderBlock,
        };
        type Block = PreNormEncoderBlock<12, 3, 20>;
        type Front = (PatchEmbedding<3, 4, 12>, ClassToken<12>, Positions<10, 12>);
        type Net = (Front, (Block, Block), FirstStep, LayerNorm<12>, Linear<12, 7>);
        let net = gradus::device::device(0)?.build_module::<Net, f32>();
        let plan = Plan {
            channels: 3,
            side: 12,
            patch: 4,
            width: 12,
            blocks: 2,
            heads: 3,
            hidden: 20,
            classes: 7,
        };
        assert_eq!(net.num_trainable_params(), total(&plan, Way::Right));
        Ok(())
    }
}
