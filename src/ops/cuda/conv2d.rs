//! Two-dimensional convolution on a GPU.

use dfdx::prelude::*;

use super::launch::{Address, Grid, Launch, Module, args, gradient};
use crate::ops::geometry::ConvGeometry;
use crate::ops::tensors::{Tensor1, Tensor4};

const CONV: Module = Module {
    name: "conv2d",
    source: include_str!("../conv2d/cuda.cu"),
};

/// The side of the tile that a block computes.
const SIDE: u32 = 64;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn conv2d<D: Launch, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    weight: Tensor4<D>,
    bias: Option<Tensor1<D>>,
    g: ConvGeometry,
    relu: bool,
) -> Result<Tensor4<D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let (dev, x_ghost, weight_ghost) = (x.device().clone(), x.ghost(), weight.ghost());
    let (x, weight, sizes) = (x.try_contiguous()?, weight.try_contiguous()?, Sizes::new::<D>(&g)?);
    let y = dev.try_zeros_like(&(g.batch, g.filters, g.output[0], g.output[1]))?;
    let bias_at = bias.as_ref().map_or(Ok(Address::NONE), D::at)?;
    sizes.forward(&dev, [D::at(&x)?, D::at(&weight)?, bias_at, D::at(&y)?], relu)?;
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let (y_ghost, kept) = (y.ghost(), relu.then(|| y.clone()));
    tape.add_backward_op(move |gradients| {
        let dy = gradient!(gradients, &y_ghost);
        let y = kept.as_ref().map_or(Ok(Address::NONE), D::at)?;
        let dx = gradient!(gradients, &x_ghost);
        sizes.input(&dev, [dy, y, D::at(&weight)?, dx])?;
        let dw = gradient!(gradients, &weight_ghost);
        sizes.weight(&dev, [dy, y, D::at(&x)?, dw])?;
        if let Some(bias) = &bias {
            let db = gradient!(gradients, bias);
            sizes.bias(&dev, [dy, y, db])?;
        }
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// A convolution as the kernels are told about it.
#[derive(Clone, Copy)]
struct Sizes {
    /// The struct `Conv` of the kernels.
    fields: [i32; 16],
    groups: u32,
    /// Of a group.
    channels: u32,
    filters: u32,
    taps: u32,
    /// Of all images.
    inputs: u32,
    outputs: u32,
}

impl Sizes {
    fn new<D: Launch>(g: &ConvGeometry) -> Result<Self, D::Err> {
        let [h, w] = g.axes;
        let (inputs, outputs) = (g.batch * g.input_pixels(), g.batch * g.output_pixels());
        // Whatever has a number of its own must be countable, and so must the steps of a sum.
        for all in [inputs * g.channels, outputs * g.filters, g.filters * g.taps()] {
            D::int(all)?;
        }
        let fields = [
            [g.batch, g.channels, g.filters, g.groups],
            [g.input[0], g.input[1], g.output[0], g.output[1]],
            [h.kernel, w.kernel, h.stride, w.stride],
            [h.padding, w.padding, h.dilation, w.dilation],
        ];
        let mut ints = [0; 16];
        for (int, field) in ints.iter_mut().zip(fields.as_flattened()) {
            *int = D::int(*field)?;
        }
        let int = |size| Ok(D::int(size)?.cast_unsigned());
        Ok(Self {
            fields: ints,
            groups: int(g.groups)?,
            channels: int(g.channels_per_group())?,
            filters: int(g.filters_per_group())?,
            taps: int(g.taps())?,
            inputs: int(inputs)?,
            outputs: int(outputs)?,
        })
    }

    /// Whether each filter sees one channel: a product of matrices would be all edge.
    fn depthwise(&self) -> bool {
        self.channels == 1 && self.groups > 1
    }

    /// Blocks for a product of matrices of each of `layers`.
    fn tiles(rows: u32, columns: u32, layers: u32) -> Grid {
        Grid {
            blocks: [columns.div_ceil(SIDE), rows.div_ceil(SIDE), layers],
            threads: 256,
        }
    }

    fn forward<D: Launch>(&self, dev: &D, [x, weight, bias, y]: [Address; 4], relu: bool) -> Result<(), D::Err> {
        let args = args![x, weight, bias, y, &self.fields[..], relu];
        if self.depthwise() {
            let all = self.outputs * self.filters * self.groups;
            return dev.launch(&CONV, "depthwise_forward", Grid::each(all.cast_signed()), args);
        }
        let grid = Self::tiles(self.filters, self.outputs, self.groups);
        dev.launch(&CONV, "conv2d_forward", grid, args)
    }

    fn input<D: Launch>(&self, dev: &D, [dy, y, weight, dx]: [Address; 4]) -> Result<(), D::Err> {
        let args = args![dy, y, weight, dx, &self.fields[..]];
        if self.depthwise() {
            let all = self.inputs * self.groups;
            return dev.launch(&CONV, "depthwise_input", Grid::each(all.cast_signed()), args);
        }
        let grid = Self::tiles(self.channels, self.inputs, self.groups);
        dev.launch(&CONV, "conv2d_input", grid, args)
    }

    /// The sum over all pixels is long and the result small: it is made in parts, which are added in order.
    fn weight<D: Launch>(&self, dev: &D, [dy, y, x, dw]: [Address; 4]) -> Result<(), D::Err> {
        let all = self.filters * self.groups * self.taps;
        if self.depthwise() {
            let args = args![dy, y, x, dw, &self.fields[..]];
            return dev.launch(&CONV, "depthwise_weight", Grid::blocks(all), args);
        }
        let tiles = Self::tiles(self.filters, self.taps, self.groups);
        let count = (512 / tiles.blocks.iter().product::<u32>().max(1))
            .min(self.outputs.div_ceil(256))
            .max(1);
        let mut parts = dev.memory(count as usize * all as usize)?;
        let parts = D::at_buffer(&mut parts);
        let grid = Self::tiles(self.filters, self.taps, self.groups * count);
        let args = args![dy, y, x, parts, &self.fields[..], count.cast_signed()];
        dev.launch(&CONV, "conv2d_weight", grid, args)?;
        dev.add_parts(parts, dw, count.cast_signed(), all.cast_signed())
    }

    fn bias<D: Launch>(&self, dev: &D, [dy, y, db]: [Address; 3]) -> Result<(), D::Err> {
        let [batch, _, filters, ..] = self.fields;
        let pixels = self.outputs.cast_signed() / batch.max(1);
        let args = args![dy, y, db, batch, filters, pixels];
        dev.launch(
            &CONV,
            "conv2d_bias",
            Grid::rows(filters, self.outputs.cast_signed()),
            args,
        )
    }
}
