"""Golden values of curves, calibration, regression, masks and scores over classes, made with scikit-learn 1.9.1.

    python tests/metrics/curves.py > tests/metrics/curves.json

All cases are random, with a fixed seed; many have ties. Scores are written so that `f32` holds them exactly.
"""

import json
import warnings

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.calibration import calibration_curve

assert sklearn.__version__ == "1.9.1", sklearn.__version__
warnings.simplefilter("ignore")

rng = np.random.default_rng(11)


def numbers(values):
    return [float(v) for v in np.asarray(values, dtype=float).ravel()]


def exact(values):
    return np.float32(values).astype(float)


def bins(truth, scores, n):
    """scikit-learn's bins of probabilities that are less by the rounding of an f32: one that was meant to lie on a border, such
    as 0.2 or 1/3, may lie a trifle above it as f32, and belongs to the lower bin. The means are those of the f32."""
    written = np.clip(scores - 3.1e-8, 0, 1)
    observed, about = calibration_curve(truth, written, n_bins=n)
    place = np.searchsorted(np.linspace(0, 1, n + 1)[1:-1], written)
    predicted = [scores[place == i].mean() for i in range(n) if (place == i).any()]
    assert np.allclose(predicted, about, atol=1e-6)
    return dict(n=n, observed=numbers(observed), predicted=numbers(predicted))


def binary(truth, scores):
    fpr, tpr, roc_thresholds = metrics.roc_curve(truth, scores, drop_intermediate=False)
    precision, recall, thresholds = metrics.precision_recall_curve(truth, scores)
    # Ours begins where scikit-learn's ends.
    return dict(
        truth=[bool(t) for t in truth],
        scores=numbers(scores),
        fpr=numbers(fpr),
        tpr=numbers(tpr),
        roc_thresholds=numbers(roc_thresholds)[1:],
        auc=metrics.roc_auc_score(truth, scores),
        precision=numbers(precision)[::-1],
        recall=numbers(recall)[::-1],
        thresholds=numbers(thresholds)[::-1],
        average_precision=metrics.average_precision_score(truth, scores),
        brier=metrics.brier_score_loss(truth, scores),
        bins=[bins(truth, scores, n) for n in (1, 5, 10, 15)],
    )


def classes(n_classes, truth, scores, ks):
    predicted = scores.argmax(1)
    labels = list(range(n_classes))
    micro = metrics.precision_recall_fscore_support(truth, predicted, labels=labels, average="micro", zero_division=0)
    return dict(
        classes=n_classes,
        truth=[int(t) for t in truth],
        scores=numbers(scores),
        top_k=[[k, metrics.top_k_accuracy_score(truth, scores, k=k, labels=labels)] for k in ks],
        jaccard=numbers(metrics.jaccard_score(truth, predicted, labels=labels, average=None, zero_division=0)),
        balanced=metrics.balanced_accuracy_score(truth, predicted),
        matthews=metrics.matthews_corrcoef(truth, predicted),
        micro=numbers(micro[:3]),
    )


def regression(truth, predicted):
    truth, predicted = exact(truth), exact(predicted)
    return dict(
        truth=numbers(truth),
        predicted=numbers(predicted),
        mae=metrics.mean_absolute_error(truth, predicted),
        mse=metrics.mean_squared_error(truth, predicted),
        rmse=metrics.root_mean_squared_error(truth, predicted),
        r2=metrics.r2_score(truth, predicted),
    )


def masks(truth, predicted):
    return dict(
        truth=[bool(t) for t in truth],
        predicted=[bool(t) for t in predicted],
        iou=metrics.jaccard_score(truth, predicted, zero_division=1),
        dice=metrics.f1_score(truth, predicted, zero_division=1),
    )


def noisy(truth, spread):
    return exact(np.clip(rng.normal(0.35 + 0.3 * truth, spread), 0, 1))


def some(n, share):
    truth = rng.random(n) < share
    truth[:2] = [False, True]
    return truth


many = some(400, 0.2)
few = some(9, 0.5)
coarse = some(150, 0.4)
unlike = rng.random((60, 5)).astype(np.float32).astype(float)

print(json.dumps(dict(
    made_with=f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    binary=[
        binary(many, noisy(many, 0.2)),
        binary(few, noisy(few, 0.3)),
        # Ten values for 150 samples, the borders of the bins among them.
        binary(coarse, exact(np.round(noisy(coarse, 0.25), 1))),
        binary(coarse, exact(np.where(rng.random(150) < 0.5, 0.25, 0.75))),
        binary(few, exact(np.full(9, 0.5))),
        binary(few, exact(few.astype(float))),
        binary(few, exact(1.0 - few)),
        binary(np.arange(40) < 1, exact(np.linspace(1, 0, 40))),
    ],
    classes=[
        classes(5, rng.integers(0, 5, 60), unlike, [1, 2, 3, 5]),
        classes(5, np.where(rng.random(60) < 0.6, unlike.argmax(1), rng.integers(0, 5, 60)), unlike, [1, 2, 4]),
        classes(4, rng.integers(0, 3, 50), exact(rng.random((50, 4))), [1, 2, 3]),
        classes(3, np.zeros(20, dtype=int), exact(rng.random((20, 3))), [1, 2]),
    ],
    regression=[
        regression(rng.normal(5, 2, 50), rng.normal(5, 2, 50)),
        regression(t := rng.normal(1000, 1, 30), t + rng.normal(0, 0.1, 30)),
        regression([3.0, 3.0, 3.0], [3.0, 3.0, 3.0]),
        regression([3.0, 3.0, 3.0], [3.0, 3.5, 3.0]),
        regression([1.0, 2.0], [2.0, 1.0]),
    ],
    masks=[
        masks(rng.random(100) < 0.4, rng.random(100) < 0.4),
        masks(rng.random(100) < 0.1, rng.random(100) < 0.9),
        masks(np.zeros(20, bool), np.zeros(20, bool)),
        masks(np.zeros(20, bool), np.arange(20) < 3),
        masks(np.arange(20) < 3, np.zeros(20, bool)),
        masks(np.ones(20, bool), np.ones(20, bool)),
        masks(np.arange(20) < 5, np.arange(20) >= 5),
    ],
), separators=(",", ":")))
