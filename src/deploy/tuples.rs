//! Layers in a row, and around others.

use dfdx::nn::modules::Repeated;

use super::draft::{Draft, within};
use super::export::Export;
use super::node::Op;
use crate::Result;
use crate::nn::modules::{GeneralizedResidual, Residual};

macro_rules! tuples {
    ($($Part:ident $i:tt),+) => {
        impl<$($Part: Export),+> Export for ($($Part,)+) {
            fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
                $(let x = self.$i.export(draft, &within(name, $i), x)?;)+
                Ok(x)
            }
        }
    };
}
tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);

impl<T: Export, const N: usize> Export for Repeated<T, N> {
    fn export(&self, draft: &mut Draft, name: &str, mut x: String) -> Result<String> {
        for (i, module) in self.modules.iter().enumerate() {
            x = module.export(draft, &within(name, i), x)?;
        }
        Ok(x)
    }
}

impl<F: Export> Export for Residual<F> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let y = self.0.export(draft, &within(name, 0), x.clone())?;
        draft.node(&within(name, "add"), Op::Add { relu: false }, &[&y, &x])
    }
}

impl<F: Export, R: Export> Export for GeneralizedResidual<F, R> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let y = self.f.export(draft, &within(name, "f"), x.clone())?;
        let around = self.r.export(draft, &within(name, "r"), x)?;
        draft.node(&within(name, "add"), Op::Add { relu: false }, &[&y, &around])
    }
}
