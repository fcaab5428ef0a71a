//! Everything that a notebook uses, by one line: `use gradus::prelude::*;`.

pub use dfdx::losses::{
    binary_cross_entropy_with_logits_loss, cross_entropy_with_logits_loss, huber_loss, mae_loss, mse_loss,
};
pub use dfdx::nn::{
    BuildModule, BuildOnDevice, DeviceBuildExt, LoadFromNpz, LoadFromSafetensors, ModelEMA, Module, ModuleMut,
    NonMutableModule, NumParams, ResetParams, SaveToNpz, SaveToSafetensors, TensorCollection, ZeroGrads,
    ZeroSizedModule,
};
pub use dfdx::shapes::*;
pub use dfdx::tensor::{
    AsArray, Cpu, Gradients, HasErr, NoneTape, OnesTensor, OwnedTape, PutTape, SampleTensor, SplitTape, Storage, Tape,
    Tensor, Tensor0D, Tensor1D, Tensor2D, Tensor3D, Tensor4D, TensorFrom, TensorFromVec, Trace, ZerosTensor,
};
pub use dfdx::tensor_ops::*;

pub use crate::data::Scenes;
pub use crate::data::{self, Augment, Batch, Dataset, Fill, Fit, Image, Table};
pub use crate::detect::{self, Box2D, Detection, Detector, Object};
pub use crate::device::{Dev, describe, device};
pub use crate::diffusion::{self, NoiseModel, NoiseSchedule, Sampler};
pub use crate::explain::{self, Attribution, Sample};
pub use crate::generate::{self, BeamSearch, Generation, LanguageModel, Sampling};
pub use crate::graph::{self, Graph, GraphBatch, SparseMatrix};
pub use crate::metrics::{self, BinaryPredictions, ConfusionMatrix};
pub use crate::nn::builders::*;
pub use crate::nn::{Built, Condition, Init, LstmState, Padded, State};
pub use crate::plot::{
    self, Animation, Bars, Chart, Chart3D, ColorMap, Contour, Diagram, Figure, GraphPlot, Heatmap, Histogram, Maps,
    Pictures, Surface, boundary,
};
pub use crate::show::Show;
pub use crate::train::{Adagrad, NetStepper, Stepper, descend};
pub use crate::train::{Adam, AdamW, History, Learner, Loss, OneCycle, Optimizer, Predictions, RmsProp, Sgd};
pub use crate::train::{
    BatchEnd, BatchInfo, BatchTransform, Callback, Checkpoint, Constraint, Control, CsvLog, EarlyStopping, EpochEnd,
    FitBegin, FitEnd, Memo, Monitor, Schedule, Sweep, TensorBoard,
};
pub use crate::train::{BinaryCrossEntropy, CrossEntropy, Focal};
pub use crate::train::{Diagnosis, LayerOutput, WeightHealth};
pub use crate::train::{InputNoise, Mixup};
pub use crate::train::{LoadReport, Metric, StateDict};
pub use crate::train::{NetAverage, WeightAverage};
pub use crate::{Error, Result};
