//! Right answers pass, and wrong ones are told why.

use super::*;
use crate::rejected;
use gradus::detect::anchors;
use gradus::device::device;
use gradus::nn::builders::*;
use gradus::train::Adam;

fn corners(c: [f32; 4]) -> Box2D {
    Box2D::new(c[0], c[1], c[0] + c[2], c[1] + c[3])
}

#[test]
fn notations() {
    assert!(two_notations(|c, y, p| corners(c).iou(&pixels(y, p))).passed());
    rejected(
        two_notations(|c, y, [w, h]| corners(c).iou(&corners([y[0] * w, y[1] * h, y[2] * w, y[3] * h]))),
        "YOLO's box are its middle",
    );
    rejected(
        two_notations(|c, y, p| Box2D::centered(c[0], c[1], c[2], c[3]).iou(&pixels(y, p))),
        "COCO's box are its corner",
    );
    rejected(
        two_notations(|c, y, [w, h]| corners(c).iou(&pixels(y, [h, w]))),
        "swapped",
    );
    rejected(
        two_notations(|c, y, p| {
            let (a, b) = (corners(c), pixels(y, p));
            a.intersection(&b).area() / (a.area() + b.area())
        }),
        "twice",
    );
    rejected(
        two_notations(|c, y, p| {
            let (a, b) = (corners(c), pixels(y, p));
            let both = a.intersection(&b).width() * a.intersection(&b).height();
            both / (a.area() + b.area() - both)
        }),
        "negative means 0",
    );
    rejected(two_notations(|_, _, _| 0.0), "right and the lower edge");
    rejected(two_notations(|_, _, _| todo!()), "not written yet");
}

#[test]
fn gentle_suppression() {
    fn rules(all: bool, fixed: bool, keep: bool) -> Rules {
        Rules { all, fixed, keep }
    }
    let right = soft_nms(|f, floor| soften(f, floor, Rules::default()).all);
    assert!(right.passed(), "{right}");
    rejected(
        soft_nms(|f, floor| soften(f, floor, rules(true, false, false)).all),
        "its own class",
    );
    rejected(
        soft_nms(|f, floor| soften(f, floor, rules(false, true, false)).all),
        "order changes",
    );
    rejected(
        soft_nms(|f, floor| soften(f, floor, rules(false, false, true)).all),
        "below the floor",
    );
    rejected(soft_nms(|f, _| nms(f, 0.5)), "suppression of the chapter");
    rejected(soft_nms(|_, _| Vec::new()), "on paper");
}

type Half<const I: usize, const O: usize> = (Conv2D<I, O, 3, 2, 1>, ReLU);

#[test]
fn heads() {
    fn net<N: gradus::train::Trainable>(dev: &Dev, grid: Grid) -> Result<Detector> {
        Detector::new::<N>(dev, Adam::default(), grid)
    }
    let right = a_head_that_fits(net::<(Half<3, 6>, Half<6, 8>, Half<8, 8>, Conv2D<8, 27, 1>, Flatten<3645>)>);
    assert!(right.passed(), "{right}");
    rejected(
        a_head_that_fits(net::<(Half<3, 6>, Half<6, 8>, Half<8, 8>, Conv2D<8, 24, 1>, Flatten<3240>)>),
        "the fifth",
    );
    rejected(
        a_head_that_fits(net::<(Half<3, 6>, Half<6, 8>, Half<8, 8>, Conv2D<8, 9, 1>, Flatten<1215>)>),
        "Each anchor",
    );
    rejected(
        a_head_that_fits(net::<(Half<3, 6>, Half<6, 8>, Conv2D<8, 27, 1>, Flatten<14580>)>),
        "halved three times",
    );
    rejected(
        a_head_that_fits(net::<(Half<1, 6>, Half<6, 8>, Half<8, 8>, Conv2D<8, 27, 1>, Flatten<3645>)>),
        "error",
    );
    rejected(
        a_head_that_fits(|dev, _| {
            let grid = Grid::new([72, 120], [9, 15], &[[1.0, 1.0]; 3], 4)?;
            net::<(Half<3, 6>, Half<6, 8>, Half<8, 8>, Conv2D<8, 27, 1>, Flatten<3645>)>(dev, grid)
        }),
        "that came in",
    );
}

fn sorted(finds: &[(f32, bool)]) -> Vec<(f32, bool)> {
    let mut finds = finds.to_vec();
    finds.sort_by(|a, b| b.0.total_cmp(&a.0));
    finds
}

#[test]
fn areas() {
    let right = average_precision(|f, n| area(&sorted(f), true) / n as f64);
    assert!(right.passed(), "{right}");
    rejected(average_precision(|f, n| area(f, true) / n as f64), "any order");
    rejected(average_precision(|f, n| area(&sorted(f), false) / n as f64), "zigzag");
    rejected(
        average_precision(|f, _| area(&sorted(f), true) / f.iter().filter(|f| f.1).count().max(1) as f64),
        "never found",
    );
    rejected(
        average_precision(|f, _| f.iter().filter(|f| f.1).count() as f64 / f.len() as f64),
        "whole list",
    );
    rejected(average_precision(|_, _| 0.5), "recall");
}

type Block<const I: usize, const O: usize, const S: usize> = (Conv2D<I, O, 3, S, 1>, BatchNorm2D<O>, ReLU);
type Body = (Block<1, 16, 2>, Block<16, 32, 2>, Block<32, 48, 2>, Block<48, 48, 1>);
type Net = (Body, Conv2D<48, 12, 1>, Flatten<768>);

fn train(train: &Scenes, valid: &Scenes, seed: u64, epochs: usize) -> Result<Counter> {
    let grid = Grid::new(train.size(), [8, 8], &anchors(&train.bounds(), 2, 0)?, 1)?;
    let mut detector = Detector::new::<Net>(&device(seed)?, Adam::default(), grid)?;
    detector.learner().quiet().set_batch_size(32).set_seed(seed);
    detector.fit_one_cycle(train, valid, epochs, 0.006)?;
    let (found, truth) = (detector.predict(valid, 0.02)?, valid.all_objects());
    let mut best = (f64::MAX, 0.5);
    for score in (4..17).map(|i| 0.05 * i as f32) {
        let (error, _) = off_by(&found, &truth, score);
        if error < best.0 {
            best = (error, score);
        }
    }
    Ok((detector, best.1))
}

#[test]
fn counts() {
    let right = counting(|a, b| train(a, b, 1, 12));
    assert!(right.passed(), "{right}");
    rejected(
        counting(|a, b| Ok((train(a, b, 1, 12)?.0, 0.04))),
        "Choose it on the validation",
    );
    rejected(counting(|a, b| Ok((train(&a.take(32), b, 1, 1)?.0, 0.99))), "No box");
    rejected(counting(|a, b| train(&a.take(32), b, 1, 1)), "off by");
    rejected(counting(|a, b| Ok((train(&a.take(32), b, 1, 1)?.0, 0.0))), "off by");
    rejected(counting(|a, b| Ok((train(&a.take(32), b, 1, 1)?.0, f32::NAN))), "✗");
}

#[test]
#[ignore = "run once: an unlucky seed cannot fail a right answer"]
fn twenty_seeds() -> Result<()> {
    let mut worst: f64 = 0.0;
    for seed in 0..20 {
        let ((a, b), (_, fresh)) = (paper_scenes(600, 2150)?, paper_scenes(1000, 2151)?);
        let (detector, score) = train(&a, &b, seed, 12)?;
        let (error, _) = off_by(&detector.predict(&fresh, 0.02)?, &fresh.all_objects(), score);
        println!("seed {seed}: from {score:.2} on, off by {error:.3}");
        worst = worst.max(error);
    }
    println!("worst of 20 seeds: {worst}");
    assert!(worst < 0.5);
    Ok(())
}
