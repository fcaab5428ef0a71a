//! Rows become columns: several kernels need a part of a matrix turned before the product can read it in one go.

#[cfg(target_arch = "x86_64")]
use super::simd::Level;

/// Side of the squares that are turned in registers.
const SIDE: usize = 8;

/// `to[j * row_to + i] = from[i * row_from + j]` for a matrix of `rows` x `columns`.
pub(crate) fn transpose(from: &[f32], row_from: usize, size: [usize; 2], to: &mut [f32], row_to: usize) {
    let [rows, columns] = size;
    if rows == 0 || columns == 0 {
        return;
    }
    assert!((rows - 1) * row_from + columns <= from.len(), "source");
    assert!((columns - 1) * row_to + rows <= to.len(), "target");
    let whole = size.map(|n| n - n % SIDE);
    squares(from, row_from, whole, to, row_to);
    // What is left on the right and below.
    for i in 0..rows {
        for j in if i < whole[0] { whole[1] } else { 0 }..columns {
            to[j * row_to + i] = from[i * row_from + j];
        }
    }
}

/// The same for sizes that are multiples of [`SIDE`], within the bounds that [`transpose`] asserts.
fn squares(from: &[f32], row_from: usize, [rows, columns]: [usize; 2], to: &mut [f32], row_to: usize) {
    for i in (0..rows).step_by(SIDE) {
        #[cfg(target_arch = "x86_64")]
        if Level::get() >= Level::Avx2 {
            // SAFETY: the processor has AVX2. `transpose` asserted that the last row, `rows - 1`, lies in `from` and the
            // last column in `to`, so each of the squares of these eight rows does.
            unsafe { x86::row_of_squares(&from[i * row_from..], row_from, columns, &mut to[i..], row_to) };
            continue;
        }
        for j in (0..columns).step_by(SIDE) {
            for (k, l) in (0..SIDE).flat_map(|k| (0..SIDE).map(move |l| (k, l))) {
                to[(j + k) * row_to + i + l] = from[(i + l) * row_from + j + k];
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::SIDE;

    /// Turns `columns / 8` squares of 8 x 8 that stand side by side in `from`, one below the other in `to`.
    ///
    /// # Safety
    /// The processor has AVX2; `columns` is a multiple of 8, `7 * row_from + columns <= from.len()` and
    /// `(columns - 1) * row_to + 8 <= to.len()`.
    #[target_feature(enable = "avx2")]
    pub unsafe fn row_of_squares(from: &[f32], row_from: usize, columns: usize, to: &mut [f32], row_to: usize) {
        for j in (0..columns).step_by(SIDE) {
            // SAFETY: eight numbers from `k * row_from + j` on for `k < 8`, and from `(j + k) * row_to` on: both inside by
            // the promise above.
            unsafe {
                let (from, to) = (from.as_ptr().add(j), to.as_mut_ptr().add(j * row_to));
                let row = |k: usize| _mm256_loadu_ps(from.add(k * row_from));
                // Pairs of rows, then fours, then eights.
                let quarter = |a: __m256, b: __m256, c: __m256, d: __m256| {
                    let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
                    let (ab_high, cd_high) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
                    [
                        _mm256_shuffle_ps::<0x44>(ab, cd),
                        _mm256_shuffle_ps::<0xee>(ab, cd),
                        _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
                        _mm256_shuffle_ps::<0xee>(ab_high, cd_high),
                    ]
                };
                let upper = quarter(row(0), row(1), row(2), row(3));
                let lower = quarter(row(4), row(5), row(6), row(7));
                for k in 0..4 {
                    let (low, high) = (
                        _mm256_permute2f128_ps::<0x20>(upper[k], lower[k]),
                        _mm256_permute2f128_ps::<0x31>(upper[k], lower[k]),
                    );
                    _mm256_storeu_ps(to.add(k * row_to), low);
                    _mm256_storeu_ps(to.add((k + 4) * row_to), high);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_definition_at_odd_sizes() {
        for (rows, columns) in [(1, 1), (8, 8), (7, 9), (16, 24), (17, 31), (48, 16), (3, 40), (40, 5)] {
            let (row_from, row_to) = (columns + 3, rows + 2);
            let from: Vec<f32> = (0..(rows - 1) * row_from + columns).map(|i| i as f32 + 1.0).collect();
            let mut to = vec![0.0; (columns - 1) * row_to + rows];
            transpose(&from, row_from, [rows, columns], &mut to, row_to);
            for (at, value) in to.iter().enumerate() {
                let (j, i) = (at / row_to, at % row_to);
                // Between the columns nothing is written.
                let expected = if i < rows { from[i * row_from + j] } else { 0.0 };
                assert_eq!(*value, expected, "{rows} x {columns} at {i}, {j}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "target")]
    fn refuses_a_target_that_is_too_short() {
        transpose(&[0.0; 64], 8, [8, 8], &mut [0.0; 63], 8);
    }
}
