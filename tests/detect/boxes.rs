//! Boxes, anchors, the grid and suppression: what must hold for any of them.

use gradus::data::digit_scenes;
use gradus::detect::{Box2D, Detection, Grid, Object, Role, anchor_iou, anchors, nms, nms_steps};
use gradus::metrics::{DetectionReport, match_boxes};
use gradus::prelude::*;
use proptest::prelude::*;

fn any_box() -> impl Strategy<Value = Box2D> {
    (0.0f32..60.0, 0.0f32..40.0, 1.0f32..30.0, 1.0f32..30.0).prop_map(|(x, y, w, h)| Box2D::new(x, y, x + w, y + h))
}

fn grid() -> Grid {
    Grid::new([48, 64], [6, 8], &[[8.0, 8.0], [20.0, 16.0]], 3).unwrap()
}

proptest! {
    #[test]
    fn overlaps_keep_their_bounds(a in any_box(), b in any_box()) {
        let (iou, giou, ciou) = (a.iou(&b), a.giou(&b), a.ciou(&b));
        prop_assert!((0.0..=1.0).contains(&iou));
        prop_assert!(giou <= iou + 1e-6 && giou >= -1.0 && ciou <= iou + 1e-6);
        prop_assert!((iou - b.iou(&a)).abs() < 1e-6 && (giou - b.giou(&a)).abs() < 1e-6);
        prop_assert!((a.iou(&a) - 1.0).abs() < 1e-6 && (a.ciou(&a) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn decoding_undoes_encoding(x in 0.1f32..63.9, y in 0.1f32..47.9, w in 2.0f32..30.0, h in 2.0f32..30.0, class in 0usize..3) {
        let (grid, bounds) = (grid(), Box2D::centered(x, y, w, h));
        let assigned = grid.assign(&[Object { bounds, class }]).unwrap();
        let place = assigned.places[0].unwrap();
        prop_assert_eq!(place[1..].to_vec(), vec![(y / 8.0) as usize, (x / 8.0) as usize]);
        let mut scores = vec![-9.0; grid.outputs()];
        let mut set = |k: usize, value: f32| scores[((place[0] * 8 + k) * 6 + place[1]) * 8 + place[2]] = value;
        for (k, t) in grid.encode(&bounds, place).unwrap().into_iter().enumerate() {
            set(k, t);
        }
        set(4, 9.0);
        set(5 + class, 9.0);
        let found = grid.decode(&scores, 0.5).unwrap();
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].class, class);
        let inside = bounds.clipped(64.0, 48.0);
        prop_assert!(found[0].bounds.iou(&inside) > 0.999, "{:?} for {:?}", found[0].bounds, inside);
    }

    #[test]
    fn suppression_leaves_no_two_that_overlap(
        boxes in proptest::collection::vec((any_box(), 0usize..2, 0.0f32..1.0), 0..40), iou in 0.1f32..0.9,
    ) {
        let all: Vec<Detection> = boxes.iter().map(|&(bounds, class, score)| Detection { bounds, class, score }).collect();
        let kept = nms(&all, iou);
        for (i, a) in kept.iter().enumerate() {
            for b in &kept[..i] {
                prop_assert!(b.score >= a.score && (a.class != b.class || a.bounds.iou(&b.bounds) <= iou));
            }
        }
        let steps = nms_steps(&all, iou);
        prop_assert_eq!(steps.iter().map(|s| 1 + s.dropped.len()).sum::<usize>(), all.len());
    }

    #[test]
    fn every_object_has_a_place_of_its_own(objects in proptest::collection::vec((any_box(), 0usize..3), 0..20)) {
        let objects: Vec<Object> = objects.iter().map(|&(bounds, class)| Object { bounds, class }).collect();
        let assigned = grid().assign(&objects).unwrap();
        let mut places: Vec<_> = assigned.places.iter().flatten().collect();
        let found = places.len();
        places.sort();
        places.dedup();
        prop_assert_eq!(places.len(), found);
        prop_assert_eq!(assigned.roles().iter().filter(|r| **r == Role::Object).count(), found);
    }

    #[test]
    fn hits_and_misses_add_up(objects in proptest::collection::vec(any_box(), 0..8), found in proptest::collection::vec((any_box(), 0.0f32..1.0), 0..12)) {
        let objects: Vec<Object> = objects.iter().map(|&bounds| Object { bounds, class: 0 }).collect();
        let found: Vec<Detection> = found.iter().map(|&(bounds, score)| Detection { bounds, class: 0, score }).collect();
        let m = match_boxes(&objects, &found, 0.5);
        prop_assert_eq!(m.hits.len() + m.misses.len(), objects.len());
        prop_assert_eq!(m.hits.len() + m.false_alarms.len(), found.len());
        for (d, o) in m.hits {
            prop_assert!(found[d].bounds.iou(&objects[o].bounds) > 0.499);
        }
    }
}

#[test]
fn anchors_find_two_kinds_of_boxes() {
    let at = |i: usize| {
        if i.is_multiple_of(2) {
            (10.0, 12.0)
        } else {
            (40.0, 20.0)
        }
    };
    let boxes: Vec<Box2D> = (0..50)
        .map(|i| Box2D::centered(50.0, 50.0, at(i).0 + 0.1 * (i % 5) as f32, at(i).1))
        .collect();
    let found = anchors(&boxes, 2, 0).unwrap();
    assert!(
        (found[0][0] - 10.2).abs() < 0.11 && (found[1][0] - 40.2).abs() < 0.11,
        "{found:?}"
    );
    assert!(anchor_iou(&boxes, &found) > 0.97 && anchor_iou(&boxes, &found[..1]) < 0.7);
    assert_eq!(found, anchors(&boxes, 2, 0).unwrap());
    for k in [0, 51] {
        assert!(anchors(&boxes, k, 0).unwrap_err().to_string().contains("1 to 50"));
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let message = |e: gradus::Result<Grid>| e.unwrap_err().to_string();
    assert!(message(Grid::new([48, 64], [6, 7], &[[1.0, 1.0]], 3)).contains("as wide as"));
    assert!(message(Grid::new([48, 64], [6, 8], &[], 3)).contains("at least one"));
    assert!(message(Grid::new([48, 64], [6, 8], &[[1.0, f32::NAN]], 3)).contains("above 0"));
    assert!(message(Grid::new([48, 64], [6, 8], &[[1.0, 1.0]], 0)).contains("none of them 0"));
    assert!(
        grid()
            .decode(&[0.0; 7], 0.5)
            .unwrap_err()
            .to_string()
            .contains("768 scores")
    );
    let wrong = Object {
        bounds: Box2D::default(),
        class: 0,
    };
    assert!(
        grid()
            .assign(&[wrong])
            .unwrap_err()
            .to_string()
            .contains("box with an area")
    );
    assert!(DetectionReport::new(&[vec![]], &[], &["a"]).is_err());
    let nan = Detection {
        bounds: Box2D::new(0.0, 0.0, 1.0, 1.0),
        class: 0,
        score: f32::NAN,
    };
    assert!(DetectionReport::new(&[vec![]], &[vec![nan]], &["a"]).is_err());
}

type Net = (
    (
        Conv2D<1, 12, 3, 2, 1>,
        BatchNorm2D<12>,
        ReLU,
        Conv2D<12, 24, 3, 2, 1>,
        BatchNorm2D<24>,
        ReLU,
    ),
    (
        Conv2D<24, 32, 3, 2, 1>,
        BatchNorm2D<32>,
        ReLU,
        Conv2D<32, 15, 1>,
        Flatten<960>,
    ),
);

/// A detector that has learned twelve scenes by heart finds what is in them; and flips change pictures and boxes alike.
#[test]
fn a_detector_learns() {
    let (train, _) = digit_scenes(12, 1).unwrap();
    let anchors = anchors(&train.bounds(), 1, 0).unwrap();
    let grid = Grid::new(train.size(), [8, 8], &anchors, 10).unwrap();
    let mut detector = Detector::new::<Net>(&device(0).unwrap(), Adam::default(), grid).unwrap();
    detector.learner().quiet().set_batch_size(6);
    let history = detector.fit_one_cycle(&train, &train, 60, 0.02).unwrap();
    assert_eq!(history.metric_name(), "mean IoU");
    let report = detector.evaluate(&train).unwrap();
    assert!(report.map50() > 0.8, "{report}");
    let other = train.image(0).unwrap().resize(32, 32).unwrap();
    let other = Scenes::new(vec![other], vec![vec![]], train.class_names()).unwrap();
    assert!(
        detector
            .predict(&other, 0.5)
            .unwrap_err()
            .to_string()
            .contains("[64, 64]")
    );
}

/// After mirroring, the light is still inside the box that the targets say, and the cell is the one of its middle.
#[test]
fn flips_move_pictures_and_boxes_alike() {
    use gradus::data::{Batch, Targets};
    use gradus::detect::Flips;
    use gradus::train::{BatchInfo, BatchTransform};
    let (grid, bounds) = (grid(), Box2D::new(3.0, 5.0, 14.0, 13.0));
    let lit = |x: usize, y: usize, b: &Box2D| {
        (b.xmin..b.xmax).contains(&(x as f32 + 0.5)) && (b.ymin..b.ymax).contains(&(y as f32 + 0.5))
    };
    let inputs: Vec<f32> = (0..48 * 64)
        .map(|i| f32::from(u8::from(lit(i % 64, i / 64, &bounds))))
        .collect();
    let data = grid.assign(&[Object { bounds, class: 1 }]).unwrap().targets;
    let (mut ways, dim) = (std::collections::HashSet::new(), data.len());
    for seed in 0..20 {
        let batch = Batch {
            inputs: inputs.clone(),
            sample_shape: vec![1, 48, 64],
            targets: Targets::Values {
                data: data.clone(),
                dim,
            },
        };
        let info = BatchInfo {
            epoch: 0,
            step: 0,
            classes: 0,
            seed,
        };
        let flipped = Flips::new(&grid).transform(batch, &info).unwrap();
        let Targets::Values { data, .. } = flipped.targets else {
            panic!()
        };
        let objects: Vec<(usize, &[f32])> = data.chunks(6).enumerate().filter(|(_, t)| t[0] == 1.0).collect();
        assert_eq!(objects.len(), 1);
        let (slot, t) = objects[0];
        let now = Box2D::centered(t[1], t[2], t[3], t[4]);
        assert_eq!([slot / 8 % 6, slot % 8], [(t[2] / 8.0) as usize, (t[1] / 8.0) as usize]);
        for (i, value) in flipped.inputs.iter().enumerate() {
            assert_eq!(*value == 1.0, lit(i % 64, i / 64, &now), "pixel {i} with seed {seed}");
        }
        ways.insert([t[1].to_bits(), t[2].to_bits()]);
    }
    assert_eq!(ways.len(), 4);
}
