"""Golden values of attention and of the transformer's encoder block, made with PyTorch.

    python tests/nn/attention.py > tests/nn/attention.json

The committed file was made with the versions that it names.
"""

import json

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


def attention(batch, rows, columns, features, heads, causal):
    q, k, v = (torch.randn(batch, n, features, requires_grad=True) for n in (rows, columns, columns))
    split = lambda t: t.view(batch, -1, heads, features // heads).transpose(1, 2)
    y = F.scaled_dot_product_attention(split(q), split(k), split(v), is_causal=causal)
    y = y.transpose(1, 2).reshape(batch, rows, features)
    dy = torch.randn(y.shape)
    y.backward(dy)
    return {"sizes": [batch, rows, columns, features, heads], "causal": causal,
            "inputs": [flat(q), flat(k), flat(v)], "gradients": [flat(q.grad), flat(k.grad), flat(v.grad)],
            "y": flat(y), "dy": flat(dy)}


def layer(name, net, run, batch, steps, features):
    for p in net.parameters():
        nn.init.normal_(p, 0.0, 0.4)
    x = torch.randn(batch, steps, features, requires_grad=True)
    y = run(net, x)
    dy = torch.randn(y.shape)
    y.backward(dy)
    return {"name": name, "sizes": [batch, steps, features],
            "weights": {k: flat(p) for k, p in net.named_parameters()},
            "gradients": {k: flat(p.grad) for k, p in net.named_parameters()},
            "x": flat(x), "y": flat(y), "dy": flat(dy), "dx": flat(x.grad)}


def mask(x):
    return nn.Transformer.generate_square_subsequent_mask(x.shape[1])


look = lambda net, x: net(x, x, x, need_weights=False)[0]
look_back = lambda net, x: net(x, x, x, need_weights=False, attn_mask=mask(x), is_causal=True)[0]
plain = lambda net, x: net(x)
back = lambda net, x: net(x, src_mask=mask(x), is_causal=True)
heads = lambda d, h: nn.MultiheadAttention(d, h, batch_first=True)
block = lambda d, h, ff, act: nn.TransformerEncoderLayer(d, h, ff, 0.0, act, batch_first=True)


def fresh():
    net = block(32, 4, 48, "relu")
    return {k: {"most": float(p.detach().abs().max()), "mean": float(p.detach().abs().mean())} for k, p in net.named_parameters()}


print(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "attention": [attention(2, 5, 7, 6, 2, False), attention(1, 1, 1, 1, 1, False), attention(3, 19, 19, 20, 1, True),
                  attention(2, 4, 33, 51, 1, False), attention(1, 6, 6, 12, 4, True)],
    "layers": [layer("heads", heads(6, 3), look, 2, 5, 6), layer("causal heads", heads(8, 2), look_back, 3, 4, 8),
               layer("block", block(8, 2, 12, "relu"), plain, 3, 5, 8),
               layer("causal block", block(6, 1, 10, "gelu"), back, 2, 7, 6),
               layer("block of one step", block(8, 2, 12, "relu"), plain, 1, 1, 8)],
    "fresh": fresh(),
}, indent=None, separators=(",", ":")))
