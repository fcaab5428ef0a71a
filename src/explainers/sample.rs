//! What is explained: one sample as a network sees it and as a person sees it.

use std::fmt;

use crate::data::{Dataset, Image, Normalization};
use crate::{Error, Result};

/// One sample whose classification is to be explained: a picture or a row of features, with the normalization that it goes
/// through on its way into the network, and the names of the classes.
///
/// Unless [`class`](Self::class) says otherwise, the class that the network predicts is explained. Taught in notebook 22.
#[derive(Clone, PartialEq)]
pub struct Sample {
    shape: Vec<usize>,
    /// As a network sees it, `(C, H, W)` or `(N,)`.
    values: Vec<f32>,
    normalization: Option<Normalization>,
    class_names: Vec<String>,
    feature_names: Vec<String>,
    class: Option<usize>,
}

impl Sample {
    /// Sample `i` of a set, with the set's normalization and class names.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no sample `i`.
    pub fn of(data: &Dataset, i: usize) -> Result<Self> {
        Ok(Self {
            shape: data.sample_shape().to_vec(),
            values: data.values(i)?,
            normalization: data.normalization().cloned(),
            class_names: data.class_names().to_vec(),
            feature_names: Vec::new(),
            class: None,
        })
    }

    /// A picture, which a network sees as it is: `(C, H, W)`, values `0..=1`. See [`normalized`](Self::normalized).
    pub fn picture(image: &Image) -> Self {
        Self {
            shape: image.shape().to_vec(),
            values: image.pixels().to_vec(),
            normalization: None,
            class_names: Vec::new(),
            feature_names: Vec::new(),
            class: None,
        }
    }

    /// A row of features.
    ///
    /// # Errors
    /// [`Error::Argument`] for an empty row, [`Error::NotFinite`] where a value is NaN or infinite.
    pub fn row(values: &[f32]) -> Result<Self> {
        if values.is_empty() {
            return Err(Error::Argument {
                what: "row to be explained".into(),
                expected: "at least one value".into(),
                got: "none".into(),
            });
        }
        finite("row to be explained", values)?;
        Ok(Self {
            shape: vec![values.len()],
            values: values.to_vec(),
            normalization: None,
            class_names: Vec::new(),
            feature_names: Vec::new(),
            class: None,
        })
    }

    /// The same, with `(x - mean[c]) / std[c]` applied to channel `c` on the way into the network, in place of any
    /// normalization that it had.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is not one number per channel, or a standard deviation is not above 0.
    pub fn normalized(self, mean: &[f32], std: &[f32]) -> Result<Self> {
        let normalization = Normalization::new(mean, std)?;
        if mean.len() != self.shape[0] {
            return Err(Error::Argument {
                what: "normalization".into(),
                expected: format!("numbers for {} channel(s)", self.shape[0]),
                got: format!("numbers for {}", mean.len()),
            });
        }
        let mut values = self.shown();
        normalization.apply(&mut values, self.plane());
        Ok(Self {
            values,
            normalization: Some(normalization),
            ..self
        })
    }

    /// Gives names to the classes.
    #[must_use]
    pub fn class_names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.class_names = names.iter().map(|s| s.as_ref().to_string()).collect();
        self
    }

    /// Gives names to the features of a row.
    #[must_use]
    pub fn feature_names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.feature_names = names.iter().map(|s| s.as_ref().to_string()).collect();
        self
    }

    /// Asks about this class instead of the one that the network predicts.
    #[must_use]
    pub fn class(mut self, class: usize) -> Self {
        self.class = Some(class);
        self
    }

    /// The shape: `[C, H, W]` for a picture, `[N]` for a row.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values as a network sees them.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values before normalization; those of a picture are in `0..=1`.
    pub fn shown(&self) -> Vec<f32> {
        let mut shown = self.values.clone();
        if let Some(normalization) = &self.normalization {
            normalization.undo(&mut shown, self.plane());
        }
        shown
    }

    /// The class that is asked about, if that was said.
    pub(crate) fn asked(&self) -> Option<usize> {
        self.class
    }

    /// The name of a class: its number where it has none.
    pub(crate) fn class_name(&self, class: usize) -> String {
        self.class_names.get(class).cloned().unwrap_or(class.to_string())
    }

    pub(crate) fn classes(&self) -> usize {
        self.class_names.len()
    }

    /// The name of a feature: its number where it has none.
    pub(crate) fn feature_name(&self, i: usize) -> String {
        self.feature_names.get(i).cloned().unwrap_or(format!("feature {i}"))
    }

    /// Numbers in one channel.
    fn plane(&self) -> usize {
        self.shape[1..].iter().product()
    }

    /// Channels, height and width.
    ///
    /// # Errors
    /// [`Error::Shape`] for what is not a picture.
    pub(crate) fn picture_shape(&self, method: &str) -> Result<[usize; 3]> {
        match self.shape[..] {
            [c @ (1 | 3), h, w] if h * w > 0 => Ok([c, h, w]),
            _ => Err(Error::Shape {
                layer: method.into(),
                expected: "a picture, (1, H, W) or (3, H, W)".into(),
                got: format!("a sample of shape {:?}", self.shape),
            }),
        }
    }

    /// Values in `0..=1` as the network sees them.
    pub(crate) fn seen(&self, mut shown: Vec<f32>) -> Vec<f32> {
        if let Some(normalization) = &self.normalization {
            normalization.apply(&mut shown, self.plane());
        }
        shown
    }
}

impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sample({:?})", self.shape)
    }
}

/// An explanation of NaN is NaN.
pub(crate) fn finite(what: &str, values: &[f32]) -> Result<()> {
    match values.iter().find(|v| !v.is_finite()) {
        None => Ok(()),
        Some(value) => Err(Error::NotFinite {
            what: format!("a value of the {what}"),
            value: f64::from(*value),
            hint: "Replace missing values first".into(),
        }),
    }
}
