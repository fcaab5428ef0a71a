//! What a look inside a learner has found, drawn.

use crate::plot::charts::bins::{self, Bins};
use crate::plot::charts::chart::Chart;
use crate::plot::draw::color::ColorMap;
use crate::plot::draw::figure::Figure;
use crate::plot::draw::message;
use crate::plot::pictures::heatmap::Heatmap;
use crate::train::{Diagnosis, LayerOutput};
use crate::{Error, Result};

/// Rows of a map of histograms.
const BINS: usize = 40;
/// Shares below this one look like none.
const RAREST: f64 = 1e-4;
/// The share of all numbers that a map of histograms leaves out on each side.
const TAIL: f64 = 0.005;

impl Diagnosis {
    /// Draws the length of the gradient and of the step for every matrix of weights, and the spread of what every layer
    /// computed.
    pub fn plot(&self) -> Figure {
        let places: Vec<usize> = (1..=self.weights.len()).collect();
        let chart = |title: &str, y: &[f32]| {
            Chart::new(title)
                .line("", &places, y)
                .markers()
                .log_y()
                .x_label("matrix of weights, first to last")
                .size(365, 270)
        };
        let gradients = chart("Gradient", &self.gradient_norms()).y_label("length");
        let steps = chart("Step of the optimizer", &self.step_ratios()).y_label("step / weights");
        let layers: Vec<usize> = (1..=self.outputs.len()).collect();
        let std: Vec<f32> = self.outputs.iter().map(|a| a.std).collect();
        let outputs = Chart::new("What the layers compute")
            .line("standard deviation", &layers, &std)
            .markers()
            .log_y()
            .x_label("layer, first to last")
            .y_label("standard deviation")
            .size(730, 270);
        let top = Figure::row(vec![gradients.plot(), steps.plot()]);
        Figure::column(vec![top, outputs.plot()])
    }

    /// Draws the distribution of what the layers whose names begin with `layer` computed, as one column of colours for
    /// each: dark where no number lies, bright where many do (a colour is a power of ten of their share).
    ///
    /// Taught in notebook 11.
    pub fn distributions(&self, layer: &str) -> Figure {
        distributions(&self.of(layer), layer).unwrap_or_else(|error| message::message(&error))
    }
}

/// A round distance between ticks, so that about six of them fit into `range`.
fn round_step(range: f64) -> f64 {
    let power = 10_f64.powf((range / 6.0).log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|t| t * power >= range / 6.0 - 1e-12);
    times.unwrap_or(10.0) * power
}

fn distributions(outputs: &[LayerOutput], layer: &str) -> Result<Figure> {
    let mut all: Vec<f64> = outputs.iter().flat_map(|a| bins::finite(&a.values)).collect();
    if all.is_empty() {
        return Err(Error::Argument {
            what: "layers of a diagnosis".into(),
            expected: "a name that one of them begins with".into(),
            got: format!("{layer:?}"),
        });
    }
    all.sort_by(f64::total_cmp);
    let quantile = |q: f64| all[((all.len() - 1) as f64 * q).round() as usize];
    let (low, high) = (quantile(TAIL), quantile(1.0 - TAIL));
    let range = if low < high {
        (low, high)
    } else {
        (low - 1.0, high + 1.0)
    };
    let mut values = vec![0.0; BINS * outputs.len()];
    for (column, output) in outputs.iter().enumerate() {
        let numbers = bins::finite(&output.values);
        let counted = Bins::between(&numbers, BINS, range.0, range.1)?;
        for (bin, &count) in counted.counts().iter().enumerate() {
            // The largest values on top; powers of ten, since a ReLU's zeros outnumber everything else.
            let share = count as f64 / numbers.len().max(1) as f64;
            values[(BINS - 1 - bin) * outputs.len() + column] = share.max(RAREST).log10() as f32;
        }
    }
    let (height, step) = ((range.1 - range.0) / BINS as f64, round_step(range.1 - range.0));
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let label = |row: usize| {
        let upper = range.1 - height * row as f64;
        let tick = (upper / step + 1e-9).floor() * step;
        let inside = tick > upper - height || (row + 1 == BINS && tick >= range.0 - 1e-9);
        let text = format!("{:.decimals$}", tick + 0.0);
        if inside { text } else { String::new() }
    };
    let rows: Vec<String> = (0..BINS).map(label).collect();
    let columns: Vec<String> = (1..=outputs.len()).map(|i| i.to_string()).collect();
    Ok(Heatmap::new(
        &format!("Outputs of {layer}; colour: share, as a power of ten"),
        BINS,
        outputs.len(),
        &values,
    )
    .row_labels(&rows)
    .col_labels(&columns)
    .x_label("layer, first to last")
    .y_label("value")
    .colors(ColorMap::Viridis)
    .caption(&format!(
        "Distribution of the outputs of {} layers: {layer}",
        outputs.len()
    ))
    .plot())
}
