//! What the numbers of a detector mean: a grid of cells, some anchors in each.

use super::anchors::{nearest, shape_iou};
use crate::boxes::dual::{Number, sigmoid};
use crate::boxes::{Box2D, Detection, Object};
use crate::{Error, Result};

/// Numbers per anchor of a cell besides the classes: four for the box, one for "something is here".
pub(super) const BOX: usize = 5;
/// Numbers per anchor of a cell in the targets: role, `cx, cy, w, h`, class.
pub(super) const TARGET: usize = 6;
/// Anchors of the right cell that fit an object at least so well are not asked to deny it.
const FITS: f32 = 0.5;

/// A picture divided into cells, with a few anchors in each: every object belongs to the cell that its middle lies in and
/// to the anchor whose size fits best.
///
/// A network for it returns `anchors * (5 + classes)` channels of `rows * columns` numbers: `tx, ty, tw, th`, objectness,
/// and one score per class, anchor after anchor. With the cell's column `c` and stride `s` and the anchor's width `p`, the
/// box is `x = (2 sigmoid(tx) - 0.5 + c) s` and `w = p (2 sigmoid(tw))^2`; `y` and `h` likewise: a middle may lie a little
/// outside its cell, a side is at most four times the anchor's.
///
/// Redmon & Farhadi 2018, *YOLOv3*, arXiv:1804.02767; the bounded forms are those of YOLOv5. Taught in notebook 21.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    width: usize,
    height: usize,
    columns: usize,
    rows: usize,
    anchors: Vec<[f32; 2]>,
    classes: usize,
}

/// What an anchor of a cell is to say about one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// That an object is here.
    Object,
    /// That nothing is here.
    Background,
    /// Nothing: it fits an object that another anchor is responsible for.
    Ignored,
}

/// Which anchor of which cell is to find which object of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Six numbers per anchor and cell, anchor after anchor, row after row: the role (1 object, 0 background, -1 ignored),
    /// `cx, cy, w, h` in pixels, and the class. What [`DetectionLoss`](super::DetectionLoss) compares with.
    pub targets: Vec<f32>,
    /// For each object the anchor, row and column that are to find it; none for one whose cell has no anchor left, and for
    /// one whose middle lies outside the picture.
    pub places: Vec<Option<[usize; 3]>>,
}

impl Grid {
    /// A grid of `rows` x `columns` cells over pictures of `height` x `width` pixels; `anchors` are `[width, height]` in
    /// pixels.
    ///
    /// # Errors
    /// [`Error::Argument`] where a number is 0, an anchor is not above 0 or the cells are not square.
    pub fn new(
        [height, width]: [usize; 2],
        [rows, columns]: [usize; 2],
        anchors: &[[f32; 2]],
        classes: usize,
    ) -> Result<Self> {
        let refuse = |what: &str, expected: &str, got: String| {
            let (what, expected) = (what.into(), expected.into());
            Err(Error::Argument { what, expected, got })
        };
        if [height, width, rows, columns, classes].contains(&0) {
            let got = format!("{height} x {width} pixels, {rows} x {columns} cells, {classes} classes");
            return refuse("sizes of a grid", "none of them 0", got);
        }
        if height * columns != width * rows {
            let got = format!("{rows} x {columns} cells on {height} x {width} pixels");
            return refuse("cells of a grid", "as wide as they are high", got);
        }
        let sound = |a: &[f32; 2]| a.iter().all(|side| side.is_finite() && *side > 0.0);
        if anchors.is_empty() || !anchors.iter().all(sound) {
            return refuse("anchors", "at least one, with sides above 0", format!("{anchors:?}"));
        }
        Ok(Self {
            width,
            height,
            columns,
            rows,
            anchors: anchors.to_vec(),
            classes,
        })
    }

    /// Height and width of the pictures, in pixels.
    pub fn picture(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Rows and columns of cells.
    pub fn cells(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    /// The anchors, `[width, height]` in pixels.
    pub fn anchors(&self) -> &[[f32; 2]] {
        &self.anchors
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The side of a cell in pixels.
    pub fn stride(&self) -> f32 {
        self.width as f32 / self.columns as f32
    }

    /// The number of boxes that a network answers for each picture.
    pub fn slots(&self) -> usize {
        self.anchors.len() * self.rows * self.columns
    }

    /// The numbers that a network must return for each picture.
    pub fn outputs(&self) -> usize {
        self.slots() * (BOX + self.classes)
    }

    /// The numbers of the targets for each picture.
    pub(crate) fn targets(&self) -> usize {
        self.slots() * TARGET
    }

    /// Where score number `k` of a slot stands among the outputs.
    pub(super) fn at(&self, slot: usize, k: usize) -> usize {
        let plane = self.rows * self.columns;
        ((slot / plane) * (BOX + self.classes) + k) * plane + slot % plane
    }

    pub(super) fn slot(&self, [anchor, row, column]: [usize; 3]) -> usize {
        (anchor * self.rows + row) * self.columns + column
    }

    /// Anchor, row and column of a slot.
    pub(super) fn place(&self, slot: usize) -> [usize; 3] {
        let plane = self.rows * self.columns;
        [slot / plane, slot % plane / self.columns, slot % self.columns]
    }

    /// Gives every object to the best anchor of its cell that is still free, the largest objects first.
    ///
    /// # Errors
    /// [`Error::Argument`] where an object has no area or a class beyond those of the grid.
    pub fn assign(&self, objects: &[Object]) -> Result<Assignment> {
        let mut done = Assignment {
            targets: vec![0.0; self.targets()],
            places: vec![None; objects.len()],
        };
        let mut order: Vec<usize> = (0..objects.len()).collect();
        order.sort_by(|&a, &b| objects[b].bounds.area().total_cmp(&objects[a].bounds.area()));
        for i in order {
            let Object { bounds, class } = objects[i];
            if !bounds.is_proper() || class >= self.classes {
                return Err(Error::Argument {
                    what: format!("object {i} of a picture"),
                    expected: format!("a box with an area and a class below {}", self.classes),
                    got: format!("{bounds:?}, class {class}"),
                });
            }
            done.places[i] = self.give(objects[i], &mut done.targets);
        }
        Ok(done)
    }

    fn give(&self, object: Object, targets: &mut [f32]) -> Option<[usize; 3]> {
        let bounds = object.bounds;
        let ((x, y), size) = (bounds.center(), [bounds.width(), bounds.height()]);
        let inside = x >= 0.0 && y >= 0.0 && x < self.width as f32 && y < self.height as f32;
        if !inside {
            return None;
        }
        let cell = [y, x].map(|place| (place / self.stride()) as usize);
        let (row, column) = (cell[0].min(self.rows - 1), cell[1].min(self.columns - 1));
        let start = |anchor: usize| self.slot([anchor, row, column]) * TARGET;
        let free: Vec<usize> = (0..self.anchors.len()).filter(|&a| targets[start(a)] != 1.0).collect();
        let sizes: Vec<[f32; 2]> = free.iter().map(|&a| self.anchors[a]).collect();
        let best = *free.get(nearest(size, &sizes))?;
        for anchor in free.into_iter().filter(|&a| shape_iou(size, self.anchors[a]) > FITS) {
            targets[start(anchor)] = -1.0;
        }
        let values = [1.0, x, y, size[0], size[1], object.class as f32];
        targets[start(best)..][..TARGET].copy_from_slice(&values);
        Some([best, row, column])
    }

    /// The box that the four scores of a slot stand for, as `cx, cy, w, h` in pixels.
    pub(super) fn bounds<N: Number>(&self, slot: usize, scores: [N; 4]) -> [N; 4] {
        let [anchor, row, column] = self.place(slot);
        let c = N::constant;
        let [x, y, w, h] = scores.map(|t| c(2.0) * t.sigmoid());
        let stride = c(f64::from(self.stride()));
        let [aw, ah] = self.anchors[anchor].map(|side| c(f64::from(side)));
        [
            (x + c(column as f64 - 0.5)) * stride,
            (y + c(row as f64 - 0.5)) * stride,
            w * w * aw,
            h * h * ah,
        ]
    }

    /// The scores `tx, ty, tw, th` with which an anchor of a cell says exactly this box: the inverse of what
    /// [`decode`](Self::decode) does. Where no score does (the box is too large, or its middle too far away), the nearest
    /// box that there is a finite score for.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such anchor, row or column.
    pub fn encode(&self, bounds: &Box2D, [anchor, row, column]: [usize; 3]) -> Result<[f32; 4]> {
        if anchor >= self.anchors.len() || row >= self.rows || column >= self.columns {
            return Err(Error::Argument {
                what: "anchor, row and column of a grid".into(),
                expected: format!("below {}, {} and {}", self.anchors.len(), self.rows, self.columns),
                got: format!("{anchor}, {row} and {column}"),
            });
        }
        let logit = |p: f32| {
            let p = p.clamp(1e-6, 1.0 - 1e-6);
            (p / (1.0 - p)).ln()
        };
        let ((x, y), [aw, ah]) = (bounds.center(), self.anchors[anchor]);
        let middle = |place: f32, cell: usize| logit((place / self.stride() - cell as f32 + 0.5) / 2.0);
        let side = |side: f32, anchor: f32| logit((side / anchor).max(0.0).sqrt() / 2.0);
        Ok([
            middle(x, column),
            middle(y, row),
            side(bounds.width(), aw),
            side(bounds.height(), ah),
        ])
    }

    /// The detections that the scores of one picture stand for, those with a score above `threshold`, the surest first;
    /// boxes of one object lie on each other still, see [`nms`](super::nms).
    ///
    /// The score is the probability that something is here times the probability of its class. Boxes are cut off at the
    /// edges of the picture.
    ///
    /// # Errors
    /// [`Error::Shape`] where there are not [`outputs`](Self::outputs) scores.
    pub fn decode(&self, scores: &[f32], threshold: f32) -> Result<Vec<Detection>> {
        self.check_scores(scores.len())?;
        let mut found = Vec::new();
        for slot in 0..self.slots() {
            let score = |k: usize| f64::from(scores[self.at(slot, k)]);
            let (class, probability) = best_class((0..self.classes).map(|k| score(BOX + k)));
            let sure = (sigmoid(score(BOX - 1)) * probability) as f32;
            if sure > threshold {
                let [x, y, w, h] = self.bounds(slot, [0, 1, 2, 3].map(score)).map(|v| v as f32);
                let bounds = Box2D::centered(x, y, w, h).clipped(self.width as f32, self.height as f32);
                if bounds.is_proper() {
                    let score = sure;
                    found.push(Detection { bounds, class, score });
                }
            }
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(found)
    }

    pub(super) fn check_scores(&self, scores: usize) -> Result<()> {
        if scores == self.outputs() {
            return Ok(());
        }
        let [rows, columns] = self.cells();
        Err(Error::Shape {
            layer: format!("a detector's grid of {rows} x {columns} cells"),
            expected: format!(
                "{} scores per picture ({} anchors * (5 + {} classes) * {rows} * {columns})",
                self.outputs(),
                self.anchors.len(),
                self.classes
            ),
            got: scores.to_string(),
        })
    }
}

impl Assignment {
    /// What each anchor of each cell is to say, anchor after anchor, row after row.
    pub fn roles(&self) -> Vec<Role> {
        let role = |t: &[f32]| match t[0] {
            r if r > 0.5 => Role::Object,
            r if r < -0.5 => Role::Ignored,
            _ => Role::Background,
        };
        self.targets.chunks_exact(TARGET).map(role).collect()
    }
}

/// The class with the highest score, and its probability by softmax.
fn best_class(scores: impl Iterator<Item = f64> + Clone) -> (usize, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, score) in scores.clone().enumerate() {
        if score > best.1 {
            best = (class, score);
        }
    }
    (best.0, 1.0 / scores.map(|s| (s - best.1).exp()).sum::<f64>())
}
