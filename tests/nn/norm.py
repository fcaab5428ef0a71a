"""Golden values of batch and layer normalization, made with PyTorch.

    python tests/nn/norm.py tests/nn/norm.json tests/nn/norm.safetensors

The committed files were made with the versions that the first names. Each case feeds two batches to a module in
training mode, and then the second one in evaluation mode. The second file is the state dict of a small network.
"""

import json
import sys

import safetensors.torch
import torch

torch.manual_seed(0)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


def passes(module, x, dy):
    """Result and gradients of `x`, weight and bias for the gradient `dy` of the result."""
    x = x.clone().requires_grad_()
    module.zero_grad()
    y = module(x)
    y.backward(dy)
    return {"y": flat(y), "dx": flat(x.grad), "dweight": flat(module.weight.grad), "dbias": flat(module.bias.grad)}


def case(module, shape, offset=0.0, spread=1.0):
    torch.nn.init.normal_(module.weight)
    torch.nn.init.normal_(module.bias)
    first, second = torch.randn(shape), torch.randn(shape) * spread + offset
    dy = torch.randn(shape)
    record = {"shape": list(shape), "first": flat(first), "second": flat(second), "dy": flat(dy)}
    record |= {"weight": flat(module.weight), "bias": flat(module.bias)}
    if hasattr(module, "running_mean"):
        module(first)
        record["train"] = passes(module, second, dy)
        record |= {"running_mean": flat(module.running_mean), "running_var": flat(module.running_var)}
    record["eval"] = passes(module.eval(), second, dy)
    return record


cases = [
    case(torch.nn.BatchNorm2d(3), (4, 3, 5, 6)),
    case(torch.nn.BatchNorm2d(3), (1, 3, 2, 1)),
    case(torch.nn.BatchNorm2d(1), (2, 1, 33, 32), offset=10.0, spread=2.0),
    case(torch.nn.BatchNorm2d(3), (33, 3, 1, 1)),
    case(torch.nn.BatchNorm1d(3), (7, 3)),
    case(torch.nn.BatchNorm1d(3), (2, 3), offset=-5.0),
    case(torch.nn.BatchNorm1d(70), (5, 70), offset=3.0, spread=0.5),
    case(torch.nn.BatchNorm1d(3), (5, 3, 9)),
]
layer_norm = [case(torch.nn.LayerNorm(7), shape) for shape in [(5, 7), (2, 3, 7), (1, 7)]]
layer_norm += [case(torch.nn.LayerNorm(7), (40, 7), offset=20.0, spread=3.0)]
net = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.BatchNorm1d(5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
for _ in range(3):
    net(torch.randn(6, 4) * 2 + 1)
x = torch.randn(3, 4)
with open(sys.argv[1], "w") as file:
    json.dump({
        "made_with": f"torch {torch.__version__}",
        "cases": cases,
        "layer_norm": layer_norm,
        "net": {"x": flat(x), "y": flat(net.eval()(x))},
    }, file, separators=(",", ":"))
    file.write("\n")
safetensors.torch.save_file(net.state_dict(), sys.argv[2])
