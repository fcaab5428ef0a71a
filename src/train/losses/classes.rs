//! The settings of the losses over classes.

/// Cross-entropy with weights for the classes and label smoothing, either or both.
///
/// With smoothing `s` and `K` classes, the target of a sample is `1 - s + s / K` for its class and `s / K` for the
/// others (Szegedy et al. 2016, arXiv:1512.00567). With weights, each class's share of the sum counts `weights[class]`
/// times and the mean is taken over the weights of the samples' classes, so that a batch of one class costs what it
/// costs without weights; a batch of weight 0 costs 0. Targets that are probabilities count one each.
/// PyTorch: `torch.nn.CrossEntropyLoss(weight, label_smoothing)`. Taught in notebooks 07 (weights) and 08 (smoothing).
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let train = data::moons(100, 0.1, 0)?;
/// let loss = CrossEntropy { weights: train.class_weights(), ..CrossEntropy::default() };
/// let learner = Learner::with_loss::<(Linear<2, 2>,)>(&device(0)?, Adam::default(), loss)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    /// One weight per class, not below 0; empty for equal weights.
    pub weights: Vec<f32>,
    /// The share of every target that is spread over all classes, 0 to 1.
    pub label_smoothing: f32,
}

/// Binary cross-entropy for classes 0 and 1 and a network with one score: `-log(sigmoid(score))` for class 1,
/// `-log(1 - sigmoid(score))` for class 0, the mean over the batch.
///
/// PyTorch: `torch.nn.BCEWithLogitsLoss(pos_weight)`. Taught in notebooks 02 and 07.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy {
    /// How often a sample of class 1 counts; 1 unless set.
    pub pos_weight: f32,
}

impl Default for BinaryCrossEntropy {
    fn default() -> Self {
        Self { pos_weight: 1.0 }
    }
}

/// Focal loss: `-weight * (1 - p)^gamma * log(p)`, where `p` is the probability of the true class, the mean over the batch.
///
/// What is right already (`p` near 1) costs almost nothing, so that many easy samples do not drown few hard ones.
/// A network with one score is taken for two classes, `p` being its sigmoid.
/// Lin et al. 2017, *Focal Loss for Dense Object Detection*, arXiv:1708.02002.
/// PyTorch: `torchvision.ops.sigmoid_focal_loss`, whose `alpha` is `weights: vec![1.0 - alpha, alpha]` here; the mean is
/// over the samples, not over their weights. Taught in notebook 07.
#[derive(Clone, Debug, PartialEq)]
pub struct Focal {
    /// How strongly easy samples are played down; 0 is cross-entropy, 2 the paper's choice and the default.
    pub gamma: f32,
    /// One weight per class, not below 0; empty for equal weights.
    pub weights: Vec<f32>,
}

impl Default for Focal {
    fn default() -> Self {
        Self {
            gamma: 2.0,
            weights: Vec::new(),
        }
    }
}
