//! The tasks of chapter 21, detection.

use crate::kit::{Cases, Failure, HintIf, Task, Verdict, approx, check, equal, open_device, shape};
use gradus::Result;
use gradus::data::{Image, Scenes, digit_scenes};
use gradus::detect::{Box2D, Detection, Detector, Grid, Object, nms};
use gradus::device::Dev;
use gradus::explain::{Sample, layers};

/// Task 21.1: IoU of a box as COCO writes it (`x, y` of the upper left corner, width, height, in pixels) and one as YOLO
/// does (middle, width, height, as shares of the picture), in a picture of `[width, height]` pixels.
pub fn two_notations(answer: fn([f32; 4], [f32; 4], [f32; 2]) -> f32) -> Verdict {
    let task =
        Task::of_course("21.1", "Two notations").hint("Where are the right and the lower edge of each box, in pixels?");
    let task = task.second_hint("x and width are shares of the picture's width, y and height of its height.");
    task.grade(|task| {
        let mut cases = Cases::new(211);
        for n in 0..40 {
            let picture = [cases.whole(20, 60), cases.whole(20, 60)].map(|side| 10.0 * side as f32);
            let [width, height] = picture;
            let side = |cases: &mut Cases, of: f32| (cases.number(0.2, 0.4) * of).round();
            let (w, h) = (side(&mut cases, width), side(&mut cases, height));
            let (x, y) = (side(&mut cases, width), side(&mut cases, height));
            // Every fourth pair lies apart in both directions: two negative sides must not make an area.
            let off = if n % 4 == 3 { 0.45 } else { 0.0 };
            let mut place = || cases.number(0.3 + off, 0.45 + off);
            let yolo = [place(), place(), cases.number(0.15, 0.35), cases.number(0.15, 0.35)];
            let (coco, b) = ([x, y, w, h], pixels(yolo, picture));
            let a = Box2D::new(x, y, x + w, y + h);
            let case = format!("COCO {coco:?}, YOLO {yolo:?}, picture {width} x {height}");
            let got = task.call(&case, || answer(coco, yolo, picture))?;
            let is = |other: f32| (got - other).abs() < 1e-3 && got > 0.0;
            let corner = Box2D::new(
                b.center().0,
                b.center().1,
                b.xmax + b.width() / 2.0,
                b.ymax + b.height() / 2.0,
            );
            let both = a.intersection(&b).area();
            approx(&case, got, a.iou(&b), 1e-4)
                .hint_if(
                    is(a.iou(&corner)),
                    "The first two numbers of YOLO's box are its middle, not its corner.",
                )
                .hint_if(
                    is(Box2D::centered(x, y, w, h).iou(&b)),
                    "The first two numbers of COCO's box are its corner, not its middle.",
                )
                .hint_if(
                    is(Box2D::new(x, y, w, h).iou(&b)),
                    "COCO's last two numbers are a width and a height, not the other corner.",
                )
                .hint_if(
                    is(a.iou(&pixels(yolo, [height, width]))),
                    "Width and height of the picture are swapped.",
                )
                .hint_if(
                    is(both / (a.area() + b.area())),
                    "The sum of the areas counts the part that both cover twice.",
                )
                .hint_if(
                    both == 0.0,
                    "These boxes do not meet. A side of the common part that is negative means 0.",
                )?;
        }
        Ok(())
    })
}

/// A box of YOLO's numbers, in pixels of a picture of `[width, height]`.
fn pixels(yolo: [f32; 4], [width, height]: [f32; 2]) -> Box2D {
    Box2D::centered(yolo[0] * width, yolo[1] * height, yolo[2] * width, yolo[3] * height)
}

/// Task 21.2: suppression that lowers scores instead of dropping boxes. The surest stays; the others of its class have their
/// scores multiplied by `1 - IoU`; what falls below `floor` goes; then the surest of the rest.
///
/// Bodla et al. 2017, *Soft-NMS*, arXiv:1704.04503.
pub fn soft_nms(answer: fn(&[Detection], f32) -> Vec<Detection>) -> Verdict {
    let task = Task::of_course("21.2", "A gentler suppression")
        .hint("Go through the steps on paper with two boxes of IoU 0.5 and the scores 0.9 and 0.8.");
    let task = task.second_hint("Which of the rest is the surest can change in every step, since the scores do.");
    task.grade(|task| {
        let mut cases = Cases::new(212);
        let mut graded = 0;
        while graded < 30 {
            let (found, floor) = crowd(&mut cases, if graded < 3 { 2 } else { 7 });
            let right = soften(&found, floor, Rules::default());
            let Some(right) = right.clear else { continue };
            graded += 1;
            let case = format!("{}, floor {floor}", told(&found));
            let got = task.call(&case, || answer(&found, floor))?;
            let is = |other: &[Detection]| same(&got, other);
            let variant = |rules: Rules| soften(&found, floor, rules).all;
            check(&case, same(&got, &right), &told(&right), &told(&got))
                .hint_if(
                    is(&variant(Rules {
                        all: true,
                        ..Rules::default()
                    })),
                    "A box lowers the scores of its own class only.",
                )
                .hint_if(
                    is(&variant(Rules {
                        fixed: true,
                        ..Rules::default()
                    })),
                    "The order changes while scores fall: look for the surest of the rest in every step.",
                )
                .hint_if(
                    is(&variant(Rules {
                        keep: true,
                        ..Rules::default()
                    })),
                    "What falls below the floor goes.",
                )
                .hint_if(
                    is(&nms(&found, 0.5)),
                    "That is the suppression of the chapter. Here nothing is dropped for its overlap alone.",
                )
                .hint_if(
                    got.len() == right.len() && got.iter().all(|d| found.contains(d)),
                    "The boxes that stay have their lowered scores.",
                )?;
        }
        Ok(())
    })
}

/// Ways to get [`soften`] wrong.
#[derive(Clone, Copy, Default)]
struct Rules {
    /// All classes suffer.
    all: bool,
    /// The order of the first moment stays.
    fixed: bool,
    /// Nothing goes.
    keep: bool,
}

struct Softened {
    all: Vec<Detection>,
    /// The same, unless rounding could change the order or who goes.
    clear: Option<Vec<Detection>>,
}

fn soften(found: &[Detection], floor: f32, rules: Rules) -> Softened {
    let (mut left, mut kept, mut clear) = (found.to_vec(), Vec::new(), true);
    left.sort_by(|a, b| b.score.total_cmp(&a.score));
    while !left.is_empty() {
        if !rules.fixed {
            left.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        let best = left.remove(0);
        clear &= left.first().is_none_or(|next| best.score - next.score > 1e-3);
        for d in left.iter_mut().filter(|d| rules.all || d.class == best.class) {
            d.score *= 1.0 - d.bounds.iou(&best.bounds);
        }
        clear &= left.iter().all(|d| (d.score - floor).abs() > 1e-3);
        left.retain(|d| rules.keep || d.score >= floor);
        kept.push(best);
    }
    let clear = clear.then(|| kept.clone());
    Softened { all: kept, clear }
}

fn crowd(cases: &mut Cases, n: usize) -> (Vec<Detection>, f32) {
    let mut one = |_| {
        let (x, y) = (cases.whole(0, 12) as f32, cases.whole(0, 12) as f32);
        let bounds = Box2D::new(x, y, x + cases.whole(10, 20) as f32, y + cases.whole(10, 20) as f32);
        let (class, score) = (cases.whole(0, 1), cases.number(0.3, 0.99));
        Detection { bounds, class, score }
    };
    let found: Vec<Detection> = (0..n).map(&mut one).collect();
    (found, cases.number(0.1, 0.25))
}

fn same(a: &[Detection], b: &[Detection]) -> bool {
    let alike = |(a, b): (&Detection, &Detection)| {
        a.bounds == b.bounds && a.class == b.class && (a.score - b.score).abs() < 1e-4
    };
    a.len() == b.len() && a.iter().zip(b).all(alike)
}

fn told(found: &[Detection]) -> String {
    let one = |d: &Detection| {
        let Box2D { xmin, ymin, xmax, ymax } = d.bounds;
        format!("class {} {:.3} ({xmin}, {ymin})-({xmax}, {ymax})", d.class, d.score)
    };
    match found.len() {
        0 => "nothing".into(),
        _ => found.iter().map(one).collect::<Vec<_>>().join("; "),
    }
}

/// Task 21.3: a detector for pictures of shape `[3, 72, 120]`, cells of 8 pixels, 3 anchors and 4 classes. The compiler
/// grades most of it.
pub fn a_head_that_fits(answer: fn(&Dev, Grid) -> Result<Detector>) -> Verdict {
    let task = Task::of_course("21.3", "A head that fits").hint("How many numbers does one anchor say about one cell?");
    let task = task.second_hint("3 anchors · (5 + 4 classes) channels, and 9 x 15 cells.");
    task.grade(|task| {
        let dev = open_device(0)?;
        let ready = small_grid().and_then(|grid| Ok((grid, noise()?)));
        let (grid, scenes) = ready.map_err(|error| Failure::new("", "a grid", error))?;
        let mut detector = task.run("building the detector", || answer(&dev, grid.clone()))?;
        equal("the grid of the detector", detector.grid() == &grid, true)
            .hint_if(true, "Hand the grid that came in on to Detector::new.")?;
        let case = "pictures of 3 channels, 72 x 120 pixels";
        let picture = scenes.image(0).map_err(|error| Failure::new("", "data", error))?;
        let seen = task.run(case, || layers(detector.learner(), &Sample::picture(picture)))?;
        let maps = seen.all.iter().rev().find(|layer| layer.shape.len() == 3);
        let last = maps.map(|layer| layer.shape.clone()).unwrap_or_default();
        shape("the last maps, before Flatten", &last, &[27, 9, 15])
            .hint_if(
                last.get(1..) != Some(&[9, 15]),
                "Cells of 8 pixels need sides that are halved three times.",
            )
            .hint_if(
                matches!(last.first(), Some(24 | 12)),
                "Four numbers are the box; the fifth says whether anything is there.",
            )
            .hint_if(last.first() == Some(&9), "Each anchor has numbers of its own.")?;
        task.run(case, || detector.predict(&scenes, 0.9)).map(|_| ())
    })
}

fn small_grid() -> Result<Grid> {
    Grid::new([72, 120], [9, 15], &[[10.0, 10.0], [20.0, 30.0], [30.0, 20.0]], 4)
}

fn noise() -> Result<Scenes> {
    let image = Image::new(3, 72, 120, Cases::new(213).numbers(3 * 72 * 120, 0.0, 1.0))?;
    Scenes::new(vec![image], vec![Vec::new()], &["a", "b", "c", "d"])
}

/// Task 21.4: average precision as the exact area below the falling curve. Finds come as scores with whether they are
/// right, in any order; `objects` is how many there were to find.
///
/// Everingham et al., PASCAL VOC from 2010 on; scikit-learn's `average_precision_score` does not make the curve fall.
pub fn average_precision(answer: fn(&[(f32, bool)], usize) -> f64) -> Verdict {
    let task = Task::of_course("21.4", "The area, exactly")
        .hint("Each right find moves the recall on by 1 / objects. How high is the falling curve over that piece?");
    let task = task.second_hint("Over the piece of a find, it is the best precision at that find or at any later one.");
    task.grade(|task| {
        let mut cases = Cases::new(214);
        for n in 0..40 {
            let finds = list(&mut cases, n);
            let hits = finds.iter().filter(|f| f.1).count();
            let objects = if n == 0 { 5 } else { hits.max(1) + cases.whole(0, 2) };
            let case = format!("finds {finds:?}, {objects} objects");
            let got = task.call(&case, || answer(&finds, objects))?;
            let is = |other: f64| (got - other).abs() < 1e-6;
            let mut sorted = finds.clone();
            sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
            let right = area(&sorted, true) / objects as f64;
            approx(&case, got as f32, right as f32, 1e-4)
                .hint_if(
                    is(area(&finds, true) / objects as f64),
                    "Finds come in any order: the surest is the first.",
                )
                .hint_if(
                    is(area(&sorted, false) / objects as f64),
                    "That is the area below the zigzag. It must be made falling first.",
                )
                .hint_if(
                    hits > 0 && is(area(&sorted, true) / hits as f64),
                    "Recall is a share of all objects, also of those that are never found.",
                )
                .hint_if(
                    !finds.is_empty() && is(hits as f64 / finds.len() as f64),
                    "That is the precision of the whole list.",
                )
                .hint_if(finds.is_empty(), "Nobody found anything: there is no area.")?;
        }
        Ok(())
    })
}

/// A first list on which all the usual mistakes differ, some that are in order, an empty one, and others.
fn list(cases: &mut Cases, n: usize) -> Vec<(f32, bool)> {
    let count = match n {
        0 => return vec![(0.9, true), (0.8, false), (0.7, false), (0.6, true), (0.5, true)],
        5 => 0,
        _ => cases.whole(1, 8),
    };
    let mut finds: Vec<(f32, bool)> = Vec::new();
    while finds.len() < count {
        let score = cases.number(0.05, 0.99);
        if finds.iter().all(|f| f.0 != score) {
            finds.push((score, cases.whole(0, 2) > 0));
        }
    }
    if n < 5 {
        finds.sort_by(|a, b| b.0.total_cmp(&a.0));
    }
    finds
}

/// The sum over the right finds of the precision there: the best from there on, or as it is.
fn area(finds: &[(f32, bool)], falling: bool) -> f64 {
    let (mut hits, mut precision) = (0.0, Vec::new());
    for (i, (_, right)) in finds.iter().enumerate() {
        hits += f64::from(u8::from(*right));
        precision.push(hits / (i + 1) as f64);
    }
    let height = |i: usize| match falling {
        true => precision[i..].iter().copied().fold(0.0, f64::max),
        false => precision[i],
    };
    (0..finds.len()).filter(|&i| finds[i].1).map(height).sum()
}

/// Scenes for task 21.5: `n` to train on and `n / 5` with digits that those do not show. Dark ink on paper that lies in
/// shadow on one side, one to four digits each, of one class: "digit".
///
/// # Errors
/// If `n` is 0.
pub fn paper_scenes(n: usize, seed: u64) -> Result<(Scenes, Scenes)> {
    let (train, test) = digit_scenes(n, seed)?;
    Ok((
        on_paper(&train, "Digits on paper, training set")?,
        on_paper(&test, "Digits on paper, test set")?,
    ))
}

fn on_paper(scenes: &Scenes, name: &str) -> Result<Scenes> {
    let (mut images, mut objects) = (Vec::new(), Vec::new());
    for i in 0..scenes.len() {
        let image = scenes.image(i)?;
        let [_, height, width] = image.shape();
        let light = |k: usize| {
            let x = (k % width) as f32 / (width - 1) as f32;
            1.0 - 0.5 * if i % 2 == 0 { x } else { 1.0 - x }
        };
        let pixels = image.pixels().iter().enumerate().map(|(k, v)| light(k) * (1.0 - v));
        images.push(Image::new(1, height, width, pixels.collect())?);
        objects.push(scenes.objects(i)?.iter().map(|o| Object { class: 0, ..*o }).collect());
    }
    Ok(Scenes::new(images, objects, &["digit"])?.named(name))
}

/// A detector, and the score from which one of its boxes counts.
pub type Counter = (Detector, f32);

/// Task 21.5: a detector that counts the digits on sheets of paper, and the score from which a box counts.
pub fn counting(answer: fn(&Scenes, &Scenes) -> Result<Counter>) -> Verdict {
    let task = Task::of_course("21.5", "How many digits?")
        .hint("Draw the error on the validation set over the score from which a box counts, as section 10 does.");
    let task = task.second_hint(
        "The network of section 6 with 2 · (5 + 1) = 12 channels, Flatten<768>, and 12 epochs at 0.006 is enough.",
    );
    task.grade(|task| {
        let sets = paper_scenes(600, 2150).and_then(|(train, valid)| Ok((train, valid, paper_scenes(1000, 2151)?.1)));
        let (train, valid, fresh) = sets.map_err(|error| Failure::new("", "data", error))?;
        let case = "200 new sheets with 1 to 4 digits each";
        let (detector, score) = task.run("training", || answer(&train, &valid))?;
        // Suppression takes the surest first, so a box that stays at a low threshold is one that stays at any.
        let found = task.run(case, || detector.predict(&fresh, score.clamp(0.0, 0.02)))?;
        let truth = fresh.all_objects();
        let (error, boxes) = off_by(&found, &truth, score);
        let others = (1..40).map(|i| off_by(&found, &truth, 0.025 * i as f32).0);
        let best = others.fold(f64::MAX, f64::min);
        // The solution is off by at most 0.42 with each of 20 seeds (test `twenty_seeds`).
        check(
            case,
            error <= 0.6,
            "off by at most 0.6 digits on average; always saying 2 or 3 is off by 1.0",
            &format!("off by {error:.2}"),
        )
        .hint_if(
            boxes == 0,
            "No box has such a score: is the score from which a box counts too high, or the network untrained?",
        )
        .hint_if(
            best <= 0.6,
            "The network is good enough, the score from which a box counts is not. Choose it on the validation set.",
        )
    })
}

/// How many objects the counts are off on average, and how many boxes were counted at all.
fn off_by(found: &[Vec<Detection>], truth: &[Vec<Object>], score: f32) -> (f64, usize) {
    let counts: Vec<usize> = found
        .iter()
        .map(|f| f.iter().filter(|d| d.score > score).count())
        .collect();
    let off: usize = counts.iter().zip(truth).map(|(n, o)| n.abs_diff(o.len())).sum();
    (off as f64 / truth.len().max(1) as f64, counts.iter().sum())
}

#[cfg(test)]
mod tests;
