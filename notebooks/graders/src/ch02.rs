//! The tasks of chapter 02, the neuron.

use crate::kit::{Cases, Failure, Graded, HintIf, Task, Verdict, approx_all, check, equal, open_device};
use gradus::Result;
use gradus::data::Dataset;
use gradus::device::Dev;
use gradus::nn::builders::{Linear, ReLU, Tanh};
use gradus::train::Learner;

/// Task 02.1: Rosenblatt's rule for three inputs. Weights, bias, sample and label give the new weights and bias.
pub fn rosenblatt(answer: fn([f32; 3], f32, [f32; 3], usize) -> ([f32; 3], f32)) -> Verdict {
    let task =
        Task::of_course("02.1", "Rosenblatt's rule, once more").hint("What is the error, y − answer, in this case?");
    let task = task.second_hint("Three cases: nothing changes, the sample is added, the sample is taken away.");
    task.grade(|task| {
        let mut cases = Cases::new(21);
        for n in 0..40 {
            let mut triple = |high: f32| [(); 3].map(|()| cases.number(-high, high));
            let (mut w, x) = (triple(2.0), triple(3.0));
            let (mut b, y) = (cases.number(-1.0, 1.0), cases.whole(0, 1));
            if n == 0 {
                (w, b) = ([0.0; 3], 0.0);
            }
            let case = format!("w = {w:?}, b = {b}, x = {x:?}, y = {y}");
            let z = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b;
            let error = y as f32 - f32::from(u8::from(z > 0.0));
            let step = |e: f32| [w[0] + e * x[0], w[1] + e * x[1], w[2] + e * x[2], b + e];
            let (new, bias) = task.call(&case, || answer(w, b, x, y))?;
            let got = [new[0], new[1], new[2], bias];
            let is = |other: [f32; 4]| approx_all("", &got, &other, 1e-4).is_ok();
            let no_bias = [step(error)[0], step(error)[1], step(error)[2], b];
            approx_all(&case, &got, &step(error), 1e-4)
                .hint_if(
                    error != 0.0 && is(step(-error)),
                    "Away from the sample, where it should go towards it.",
                )
                .hint_if(is(no_bias), "The weights are right. The bias learns as well.")
                .hint_if(
                    error == 0.0,
                    "The answer was right here (silent at z = 0), so nothing may change.",
                )?;
        }
        Ok(())
    })
}

/// Task 02.2: value and slope of SiLU, `z · sigmoid(z)`.
pub fn silu(answer: fn(f64) -> (f64, f64)) -> Verdict {
    let task =
        Task::of_course("02.2", "A smooth function and its slope").hint("It is a product: which rule has its slope?");
    let task = task.second_hint("The slope of the sigmoid s is s (1 − s).");
    task.grade(|task| {
        let mut cases = Cases::new(22);
        // Ordinary places, then some so far out that e^z overflows and that a difference quotient has no digits left.
        let near = (0..30).map(|_| f64::from(cases.number(-6.0, 6.0)));
        let places: Vec<f64> = near.chain([-800.0, 800.0, 1e9]).collect();
        for z in places {
            let case = format!("z = {z:.2}: value, slope");
            let (value, slope) = task.call(&case, || answer(z))?;
            let s = 1.0 / (1.0 + (-z).exp());
            let right = [z * s, s + z * s * (1.0 - s)];
            let near = |got: f64, right: f64| (got - right).abs() < 1e-9 * right.abs().max(1.0);
            let fits = near(value, right[0]) && near(slope, right[1]);
            let (expected, got) = (format!("{:.6}, {:.6}", right[0], right[1]), format!("{value:.6}, {slope:.6}"));
            check(&case, fits, &expected, &got)
                .hint_if(
                    z.abs() < 7.0 && (slope - s).abs() < 1e-6,
                    "That is half of the product rule: the factor σ(z) changes as well.",
                )
                .hint_if(
                    z.abs() < 7.0 && (slope - s * (1.0 - s)).abs() < 1e-6,
                    "That is the slope of σ alone, without the factor z.",
                )
                .hint_if(
                    !value.is_finite() || !slope.is_finite(),
                    "e^800 is infinite, and ∞/∞ is NaN. Write the sigmoid as 1/(1 + e^−z), and its slope by means of σ itself.",
                )
                .hint_if(
                    (value - right[0]).abs() < 1e-3 * right[0].abs().max(1.0) && (slope - right[1]).abs() < 1e-2,
                    "Nearly, but not to nine digits: is the slope measured by a difference, or computed in f32? The product rule is exact.",
                )?;
        }
        Ok(())
    })
}

/// Task 02.3: a network of 7 inputs, 12 and 5 hidden neurons, 3 classes. The compiler grades most of it.
pub fn fitting(answer: fn(&Dev) -> Result<Learner>) -> Verdict {
    let task = Task::of_course("02.3", "Layers that fit").hint("7 inputs, 12 and 5 hidden neurons, 3 classes.");
    let task = task.second_hint("A Linear<I, O> has I · O weights and O biases. Count yours.");
    task.grade(|task| {
        let dev = open_device(0)?;
        let learner = task.run("building the learner", || answer(&dev))?;
        let set = Dataset::from_values(
            Cases::new(23).numbers(28, -1.0, 1.0),
            &[7],
            vec![0, 1, 2, 0],
            &["a", "b", "c"],
        );
        let summary = set.and_then(|set| {
            learner.predict(&set)?;
            learner.summary(&set)
        });
        let summary = task.run("four samples of 7 numbers, 3 classes", || summary)?;
        equal(
            "the number of weights and biases",
            summary.trainable(),
            7 * 12 + 12 + 12 * 5 + 5 + 5 * 3 + 3,
        )?;
        // Other networks have 179 numbers too, so the layers themselves are compared.
        let meant = learner.network::<Corrected>();
        check(
            "the layers",
            meant.is_ok(),
            "those of the cell: Linear, Tanh, Linear, ReLU, Linear, with other numbers",
            &summary.to_string(),
        )
        .hint_if(
            true,
            "179 numbers, but other layers. Hand over the network Net of the cell, and change nothing in it but the numbers.",
        )
    })
}

/// What task 02.3 has to become.
type Corrected = (Linear<7, 12>, Tanh, Linear<12, 5>, ReLU, Linear<5, 3>);

/// A neuron of two inputs: its weights and its bias.
pub type Neuron = ([f32; 2], f32);

/// Task 02.4: three neurons that compute exclusive or. The last one gets the answers of the first two.
pub fn exclusive_or(answer: fn() -> [Neuron; 3]) -> Verdict {
    let task = Task::of_course("02.4", "Exclusive or with three neurons").hint(
        "Let one hidden neuron fire for \"at least one\" and the other for \"both\". What does the third make of them?",
    );
    let task =
        task.second_hint("The third should fire if the first does and the second does not: a weight of each sign.");
    task.grade(|task| {
        let [first, second, last] = task.call("the neurons", answer)?;
        let fires = |n: Neuron, x: [f32; 2]| f32::from(u8::from(n.0[0] * x[0] + n.0[1] * x[1] + n.1 > 0.0));
        // First the corners themselves. Then the corners of the squares around them: a border of neurons is made of straight
        // lines, so nothing inside of a square is worse than its corners.
        for n in 0..20 {
            let corner = [n & 1, n >> 1 & 1];
            let side = |bit: usize| if (n / 4) & bit == 0 { -0.1 } else { 0.1 };
            let off = match n {
                0..4 => [0.0, 0.0],
                4..8 => [0.1, 0.1],
                _ => [side(1), side(2)],
            };
            let x = [corner[0] as f32 + off[0], corner[1] as f32 + off[1]];
            let hidden = [fires(first, x), fires(second, x)];
            let case = format!("x = {x:?}, hidden neurons say {hidden:?}");
            equal(&case, fires(last, hidden), f32::from(u8::from(corner[0] != corner[1])))
                .hint_if(
                    n >= 4,
                    "All four corners are right, but a line passes too close to one: leave some room.",
                )
                .hint_if(
                    first == second,
                    "Both hidden neurons are the same, so the last one sees a single line.",
                )?;
        }
        Ok(())
    })
}

/// Task 02.5: a function that trains one neuron of four inputs on any set of two classes.
pub fn one_neuron(answer: fn(&Dataset) -> Result<Learner>) -> Verdict {
    let task = Task::of_course("02.5", "One neuron for other data")
        .hint("Print the history: does the loss still fall at the end? Does it fall at all?");
    let task = task.second_hint("With Adam at a rate of 0.05, some 40 passes are enough.");
    task.grade(|task| {
        for seed in 0..3 {
            let (train, test) = (half_space(600, seed)?, half_space(400, seed + 100)?);
            let case = format!("two classes, divided by a plane in four dimensions, number {seed}");
            let learner = task.run(&case, || answer(&train))?;
            let summary = task.run(&case, || learner.summary(&train))?;
            equal(
                "the number of weights and biases of one neuron with four inputs",
                summary.trainable(),
                5,
            )
            .hint_if(
                summary.trainable() == 10,
                "Two outputs are two neurons. With BinaryCrossEntropy one output is enough for two classes.",
            )
            .hint_if(true, "One neuron, no hidden layer: four weights and a bias.")?;
            let (_, accuracy) = task.run(&case, || learner.evaluate(&test))?;
            // The solution is right for all samples of all sets with each of 20 seeds (test `twenty_seeds`).
            let got = format!("{:.1} % right", 100.0 * accuracy);
            check(&case, accuracy >= 0.95, "at least 95 % right on new samples", &got).hint_if(
                accuracy < 0.7,
                "That is hardly better than guessing: was it trained on the set that was handed over?",
            )?;
        }
        Ok(())
    })
}

/// Samples on both sides of a plane that depends on `seed % 100`, with a gap between.
fn half_space(n: usize, seed: u64) -> Graded<Dataset> {
    let mut plane = Cases::new(seed % 100 + 25);
    let (normal, offset) = (plane.numbers(4, 0.4, 1.0), plane.number(-0.5, 0.5));
    let signs: Vec<f32> = (0..4)
        .map(|_| if plane.whole(0, 1) == 0 { -1.0 } else { 1.0 })
        .collect();
    let mut cases = Cases::new(seed + 2500);
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    while labels.len() < n {
        let x = cases.numbers(4, -2.0, 2.0);
        let z = (0..4).map(|k| normal[k] * signs[k] * x[k]).sum::<f32>() + offset;
        if z.abs() > 0.2 {
            values.extend(x);
            labels.push(usize::from(z > 0.0));
        }
    }
    Dataset::from_values(values, &[4], labels, &["below", "above"]).map_err(|error| Failure::new("", "data", error))
}

#[cfg(test)]
mod tests;
