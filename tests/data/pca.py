"""Golden values of principal components, made with scikit-learn 1.9.1.

    python tests/data/pca.py > tests/data/pca.json
"""

import json

import numpy as np
import sklearn
from sklearn.decomposition import PCA

assert sklearn.__version__ == "1.9.1", sklearn.__version__
rng = np.random.default_rng(8)


def case(x, count):
    x = np.float32(x).astype(float)
    pca = PCA(count, svd_solver="full").fit(x)
    return dict(
        values=[round(v, 7) for v in x.ravel().tolist()],
        dim=x.shape[1],
        components=pca.components_.tolist(),
        variances=pca.explained_variance_.tolist(),
        explained=pca.explained_variance_ratio_.tolist(),
        points=pca.transform(x).tolist(),
        rebuilt=pca.inverse_transform(pca.transform(x)).tolist(),
    )


def mixed(n, dim):
    # Eighths and few of them, so that the file is small and `f32` holds them exactly.
    x = rng.normal(size=(n, 3)) @ rng.normal(size=(3, dim)) * 3 + rng.normal(size=(n, dim)) + 5
    return np.round(x * 8) / 8


print(json.dumps([case(mixed(30, 4), 2), case(mixed(6, 25), 3), case(mixed(12, 12), 5)]))
