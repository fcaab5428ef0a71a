"""Golden values of the losses over classes, made with PyTorch 2.15.0.

    python tests/train/loss.py > tests/train/loss.json

PyTorch computes in double precision here, so that all rounding in the comparison is ours. Each case has the loss of every
sample (`reduction="none"`), their mean (`reduction="mean"`), and the gradient of the mean with respect to the scores.
"""

import json

import torch
from torch import nn
from torch.nn import functional as F

assert torch.__version__.startswith("2.15."), torch.__version__

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def exact(*shape, scale=1.0):
    return (torch.randn(*shape) * scale * 64).round() / 64


def flat(t):
    return [float(f"{v:.12g}") for v in t.detach().flatten().tolist()]


def case(name, settings, scores, targets, loss):
    """`loss(scores, reduction)` is PyTorch's."""
    leaf = scores.clone().requires_grad_()
    mean = loss(leaf, "mean")
    mean.backward()
    return dict(
        loss=name,
        settings=settings,
        width=scores.shape[1],
        scores=flat(scores),
        kind="probabilities" if targets.dtype == torch.float64 else "classes",
        targets=flat(targets),
        losses=flat(loss(scores, "none")),
        mean=flat(mean)[0],
        gradient=flat(leaf.grad),
    )


def cross_entropy(scores, targets, weights=(), label_smoothing=0.0):
    weight = torch.tensor(weights) if weights else None
    loss = lambda s, reduction: F.cross_entropy(
        s, targets, weight=weight, label_smoothing=label_smoothing, reduction=reduction
    )
    settings = dict(weights=list(weights), label_smoothing=label_smoothing)
    return case("CrossEntropy", settings, scores, targets, loss)


def binary(scores, targets, pos_weight=1.0):
    loss = lambda s, reduction: F.binary_cross_entropy_with_logits(
        s.flatten(), targets.double(), pos_weight=torch.tensor(pos_weight), reduction=reduction
    )
    return case("BinaryCrossEntropy", dict(pos_weight=pos_weight), scores, targets, loss)


def reduce(losses, reduction):
    return losses.mean() if reduction == "mean" else losses


def sigmoid_focal(scores, targets, alpha, gamma):
    """torchvision.ops.sigmoid_focal_loss, as its documentation defines it; alpha < 0 leaves the weights out."""

    def loss(s, reduction):
        s, t = s.flatten(), targets.double()
        p = torch.sigmoid(s)
        p_true = p * t + (1 - p) * (1 - t)
        losses = F.binary_cross_entropy_with_logits(s, t, reduction="none") * (1 - p_true) ** gamma
        if alpha >= 0:
            losses = (alpha * t + (1 - alpha) * (1 - t)) * losses
        return reduce(losses, reduction)

    weights = [1 - alpha, alpha] if alpha >= 0 else []
    return case("Focal", dict(weights=weights, gamma=gamma), scores, targets, loss)


def softmax_focal(scores, targets, weights, gamma):
    """Lin et al. 2017, equation 5, with the softmax for p."""

    def loss(s, reduction):
        log_p = F.log_softmax(s, 1).gather(1, targets[:, None]).squeeze(1)
        weight = torch.tensor(weights)[targets] if weights else 1.0
        return reduce(-weight * (1 - log_p.exp()) ** gamma * log_p, reduction)

    return case("Focal", dict(weights=list(weights), gamma=gamma), scores, targets, loss)


scores, targets = exact(9, 4, scale=3.0), torch.tensor([0, 3, 1, 1, 2, 0, 0, 3, 1])
soft = torch.softmax(exact(9, 4, scale=2.0), 1)
weights = [0.5, 2.0, 1.25, 4.0]
far = torch.tensor([[300.0, -300.0, 0.0], [-900.0, -901.0, -899.0], [50.0, 0.0, 0.0]])
logits = torch.cat([exact(8, 1, scale=3.0), torch.tensor([[45.0], [-45.0], [800.0], [-800.0]])])
answers = torch.tensor([0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1])
# Where p is 1 in double precision, PyTorch's own gradient of the focal loss is NaN: only near scores there.
near, yes = exact(10, 1, scale=2.0), torch.tensor([0, 1, 1, 0, 1, 0, 0, 1, 1, 0])

print(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "cases": [
        cross_entropy(scores, targets),
        cross_entropy(far, torch.tensor([1, 0, 0])),
        cross_entropy(scores, targets, weights=weights),
        cross_entropy(scores, targets, label_smoothing=0.1),
        cross_entropy(scores, targets, weights=weights, label_smoothing=0.3),
        cross_entropy(scores, targets, label_smoothing=1.0),
        cross_entropy(scores, soft),
        cross_entropy(scores, soft, weights=weights),
        cross_entropy(scores, soft, label_smoothing=0.2),
        cross_entropy(scores, soft, weights=weights, label_smoothing=0.2),
        case("Nll", {}, F.log_softmax(scores, 1), targets, lambda s, r: F.nll_loss(s, targets, reduction=r)),
        binary(logits, answers),
        binary(logits, answers, pos_weight=3.5),
        sigmoid_focal(near, yes, alpha=0.25, gamma=2.0),
        sigmoid_focal(near, yes, alpha=-1.0, gamma=2.0),
        sigmoid_focal(near, yes, alpha=0.75, gamma=0.5),
        sigmoid_focal(near, yes, alpha=0.25, gamma=0.0),
        softmax_focal(scores, targets, [], 2.0),
        softmax_focal(scores, targets, weights, 2.0),
        softmax_focal(scores, targets, weights, 0.7),
        softmax_focal(scores, targets, [], 5.0),
    ],
}, separators=(",", ":")))
