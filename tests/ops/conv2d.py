"""Golden values of the convolution and pooling operations, made with PyTorch.

    python tests/ops/conv2d.py > tests/ops/conv2d.json

The committed file was made with the versions that it names. Inputs are in the file too, so that the test reads
everything it compares from one place.
"""

import json

import numpy
import torch
import torch.nn.functional as F

torch.manual_seed(0)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


def case(op, f, tensors, **options):
    """Runs `f`, weights its result by fixed numbers, and records values and gradients."""
    leaves = {k: v.clone().requires_grad_() for k, v in tensors.items()}
    y = f(**leaves)
    dy = torch.randn(y.shape)
    y.backward(dy)
    return {
        "op": op,
        "options": options,
        "tensors": {k: {"shape": list(v.shape), "values": flat(v), "grad": flat(v.grad)} for k, v in leaves.items()},
        "output": {"shape": list(y.shape), "values": flat(y), "grad": flat(dy)},
    }


def conv(b, c, h, w, o, kh, kw, s, p, d, g, relu=False):
    x, weight, bias = torch.randn(b, c, h, w), torch.randn(o, c // g, kh, kw), torch.randn(o)

    def f(x, weight, bias):
        y = F.conv2d(x, weight, bias, s, p, d, g)
        return y.relu() if relu else y

    options = dict(stride=s, padding=p, dilation=d, groups=g, relu=relu)
    return case("conv2d", f, dict(x=x, weight=weight, bias=bias), **options)


def conv_transpose(b, c, h, w, o, k, s, p, q, d, g):
    x, weight, bias = torch.randn(b, c, h, w), torch.randn(c, o // g, k, k), torch.randn(o)
    f = lambda x, weight, bias: F.conv_transpose2d(x, weight, bias, s, p, q, g, d)
    options = dict(stride=s, padding=p, output_padding=q, dilation=d, groups=g)
    return case("conv_transpose2d", f, dict(x=x, weight=weight, bias=bias), **options)


def pool(kind, b, c, h, w, k, s, p):
    x = torch.randn(b, c, h, w)
    f = {
        "max": lambda x: F.max_pool2d(x, k, s, p),
        "min": lambda x: -F.max_pool2d(-x, k, s, p),
        "avg": lambda x: F.avg_pool2d(x, k, s, p),
    }[kind]
    return case(f"{kind}_pool2d", f, dict(x=x), kernel=k, stride=s, padding=p)


cases = [
    conv(1, 1, 5, 5, 1, 3, 3, 1, 0, 1, 1),
    conv(2, 3, 7, 6, 4, 3, 3, 1, 1, 1, 1),
    conv(3, 2, 9, 8, 3, 3, 3, 2, 1, 1, 1),
    conv(2, 2, 9, 11, 2, 3, 3, 1, 2, 2, 1),
    conv(2, 4, 6, 7, 6, 3, 3, 2, 1, 1, 2),
    conv(2, 3, 6, 5, 3, 3, 3, 1, 1, 1, 3),
    conv(1, 3, 4, 4, 5, 1, 1, 1, 0, 1, 1),
    conv(1, 2, 8, 5, 3, 5, 3, 3, 2, 1, 1),
    conv(2, 2, 4, 4, 2, 3, 3, 1, 3, 1, 1),
    conv(2, 3, 7, 7, 4, 3, 3, 1, 1, 1, 1, relu=True),
    conv_transpose(1, 1, 3, 3, 1, 3, 1, 0, 0, 1, 1),
    conv_transpose(2, 3, 4, 5, 2, 3, 2, 1, 1, 1, 1),
    conv_transpose(2, 4, 3, 3, 6, 4, 2, 1, 0, 1, 2),
    conv_transpose(1, 2, 4, 3, 3, 3, 3, 0, 2, 2, 1),
    *[pool(kind, *sizes) for kind in ("max", "min", "avg") for sizes in
      [(1, 1, 4, 4, 2, 2, 0), (2, 3, 7, 5, 3, 2, 1), (2, 2, 6, 7, 3, 1, 0), (1, 2, 5, 5, 2, 3, 1)]],
]

print(json.dumps({
    "made_with": f"torch {torch.__version__}, numpy {numpy.__version__}",
    "cases": cases,
}, indent=None, separators=(",", ":")))
