//! What the tests of recurrent layers and of attention share.

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
