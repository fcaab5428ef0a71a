//! The mean of the weights over the last steps.

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorRef,
};
use dfdx::prelude::{Shape, Tensor};

use super::callback::Callback;
use super::events::{BatchEnd, Control, FitBegin, FitEnd, Memo};
use crate::device::Dev;
use crate::train::learner::Learner;
use crate::train::optimizers::update::State;
use crate::{Error, Result};

/// The share of the average that is kept at update `n`, from 0: at first little, so that the random weights of the start are soon
/// forgotten, in the end `decay`. The rule of TensorFlow's `ExponentialMovingAverage(num_updates)`.
fn keeps(decay: f64, updates: usize) -> f32 {
    let n = updates as f64;
    decay.min((1.0 + n) / (10.0 + n)) as f32
}

fn check(decay: f64) -> Result<()> {
    if (0.0..1.0).contains(&decay) {
        return Ok(());
    }
    Err(Error::Argument {
        what: "decay of a weight average".into(),
        expected: "0 or more and below 1: 0.999 looks back about a thousand steps".into(),
        got: decay.to_string(),
    })
}

fn mix(average: &mut [f32], now: &[f32], keep: f32) {
    for (average, now) in average.iter_mut().zip(now) {
        *average += (1.0 - keep) * (now - *average);
    }
}

/// Keeps an exponential moving average of the weights, `average = decay * average + (1 - decay) * weights` after every batch, and
/// gives it to the network when the run has come to its end. The optimizer then forgets its steps: they belonged to other weights.
///
/// The average of the last steps is calmer than the last step, and what a diffusion model draws with it is better. In the first steps
/// less is kept, `(1 + n) / (10 + n)`. What no optimizer moves, such as the statistics of a batch norm, is taken as it is. While the
/// run lasts, validation figures are those of the weights as they are. Polyak & Juditsky 1992; Ho, Jain & Abbeel 2020,
/// arXiv:2006.11239. PyTorch: `torch.optim.swa_utils.AveragedModel` with `get_ema_multi_avg_fn(decay)`; Keras:
/// `use_ema=True`. For a loop of your own: [`NetAverage`]. Taught in notebook 19.
#[derive(Clone, Debug)]
pub struct WeightAverage {
    decay: f64,
    average: Vec<Vec<f32>>,
    updates: usize,
}

impl WeightAverage {
    /// An average that looks back about `1 / (1 - decay)` steps; 0.999 is usual.
    pub fn new(decay: f64) -> Self {
        Self {
            decay,
            average: Vec::new(),
            updates: 0,
        }
    }
}

impl Callback for WeightAverage {
    /// Checkpoints know it by this name, wherever its file stands.
    fn name(&self) -> String {
        "gradus::train::weight_average::WeightAverage".into()
    }

    fn fit_begin(&mut self, learner: &mut Learner, event: &FitBegin) -> Result<()> {
        check(self.decay)?;
        if event.done == 0 || self.average.is_empty() {
            (self.average, self.updates) = (learner.net.values()?, 0);
        }
        Ok(())
    }

    fn batch_end(&mut self, learner: &mut Learner, _: &BatchEnd) -> Result<Control> {
        let keep = keeps(self.decay, self.updates);
        let moved = learner.layout.iter().map(|info| info.trainable);
        let all = self.average.iter_mut().zip(learner.net.values()?).zip(moved);
        for ((average, now), trainable) in all {
            mix(average, &now, if trainable { keep } else { 0.0 });
        }
        self.updates += 1;
        Ok(Control::Continue)
    }

    fn fit_end(&mut self, learner: &mut Learner, _: &FitEnd) -> Result<()> {
        if self.updates > 0 {
            learner.net.set_values(&self.average)?;
            learner.state = State::default();
            learner.parts.forget();
        }
        Ok(())
    }

    fn memo(&self) -> Memo {
        Memo {
            numbers: vec![self.updates as f64],
            tensors: self.average.clone(),
        }
    }

    fn remember(&mut self, learner: &Learner, memo: Memo) -> Result<()> {
        let [updates] = memo.numbers[..] else {
            return Ok(());
        };
        let sizes = learner.layout.iter().map(|info| info.shape.iter().product::<usize>());
        if !sizes.eq(memo.tensors.iter().map(Vec::len)) {
            return Err(Error::Argument {
                what: "average weights in a checkpoint".into(),
                expected: "as many numbers as the network has".into(),
                got: "another number".into(),
            });
        }
        (self.updates, self.average) = (updates as usize, memo.tensors);
        Ok(())
    }
}

/// The average of the weights of a network that you train in a loop of your own: what [`WeightAverage`] is for a
/// [`Learner`].
///
/// dfdx has [`ModelEMA`](dfdx::nn::ModelEMA), which does one update with a share of your choice and leaves out what is not trained.
/// Taught in notebook 19.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let dev = device(0)?;
/// let mut net = dev.build_module::<Linear<1, 1>, f32>();
/// net.weight.copy_from(&[0.0]);
/// let mut average = NetAverage::new(&net, 0.5)?;
/// net.weight.copy_from(&[1.0]);
/// average.update(&net)?;
/// // The first update keeps a tenth.
/// assert!((average.net.weight.as_vec()[0] - 0.9).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct NetAverage<N> {
    /// The network with the average weights.
    pub net: N,
    decay: f64,
    updates: usize,
}

impl<N: TensorCollection<f32, Dev> + Clone> NetAverage<N> {
    /// Begins with the weights of `net`; looks back about `1 / (1 - decay)` steps.
    ///
    /// # Errors
    /// [`Error::Argument`] for a decay that is not from 0 to below 1.
    pub fn new(net: &N, decay: f64) -> Result<Self> {
        check(decay)?;
        Ok(Self {
            net: net.clone(),
            decay,
            updates: 0,
        })
    }

    /// Takes the weights as they are now into the average; to be called after each step.
    ///
    /// # Errors
    /// Only where memory runs out.
    pub fn update(&mut self, net: &N) -> Result<()> {
        let mut mixer = Mixer(keeps(self.decay, self.updates));
        N::iter_tensors(&mut RecursiveWalker {
            m: (&mut self.net, net),
            f: &mut mixer,
        })?;
        self.updates += 1;
        Ok(())
    }
}

/// Goes through two networks at once.
struct Mixer(f32);

impl TensorVisitor<f32, Dev> for Mixer {
    type Viewer = (ViewTensorMut, ViewTensorRef);
    type Err = Error;
    type E2 = f32;
    type D2 = Dev;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Dev>,
        (average, now): (&mut Tensor<S, f32, Dev>, &Tensor<S, f32, Dev>),
    ) -> Result<Option<Tensor<S, f32, Dev>>> {
        let keep = if options.do_gradient_update { self.0 } else { 0.0 };
        let mut numbers = average.as_vec();
        mix(&mut numbers, &now.as_vec(), keep);
        average.copy_from(&numbers);
        Ok(None)
    }
}
