//! The three products behind every convolution.
//!
//! With the patches of an image as the columns of a matrix `P` (`im2col`), a convolution is one matrix product, and so
//! are its gradients:
//!
//! | function | computes | for a convolution | for a transposed one |
//! |---|---|---|---|
//! | [`correlate`] | `small = W P(large)` | forward | gradient of the input |
//! | [`spread`] | `large += P^T(W^T small)` | gradient of the input | forward |
//! | [`weight_gradient`] | `dW += small P(large)^T` | gradient of the weight | gradient of the weight |
//!
//! `large` is `(B, C, H, W)` and `small` `(B, O, Ho, Wo)` of a [`ConvGeometry`]; `W` is `(O, C / groups, KH, KW)`.
//! `P` never exists as a whole: panels of [`PANEL`] pixels are made, used and forgotten, and stay in the cache.

use std::ops::Range;

use super::depthwise;
use super::geometry::{Axis, ConvGeometry};
use super::parallel::{Pieces, for_each_part, made_in_parts, part_size, with_scratch};
use super::patches::Patches;
use super::simd::{Level, widened};
use super::tile::{Left, Offsets, Out, PANEL, product};
use super::transpose::transpose;

/// Filters that the matrix product works on at once.
const ROWS: usize = 8;

/// What becomes of each number that [`correlate`] computed.
#[derive(Clone, Copy)]
pub(super) enum Then<'a> {
    /// `small = value + bias[o]`, or the larger of that and zero. Without a bias where there is none.
    Store { bias: Option<&'a [f32]>, relu: bool },
    /// `small += value`.
    Add,
}

/// `small[b, o, i, j] = sum over c, k, l of weight[o, c, k, l] * large[b, c, i*s + k*d - p, j*s + l*d - p]`, and `then`.
pub(super) fn correlate(g: &ConvGeometry, large: &[f32], weight: &[f32], then: Then, small: &mut [f32]) {
    if small.is_empty() {
        return;
    }
    if depthwise::fits(g) {
        return depthwise::correlate(g, large, weight, then, small);
    }
    let correlation = Correlation::new(g, large, weight, then);
    // One image per part; a few large images are cut further, or the other cores would have nothing to do.
    let panels = &correlation.panels;
    let products = g.filters * g.taps() * g.output_pixels();
    let cuts = if products < SMALL {
        1
    } else {
        (WHOLE / g.batch).clamp(1, panels.len())
    };
    let share = panels.len().div_ceil(cuts);
    let results = Pieces::new(small, g.filters * g.output_pixels());
    for_each_part(g.batch * cuts, |part| {
        let (b, cut) = (part / cuts, part % cuts);
        let panels = panels.chunks(share).nth(cut).unwrap_or(&[]);
        correlation.run(b, panels, &results, b);
    });
}

/// Images from which on each is the work of one thread.
const WHOLE: usize = 8;

/// Multiplications of an image that are over before another core would have begun to help.
const SMALL: usize = 1 << 22;

/// [`correlate`] into new memory.
pub(super) fn correlated(g: &ConvGeometry, large: &[f32], weight: &[f32], then: Then) -> Vec<f32> {
    let image = g.filters * g.output_pixels();
    if depthwise::fits(g) && image > 0 {
        return depthwise::correlated(g, large, weight, then);
    }
    if g.batch < WHOLE || image == 0 {
        let mut small = vec![0.0; g.batch * image];
        correlate(g, large, weight, then, &mut small);
        return small;
    }
    let correlation = Correlation::new(g, large, weight, then);
    made_in_parts(g.batch * image, image, |b, small| {
        correlation.run(b, &correlation.panels, &Pieces::new(small, image), 0);
    })
}

/// All that the parts of [`correlate`] share.
struct Correlation<'a> {
    g: &'a ConvGeometry,
    large: &'a [f32],
    patches: Patches,
    filters: Filters,
    panels: Vec<Range<usize>>,
    then: Then<'a>,
}

impl<'a> Correlation<'a> {
    fn new(g: &'a ConvGeometry, large: &'a [f32], weight: &[f32], then: Then<'a>) -> Self {
        let patches = Patches::new(g);
        Self {
            g,
            large,
            panels: patches.panels().collect(),
            patches,
            filters: Filters::pack(g, weight),
            then,
        }
    }

    /// The panels `panels` of image `b`. Its planes are piece `at` of `results`.
    fn run(&self, b: usize, panels: &[Range<usize>], results: &Pieces<f32>, at: usize) {
        let g = self.g;
        let (image, planes) = (g.channels * g.input_pixels(), g.channels_per_group() * g.input_pixels());
        for group in 0..g.groups {
            let planes = &self.large[b * image + group * planes..][..planes];
            let put = |first: usize, pixels: &Range<usize>, rows: &[f32]| {
                let mut small = results.lock(at);
                for (i, row) in rows.chunks(PANEL).enumerate() {
                    let o = group * g.filters_per_group() + first + i;
                    let at = o * g.output_pixels() + pixels.start;
                    finish(&mut small[at..at + pixels.len()], row, self.then, o);
                }
            };
            self.filters.apply(&self.patches, group, planes, panels, put);
        }
    }
}

/// Filters, packed as the product wants to read them.
///
/// A register holds either one number of many filters or many pixels of one filter. The first needs no copy of the
/// patches: the product picks the pixels from the padded image one by one. But it computes 16 filters or 32 or 48, and
/// what is beyond the last one is wasted.
struct Filters {
    side_by_side: bool,
    packed: Vec<f32>,
    taps: usize,
    count: usize,
}

impl Filters {
    fn pack(g: &ConvGeometry, weight: &[f32]) -> Self {
        let (taps, count) = (g.taps(), g.filters_per_group());
        // What a tap costs per panel: steps of the product, and of the copy. A copy that skips pixels never pays.
        const COPY: usize = 14;
        let side_by_side = g.axes[1].stride > 1 || 3 * count.next_multiple_of(16) <= 3 * count + COPY;
        let (width, block) = if side_by_side {
            (count.next_multiple_of(16), count)
        } else {
            (ROWS, ROWS)
        };
        // Group, block of filters, tap, filter.
        let blocks = count.div_ceil(block);
        let mut packed = vec![0.0; g.groups * blocks * taps * width];
        for (part, packed) in packed.chunks_mut(taps * width).enumerate() {
            let (group, first) = (part / blocks, part % blocks * block);
            let rows = &weight[(group * count + first) * taps..];
            transpose(rows, taps, [block.min(count - first), taps], packed, width);
        }
        Self {
            side_by_side,
            packed,
            taps,
            count,
        }
    }

    /// Runs the filters of a group over the panels of `planes`. Hands `put` the first of some filters, the pixels of a
    /// panel, and a row of [`PANEL`] numbers for each of the filters.
    fn apply(
        &self,
        patches: &Patches,
        group: usize,
        planes: &[f32],
        panels: &[Range<usize>],
        put: impl FnMut(usize, &Range<usize>, &[f32]),
    ) {
        let (Some(first), Some(last)) = (panels.first(), panels.last()) else {
            return;
        };
        with_scratch(patches.padded_len(), |padded| {
            patches.pad(planes, first.start..last.end, padded);
            if self.side_by_side {
                self.filters_in_registers(patches, group, padded, panels, put);
            } else {
                self.pixels_in_registers(patches, group, padded, panels, put);
            }
        });
    }

    fn filters_in_registers(
        &self,
        patches: &Patches,
        group: usize,
        padded: &[f32],
        panels: &[Range<usize>],
        mut put: impl FnMut(usize, &Range<usize>, &[f32]),
    ) {
        let width = self.count.next_multiple_of(16);
        let packed = &self.packed[group * self.taps * width..];
        with_scratch((width + self.count) * PANEL, |scratch| {
            let (result, rows) = scratch.split_at_mut(width * PANEL);
            for pixels in panels {
                let left = Left {
                    data: padded,
                    rows: patches.pixels.from(pixels.start),
                    cols: patches.taps.from(0),
                };
                for first in (0..width).step_by(PANEL) {
                    let size = [pixels.len(), self.taps, PANEL.min(width - first)];
                    let out = Out {
                        data: &mut result[first..],
                        row: width,
                        add: false,
                    };
                    product(Level::get(), size, left, &packed[first..], width, out);
                }
                transpose(result, width, [pixels.len(), self.count], rows, PANEL);
                put(0, pixels, rows);
            }
        });
    }

    fn pixels_in_registers(
        &self,
        patches: &Patches,
        group: usize,
        padded: &[f32],
        panels: &[Range<usize>],
        mut put: impl FnMut(usize, &Range<usize>, &[f32]),
    ) {
        let block = self.taps * ROWS;
        let packed = &self.packed[group * block * self.count.div_ceil(ROWS)..];
        with_scratch(patches.panel_len() + ROWS * PANEL, |scratch| {
            let (result, panel) = scratch.split_at_mut(ROWS * PANEL);
            for pixels in panels {
                patches.fill(padded, pixels.clone(), panel);
                for first in (0..self.count).step_by(ROWS) {
                    let rows = ROWS.min(self.count - first);
                    let data = &packed[first / ROWS * block..];
                    let left = Left {
                        data,
                        rows: Offsets::Every(1),
                        cols: Offsets::Every(ROWS),
                    };
                    let out = Out {
                        data: result,
                        row: PANEL,
                        add: false,
                    };
                    product(Level::get(), [rows, self.taps, pixels.len()], left, panel, PANEL, out);
                    put(first, pixels, &result[..rows * PANEL]);
                }
            }
        });
    }
}

/// Stores or adds one row of a product.
pub(super) fn finish(to: &mut [f32], row: &[f32], then: Then, filter: usize) {
    match then {
        Then::Add => add(to, row),
        Then::Store { bias, relu } => {
            let bias = bias.map_or(0.0, |b| b[filter]);
            store(to, row, bias, if relu { 0.0 } else { f32::NEG_INFINITY });
        }
    }
}

widened! {
    /// `to = max(values + bias, least)`
    fn store(to: &mut [f32], values: &[f32], bias: f32, least: f32) = store_each;
}

#[inline(always)]
fn store_each(to: &mut [f32], values: &[f32], bias: f32, least: f32) {
    for (to, v) in to.iter_mut().zip(values) {
        let sum = *v + bias;
        // Written so that NaN stays NaN.
        *to = if sum < least { least } else { sum };
    }
}

/// `large[b, c, i*s + k*d - p, j*s + l*d - p] += sum over o of weight[o, c, k, l] * small[b, o, i, j]`.
pub(super) fn spread(g: &ConvGeometry, small: &[f32], weight: &[f32], large: &mut [f32]) {
    if small.is_empty() || large.is_empty() {
        return;
    }
    if let Some((mirrored, weight)) = mirror(g, weight) {
        return correlate(&mirrored, small, &weight, Then::Add, large);
    }
    if depthwise::fits(g) {
        return depthwise::spread(g, small, weight, large);
    }
    let patches = Patches::new(g);
    let image = g.filters * g.output_pixels();
    let results = Pieces::new(large, g.channels * g.input_pixels());
    for_each_part(g.batch, |b| {
        let (planes, mut large) = (&small[b * image..(b + 1) * image], results.lock(b));
        for group in 0..g.groups {
            spread_group(g, &patches, weight, group, planes, &mut large);
        }
    });
}

fn spread_group(g: &ConvGeometry, patches: &Patches, weight: &[f32], group: usize, small: &[f32], large: &mut [f32]) {
    let (level, taps, filters, pixels) = (Level::get(), g.taps(), g.filters_per_group(), g.output_pixels());
    let weight = &weight[group * filters * taps..];
    let group_planes = g.channels_per_group() * g.input_pixels();
    with_scratch(patches.padded_len(), |padded| {
        padded.fill(0.0);
        with_scratch((taps + filters) * PANEL, |scratch| {
            let (columns, rows) = scratch.split_at_mut(taps * PANEL);
            for at in patches.panels() {
                let n = at.len();
                for (o, row) in rows.chunks_mut(PANEL).enumerate() {
                    let from = (group * filters + o) * pixels + at.start;
                    row[..n].copy_from_slice(&small[from..from + n]);
                }
                let left = Left {
                    data: weight,
                    rows: Offsets::Every(1),
                    cols: Offsets::Every(taps),
                };
                let out = Out {
                    data: columns,
                    row: PANEL,
                    add: false,
                };
                product(level, [taps, filters, n], left, rows, PANEL, out);
                patches.scatter(columns, at, padded);
            }
        });
        patches.unpad(padded, &mut large[group * group_planes..][..group_planes]);
    });
}

/// [`spread`] with stride 1 is [`correlate`] the other way round: channels and filters exchanged, kernels turned by half
/// a turn, and as much padding as makes the image whole again. `None` where that would be less than none.
fn mirror(g: &ConvGeometry, weight: &[f32]) -> Option<(ConvGeometry, Vec<f32>)> {
    let turn = |axis: Axis| {
        let padding = (axis.span() - 1).checked_sub(axis.padding)?;
        (axis.stride == 1).then_some(Axis { padding, ..axis })
    };
    let mirrored = ConvGeometry {
        batch: g.batch,
        channels: g.filters,
        filters: g.channels,
        groups: g.groups,
        input: g.output,
        output: g.input,
        axes: [turn(g.axes[0])?, turn(g.axes[1])?],
    };
    let (channels, filters) = (g.channels_per_group(), g.filters_per_group());
    let kernel = g.axes[0].kernel * g.axes[1].kernel;
    let mut turned = vec![0.0; weight.len()];
    for (i, from) in weight.chunks(kernel).enumerate() {
        let (o, c) = (i / channels, i % channels);
        let (group, filter) = (o / filters, o % filters);
        let at = ((group * channels + c) * filters + filter) * kernel;
        let to = &mut turned[at..at + kernel];
        to.iter_mut().zip(from.iter().rev()).for_each(|(to, from)| *to = *from);
    }
    Some((mirrored, turned))
}

/// `dweight[o, c, k, l] += sum over b, i, j of small[b, o, i, j] * large[b, c, i*s + k*d - p, j*s + l*d - p]`.
pub(super) fn weight_gradient(g: &ConvGeometry, large: &[f32], small: &[f32], dweight: &mut [f32]) {
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

/// `sums[c] += sum over b and i of x[b, c, i]`, for `x` of `(B, C, pixels)`: the gradient of a bias per channel.
pub(super) fn sums_of_planes(x: &[f32], pixels: usize, sums: &mut [f32]) {
    if x.is_empty() || sums.is_empty() {
        return;
    }
    let channels = sums.len();
    let batch = x.len() / (channels * pixels);
    let part = part_size(batch);
    let mut partial = vec![0.0; batch.div_ceil(part) * channels];
    let pieces = Pieces::new(&mut partial, channels);
    for_each_part(pieces.len(), |i| {
        let mut sums = pieces.lock(i);
        let images = x.chunks(channels * pixels).skip(i * part).take(part);
        for planes in images {
            sums.iter_mut()
                .zip(planes.chunks(pixels))
                .for_each(|(s, plane)| *s += sum(plane));
        }
    });
    for part in partial.chunks(channels) {
        add(sums, part);
    }
}

widened! {
    /// `to += values`.
    pub(super) fn add(to: &mut [f32], values: &[f32]) = add_each;
}

#[inline(always)]
fn add_each(to: &mut [f32], values: &[f32]) {
    to.iter_mut().zip(values).for_each(|(to, v)| *to += *v);
}

/// The sum of `values`, in sixteen strands that the processor adds at once.
pub(super) fn sum(values: &[f32]) -> f32 {
    let mut result = 0.0;
    sum_to(values, &mut result);
    result
}

widened! {
    fn sum_to(values: &[f32], result: &mut f32) = sum_strands;
}

#[inline(always)]
fn sum_strands(values: &[f32], result: &mut f32) {
    let (strands, rest) = values.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for strand in strands {
        sums.iter_mut().zip(strand).for_each(|(s, v)| *s += *v);
    }
    *result = sums.iter().sum::<f32>() + rest.iter().sum::<f32>();
}
