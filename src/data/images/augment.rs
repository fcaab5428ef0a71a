//! Augmentation: pictures that are different in every epoch and mean the same.

use super::warp::Fill;
use crate::{Error, Result};

/// Random changes to pictures that leave their class as it is, made anew in every epoch.
///
/// Changes of place come first, in the order flip, crop, affine map, joined to one map so that pixels are interpolated
/// once; then brightness, contrast, colour; then cutout. All happen before normalization, on values from 0 to 1.
///
/// What happens to a picture depends on the seed, the epoch and the picture's position in its set, and on nothing else: not
/// on the batch it is in, not on threads, and adding one kind of change leaves the draws of the others as they were.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let augment = Augment::new(1).flip().crop(4).brightness(0.2);
/// let (digits, _) = data::digits()?;
/// let changed = digits.augmented(0, &augment, 0)?;
/// assert_eq!(changed, digits.augmented(0, &augment, 0)?);
/// assert_ne!(changed, digits.augmented(0, &augment, 1)?);
/// # Ok(())
/// # }
/// ```
///
/// PyTorch: `torchvision.transforms`. Taught in notebook 12.
#[derive(Clone, Debug, PartialEq)]
pub struct Augment {
    pub(super) seed: u64,
    pub(super) flip: [bool; 2],
    pub(super) crop: usize,
    pub(super) degrees: f32,
    pub(super) shift: f32,
    pub(super) zoom: [f32; 2],
    pub(super) shear: f32,
    /// Brightness, contrast, colour.
    pub(super) tone: [f32; 3],
    pub(super) cutout: usize,
    pub(super) fill: Fill,
    /// The first wrong setting: what, expected, got.
    problem: Option<(String, String, String)>,
}

impl Augment {
    /// No change yet.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            flip: [false; 2],
            crop: 0,
            degrees: 0.0,
            shift: 0.0,
            zoom: [1.0; 2],
            shear: 0.0,
            tone: [0.0; 3],
            cutout: 0,
            fill: Fill::default(),
            problem: None,
        }
    }

    /// Mirrors every second picture: left becomes right. Not for digits and letters. PyTorch: `RandomHorizontalFlip()`.
    #[must_use]
    pub fn flip(mut self) -> Self {
        self.flip[0] = true;
        self
    }

    /// Turns every second picture upside down. PyTorch: `RandomVerticalFlip()`.
    #[must_use]
    pub fn flip_vertical(mut self) -> Self {
        self.flip[1] = true;
        self
    }

    /// Moves each picture by up to `padding` whole pixels in both directions: pads it and cuts a random part of the old
    /// size out. PyTorch: `RandomCrop(size, padding)`.
    #[must_use]
    pub fn crop(mut self, padding: usize) -> Self {
        self.crop = padding;
        self
    }

    /// Rotates around the middle, by up to so many degrees either way. PyTorch: `RandomAffine(degrees)`.
    #[must_use]
    pub fn rotate(mut self, degrees: f32) -> Self {
        self.check(
            "rotate",
            "degrees from 0 to 180",
            degrees,
            (0.0..=180.0).contains(&degrees),
        );
        self.degrees = degrees;
        self
    }

    /// Shifts by up to this share of the sides, by fractions of pixels. PyTorch: `RandomAffine(translate)`.
    #[must_use]
    pub fn shift(mut self, share: f32) -> Self {
        self.check(
            "shift",
            "a share of the side, from 0 to 1",
            share,
            (0.0..=1.0).contains(&share),
        );
        self.shift = share;
        self
    }

    /// Enlarges by a factor between `from` and `to`, both above 0; less than 1 makes smaller. PyTorch:
    /// `RandomAffine(scale)`.
    #[must_use]
    pub fn zoom(mut self, from: f32, to: f32) -> Self {
        let good = from > 0.0 && from <= to && to.is_finite();
        self.check(
            "zoom",
            "two factors above 0, the smaller first",
            format!("{from} and {to}"),
            good,
        );
        self.zoom = [from, to];
        self
    }

    /// Slants by up to so many degrees either way, below 90. PyTorch: `RandomAffine(shear)`.
    #[must_use]
    pub fn shear(mut self, degrees: f32) -> Self {
        self.check(
            "shear",
            "degrees from 0 up to 89",
            degrees,
            (0.0..=89.0).contains(&degrees),
        );
        self.shear = degrees;
        self
    }

    /// Multiplies all values by a factor from `1 - most` to `1 + most`. PyTorch: `ColorJitter(brightness)`.
    #[must_use]
    pub fn brightness(self, most: f32) -> Self {
        self.tone(0, "brightness", most)
    }

    /// Pushes all values away from the mean grey of the picture, or towards it, by a factor from `1 - most` to
    /// `1 + most`. PyTorch: `ColorJitter(contrast)`.
    #[must_use]
    pub fn contrast(self, most: f32) -> Self {
        self.tone(1, "contrast", most)
    }

    /// Pushes the three colours of each pixel away from its grey, or towards it, by a factor from `1 - most` to
    /// `1 + most`. Grey pictures stay as they are. PyTorch: `ColorJitter(saturation)`.
    #[must_use]
    pub fn color(self, most: f32) -> Self {
        self.tone(2, "color", most)
    }

    /// Blanks a square of `side` pixels whose middle lies anywhere in the picture, so that it may stick out: with the
    /// mean of the set's normalization, or black where there is none.
    ///
    /// DeVries & Taylor 2017, *Improved Regularization of Convolutional Neural Networks with Cutout*, arXiv:1708.04552.
    #[must_use]
    pub fn cutout(mut self, side: usize) -> Self {
        self.cutout = side;
        self
    }

    /// What stands where a picture was moved away from: black unless set.
    #[must_use]
    pub fn fill(mut self, fill: Fill) -> Self {
        self.fill = fill;
        self
    }

    /// What is wrong with the settings, if anything.
    pub(in crate::data) fn check_settings(&self) -> Result<()> {
        match self.problem.clone() {
            None => Ok(()),
            Some((what, expected, got)) => Err(Error::Argument { what, expected, got }),
        }
    }

    fn tone(mut self, which: usize, name: &str, most: f32) -> Self {
        let good = most >= 0.0 && most.is_finite();
        self.check(name, "a finite number, 0 or more", most, good);
        self.tone[which] = most;
        self
    }

    fn check(&mut self, name: &str, expected: &str, got: impl ToString, good: bool) {
        if !good {
            let problem = (format!("{name} of an augmentation"), expected.into(), got.to_string());
            self.problem.get_or_insert(problem);
        }
    }
}
