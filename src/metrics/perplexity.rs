//! How many choices a language model seems to have.

use crate::{Error, Result};

/// The exponential of the mean of `losses`, the `-log(p)` of each token in natural logarithms: among how many equally likely
/// tokens the model seems to choose. 1 is certainty; a model that knows nothing has as many as there are tokens. A token with
/// probability 0 makes it infinite.
///
/// It serves any model that says how likely a token is, a table of n-grams too. torcheval: `torcheval.metrics.Perplexity`.
/// Taught in notebook 15.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let losses = [0.5_f64, 0.25, 0.125].map(|p| -p.ln());
/// assert!((metrics::perplexity(&losses)? - 4.0).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Argument`] where there is no token, or where a loss is NaN or below 0: the logarithm of no probability.
pub fn perplexity(losses: &[f64]) -> Result<f64> {
    let wrong = losses
        .iter()
        .enumerate()
        .find(|(_, loss)| loss.is_nan() || **loss < 0.0);
    let got = match wrong {
        Some((i, loss)) => format!("{loss} for token {i}"),
        None if losses.is_empty() => "no token".into(),
        None => return Ok((losses.iter().sum::<f64>() / losses.len() as f64).exp()),
    };
    Err(Error::Argument {
        what: "losses for a perplexity".into(),
        expected: "-log(p) of at least one token, not below 0".into(),
        got,
    })
}
