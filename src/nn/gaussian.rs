//! Codes that are not a point but a bell: what a variational autoencoder adds to an autoencoder.

use dfdx::prelude::*;

use crate::device::Dev;
use crate::{Error, Result};

/// A batch of codes of `L` numbers each.
type Codes<const L: usize, T> = Tensor<(usize, Const<L>), f32, Dev, T>;

/// A draw from the normal distributions with these means and logarithms of the variances, `(B, L)` each, as a function of
/// them: `mean + exp(log_var / 2) * noise`, with the `noise` drawn from a standard normal, `(B, L)`.
///
/// A draw itself has no slope. Here the chance lies in `noise`, outside, and the tape reaches both parameters. Kingma and
/// Welling, *Auto-Encoding Variational Bayes*, 2014, section 2.4. PyTorch: `torch.distributions.Normal(mean, std).rsample()`.
/// Taught in notebook 17.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let dev = device(0)?;
/// let bell = |values: [f32; 2]| dev.tensor_from_vec(values.to_vec(), (1, Const::<2>));
/// let code = nn::reparametrize(bell([1.0, 2.0]), bell([0.0, 0.0]), bell([0.5, -1.0]))?;
/// assert_eq!(code.as_vec(), [1.5, 1.0]);
/// # Ok(())
/// # }
/// # use gradus::nn;
/// ```
///
/// # Errors
/// [`Error::Argument`] where the numbers of rows differ.
pub fn reparametrize<const L: usize, T: Tape<f32, Dev> + Merge<R>, R: Tape<f32, Dev>>(
    mean: Codes<L, T>,
    log_var: Codes<L, R>,
    noise: Codes<L, NoneTape>,
) -> Result<Codes<L, T>> {
    same_rows(mean.shape().0, log_var.shape().0, "log variances")?;
    same_rows(mean.shape().0, noise.shape().0, "noise")?;
    let deviation = log_var.try_mul(0.5)?.try_exp()?;
    Ok(mean.try_add(deviation.try_mul(noise)?)?)
}

/// How far each unit's normal distribution is from a standard normal: the Kullback-Leibler divergence
/// `(mean^2 + exp(log_var) - 1 - log_var) / 2` in nats, for each sample and unit, `(B, L)`. It is 0 only where a unit answers
/// with the standard normal itself.
///
/// Sum it over the units and take the mean over the batch for the second term of a variational autoencoder's loss. Kingma and
/// Welling, *Auto-Encoding Variational Bayes*, 2014, appendix B. PyTorch:
/// `torch.distributions.kl_divergence(Normal(mean, std), Normal(0, 1))`. Taught in notebook 17.
///
/// # Errors
/// [`Error::Argument`] where the numbers of rows differ.
pub fn gaussian_kl<const L: usize, T: Tape<f32, Dev> + Merge<R>, R: Tape<f32, Dev> + Merge<R>>(
    mean: Codes<L, T>,
    log_var: Codes<L, R>,
) -> Result<Codes<L, T>> {
    same_rows(mean.shape().0, log_var.shape().0, "log variances")?;
    let variance = log_var.with_empty_tape().try_exp()?;
    let spread = variance.try_sub(log_var)?.try_sub(1.0)?;
    Ok(mean.try_square()?.try_add(spread)?.try_mul(0.5)?)
}

fn same_rows(means: usize, others: usize, what: &str) -> Result<()> {
    if means == others {
        return Ok(());
    }
    Err(Error::Argument {
        what: format!("{what} of a batch of codes"),
        expected: format!("{means} rows, as many as there are means"),
        got: others.to_string(),
    })
}
