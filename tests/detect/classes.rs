//! Detectors and what is not theirs to be judged by: sets with other classes, objects that are not counted.

use gradus::detect::Grid;
use gradus::metrics::DetectionReport;
use gradus::prelude::*;

fn object(x: f32, class: usize) -> gradus::detect::Object {
    let bounds = Box2D::new(x, 1.0, x + 3.0, 4.0);
    gradus::detect::Object { bounds, class }
}

fn scenes(names: &[&str]) -> Scenes {
    let image = || Image::new(1, 8, 8, vec![0.5; 64]).unwrap();
    let objects = if names.is_empty() { vec![] } else { vec![object(1.0, 0)] };
    Scenes::new(vec![image(), image()], vec![objects.clone(), objects], names)
        .unwrap()
        .named("yard")
}

#[test]
fn sets_with_other_classes_are_refused() -> gradus::Result<()> {
    type Net = (Flatten<64>, Linear<64, 28>);
    let grid = Grid::new([8, 8], [2, 2], &[[3.0, 3.0]], 2)?;
    let mut detector = Detector::new::<Net>(&device(0)?, Sgd::default(), grid)?;
    detector.learner().quiet();
    let (animals, others, none) = (scenes(&["cat", "dog"]), scenes(&["cat", "wolf"]), scenes(&[]));
    let both = |error: gradus::Error| {
        let text = error.to_string();
        assert!(
            text.contains(r#"["cat", "dog"]"#) && text.contains(r#"["cat", "wolf"]"#),
            "{text}"
        );
        assert!(text.starts_with("classes of yard: expected those of"), "{text}");
    };
    // Nobody knows yet what its numbers mean.
    assert_eq!(detector.predict(&others, 0.5)?.len(), 2);
    both(detector.fit_one_cycle(&animals, &others, 1, 1e-3).unwrap_err());
    detector.fit_one_cycle(&animals, &animals, 1, 1e-3)?;
    both(detector.evaluate(&others).unwrap_err());
    both(detector.predict(&others, 0.5).unwrap_err());
    detector.evaluate(&animals)?;
    assert_eq!(detector.predict(&none, 0.5)?.len(), 2);
    // Trained anew on the others, it knows those.
    detector.fit_one_cycle(&others, &others, 1, 1e-3)?;
    detector.evaluate(&others)?;
    assert!(detector.evaluate(&animals).is_err());
    // Weights in a file say what they were trained on; those from elsewhere may be anyone's.
    let dir = tempfile::tempdir().unwrap();
    detector.learner().save(dir.path().join("w.safetensors"))?;
    detector.learner().load(dir.path().join("w.safetensors"))?;
    detector.evaluate(&others)?;
    assert!(detector.evaluate(&animals).is_err());
    let weights = detector.learner().state_dict()?;
    detector.learner().load_state_dict(&weights)?;
    detector.evaluate(&animals)?;
    Ok(())
}

/// What VOC's own evaluation says of it: who finds a difficult object is neither right nor wrong.
#[test]
fn difficult_objects_do_not_count() {
    let found = |x: f32, score: f32| Detection {
        bounds: Box2D::new(x, 1.0, x + 3.0, 4.0),
        class: 0,
        score,
    };
    let ap = |truth: &[f32], difficult: &[f32], finds: &[(f32, f32)]| {
        let objects = |at: &[f32]| vec![at.iter().map(|x| object(*x, 0)).collect::<Vec<_>>()];
        let finds = vec![finds.iter().map(|(x, score)| found(*x, *score)).collect()];
        let report = DetectionReport::with_difficult(&objects(truth), &objects(difficult), &finds, &["cat"]).unwrap();
        report.average_precision(0, 0)
    };
    for (truth, difficult, finds, want) in [
        // The surest find is a difficult one, the second is right.
        (&[20.0][..], &[1.0][..], &[(1.0, 0.9), (20.0, 0.8)][..], Some(1.0)),
        // The same without the mark: a false alarm comes first.
        (&[20.0], &[], &[(1.0, 0.9), (20.0, 0.8)], Some(0.5)),
        // Nor does it count as missed.
        (&[20.0], &[1.0], &[(20.0, 0.8)], Some(1.0)),
        (&[20.0, 1.0], &[], &[(20.0, 0.8)], Some(51.0 / 101.0)),
        // A find elsewhere is a false alarm all the same.
        (&[20.0], &[1.0], &[(40.0, 0.9), (20.0, 0.8)], Some(0.5)),
        // Difficult ones alone: there is nothing to be measured.
        (&[], &[1.0], &[(1.0, 0.9)], None),
        // An object that is counted comes before a difficult one in the same place.
        (&[1.0], &[1.0], &[(1.0, 0.9)], Some(1.0)),
    ] {
        let got = ap(truth, difficult, finds);
        let close = match (got, want) {
            (Some(got), Some(want)) => (got - want).abs() < 1e-9,
            (got, want) => got == want,
        };
        assert!(close, "{truth:?} {difficult:?} {finds:?}: {got:?}");
    }
}
