//! Filters, packed for the product with patches.

use std::ops::Range;

use crate::ops::cpu::{Left, Level, Offsets, Out, PANEL, Patches, product, transpose, with_scratch};
use crate::ops::geometry::ConvGeometry;

/// Filters that the matrix product works on at once.
const ROWS: usize = 8;

/// Filters, packed as the product wants to read them.
///
/// A register holds either one number of many filters or many pixels of one filter. The first needs no copy of the
/// patches: the product picks the pixels from the padded image one by one. But it computes 16 filters or 32 or 48, and
/// what is beyond the last one is wasted.
pub(super) struct Filters {
    side_by_side: bool,
    packed: Vec<f32>,
    taps: usize,
    count: usize,
}

impl Filters {
    pub fn pack(g: &ConvGeometry, weight: &[f32]) -> Self {
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
    pub fn apply(
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
