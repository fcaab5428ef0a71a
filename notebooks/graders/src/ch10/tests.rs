//! Right and wrong answers to the tasks of chapter 10.

use super::*;
use crate::rejected;
use gradus::nn::Channels;
use gradus::train::Adam;

#[test]
fn flat() {
    fn size(h: usize, w: usize, channels: &[usize], up: usize) -> usize {
        let side = |side: usize| channels.iter().fold(side, |side, _| (side + up) / 2);
        channels[channels.len() - 1] * side(h) * side(w)
    }
    assert!(flattened(|h, w, c| size(h, w, c, 0)).passed());
    rejected(flattened(|h, w, c| size(h, w, c, 1)), "Rounded up");
    rejected(flattened(|h, _, c| size(h, h, c, 0)), "square");
    rejected(flattened(|h, w, c| size(h, w, c, 0) / c[c.len() - 1]), "one map");
    rejected(flattened(|_, _, _| 1568), "Half a window");
    rejected(
        flattened(|h, w, c| size(h, w, c, 0) / c[c.len() - 1] * c.iter().product::<usize>()),
        "multiplied",
    );
    rejected(flattened(|_, _, _| todo!()), "not written yet");
}

type Block<const I: usize, const O: usize> = (Conv2D<I, O, 3, 1, 1>, ReLU, MaxPool2D<2>);

#[test]
fn coloured_networks() {
    type Right = (Block<3, 8>, Block<8, 24>, Flatten<1536>, Linear<1536, 10>);
    type Grey = (Block<1, 8>, Block<8, 24>, Flatten<1536>, Linear<1536, 10>);
    type Wide = (Block<3, 16>, Block<16, 24>, Flatten<1536>, Linear<1536, 10>);
    type Short = (Block<3, 8>, Block<8, 24>, Flatten<1176>, Linear<1176, 10>);
    let verdict = colours(|dev| Learner::classifier::<Right>(dev, Adam::default()));
    assert!(verdict.passed(), "{verdict}");
    rejected(colours(|dev| Learner::classifier::<Grey>(dev, Adam::default())), "3");
    rejected(
        colours(|dev| Learner::classifier::<Wide>(dev, Adam::default())),
        "another network",
    );
    rejected(
        colours(|dev| Learner::classifier::<Short>(dev, Adam::default())),
        "1536",
    );
    // As many numbers, but nothing bends, or the step replaces the pooling.
    type Flat<const I: usize, const O: usize> = (Conv2D<I, O, 3, 1, 1>, MaxPool2D<2>);
    type Stiff = (Flat<3, 8>, Flat<8, 24>, Flatten<1536>, Linear<1536, 10>);
    type Half<const I: usize, const O: usize> = (Conv2D<I, O, 3, 2, 1>, ReLU);
    type Stepped = (Half<3, 8>, Half<8, 24>, Flatten<1536>, Linear<1536, 10>);
    rejected(
        colours(|dev| Learner::classifier::<Stiff>(dev, Adam::default())),
        "other layers",
    );
    rejected(
        colours(|dev| Learner::classifier::<Stepped>(dev, Adam::default())),
        "other layers",
    );
}

fn seen(layers: &[Window], at: usize, reverse: bool, padded: bool) -> (isize, usize) {
    let (mut first, mut last) = (at as isize, at as isize);
    let mut order = layers.to_vec();
    if reverse {
        order.reverse();
    }
    for (k, s, p) in order {
        let p = if padded { p as isize } else { 0 };
        (first, last) = (first * s as isize - p, last * s as isize - p + k as isize - 1);
    }
    (first, (last - first + 1) as usize)
}

#[test]
fn patches() {
    assert!(patch(|l, at| seen(l, at, true, true)).passed());
    rejected(patch(|l, at| seen(l, at, true, false)), "moves every window");
    rejected(patch(|l, at| seen(l, at, false, true)), "the other way");
    rejected(
        patch(|l, at| {
            let (first, n) = seen(l, at, true, true);
            (first, n - 1)
        }),
        "one more",
    );
    rejected(patch(|_, _| (100, 8)), "Go backwards");
    rejected(
        patch(|l, at| {
            let (first, n) = seen(l, at, true, true);
            (first.max(0), n)
        }),
        "keep the negative number",
    );
    // The strides forgotten: what holds for convolutions of stride 1.
    rejected(
        patch(|l, at| {
            let still: Vec<Window> = l.iter().map(|(k, _, p)| (*k, 1, *p)).collect();
            seen(&still, at, true, true)
        }),
        "Go backwards",
    );
}

fn cover(x: &mut [f32], square: usize) {
    for p in 0..16 {
        x[(square / 7 * 4 + p / 4) * 28 + square % 7 * 4 + p % 4] = 0.0;
    }
}

fn drops(x: &[f32], score: Score, keep: bool, swap: bool) -> Vec<f32> {
    let mut y = x.to_vec();
    let one = |square: usize| {
        if !keep {
            y = x.to_vec();
        }
        cover(&mut y, if swap { square % 7 * 7 + square / 7 } else { square });
        score(x) - score(&y)
    };
    (0..49).map(one).collect()
}

#[test]
fn occlusions() {
    assert!(occlusion(|x, score| drops(x, score, false, false)).passed());
    rejected(occlusion(|x, score| drops(x, score, true, false)), "stay covered");
    rejected(occlusion(|x, score| drops(x, score, false, true)), "changed about");
    rejected(
        occlusion(|x, score| drops(x, score, false, false).iter().map(|d| -d).collect()),
        "other sign",
    );
    rejected(
        occlusion(|x, score| drops(x, score, false, false).iter().map(|d| score(x) - d).collect()),
        "How much was lost",
    );
    rejected(occlusion(|_, _| vec![0.0; 49]), "Cover one square");
}

type Small = (Block<1, 8>, Block<8, 12>, MaxPool2D<2>, Flatten<108>, Linear<108, 10>);

fn trained(train: &Dataset, dev: &Dev, epochs: usize) -> Result<Learner> {
    let mut learner = Learner::classifier::<Small>(dev, Adam::default())?;
    learner.set_batch_size(32).quiet();
    if epochs > 0 {
        learner.fit_one_cycle(train, train, epochs, 1e-2)?;
    }
    Ok(learner)
}

#[test]
fn small_networks() {
    let verdict = small(|train, dev| trained(train, dev, 4));
    assert!(verdict.passed(), "{verdict}");
    rejected(small(|train, dev| trained(train, dev, 0)), "guessing");
    type Large = (Flatten<784>, Linear<784, 10>);
    rejected(
        small(|_, dev| Learner::classifier::<Large>(dev, Adam::default())),
        "in one layer",
    );
    rejected(small(|_, _| todo!()), "not written yet");
    rejected(small(|train, dev| trained(&train.take(100), dev, 4)), "93 %");
    type Pooled = (Channels<1>, MaxPool2D<2>, Flatten<196>, Linear<196, 10>);
    rejected(
        small(|train, dev| {
            let mut learner = Learner::classifier::<Pooled>(dev, Adam::default())?;
            learner
                .set_batch_size(32)
                .quiet()
                .fit_one_cycle(train, train, 10, 1e-2)?;
            Ok(learner)
        }),
        "93 %",
    );
}

/// Recorded above the threshold.
#[test]
#[ignore = "20 seeds, for the threshold"]
fn small_networks_of_many_seeds() {
    let (train, test) = prepared().unwrap();
    let right = |seed| {
        trained(&train, &device(seed).unwrap(), 4)
            .unwrap()
            .evaluate(&test)
            .unwrap()
            .1
    };
    let mut all: Vec<f64> = (0..20).map(right).collect();
    all.sort_by(f64::total_cmp);
    println!("{all:.3?}");
    assert!(all[0] > 0.94);
}
