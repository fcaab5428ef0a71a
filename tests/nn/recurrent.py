"""Golden values of the recurrent layers, made with PyTorch.

    python tests/nn/recurrent.py > tests/nn/recurrent.json

The committed file was made with the versions that it names.
"""

import json

import torch
from torch import nn

torch.manual_seed(0)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


def case(name, kind, inputs, hidden, batch, steps):
    net = kind(inputs, hidden, batch_first=True)
    for p in net.parameters():
        nn.init.normal_(p, 0.0, 0.5)
    x = torch.randn(batch, steps, inputs, requires_grad=True)
    y = net(x)[0]
    dy = torch.randn(y.shape)
    y.backward(dy)
    return {
        "cell": name, "sizes": [batch, steps, inputs, hidden],
        "weights": {k: flat(p) for k, p in net.named_parameters()},
        "gradients": {k: flat(p.grad) for k, p in net.named_parameters()},
        "x": flat(x), "y": flat(y), "dy": flat(dy), "dx": flat(x.grad),
    }


def spread(kind):
    """The largest and the mean size of the numbers that a fresh layer of 50 units has."""
    numbers = torch.cat([p.detach().flatten().abs() for p in kind(40, 50).parameters()])
    return {"most": float(numbers.max()), "mean": float(numbers.mean())}


kinds = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
sizes = [(3, 5, 2, 4), (7, 17, 9, 6), (1, 1, 1, 1), (4, 3, 13, 1)]
print(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "cases": [case(name, kind, *s) for name, kind in kinds.items() for s in sizes],
    "fresh": {name: spread(kind) for name, kind in kinds.items()},
}, indent=None, separators=(",", ":")))
