//! The matrix product in registers that the other kernels are built from.
//!
//! `C = A B` with `B` and `C` cut into *panels*: strips of [`PANEL`] columns that stand row after row. A small block of
//! `C` stays in registers while one column of `A` after the other, number by number, multiplies the row of `B` beside it.
//! Who packs a panel decides what the product means: see the products of a convolution.

#[cfg(target_arch = "x86_64")]
use super::simd::{Eight, Sixteen};
use super::simd::{Level, Plain, Vector};

/// Columns of a panel: three registers of AVX-512, six of AVX2.
pub(crate) const PANEL: usize = 48;

/// A view of the left matrix: element `(i, k)` stands at `data[rows(i) + cols(k)]`.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    pub data: &'a [f32],
    pub rows: Offsets<'a>,
    pub cols: Offsets<'a>,
}

/// Where the rows or the columns of a matrix begin.
#[derive(Clone, Copy)]
pub(crate) enum Offsets<'a> {
    /// At `0`, `n`, `2 n`, ...
    Every(usize),
    /// Anywhere, as a [`Table`] says.
    At(&'a [usize], Max),
}

/// The largest number of a [`Table`].
#[derive(Clone, Copy)]
pub(crate) struct Max(usize);

/// Offsets in any order.
pub(crate) struct Table {
    at: Vec<usize>,
    max: Max,
}

impl Table {
    pub fn new(at: Vec<usize>) -> Self {
        let max = Max(at.iter().max().copied().unwrap_or(0));
        Self { at, max }
    }

    /// The offsets from number `first` on.
    pub fn from(&self, first: usize) -> Offsets<'_> {
        Offsets::At(&self.at[first..], self.max)
    }

    pub fn as_slice(&self) -> &[usize] {
        &self.at
    }
}

impl Offsets<'_> {
    /// Not less than any of the first `n` offsets.
    fn max(&self, n: usize) -> usize {
        match self {
            Self::Every(step) => n.saturating_sub(1) * step,
            Self::At(at, max) => {
                assert!(n <= at.len(), "{n} offsets in a table of {}", at.len());
                max.0
            }
        }
    }

    fn raw(&self) -> (*const usize, usize) {
        match self {
            Self::Every(step) => (std::ptr::null(), *step),
            Self::At(at, _) => (at.as_ptr(), 0),
        }
    }
}

/// Where the product goes: element `(i, j)` to `data[i * row + j]`.
pub(crate) struct Out<'a> {
    pub data: &'a mut [f32],
    /// From one row to the next.
    pub row: usize,
    /// Whether the product is added to what stands there.
    pub add: bool,
}

/// `C = A B` or `C += A B`: `A` of `m` x `k`, a panel `B` of `k` rows of which the first `columns` are wanted.
///
/// Columns are computed in whole registers: `C` must have room for `columns` rounded up to a multiple of 16 in each row,
/// and what stands between is overwritten. `b` has `row_b` numbers from row to row, at least as many as that.
/// On one thread; the order of every sum depends on the sizes only.
pub(crate) fn product(level: Level, [m, k, columns]: [usize; 3], a: Left, b: &[f32], row_b: usize, c: Out) {
    if m == 0 || columns == 0 {
        return;
    }
    let width = columns.next_multiple_of(16);
    assert!(width <= PANEL, "{columns} columns in a panel");
    assert!(k == 0 || a.rows.max(m) + a.cols.max(k) < a.data.len(), "left matrix");
    assert!(k == 0 || (k - 1) * row_b + width <= b.len(), "panel");
    assert!((m - 1) * c.row + width <= c.data.len(), "result");
    let task = Task {
        m,
        k,
        width,
        a: a.data.as_ptr(),
        rows_a: a.rows.raw(),
        cols_a: a.cols.raw(),
        b: b.as_ptr(),
        row_b,
        c: c.data.as_mut_ptr(),
        row_c: c.row,
        add: c.add,
    };
    // SAFETY: the assertions above are what `Task::run` asks for; `Level::get` and `Level::available` name a level only
    // where the processor has its instructions.
    unsafe {
        match level {
            Level::Portable => task.portable(),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => task.avx2(),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => task.avx512(),
        }
    }
}

#[derive(Clone, Copy)]
struct Task {
    m: usize,
    k: usize,
    width: usize,
    a: *const f32,
    /// Offsets of rows and columns: a list, or null and a step.
    rows_a: (*const usize, usize),
    cols_a: (*const usize, usize),
    b: *const f32,
    row_b: usize,
    c: *mut f32,
    row_c: usize,
    add: bool,
}

impl Task {
    unsafe fn portable(self) {
        unsafe { self.run::<Plain, 4, 2>() }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn avx2(self) {
        unsafe { self.run::<Eight, 6, 2>() }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,avx512f")]
    unsafe fn avx512(self) {
        unsafe { self.run::<Sixteen, 8, 3>() }
    }

    /// Blocks of `M` rows and up to `N` registers of columns; fewer rows at the lower edge.
    ///
    /// # Safety
    /// For every `i < m`, `p < k`, `j < width`: `a + rows_a(i) + cols_a(p)`, `b + p * row_b + j` and
    /// `c + i * row_c + j` lie in their allocations; `width` is a multiple of 16; the processor has the instructions of `V`.
    #[inline(always)]
    unsafe fn run<V: Vector, const M: usize, const N: usize>(self) {
        let mut j = 0;
        while j < self.width {
            let registers = ((self.width - j) / V::LANES).min(N);
            unsafe {
                match registers {
                    3 if N >= 3 => self.rows::<V, M, 3>(j),
                    2 if N >= 2 => self.rows::<V, M, 2>(j),
                    _ => self.rows::<V, M, 1>(j),
                }
            }
            j += registers * V::LANES;
        }
    }

    #[inline(always)]
    unsafe fn rows<V: Vector, const M: usize, const N: usize>(self, j: usize) {
        let mut i = 0;
        unsafe {
            while i + M <= self.m {
                self.block::<V, M, N>(i, j);
                i += M;
            }
            if M > 4 && i + 4 <= self.m {
                self.block::<V, 4, N>(i, j);
                i += 4;
            }
            if i + 2 <= self.m {
                self.block::<V, 2, N>(i, j);
                i += 2;
            }
            if i < self.m {
                self.block::<V, 1, N>(i, j);
            }
        }
    }

    #[inline(always)]
    unsafe fn block<V: Vector, const M: usize, const N: usize>(self, i: usize, j: usize) {
        unsafe {
            if self.cols_a.0.is_null() {
                self.sums::<V, M, N, false>(i, j);
            } else {
                self.sums::<V, M, N, true>(i, j);
            }
        }
    }

    // Loops over constants that unroll into registers; iterators would hide which register is meant.
    #[expect(clippy::needless_range_loop)]
    #[inline(always)]
    unsafe fn sums<V: Vector, const M: usize, const N: usize, const LIST: bool>(self, i: usize, j: usize) {
        unsafe {
            let mut rows = [self.a; M];
            for m in 0..M {
                let (list, step) = self.rows_a;
                // Where nothing is summed up, nothing is read, and a row may begin anywhere.
                rows[m] = self.a.wrapping_add(if list.is_null() {
                    (i + m) * step
                } else {
                    *list.add(i + m)
                });
            }
            let mut sums = [[V::splat(0.0); N]; M];
            let mut b = self.b.wrapping_add(j);
            for k in 0..self.k {
                let at = if LIST { *self.cols_a.0.add(k) } else { k * self.cols_a.1 };
                let mut row = [V::splat(0.0); N];
                for n in 0..N {
                    row[n] = V::load(b.add(n * V::LANES));
                }
                for m in 0..M {
                    let left = V::splat(*rows[m].add(at));
                    for n in 0..N {
                        sums[m][n] = sums[m][n].mul_add(left, row[n]);
                    }
                }
                // The last step leaves the panel, and nothing is read there.
                b = b.wrapping_add(self.row_b);
            }
            for m in 0..M {
                let to = self.c.add((i + m) * self.row_c + j);
                for n in 0..N {
                    let to = to.add(n * V::LANES);
                    let sum = if self.add {
                        V::load(to).add(sums[m][n])
                    } else {
                        sums[m][n]
                    };
                    sum.store(to);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every level of this processor, odd sizes, both layouts of the left matrix, against the definition. The numbers are
    /// small integers, whose sums are exact in any order.
    #[test]
    fn agrees_with_the_definition_on_every_level() {
        for level in Level::available() {
            for (m, k, columns) in [
                (1, 1, 1),
                (3, 5, 16),
                (4, 0, 7),
                (7, 9, 17),
                (8, 2, 33),
                (13, 31, 48),
                (17, 20, 47),
            ] {
                let b: Vec<f32> = (0..k * 50 + 48).map(|i| (i * 53 % 13) as f32 - 6.0).collect();
                let a: Vec<f32> = (0..m * k * 3 + 1).map(|i| (i * 37 % 11) as f32 - 5.0).collect();
                let (by_row, by_col) = (Offsets::Every(k), Offsets::Every(1));
                let rows = Table::new((0..m).rev().map(|i| 2 * i * k).collect());
                let cols = Table::new((0..k).map(|p| (p * 7) % k).collect());
                let (some_rows, some_cols) = (rows.from(0), cols.from(0));
                let lefts = [
                    (by_row, by_col),
                    (Offsets::Every(1), Offsets::Every(m)),
                    (some_rows, by_col),
                    (by_row, some_cols),
                ];
                for ((rows, cols), add) in lefts.into_iter().flat_map(|left| [(left, false), (left, true)]) {
                    let mut c = vec![2.0; m * 49 + 48];
                    let out = Out {
                        data: &mut c,
                        row: 49,
                        add,
                    };
                    product(level, [m, k, columns], Left { data: &a, rows, cols }, &b, 50, out);
                    let at = |offsets: Offsets, i: usize| match offsets {
                        Offsets::Every(step) => i * step,
                        Offsets::At(at, _) => at[i],
                    };
                    for (i, j) in (0..m).flat_map(|i| (0..columns).map(move |j| (i, j))) {
                        let sum: f32 = (0..k).map(|p| a[at(rows, i) + at(cols, p)] * b[p * 50 + j]).sum();
                        let expected = if add { 2.0 + sum } else { sum };
                        assert_eq!(c[i * 49 + j], expected, "{level:?} {m} {k} {columns} at {i} {j}");
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "panel")]
    fn refuses_a_panel_that_is_too_short() {
        let left = Left {
            data: &[0.0; 4],
            rows: Offsets::Every(2),
            cols: Offsets::Every(1),
        };
        let out = Out {
            data: &mut [0.0; 96],
            row: 48,
            add: false,
        };
        product(Level::get(), [2, 2, 16], left, &[0.0; 47], 32, out);
    }

    #[test]
    #[should_panic(expected = "left matrix")]
    fn refuses_an_offset_beyond_the_matrix() {
        let (rows, cols) = (Table::new(vec![0, 3]), Table::new(vec![0, 1]));
        let left = Left {
            data: &[0.0; 4],
            rows: rows.from(0),
            cols: cols.from(0),
        };
        let out = Out {
            data: &mut [0.0; 96],
            row: 48,
            add: false,
        };
        product(Level::get(), [2, 2, 16], left, &[0.0; 64], 32, out);
    }
}
