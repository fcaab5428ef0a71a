//! The residual block of a U-Net, which is told the time.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::conv::{Conv2D, uniform};
use super::curves::SiLU;
use super::group_norm::GroupNorm;
use super::linear::Linear;
use crate::ops::{Conv2dOptions, Kernels, Times, add_channels, add_onto, conv2d, group_norm};

/// The groups of every normalization of a U-Net.
pub(super) const GROUPS: usize = 4;

/// Feature maps with as many channels as `C` says.
pub(super) type Maps<B, C, D, T> = Tensor<(B, C, usize, usize), f32, D, T>;

/// Convolution of `K` stacks of `I` maps each, which stand behind each other, to `O` maps: `F` x `F` pixels, padded so that
/// the size stays.
#[derive(Clone, Debug)]
pub struct JoinedConv2D<const K: usize, const I: usize, const O: usize, const F: usize, E: Dtype, D: Storage<E>> {
    /// The filters.
    pub weight: Tensor<(Const<O>, Times<K, I>, Const<F>, Const<F>), E, D>,
    /// One number per filter.
    pub bias: Tensor<Rank1<O>, E, D>,
}

impl<const K: usize, const I: usize, const O: usize, const F: usize, E: Dtype + Float + SampleUniform, D: Device<E>>
    TensorCollection<E, D> for JoinedConv2D<K, I, O, F, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = JoinedConv2D<K, I, O, F, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let weight = TensorOptions::reset_with(move |t| t.try_fill_with_distr(uniform::<E>(K * I * F * F)));
        let bias = TensorOptions::reset_with(move |t| t.try_fill_with_distr(uniform::<E>(K * I * F * F)));
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, weight),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, bias),
            ),
            |(weight, bias)| JoinedConv2D { weight, bias },
        )
    }
}

impl<const K: usize, const I: usize, const O: usize, const F: usize, D: Kernels> JoinedConv2D<K, I, O, F, f32, D> {
    fn run<B: Dim, T: Tape<f32, D>>(&self, x: Maps<B, Times<K, I>, D, T>) -> crate::Result<Maps<B, Const<O>, D, T>> {
        let options = Conv2dOptions {
            padding: F / 2,
            ..Conv2dOptions::default()
        };
        conv2d(x, &self.weight, Some(&self.bias), options)
    }
}

/// Group normalization of `K` stacks of `N` maps each, which stand behind each other.
#[derive(Clone, Debug)]
pub struct JoinedNorm<const K: usize, const N: usize, E: Dtype, D: Storage<E>> {
    /// The scale of each channel. Starts as 1.
    pub weight: Tensor<(Times<K, N>,), E, D>,
    /// The shift of each channel. Starts as 0.
    pub bias: Tensor<(Times<K, N>,), E, D>,
}

impl<const K: usize, const N: usize, E: Dtype, D: Device<E>> TensorCollection<E, D> for JoinedNorm<K, N, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = JoinedNorm<K, N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let (ones, zeros) = (TensorOptions::reset_to_ones(), TensorOptions::reset_to_zeros());
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, ones),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, zeros),
            ),
            |(weight, bias)| JoinedNorm { weight, bias },
        )
    }
}

/// What goes around the convolutions of a block.
#[derive(Clone, Debug)]
pub enum Around<const K: usize, const I: usize, const O: usize, E: Dtype, D: Storage<E>> {
    /// The maps as they are.
    Identity,
    /// A convolution of 1 x 1, where the number of maps changes.
    Projection(Box<JoinedConv2D<K, I, O, 1, E, D>>),
}

impl<const K: usize, const I: usize, const O: usize, E: Dtype, D: Storage<E>> Around<K, I, O, E, D> {
    const PROJECTS: bool = K * I != O;

    fn conv(&self) -> &JoinedConv2D<K, I, O, 1, E, D> {
        match self {
            Self::Projection(conv) => conv,
            Self::Identity => unreachable!("asked for where PROJECTS is true, and then built so"),
        }
    }

    fn conv_mut(&mut self) -> &mut JoinedConv2D<K, I, O, 1, E, D> {
        match self {
            Self::Projection(conv) => conv,
            Self::Identity => unreachable!("asked for where PROJECTS is true, and then built so"),
        }
    }
}

impl<const K: usize, const I: usize, const O: usize, E: Dtype + Float + SampleUniform, D: Device<E>>
    TensorCollection<E, D> for Around<K, I, O, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Around<K, I, O, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        if !Self::PROJECTS {
            return visitor.visit_fields((), |()| Around::Identity);
        }
        visitor.visit_fields(Self::module("0", |s| s.conv(), |s| s.conv_mut()), |conv| {
            Around::Projection(Box::new(conv))
        })
    }
}

/// A residual block that is told the time: normalization, SiLU, convolution, plus one number per map made of the row of the
/// time; then normalization, SiLU, convolution, and what came in is added.
///
/// `K` stacks of `I` maps become `O` maps of the same size; the row has `N` numbers. He et al. 2016, arXiv:1512.03385, in the form
/// of Ho, Jain & Abbeel 2020, arXiv:2006.11239. Taught in notebook 19.
#[derive(Clone, Debug)]
pub struct TimedBlock<const K: usize, const I: usize, const O: usize, const N: usize, E: Dtype, D: Storage<E>> {
    /// In front of the first convolution.
    pub norm1: JoinedNorm<K, I, E, D>,
    /// The first convolution, 3 x 3.
    pub conv1: JoinedConv2D<K, I, O, 3, E, D>,
    /// From the row of the time to one number per map.
    pub time: Linear<N, O, E, D>,
    /// In front of the second convolution.
    pub norm2: GroupNorm<GROUPS, O, E, D>,
    /// The second convolution, 3 x 3.
    pub conv2: Conv2D<O, O, 3, 1, 1, 1, E, D>,
    /// The way around both.
    pub shortcut: Around<K, I, O, E, D>,
}

impl<const K: usize, const I: usize, const O: usize, const N: usize, E: Dtype + Float + SampleUniform, D: Device<E>>
    TensorCollection<E, D> for TimedBlock<K, I, O, N, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = TimedBlock<K, I, O, N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("norm1", |s| &s.norm1, |s| &mut s.norm1),
                Self::module("conv1", |s| &s.conv1, |s| &mut s.conv1),
                Self::module("time", |s| &s.time, |s| &mut s.time),
                Self::module("norm2", |s| &s.norm2, |s| &mut s.norm2),
                Self::module("conv2", |s| &s.conv2, |s| &mut s.conv2),
                Self::module("shortcut", |s| &s.shortcut, |s| &mut s.shortcut),
            ),
            |(norm1, conv1, time, norm2, conv2, shortcut)| TimedBlock {
                norm1,
                conv1,
                time,
                norm2,
                conv2,
                shortcut,
            },
        )
    }
}

impl<const K: usize, const I: usize, const O: usize, const N: usize, D: Kernels> TimedBlock<K, I, O, N, f32, D> {
    /// The block. `row` is `(B, N)`, behind its SiLU.
    pub(super) fn run<B: Dim, T: Tape<f32, D> + Merge<T>>(
        &self,
        x: Maps<B, Times<K, I>, D, T>,
        row: &Tensor<(B, Const<N>), f32, D>,
    ) -> Result<Maps<B, Const<O>, D, T>, D::Err> {
        let norm = &self.norm1;
        let y = group_norm(x.with_empty_tape(), GROUPS, &norm.weight, &norm.bias, 1e-5).map_err(D::to_device_error)?;
        let y = self.conv1.run(SiLU.try_forward(y)?).map_err(D::to_device_error)?;
        let raised = self.time.try_forward(row.clone().put_tape(T::default()))?;
        let y = add_channels(y, raised).map_err(D::to_device_error)?;
        let y = SiLU.try_forward(self.norm2.try_forward(y)?)?;
        let y = self.conv2.try_forward(y)?;
        let around = match &self.shortcut {
            Around::Identity => {
                let (b, _, h, w) = *x.shape();
                x.try_reshape_like(&(b, Const::<O>, h, w))?
            }
            Around::Projection(conv) => conv.run(x).map_err(D::to_device_error)?,
        };
        add_onto(y, around).map_err(D::to_device_error)
    }
}
