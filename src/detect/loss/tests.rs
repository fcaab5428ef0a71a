//! Slopes against central differences.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::boxes::Object;
use crate::boxes::ciou::ciou_with;

fn grid() -> Grid {
    Grid::new([24, 32], [3, 4], &[[6.0, 8.0], [12.0, 10.0]], 3).unwrap()
}

fn random_picture(grid: &Grid, rng: &mut ChaCha8Rng) -> (Vec<f32>, Vec<f32>) {
    let objects: Vec<Object> = (0..4)
        .map(|_| {
            let (w, h) = (rng.gen_range(3.0..14.0), rng.gen_range(3.0..14.0));
            let bounds = Box2D::centered(rng.gen_range(1.0..31.0), rng.gen_range(1.0..23.0), w, h);
            let class = rng.gen_range(0..3);
            Object { bounds, class }
        })
        .collect();
    let targets = grid.assign(&objects).unwrap().targets;
    (targets, (0..grid.outputs()).map(|_| rng.gen_range(-2.0..2.0)).collect())
}

/// The loss of one picture with the weight of the shape's penalty held at what it is for `fixed`, as the slopes take it.
fn loss_at(loss: &DetectionLoss, scores: &[f32], fixed: &[f32], targets: &[f32]) -> f64 {
    let mut slopes = vec![0.0; scores.len()];
    let mut value = loss.picture(scores, targets, &mut slopes);
    let objects = targets.chunks_exact(TARGET).filter(|t| t[0] > 0.5).count().max(1) as f64;
    for (slot, target) in targets.chunks_exact(TARGET).enumerate().filter(|(_, t)| t[0] > 0.5) {
        let said = |scores: &[f32]| {
            let t = [0, 1, 2, 3].map(|k| f64::from(scores[loss.grid.at(slot, k)]));
            loss.grid.bounds(slot, t)
        };
        let truth = [1, 2, 3, 4].map(|k| f64::from(target[k]));
        let weight = |scores: &[f32]| {
            // ciou(weight = 0) - ciou(weight = 1) is the shape's penalty, and what is between tells the weight.
            let (none, all) = (
                ciou_with(said(scores), truth, Some(0.0)),
                ciou_with(said(scores), truth, Some(1.0)),
            );
            (none - ciou(said(scores), truth)) / (none - all).max(1e-300)
        };
        let held: f64 = ciou_with(said(scores), truth, Some(weight(fixed)));
        value += f64::from(loss.box_weight) / objects * (ciou::<f64>(said(scores), truth) - held);
    }
    value
}

#[test]
fn slopes_are_those_of_central_differences() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let loss = DetectionLoss {
        box_weight: 1.7,
        background: 0.3,
        class_weight: 0.9,
        ..DetectionLoss::new(grid())
    };
    for _ in 0..5 {
        let (targets, scores) = random_picture(&loss.grid, &mut rng);
        let costs = loss.pictures(&scores, scores.len(), &targets, targets.len()).unwrap();
        for i in 0..scores.len() {
            let step = 1.0 / 1024.0;
            let moved = |by: f32| {
                let mut moved = scores.clone();
                moved[i] += by;
                // f32 rounds the step; what was really gone is divided by.
                (f64::from(moved[i]), loss_at(&loss, &moved, &scores, &targets))
            };
            let (high, low) = (moved(step), moved(-step));
            let slope = (high.1 - low.1) / (high.0 - low.0);
            let got = costs.slopes[i];
            assert!(
                (got - slope).abs() < 2e-5 * (1.0 + slope.abs()),
                "score {i}: {got} for {slope}"
            );
        }
    }
}

#[test]
fn a_perfect_answer_costs_almost_nothing_and_a_wrong_one_much() {
    let grid = grid();
    let bounds = Box2D::centered(10.0, 12.0, 7.0, 9.0);
    let assigned = grid.assign(&[Object { bounds, class: 2 }]).unwrap();
    let place = assigned.places[0].unwrap();
    let mut scores = vec![0.0; grid.outputs()];
    for slot in 0..grid.slots() {
        scores[grid.at(slot, 4)] = -12.0;
    }
    let slot = grid.slot(place);
    for (k, t) in grid.encode(&bounds, place).unwrap().into_iter().enumerate() {
        scores[grid.at(slot, k)] = t;
    }
    scores[grid.at(slot, 4)] = 12.0;
    scores[grid.at(slot, 7)] = 12.0;
    let loss = DetectionLoss::new(grid.clone());
    let of = |scores: &[f32]| {
        let costs = loss.pictures(scores, scores.len(), &assigned.targets, assigned.targets.len());
        costs.unwrap().losses[0]
    };
    assert!(of(&scores) < 1e-3, "{}", of(&scores));
    for k in [0, 2, 4, 7] {
        let mut wrong = scores.clone();
        wrong[grid.at(slot, k)] -= 3.0 + 12.0 * f32::from(u8::from(k >= 4));
        assert!(of(&wrong) > 0.1, "number {k}: {}", of(&wrong));
    }
    let found = grid.decode(&scores, 0.5).unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].bounds.iou(&bounds) > 0.999 && found[0].class == 2);
}

/// `tests/detect/golden.py` made the values with PyTorch's autograd.
#[test]
fn slopes_are_those_of_pytorch() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("../../../tests/detect/golden.json")).unwrap();
    let case = &golden["loss"];
    let numbers =
        |v: &serde_json::Value| -> Vec<f64> { v.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect() };
    let floats = |v: &serde_json::Value| -> Vec<f32> { numbers(v).iter().map(|n| *n as f32).collect() };
    let grid = grid();
    let mut targets = vec![0.0; 2 * grid.targets()];
    let place = |v: &[f64]| grid.slot([v[0] as usize, v[1] as usize, v[2] as usize]) * TARGET;
    for (i, objects) in case["objects"].as_array().unwrap().iter().enumerate() {
        for object in objects.as_array().unwrap() {
            let at = i * grid.targets() + place(&numbers(&object["place"]));
            targets[at] = 1.0;
            targets[at + 1..at + 5].copy_from_slice(&floats(&object["box"]));
            targets[at + 5] = object["class"].as_f64().unwrap() as f32;
        }
    }
    for ignored in case["ignored"].as_array().unwrap() {
        let ignored = numbers(ignored);
        targets[ignored[0] as usize * grid.targets() + place(&ignored[1..])] = -1.0;
    }
    let weights = floats(&case["weights"]);
    let loss = DetectionLoss {
        box_weight: weights[0],
        background: weights[1],
        class_weight: weights[2],
        ..DetectionLoss::new(grid.clone())
    };
    let costs = loss
        .pictures(&floats(&case["scores"]), grid.outputs(), &targets, grid.targets())
        .unwrap();
    let want = numbers(&case["slopes"]);
    assert_eq!(costs.slopes.len(), want.len());
    for (i, (got, want)) in costs.slopes.iter().zip(want).enumerate() {
        // PyTorch took the mean over the two pictures.
        assert!((got / 2.0 - want).abs() < 1e-6, "score {i}: {} for {want}", got / 2.0);
    }
}
