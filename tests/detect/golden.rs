//! Boxes, suppression, the detector's loss and average precision against torchvision, PyTorch and pycocotools.
//! `tests/detect/golden.py` made the values and names the versions.

use gradus::data::Targets;
use gradus::detect::{Box2D, Detection, DetectionLoss, Grid, Object, nms};
use gradus::metrics::DetectionReport;
use gradus::train::Loss;
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    overlaps: Overlaps,
    nms: Vec<Nms>,
    loss: LossCase,
    precision: Vec<Precision>,
}

#[derive(Deserialize)]
struct Overlaps {
    a: Vec<[f32; 4]>,
    b: Vec<[f32; 4]>,
    iou: Vec<f32>,
    giou: Vec<f32>,
    ciou: Vec<f32>,
}

#[derive(Deserialize)]
struct Nms {
    boxes: Vec<[f32; 4]>,
    scores: Vec<f32>,
    classes: Vec<usize>,
    iou: f32,
    keep: Vec<usize>,
}

#[derive(Deserialize)]
struct LossCase {
    anchors: Vec<[f32; 2]>,
    objects: Vec<Vec<LossObject>>,
    ignored: Vec<[usize; 4]>,
    weights: [f32; 3],
    scores: Vec<f32>,
    losses: Vec<f64>,
}

#[derive(Deserialize)]
struct LossObject {
    r#box: [f32; 4],
    class: usize,
    place: [usize; 3],
}

#[derive(Deserialize)]
struct Precision {
    classes: usize,
    truth: Vec<Vec<(usize, [f32; 4])>>,
    found: Vec<Vec<(usize, f32, [f32; 4])>>,
    ap: Vec<Vec<f64>>,
    map50: f64,
    map: f64,
    curve: Vec<f64>,
}

fn golden() -> Golden {
    load("detect/golden")
}

fn corners([xmin, ymin, xmax, ymax]: [f32; 4]) -> Box2D {
    Box2D::new(xmin, ymin, xmax, ymax)
}

#[test]
fn overlaps_agree_with_torchvision() {
    let g = golden().overlaps;
    assert_eq!(g.a.len(), 40);
    for i in 0..g.a.len() {
        let (a, b) = (corners(g.a[i]), corners(g.b[i]));
        for (name, got, want) in [
            ("iou", a.iou(&b), g.iou[i]),
            ("giou", a.giou(&b), g.giou[i]),
            ("ciou", a.ciou(&b), g.ciou[i]),
        ] {
            assert!((got - want).abs() < 2e-6, "{name} of pair {i}: {got} for {want}");
        }
    }
}

#[test]
fn suppression_agrees_with_torchvision() {
    for case in golden().nms {
        let all: Vec<Detection> = (0..case.boxes.len())
            .map(|i| Detection {
                bounds: corners(case.boxes[i]),
                class: case.classes[i],
                score: case.scores[i],
            })
            .collect();
        let want: Vec<Detection> = case.keep.iter().map(|&i| all[i]).collect();
        assert_eq!(nms(&all, case.iou), want, "{} boxes at {}", all.len(), case.iou);
    }
}

#[test]
fn the_loss_agrees_with_pytorch() {
    let case = golden().loss;
    let grid = Grid::new([24, 32], [3, 4], &case.anchors, 3).unwrap();
    let mut targets = Vec::new();
    for (i, objects) in case.objects.iter().enumerate() {
        // By hand, so that the loss is checked whatever the assignment is.
        let mut picture = vec![0.0; grid.slots() * 6];
        let at = |[a, r, c]: [usize; 3]| ((a * 3 + r) * 4 + c) * 6;
        for o in objects {
            let [x, y, w, h] = o.r#box;
            picture[at(o.place)..at(o.place) + 6].copy_from_slice(&[1.0, x, y, w, h, o.class as f32]);
        }
        for &[_, a, r, c] in case.ignored.iter().filter(|ignored| ignored[0] == i) {
            picture[at([a, r, c])] = -1.0;
        }
        targets.extend(picture);
    }
    let [box_weight, background, class_weight] = case.weights;
    let loss = Loss::from(DetectionLoss {
        box_weight,
        background,
        class_weight,
        ..DetectionLoss::new(grid.clone())
    });
    let dim = grid.slots() * 6;
    let losses = loss.per_sample(&case.scores, grid.outputs(), &Targets::Values { data: targets, dim });
    for (got, want) in losses.unwrap().iter().zip(&case.losses) {
        assert!((got - want).abs() < 1e-5 * want, "{got} for {want}");
    }
}

#[test]
fn average_precision_agrees_with_pycocotools() {
    for (n, case) in golden().precision.into_iter().enumerate() {
        let object = |&(class, b): &(usize, [f32; 4])| Object {
            bounds: corners(b),
            class,
        };
        let detection = |&(class, score, b): &(usize, f32, [f32; 4])| Detection {
            bounds: corners(b),
            class,
            score,
        };
        let truth: Vec<Vec<Object>> = case.truth.iter().map(|o| o.iter().map(object).collect()).collect();
        let found: Vec<Vec<Detection>> = case.found.iter().map(|d| d.iter().map(detection).collect()).collect();
        let names: Vec<String> = (0..case.classes).map(|k| k.to_string()).collect();
        let report = DetectionReport::new(&truth, &found, &names).unwrap();
        let near = |what: &str, got: f64, want: f64| {
            assert!((got - want).abs() < 1e-9, "{what} of case {n}: {got} for {want}");
        };
        for (class, row) in case.ap.iter().enumerate() {
            for (step, want) in row.iter().enumerate() {
                // pycocotools says -1 for a class without objects.
                let got = report.average_precision(class, step).unwrap_or(-1.0);
                near(&format!("AP of class {class} at step {step}"), got, *want);
            }
        }
        near("mAP@0.5", report.map50(), case.map50);
        near("mAP@0.5:0.95", report.map(), case.map);
        for (got, want) in report.precisions(0, 0).unwrap().iter().zip(&case.curve) {
            near("precision", *got, *want);
        }
    }
}
