//! Task 23.1: how large a file in few bits is.

use crate::kit::{Cases, HintIf, Task, Verdict, equal};

/// What the learner writes: from outputs and inputs of each layer and the bits of a weight, the bytes of all.
type Answer = fn(&[[usize; 2]], usize) -> usize;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// Bits counted as bytes.
    Bits,
    /// No bias, or no scales of the rows.
    NoBias,
    /// One scale for a whole layer.
    OneScale,
    /// What is left of a byte is thrown away.
    Down,
    /// All layers in one row of bits.
    Together,
    /// A byte for each weight.
    Unpacked,
    /// The input's scale and zero point are missing.
    NoInput,
}

fn bytes(layers: &[[usize; 2]], bits: usize, way: Way) -> usize {
    let layer = |[outputs, inputs]: &[usize; 2]| {
        let bits = outputs * inputs * bits;
        let weights = match way {
            Way::Bits => bits,
            Way::Down => bits / 8,
            Way::Together => 0,
            Way::Unpacked => outputs * inputs,
            _ => bits.div_ceil(8),
        };
        let scales = match way {
            Way::OneScale => 4,
            _ => 4 * outputs,
        };
        let bias = if way == Way::NoBias { 0 } else { 4 * outputs };
        weights + scales + bias + if way == Way::NoInput { 0 } else { 5 }
    };
    let all: usize = layers.iter().map(|[o, i]| o * i * bits).sum();
    let together = if way == Way::Together { all.div_ceil(8) } else { 0 };
    layers.iter().map(layer).sum::<usize>() + together
}

/// Task 23.1: the bytes of a network whose weights have few bits.
pub fn size(answer: Answer) -> Verdict {
    let task = Task::of_course("23.1", "What it weighs").hint(
        "For each layer: the weights, bits each, packed into whole bytes; a scale of 4 bytes and a bias of 4 bytes for each output; 5 \
         bytes for the input.",
    );
    let task = task.second_hint(
        "(outputs * inputs * bits).div_ceil(8) are the bytes of the weights. A layer has 8 * outputs + 5 more.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(231);
        for n in 0..30 {
            let layers: Vec<[usize; 2]> = match n {
                0 => vec![[2, 4]],
                1 => vec![[1, 3], [1, 3]],
                _ => (0..cases.whole(1, 5))
                    .map(|_| [cases.whole(1, 40), cases.whole(1, 90)])
                    .collect(),
            };
            let bits = [8, 3].get(n).copied().unwrap_or_else(|| cases.whole(2, 8));
            let case = format!("layers {layers:?}, {bits} bits");
            let got = task.call(&case, || answer(&layers, bits))?;
            let near = |way| got == bytes(&layers, bits, way);
            equal(&case, got, bytes(&layers, bits, Way::Right))
                .hint_if(near(Way::Bits), "A byte has eight bits.")
                .hint_if(near(Way::NoBias), "Each output has a scale and a bias: 4 bytes each.")
                .hint_if(near(Way::OneScale), "One scale for each output, not one for the layer.")
                .hint_if(
                    near(Way::Down),
                    "Bits that do not fill a byte still take one: round up.",
                )
                .hint_if(near(Way::Together), "Each layer begins with a new byte.")
                .hint_if(
                    near(Way::Unpacked),
                    "Weights of fewer than 8 bits are packed side by side.",
                )
                .hint_if(
                    near(Way::NoInput),
                    "And the map of the layer's input: 4 bytes of scale, 1 of zero point.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Bit by bit.
    fn counted(layers: &[[usize; 2]], bits: usize) -> usize {
        let mut all = 0;
        for [outputs, inputs] in layers {
            let mut left = 0;
            for _ in 0..outputs * inputs {
                left += bits;
                while left >= 8 {
                    (all, left) = (all + 1, left - 8);
                }
            }
            all += usize::from(left > 0) + outputs * 2 * 4 + 4 + 1;
        }
        all
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes(&[[2, 4]], 8, Way::Right), 8 + 8 + 8 + 5);
        for answer in [counted, |l: &[[usize; 2]], b| bytes(l, b, Way::Right)] as [Answer; 2] {
            let verdict = size(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(size(|l, b| bytes(l, b, Way::Bits)), "eight bits");
        rejected(size(|l, b| bytes(l, b, Way::NoBias)), "a scale and a bias");
        rejected(size(|l, b| bytes(l, b, Way::OneScale)), "not one for the layer");
        rejected(size(|l, b| bytes(l, b, Way::Down)), "round up");
        rejected(size(|l, b| bytes(l, b, Way::Together)), "new byte");
        rejected(size(|l, b| bytes(l, b, Way::Unpacked)), "packed side by side");
        rejected(size(|l, b| bytes(l, b, Way::NoInput)), "zero point");
        rejected(size(|_, _| 0), "For each layer");
        rejected(size(|_, _| todo!()), "not written yet");
    }
}
