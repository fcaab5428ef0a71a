"""Golden values of operations on images that generative models need, made with PyTorch.

    python tests/ops/images.py > tests/ops/images.json

The committed file was made with the versions that it names. Every case has the gradients for one gradient of the result.
"""

import json

import torch
import torch.nn.functional as F

torch.manual_seed(16)


def array(t, grad=None):
    def flat(t):
        return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]

    return {"shape": list(t.shape), "values": flat(t), "grad": [] if grad is None else flat(grad)}


def case(f, *args, **settings):
    args = [a.clone().requires_grad_() for a in args]
    y = f(*args)
    dy = torch.randn(y.shape)
    y.backward(dy)
    return settings | {"args": [array(a, a.grad) for a in args], "y": array(y), "dy": array(dy)}


sizes = [((2, 3, 4, 5), 2), ((1, 2, 1, 3), 3), ((2, 1, 5, 1), 4), ((1, 1, 3, 2), 1)]
nearest = [case(lambda x: F.interpolate(x, scale_factor=r), torch.randn(s), factor=r) for s, r in sizes]
bilinear = [
    case(lambda x: F.interpolate(x, scale_factor=r, mode="bilinear"), torch.randn(s), factor=r) for s, r in sizes
]
shuffles = [((2, 8, 3, 4), 2), ((1, 9, 2, 1), 3), ((3, 2, 1, 2), 1)]
shuffle = [case(lambda x: F.pixel_shuffle(x, r), torch.randn(s), factor=r) for s, r in shuffles]
groups = [((2, 6, 3, 4), 3), ((9, 6, 2, 2), 1), ((1, 6, 5, 1), 6), ((3, 6, 1, 3), 2)]
group_norm = [
    case(lambda x, w, b: F.group_norm(x, g, w, b, 1e-5), 3 * torch.randn(s) + 5, torch.randn(6), torch.randn(6), factor=g)
    for s, g in groups
]
print(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "nearest": nearest,
    "bilinear": bilinear,
    "shuffle": shuffle,
    "group_norm": group_norm,
}, separators=(",", ":")))
