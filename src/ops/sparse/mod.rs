//! Products with sparse matrices: what passes messages along the edges of a graph.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use super::kernels::Kernels;
use super::tensors::Tensor1;
use crate::graph::{Graph, SparseMatrix};
use crate::{Error, Result};

/// `A x`: row `i` of the result is the sum of the rows of `x` that row `i` of `A` names, each times its entry. `(M, N)` times
/// `(N, F)` is `(M, F)`.
///
/// With the adjacency matrix of a graph each node gets the sum over its neighbours, with [`Graph::mean`](crate::graph::Graph::mean)
/// their mean, with a [selection](SparseMatrix::selection) some rows are picked. The entries of `A` get no gradient here: see
/// [`aggregate_weighted`]. PyTorch: `torch.sparse.mm(a, x)`. Taught in notebook 20.
///
/// # Errors
/// [`Error::Shape`] where `x` has not as many rows as `A` has columns.
pub fn aggregate<N: Dim, F: Dim, D: Kernels, T: Tape<f32, D>>(
    a: &SparseMatrix,
    x: Tensor<(N, F), f32, D, T>,
) -> Result<Tensor<(usize, F), f32, D, T>> {
    let (n, f) = *x.shape();
    fits(a, n.size())?;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(n.size(), f.size()))?;
        let y = D::sparse_product(a, None, x, None, false)?;
        y.try_reshape_like(&(a.shape().0, f))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The same with `weights` in the place of the entries of `A`, row after row as [`SparseMatrix::values`] has them: `(E,)`. They
/// get a gradient: `dy[i] . x[j]` for the entry at row `i`, column `j`. The tape is that of the weights.
///
/// Taught in notebook 20.
///
/// # Errors
/// [`Error::Shape`] where `x` has not as many rows as `A` has columns, or there is not one weight for each entry.
pub fn aggregate_weighted<E: Dim, N: Dim, F: Dim, D: Kernels, T: Tape<f32, D>>(
    a: &SparseMatrix,
    weights: Tensor<(E,), f32, D, T>,
    x: &Tensor<(N, F), f32, D>,
) -> Result<Tensor<(usize, F), f32, D, T>> {
    let (n, f) = *x.shape();
    fits(a, n.size())?;
    let (weights, tape) = one_each(a, weights)?;
    let run = || -> Result<_, D::Err> {
        let x = x.clone().try_reshape_like(&(n.size(), f.size()))?;
        let y = D::sparse_product(a, Some(weights), x.put_tape(tape), None, false)?;
        y.try_reshape_like(&(a.shape().0, f))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// `X W^T` for a sparse `X` of `(B, I)`, such as bags of words, and `weight` `(O, I)`: `(B, O)`. `values` `(E,)` stand in the
/// place of the entries of `X`, so that dropout can act on them; they carry the tape and get a gradient.
///
/// PyTorch: `torch.sparse.mm(x, weight.T)`. Taught in notebook 20.
///
/// # Errors
/// [`Error::Shape`] where `X` has not `I` columns, or there is not one value for each entry.
pub fn sparse_linear<E: Dim, const I: usize, const O: usize, D: Kernels, T: Tape<f32, D>>(
    x: &SparseMatrix,
    values: Tensor<(E,), f32, D, T>,
    weight: &Tensor<Rank2<O, I>, f32, D>,
) -> Result<Tensor<(usize, Const<O>), f32, D, T>> {
    fits(x, I)?;
    let (values, tape) = one_each(x, values)?;
    let run = || -> Result<_, D::Err> {
        let weight = weight.clone().try_reshape_like(&(O, I))?;
        let y = D::sparse_product(x, Some(values), weight.put_tape(tape), None, true)?;
        y.try_reshape_like(&(x.shape().0, Const))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// [`aggregate`] with `bias` `(F,)` added to each row.
pub(crate) fn aggregate_biased<N: Dim, const F: usize, D: Kernels, T: Tape<f32, D>>(
    a: &SparseMatrix,
    x: Tensor<(N, Const<F>), f32, D, T>,
    bias: &Tensor<Rank1<F>, f32, D>,
) -> Result<Tensor<(N, Const<F>), f32, D, T>> {
    let n = x.shape().0;
    square(a, n.size())?;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(n.size(), F))?;
        let bias = bias.clone().try_reshape_like(&(F,))?;
        D::sparse_product(a, None, x, Some(bias), false)?.try_reshape_like(&(n, Const))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The largest number of each column among the rows of `x` that row `i` of `A` names; 0 where it names none. What the entries
/// are does not matter. `(N, F)` to `(M, F)`; the gradient goes to the first row that had the number.
///
/// PyTorch: `scatter_reduce` with `"amax"`. Taught in notebook 20.
///
/// # Errors
/// [`Error::Shape`] where `x` has not as many rows as `A` has columns.
pub fn aggregate_max<N: Dim, F: Dim, D: Kernels, T: Tape<f32, D>>(
    a: &SparseMatrix,
    x: Tensor<(N, F), f32, D, T>,
) -> Result<Tensor<(usize, F), f32, D, T>> {
    let (n, f) = *x.shape();
    fits(a, n.size())?;
    let run = || -> Result<_, D::Err> {
        let y = D::sparse_max(a, x.try_reshape_like(&(n.size(), f.size()))?, false)?;
        y.try_reshape_like(&(a.shape().0, f))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// How far the largest neighbour of each node stands above it, number by number: `max over j of x[j] - x[i]`. `(N, F)` to the
/// same; 0 for a node that hears nobody.
///
/// Li et al. 2019, *DeepGCNs*, arXiv:1904.03751, which vision graph networks took over. Taught in notebook 20.
///
/// # Errors
/// [`Error::Shape`] where `x` has not one row for each node.
pub fn max_relative<N: Dim, F: Dim, D: Kernels, T: Tape<f32, D>>(
    graph: &Graph,
    x: Tensor<(N, F), f32, D, T>,
) -> Result<Tensor<(N, F), f32, D, T>> {
    let (n, f) = *x.shape();
    square(graph.adjacency(), n.size())?;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(n.size(), f.size()))?;
        D::sparse_max(graph.adjacency(), x, true)?.try_reshape_like(&(n, f))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// Values of entries as the kernels take them.
fn one_each<E: Dim, D: Kernels, T: Tape<f32, D>>(
    a: &SparseMatrix,
    values: Tensor<(E,), f32, D, T>,
) -> Result<(Tensor1<D>, T)> {
    let n = values.shape().0.size();
    if n != a.entries() {
        return Err(Error::Shape {
            layer: "product with a sparse matrix".into(),
            expected: format!("one value for each of the {} entries", a.entries()),
            got: format!("{n}"),
        });
    }
    let values = values
        .try_reshape_like(&(n,))
        .map_err(|error| Error::Dfdx(error.to_string()))?;
    Ok(values.split_tape())
}

/// Whether `A` has a column for each of the `rows` of `x`.
fn fits(a: &SparseMatrix, rows: usize) -> Result<()> {
    let (m, n) = a.shape();
    if n == rows {
        return Ok(());
    }
    Err(Error::Shape {
        layer: "product with a sparse matrix".into(),
        expected: format!("{n} rows, one for each column of the matrix of {m} x {n}"),
        got: format!("{rows} rows"),
    })
}

/// Whether `A` is the matrix of a graph with a node for each of the `rows` of `x`.
pub(crate) fn square(a: &SparseMatrix, rows: usize) -> Result<()> {
    let (m, n) = a.shape();
    if (m, n) == (rows, rows) {
        return Ok(());
    }
    Err(Error::Shape {
        layer: "layer on a graph".into(),
        expected: format!("a graph and one row of numbers for each of its nodes, so a matrix of {rows} x {rows}"),
        got: format!("a matrix of {m} x {n}, and {rows} rows"),
    })
}
