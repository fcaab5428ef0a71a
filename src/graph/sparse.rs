//! Matrices that are mostly zeros, with their rows compressed.

use std::sync::{Arc, OnceLock};

use crate::{Error, Result};

/// A matrix that keeps only its entries: for each row the columns where something stands, in order, and what stands there.
///
/// Cheap to clone: the entries are shared. A row may be empty, and a matrix may have no rows. SciPy: `csr_matrix`; PyTorch:
/// `torch.sparse_csr_tensor`. Taught in notebook 20.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let a = SparseMatrix::new(2, 3, &[(1, 2, 0.5), (0, 0, 2.0), (1, 0, -1.0)])?;
/// assert_eq!(a.row(1), (&[0, 2][..], &[-1.0, 0.5][..]));
/// assert_eq!(a.to_dense(), [[2.0, 0.0, 0.0], [-1.0, 0.0, 0.5]].concat());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SparseMatrix {
    rows: usize,
    columns: usize,
    /// Where each row begins among the entries, and where the last one ends.
    starts: Arc<[usize]>,
    /// The column of each entry.
    places: Arc<[u32]>,
    values: Arc<[f32]>,
    turned: Arc<OnceLock<Turned>>,
}

/// The same entries column after column.
#[derive(Debug)]
pub(crate) struct Turned {
    pub starts: Vec<usize>,
    /// The row of each entry.
    pub rows: Vec<u32>,
    /// Which entry of the matrix it is.
    pub entries: Vec<u32>,
}

impl PartialEq for SparseMatrix {
    fn eq(&self, other: &Self) -> bool {
        (self.rows, self.columns) == (other.rows, other.columns)
            && self.starts == other.starts
            && self.places == other.places
            && self.values == other.values
    }
}

impl SparseMatrix {
    /// A matrix of `rows` x `columns` from entries `(row, column, value)` in any order.
    ///
    /// # Errors
    /// [`Error::Argument`] for an entry outside the matrix, for two entries in one place, and for a value that is NaN or
    /// infinite; for more than 2^32 columns or entries.
    pub fn new(rows: usize, columns: usize, entries: &[(usize, usize, f32)]) -> Result<Self> {
        let limit = u32::MAX as usize;
        if rows > limit || columns > limit || entries.len() > limit {
            return refuse(
                "sparse matrix",
                "fewer than 2^32 rows, columns and entries",
                "more".into(),
            );
        }
        for &(row, column, value) in entries {
            if row >= rows || column >= columns {
                return refuse(
                    "entry of a sparse matrix",
                    &format!("a row below {rows} and a column below {columns}, counted from 0"),
                    format!("row {row}, column {column}"),
                );
            }
            if !value.is_finite() {
                let what = format!("entry at row {row}, column {column} of a sparse matrix");
                return refuse(&what, "a finite number", value.to_string());
            }
        }
        let mut sorted = entries.to_vec();
        sorted.sort_by_key(|(row, column, _)| (*row, *column));
        if let Some(pair) = sorted
            .windows(2)
            .find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1))
        {
            let (row, column, _) = pair[0];
            return refuse(
                "entries of a sparse matrix",
                "at most one in each place; add up what belongs together",
                format!("two at row {row}, column {column}"),
            );
        }
        let mut starts = vec![0; rows + 1];
        sorted.iter().for_each(|(row, ..)| starts[row + 1] += 1);
        (0..rows).for_each(|row| starts[row + 1] += starts[row]);
        let places = sorted.iter().map(|(_, column, _)| *column as u32).collect();
        Ok(Self::of_parts(
            columns,
            starts,
            places,
            sorted.iter().map(|(.., v)| *v).collect(),
        ))
    }

    /// From rows that are known to be in order.
    pub(crate) fn of_parts(columns: usize, starts: Vec<usize>, places: Vec<u32>, values: Vec<f32>) -> Self {
        Self {
            rows: starts.len() - 1,
            columns,
            starts: starts.into(),
            places: places.into(),
            values: values.into(),
            turned: Arc::default(),
        }
    }

    /// The matrix that picks `rows` of one with `of` rows: row `i` holds a 1 at column `rows[i]`. A row may be picked twice.
    ///
    /// # Errors
    /// [`Error::Argument`] for a row that is not there.
    pub fn selection(rows: &[usize], of: usize) -> Result<Self> {
        let entries: Vec<_> = rows.iter().enumerate().map(|(i, row)| (i, *row, 1.0)).collect();
        Self::new(rows.len(), of, &entries)
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// How many entries there are.
    pub fn entries(&self) -> usize {
        self.values.len()
    }

    /// The columns of row `i` where something stands, and what.
    ///
    /// # Panics
    /// Where there is no such row, as with a slice.
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.starts[i]..self.starts[i + 1];
        (&self.places[range.clone()], &self.values[range])
    }

    /// The entries, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    pub(crate) fn starts(&self) -> &[usize] {
        &self.starts
    }

    pub(crate) fn places(&self) -> &[u32] {
        &self.places
    }

    /// The entries column after column: made when first asked for, then kept.
    pub(crate) fn turned(&self) -> &Turned {
        self.turned.get_or_init(|| {
            let mut starts = vec![0; self.columns + 1];
            self.places.iter().for_each(|column| starts[*column as usize + 1] += 1);
            (0..self.columns).for_each(|column| starts[column + 1] += starts[column]);
            let mut next = starts.clone();
            let (mut rows, mut entries) = (vec![0; self.places.len()], vec![0; self.places.len()]);
            for row in 0..self.rows {
                for entry in self.starts[row]..self.starts[row + 1] {
                    let place = &mut next[self.places[entry] as usize];
                    (rows[*place], entries[*place]) = (row as u32, entry as u32);
                    *place += 1;
                }
            }
            Turned { starts, rows, entries }
        })
    }

    /// The same places with other values.
    pub(crate) fn with_values(&self, values: Vec<f32>) -> Self {
        debug_assert_eq!(values.len(), self.values.len());
        Self {
            values: values.into(),
            ..self.clone()
        }
    }

    /// Each row divided by its sum; rows that are empty or sum to 0 stay as they are. PyTorch Geometric: `NormalizeFeatures`.
    #[must_use]
    pub fn row_normalized(&self) -> Self {
        let rows = (0..self.rows).flat_map(|i| {
            let (_, values) = self.row(i);
            let sum: f32 = values.iter().sum();
            values.iter().map(move |v| if sum == 0.0 { *v } else { v / sum })
        });
        self.with_values(rows.collect())
    }

    /// All numbers, zeros too, row after row.
    pub fn to_dense(&self) -> Vec<f32> {
        let mut dense = vec![0.0; self.rows * self.columns];
        for i in 0..self.rows {
            let (columns, values) = self.row(i);
            for (column, value) in columns.iter().zip(values) {
                dense[i * self.columns + *column as usize] = *value;
            }
        }
        dense
    }
}

/// An argument that is refused.
pub(super) fn refuse<R>(what: &str, expected: &str, got: String) -> Result<R> {
    Err(Error::Argument {
        what: what.into(),
        expected: expected.into(),
        got,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_checked() {
        let wrong = |entries: &[(usize, usize, f32)]| SparseMatrix::new(2, 3, entries).expect_err("wrong").to_string();
        assert!(wrong(&[(0, 3, 1.0)]).contains("row 0, column 3"));
        assert!(wrong(&[(2, 0, 1.0)]).contains("a row below 2"));
        assert!(wrong(&[(1, 1, f32::NAN)]).contains("finite"));
        assert!(wrong(&[(1, 1, 1.0), (0, 0, 1.0), (1, 1, 2.0)]).contains("two at row 1, column 1"));
        let empty = SparseMatrix::new(0, 0, &[]).expect("nothing");
        assert_eq!((empty.shape(), empty.entries(), empty.to_dense().len()), ((0, 0), 0, 0));
    }

    #[test]
    fn rows_sum_to_one_and_columns_come_back() {
        let a = SparseMatrix::new(3, 2, &[(0, 0, 1.0), (0, 1, 3.0), (2, 1, 5.0)]).expect("entries");
        assert_eq!(a.row_normalized().to_dense(), [0.25, 0.75, 0.0, 0.0, 0.0, 1.0]);
        let turned = a.turned();
        assert_eq!(
            (&turned.starts[..], &turned.rows[..], &turned.entries[..]),
            (&[0, 1, 3][..], &[0, 0, 2][..], &[0, 1, 2][..])
        );
        let picked = SparseMatrix::selection(&[2, 0, 2], 3).expect("rows");
        assert_eq!(picked.to_dense(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    }
}
