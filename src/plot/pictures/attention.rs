//! Attention: how much each token looks at each other one.

use crate::plot::draw::figure::Figure;
use crate::plot::draw::message;
use crate::plot::pictures::heatmap::Heatmap;
use crate::plot::pictures::tokens::visible;
use crate::{Error, Result};

/// Draws the weights with which each token of a row looks at the tokens of the columns, `(queries, keys)` row after row: 0 is
/// dark, the largest weight is bright. Names of tokens may hold any letter, a space is drawn as `·`; where there are too many,
/// only every second (fifth, tenth) has its name.
///
/// With a mask, what a token cannot see has the weight 0. Taught in notebook 15.
pub fn attention<Q: AsRef<str>, K: AsRef<str>>(title: &str, weights: &[f32], queries: &[Q], keys: &[K]) -> Figure {
    match map(title, weights, queries, keys) {
        Ok(heatmap) => heatmap.plot(),
        Err(error) => message::message(&error),
    }
}

fn map<Q: AsRef<str>, K: AsRef<str>>(title: &str, weights: &[f32], queries: &[Q], keys: &[K]) -> Result<Heatmap> {
    let (rows, columns) = (queries.len(), keys.len());
    if rows * columns != weights.len() || weights.is_empty() {
        return Err(Error::Argument {
            what: format!("weights of the attention {title:?}"),
            expected: format!("{rows} × {columns}, one for each query and key, at least one"),
            got: weights.len().to_string(),
        });
    }
    // Attention weights lie between 0 and 1; what does not is shown as it is.
    let within = weights.iter().all(|w| (0.0..=1.0).contains(w));
    let heatmap = Heatmap::new(title, rows, columns, weights)
        .row_labels(&visible(queries))
        .col_labels(&visible(keys))
        .x_label("looked at (keys)")
        .y_label("who looks (queries)")
        .caption(&format!(
            "{title}: how much each of {rows} tokens looks at each of {columns}"
        ));
    Ok(if within {
        heatmap.range(0.0, weights.iter().copied().fold(0.0, f32::max).max(1e-6))
    } else {
        heatmap
    })
}
