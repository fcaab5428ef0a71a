//! Rows of a table, looked up by their numbers: what turns names into vectors.

pub(super) mod composed;
pub(super) mod cpu;
pub(super) mod places;

use std::sync::Arc;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// For each id its row of the table: `(B, T)` ids to `(B, T, N)`, with `weight` `(V, N)`.
///
/// Ids are whole numbers from 0 to `V - 1` that travel as f32, as all batches do: exact below 2^24. The row of `padding`,
/// if there is one, gets no gradient. PyTorch: `torch.nn.functional.embedding(ids, weight, padding_idx)`. Taught in notebook
/// 14.
///
/// # Errors
/// [`Error::Argument`] for an id that is not a row of the table; it names the id and where it stands.
pub fn embedding<B: Dim, S: Dim, const V: usize, const N: usize, D: Kernels, T: Tape<f32, D>>(
    ids: Tensor<(B, S), f32, D, T>,
    weight: &Tensor<Rank2<V, N>, f32, D>,
    padding: Option<usize>,
) -> Result<Tensor<(B, S, Const<N>), f32, D, T>> {
    let (b, s) = *ids.shape();
    let sizes = [b.size(), s.size(), N];
    let rows: Arc<[usize]> = rows(&ids.as_vec(), sizes[1], V)?.into();
    let run = || -> Result<_, D::Err> {
        let ids = ids.try_reshape_like(&(rows.len(),))?;
        let weight = weight.clone().try_reshape_like(&(V, N))?;
        let y = D::embedding(ids, rows, weight, padding)?;
        let name = format_args!("Embedding<{V}, {N}>");
        if probe::watching() {
            probe::see(&name, &sizes, false, &y.as_vec());
        }
        trace::keep(&name, &sizes, false, y)?.try_reshape_like(&(b, s, Const))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The ids as rows of a table of `vocabulary`. Not generic, so that it is not compiled in a cell.
fn rows(ids: &[f32], steps: usize, vocabulary: usize) -> Result<Vec<usize>> {
    let row = |(place, id): (usize, &f32)| {
        // As a number of type usize, what is negative or NaN is 0, and a fraction is cut off.
        let row = *id as usize;
        if row < vocabulary && row as f32 == *id {
            return Ok(row);
        }
        Err(Error::Argument {
            what: format!(
                "token id at step {} of sequence {}",
                place % steps.max(1),
                place / steps.max(1)
            ),
            expected: format!(
                "a whole number from 0 to {}, for a vocabulary of {vocabulary}",
                vocabulary.saturating_sub(1)
            ),
            got: id.to_string(),
        })
    };
    ids.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_no_rows_are_refused_by_name() {
        assert_eq!(rows(&[0.0, 4.0, 2.0], 3, 5).expect("ids"), [0, 4, 2]);
        for wrong in [5.0, -1.0, 0.5, f32::NAN, f32::INFINITY, -0.5] {
            let error = rows(&[0.0, 1.0, 2.0, wrong], 2, 5).expect_err("no row").to_string();
            assert!(error.contains("step 1 of sequence 1"), "{error}");
            assert!(
                error.contains("0 to 4") && error.contains(&wrong.to_string()),
                "{error}"
            );
        }
    }
}
