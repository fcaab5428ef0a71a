"""Golden values of spectral normalization, made with PyTorch.

    python tests/nn/spectral_norm.py > tests/nn/spectral_norm.json

The committed file was made with the version that it names. Each case feeds two batches to a layer in training mode, the second
with gradients, and then the second one again in evaluation mode.
"""

import json

import torch
from torch.nn.utils.parametrizations import spectral_norm

torch.manual_seed(18)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


def passes(layer, weight, x, dy):
    x = x.clone().requires_grad_()
    layer.zero_grad()
    y = layer(x)
    y.backward(dy)
    return {"y": flat(y), "dx": flat(x.grad), "dweight": flat(weight.grad), "dbias": flat(layer.bias.grad)}


def case(layer, shape):
    layer = spectral_norm(layer)
    parts = layer.parametrizations.weight
    record = {"weight": flat(parts.original), "bias": flat(layer.bias), "u": flat(parts[0]._u), "v": flat(parts[0]._v)}
    # Other weights than those that u and v were made for: one step of the power iteration does not find the end of it.
    with torch.no_grad():
        parts.original.add_(torch.randn_like(parts.original) * parts.original.std())
    record["moved"] = flat(parts.original)
    first, second = torch.randn(shape), torch.randn(shape)
    y = layer(first)
    dy = torch.randn_like(y)
    record |= {"shape": list(shape), "first": flat(first), "second": flat(second), "dy": flat(dy), "y_first": flat(y)}
    record["train"] = passes(layer, parts.original, second, dy)
    record |= {"u_after": flat(parts[0]._u), "v_after": flat(parts[0]._v)}
    record["eval"] = passes(layer.eval(), parts.original, second, dy)
    matrix = parts.original.detach().flatten(1)
    record["largest"] = float(torch.linalg.matrix_norm(matrix.double(), 2))
    return record


print(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "linear": case(torch.nn.Linear(5, 4), (3, 5)),
    "conv": case(torch.nn.Conv2d(3, 6, 4, 2, 1), (2, 3, 7, 8)),
}, separators=(",", ":")))
