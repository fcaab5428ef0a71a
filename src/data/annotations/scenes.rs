//! Pictures with objects in them: what a detector is trained on.

use std::fmt;
use std::path::Path;

use super::annotation::{Annotation, Policy};
use super::picture_size::compare;
use crate::boxes::{Box2D, Object};
use crate::data::images::{Fit, Image, open_fitted};
use crate::{Error, Result};

/// Pictures of one shape, each with the objects in it. Taught in notebook 21.
#[derive(Clone)]
pub struct Scenes {
    name: String,
    images: Vec<Image>,
    objects: Vec<Vec<Object>>,
    /// Objects that are not counted, one list for each picture.
    difficult: Vec<Vec<Object>>,
    class_names: Vec<String>,
}

impl Scenes {
    /// A set of pictures with their objects, whose boxes are in pixels of these pictures.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is no picture, if the pictures differ in shape, if there is not one list of objects for
    /// each, or if a box has no area, a middle outside its picture or a class without a name.
    pub fn new<S: AsRef<str>>(images: Vec<Image>, objects: Vec<Vec<Object>>, class_names: &[S]) -> Result<Self> {
        let difficult = vec![Vec::new(); objects.len()];
        let class_names = class_names.iter().map(|name| name.as_ref().to_string()).collect();
        Self::with_difficult(images, objects, difficult, class_names)
    }

    fn with_difficult(
        images: Vec<Image>,
        objects: Vec<Vec<Object>>,
        difficult: Vec<Vec<Object>>,
        class_names: Vec<String>,
    ) -> Result<Self> {
        let refuse = |expected: &str, got: String| {
            let (what, expected) = ("pictures with objects".into(), expected.into());
            Err(Error::Argument { what, expected, got })
        };
        let Some(first) = images.first() else {
            return refuse("at least one picture", "none".into());
        };
        if images.len() != objects.len() {
            let got = format!("{} pictures and {} lists", images.len(), objects.len());
            return refuse("a list of objects for each", got);
        }
        if let Some(other) = images.iter().find(|image| image.shape() != first.shape()) {
            return refuse(
                "all of one shape",
                format!("{:?} and {:?}", first.shape(), other.shape()),
            );
        }
        let [_, height, width] = first.shape();
        let inside = |b: &Box2D| {
            let (x, y) = b.center();
            b.is_proper() && (0.0..width as f32).contains(&x) && (0.0..height as f32).contains(&y)
        };
        for (i, object) in objects
            .iter()
            .enumerate()
            .chain(difficult.iter().enumerate())
            .flat_map(|(i, all)| all.iter().map(move |o| (i, o)))
        {
            if !inside(&object.bounds) || object.class >= class_names.len() {
                let expected = format!(
                    "boxes with an area inside the picture, classes below {}",
                    class_names.len()
                );
                return refuse(&expected, format!("{object:?} in picture {i}"));
            }
        }
        Ok(Self {
            name: "pictures".into(),
            images,
            objects,
            difficult,
            class_names,
        })
    }

    /// Reads picture files (PNG or JPEG), stretches each to `size` = `[height, width]` and scales the boxes of its
    /// annotation alike. What `policy` does not refuse comes back in the list of problems, and so do pictures that have been
    /// made larger or smaller since. Objects that their file calls difficult are kept apart: see [`Scenes::difficult`].
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::File`] where a picture cannot be read, where a box is wrong and `policy` refuses that, or
    /// where the annotation was made for a picture of other proportions; otherwise as [`Scenes::new`].
    pub fn read<S: AsRef<str>>(
        files: &[(impl AsRef<Path>, Annotation)],
        size: [usize; 2],
        class_names: &[S],
        policy: Policy,
    ) -> Result<(Self, Vec<String>)> {
        let (mut images, mut objects, mut difficult) = (Vec::new(), Vec::new(), Vec::new());
        let mut problems = Vec::new();
        for (path, annotation) in files {
            let picture = open_fitted(path.as_ref(), size, Fit::Stretch, true)?;
            let filled;
            let annotation = if annotation.knows_its_size() {
                problems.extend(compare(annotation, &picture)?);
                annotation
            } else {
                filled = annotation.clone().sized(picture.size);
                &filled
            };
            let checked = annotation.check(class_names, policy)?;
            let (x, y) = (
                size[1] as f32 / annotation.width as f32,
                size[0] as f32 / annotation.height as f32,
            );
            let scaled = |o: Object| Object {
                bounds: o.bounds.scaled(x, y),
                class: o.class,
            };
            images.push(picture.image);
            objects.push(checked.objects.into_iter().map(scaled).collect());
            difficult.push(checked.difficult.into_iter().map(scaled).collect());
            problems.extend(checked.problems.iter().map(ToString::to_string));
        }
        let names = class_names.iter().map(|name| name.as_ref().to_string()).collect();
        Ok((Self::with_difficult(images, objects, difficult, names)?, problems))
    }

    /// The same set under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// What the set is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of pictures.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there is no picture; never the case.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The shape of a picture, `[C, H, W]`.
    pub fn shape(&self) -> [usize; 3] {
        self.images[0].shape()
    }

    /// Height and width of a picture.
    pub fn size(&self) -> [usize; 2] {
        let [_, height, width] = self.shape();
        [height, width]
    }

    /// The names of the classes.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// Picture `i`.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is no picture `i`.
    pub fn image(&self, i: usize) -> Result<&Image> {
        self.images.get(i).ok_or_else(|| self.no_such(i))
    }

    /// The objects in picture `i`.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is no picture `i`.
    pub fn objects(&self, i: usize) -> Result<&[Object]> {
        self.objects.get(i).map(Vec::as_slice).ok_or_else(|| self.no_such(i))
    }

    /// The objects in picture `i` that its file calls difficult. Nobody is trained on them; who finds them is neither right
    /// nor wrong. [`Annotation::keep_difficult`] counts them like all others.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is no picture `i`.
    pub fn difficult(&self, i: usize) -> Result<&[Object]> {
        self.difficult.get(i).map(Vec::as_slice).ok_or_else(|| self.no_such(i))
    }

    /// The difficult objects of all pictures, one list for each.
    pub fn all_difficult(&self) -> Vec<Vec<Object>> {
        self.difficult.clone()
    }

    /// The objects of all pictures, one list for each.
    pub fn all_objects(&self) -> Vec<Vec<Object>> {
        self.objects.clone()
    }

    /// The boxes of all pictures, one after the other.
    pub fn bounds(&self) -> Vec<Box2D> {
        self.objects.iter().flatten().map(|object| object.bounds).collect()
    }

    /// How many objects each class has.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.class_names.len()];
        for object in self.objects.iter().flatten() {
            counts[object.class] += 1;
        }
        counts
    }

    /// The first `n` pictures, at least one; all of them if there are fewer.
    #[must_use]
    pub fn take(&self, n: usize) -> Self {
        let n = n.clamp(1, self.len());
        let mut taken = self.clone();
        taken.images.truncate(n);
        taken.objects.truncate(n);
        taken.difficult.truncate(n);
        taken
    }

    /// The pictures of both sets, which have the same classes and the same shape.
    ///
    /// # Errors
    /// [`Error::Argument`] where they have not.
    pub fn joined(&self, other: &Self) -> Result<Self> {
        if self.class_names != other.class_names {
            return Err(Error::Argument {
                what: format!("{} to be joined with {}", other.name, self.name),
                expected: format!("the classes {:?}", self.class_names),
                got: format!("{:?}", other.class_names),
            });
        }
        let images = self.images.iter().chain(&other.images).cloned().collect();
        let objects = self.objects.iter().chain(&other.objects).cloned().collect();
        let difficult = self.difficult.iter().chain(&other.difficult).cloned().collect();
        Ok(Self::with_difficult(images, objects, difficult, self.class_names.clone())?.named(&self.name))
    }

    fn no_such(&self, i: usize) -> Error {
        Error::Argument {
            what: format!("picture of {}", self.name),
            expected: format!("a number below {}", self.len()),
            got: i.to_string(),
        }
    }
}

impl fmt::Display for Scenes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.class_counts();
        write!(f, "{}: {} pictures of shape {:?}", self.name, self.len(), self.shape())?;
        write!(f, ", {} objects", counts.iter().sum::<usize>())?;
        let named: Vec<String> = self
            .class_names
            .iter()
            .zip(counts)
            .map(|(name, n)| format!("{name} {n}"))
            .collect();
        write!(f, " ({})", named.join(", "))?;
        match self.difficult.iter().map(Vec::len).sum::<usize>() {
            0 => Ok(()),
            n => write!(f, ", and {n} difficult ones, not counted"),
        }
    }
}

impl fmt::Debug for Scenes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scenes({self})")
    }
}
