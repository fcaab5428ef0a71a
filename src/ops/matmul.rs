//! The matrix product inside the convolution kernels.

use gemm::Parallelism;

/// A matrix of `rows` x `cols` numbers in a slice, with the distance between rows and between columns.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<'a> Matrix<'a> {
    /// The matrix whose rows stand one after the other in `data`.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        assert!(
            data.len() >= rows * cols,
            "matrix of {rows} x {cols} in {} numbers",
            data.len()
        );
        Self {
            data,
            rows,
            cols,
            row_stride: cols,
            col_stride: 1,
        }
    }

    /// `count` columns from column `first` on.
    pub fn columns(self, first: usize, count: usize) -> Self {
        assert!(
            self.col_stride == 1 && first + count <= self.cols,
            "columns of a row-major matrix"
        );
        let cols = count;
        let data = &self.data[first..];
        Self { data, cols, ..self }
    }

    /// The same numbers, rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }
}

/// `out = a b`, or `out += a b` with `accumulate`; `out` is row-major, `a.rows` x `b.cols`. Runs on one thread.
pub(super) fn matmul(out: &mut [f32], accumulate: bool, a: Matrix, b: Matrix) {
    let (m, k, n) = (a.rows, a.cols, b.cols);
    assert_eq!(k, b.rows, "inner sizes of a matrix product");
    assert!(out.len() >= m * n, "product of {m} x {n} in {} numbers", out.len());
    // SAFETY: `Matrix::new` made sure that every element of `a` and of `b` lies inside its slice; transposing only
    // exchanges the strides, and `columns` moves the start forward by as much as it shortens the rows; `out` was checked above to hold `m * n` numbers, which is all that strides (n, 1) reach.
    // `out` is a unique borrow, so it overlaps neither input.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            a.data.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            if accumulate { 1.0 } else { 0.0 },
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Odd sizes, both transpositions, with and without accumulation, against the definition.
    #[test]
    fn agrees_with_the_definition() {
        for (m, k, n) in [(1, 1, 1), (1, 7, 3), (3, 1, 5), (5, 9, 1), (17, 13, 19), (33, 65, 31)] {
            let a: Vec<f32> = (0..m * k).map(|i| ((i * 37 % 11) as f32) - 5.0).collect();
            let b: Vec<f32> = (0..k * n).map(|i| ((i * 53 % 13) as f32) - 6.0).collect();
            let transpose = |x: &[f32], rows: usize, cols: usize| -> Vec<f32> {
                (0..rows * cols).map(|i| x[(i % rows) * cols + i / rows]).collect()
            };
            let (at, bt) = (transpose(&a, m, k), transpose(&b, k, n));
            let expected: Vec<f32> = (0..m * n)
                .map(|i| (0..k).map(|p| a[i / n * k + p] * b[p * n + i % n]).sum())
                .collect();
            let mut out = vec![f32::NAN; m * n];
            matmul(&mut out, false, Matrix::new(&a, m, k), Matrix::new(&b, k, n));
            assert_eq!(out, expected);
            let (at, bt) = (Matrix::new(&at, k, m).transposed(), Matrix::new(&bt, n, k).transposed());
            matmul(&mut out, true, at, bt);
            let doubled: Vec<f32> = expected.iter().map(|v| 2.0 * v).collect();
            assert_eq!(out, doubled);
        }
    }
}
