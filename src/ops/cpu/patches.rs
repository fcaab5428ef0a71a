//! What a sliding window sees, as panels for the matrix product.
//!
//! A panel holds up to [`PANEL`] output pixels; row `t` of it is what tap `t` of the window sees at each of them. It is
//! filled from a *padded* image, the planes of one group with their zeros around, so that no tap needs a test.

use std::ops::Range;

use super::simd::widened;
use super::tile::{PANEL, Table};
use crate::ops::geometry::ConvGeometry;

/// Numbers that a row of a panel is copied by. A copy may write more than it should, never more than this.
const STEP: usize = 16;

/// Where the taps of one convolution fall in its padded image.
pub(crate) struct Patches {
    /// Height and width of a padded plane.
    padded: [usize; 2],
    /// From the first tap of the window to each of its taps.
    pub taps: Table,
    /// From the first pixel of the padded image to the first tap of each output pixel.
    pub pixels: Table,
    geometry: ConvGeometry,
}

/// Output pixels in one line, from `from` in the padded image (for the first tap) to the columns `columns` of the panel.
struct Run {
    from: usize,
    columns: Range<usize>,
}

impl Patches {
    pub fn new(g: &ConvGeometry) -> Self {
        let [rows, cols] = g.axes;
        let padded = [g.input[0] + 2 * rows.padding, g.input[1] + 2 * cols.padding];
        let mut taps = Vec::with_capacity(g.taps());
        for c in 0..g.channels_per_group() {
            for ky in 0..rows.kernel {
                for kx in 0..cols.kernel {
                    taps.push((c * padded[0] + ky * rows.dilation) * padded[1] + kx * cols.dilation);
                }
            }
        }
        let line = |y: usize| (0..g.output[1]).map(move |x| y * rows.stride * padded[1] + x * cols.stride);
        Self {
            padded,
            taps: Table::new(taps),
            pixels: Table::new((0..g.output[0]).flat_map(line).collect()),
            geometry: *g,
        }
    }

    /// Numbers in the padded image of one group, with room for a copy that reads too far.
    pub fn padded_len(&self) -> usize {
        self.geometry.channels_per_group() * self.padded[0] * self.padded[1] + STEP
    }

    /// Numbers in a panel, with room for a copy that writes too far.
    pub fn panel_len(&self) -> usize {
        self.taps.as_slice().len() * PANEL + STEP
    }

    /// The ranges of output pixels that make the panels of one image.
    pub fn panels(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let pixels = self.geometry.output_pixels();
        (0..pixels)
            .step_by(PANEL)
            .map(move |first| first..pixels.min(first + PANEL))
    }

    /// Lays the planes of one group into `padded`, zeros around them: the lines that the output pixels `pixels` see.
    pub fn pad(&self, image: &[f32], pixels: Range<usize>, padded: &mut [f32]) {
        if pixels.is_empty() {
            return;
        }
        let (axis, width) = (&self.geometry.axes[0], self.geometry.output[1]);
        let (first, last) = (pixels.start / width, (pixels.end - 1) / width);
        lay_lines(
            self,
            image,
            first * axis.stride..last * axis.stride + axis.span(),
            padded,
        );
    }

    /// The range of all output pixels.
    pub fn all(&self) -> Range<usize> {
        0..self.geometry.output_pixels()
    }

    /// The transpose of [`Patches::pad`]: adds what lies in the middle of `padded` to the planes of one group.
    pub fn unpad(&self, padded: &[f32], image: &mut [f32]) {
        lift_lines(self, padded, image);
    }

    /// Where the first pixel of line `line` of a group's planes, counted through, stands in the padded image.
    #[inline(always)]
    fn place(&self, line: usize) -> usize {
        let (g, height) = (&self.geometry, self.geometry.input[0]);
        let (c, y) = (line / height, line % height);
        (c * self.padded[0] + y + g.axes[0].padding) * self.padded[1] + g.axes[1].padding
    }

    /// The output pixels `pixels`, line by line.
    fn runs(&self, pixels: Range<usize>) -> Vec<Run> {
        let (g, mut at, mut runs) = (&self.geometry, pixels.start, Vec::new());
        while at < pixels.end {
            let end = pixels.end.min(at - at % g.output[1] + g.output[1]);
            runs.push(Run {
                from: self.pixels.as_slice()[at],
                columns: at - pixels.start..end - pixels.start,
            });
            at = end;
        }
        runs
    }

    /// Fills `panel` for the output pixels `pixels`, where the window moves by one column at a time. Columns after the
    /// last pixel are left with any numbers.
    pub fn fill(&self, padded: &[f32], pixels: Range<usize>, panel: &mut [f32]) {
        let runs = self.runs(pixels);
        let mut steps = Vec::with_capacity(PANEL);
        for run in &runs {
            for step in (0..run.columns.len()).step_by(STEP) {
                steps.push((run.from + step, run.columns.start + step));
            }
        }
        copy_steps(padded, self.taps.as_slice(), &steps, panel);
    }

    /// The transpose of [`Patches::fill`]: adds each number of `panel` to the pixel that it would be taken from.
    pub fn scatter(&self, panel: &[f32], pixels: Range<usize>, padded: &mut [f32]) {
        let stride = self.geometry.axes[1].stride;
        add_runs(panel, self.taps.as_slice(), &self.runs(pixels), stride, padded);
    }
}

widened! {
    /// Lays the lines `rows` of each padded plane: those of the image, and zeros around them.
    fn lay_lines(patches: &Patches, image: &[f32], rows: Range<usize>, padded: &mut [f32]) = lay_each_line;
}
widened! {
    fn lift_lines(patches: &Patches, padded: &[f32], image: &mut [f32]) = lift_each_line;
}

#[inline(always)]
fn lay_each_line(patches: &Patches, image: &[f32], rows: Range<usize>, padded: &mut [f32]) {
    let ([height, width], [rows_all, row]) = (patches.geometry.input, patches.padded);
    let [top, left] = patches.geometry.axes.map(|axis| axis.padding);
    for channel in 0..patches.geometry.channels_per_group() {
        let plane = &mut padded[channel * rows_all * row..][..rows_all * row];
        plane[rows.start * row..rows.end * row].fill(0.0);
        for y in rows.start.saturating_sub(top)..rows.end.saturating_sub(top).min(height) {
            let from = &image[(channel * height + y) * width..][..width];
            let to = &mut plane[(y + top) * row + left..][..width];
            // In registers: lines are short, and a call for each would take longer than the copy.
            match width {
                16.. => copy_blocks::<16>(to, from),
                4.. => copy_blocks::<4>(to, from),
                _ => to.copy_from_slice(from),
            }
        }
    }
}

/// `to = from`, of one length that is at least `N`. The last block may overlap the one before.
#[inline(always)]
fn copy_blocks<const N: usize>(to: &mut [f32], from: &[f32]) {
    let blocks = to.as_chunks_mut::<N>().0.iter_mut().zip(from.as_chunks::<N>().0);
    blocks.for_each(|(to, from)| *to = *from);
    if let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) {
        *to = *from;
    }
}

#[inline(always)]
fn lift_each_line(patches: &Patches, padded: &[f32], image: &mut [f32]) {
    let width = patches.geometry.input[1];
    for (line, to) in image.chunks_exact_mut(width.max(1)).enumerate() {
        let at = patches.place(line);
        to.iter_mut()
            .zip(&padded[at..at + width])
            .for_each(|(to, from)| *to += *from);
    }
}

widened! {
    /// [`Patches::scatter`].
    fn add_runs(panel: &[f32], taps: &[usize], runs: &[Run], stride: usize, padded: &mut [f32]) = add_each_run;
}

#[inline(always)]
fn add_each_run(panel: &[f32], taps: &[usize], runs: &[Run], stride: usize, padded: &mut [f32]) {
    for (row, tap) in panel.chunks(PANEL).zip(taps) {
        for run in runs {
            let (to, from) = (&mut padded[tap + run.from..], &row[run.columns.clone()]);
            if stride == 1 {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
            } else {
                let to = to.iter_mut().step_by(stride);
                to.zip(from).for_each(|(to, from)| *to += *from);
            }
        }
    }
}

widened! {
    /// `panel[t * PANEL + to..][..STEP] = padded[taps[t] + from..][..STEP]` for each tap and each `(from, to)` of `steps`.
    ///
    /// Whole steps only: the surplus of one is overwritten by the next one, that of a row by the next row.
    fn copy_steps(padded: &[f32], taps: &[usize], steps: &[(usize, usize)], panel: &mut [f32]) = copy_each_step;
}

#[inline(always)]
fn copy_each_step(padded: &[f32], taps: &[usize], steps: &[(usize, usize)], panel: &mut [f32]) {
    let last_tap = taps.iter().max().copied().unwrap_or(0);
    let last = steps
        .iter()
        .fold((0, 0), |last, step| (last.0.max(step.0), last.1.max(step.1)));
    assert!(last_tap + last.0 + STEP <= padded.len(), "a step from beyond the image");
    assert!(
        (taps.len() * PANEL).saturating_sub(PANEL) + last.1 + STEP <= panel.len(),
        "a step beyond the panel"
    );
    for (row, tap) in taps.iter().enumerate() {
        for (from, to) in steps {
            // SAFETY: both stay inside their slices even for the largest tap, row and step: asserted above.
            unsafe {
                let from: *const [f32; STEP] = padded.as_ptr().add(tap + from).cast();
                let to: *mut [f32; STEP] = panel.as_mut_ptr().add(row * PANEL + to).cast();
                *to = *from;
            }
        }
    }
}
