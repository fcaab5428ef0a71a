//! What the tests of recurrent layers and of attention share.

use std::collections::BTreeMap;

use gradus::dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorOptions, TensorVisitor, ViewTensorName, ViewTensorRef,
};
use gradus::prelude::*;
use serde::Deserialize;

/// How PyTorch's fresh weights are spread.
#[derive(Deserialize)]
pub struct Fresh {
    /// The largest amount.
    pub most: f32,
    /// The mean amount.
    pub mean: f32,
}

/// The share of right answers on `test` after `epochs` epochs with Adam.
pub fn accuracy_after<N: gradus::train::Trainable>(train: &Dataset, test: &Dataset, lr: f32, epochs: usize) -> f64 {
    let adam = Adam { lr, ..Adam::default() };
    let mut learner = Learner::classifier::<N>(&device(1).expect("device"), adam).expect("net");
    learner.quiet().set_batch_size(50);
    learner.fit(train, test, epochs).expect("trains");
    learner.confusion(test).expect("predicts").accuracy()
}

/// The gradient of each tensor of a network, by its name.
pub fn gradients_by_name<M: TensorCollection<f32, Cpu>>(
    net: &M,
    gradients: &Gradients<f32, Cpu>,
) -> BTreeMap<String, Vec<f32>> {
    let mut reader = Reader {
        gradients,
        found: BTreeMap::new(),
    };
    let mut walker = RecursiveWalker {
        m: (net, String::new()),
        f: &mut reader,
    };
    M::iter_tensors(&mut walker).expect("reads");
    reader.found
}

struct Reader<'a> {
    gradients: &'a Gradients<f32, Cpu>,
    found: BTreeMap<String, Vec<f32>>,
}

impl TensorVisitor<f32, Cpu> for Reader<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = gradus::Error;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, Cpu>,
        (tensor, name): (&Tensor<S, f32, Cpu>, String),
    ) -> gradus::Result<Option<Tensor<S, f32, Cpu>>> {
        self.found.insert(name, self.gradients.get(tensor).as_vec());
        Ok(None)
    }
}
