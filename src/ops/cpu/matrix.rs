//! Products of whole matrices on one thread, for operations that share out their work themselves.

use super::simd::Level;
use super::tile::{Left, Offsets, Out, PANEL, Table, product};
use super::transpose::transpose;

/// The right matrix of a product, packed: strips of [`PANEL`] columns, padded with columns of zeros to whole registers.
pub(crate) struct Panels {
    data: Vec<f32>,
    rows: usize,
    columns: usize,
}

/// The next multiple of the numbers in a register.
pub(crate) fn padded(n: usize) -> usize {
    n.next_multiple_of(16)
}

impl Panels {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let columns = padded(columns);
        Self {
            data: vec![0.0; columns.div_ceil(PANEL) * rows * PANEL],
            rows,
            columns,
        }
    }

    /// Rows from `first` on become those of `matrix`, which has `columns` columns.
    pub fn set_rows(&mut self, first: usize, matrix: &[f32], columns: usize) {
        for (i, row) in matrix.chunks(columns.max(1)).enumerate() {
            for (panel, part) in row.chunks(PANEL).enumerate() {
                let at = (panel * self.rows + first + i) * PANEL;
                self.data[at..][..part.len()].copy_from_slice(part);
            }
        }
    }

    /// Columns from `first` on become the rows of `matrix`, which has as many columns as this matrix has rows.
    pub fn set_columns(&mut self, first: usize, matrix: &[f32]) {
        let length = self.rows.max(1);
        let (mut column, end) = (first, first + matrix.len() / length);
        while column < end {
            let n = (PANEL - column % PANEL).min(end - column);
            let from = &matrix[(column - first) * length..];
            let to = &mut self.data[column / PANEL * self.rows * PANEL + column % PANEL..];
            transpose(from, length, [n, self.rows], to, PANEL);
            column += n;
        }
    }

    /// `C = A B`, or `C += A B` with `add`: `m` rows of `A`; `C` has `row_c` numbers from row to row, at least as many as
    /// this matrix has columns with its padding.
    pub fn multiply(&self, m: usize, a: Left, c: &mut [f32], row_c: usize, add: bool) {
        if m == 0 || self.rows == 0 {
            if !add {
                c.fill(0.0);
            }
            return;
        }
        for (panel, b) in self.data.chunks(self.rows * PANEL).enumerate() {
            let first = panel * PANEL;
            let out = Out {
                data: &mut c[first..],
                row: row_c,
                add,
            };
            let columns = PANEL.min(self.columns - first);
            product(Level::get(), [m, self.rows, columns], a, b, PANEL, out);
        }
    }
}

/// `C = A B`, or `C += A B` with `adds`, for a right matrix that is not packed: `b` and `c` with the numbers from one row
/// to the next, in both at least `columns`, [`padded`]; what stands in the padding of `c` is overwritten.
pub(crate) fn multiply_plain(
    [m, k, columns]: [usize; 3],
    a: Left,
    (b, row_b): (&[f32], usize),
    (c, row_c): (&mut [f32], usize),
    adds: bool,
) {
    for first in (0..columns).step_by(PANEL) {
        let out = Out {
            data: &mut c[first..],
            row: row_c,
            add: adds,
        };
        let size = [m, k, PANEL.min(columns - first)];
        product(Level::get(), size, a, &b[first..], row_b, out);
    }
}

/// Rows of numbers: `row` from one to the next.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub data: &'a [f32],
    pub row: usize,
}

impl<'a> Rows<'a> {
    /// The rows as the left matrix of a product.
    pub fn left(self) -> Left<'a> {
        Left {
            data: self.data,
            rows: Offsets::Every(self.row),
            cols: Offsets::Every(1),
        }
    }
}

/// Rows that are multiplied before the next are looked at: both sides stay in the nearest cache.
const DEPTH: usize = 96;

/// `C += G^T X` over `k` rows of `G` and `X`: the gradient of weights. `C` is `m` x `columns` without gaps, `columns` being
/// [`padded`] and not more than the numbers of a row of `X`; row `i` of `C` belongs to column `places[first + i]` of `G`.
pub(crate) fn add_weight_gradient(
    k: usize,
    g: Rows,
    x: Rows,
    (places, first): (&Table, usize),
    columns: usize,
    c: &mut [f32],
) {
    let m = c.len() / columns;
    for start in (0..k).step_by(DEPTH) {
        let depth = DEPTH.min(k - start);
        let a = Left {
            data: &g.data[start * g.row..],
            rows: places.from(first),
            cols: Offsets::Every(g.row),
        };
        for column in (0..columns).step_by(PANEL) {
            let out = Out {
                data: &mut c[column..],
                row: columns,
                add: true,
            };
            let b = &x.data[start * x.row + column..];
            let size = [m, depth, PANEL.min(columns - column)];
            product(Level::get(), size, a, b, x.row, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize) -> Vec<f32> {
        (0..n).map(|i| (i * 37 % 11) as f32 - 5.0).collect()
    }

    /// Whole numbers, whose sums are exact, at sizes around the width of a panel.
    #[test]
    fn products_agree_with_the_definition() {
        for (m, k, n) in [(1, 1, 1), (3, 7, 16), (9, 5, 47), (16, 130, 50), (5, 3, 97)] {
            let (a, b) = (numbers(m * k), numbers(k * n + 3));
            let b = &b[3..];
            let mut turned = vec![0.0; n * k];
            for (i, j) in (0..k).flat_map(|i| (0..n).map(move |j| (i, j))) {
                turned[j * k + i] = b[i * n + j];
            }
            let (mut by_rows, mut by_columns) = (Panels::zeros(k, n), Panels::zeros(k, n));
            by_rows.set_rows(0, b, n);
            let half = n / 2;
            by_columns.set_columns(0, &turned[..half * k]);
            by_columns.set_columns(half, &turned[half * k..]);
            let (row, left) = (padded(n) + 2, Rows { data: &a, row: k }.left());
            let mut c = vec![1.0; m * row];
            by_rows.multiply(m, left, &mut c, row, false);
            by_columns.multiply(m, left, &mut c, row, true);
            let mut spaced = vec![0.0; k * row];
            for (to, from) in spaced.chunks_mut(row).zip(b.chunks(n)) {
                to[..n].copy_from_slice(from);
            }
            multiply_plain([m, k, n], left, (&spaced, row), (&mut c, row), true);
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let sum: f32 = (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum();
                assert_eq!(c[i * row + j], 3.0 * sum, "{m} {k} {n} at {i} {j}");
            }
        }
    }

    #[test]
    fn weight_gradients_agree_with_the_definition() {
        let (k, m, n, row) = (203, 5, 20, 7);
        let (g, x) = (numbers(k * row), numbers(k * 32));
        let places = Table::new(vec![0, 6, 1, 3, 2, 5]);
        let mut c = vec![0.5; m * 32];
        let [g, x] = [Rows { data: &g, row }, Rows { data: &x, row: 32 }];
        add_weight_gradient(k, g, x, (&places, 1), 32, &mut c);
        for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let place = places.as_slice()[1 + i];
            let sum: f32 = (0..k).map(|p| g.data[p * row + place] * x.data[p * 32 + j]).sum();
            assert_eq!(c[i * 32 + j], 0.5 + sum, "at {i} {j}");
        }
    }
}
