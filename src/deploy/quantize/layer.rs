//! A convolution or a linear layer whose products are whole numbers.

use super::affine::{Affine, symmetric_rows};
use super::int8::{self, Rows};
use crate::deploy::value::Value;
use crate::ops::Conv2dOptions;
use crate::ops::cpu::made_in_parts;
use crate::{Error, Result};

/// The weights of a layer in few bits, and what is known of its input.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    /// The shape of the weight, `(O, I)` or `(O, C, K, K)`.
    pub shape: Vec<usize>,
    pub weights: Vec<i8>,
    pub scales: Vec<f32>,
    pub sums: Vec<i32>,
    pub bias: Vec<f32>,
    pub input: Affine,
}

/// Rows that one part of the work takes.
const ROWS: usize = 16;

impl Layer {
    pub fn new(shape: &[usize], weights: &[f32], bias: &[f32], input: Affine, bits: u32) -> Result<Self> {
        let row = weights.len() / bias.len().max(1);
        let (whole, scales) = symmetric_rows(weights, row, bits)?;
        Ok(Self::of(shape.to_vec(), whole, scales, bias.to_vec(), input))
    }

    /// Of whole numbers.
    pub fn of(shape: Vec<usize>, weights: Vec<i8>, scales: Vec<f32>, bias: Vec<f32>, input: Affine) -> Self {
        let row = (weights.len() / bias.len().max(1)).max(1);
        let sum = |row: &[i8]| row.iter().map(|w| i32::from(*w)).sum();
        Self {
            sums: weights.chunks(row).map(sum).collect(),
            shape,
            weights,
            scales,
            bias,
            input,
        }
    }

    fn rows(&self, relu: bool) -> Rows<'_> {
        Rows {
            weights: &self.weights,
            k: self.weights.len() / self.bias.len().max(1),
            scales: &self.scales,
            sums: &self.sums,
            bias: &self.bias,
            relu,
        }
    }

    /// `x` as whole numbers.
    fn whole(&self, x: &[f32]) -> Vec<i8> {
        let mut q = vec![0; x.len()];
        int8::quantize(x, self.input, &mut q);
        q
    }

    /// The affine map of rows.
    pub fn linear(&self, x: &Value, relu: bool) -> Result<Value> {
        let (q, rows, filters) = (self.whole(&x.numbers()?), self.rows(relu), self.bias.len());
        let n = q.len() / rows.k.max(1);
        let y = made_in_parts(n * filters, ROWS * filters, |part, y| {
            int8::multiply(&q[part * ROWS * rows.k..], self.input, rows, y);
        });
        Value::new(vec![n, filters], y)
    }

    /// The convolution of images, whose result has `output` pixels a side.
    pub fn conv(&self, x: &Value, options: Conv2dOptions, output: [usize; 2]) -> Result<Value> {
        let [b, c, h, w] = x.shape[..] else {
            return Err(Error::Shape {
                layer: "convolution in whole numbers".into(),
                expected: "maps (B, C, H, W)".into(),
                got: format!("{:?}", x.shape),
            });
        };
        let (rows, filters, numbers) = (self.rows(options.relu), self.bias.len(), x.numbers()?);
        let (pixels, image) = (output[0] * output[1], c * h * w);
        let y = made_in_parts(b * filters * pixels, filters * pixels, |i, y| {
            let q = self.whole(&numbers[i * image..][..image]);
            let patches = self.patches(&q, [c, h, w], options, output);
            let mut turned = vec![0.0; pixels * filters];
            int8::multiply(&patches, self.input, rows, &mut turned);
            for (o, map) in y.chunks_mut(pixels.max(1)).enumerate() {
                map.iter_mut()
                    .enumerate()
                    .for_each(|(p, y)| *y = turned[p * filters + o]);
            }
        });
        Value::new(vec![b, filters, output[0], output[1]], y)
    }

    /// The pixels under the window at each place, one row for each place; outside the image stands the whole number of 0.
    fn patches(&self, q: &[i8], [c, h, w]: [usize; 3], options: Conv2dOptions, output: [usize; 2]) -> Vec<i8> {
        let [kh, kw] = [self.shape[2], self.shape[3]];
        let mut patches = Vec::with_capacity(output[0] * output[1] * c * kh * kw);
        let at = |place: usize, tap: usize, n: usize| {
            let at = (place * options.stride + tap * options.dilation).checked_sub(options.padding);
            at.filter(|at| *at < n)
        };
        for (i, j) in (0..output[0]).flat_map(|i| (0..output[1]).map(move |j| (i, j))) {
            for plane in q.chunks_exact(h * w).take(c) {
                for k in 0..kh {
                    let row = at(i, k, h).map(|y| &plane[y * w..][..w]);
                    let pixel = |l| row.zip(at(j, l, w)).map_or(self.input.zero, |(row, x)| row[x]);
                    patches.extend((0..kw).map(pixel));
                }
            }
        }
        patches
    }
}
