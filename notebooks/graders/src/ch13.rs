//! The tasks of chapter 13, transfer learning.

use std::sync::OnceLock;

use crate::kit::{Cases, Failure, Graded, HintIf, Task, Verdict, approx_all, check, equal, open_device, shape};
use gradus::Result;
use gradus::data::{self, Dataset};
use gradus::device::{Dev, device};
use gradus::nn::builders::{Conv2D, Flatten, Linear, MaxPool2D, ReLU};
use gradus::train::{Adam, Learner, StateDict};

/// A convolution, and half the side: what [`Body`] is made of.
pub type Stage<const I: usize, const O: usize> = (Conv2D<I, O, 5>, ReLU, MaxPool2D<2>);

/// What the old network sees with: `(B, 1, 28, 28)` to 256 numbers.
pub type Body = (Stage<1, 8>, Stage<8, 16>, Flatten<256>);

/// The old network, which knows the digits 0 to 4.
pub type Old = (Body, Linear<256, 5>);

/// The tensors of [`Old`], trained on the digits 0 to 4. The first call trains, which takes a few seconds.
///
/// # Errors
/// Where training fails.
pub fn old_network() -> Result<StateDict> {
    static TRAINED: OnceLock<StateDict> = OnceLock::new();
    if let Some(weights) = TRAINED.get() {
        return Ok(weights.clone());
    }
    let weights = trained_on_old_digits(13)?;
    Ok(TRAINED.get_or_init(|| weights).clone())
}

fn trained_on_old_digits(seed: u64) -> Result<StateDict> {
    let (train, test) = data::digits()?;
    let (train, test) = (those_of(&train, 0, 300)?, those_of(&test, 0, 40)?);
    let adam = Adam {
        lr: 2e-3,
        ..Adam::default()
    };
    let mut learner = Learner::classifier::<Old>(&device(seed)?, adam)?;
    learner
        .quiet()
        .set_batch_size(32)
        .set_seed(seed)
        .fit(&train, &test, 3)?;
    learner.state_dict()
}

/// The digits 5 to 9: a few to learn from, of each so many, and 80 of each to be examined on.
///
/// # Errors
/// Never, unless the bundled digits are broken.
pub fn new_digits(of_each: usize) -> Result<(Dataset, Dataset)> {
    let (train, test) = data::digits()?;
    Ok((those_of(&train, 5, of_each)?, those_of(&test, 5, 80)?))
}

/// The first so many of each of the five digits from `first` on, as the old network wants them.
fn those_of(set: &Dataset, first: usize, of_each: usize) -> Result<Dataset> {
    let (mut counts, mut pixels, mut labels) = ([0; 5], Vec::new(), Vec::new());
    for i in 0..set.len() {
        let Some(class) = set.label(i)?.checked_sub(first).filter(|&class| class < 5) else {
            continue;
        };
        if counts[class] < of_each {
            counts[class] += 1;
            labels.push(class);
            pixels.extend(set.image(i)?.pixels().iter().map(|p| (255.0 * p).round() as u8));
        }
    }
    let names: Vec<&str> = set.class_names()[first..first + 5].iter().map(String::as_str).collect();
    Dataset::from_pixels(pixels, [1, 28, 28], labels, &names)?.normalize(&[0.13], &[0.3])
}

/// Task 13.1: a picture as the network of somebody else wants it: (planes of red, green and blue from 0 to 1, mean blue,
/// green and red).
pub fn prepared(answer: fn(&[f32], [f32; 3]) -> Vec<f32>) -> Verdict {
    let task = Task::of_course("13.1", "As in its own training").hint(
        "Take a picture of one pixel, red 1, green 0.5, blue 0, and mean colours of 10, 20 and 30 (blue first). What are the \
         three numbers?",
    );
    let task =
        task.second_hint("That pixel becomes 0 − 10, 127.5 − 20, 255 − 30. With more pixels, whole planes move.");
    task.grade(|task| {
        let mut cases = Cases::new(131);
        for n in 0..20 {
            let pixels = if n == 0 { 1 } else { cases.whole(2, 4) };
            let rgb = cases.numbers(3 * pixels, 0.0, 1.0);
            let mean = [(); 3].map(|()| cases.whole(90, 130) as f32);
            let case = format!("{pixels} pixels {rgb:?}, mean {mean:?}");
            let got = task.call(&case, || answer(&rgb, mean))?;
            let made = |plane: fn(usize) -> usize, colour: fn(usize) -> usize, scale: f32| -> Vec<f32> {
                (0..3)
                    .flat_map(|k| (0..pixels).map(move |i| (k, i)))
                    .map(|(k, i)| scale * rgb[plane(k) * pixels + i] - mean[colour(k)])
                    .collect()
            };
            let (same, back): (fn(usize) -> usize, fn(usize) -> usize) = (|k| k, |k| 2 - k);
            let is = |other: Vec<f32>| approx_all("", &got, &other, 1e-4).is_ok();
            let reversed: Vec<f32> = rgb
                .iter()
                .rev()
                .enumerate()
                .map(|(i, v)| 255.0 * v - mean[i / pixels])
                .collect();
            approx_all(&case, &got, &made(back, same, 255.0), 1e-4)
                .hint_if(
                    is(made(same, same, 255.0)) || is(made(same, back, 255.0)),
                    "Red still comes first. This network was trained on blue, green, red.",
                )
                .hint_if(
                    is(made(back, back, 255.0)),
                    "The planes are in order, but the means are not: theirs begin with blue as well.",
                )
                .hint_if(
                    is(made(back, same, 1.0)),
                    "A mean of about 100 taken from numbers up to 1: scale them first.",
                )
                .hint_if(
                    is(reversed),
                    "The colours are right, but the pixels within each plane run backwards now.",
                )?;
        }
        Ok(())
    })
}

/// Task 13.2: the first stage of the old network under a head of its own for four classes. The compiler grades half of it.
pub fn shorter(answer: fn(&StateDict, &Dev) -> Result<Learner>) -> Verdict {
    let task = Task::of_course("13.2", "A shorter body, a new head").hint(
        "Follow one picture: 28 pixels wide, a window of 5, half the side. How many numbers are that in 8 channels?",
    );
    let task = task.second_hint("28 − 5 + 1 = 24 and half of it is 12: eight maps of 12 × 12.");
    task.grade(|task| {
        let old = task.run("the old network", old_network)?;
        let dev = open_device(0)?;
        let learner = task.run("the shorter network", || answer(&old, &dev))?;
        let case = "its tensors";
        let got = task.run(case, || learner.state_dict())?;
        let names = got.names();
        check(
            case,
            names.len() == 4,
            "4: the filters and the bias of one stage, the weights and the bias of one layer",
            &format!("{}: {}", names.len(), names.join(", ")),
        )
        .hint_if(
            names.len() > 4,
            "Only the first stage of the old body is asked for, and a head of one layer.",
        )?;
        let mut cases = Cases::new(132);
        let case = "20 pictures of 28 × 28, four classes";
        let pictures = task.run(case, || {
            let pixels = cases.numbers(20 * 784, 0.0, 1.0);
            Dataset::from_values(pixels, &[1, 28, 28], vec![0; 20], &["a", "b", "c", "d"])
        })?;
        let answers = task.run(case, || learner.predict(&pictures));
        let answers = answers.hint_if(
            names
                .last()
                .and_then(|name| got.get(name))
                .is_some_and(|(s, _)| s[0] != 4),
            "Four classes need four scores.",
        )?;
        equal(case, answers.scores(0).map_or(0, <[f32]>::len), 4).hint_if(true, "Four classes need four scores.")?;
        for (part, filters) in [("weight", "filters"), ("bias", "bias")] {
            let (its, olds) = task.run(case, || {
                let its = got.tensor(&format!("0.0.{part}"))?.1.to_vec();
                Ok((its, old.tensor(&format!("0.0.0.{part}"))?.1.to_vec()))
            })?;
            approx_all(&format!("the {filters} of the first stage"), &its, &olds, 1e-6).hint_if(
                true,
                "Not the old one: load both tensors of the old stage into the network that you return.",
            )?;
        }
        let head = names.iter().filter_map(|name| got.get(name)).map(|(s, _)| s);
        let head = head.filter(|s| s.len() == 2).map(<[usize]>::to_vec).collect::<Vec<_>>();
        equal("the weights of the head", head, vec![vec![4, 1152]]).hint_if(
            true,
            "A head of one layer that sees what every filter finds, place by place: nothing is averaged away before it.",
        )
    })
}

/// Task 13.3: the weights of somebody else under our names, and turned.
pub fn translated(answer: fn(&StateDict) -> Result<StateDict>) -> Verdict {
    type Net = (Linear<5, 7>, ReLU, Linear<7, 3>);
    let task = Task::of_course("13.3", "Weights from elsewhere").hint(
        "Print the names and shapes of both sides. Which number of a kernel of shape (5, 7) belongs to input 1 and output 2, \
         and where does it have to stand in (7, 5)?",
    );
    let task = task.second_hint("The kernel has input i, output o at place i · 7 + o. Ours has it at o · 5 + i.");
    task.grade(|task| {
        let mut cases = Cases::new(133);
        for n in 1..=3 {
            let case = format!("file number {n}");
            let kernels = [cases.numbers(35, -1.0, 1.0), cases.numbers(21, -1.0, 1.0)];
            let biases = [cases.numbers(7, -1.0, 1.0), cases.numbers(3, -1.0, 1.0)];
            let file = task.run(&case, || theirs(&kernels, &biases))?;
            let got = task.run(&case, || answer(&file))?;
            let names = ["0.bias", "0.weight", "2.bias", "2.weight"].map(String::from);
            equal(&case, got.names(), names.to_vec())
                .hint_if(
                    got.names().iter().any(|name| name.contains("dense")),
                    "Those are their names. Ours are numbers of layers: the ReLU is layer 1 and has no tensors.",
                )
                .hint_if(
                    got.names().iter().any(|name| name.starts_with("1.")),
                    "Layers are counted with those that have no tensors: the ReLU is layer 1.",
                )?;
            for (layer, [inputs, outputs]) in [[5, 7], [7, 3]].into_iter().enumerate() {
                let name = format!("{}.weight", 2 * layer);
                let (its_shape, values) = got.get(&name).unwrap_or((&[], &[]));
                let (kernel, case) = (&kernels[layer], format!("{case}, {name}"));
                shape(&case, its_shape, &[outputs, inputs]).hint_if(
                    its_shape == [inputs, outputs],
                    "Their kernels have a row for each input. Ours have one for each output.",
                )?;
                let turned: Vec<f32> = (0..outputs)
                    .flat_map(|o| (0..inputs).map(move |i| kernel[i * outputs + o]))
                    .collect();
                approx_all(&case, values, &turned, 1e-6).hint_if(
                    values == &kernel[..],
                    "The shape is ours, but the numbers are still in their order: a reshape is not a transposition.",
                )?;
                let name = format!("{}.bias", 2 * layer);
                let (_, values) = got.get(&name).unwrap_or((&[], &[]));
                approx_all(&format!("file number {n}, {name}"), values, &biases[layer], 1e-6)?;
            }
            let dev = open_device(0)?;
            task.run(&case, || {
                Learner::classifier::<Net>(&dev, Adam::default())?.load_state_dict(&got)
            })?;
        }
        Ok(())
    })
}

/// A file as another library would write it.
///
/// # Errors
/// If there are not as many numbers as the shapes say.
fn theirs(kernels: &[Vec<f32>; 2], biases: &[Vec<f32>; 2]) -> Result<StateDict> {
    let mut file = StateDict::new("a file of another library");
    for (layer, [inputs, outputs]) in [[5, 7], [7, 3]].into_iter().enumerate() {
        let name = ["dense", "dense_1"][layer];
        file.insert(&format!("{name}/kernel"), vec![inputs, outputs], kernels[layer].clone())?;
        file.insert(&format!("{name}/bias"), vec![outputs], biases[layer].clone())?;
    }
    Ok(file)
}

/// A file to try [`translated`] on.
///
/// # Errors
/// Never.
pub fn file_from_elsewhere() -> Result<StateDict> {
    let row = |n: usize| (0..n).map(|i| i as f32).collect::<Vec<f32>>();
    theirs(&[row(35), row(21)], &[row(7), row(3)])
}

/// Task 13.4: the digits 5 to 9 from ten of each, with the eyes of the old network, which stand still.
pub fn new_names(answer: fn(&StateDict, &Dataset, &Dev) -> Result<Learner>) -> Verdict {
    let task = Task::of_course("13.4", "Five new digits from fifty pictures").hint(
        "Load the body, freeze it (or look once and train the head alone), then train the head until its loss is low.",
    );
    let task = task.second_hint(
        "load_partial of old.part(\"0.\"), freeze(\"0.\"), a rate of 0.003, batches of 10, some 30 epochs.",
    );
    task.grade(|task| {
        let old = task.run("the old network", old_network)?;
        for seed in 1..=2 {
            let case = format!("ten pictures of each, seed {seed}");
            let dev = device(seed).map_err(|error| Failure::new("", "a device", error))?;
            let (few, exam) = task.run(&case, || few(seed))?;
            let learner = task.run(&case, || answer(&old, &few, &dev))?;
            body_is_old(task, &learner, &old)?;
            let learnt = task.run(&case, || learner.evaluate(&few))?.1;
            let right = task.run(&case, || learner.evaluate(&exam))?.1;
            check(
                &format!("{case}: 400 others"),
                right >= NEW_NAMES,
                &format!("{:.0} % right", 100.0 * NEW_NAMES),
                &format!("{:.1} %", 100.0 * right),
            )
            .hint_if(
                right < 0.4,
                "That is hardly better than guessing: was the head trained, and on the fifty pictures of this check? Its classes \
                 come in an order of their own.",
            )?;
            check(
                &format!("{case}: the fifty themselves"),
                learnt >= LEARNT,
                &format!("{:.0} % right", 100.0 * LEARNT),
                &format!("{:.1} %", 100.0 * learnt),
            )
            .hint_if(
                true,
                "A head that was trained on these features knows its own fifty pictures. Did the body move meanwhile?",
            )?;
        }
        Ok(())
    })
}

/// The share of its own fifty pictures that a trained head must know.
const LEARNT: f64 = 0.98;

/// What [`new_names`] asks for. With 20 seeds, each with an old network of its own (test `twenty_seeds`), both ways reached
/// 86.3 % at worst.
const NEW_NAMES: f64 = 0.8;

/// Ten of each new digit, others for each seed, and 80 of each to be examined on.
fn few(seed: u64) -> Result<(Dataset, Dataset)> {
    let (many, exam) = new_digits(300)?;
    let (mut counts, mut chosen) = ([0; 5], Vec::new());
    let many = many.shuffle(seed);
    for i in 0..many.len() {
        let class = many.label(i)?;
        if counts[class] < 10 {
            counts[class] += 1;
            chosen.push(i);
        }
    }
    Ok((in_order(&many.subset(&chosen)?, seed)?, in_order(&exam, seed)?))
}

/// The same pictures with their five classes in another order, which the seed turns.
fn in_order(set: &Dataset, seed: u64) -> Result<Dataset> {
    let place = |class: usize| (2 * class + seed as usize) % 5;
    let mut names = vec![String::new(); 5];
    for (class, name) in set.class_names().iter().enumerate() {
        names[place(class)].clone_from(name);
    }
    relabelled(set, set.labels().into_iter().map(place).collect())?.with_classes(&names)
}

fn body_is_old(task: &Task, learner: &Learner, old: &StateDict) -> Graded {
    let case = "the body of your network";
    let got = task.run(case, || learner.state_dict())?;
    let (mut moved, mut likeness) = (false, [0.0_f32; 3]);
    for name in old.part("0.").names() {
        let (Some((_, values)), Some((_, want))) = (got.get(&name), old.get(&name)) else {
            return Err(
                Failure::new(case, format!("a tensor `{name}`"), format!("{:?}", got.names()))
                    .hint("Return the whole network, (Body, Linear<256, 5>): pictures in, five scores out."),
            );
        };
        moved |= values != want;
        for (a, b) in values.iter().zip(want) {
            likeness = [likeness[0] + a * b, likeness[1] + a * a, likeness[2] + b * b];
        }
    }
    let alike = likeness[0] > 0.5 * (likeness[1] * likeness[2]).sqrt();
    check(case, !moved, "the old numbers, to the last bit", "others")
        .hint_if(alike, "It has moved: training did not know that it has to stand still.")
        .hint_if(true, "That is not the old body: was it loaded?")
}

/// Task 13.5: which labels are wrong? The set has 400 pictures, 40 of them with a wrong label.
pub fn suspects(answer: fn(&StateDict, &Dataset, &Dev) -> Result<Vec<usize>>) -> Verdict {
    let task = Task::of_course("13.5", "Forty wrong labels").hint(
        "At random, 60 of 400 pictures hold 6 of the 40. Train something that has no time to learn the wrong labels by heart, \
         and look where it disagrees.",
    );
    let task = task.second_hint(
        "The features of the body, a linear head, few epochs, then top_losses(60) of its predictions on the same set.",
    );
    task.grade(|task| {
        let old = task.run("the old network", old_network)?;
        for seed in 1..=2 {
            let case = format!("400 pictures, set {seed}");
            let dev = device(seed).map_err(|error| Failure::new("", "a device", error))?;
            let (set, wrong) = task.run(&case, || spoiled(seed))?;
            let mut got = task.run(&case, || answer(&old, &set, &dev))?;
            check(&case, got.len() == 60, "60 places", &format!("{} places", got.len())).hint_if(
                true,
                "A person has time for 60 pictures: the 60 that are most suspect, no more and no fewer.",
            )?;
            got.sort_unstable();
            got.dedup();
            check(&case, got.len() == 60, "60 different places", &format!("{} different places", got.len()))
                .hint_if(true, "Nobody looks at one picture twice: each place once.")?;
            if let Some(beyond) = got.iter().find(|i| **i >= set.len()) {
                let hint = "Places are counted in the set that the function gets, from 0.";
                return Err(Failure::new(&case, "places from 0 to 399", format!("the place {beyond}")).hint(hint));
            }
            let found = got.iter().filter(|i| wrong.contains(i)).count();
            check(
                &case,
                found >= SUSPECTS,
                &format!("at least {SUSPECTS} of the 40"),
                &format!("{found} of the 40"),
            )
            .hint_if(found < 4, "Fewer than chance would find: are these the lowest losses?")
            .hint_if(
                (11..25).contains(&found),
                "A network that was trained for long believes its labels, the wrong ones too. And one that was hardly trained \
                 knows nothing.",
            )?;
        }
        Ok(())
    })
}

/// What [`suspects`] asks for. With 20 seeds (test `twenty_seeds`) the solution found 37 at worst, after 10 epochs as well.
const SUSPECTS: usize = 30;

/// 400 of the digits 5 to 9, and the places of the 40 whose labels are wrong.
fn spoiled(seed: u64) -> Result<(Dataset, Vec<usize>)> {
    let set = new_digits(80)?.0.shuffle(seed);
    let mut cases = Cases::new(1350 + seed);
    let (mut labels, mut wrong) = (set.labels(), Vec::new());
    while wrong.len() < 40 {
        let i = cases.whole(0, labels.len() - 1);
        if !wrong.contains(&i) {
            labels[i] = (labels[i] + cases.whole(1, 4)) % 5;
            wrong.push(i);
        }
    }
    Ok((relabelled(&set, labels)?, wrong))
}

/// A set of [`suspects`] to try it on: the first is the set, the second tells where the wrong labels are.
///
/// # Errors
/// Never, unless the bundled digits are broken.
pub fn spoiled_digits(seed: u64) -> Result<(Dataset, Vec<usize>)> {
    spoiled(seed.wrapping_add(1000))
}

fn relabelled(set: &Dataset, labels: Vec<usize>) -> Result<Dataset> {
    let mut pixels = Vec::new();
    for i in 0..set.len() {
        pixels.extend(set.image(i)?.pixels().iter().map(|p| (255.0 * p).round() as u8));
    }
    let names: Vec<&str> = set.class_names().iter().map(String::as_str).collect();
    Dataset::from_pixels(pixels, [1, 28, 28], labels, &names)?.normalized_like(set)
}

#[cfg(test)]
mod tests;
