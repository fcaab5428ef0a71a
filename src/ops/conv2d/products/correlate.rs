//! The product of filters and patches: a convolution forward.

use std::ops::Range;

use super::depthwise;
use super::filters::Filters;
use super::then::{Then, finish};
use crate::ops::cpu::{PANEL, Patches, Pieces, for_each_part, made_in_parts};
use crate::ops::geometry::ConvGeometry;

/// `small[b, o, i, j] = sum over c, k, l of weight[o, c, k, l] * large[b, c, i*s + k*d - p, j*s + l*d - p]`, and `then`.
pub(crate) fn correlate(g: &ConvGeometry, large: &[f32], weight: &[f32], then: Then, small: &mut [f32]) {
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
pub(crate) fn correlated(g: &ConvGeometry, large: &[f32], weight: &[f32], then: Then) -> Vec<f32> {
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
