//! The tasks of chapter 01, tensors.

use gradus::dfdx::prelude::*;

use crate::kit::{Cases, Failure, Graded, HintIf, Task, Verdict, approx, approx_all, check, equal, open_device};
use gradus::Result;
use gradus::data::{self, Dataset};
use gradus::device::Dev;

/// A curve on a tape, as [`valley`] hands it to the learner.
pub type Curve = fn(Number<OwnedTape<f32, Dev>>) -> Number<OwnedTape<f32, Dev>>;

/// One number, with a tape or without.
pub type Number<T = NoneTape> = Tensor<Rank0, f32, Dev, T>;

/// Six colour pictures of 8 × 10 pixels.
pub type Photos = Tensor<Rank4<6, 3, 8, 10>, f32, Dev>;

/// Task 01.1: where the entry `(i, j, k)` of a tensor of this shape lies in memory.
pub fn position(answer: fn([usize; 3], [usize; 3]) -> usize) -> Verdict {
    let task = Task::of_course("01.1", "Where a number lies").hint(
        "Write down a tensor of shape (2, 2, 3) with the numbers 0 to 11 and count: how far apart are two neighbours \
         along each axis?",
    );
    let task = task.second_hint("One step along the first axis skips a whole matrix. How many numbers has that?");
    task.grade(|task| {
        let mut cases = Cases::new(11);
        for _ in 0..40 {
            let shape = [cases.whole(2, 9), cases.whole(2, 9), cases.whole(2, 9)];
            let at = shape.map(|n| cases.whole(0, n - 1));
            let case = format!("entry {at:?} of the shape {shape:?}");
            let got = task.call(&case, || answer(at, shape))?;
            let ([i, j, k], [a, b, c]) = (at, shape);
            equal(&case, got, (i * b + j) * c + k)
                .hint_if(
                    got == (k * b + j) * a + i,
                    "You count the first axis as the fast one. It is the last.",
                )
                .hint_if(
                    got == (i * a + j) * b + k,
                    "Right order, but each stride belongs to another axis: how many \
                                                      numbers lie between two neighbours along axis 1?",
                )?;
        }
        Ok(())
    })
}

/// Task 01.2: the mean of every channel is taken away. The compiler grades most of it.
pub fn centre(answer: fn(Photos) -> Photos) -> Verdict {
    let task = Task::of_course("01.2", "The axes that go away").hint("It compiles, so the shapes fit. Is it the mean?");
    let task = task.second_hint("After the right answer the mean of each channel, over all six pictures, is 0.");
    task.grade(|task| {
        let dev = open_device(0)?;
        let mut cases = Cases::new(12);
        for _ in 0..3 {
            let values = cases.numbers(6 * 3 * 8 * 10, 0.0, 9.0);
            let mut expected = values.clone();
            for channel in 0..3 {
                let of_channel = |i: &usize| i / 80 % 3 == channel;
                let mean = (0..1440).filter(of_channel).map(|i| values[i]).sum::<f32>() / 480.0;
                (0..1440).filter(of_channel).for_each(|i| expected[i] -= mean);
            }
            let photos: Photos = dev.tensor(values.clone());
            let got = task.call("six random pictures", || answer(photos))?.as_vec();
            let unchanged = got == values;
            approx_all("six random pictures", &got, &expected, 1e-4).hint_if(
                unchanged,
                "These are the pictures as they came: nothing was taken away.",
            )?;
        }
        Ok(())
    })
}

/// Task 01.3: the matrix that mirrors points at a line through the origin, which rises by `angle`.
pub fn mirror(answer: fn(f32) -> [[f32; 2]; 2]) -> Verdict {
    let task = Task::of_course("01.3", "A matrix that mirrors")
        .hint("Row 0 of the matrix is where (1, 0) goes, row 1 is where (0, 1) goes. Draw both for an angle of 30°.");
    let task = task.second_hint(
        "The mirror image of (1, 0) lies as far beyond the line as (1, 0) lies before it: at twice the angle.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(13);
        for n in 0..20 {
            // The two axes first: they are easy to think about.
            let degrees = [0.0, 90.0]
                .get(n)
                .copied()
                .unwrap_or_else(|| cases.number(-180.0, 180.0));
            let case = format!("the line at {degrees}°");
            let angle = degrees.to_radians();
            let got = task.call(&case, || answer(angle))?.as_flattened().to_vec();
            let (sin, cos) = (2.0 * angle).sin_cos();
            let (s, c) = angle.sin_cos();
            let is = |other: [f32; 4]| approx_all("", &got, &other, 1e-4).is_ok();
            approx_all(&case, &got, &[cos, sin, sin, -cos], 1e-4)
                .hint_if(
                    is([c, s, -s, c]) || is([cos, sin, -sin, cos]),
                    "That matrix turns. Turning keeps left and right, mirroring swaps them: look at the signs.",
                )
                .hint_if(
                    is([c, s, s, -c]),
                    "That mirrors, but at another line: at half the angle.",
                )?;
        }
        Ok(())
    })
}

/// Task 01.4: the bottom of the valley that lies downhill from `start`.
pub fn valley(answer: fn(Curve, f32, &Dev) -> f32) -> Verdict {
    let task = Task::of_course("01.4", "Downhill on any curve").hint(
        "Let your function print x in every step. Does it still move at the end? Does it jump from side to side?",
    );
    let task =
        task.second_hint("Steps of 0.02 times the slope, and a thousand of them, are enough for all curves here.");
    task.grade(|task| {
        let dev = open_device(0)?;
        let mut cases = Cases::new(14);
        let tilted: Curve = |x| (x.with_empty_tape().square() - 1.5).square() + x;
        let curves: [(&str, Curve, [f32; 2], f32); 3] = [
            ("(x² − 1)²", |x| (x.square() - 1.0).square(), [-1.0, 1.0], 0.0),
            ("x⁴ − 3x² + x", tilted, [-1.30084, 1.13090], 0.169_94),
            (
                "−cos(x − 1) for x from −2 to 4",
                |x| (x - 1.0).cos().negate(),
                [1.0, 1.0],
                -9.0,
            ),
        ];
        for (name, curve, [left, right], hill) in curves {
            for side in [-1.0, 1.0] {
                let start = if hill < -2.0 {
                    1.0 + side * cases.number(0.5, 2.0)
                } else {
                    hill + side * cases.number(0.4, 1.8)
                };
                let case = format!("{name}, from x = {start:.2}");
                let got = task.call(&case, || answer(curve, start, &dev))?;
                let (expected, other) = if start > hill { (right, left) } else { (left, right) };
                bottom(&case, got, expected, other, start, hill)?;
            }
        }
        Ok(())
    })
}

fn bottom(case: &str, got: f32, expected: f32, other: f32, start: f32, hill: f32) -> Graded {
    let between = (got - start) * (got - expected) < 0.0;
    approx(case, got, expected, 0.01)
        .hint_if(
            (got - other).abs() < 0.01,
            "That is the bottom of the other valley: one step was so long that it leapt over the hill.",
        )
        .hint_if(
            (got - hill).abs() < 0.05,
            "That is the top of the hill. Which sign has a step downhill?",
        )
        .hint_if(
            got == start,
            "That is where it started: no step was taken, or the new x was thrown away.",
        )
        .hint_if(between, "On its way, but not there: more steps, or longer ones.")
        .hint_if(
            !got.is_finite(),
            "The steps grew without end. Which sign has a step downhill? And how long is one?",
        )
}

/// Task 01.5: the average picture of each class, and the class whose average is nearest.
pub fn nearest_average(
    averages: fn(&Dataset) -> Result<Vec<Vec<f32>>>,
    nearest: fn(&[Vec<f32>], &[f32]) -> usize,
) -> Verdict {
    let task = Task::of_course("01.5", "A classifier of averages")
        .hint("Try both functions on a set of three samples that you can check by hand.")
        .second_hint(
            "The distance of two lists: subtract entry by entry, square, add up. The class with the smallest one wins.",
        );
    task.grade(|task| {
        let mut cases = Cases::new(15);
        for _ in 0..5 {
            average_case(task, averages, &mut cases)?;
        }
        for _ in 0..30 {
            nearest_case(task, nearest, &mut cases)?;
        }
        let (train, test) = data::digits().map_err(|error| Failure::new("", "digits", error))?;
        let means = task.run("the averages of the digits", || averages(&train))?;
        let mut right = 0;
        for i in 0..300 {
            let pixels = test.values(i).map_err(|error| Failure::new("", "pixels", error))?;
            right += usize::from(task.call("a digit", || nearest(&means, &pixels))? == test.labels()[i]);
        }
        check("300 digits", right > 180, "more than 180 right", &format!("{right}"))
    })
}

fn average_case(task: &Task, averages: fn(&Dataset) -> Result<Vec<Vec<f32>>>, cases: &mut Cases) -> Graded {
    let (n, width) = (cases.whole(9, 20), cases.whole(2, 5));
    let values = cases.numbers(n * width, 0.0, 5.0);
    // Every class has a sample, and they do not have equally many.
    let labels: Vec<usize> = (0..n).map(|i| if i < 3 { i } else { cases.whole(0, 2) }).collect();
    let set = Dataset::from_values(values.clone(), &[width], labels.clone(), &["a", "b", "c"]);
    let set = set.map_err(|error| Failure::new("", "a data set", error))?;
    let case = format!("{n} random samples of {width} numbers in 3 classes");
    let got = task.run(&case, || averages(&set))?;
    equal(&case, format!("{} averages", got.len()), "3 averages".to_string())?;
    for (class, got) in got.iter().enumerate() {
        let mut sum = vec![0.0; width];
        let members = (0..n).filter(|&i| labels[i] == class);
        members
            .clone()
            .for_each(|i| (0..width).for_each(|k| sum[k] += values[i * width + k]));
        let by = |count: usize| sum.iter().map(|s| s / count as f32).collect::<Vec<f32>>();
        let is = |other: Vec<f32>| approx_all("", got, &other, 1e-4).is_ok();
        approx_all(&format!("{case}: class {class}"), got, &by(members.count()), 1e-4)
            .hint_if(is(by(1)), "That is the sum.")
            .hint_if(
                is(by(n)),
                "You divided by the number of all samples. How many has this class?",
            )?;
    }
    Ok(())
}

fn nearest_case(task: &Task, nearest: fn(&[Vec<f32>], &[f32]) -> usize, cases: &mut Cases) -> Graded {
    let (classes, width) = (cases.whole(2, 6), cases.whole(1, 4));
    let averages: Vec<Vec<f32>> = (0..classes).map(|_| cases.numbers(width, -5.0, 5.0)).collect();
    let sample = cases.numbers(width, -5.0, 5.0);
    let distance = |class: &usize| {
        averages[*class]
            .iter()
            .zip(&sample)
            .map(|(a, x)| (a - x).powi(2))
            .sum::<f32>()
    };
    let product = |class: &usize| averages[*class].iter().zip(&sample).map(|(a, x)| a * x).sum::<f32>();
    let best = (0..classes)
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .unwrap_or(0);
    let worst = (0..classes).max_by(|a, b| distance(a).total_cmp(&distance(b)));
    let aligned = (0..classes).max_by(|a, b| product(a).total_cmp(&product(b)));
    let case = format!("averages {averages:?}, sample {sample:?}");
    let got = task.call(&case, || nearest(&averages, &sample))?;
    equal(&case, got, best)
        .hint_if(Some(got) == worst, "That is the class farthest away.")
        .hint_if(
            Some(got) == aligned,
            "The largest product is not the smallest distance: a bright average wins it everywhere.",
        )
}

#[cfg(test)]
mod tests;
