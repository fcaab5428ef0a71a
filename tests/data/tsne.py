"""Golden values of t-SNE, made with scikit-learn: its objective for some layouts, and how small it makes it.

    python tests/data/tsne.py > tests/data/tsne.json

The committed file was made with the versions that it names. The exact method; the private functions are those that
`TSNE(method='exact')` itself calls.
"""

import json

import numpy as np
import sklearn
from sklearn.manifold import TSNE, _t_sne
from sklearn.metrics import pairwise_distances

rng = np.random.default_rng(15)


def flat(a):
    return [float(f"{v:.7g}") for v in np.asarray(a, dtype=np.float32).ravel()]


def case(values, perplexity):
    values = np.float32(values)
    distances = pairwise_distances(values, squared=True)
    likely = _t_sne._joint_probabilities(distances, perplexity, 0)
    points = np.float32(rng.normal(size=(len(values), 2)) * 3)
    divergence, _ = _t_sne._kl_divergence(points.ravel().astype(np.float64), likely, 1, len(values), 2)
    fitted = TSNE(method="exact", perplexity=perplexity, init="pca", random_state=0).fit(values)
    return {
        "dim": values.shape[1],
        "perplexity": perplexity,
        "values": flat(values),
        "points": flat(points),
        "divergence": float(divergence),
        "fitted": float(fitted.kl_divergence_),
    }


centres = rng.normal(size=(4, 6)) * 6
groups = np.concatenate([c + rng.normal(size=(15, 6)) for c in centres])
print(json.dumps({
    "made_with": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "cases": [case(groups, 10.0), case(rng.normal(size=(40, 3)), 5.0), case(rng.normal(size=(30, 2)), 8.0)],
}, separators=(",", ":")))
