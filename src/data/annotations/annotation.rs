//! Annotations: which boxes a file says are in a picture, and which of them can be right.

use std::fmt;
use std::path::PathBuf;

use crate::boxes::{Box2D, Object};
use crate::{Error, Result};

/// A box as it stands in a file, unchecked.
#[derive(Clone, Debug, PartialEq)]
pub struct RawBox {
    /// The name of the class; for YOLO files its number.
    pub name: String,
    /// The place of the class among the names, from 0, where the file says that in place of a name: YOLO files do.
    pub number: Option<usize>,
    /// The edges, in pixels.
    pub bounds: Box2D,
    /// Whether the file calls the object difficult, as Pascal VOC does with what can hardly be told without its
    /// surroundings. Such an object is neither trained on nor counted.
    pub difficult: bool,
}

/// What a file says about one picture. Taught in notebook 21.
///
/// ```
/// use gradus::data::{Annotation, Policy};
/// # fn main() -> gradus::Result<()> {
/// let file = Annotation::parse_yolo("cells.txt", "1 0.5 0.5 0.25 0.25\n0 0.5 0.5 0 0.1", [100, 200])?;
/// let checked = file.check(&["RBC", "WBC"], Policy::Drop)?;
/// assert_eq!((checked.objects.len(), checked.objects[0].class), (1, 1));
/// assert_eq!(checked.problems[0].to_string(), "cells.txt, box 2: no area: 0 x 10 pixels");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// The file.
    pub path: PathBuf,
    /// Width of the picture, in pixels; 0 where the file does not know.
    pub width: usize,
    /// Height of the picture, in pixels; 0 where the file does not know.
    pub height: usize,
    /// The boxes, as they stand in the file.
    pub boxes: Vec<RawBox>,
}

/// What becomes of a box that cannot be right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The first one is an error that names file and box.
    #[default]
    Refuse,
    /// It is left out, and reported.
    Drop,
    /// A box that reaches beyond the picture is cut off at its edge, and reported; what cannot be mended so is left out, and
    /// reported.
    Clip,
}

/// Why a box cannot be right.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Its width or height is 0, negative or not a number.
    NoArea,
    /// It reaches beyond the picture, or lies outside.
    Outside,
    /// Its class has no name among those asked for.
    UnknownClass,
}

/// A box that cannot be right, and what was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// Which box, from 0.
    pub index: usize,
    /// What is wrong.
    pub fault: Fault,
    /// The same in words.
    pub detail: String,
}

/// The objects of a picture, and what was wrong with others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// The objects that can be right.
    pub objects: Vec<Object>,
    /// Those that the file calls difficult: they are not counted.
    pub difficult: Vec<Object>,
    /// The boxes that were left out or cut off.
    pub problems: Vec<Problem>,
}

impl Annotation {
    /// The same annotation for a picture of this size, `[height, width]` in pixels: for a file that does not know it.
    #[must_use]
    pub fn sized(mut self, [height, width]: [usize; 2]) -> Self {
        (self.height, self.width) = (height, width);
        self
    }

    /// The same annotation with the objects that are called difficult counted like all others.
    #[must_use]
    pub fn keep_difficult(mut self) -> Self {
        self.boxes.iter_mut().for_each(|raw| raw.difficult = false);
        self
    }

    /// Whether the file says how large its picture is.
    pub(super) fn knows_its_size(&self) -> bool {
        self.width > 0 && self.height > 0
    }

    /// The objects that can be right. A class is looked up by its name, which may itself be a number; in a YOLO file by its
    /// place among the names, whatever they are. Objects that the file calls difficult are kept apart, as Pascal VOC's own
    /// evaluation does; [`keep_difficult`](Self::keep_difficult) counts them.
    ///
    /// # Errors
    /// [`Error::File`] where a box cannot be right and `policy` is [`Policy::Refuse`], or where the size of the picture is
    /// not known.
    pub fn check<S: AsRef<str>>(&self, class_names: &[S], policy: Policy) -> Result<Checked> {
        if !self.knows_its_size() {
            return Err(Error::File {
                path: self.path.clone(),
                expected: "the size of the picture".into(),
                got: format!("{} x {} pixels", self.width, self.height),
                hint: "Give it with sized([height, width]); Scenes::read takes it from the picture".into(),
            });
        }
        let mut checked = Checked::default();
        for (index, raw) in self.boxes.iter().enumerate() {
            let class = match raw.number {
                Some(number) => Some(number).filter(|class| *class < class_names.len()),
                None => class_names.iter().position(|name| name.as_ref() == raw.name),
            };
            let mut bounds = raw.bounds;
            if let Some((fault, detail)) = self.fault(raw, class.is_some()) {
                if policy == Policy::Refuse {
                    return Err(Error::File {
                        path: self.path.clone(),
                        expected: "boxes that can be right".into(),
                        got: format!("box {}: {detail}", index + 1),
                        hint: "Mend the file, or choose Policy::Drop or Policy::Clip".into(),
                    });
                }
                let mended = policy == Policy::Clip && fault == Fault::Outside;
                checked.problems.push(Problem {
                    path: self.path.clone(),
                    index,
                    fault,
                    detail,
                });
                bounds = bounds.clipped(self.width as f32, self.height as f32);
                if !mended || !bounds.is_proper() {
                    continue;
                }
            }
            let list = if raw.difficult {
                &mut checked.difficult
            } else {
                &mut checked.objects
            };
            list.extend(class.map(|class| Object { bounds, class }));
        }
        Ok(checked)
    }

    fn fault(&self, raw: &RawBox, known: bool) -> Option<(Fault, String)> {
        let b = &raw.bounds;
        if !b.is_proper() {
            let detail = format!("no area: {} x {} pixels", b.width(), b.height());
            return Some((Fault::NoArea, detail));
        }
        if !known {
            return Some((Fault::UnknownClass, format!("unknown class {:?}", raw.name)));
        }
        // Fractions of a side are rounded in files; a hundredth of a pixel is no fault.
        let slack = 0.01;
        let inside = b.xmin >= -slack
            && b.ymin >= -slack
            && b.xmax <= self.width as f32 + slack
            && b.ymax <= self.height as f32 + slack;
        let detail = || {
            format!(
                "({}, {}) to ({}, {}) reaches beyond {} x {} pixels",
                b.xmin, b.ymin, b.xmax, b.ymax, self.width, self.height
            )
        };
        (!inside).then(|| (Fault::Outside, detail()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, box {}: {}", self.path.display(), self.index + 1, self.detail)
    }
}
