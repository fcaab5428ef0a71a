"""Golden values of attention with lengths, of cross-attention, and of the transformer's blocks, made with PyTorch.

    python tests/nn/transformer.py > tests/nn/transformer.json

The committed file was made with the versions that it names.
"""

import json
import math

import torch
from torch import nn

torch.manual_seed(0)
D, HEADS, FF = 4, 2, 5


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


def hidden(lengths, steps):
    """True where a key is padding."""
    return torch.arange(steps)[None] >= torch.tensor(lengths)[:, None]


def later(steps):
    return torch.triu(torch.ones(steps, steps, dtype=torch.bool), 1)


def case(name, net, run, steps, lengths, memory_steps=0, memory_lengths=None):
    for p in net.parameters():
        nn.init.normal_(p, 0.0, 0.5)
    batch = len(lengths)
    x = torch.randn(batch, steps, D, requires_grad=True)
    memory = torch.randn(batch, memory_steps, D, requires_grad=True)
    y, maps = run(net, x, memory)
    dy = torch.randn(y.shape)
    y.backward(dy)
    return {"name": name, "sizes": [batch, steps, memory_steps], "lengths": lengths, "memory_lengths": memory_lengths or [],
            "weights": {k: [list(p.shape), flat(p)] for k, p in net.named_parameters()},
            "gradients": {k: flat(p.grad) for k, p in net.named_parameters()},
            "x": flat(x), "memory": flat(memory), "y": flat(y), "dy": flat(dy), "dx": flat(x.grad),
            "dmemory": flat(memory.grad) if memory_steps else [], "maps": flat(maps) if maps is not None else []}


def look(lengths):
    def run(net, x, memory):
        return net(x, x, x, key_padding_mask=hidden(lengths, x.shape[1]), average_attn_weights=False)
    return run


def cross(lengths):
    def run(net, x, memory):
        return net(x, memory, memory, key_padding_mask=hidden(lengths, memory.shape[1]), average_attn_weights=False)
    return run


def encode(lengths, causal=False):
    def run(net, x, memory):
        steps = x.shape[1]
        mask = later(steps) if causal else None
        return net(x, src_mask=mask, src_key_padding_mask=hidden(lengths, steps)), None
    return run


def decode(lengths, memory_lengths):
    def run(net, x, memory):
        return net(x, memory, tgt_mask=later(x.shape[1]), tgt_key_padding_mask=hidden(lengths, x.shape[1]),
                   memory_key_padding_mask=hidden(memory_lengths, memory.shape[1])), None
    return run


heads = lambda: nn.MultiheadAttention(D, HEADS, batch_first=True)
encoder = lambda act, first: nn.TransformerEncoderLayer(D, HEADS, FF, 0.0, act, batch_first=True, norm_first=first)
decoder = lambda act, first: nn.TransformerDecoderLayer(D, HEADS, FF, 0.0, act, batch_first=True, norm_first=first)


def sinusoidal(steps, n):
    at = torch.arange(steps, dtype=torch.float64)[:, None]
    rate = torch.exp(torch.arange(0, n, 2, dtype=torch.float64) * (-math.log(10000.0) / n))
    table = torch.zeros(steps, n, dtype=torch.float64)
    table[:, 0::2], table[:, 1::2] = torch.sin(at * rate), torch.cos(at * rate)
    return {"sizes": [steps, n], "rows": flat(table)}


print(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "cases": [
        case("heads", heads(), look([4, 1, 3]), 4, [4, 1, 3]),
        case("cross", heads(), cross([5, 1, 2]), 3, [3, 3, 3], 5, [5, 1, 2]),
        case("post-norm", encoder("relu", False), encode([2, 4, 1]), 4, [2, 4, 1]),
        case("pre-norm", encoder("relu", True), encode([3, 1, 4]), 4, [3, 1, 4]),
        case("causal pre-norm", encoder("gelu", True), encode([3, 2], True), 3, [3, 2]),
        case("post-norm decoder", decoder("relu", False), decode([3, 1], [2, 4]), 3, [3, 1], 4, [2, 4]),
        case("pre-norm decoder", decoder("relu", True), decode([2, 3], [4, 1]), 3, [2, 3], 4, [4, 1]),
    ],
    "sinusoidal": sinusoidal(6, 8),
}, indent=None, separators=(",", ":")))
