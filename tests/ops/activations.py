"""Golden values of the activations and of softmax, made with PyTorch in single precision.

    python tests/ops/activations.py > tests/ops/activations.json

The committed file was made with the version that it names.
"""

import json

import torch
import torch.nn.functional as F

torch.manual_seed(5)
POINTS = [-100.0, -30.0, -12.5, -6.0, -5.0, -3.0, -2.0, -1.0, -0.5, -0.1, -1e-3, 0.0, 1e-3, 0.1, 0.5, 1.0, 2.0, 3.0,
          4.5, 6.0, 7.0, 12.5, 30.0, 100.0]
x = torch.cat([torch.tensor(POINTS), torch.randn(40) * 2.5])

functions = {
    "ReLU": F.relu,
    "ReLU6": F.relu6,
    "Sigmoid": torch.sigmoid,
    "Tanh": torch.tanh,
    "LeakyReLU": F.leaky_relu,
    "LeakyReLU20": lambda x: F.leaky_relu(x, 0.2),
    "ELU": F.elu,
    "ELU50": lambda x: F.elu(x, 0.5),
    "SELU": F.selu,
    "GELU": F.gelu,
    "GELUTanh": lambda x: F.gelu(x, approximate="tanh"),
    "SiLU": F.silu,
    "Mish": F.mish,
    "Softplus": F.softplus,
    "Softsign": F.softsign,
    "Hardtanh": F.hardtanh,
    "Hardsigmoid": F.hardsigmoid,
}


def flat(t):
    return [float(f"{v:.9g}") for v in t.detach().double().flatten().tolist()]


def run(f, x):
    leaf = x.clone().requires_grad_()
    y = f(leaf)
    dy = torch.randn(y.shape)
    y.backward(dy)
    return {"values": flat(y), "dy": flat(dy), "dx": flat(leaf.grad)}


rows = torch.randn(3, 2, 7) * 4
rows[0, 0] += 200.0
rows[1, 1, 3] = -300.0
print(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "x": flat(x),
    "functions": {name: run(f, x) for name, f in functions.items()},
    "rows": {"shape": list(rows.shape), "values": flat(rows)},
    "softmax": run(lambda x: F.softmax(x, dim=-1), rows),
    "log_softmax": run(lambda x: F.log_softmax(x, dim=-1), rows),
}, separators=(",", ":")))
