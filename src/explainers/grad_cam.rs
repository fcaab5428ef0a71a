//! Grad-CAM: which places of the feature maps speak for the class.

use std::fmt;

use super::attribution::{Attribution, channels, largest_of_channels};
use super::judge::Judge;
use super::sample::Sample;
use crate::clock::Instant;
use crate::inspect::trace::{Asked, Kept};
use crate::train::Learner;
use crate::{Error, Result};

/// A layer that a sample goes through.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The layer, as it is written in the code: `Conv2D<1, 16, 3, 1, 1, 1>`.
    pub name: String,
    /// The shape of what it computes for one sample, `(C, H, W)` or `(N,)`.
    pub shape: Vec<usize>,
}

/// The layers that a sample goes through, in order. Shown in a notebook it is a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// The layers.
    pub all: Vec<Layer>,
}

/// The layers that a sample goes through, in order: what [`GradCam::at`] can be told. Layers of dfdx itself do not report.
///
/// # Errors
/// As [`saliency`](super::saliency).
pub fn layers(learner: &Learner, sample: &Sample) -> Result<Layers> {
    Judge::new(learner, sample)?;
    let kept = learner.inquiry()?.layers(sample.values(), sample.shape())?;
    let layer = |kept: Kept| Layer {
        name: kept.layer,
        shape: kept.shape[1..].to_vec(),
    };
    Ok(Layers {
        all: kept.into_iter().skip(1).map(layer).collect(),
    })
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self
            .all
            .iter()
            .map(|l| l.name.chars().count())
            .max()
            .unwrap_or(0)
            .max(5);
        write!(f, "{:<name$}  shape", "layer")?;
        for layer in &self.all {
            write!(f, "\n{:<name$}  {:?}", layer.name, layer.shape)?;
        }
        Ok(())
    }
}

/// The feature maps of one layer, each weighted with the mean of its gradient, added up; what is below 0 is cut off. The
/// result is as coarse as the maps, and is enlarged to the size of the picture.
///
/// `L = ReLU(sum over k of a[k] * A[k])` with `a[k]` the mean over all places of `d score / d A[k]`. Selvaraju et al. 2017,
/// *Grad-CAM*, arXiv:1610.02391. captum: `LayerGradCam`, `GuidedGradCam`. Taught in notebook 22.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GradCam {
    /// The layer, as [`layers`] names it; the beginning of its name is enough, and of several the last one is taken. `None`:
    /// the last convolution with more than one place, behind the normalization and the ReLU that follow it: the method is
    /// about what units say when they fire, and a map that is mostly below 0 gives nothing.
    pub layer: Option<String>,
}

impl GradCam {
    /// At the layer with this name; the beginning of it is enough, and of several the last one is taken.
    pub fn at(layer: &str) -> Self {
        Self {
            layer: Some(layer.into()),
        }
    }

    /// Explains the class of a picture. [`values`](Attribution::values) hold the coarse map.
    ///
    /// # Errors
    /// As [`saliency`](super::saliency); [`Error::Argument`] where there is no such layer, or one without places.
    pub fn explain(&self, learner: &Learner, sample: &Sample) -> Result<Attribution> {
        let begin = Instant::now();
        let (judge, [height, width]) = (Judge::new(learner, sample)?, size(sample)?);
        let mut inquiry = learner.inquiry()?;
        let layers = inquiry.layers(sample.values(), sample.shape())?;
        let asked = Asked {
            layer: Some(self.choose(&layers)?),
            guided: false,
        };
        let kept = judge.slopes(&mut inquiry, asked)?.layer.unwrap_or_default();
        let (coarse, [rows, columns]) = cam(&kept);
        let heat = enlarge(&coarse, [rows, columns], [height, width]);
        Ok(Attribution::new("Grad-CAM", &judge, coarse, heat, begin))
    }

    /// Grad-CAM times guided backprop: the fine edges of the one where the other is warm.
    ///
    /// # Errors
    /// As [`GradCam::explain`].
    pub fn guided(&self, learner: &Learner, sample: &Sample) -> Result<Attribution> {
        let begin = Instant::now();
        let cam = self.explain(learner, sample)?;
        let guided = super::guided_backprop(learner, sample)?;
        let pixel = |(i, v): (usize, &f32)| v * cam.heat[i % cam.heat.len()];
        let values: Vec<f32> = guided.values.iter().enumerate().map(pixel).collect();
        let heat = largest_of_channels(&values, channels(sample));
        Ok(Attribution {
            method: "Guided Grad-CAM".into(),
            values,
            heat,
            seconds: begin.elapsed().as_secs_f64(),
            ..cam
        })
    }

    fn choose(&self, layers: &[Kept]) -> Result<usize> {
        let places = |kept: &Kept| matches!(kept.shape[..], [_, _, h, w] if h * w > 1);
        let convolution = |kept: &Kept| kept.layer.contains("Conv2D") || kept.layer.starts_with("conv2d");
        let fits = |kept: &Kept| match &self.layer {
            Some(name) => kept.layer.starts_with(name.as_str()),
            None => convolution(kept) && places(kept),
        };
        let wrong = |expected: &str, got: String| Error::Argument {
            what: "layer for Grad-CAM".into(),
            expected: expected.into(),
            got,
        };
        let names: Vec<&str> = layers.iter().skip(1).map(|kept| kept.layer.as_str()).collect();
        // The first is the input, which is no layer.
        let found = layers.iter().skip(1).rposition(fits).map(|i| i + 1);
        let Some(mut place) = found else {
            let name = self
                .layer
                .clone()
                .unwrap_or("no convolution with more than one place".into());
            return Err(wrong(&format!("the beginning of one of {}", names.join(", ")), name));
        };
        let follows = |kept: &Kept, of: &Kept| {
            let moves = convolution(kept) || kept.layer.contains("Pool");
            kept.shape == of.shape && !moves
        };
        while self.layer.is_none() && layers.get(place + 1).is_some_and(|next| follows(next, &layers[place])) {
            place += 1;
        }
        if !places(&layers[place]) {
            let got = format!(
                "{}, whose result for one sample is {:?}",
                layers[place].layer,
                &layers[place].shape[1..]
            );
            return Err(wrong("a layer with maps of more than one place", got));
        }
        Ok(place)
    }
}

/// The coarse map of a layer, `(H, W)`, and its size.
fn cam(kept: &Kept) -> (Vec<f32>, [usize; 2]) {
    let [_, _, height, width] = kept.shape[..] else {
        return (Vec::new(), [0, 0]);
    };
    let plane = height * width;
    let mut sum = vec![0f64; plane];
    for (map, gradient) in kept.values.chunks(plane).zip(kept.gradient.chunks(plane)) {
        let weight = gradient.iter().map(|&g| f64::from(g)).sum::<f64>() / plane as f64;
        sum.iter_mut().zip(map).for_each(|(s, v)| *s += weight * f64::from(*v));
    }
    (sum.iter().map(|s| s.max(0.0) as f32).collect(), [height, width])
}

fn size(sample: &Sample) -> Result<[usize; 2]> {
    match sample.shape()[..] {
        [_, height, width] => Ok([height, width]),
        _ => Err(Error::Shape {
            layer: "Grad-CAM".into(),
            expected: "a picture, (C, H, W)".into(),
            got: format!("a sample of shape {:?}", sample.shape()),
        }),
    }
}

/// Bilinear enlargement, as `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)`.
fn enlarge(values: &[f32], [rows, columns]: [usize; 2], [height, width]: [usize; 2]) -> Vec<f32> {
    let place = |i: usize, from: usize, to: usize| {
        let at = ((i as f32 + 0.5) * from as f32 / to as f32 - 0.5).max(0.0);
        let low = (at as usize).min(from - 1);
        (low, (low + 1).min(from - 1), (at - low as f32).min(1.0))
    };
    let mut out = Vec::with_capacity(height * width);
    for y in 0..height {
        let (top, bottom, down) = place(y, rows, height);
        for x in 0..width {
            let (left, right, across) = place(x, columns, width);
            let line = |row: usize| {
                let (a, b) = (values[row * columns + left], values[row * columns + right]);
                a + across * (b - a)
            };
            out.push(line(top) + down * (line(bottom) - line(top)));
        }
    }
    out
}

/// [`GradCam`] at the last convolution.
///
/// # Errors
/// As [`GradCam::explain`].
pub fn grad_cam(learner: &Learner, sample: &Sample) -> Result<Attribution> {
    GradCam::default().explain(learner, sample)
}

/// [`GradCam::guided`] at the last convolution.
///
/// # Errors
/// As [`GradCam::explain`].
pub fn guided_grad_cam(learner: &Learner, sample: &Sample) -> Result<Attribution> {
    GradCam::default().guided(learner, sample)
}
