//! Connections around other layers, under dfdx's names and with its tensor names, but with an addition that costs no
//! memory.

use dfdx::prelude::{
    BuildModule, BuildOnDevice, Device, Dtype, Merge, Module, ModuleMut, ModuleVisitor, OwnedTape, Shape, Tape, Tensor,
    TensorCollection, WithEmptyTape,
};

use crate::ops::{Kernels, add_onto};

/// A connection around `F`: `F(x) + x`. `F` must keep the shape.
///
/// He, Zhang, Ren & Sun 2016, arXiv:1512.03385. Taught in notebook 11.
#[derive(Clone, Debug, Default)]
pub struct Residual<F>(pub F);

/// A way `R` around `F`: `F(x) + R(x)`, for an `F` that changes the shape.
///
/// He, Zhang, Ren & Sun 2016, arXiv:1512.03385. Taught in notebook 11.
#[derive(Clone, Debug, Default)]
pub struct GeneralizedResidual<F, R> {
    /// What is learned on top.
    pub f: F,
    /// The way around.
    pub r: R,
}

impl<D: Device<E>, E: Dtype, F: BuildOnDevice<D, E>> BuildOnDevice<D, E> for Residual<F>
where
    Residual<F::Built>: BuildModule<D, E>,
{
    type Built = Residual<F::Built>;
}

impl<D: Device<E>, E: Dtype, F: BuildOnDevice<D, E>, R: BuildOnDevice<D, E>> BuildOnDevice<D, E>
    for GeneralizedResidual<F, R>
where
    GeneralizedResidual<F::Built, R::Built>: BuildModule<D, E>,
{
    type Built = GeneralizedResidual<F::Built, R::Built>;
}

impl<E: Dtype, D: Device<E>, F: TensorCollection<E, D>> TensorCollection<E, D> for Residual<F> {
    type To<E2: Dtype, D2: Device<E2>> = Residual<F::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("0", |s| &s.0, |s| &mut s.0), Residual)
    }
}

impl<E: Dtype, D: Device<E>, F: TensorCollection<E, D>, R: TensorCollection<E, D>> TensorCollection<E, D>
    for GeneralizedResidual<F, R>
{
    type To<E2: Dtype, D2: Device<E2>> = GeneralizedResidual<F::To<E2, D2>, R::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("f", |s| &s.f, |s| &mut s.f),
                Self::module("r", |s| &s.r, |s| &mut s.r),
            ),
            |(f, r)| GeneralizedResidual { f, r },
        )
    }
}

impl<S: Shape, D: Kernels, T: Tape<f32, D> + Merge<T>, F> Module<Tensor<S, f32, D, T>> for Residual<F>
where
    F: Module<Tensor<S, f32, D, T>, Output = Tensor<S, f32, D, T>, Error = D::Err>,
{
    type Output = Tensor<S, f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<S, f32, D, T>) -> Result<Self::Output, D::Err> {
        let y = self.0.try_forward(x.with_empty_tape())?;
        add_onto(y, x).map_err(D::to_device_error)
    }
}

impl<S: Shape, D: Kernels, F> ModuleMut<Tensor<S, f32, D, OwnedTape<f32, D>>> for Residual<F>
where
    F: ModuleMut<Tensor<S, f32, D, OwnedTape<f32, D>>, Output = Tensor<S, f32, D, OwnedTape<f32, D>>, Error = D::Err>,
{
    type Output = Tensor<S, f32, D, OwnedTape<f32, D>>;
    type Error = D::Err;

    fn try_forward_mut(&mut self, x: Tensor<S, f32, D, OwnedTape<f32, D>>) -> Result<Self::Output, D::Err> {
        let y = self.0.try_forward_mut(x.with_empty_tape())?;
        add_onto(y, x).map_err(D::to_device_error)
    }
}

impl<S: Shape, Z: Shape, D: Kernels, T: Tape<f32, D> + Merge<T>, F, R> Module<Tensor<S, f32, D, T>>
    for GeneralizedResidual<F, R>
where
    F: Module<Tensor<S, f32, D, T>, Output = Tensor<Z, f32, D, T>, Error = D::Err>,
    R: Module<Tensor<S, f32, D, T>, Output = Tensor<Z, f32, D, T>, Error = D::Err>,
{
    type Output = Tensor<Z, f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<S, f32, D, T>) -> Result<Self::Output, D::Err> {
        let y = self.f.try_forward(x.with_empty_tape())?;
        add_onto(y, self.r.try_forward(x)?).map_err(D::to_device_error)
    }
}

impl<S: Shape, Z: Shape, D: Kernels, F, R> ModuleMut<Tensor<S, f32, D, OwnedTape<f32, D>>> for GeneralizedResidual<F, R>
where
    F: ModuleMut<Tensor<S, f32, D, OwnedTape<f32, D>>, Output = Tensor<Z, f32, D, OwnedTape<f32, D>>, Error = D::Err>,
    R: ModuleMut<Tensor<S, f32, D, OwnedTape<f32, D>>, Output = Tensor<Z, f32, D, OwnedTape<f32, D>>, Error = D::Err>,
{
    type Output = Tensor<Z, f32, D, OwnedTape<f32, D>>;
    type Error = D::Err;

    fn try_forward_mut(&mut self, x: Tensor<S, f32, D, OwnedTape<f32, D>>) -> Result<Self::Output, D::Err> {
        let y = self.f.try_forward_mut(x.with_empty_tape())?;
        add_onto(y, self.r.try_forward_mut(x)?).map_err(D::to_device_error)
    }
}
