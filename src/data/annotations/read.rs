//! Annotations from files, whatever their format.

use std::path::Path;

use super::annotation::Annotation;
use super::{voc, yolo};
use crate::{Error, Result};

impl Annotation {
    /// Reads a Pascal VOC annotation: an XML file with the picture's size and an `object` with `name` and `bndbox` for each
    /// box. Edges are taken as they stand; Pascal VOC itself counts pixels from 1. A picture's size of 0 x 0, or none at all,
    /// is filled in by [`Scenes::read`](super::Scenes::read), or by [`sized`](Self::sized).
    ///
    /// Everingham et al. 2010, *The Pascal Visual Object Classes Challenge*.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::File`] where it is not such a file.
    pub fn voc(path: impl AsRef<Path>) -> Result<Self> {
        let text = read(path.as_ref())?;
        Self::parse_voc(path, &text)
    }

    /// A Pascal VOC annotation from its text; `path` is for messages only.
    ///
    /// # Errors
    /// [`Error::File`] where it is not such a file.
    pub fn parse_voc(path: impl AsRef<Path>, text: &str) -> Result<Self> {
        voc::parse(path.as_ref(), text)
    }

    /// Reads a YOLO annotation: a line `class x y width height` for each box, the numbers as fractions of the sides of the
    /// picture, whose `[height, width]` in pixels the file does not say: that of [`Image::open`](crate::data::Image::open).
    /// The class is a number, its place among the names, and may be written as `1.0`.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::File`] where it is not such a file.
    pub fn yolo(path: impl AsRef<Path>, size: [usize; 2]) -> Result<Self> {
        let text = read(path.as_ref())?;
        Self::parse_yolo(path, &text, size)
    }

    /// A YOLO annotation from its text; `path` is for messages only.
    ///
    /// # Errors
    /// [`Error::File`] where it is not such a file.
    pub fn parse_yolo(path: impl AsRef<Path>, text: &str, size: [usize; 2]) -> Result<Self> {
        yolo::parse(path.as_ref(), text, size)
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|source| Error::Io {
        path: path.into(),
        source,
    })
}
