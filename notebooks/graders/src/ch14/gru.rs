//! Task 14.1: a gated recurrent unit by hand.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, near_all};

/// What one gate of a cell with `H` units learned: the weights of an input of `I` numbers, and of the state.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The weights of the input, `H` rows of `I`.
    pub weight_ih: Vec<Vec<f32>>,
    /// The weights of the state, `H` rows of `H`.
    pub weight_hh: Vec<Vec<f32>>,
    /// Added to the product with the input, `H` numbers.
    pub bias_ih: Vec<f32>,
    /// Added to the product with the state, `H` numbers.
    pub bias_hh: Vec<f32>,
}

impl Gate {
    /// `W_ih x + b_ih`: what the input says, one number for each unit.
    pub fn of_input(&self, x: &[f32]) -> Vec<f32> {
        product(&self.weight_ih, x, &self.bias_ih)
    }

    /// `W_hh h + b_hh`: what the state says, one number for each unit.
    pub fn of_state(&self, h: &[f32]) -> Vec<f32> {
        product(&self.weight_hh, h, &self.bias_hh)
    }

    fn random(cases: &mut Cases, inputs: usize, units: usize) -> Self {
        let mut rows = |n: usize| (0..units).map(|_| cases.numbers(n, -1.0, 1.0)).collect();
        let (weight_ih, weight_hh) = (rows(inputs), rows(units));
        Self {
            weight_ih,
            weight_hh,
            bias_ih: cases.numbers(units, -1.0, 1.0),
            bias_hh: cases.numbers(units, -1.0, 1.0),
        }
    }

    fn zero(inputs: usize, units: usize) -> Self {
        Self {
            weight_ih: vec![vec![0.0; inputs]; units],
            weight_hh: vec![vec![0.0; units]; units],
            bias_ih: vec![0.0; units],
            bias_hh: vec![0.0; units],
        }
    }
}

fn product(rows: &[Vec<f32>], x: &[f32], bias: &[f32]) -> Vec<f32> {
    let row = |row: &Vec<f32>| row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>();
    rows.iter().zip(bias).map(|(w, b)| row(w) + b).collect()
}

/// The weights of a gated recurrent unit.
#[derive(Clone, Debug)]
pub struct GruCell {
    /// How much of the state the new state is made from.
    pub reset: Gate,
    /// How much of the old state stays.
    pub update: Gate,
    /// The new state that is proposed.
    pub new: Gate,
}

/// A cell of `units` units that reads `inputs` numbers per step, with random weights, to try [`read`] on.
pub fn cell(inputs: usize, units: usize, seed: u64) -> GruCell {
    random_cell(&mut Cases::new(seed), inputs, units)
}

fn random_cell(cases: &mut Cases, inputs: usize, units: usize) -> GruCell {
    let mut gate = || Gate::random(cases, inputs, units);
    GruCell {
        reset: gate(),
        update: gate(),
        new: gate(),
    }
}

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// `z` and `1 - z`.
    Swapped,
    /// The reset gate acts on the state before the product, as in the paper.
    Before,
    NoTanh,
    NoReset,
    NoSigmoid,
    /// The reset gate does the work of the update gate.
    Exchanged,
    /// Units that come later see the new state of those before them.
    InPlace,
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn step(x: &[f32], h: &[f32], cell: &GruCell, way: Way) -> Vec<f32> {
    let (reset, update) = match way {
        Way::Exchanged => (&cell.update, &cell.reset),
        _ => (&cell.reset, &cell.update),
    };
    let mut old = h.to_vec();
    for i in 0..h.len() {
        let seen = if way == Way::InPlace { old.clone() } else { h.to_vec() };
        let gate = |gate: &Gate| {
            let sum = |(a, b): (&f32, &f32)| if way == Way::NoSigmoid { a + b } else { sigmoid(a + b) };
            let both = gate.of_input(x).into_iter().zip(gate.of_state(&seen));
            both.map(|(a, b)| sum((&a, &b))).collect::<Vec<f32>>()
        };
        let (r, z) = (gate(reset), gate(update)[i]);
        let kept: Vec<f32> = r.iter().zip(&seen).map(|(r, h)| r * h).collect();
        let state = match way {
            Way::Before => cell.new.of_state(&kept)[i],
            Way::NoReset => cell.new.of_state(&seen)[i],
            _ => r[i] * cell.new.of_state(&seen)[i],
        };
        let sum = cell.new.of_input(x)[i] + state;
        let new = if way == Way::NoTanh { sum } else { sum.tanh() };
        let z = if way == Way::Swapped { 1.0 - z } else { z };
        old[i] = (1.0 - z) * new + z * seen[i];
    }
    old
}

fn after(steps: &[Vec<f32>], start: &[f32], cell: &GruCell, way: Way) -> Vec<f32> {
    steps.iter().fold(start.to_vec(), |h, x| step(x, &h, cell, way))
}

/// What the learner writes: the state after all steps, from the steps, the state before them and the weights.
type Answer = fn(&[Vec<f32>], &[f32], &GruCell) -> Vec<f32>;

/// Task 14.1: the state of a gated recurrent unit after a sequence: (steps, state before the first, weights).
pub fn read(answer: Answer) -> Verdict {
    let task = Task::of_course("14.1", "A cell that reads").hint(
        "Take weights that are all 0: both gates are 0.5 and the new state is 0. What is left of a state of 1 after one step, \
         and after two?",
    );
    let task = task.second_hint(
        "r and z are sigmoids of gate.of_input(x) + gate.of_state(h). The new state is the tanh of new.of_input(x) + r times \
         new.of_state(h), number by number.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(141);
        for n in 0..30 {
            let (inputs, units) = if n < 3 { (1, 1) } else { (cases.whole(1, 4), cases.whole(2, 5)) };
            let length = match n {
                0..10 => 1,
                10 => 0,
                25.. => 300,
                _ => cases.whole(2, 6),
            };
            let cell = match n {
                0 => [(); 3].map(|()| Gate::zero(inputs, units)),
                _ => [(); 3].map(|()| Gate::random(&mut cases, inputs, units)),
            };
            let [reset, update, new] = cell;
            let cell = GruCell { reset, update, new };
            let start = if n == 0 { vec![1.0] } else { cases.numbers(units, -1.0, 1.0) };
            let steps: Vec<Vec<f32>> = (0..length).map(|_| cases.numbers(inputs, -2.0, 2.0)).collect();
            let case = told(n, &steps, &start);
            let got = task.call(&case, || answer(&steps, &start, &cell))?;
            let is = |way| near_all(&got, &after(&steps, &start, &cell, way), 1e-4);
            let from_zero = after(&steps, &vec![0.0; units], &cell, Way::Right);
            let one = |x: Option<&Vec<f32>>| x.map_or(vec![], |x| step(x, &start, &cell, Way::Right));
            approx_all(&case, &got, &after(&steps, &start, &cell, Way::Right), 1e-4)
                .hint_if(
                    n == 0 && got == [0.0],
                    "Gates without a sigmoid are 0 here instead of 0.5. Or is it a start of zeros instead of `start`?",
                )
                .hint_if(length > 0 && near_all(&got, &from_zero, 1e-4), "That is the way from a state of zeros, and not from `start`.")
                .hint_if(is(Way::Swapped), "z and 1 − z have changed places: z says how much of the old state stays.")
                .hint_if(
                    is(Way::Before),
                    "The reset gate acts on the state before the product. That is the cell of the paper; here, as in PyTorch, it \
                     acts on W h + b.",
                )
                .hint_if(is(Way::NoTanh), "The tanh of the new state is missing.")
                .hint_if(is(Way::NoReset), "The reset gate has no say: what does it multiply?")
                .hint_if(is(Way::NoSigmoid), "Gates are numbers from 0 to 1: the sigmoid is missing.")
                .hint_if(is(Way::Exchanged), "The reset gate does the work of the update gate, and the other way round.")
                .hint_if(
                    is(Way::InPlace),
                    "The state was changed while it was still being read: every number of a step sees the state before the step.",
                )
                .hint_if(length == 0, "Nothing was read, so the state is what it was.")
                .hint_if(
                    length > 1 && (near_all(&got, &one(steps.first()), 1e-4) || near_all(&got, &one(steps.last()), 1e-4)),
                    "That is one step only. The state after it is the state before the next.",
                )?;
        }
        Ok(())
    })
}

fn told(n: usize, steps: &[Vec<f32>], start: &[f32]) -> String {
    let weights = if n == 0 {
        "weights that are all 0"
    } else {
        "random weights"
    };
    match steps {
        [] => format!("no step at all, start {start:?}"),
        [x] => format!("one step {x:?}, start {start:?}, {weights}"),
        _ => format!(
            "{} steps of {} numbers, start {start:?}, {weights}",
            steps.len(),
            steps[0].len()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: from the weights, without the methods.
    fn spelled_out(steps: &[Vec<f32>], start: &[f32], cell: &GruCell) -> Vec<f32> {
        let mut h = start.to_vec();
        for x in steps {
            let before = h.clone();
            let dot = |w: &[f32], v: &[f32]| (0..v.len()).map(|i| w[i] * v[i]).sum::<f32>();
            for (i, h) in h.iter_mut().enumerate() {
                let both = |g: &Gate| {
                    let (a, b) = (dot(&g.weight_ih[i], x), dot(&g.weight_hh[i], &before));
                    (a + g.bias_ih[i], b + g.bias_hh[i])
                };
                let gate = |g: &Gate| 0.5 + 0.5 * (0.5 * (both(g).0 + both(g).1)).tanh();
                let (r, z, (input, state)) = (gate(&cell.reset), gate(&cell.update), both(&cell.new));
                let new = (input + r * state).tanh();
                *h = new + z * (*h - new);
            }
        }
        h
    }

    #[test]
    fn cells_that_read() {
        for answer in [spelled_out, |s, h, c| after(s, h, c, Way::Right)] as [Answer; 2] {
            let verdict = read(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(read(|s, h, c| after(s, h, c, Way::Swapped)), "changed places");
        rejected(read(|s, h, c| after(s, h, c, Way::Before)), "cell of the paper");
        rejected(read(|s, h, c| after(s, h, c, Way::NoTanh)), "tanh of the new state");
        rejected(read(|s, h, c| after(s, h, c, Way::NoReset)), "has no say");
        rejected(
            read(|s, h, c| after(s, h, c, Way::NoSigmoid)),
            "Gates without a sigmoid",
        );
        rejected(read(|s, h, c| after(s, h, c, Way::Exchanged)), "the other way round");
        rejected(read(|s, h, c| after(s, h, c, Way::InPlace)), "still being read");
        rejected(
            read(|s, h, c| after(s, &vec![0.0; h.len()], c, Way::Right)),
            "a start of zeros",
        );
        rejected(read(|s, h, c| step(&s[0], h, c, Way::Right)), "index out of bounds");
        rejected(
            read(|s, h, c| after(&s[..s.len().min(1)], h, c, Way::Right)),
            "one step only",
        );
        rejected(
            read(|_, h, _| h.iter().map(|h| 0.5 * h).collect()),
            "weights that are all 0",
        );
        rejected(
            read(|s, h, c| {
                if s.is_empty() {
                    vec![0.0; h.len()]
                } else {
                    after(s, h, c, Way::Right)
                }
            }),
            "Nothing was read",
        );
        rejected(read(|_, _, _| todo!()), "not written yet");
    }

    /// The cell of the task is the layer of the crate.
    #[test]
    fn the_layer_says_the_same() -> gradus::Result<()> {
        use gradus::dfdx::prelude::*;
        let dev = gradus::device::device(0)?;
        let mut layer = dev.build_module::<gradus::nn::builders::Gru<2, 3>, f32>();
        let cell = cell(2, 3, 5);
        let gates = [&cell.reset, &cell.update, &cell.new];
        layer.weight_ih.copy_from(&gates.map(|g| g.weight_ih.concat()).concat());
        layer.weight_hh.copy_from(&gates.map(|g| g.weight_hh.concat()).concat());
        layer.bias_ih.copy_from(&gates.map(|g| g.bias_ih.clone()).concat());
        layer.bias_hh.copy_from(&gates.map(|g| g.bias_hh.clone()).concat());
        let x = Cases::new(6).numbers(8, -1.0, 1.0);
        let steps: Vec<Vec<f32>> = x.chunks(2).map(<[f32]>::to_vec).collect();
        let states = layer
            .forward(dev.tensor_from_vec(x, (Const::<1>, Const::<4>, Const::<2>)))
            .as_vec();
        let got = after(&steps, &[0.0; 3], &cell, Way::Right);
        assert!(near_all(&got, &states[9..], 1e-5), "{got:?} {states:?}");
        Ok(())
    }
}
