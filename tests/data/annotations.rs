//! Annotation files that are right, damaged or nonsense: objects, or an error that names the file; never a panic.

use gradus::Error;
use gradus::data::{Annotation, Fault, Policy, bccd, digit_scenes};
use gradus::detect::Box2D;
use proptest::prelude::*;

const VOC: &str = "<annotation><filename>a.jpg</filename><size><width>640</width><height>480</height><depth>3</depth></size>\
  <object><name>RBC</name><bndbox><xmin>453</xmin><ymin>81</ymin><xmax>555</xmax><ymax>182</ymax></bndbox></object>\
  <object><name> WBC </name><bndbox><ymin>10.5</ymin><xmin>1</xmin><xmax>2</xmax><ymax>470</ymax></bndbox></object></annotation>";
const YOLO: &str = "1 0.5 0.5 0.25 0.5\n\n0 0.1 0.2 0.05 0.1\n";
const NAMES: [&str; 2] = ["RBC", "WBC"];

fn voc(text: &str) -> gradus::Result<Annotation> {
    Annotation::parse_voc("x/a.xml", text)
}

fn yolo(text: &str) -> gradus::Result<Annotation> {
    Annotation::parse_yolo("x/a.txt", text, [100, 200])
}

/// The message of what must be an error of this file.
fn refused(result: gradus::Result<impl std::fmt::Debug>, file: &str) -> String {
    match result {
        Err(error @ Error::File { .. }) if error.to_string().contains(file) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn voc_files_are_read() {
    let a = voc(VOC).unwrap();
    assert_eq!((a.width, a.height, a.boxes.len()), (640, 480, 2));
    assert_eq!(a.boxes[0].bounds, Box2D::new(453.0, 81.0, 555.0, 182.0));
    assert_eq!(a.boxes[1].bounds, Box2D::new(1.0, 10.5, 2.0, 470.0));
    let objects = a.check(&NAMES, Policy::Refuse).unwrap().objects;
    assert_eq!(objects.iter().map(|o| o.class).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn yolo_files_are_read() {
    let a = yolo(YOLO).unwrap();
    assert_eq!(a.boxes[0].bounds, Box2D::new(75.0, 25.0, 125.0, 75.0));
    let objects = a.check(&NAMES, Policy::Refuse).unwrap().objects;
    assert_eq!(objects.iter().map(|o| o.class).collect::<Vec<_>>(), [1, 0]);
    assert!(yolo("").unwrap().boxes.is_empty(), "a picture without objects");
}

#[test]
fn damaged_files_are_refused_by_name() {
    for (from, to, says) in [
        ("<annotation>", "<annotations>", "XML"),
        ("480", "0", "above 0"),
        ("480", "4.5", "whole number"),
        ("480", "1e30", "whole number"),
        ("<width>640</width>", "", "<width>"),
        ("555", "5x5", "\"5x5\""),
        ("555", "NaN", "\"NaN\""),
        ("<name>RBC</name>", "", "<name>"),
        ("<xmin>453</xmin>", "", "<xmin>"),
    ] {
        assert!(VOC.contains(from));
        let message = refused(voc(&VOC.replacen(from, to, 1)), "a.xml");
        assert!(message.contains(says), "{message}");
    }
    let html = refused(voc("<html><body/></html>"), "a.xml");
    assert!(html.contains("<html>"), "{html}");
    for text in [
        "1 0.5 0.5 0.25",
        "1 0.5 0.5 0.25 0.5 0.9",
        "-1 0 0 1 1",
        "1.5 0 0 1 1",
        "a 0 0 1 1",
        "0 inf 0 1 1",
        "0 0 0 NaN 1",
    ] {
        let message = refused(yolo(text), "a.txt");
        assert!(message.contains("line 1"), "{message}");
    }
    refused(Annotation::parse_yolo("x/a.txt", YOLO, [0, 5]), "a.txt");
}

#[test]
fn entity_bombs_do_not_go_off() {
    let bomb = "<!DOCTYPE a [<!ENTITY b '&c;&c;&c;'><!ENTITY c '&b;&b;'>]><annotation>&b;</annotation>";
    refused(voc(bomb), "a.xml");
}

/// Three boxes that cannot be right and one that can.
fn faulty() -> Annotation {
    yolo("0 0.5 0.5 0 0.1\n0 0.99 0.5 0.1 0.1\n7 0.5 0.5 0.1 0.1\n1 0.5 0.5 0.1 0.1\n0 3.0 0.5 0.1 0.1").unwrap()
}

#[test]
fn the_policy_decides_what_becomes_of_faulty_boxes() {
    let message = refused(faulty().check(&NAMES, Policy::Refuse), "a.txt");
    assert!(message.contains("box 1") && message.contains("no area"), "{message}");
    let dropped = faulty().check(&NAMES, Policy::Drop).unwrap();
    assert_eq!(dropped.objects.len(), 1);
    let faults: Vec<(usize, Fault)> = dropped.problems.iter().map(|p| (p.index, p.fault.clone())).collect();
    let want = [
        (0, Fault::NoArea),
        (1, Fault::Outside),
        (2, Fault::UnknownClass),
        (4, Fault::Outside),
    ];
    assert_eq!(faults, want);
    let clipped = faulty().check(&NAMES, Policy::Clip).unwrap();
    assert_eq!(
        (clipped.objects.len(), clipped.problems.len()),
        (2, 4),
        "what lies wholly outside cannot be mended"
    );
    assert_eq!(clipped.objects[0].bounds.xmax, 200.0);
    assert!(
        clipped.problems[1].to_string().contains("box 2") && clipped.problems[1].to_string().contains("reaches beyond")
    );
}

#[test]
fn every_truncation_is_refused() {
    for end in 0..VOC.len() - 1 {
        refused(voc(&VOC[..end]), "a.xml");
    }
    for end in 0..YOLO.len() {
        // A shorter number is a number: what is left of a YOLO file may be right by chance.
        let _ = yolo(&YOLO[..end]);
    }
}

proptest! {
    #[test]
    fn garbage_never_panics(text in ".{0,200}", lines in "[-0-9a-z. \n]{0,120}") {
        let _ = voc(&text);
        let _ = yolo(&text);
        for a in yolo(&lines).iter() {
            let _ = a.check(&NAMES, Policy::Clip).unwrap();
        }
    }

    #[test]
    fn a_byte_that_flips_never_panics(at in 0..VOC.len(), to in any::<char>()) {
        let mut text: Vec<char> = VOC.chars().collect();
        text[at] = to;
        let text: String = text.into_iter().collect();
        if let Ok(a) = voc(&text) {
            let _ = a.check(&NAMES, Policy::Drop).unwrap();
        }
    }

    #[test]
    fn what_passes_lies_inside(
        boxes in proptest::collection::vec((0usize..4, -0.5f32..1.5, -0.5f32..1.5, -0.1f32..1.0, -0.1f32..1.0), 0..12),
    ) {
        let text: String = boxes.iter().map(|(k, x, y, w, h)| format!("{k} {x} {y} {w} {h}\n")).collect();
        let a = yolo(&text).unwrap();
        for policy in [Policy::Drop, Policy::Clip] {
            let checked = a.check(&NAMES, policy).unwrap();
            for o in &checked.objects {
                let b = o.bounds;
                prop_assert!(b.is_proper() && o.class < 2);
                prop_assert!(b.xmin >= -0.02 && b.ymin >= -0.02 && b.xmax <= 200.02 && b.ymax <= 100.02);
            }
            prop_assert!(checked.objects.len() + checked.problems.len() >= boxes.len());
        }
    }
}

#[test]
fn digit_scenes_are_the_same_every_time_and_their_boxes_hold_ink() {
    let (train, test) = digit_scenes(30, 4).unwrap();
    assert_eq!((train.len(), test.len(), train.shape()), (30, 6, [1, 64, 64]));
    let (again, _) = digit_scenes(30, 4).unwrap();
    let (other, _) = digit_scenes(30, 5).unwrap();
    assert_eq!(train.image(3).unwrap(), again.image(3).unwrap());
    assert_ne!(train.image(3).unwrap(), other.image(3).unwrap());
    for i in 0..train.len() {
        let (image, objects) = (train.image(i).unwrap(), train.objects(i).unwrap());
        assert!((1..=4).contains(&objects.len()));
        for o in objects {
            let b = o.bounds;
            let inside = (b.ymin as usize..b.ymax as usize)
                .flat_map(|y| (b.xmin as usize..b.xmax as usize).map(move |x| image.pixels()[y * 64 + x]));
            assert!(inside.fold(0.0, f32::max) > 0.5, "{b:?} of picture {i} is empty");
        }
    }
    assert!(digit_scenes(0, 0).is_err());
}

/// The real photographs, where they are.
#[test]
fn blood_cells_are_counted() {
    if std::env::var_os("GRADUS_DATA").is_none() {
        println!("skipped: GRADUS_DATA is not set");
        return;
    }
    let (train, valid, test) = bccd([24, 32]).unwrap();
    if !train.name().starts_with("BCCD") {
        println!("skipped: no photographs");
        return;
    }
    assert_eq!([train.len(), valid.len(), test.len()], [205, 87, 72]);
    let counts = [&train, &valid, &test].map(|set| set.class_counts());
    let total = |class: usize| counts.iter().map(|c| c[class]).sum::<usize>();
    // 4155 boxes of RBC are annotated, two of them without an area.
    assert_eq!([total(0), total(1), total(2)], [4153, 372, 361]);
}
