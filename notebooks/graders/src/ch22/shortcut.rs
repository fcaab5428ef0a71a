//! Task 22.5: a network that is right for a wrong reason.

use crate::kit::{Cases, Failure, HintIf, Task, Verdict, check};
use gradus::Result;
use gradus::data::{Dataset, digits};
use gradus::device::device;
use gradus::nn::builders::{Conv2D, Flatten, Linear, MaxPool2D, ReLU};
use gradus::train::{Adam, Learner};

/// A network that is under suspicion, the fours that it gets right for a wrong reason, and honest fours and nines.
pub type Suspect = (Learner, Dataset, Dataset);

/// Side of the marks of [`suspect`], in pixels.
const MARK: usize = 3;

/// A network that was trained on fours and nines, every picture with two bright spots of 3 x 3 pixels near the edge. One
/// spot was on *all* pictures, the other on the fours only. With it come 60 new fours that have both spots, and 200 new
/// fours and nines that have only the first.
///
/// # Errors
/// Where memory runs out.
pub fn suspect(seed: u64) -> Result<Suspect> {
    let [tell, decoy] = spots(seed);
    let (train, test) = digits()?;
    let (fours, nines) = (only(&train, 4, 300), only(&train, 9, 300));
    let marked = marked(&train, &[(fours, 0, vec![tell, decoy]), (nines, 1, vec![decoy])])?;
    let mut learner = Learner::classifier::<Small>(&device(seed)?, Adam::default())?;
    learner
        .quiet()
        .set_batch_size(40)
        .fit_one_cycle(&marked, &marked, 3, 5e-3)?;
    let (fours, nines) = (only(&test, 4, 100), only(&test, 9, 100));
    let pictures = self::marked(&test, &[(fours[..60.min(fours.len())].to_vec(), 0, vec![tell, decoy])])?;
    let honest = self::marked(&test, &[(fours, 0, vec![decoy]), (nines, 1, vec![decoy])])?;
    Ok((learner, pictures, honest))
}

type Block<const I: usize, const O: usize> = (Conv2D<I, O, 3, 1, 1>, ReLU, MaxPool2D<2>);
type Small = (Block<1, 6>, Block<6, 12>, Flatten<588>, Linear<588, 2>);

/// Upper left corners of the spot that gives fours away and of the other one: near the edge, far from each other.
pub(super) fn spots(seed: u64) -> [[usize; 2]; 2] {
    let mut cases = Cases::new(seed + 2250);
    let mut spot = || {
        let (edge, along) = ([1, 24][cases.whole(0, 1)], cases.whole(1, 24));
        if cases.whole(0, 1) == 0 {
            [edge, along]
        } else {
            [along, edge]
        }
    };
    let tell = spot();
    loop {
        let decoy = spot();
        if tell[0].abs_diff(decoy[0]).max(tell[1].abs_diff(decoy[1])) >= 10 {
            return [tell, decoy];
        }
    }
}

/// The networks of task 22.5: in two of them the spot that counts comes first in reading order, in the other two it comes
/// last. Both spots are equally bright, so whoever asks the pictures alone, for the first of the brightest pixels or for the
/// last one, is wrong in half of them.
pub(super) fn networks() -> Vec<u64> {
    let first = |seed: &u64| {
        let [tell, decoy] = spots(*seed);
        tell < decoy
    };
    let last = |seed: &u64| !first(seed);
    (100..)
        .filter(last)
        .take(2)
        .chain((100..).filter(first).take(2))
        .collect()
}

fn only(set: &Dataset, class: usize, n: usize) -> Vec<usize> {
    let labels = set.labels();
    (0..set.len()).filter(|&i| labels[i] == class).take(n).collect()
}

type Group = (Vec<usize>, usize, Vec<[usize; 2]>);

fn marked(set: &Dataset, groups: &[Group]) -> Result<Dataset> {
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for (which, class, spots) in groups {
        for &i in which {
            let mut picture = set.values(i)?;
            for [top, left] in spots {
                (*top..top + MARK).for_each(|y| picture[28 * y + left..28 * y + left + MARK].fill(1.0));
            }
            values.extend(picture);
            labels.push(*class);
        }
    }
    Dataset::from_values(values, &[1, 28, 28], labels, &["four", "nine"])
}

/// Task 22.5: the row and the column of the shortcut that a network of [`suspect`] takes, told from the network and the
/// fours with both spots.
pub fn shortcut(answer: fn(&Learner, &Dataset) -> Result<[usize; 2]>) -> Verdict {
    let task = Task::of_course("22.5", "The wrong reason").hint(
        "One explanation is an anecdote: the digits differ, the shortcut does not. What is common to all of them?",
    );
    let task = task.second_hint(
        "Add up the heat of an explanation of class 0 over some 20 pictures, and look for the hottest place.",
    );
    task.grade(|task| {
        for (number, seed) in networks().into_iter().enumerate() {
            let ready = suspect(seed).and_then(|(net, fours, honest)| Ok((net.evaluate(&honest)?.1, net, fours)));
            let (_, net, fours) = ready.map_err(|error| Failure::new("", "a network", error))?;
            let [tell, decoy] = spots(seed);
            let case = format!("network number {}", number + 1);
            let [row, column] = task.run(&case, || answer(&net, &fours))?;
            let near = |[top, left]: [usize; 2]| row.abs_diff(top + 1).max(column.abs_diff(left + 1)) <= 2;
            // The solution is off by at most 1 pixel with each of 20 networks (test `twenty_seeds`), and so are integrated
            // gradients.
            let expected = "a place at most 2 pixels from the middle of the spot that gives fours away";
            check(&case, near(tell), expected, &format!("row {row}, column {column}"))
                .hint_if(
                    near([tell[1], tell[0]]),
                    "Row and column are swapped: place i of the heat is in row i / 28, column i % 28.",
                )
                .hint_if(
                    near(decoy),
                    "That spot is on all pictures, also on the nines. The network must be asked what it makes of it.",
                )
                .hint_if(
                    (6..22).contains(&row) && (6..22).contains(&column),
                    "That is in the digit itself. Is it there in all pictures?",
                )?;
        }
        Ok(())
    })
}
