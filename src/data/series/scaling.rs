//! The scale that a network sees, and the way back to the units of the series.

/// The mean and the spread of each feature, measured on the training part of a series: a network sees `(x - mean) / std`.
///
/// scikit-learn: `StandardScaler`, fitted on the past only. Taught in notebook 14.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// The mean of each feature, in its unit.
    pub mean: Vec<f32>,
    /// The standard deviation of each feature (divided by the number of steps); 1 where a feature does not vary.
    pub std: Vec<f32>,
    /// Which feature is forecast.
    pub(super) target: usize,
}

impl Scaling {
    /// No scaling at all.
    pub(super) fn none(features: usize, target: usize) -> Self {
        Self {
            mean: vec![0.0; features],
            std: vec![1.0; features],
            target,
        }
    }

    /// Measured on these steps, all features of a step together.
    pub(super) fn measure(values: &[f32], features: usize, target: usize) -> Self {
        let n = (values.len() / features) as f64;
        let of = |feature: usize| values.iter().skip(feature).step_by(features).map(|x| f64::from(*x));
        let mean: Vec<f64> = (0..features).map(|feature| of(feature).sum::<f64>() / n).collect();
        let spread = |feature: usize| (of(feature).map(|x| (x - mean[feature]).powi(2)).sum::<f64>() / n).sqrt() as f32;
        let std = (0..features)
            .map(spread)
            .map(|std| if std > 0.0 { std } else { 1.0 })
            .collect();
        Self {
            mean: mean.iter().map(|mean| *mean as f32).collect(),
            std,
            target,
        }
    }

    /// Values of all features, step after step, on the scale of the network.
    pub fn apply(&self, values: &[f32]) -> Vec<f32> {
        let features = self.mean.len();
        let scale = |(i, value): (usize, &f32)| (value - self.mean[i % features]) / self.std[i % features];
        values.iter().enumerate().map(scale).collect()
    }

    /// Values of the target as a network sees them.
    pub fn apply_target(&self, values: &[f32]) -> Vec<f32> {
        let (mean, std) = (self.mean[self.target], self.std[self.target]);
        values.iter().map(|value| (value - mean) / std).collect()
    }

    /// What a network forecast, in the unit of the series.
    pub fn undo(&self, forecast: &[f32]) -> Vec<f32> {
        let (mean, std) = (self.mean[self.target], self.std[self.target]);
        forecast.iter().map(|value| value * std + mean).collect()
    }
}
