"""Golden values of figures about pictures, made with scikit-image and NumPy.

    python tests/metrics/pictures.py > tests/metrics/pictures.json

The committed file was made with the versions that it names.
"""

import json

import numpy as np
import scipy
import skimage
from scipy.linalg import sqrtm
from skimage.metrics import structural_similarity

rng = np.random.default_rng(17)


def flat(a):
    return [float(f"{v:.7g}") for v in np.asarray(a, dtype=np.float32).ravel()]


def ssim(shape, noise, span):
    a = (rng.random(shape) * span).astype(np.float32)
    b = (a + rng.normal(0, noise, shape)).astype(np.float32)
    mean = np.mean([structural_similarity(x, y, data_range=span) for x, y in zip(np.float64(a), np.float64(b))])
    return {"shape": list(shape), "range": span, "a": flat(a), "b": flat(b), "ssim": float(mean)}


def frechet(n, m, dim, shift):
    a, b = rng.normal(size=(n, dim)), rng.normal(size=(m, dim)) @ rng.normal(size=(dim, dim)) + shift
    a, b = np.float32(a).astype(np.float64), np.float32(b).astype(np.float64)
    s, t = np.atleast_2d(np.cov(a.T)), np.atleast_2d(np.cov(b.T))
    both = np.trace(sqrtm(s @ t).real)
    distance = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(s) + np.trace(t) - 2 * both
    return {"dim": dim, "a": flat(a), "b": flat(b), "distance": float(distance)}


print(json.dumps({
    "made_with": f"scikit-image {skimage.__version__}, numpy {np.__version__}, scipy {scipy.__version__}",
    "ssim": [ssim((1, 7, 7), 0.1, 1.0), ssim((2, 9, 12), 0.3, 1.0), ssim((1, 11, 8), 40.0, 255.0)],
    "frechet": [frechet(40, 30, 3, 0.5), frechet(9, 12, 1, 2.0), frechet(60, 80, 6, 0.0), frechet(5, 4, 8, 1.0)],
}, separators=(",", ":")))
