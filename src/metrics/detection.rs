//! Average precision of detectors: how many of the objects are found, and how many of the finds are objects.

use std::fmt;

use crate::boxes::{Detection, Object};
use crate::{Error, Result};

/// IoUs at which a find counts: 0.5 to 0.95, ten of them.
const IOUS: usize = 10;
/// Recalls at which the precision is read off: 0 to 1, 101 of them.
const RECALLS: usize = 101;
/// So many detections of a class and picture count, the surest ones.
const MOST: usize = 100;

fn iou_at(i: usize) -> f64 {
    // As NumPy's linspace rounds it.
    if i + 1 == IOUS {
        0.95
    } else {
        i as f64 * ((0.95 - 0.5) / 9.0) + 0.5
    }
}

/// Which detections of one picture are right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// Detection and object that belong together.
    pub hits: Vec<(usize, usize)>,
    /// Objects that no detection belongs to.
    pub misses: Vec<usize>,
    /// Detections that belong to no object.
    pub false_alarms: Vec<usize>,
}

/// Gives every detection, the surest first, the object of its class that it overlaps most, if by an IoU of at least `iou`
/// and not taken yet. Taught in notebook 21.
pub fn match_boxes(objects: &[Object], found: &[Detection], iou: f64) -> Matches {
    let mut matches = Matches::default();
    let mut taken = vec![false; objects.len()];
    for i in by_score(found) {
        match best_free(objects, &found[i], &taken, iou) {
            Some(object) => {
                taken[object] = true;
                matches.hits.push((i, object));
            }
            None => matches.false_alarms.push(i),
        }
    }
    matches.misses = (0..objects.len()).filter(|&i| !taken[i]).collect();
    matches
}

/// In f64, as pycocotools has it: a find at the edge of a threshold must fall on the same side.
fn overlap(a: &Object, b: &Detection) -> f64 {
    let edges = |x: &crate::boxes::Box2D| [x.xmin, x.ymin, x.xmax, x.ymax].map(f64::from);
    let (a, b) = (edges(&a.bounds), edges(&b.bounds));
    let w = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    let h = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    let area = |x: &[f64; 4]| (x[2] - x[0]) * (x[3] - x[1]);
    let union = area(&a) + area(&b) - w * h;
    if union > 0.0 { w * h / union } else { 0.0 }
}

fn best_free(objects: &[Object], found: &Detection, taken: &[bool], iou: f64) -> Option<usize> {
    let (mut best, mut most) = (None, iou.min(1.0 - 1e-10));
    for (i, object) in objects.iter().enumerate() {
        if !taken[i] && object.class == found.class {
            let overlap = overlap(object, found);
            if overlap >= most {
                (best, most) = (Some(i), overlap);
            }
        }
    }
    best
}

/// Positions, the highest score first; of equals, the earlier one.
fn by_score(found: &[Detection]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|&a, &b| found[b].score.total_cmp(&found[a].score));
    order
}

/// Average precision of a detector on a set of pictures, as COCO measures it.
///
/// For each class and each of ten IoUs from 0.5 to 0.95: the detections of all pictures in the order of their scores give a
/// curve of precision over recall; made falling from right to left, its mean at 101 recalls is the *average precision* (AP).
/// The mean over the classes is mAP. At most 100 detections per class and picture count. A class without objects has no AP
/// and no part in the mean.
///
/// Lin et al. 2014, arXiv:1405.0312. pycocotools: `COCOeval` with `iouType="bbox"`. Taught in notebook 21.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectionReport {
    class_names: Vec<String>,
    objects: Vec<usize>,
    /// For each class and IoU the precisions at the recalls; empty without objects.
    curves: Vec<Vec<Vec<f64>>>,
}

impl DetectionReport {
    /// The report on pictures with their objects and what was found in them, one list each.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are not as many lists of one as of the other, if a class has no name, or if a score is
    /// not finite.
    pub fn new<S: AsRef<str>>(truth: &[Vec<Object>], found: &[Vec<Detection>], class_names: &[S]) -> Result<Self> {
        Self::with_difficult(truth, &vec![Vec::new(); truth.len()], found, class_names)
    }

    /// The same, with lists of difficult objects that are not counted: a detection that overlaps one of its class, and no
    /// object that is counted, is neither right nor wrong. So Pascal VOC's own evaluation has it, and COCO's with what it
    /// ignores.
    ///
    /// # Errors
    /// As [`DetectionReport::new`].
    pub fn with_difficult<S: AsRef<str>>(
        truth: &[Vec<Object>],
        difficult: &[Vec<Object>],
        found: &[Vec<Detection>],
        class_names: &[S],
    ) -> Result<Self> {
        check(truth, found, class_names.len())?;
        check(difficult, found, class_names.len())?;
        let classes = 0..class_names.len();
        let count = |class| truth.iter().flatten().filter(|o| o.class == class).count();
        let objects: Vec<usize> = classes.clone().map(count).collect();
        let curves = classes.map(|class| class_curves([truth, difficult], found, class, objects[class]));
        Ok(Self {
            curves: curves.collect(),
            class_names: class_names.iter().map(|name| name.as_ref().to_string()).collect(),
            objects,
        })
    }

    /// The names of the classes.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// mAP@0.5: the mean over the classes of the average precision at IoU 0.5. 0 where there are no objects at all.
    pub fn map50(&self) -> f64 {
        mean((0..self.curves.len()).filter_map(|class| self.average_precision(class, 0)))
    }

    /// mAP@0.5:0.95: the mean over the classes and over the IoUs 0.5, 0.55, ... 0.95. COCO's main figure.
    pub fn map(&self) -> f64 {
        let all = (0..self.curves.len()).flat_map(|class| (0..IOUS).map(move |i| (class, i)));
        mean(all.filter_map(|(class, i)| self.average_precision(class, i)))
    }

    /// The average precision of a class at IoU `0.5 + 0.05 * step`, `step` from 0 to 9; none for a class without objects.
    pub fn average_precision(&self, class: usize, step: usize) -> Option<f64> {
        let curve = self.curves.get(class)?.get(step)?;
        Some(mean(curve.iter().copied()))
    }

    /// The precision of a class at IoU `0.5 + 0.05 * step` at the recalls 0, 0.01, ... 1; none for a class without objects.
    pub fn precisions(&self, class: usize, step: usize) -> Option<&[f64]> {
        self.curves.get(class)?.get(step).map(Vec::as_slice)
    }
}

impl fmt::Display for DetectionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = self
            .class_names
            .iter()
            .map(|n| n.chars().count())
            .max()
            .unwrap_or(0)
            .max(9);
        writeln!(f, "{:wide$}  objects  AP@0.5  AP@0.5:0.95", "")?;
        for (class, name) in self.class_names.iter().enumerate() {
            let all = || mean((0..IOUS).filter_map(|i| self.average_precision(class, i)));
            match self.average_precision(class, 0) {
                Some(ap) => writeln!(
                    f,
                    "{name:wide$}  {:>7}  {ap:>6.3}  {:>11.3}",
                    self.objects[class],
                    all()
                )?,
                None => writeln!(f, "{name:wide$}  {:>7}  {:>6}  {:>11}", 0, "-", "-")?,
            }
        }
        let total: usize = self.objects.iter().sum();
        write!(
            f,
            "{:wide$}  {total:>7}  {:>6.3}  {:>11.3}",
            "mean",
            self.map50(),
            self.map()
        )
    }
}

fn check(truth: &[Vec<Object>], found: &[Vec<Detection>], classes: usize) -> Result<()> {
    let refuse = |expected: String, got: String| {
        let what = "detections to be judged".into();
        Err(Error::Argument { what, expected, got })
    };
    if truth.len() != found.len() {
        let got = format!("{} and {}", truth.len(), found.len());
        return refuse("as many lists of objects as of detections".into(), got);
    }
    let known = |class: usize| class < classes;
    if let Some(o) = truth.iter().flatten().find(|o| !known(o.class)) {
        return refuse(format!("classes below {classes}"), o.class.to_string());
    }
    match found.iter().flatten().find(|d| !known(d.class) || !d.score.is_finite()) {
        Some(d) => refuse(format!("classes below {classes} and finite scores"), format!("{d:?}")),
        None => Ok(()),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0), |(sum, n), v| (sum + v, n + 1));
    sum / f64::from(n.max(1))
}

/// The curves of a class, from the objects that are counted and those that are not.
fn class_curves(
    [truth, difficult]: [&[Vec<Object>]; 2],
    found: &[Vec<Detection>],
    class: usize,
    objects: usize,
) -> Vec<Vec<f64>> {
    if objects == 0 {
        return Vec::new();
    }
    // For each detection its score and, for each IoU, whether it is right; none where it does not matter.
    let mut judged: Vec<(f32, [Option<bool>; IOUS])> = Vec::new();
    for ((objects, difficult), found) in truth.iter().zip(difficult).zip(found) {
        let objects: Vec<Object> = objects.iter().filter(|o| o.class == class).copied().collect();
        let found: Vec<Detection> = found.iter().filter(|d| d.class == class).copied().collect();
        let order: Vec<usize> = by_score(&found).into_iter().take(MOST).collect();
        let start = judged.len();
        judged.extend(order.iter().map(|&i| (found[i].score, [Some(false); IOUS])));
        for step in 0..IOUS {
            let mut taken = vec![false; objects.len()];
            for (rank, &i) in order.iter().enumerate() {
                if let Some(object) = best_free(&objects, &found[i], &taken, iou_at(step)) {
                    taken[object] = true;
                    judged[start + rank].1[step] = Some(true);
                } else if best_free(difficult, &found[i], &vec![false; difficult.len()], iou_at(step)).is_some() {
                    judged[start + rank].1[step] = None;
                }
            }
        }
    }
    judged.sort_by(|a, b| b.0.total_cmp(&a.0));
    let hits = |step: usize| judged.iter().filter_map(move |(_, right)| right[step]);
    (0..IOUS)
        .map(|step| precision_at_recalls(hits(step), objects))
        .collect()
}

/// The highest precision at each recall or beyond it; 0 where that recall is never reached.
fn precision_at_recalls(right: impl Iterator<Item = bool>, objects: usize) -> Vec<f64> {
    let (mut precision, mut recall) = (Vec::new(), Vec::new());
    let mut hits = 0_u32;
    for (i, right) in right.enumerate() {
        hits += u32::from(right);
        precision.push(f64::from(hits) / (i + 1) as f64);
        recall.push(f64::from(hits) / objects as f64);
    }
    for i in (1..precision.len()).rev() {
        precision[i - 1] = precision[i - 1].max(precision[i]);
    }
    let at = |step: usize| {
        let wanted = if step + 1 == RECALLS { 1.0 } else { step as f64 * 0.01 };
        precision.get(recall.partition_point(|r| *r < wanted)).copied()
    };
    (0..RECALLS).map(|step| at(step).unwrap_or(0.0)).collect()
}
