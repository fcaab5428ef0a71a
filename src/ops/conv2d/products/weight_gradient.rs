//! The product of results and patches, summed over the batch: the gradient of the filters.

use super::depthwise;
use crate::ops::cpu::{
    Left, Level, Out, PANEL, Patches, Pieces, add, for_each_part, made_in_parts, part_size, product, transpose,
    with_scratch,
};
use crate::ops::geometry::ConvGeometry;

/// `dweight[o, c, k, l] += sum over b, i, j of small[b, o, i, j] * large[b, c, i*s + k*d - p, j*s + l*d - p]`.
pub(crate) fn weight_gradient(g: &ConvGeometry, large: &[f32], small: &[f32], dweight: &mut [f32]) {
    if large.is_empty() || small.is_empty() {
        return;
    }
    if depthwise::fits(g) {
        return depthwise::weight_gradient(g, large, small, dweight);
    }
    let patches = Patches::new(g);
    let (taps, filters) = (g.taps(), g.filters_per_group());
    // A sum per part of the batch, (group, tap, filter) with the filters in whole registers, then the sum of those.
    let width = filters.next_multiple_of(16);
    let size = g.groups * taps * width;
    let part = part_size(g.batch);
    let (image, result) = (g.channels * g.input_pixels(), g.filters * g.output_pixels());
    let sums = made_in_parts(g.batch.div_ceil(part) * size, size, |i, sum| {
        for b in i * part..g.batch.min((i + 1) * part) {
            let (large, small) = (&large[b * image..][..image], &small[b * result..][..result]);
            for (group, sum) in sum.chunks_mut(taps * width).enumerate() {
                weight_gradient_group(g, &patches, group, large, small, sum);
            }
        }
    });
    // The sums have the taps as rows, the weights have the filters: some filters at a time.
    const FILTERS: usize = 8;
    let rows = Pieces::new(dweight, filters * taps);
    let blocks = filters.div_ceil(FILTERS);
    for_each_part(g.groups * blocks, |part| {
        let (group, first) = (part / blocks, part % blocks * FILTERS);
        let n = FILTERS.min(filters - first);
        with_scratch(n * taps, |turned| {
            for sum in sums.chunks(size) {
                transpose(&sum[group * taps * width + first..], width, [taps, n], turned, taps);
                add(&mut rows.lock(group)[first * taps..][..n * taps], turned);
            }
        });
    });
}

/// Pixels that are summed over at once.
const PIXELS: usize = 256;

/// Adds the share of one group of one image to `sum`, `(taps, width)`.
fn weight_gradient_group(
    g: &ConvGeometry,
    patches: &Patches,
    group: usize,
    large: &[f32],
    small: &[f32],
    sum: &mut [f32],
) {
    let (taps, filters, pixels) = (g.taps(), g.filters_per_group(), g.output_pixels());
    let width = sum.len() / taps;
    let planes = g.channels_per_group() * g.input_pixels();
    with_scratch(patches.padded_len(), |padded| {
        patches.pad(&large[group * planes..][..planes], patches.all(), padded);
        with_scratch(PIXELS * width, |turned| {
            turned.fill(0.0);
            for start in (0..pixels).step_by(PIXELS) {
                let n = PIXELS.min(pixels - start);
                let from = &small[group * filters * pixels + start..];
                transpose(from, pixels, [filters, n], turned, width);
                let left = Left {
                    data: padded,
                    rows: patches.taps.from(0),
                    cols: patches.pixels.from(start),
                };
                for first in (0..filters).step_by(PANEL) {
                    let size = [taps, n, PANEL.min(filters - first)];
                    let out = Out {
                        data: &mut sum[first..],
                        row: width,
                        add: true,
                    };
                    product(Level::get(), size, left, &turned[first..], width, out);
                }
            }
        });
    });
}
