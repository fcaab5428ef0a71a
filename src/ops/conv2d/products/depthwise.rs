//! Convolution of each channel with one filter of its own: the same products where there is one channel and one filter per
//! group, and a matrix product would have a single row.
//!
//! Everything happens on one padded plane, counted through. An output pixel has the place of its first tap there, so that
//! tap `t` of all pixels is the same plane, read `taps[t]` numbers later: sums over whole registers, whatever the kernel.
//! Places between the output pixels (at the end of a line, or where the stride skips some) are computed too and forgotten.

use std::ops::Range;

use super::then::{Then, finish};
use crate::ops::cpu::{Patches, Pieces, for_each_part, made_in_parts, scalar_product, widened, with_scratch};
use crate::ops::geometry::ConvGeometry;

/// Planes that one task works through.
const PLANES: usize = 8;

/// Whether this is a convolution of that kind.
pub(crate) fn fits(g: &ConvGeometry) -> bool {
    g.channels_per_group() == 1 && g.filters_per_group() == 1
}

/// [`correlate`](super::correlate()): `small = W P(large)`, and `then`.
pub(crate) fn correlate(g: &ConvGeometry, large: &[f32], weight: &[f32], then: Then, small: &mut [f32]) {
    let planes = Planes::new(g);
    let pieces = Pieces::new(small, PLANES * g.output_pixels());
    for_each_part(pieces.len(), |i| {
        planes.correlate(i * PLANES, large, weight, then, &mut pieces.lock(i))
    });
}

/// [`correlate`] into new memory.
pub(crate) fn correlated(g: &ConvGeometry, large: &[f32], weight: &[f32], then: Then) -> Vec<f32> {
    let planes = Planes::new(g);
    let len = g.batch * g.filters * g.output_pixels();
    made_in_parts(len, PLANES * g.output_pixels(), |i, small| {
        planes.correlate(i * PLANES, large, weight, then, small);
    })
}

/// [`spread`](super::spread()): `large += P^T(W^T small)`.
pub(crate) fn spread(g: &ConvGeometry, small: &[f32], weight: &[f32], large: &mut [f32]) {
    let planes = Planes::new(g);
    let pieces = Pieces::new(large, PLANES * g.input_pixels());
    for_each_part(pieces.len(), |i| {
        planes.spread(i * PLANES, small, weight, &mut pieces.lock(i))
    });
}

/// [`weight_gradient`](super::weight_gradient()): `dW += small P(large)^T`, each sum over the batch in one piece.
pub(crate) fn weight_gradient(g: &ConvGeometry, large: &[f32], small: &[f32], dweight: &mut [f32]) {
    let planes = Planes::new(g);
    let pieces = Pieces::new(dweight, planes.taps());
    for_each_part(pieces.len(), |channel| {
        planes.weight_gradient(channel, large, small, &mut pieces.lock(channel));
    });
}

/// What all planes of one convolution have in common.
struct Planes<'a> {
    g: &'a ConvGeometry,
    patches: Patches,
    /// The places of output pixels, and what lies between those that are near each other.
    runs: Vec<Range<usize>>,
}

impl<'a> Planes<'a> {
    fn new(g: &'a ConvGeometry) -> Self {
        let patches = Patches::new(g);
        let places = patches.pixels.as_slice();
        let run = |places: &[usize]| places[0]..places[places.len() - 1] + 1;
        let together = if g.axes.iter().all(|axis| axis.stride == 1) {
            places.len()
        } else {
            g.output[1]
        };
        Self {
            g,
            runs: places.chunks(together.max(1)).map(run).collect(),
            patches,
        }
    }

    fn taps(&self) -> usize {
        self.patches.taps.as_slice().len()
    }

    /// Runs `f` with memory for a padded plane and for a number at each place.
    fn with_memory(&self, f: impl FnOnce(&mut [f32], &mut [f32])) {
        let places = self.runs.last().map_or(0, |run| run.end);
        with_scratch(self.patches.padded_len(), |padded| {
            with_scratch(places, |flat| f(padded, flat));
        });
    }

    /// The planes of `small` from number `first` on.
    fn correlate(&self, first: usize, large: &[f32], weight: &[f32], then: Then, small: &mut [f32]) {
        let (g, taps, stride) = (self.g, self.patches.taps.as_slice(), self.g.axes[1].stride);
        let inputs = large.chunks(g.input_pixels()).skip(first);
        self.with_memory(|padded, flat| {
            for ((plane, small), large) in (first..).zip(small.chunks_mut(g.output_pixels())).zip(inputs) {
                let channel = plane % g.channels;
                self.patches.pad(large, self.patches.all(), padded);
                for run in &self.runs {
                    let weight = &weight[channel * taps.len()..][..taps.len()];
                    filter(&padded[run.start..], taps, weight, &mut flat[run.clone()]);
                }
                let places = self.patches.pixels.as_slice().chunks(g.output[1]);
                for (line, places) in small.chunks_mut(g.output[1]).zip(places) {
                    let row = &mut flat[places[0]..];
                    if stride > 1 {
                        (0..line.len()).for_each(|j| row[j] = row[j * stride]);
                    }
                    finish(line, &row[..line.len()], then, channel);
                }
            }
        });
    }

    /// The planes of `large` from number `first` on.
    fn spread(&self, first: usize, small: &[f32], weight: &[f32], large: &mut [f32]) {
        let (g, taps) = (self.g, self.patches.taps.as_slice());
        let outputs = small.chunks(g.output_pixels()).skip(first);
        self.with_memory(|padded, flat| {
            for ((plane, large), small) in (first..).zip(large.chunks_mut(g.input_pixels())).zip(outputs) {
                let channel = plane % g.channels;
                self.lay(small, flat);
                padded.fill(0.0);
                for run in &self.runs {
                    for (tap, w) in taps.iter().zip(&weight[channel * taps.len()..]) {
                        let to = &mut padded[run.start + tap..run.end + tap];
                        add_multiple(&flat[run.clone()], *w, to);
                    }
                }
                self.patches.unpad(padded, large);
            }
        });
    }

    /// Adds to the weights of one channel.
    fn weight_gradient(&self, channel: usize, large: &[f32], small: &[f32], dweight: &mut [f32]) {
        let g = self.g;
        let planes = (channel..g.batch * g.channels).step_by(g.channels);
        self.with_memory(|padded, flat| {
            for plane in planes {
                let large = &large[plane * g.input_pixels()..][..g.input_pixels()];
                self.patches.pad(large, self.patches.all(), padded);
                self.lay(&small[plane * g.output_pixels()..][..g.output_pixels()], flat);
                for run in &self.runs {
                    for (tap, dw) in self.patches.taps.as_slice().iter().zip(dweight.iter_mut()) {
                        let mut product = 0.0;
                        scalar_product(
                            &flat[run.clone()],
                            &padded[run.start + tap..run.end + tap],
                            &mut product,
                        );
                        *dw += product;
                    }
                }
            }
        });
    }

    /// Lays the pixels of a plane of `small` at their places in `flat`, zeros between.
    fn lay(&self, small: &[f32], flat: &mut [f32]) {
        flat.fill(0.0);
        let width = self.g.output[1];
        let places = self.patches.pixels.as_slice().chunks(width);
        for (line, places) in small.chunks(width).zip(places) {
            let to = &mut flat[places[0]..];
            match self.g.axes[1].stride {
                1 => to[..width].copy_from_slice(line),
                stride => {
                    let to = to.iter_mut().step_by(stride);
                    to.zip(line).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
}

widened! {
    /// `to[i] = sum over t of weight[t] * padded[i + taps[t]]`
    fn filter(padded: &[f32], taps: &[usize], weight: &[f32], to: &mut [f32]) = filter_blocks;
}
widened! {
    /// `to += factor * from`
    fn add_multiple(from: &[f32], factor: f32, to: &mut [f32]) = add_each_multiple;
}

#[inline(always)]
fn filter_blocks(padded: &[f32], taps: &[usize], weight: &[f32], to: &mut [f32]) {
    const BLOCK: usize = 32;
    #[inline(always)]
    fn block<const N: usize>(padded: &[f32], taps: &[usize], weight: &[f32]) -> [f32; N] {
        let mut sums = [0.0; N];
        for (tap, w) in taps.iter().zip(weight) {
            let from = &padded[*tap..][..N];
            for i in 0..N {
                sums[i] += *w * from[i];
            }
        }
        sums
    }
    let n = to.len();
    for (i, to) in to.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        *to = block(&padded[i * BLOCK..], taps, weight);
    }
    if n.is_multiple_of(BLOCK) {
        return;
    }
    if let Some(last) = to.last_chunk_mut::<BLOCK>() {
        // Computes some numbers a second time.
        *last = block(&padded[n - BLOCK..], taps, weight);
    } else {
        for (i, to) in to.iter_mut().enumerate() {
            [*to] = block(&padded[i..], taps, weight);
        }
    }
}

#[inline(always)]
fn add_each_multiple(from: &[f32], factor: f32, to: &mut [f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}
