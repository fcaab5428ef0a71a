"""Golden values of the layers on graphs, made with PyTorch Geometric, and beside it by dense matrices in PyTorch.

    python tests/nn/graphs.py > tests/nn/graphs.json

The committed file was made with the versions that it names. The script stops where the two ways differ.
"""

import json

import torch
import torch_geometric
from torch_geometric.nn import GATConv, GCNConv, SAGEConv
from torch_geometric.utils import to_dense_adj

torch.manual_seed(0)
NODES, IN, OUT, HEADS = 7, 5, 6, 2
# Node 6 is alone, node 2 has a loop.
PAIRS = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (4, 5), (0, 5), (1, 4)]
both = [(a, b) for a, b in PAIRS] + [(b, a) for a, b in PAIRS] + [(2, 2)]
edge_index = torch.tensor(both).T.contiguous()


def flat(t):
    return {"shape": list(t.shape), "values": [float(f"{v:.7g}") for v in t.detach().flatten().tolist()]}


def dense_gcn(layer, x, a):
    a = ((a + torch.eye(NODES)) > 0).float()
    d = a.sum(1).rsqrt()
    return (d[:, None] * a * d[None, :]) @ (x @ layer.lin.weight.T) + layer.bias


def dense_sage(layer, x, a):
    mean = a / a.sum(1, keepdim=True).clamp(min=1)
    return layer.lin_l(mean @ x) + layer.lin_r(x)


def dense_gat(layer, x, a):
    a = (a + torch.eye(NODES)) > 0
    h = layer.lin(x).view(NODES, HEADS, -1)
    to, source = (h * layer.att_dst).sum(-1), (h * layer.att_src).sum(-1)
    z = torch.nn.functional.leaky_relu(to[:, None] + source[None], 0.2)
    weights = z.masked_fill(~a[:, :, None], -torch.inf).softmax(1)
    return torch.einsum("ijh,jhf->ihf", weights, h).reshape(NODES, -1) + layer.bias


cases = {}
for name, layer, dense in [
    ("gcn", GCNConv(IN, OUT), dense_gcn),
    ("sage", SAGEConv(IN, OUT), dense_sage),
    ("gat", GATConv(IN, OUT // HEADS, HEADS), dense_gat),
]:
    torch.nn.init.normal_(layer.bias if name != "sage" else layer.lin_l.bias)
    x = torch.randn(NODES, IN, requires_grad=True)
    y = layer(x, edge_index)
    a = to_dense_adj(edge_index, max_num_nodes=NODES)[0].T
    assert torch.allclose(y, dense(layer, x, a), atol=1e-5), name
    dy = torch.randn_like(y)
    y.backward(dy)
    cases[name] = {"x": flat(x), "y": flat(y), "dy": flat(dy), "dx": flat(x.grad),
                   "weights": {k: flat(p) for k, p in layer.named_parameters()},
                   "gradients": {k: flat(p.grad) for k, p in layer.named_parameters()}}

class VisionGraph(torch.nn.Module):
    """The block of Han et al. 2022 (max-relative), as the crate's documentation writes it down."""

    def __init__(self, n, k, ff):
        super().__init__()
        self.k = k
        self.norm1, self.norm2 = torch.nn.LayerNorm(n), torch.nn.LayerNorm(n)
        self.fc1, self.fc2, self.own, self.around = (torch.nn.Linear(n, n) for _ in range(4))
        self.up, self.down = torch.nn.Linear(n, ff), torch.nn.Linear(ff, n)

    def forward(self, x):
        h = self.fc1(self.norm1(x))
        apart = torch.cdist(h, h).detach() + torch.diag(torch.full((h.shape[1],), torch.inf))
        near = apart.topk(self.k, largest=False).indices
        heard = torch.stack([g[i] for g, i in zip(h, near)]) - h[:, :, None]
        x = x + self.fc2(torch.nn.functional.gelu(self.own(h) + self.around(heard.amax(2))))
        return x + self.down(torch.nn.functional.gelu(self.up(self.norm2(x))))


block = VisionGraph(6, 2, 8)
for parameter in block.parameters():
    torch.nn.init.normal_(parameter, std=0.6)
x = torch.randn(2, 5, 6, requires_grad=True)
y = block(x)
dy = torch.randn_like(y)
y.backward(dy)
cases["vision"] = {"x": flat(x), "y": flat(y), "dy": flat(dy), "dx": flat(x.grad),
                   "weights": {k: flat(p) for k, p in block.named_parameters()},
                   "gradients": {k: flat(p.grad) for k, p in block.named_parameters()}}
print(json.dumps({"made_with": f"torch {torch.__version__}, torch_geometric {torch_geometric.__version__}",
                  "nodes": NODES, "pairs": [list(p) for p in PAIRS] + [[2, 2]], "cases": cases}))
