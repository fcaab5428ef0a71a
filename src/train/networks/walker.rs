//! A walk through the tensors of a network with its gradients.

use dfdx::nn::tensor_collection::{RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut};
use dfdx::prelude::*;

use super::network::{Slot, Walk};
use super::numbers::{with_gradient, with_numbers};
use crate::device::Dev;
use crate::{Error, Result};

/// Hands tensors with their gradients to `visit`, one after the other.
pub(in crate::train) struct Walker<'a> {
    walk: Walk<'a>,
    index: usize,
    gradients: Option<&'a mut Gradients<f32, Dev>>,
    scratch: &'a mut Vec<f32>,
    visit: &'a mut dyn FnMut(Slot),
}

impl<'a> Walker<'a> {
    /// A walker at the first tensor. `scratch` is memory for numbers that cannot be changed in place.
    pub fn new(
        walk: Walk<'a>,
        gradients: Option<&'a mut Gradients<f32, Dev>>,
        scratch: &'a mut Vec<f32>,
        visit: &'a mut dyn FnMut(Slot),
    ) -> Self {
        Self {
            walk,
            index: 0,
            gradients,
            scratch,
            visit,
        }
    }

    /// Walks through a network.
    pub fn through<N: TensorCollection<f32, Dev>>(&mut self, net: &mut N) -> Result<()> {
        let mut walker = RecursiveWalker { m: net, f: self };
        N::iter_tensors(&mut walker).map(drop)
    }
}

impl TensorVisitor<f32, Dev> for Walker<'_> {
    type Viewer = ViewTensorMut;
    type Err = Error;
    type E2 = f32;
    type D2 = Dev;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Dev>,
        tensor: &mut Tensor<S, f32, Dev>,
    ) -> Result<Option<Tensor<S, f32, Dev>>> {
        let index = self.index;
        self.index += 1;
        let Walk {
            stops,
            values: wanted,
            clear,
        } = self.walk;
        let gradients = self.gradients.as_deref_mut().filter(|_| options.do_gradient_update);
        if stops.get(index).is_none_or(|stop| *stop) {
            let visit = &mut self.visit;
            with_numbers(
                tensor,
                gradients,
                wanted,
                clear,
                self.scratch,
                &mut |values, gradient| {
                    visit(Slot {
                        index,
                        values,
                        gradient,
                    });
                },
            )?;
        } else if let (Some(gradients), true) = (gradients, clear) {
            with_gradient(gradients, tensor, true, &mut |_| ())?;
        }
        Ok(None)
    }
}
