"""Paths of optimizers over Rosenbrock's valley, made with PyTorch 2.15.0.

    python tests/train/descend.py > tests/train/descend.json

PyTorch computes in double precision here, so that all rounding in the comparison is ours.
"""

import json

import torch
from torch import optim

assert torch.__version__.startswith("2.15."), torch.__version__
torch.set_default_dtype(torch.float64)

START, STEPS = [-1.5, 2.0], 60
OPTIMIZERS = {
    "Sgd": (optim.SGD, dict(lr=0.002)),
    "Momentum": (optim.SGD, dict(lr=0.001, momentum=0.9)),
    "Nesterov": (optim.SGD, dict(lr=0.001, momentum=0.9, nesterov=True)),
    "Adagrad": (optim.Adagrad, dict(lr=0.5)),
    "RmsProp": (optim.RMSprop, dict(lr=0.01)),
    "Adam": (optim.Adam, dict(lr=0.1)),
    "AdamW": (optim.AdamW, dict(lr=0.1, weight_decay=0.1)),
}


def path(kind, settings):
    p = torch.tensor(START, requires_grad=True)
    optimizer, points = kind([p], **settings), [START]
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = (1 - p[0]) ** 2 + 20 * (p[1] - p[0] ** 2) ** 2
        loss.backward()
        optimizer.step()
        points.append([float(f"{v:.9g}") for v in p.tolist()])
    return points


print(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "paths": {name: path(*kind) for name, kind in OPTIMIZERS.items()},
}, indent=None, separators=(",", ":")))
