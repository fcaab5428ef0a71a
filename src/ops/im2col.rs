//! Images as matrices: `im2col` lays the patches under a sliding window out as columns, `col2im` adds them back.
//!
//! With the patches of one image as the columns of a matrix, a convolution is one matrix product. The two functions
//! are each other's transpose, which is why the gradient of one is the other.

use super::geometry::ConvGeometry;

/// `col[(c, ky, kx), (oy, ox)] = image[c, oy * s + ky * d - p, ox * s + kx * d - p]`, zero on padding.
///
/// `image` holds the planes of one group, `col` gets [`ConvGeometry::taps`] x `output_pixels` numbers.
pub(super) fn im2col(g: &ConvGeometry, image: &[f32], col: &mut [f32]) {
    for_each_row(g, |plane, row, inside, at, step| {
        let row = &mut col[row];
        match at {
            Some(at) => {
                row[..inside.start].fill(0.0);
                row[inside.end..].fill(0.0);
                let from = &image[plane + at..];
                let row = &mut row[inside];
                if step == 1 {
                    row.copy_from_slice(&from[..row.len()]);
                } else {
                    for (r, f) in row.iter_mut().zip(from.iter().step_by(step)) {
                        *r = *f;
                    }
                }
            }
            None => row.fill(0.0),
        }
    });
}

/// Adds every column of `col` back to the pixels that [`im2col`] took it from.
pub(super) fn col2im(g: &ConvGeometry, col: &[f32], image: &mut [f32]) {
    for_each_row(g, |plane, row, inside, at, step| {
        let Some(at) = at else { return };
        let row = &col[row][inside];
        let to = &mut image[plane + at..];
        if step == 1 {
            for (t, r) in to.iter_mut().zip(row) {
                *t += *r;
            }
        } else {
            for (t, r) in to.iter_mut().step_by(step).zip(row) {
                *t += *r;
            }
        }
    });
}

/// Walks the rows of the patch matrix in steps of one output line.
///
/// `f(plane, row, inside, at, step)`: `row` is the range of the line in the matrix; its part `inside` falls on
/// pixels `plane + at`, `plane + at + step`, ...; `at` is `None` where the whole line falls on padding.
fn for_each_row(
    g: &ConvGeometry,
    mut f: impl FnMut(usize, std::ops::Range<usize>, std::ops::Range<usize>, Option<usize>, usize),
) {
    let [rows, cols] = g.axes;
    let [out_h, out_w] = g.output;
    let mut start = 0;
    for c in 0..g.channels_per_group() {
        let plane = c * g.input_pixels();
        for ky in 0..rows.kernel {
            for kx in 0..cols.kernel {
                let inside = cols.inside(kx, g.input[1], out_w);
                let x = cols.input(inside.start, kx, g.input[1]).filter(|_| !inside.is_empty());
                for oy in 0..out_h {
                    let y = rows.input(oy, ky, g.input[0]);
                    let at = y.zip(x).map(|(y, x)| y * g.input[1] + x);
                    f(plane, start..start + out_w, inside.clone(), at, cols.stride);
                    start += out_w;
                }
            }
        }
    }
}
