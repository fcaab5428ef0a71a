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

/// The middle of the lowest row and the height of a row, so that `low` to `high` fit into the rows, and the second row from
/// below and every tenth above it stand for round numbers.
fn scale(low: f64, high: f64) -> (f64, f64) {
    let wide = (high - low).max(1e-6 * high.abs()).max(1e-30);
    let power = 10_f64.powf((wide / BINS as f64).log10().floor());
    for times in [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0] {
        let height = times * power;
        let first = (low / (10.0 * height) + 1e-9).floor() * 10.0 * height - height;
        if first + (BINS as f64 - 0.5) * height >= high {
            return (first, height);
        }
    }
    (low, wide / (BINS as f64 - 1.0))
}

/// Whether ten of these steps need one decimal more than their power of ten: 0.15, 0.25.
fn has_two_digits(height: f64) -> bool {
    let leading = height / 10_f64.powf(height.log10().floor() + 1e-12);
    (leading - leading.round()).abs() > 0.1
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
    let (first, height) = scale(quantile(TAIL), quantile(1.0 - TAIL));
    let range = (first - 0.5 * height, first + (BINS as f64 - 0.5) * height);
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
    // The second row from below stands for a round number, and so does every tenth row above it.
    let decimals = (-(10.0 * height).log10().floor()).max(0.0) as usize + usize::from(has_two_digits(height));
    let label = |row: usize| match BINS - 1 - row {
        place if place % 10 == 1 => {
            let tens = ((first + height * place as f64) / (10.0 * height)).round();
            format!("{:.decimals$}", tens * 10.0 * height + 0.0)
        }
        _ => String::new(),
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
