//! How pictures go through a U-Net.

use dfdx::prelude::*;

use super::curves::SiLU;
use super::unet::{Condition, UNet};
use super::unet_block::Maps;
use super::upsample::UpsampleNearest;
use crate::device::Dev;
use crate::ops::{Kernels, Times, add_onto, concat_channels};

impl<const C: usize, const N: usize, const M: usize, const R: usize, const K: usize> UNet<C, N, M, R, K, f32, Dev> {
    /// The noise that the network sees in pictures: plain numbers in, as many out, nothing is recorded.
    ///
    /// `pictures` are `(B, C, H, W)` in one row; `steps` and `classes` have one entry for each.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) where `pictures` is no whole number of pictures; else as forward.
    pub fn noise(
        &self,
        pictures: &[f32],
        [h, w]: [usize; 2],
        steps: &[usize],
        classes: &[usize],
    ) -> crate::Result<Vec<f32>> {
        let (pixels, dev) = ((C * h * w).max(1), self.leave.0.weight.device());
        if !pictures.len().is_multiple_of(pixels) {
            let got = format!("{} numbers", pictures.len());
            return Err(fault(format!("pictures of {C} x {h} x {w}"), got));
        }
        let shape = (pictures.len() / pixels, Const::<C>, h, w);
        let x = dev.try_tensor_from_vec(pictures.to_vec(), shape)?;
        Ok(self.try_forward((x, Condition::new(steps, classes)))?.as_vec())
    }
}

impl<const C: usize, const N: usize, const M: usize, const R: usize, const K: usize, D: Kernels>
    UNet<C, N, M, R, K, f32, D>
{
    /// The row of each picture, behind its SiLU: time and class.
    fn rows<B: Dim, T: Tape<f32, D> + Merge<T>>(
        &self,
        batch: B,
        told: Condition,
    ) -> Result<Tensor<(B, Const<R>), f32, D, T>, D::Err> {
        let dev = self.leave.0.weight.device();
        let steps = dev.try_tensor_from_vec(told.steps.to_vec(), (batch,))?;
        let classes = dev.try_tensor_from_vec(told.classes.to_vec(), (batch, 1usize))?;
        let time = self.time.try_forward(steps.put_tape(T::default()))?;
        let class = self.class.try_forward(classes.put_tape(T::default()))?;
        let class = class.try_reshape_like(time.shape())?;
        SiLU.try_forward(add_onto(time, class).map_err(D::to_device_error)?)
    }

    /// Every pixel looks at all others, and what it sees is added to it.
    fn attend<B: Dim, T: Tape<f32, D> + Merge<T>>(
        &self,
        x: Maps<B, Const<M>, D, T>,
    ) -> Result<Maps<B, Const<M>, D, T>, D::Err> {
        let shape @ (b, _, h, w) = *x.shape();
        let y = self.norm.try_forward(x.with_empty_tape())?;
        let pixels = y.try_reshape_like(&(b, Const::<M>, h * w))?;
        let seen = self.attention.try_forward(pixels.try_permute::<_, Axes3<0, 2, 1>>()?)?;
        let seen = seen.try_permute::<_, Axes3<0, 2, 1>>()?.try_reshape_like(&shape)?;
        add_onto(seen, x).map_err(D::to_device_error)
    }
}

/// Maps from the way up, then those from the way down.
fn beside<B: Dim, const N: usize, D: Kernels, T: Tape<f32, D> + Merge<T>>(
    up: Maps<B, Const<N>, D, T>,
    down: Maps<B, Const<N>, D, T>,
) -> Result<Maps<B, Times<2, N>, D, T>, D::Err> {
    let joined = concat_channels(up, down).map_err(D::to_device_error)?;
    let (b, _, h, w) = *joined.shape();
    joined.try_reshape_like(&(b, Times, h, w))
}

/// The same maps under the other name for their number.
fn single<B: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Maps<B, Const<N>, D, T>,
) -> Result<Maps<B, Times<1, N>, D, T>, D::Err> {
    let (b, _, h, w) = *x.shape();
    x.try_reshape_like(&(b, Times, h, w))
}

fn fault(expected: String, got: String) -> crate::Error {
    crate::Error::Shape {
        layer: "UNet".into(),
        expected,
        got,
    }
}

/// Whether the sizes fit the two halvings, and there is a step and a class for each picture.
fn check([batch, h, w]: [usize; 3], told: &Condition) -> crate::Result<()> {
    if !(h.is_multiple_of(4) && w.is_multiple_of(4)) {
        return Err(fault(
            "height and width that are multiples of 4".into(),
            format!("{h} x {w} pixels"),
        ));
    }
    let (steps, classes) = (told.steps.len(), told.classes.len());
    if (steps, classes) != (batch, batch) {
        return Err(fault(
            format!("a step and a class for each of {batch} pictures"),
            format!("{steps} steps and {classes} classes"),
        ));
    }
    Ok(())
}

impl<
    const C: usize,
    const N: usize,
    const M: usize,
    const R: usize,
    const K: usize,
    B: Dim,
    H: Dim,
    W: Dim,
    D: Kernels,
    T: Tape<f32, D> + Merge<T>,
> Module<(Tensor<(B, Const<C>, H, W), f32, D, T>, Condition)> for UNet<C, N, M, R, K, f32, D>
{
    type Output = Maps<B, Const<C>, D, T>;
    type Error = D::Err;

    fn try_forward(
        &self,
        (x, told): (Tensor<(B, Const<C>, H, W), f32, D, T>, Condition),
    ) -> Result<Self::Output, D::Err> {
        let (b, _, h, w) = *x.shape();
        check([b.size(), h.size(), w.size()], &told).map_err(D::to_device_error)?;
        let (rows, told_tape) = self.rows::<B, T>(b, told)?.split_tape();
        let (x, tape) = x.split_tape();
        let x = self.enter.try_forward(x.put_tape(tape.merge(told_tape)))?;
        let full = self.down1.run(single(x)?, &rows)?;
        let x = self.halve1.try_forward(full.with_empty_tape())?;
        let half = self.down2.run(single(x)?, &rows)?;
        let x = self.halve2.try_forward(half.with_empty_tape())?;
        let x = self.attend(self.middle1.run(single(x)?, &rows)?)?;
        let x = self.middle2.run(single(x)?, &rows)?;
        let x = self.double2.try_forward(UpsampleNearest::<2>.try_forward(x)?)?;
        let x = self.up2.run(beside(x, half)?, &rows)?;
        let x = self.double1.try_forward(UpsampleNearest::<2>.try_forward(x)?)?;
        let x = self.up1.run(beside(x, full)?, &rows)?;
        let x = SiLU.try_forward(self.norm_out.try_forward(x)?)?;
        self.leave.0.try_forward(x)
    }
}

/// Pictures with two more channels, whose pixels hold the step and the class.
impl<
    const C: usize,
    const N: usize,
    const M: usize,
    const R: usize,
    const K: usize,
    D: Kernels,
    T: Tape<f32, D> + Merge<T>,
> Module<Tensor<(usize, usize, usize, usize), f32, D, T>> for UNet<C, N, M, R, K, f32, D>
{
    type Output = Maps<usize, Const<C>, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(usize, usize, usize, usize), f32, D, T>) -> Result<Self::Output, D::Err> {
        let (x, tape) = x.split_tape();
        let (batch, channels, h, w) = *x.shape();
        if channels != C + 2 {
            let expected = format!("{C} channels, one that holds the step and one that holds the class");
            return Err(D::to_device_error(fault(expected, format!("{channels} channels"))));
        }
        let (pictures, told) = apart(&x.as_vec(), C * h * w, h * w);
        let pictures = x.device().try_tensor_from_vec(pictures, (batch, Const::<C>, h, w))?;
        self.try_forward((pictures.put_tape(tape), told))
    }
}

/// The pictures, and what the first pixel of the two planes behind each says. Not generic, so that it is not compiled in a cell.
fn apart(x: &[f32], picture: usize, plane: usize) -> (Vec<f32>, Condition) {
    let samples = || x.chunks((picture + 2 * plane).max(1));
    let pictures = samples().flat_map(|sample| &sample[..picture]).copied().collect();
    let told = Condition {
        steps: samples().map(|sample| sample[picture]).collect(),
        classes: samples().map(|sample| sample[picture + plane]).collect(),
    };
    (pictures, told)
}
