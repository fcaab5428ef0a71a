//! The transposed product: what each patch gets back, added up in the image.

use super::correlate::correlate;
use super::depthwise;
use super::then::Then;
use crate::ops::cpu::{Left, Level, Offsets, Out, PANEL, Patches, Pieces, for_each_part, product, with_scratch};
use crate::ops::geometry::{Axis, ConvGeometry};

/// `large[b, c, i*s + k*d - p, j*s + l*d - p] += sum over o of weight[o, c, k, l] * small[b, o, i, j]`.
pub(crate) fn spread(g: &ConvGeometry, small: &[f32], weight: &[f32], large: &mut [f32]) {
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

/// [`spread`] with stride 1 is [`correlate`](super::correlate()) the other way round: channels and filters exchanged, kernels turned by half
/// a turn, and as much padding as makes the image whole again. `None` where that would be less than none, or where the image
/// has lines that no window reaches (the output padding of a transposed convolution).
fn mirror(g: &ConvGeometry, weight: &[f32]) -> Option<(ConvGeometry, Vec<f32>)> {
    let turn = |i: usize| {
        let axis = g.axes[i];
        let padding = (axis.span() - 1).checked_sub(axis.padding)?;
        let turned = Axis { padding, ..axis };
        let whole = turned.outputs(g.output[i]) == Some(g.input[i]);
        (axis.stride == 1 && whole).then_some(turned)
    };
    let mirrored = ConvGeometry {
        batch: g.batch,
        channels: g.filters,
        filters: g.channels,
        groups: g.groups,
        input: g.output,
        output: g.input,
        axes: [turn(0)?, turn(1)?],
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
