"""Golden values of token sequences: embeddings with a padding index, losses with an index to ignore, the last and the mean of
the real steps, and five steps of a small network, made with PyTorch 2.15.0.

    python tests/train/sequences.py > tests/train/sequences.json

PyTorch computes in double precision here, so that all rounding in the comparison is ours.
"""

import json

import torch
from torch import nn

assert torch.__version__.startswith("2.15."), torch.__version__

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def exact(*shape, scale=1.0):
    return (torch.randn(*shape) * scale * 64).round() / 64


def flat(t):
    return [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]


# Ids with a zero inside the first sequence, which is padding for PyTorch too.
ids = torch.tensor([[1, 0, 3, 1], [4, 1, 0, 0], [5, 0, 0, 0]])
weight = exact(6, 3)
embeddings = []
for padding in (None, 0):
    layer = nn.Embedding(6, 3, padding_idx=padding)
    with torch.no_grad():
        layer.weight.copy_(weight)
    slopes = exact(3, 4, 3)
    y = layer(ids)
    (y * slopes).sum().backward()
    embeddings.append(dict(padded=padding is not None, slopes=flat(slopes), y=flat(y), gradient=flat(layer.weight.grad)))

scores = exact(2, 4, 5, scale=2.0)
classes = torch.tensor([[0, 4, -100, 2], [3, -100, -100, 4]])
weights = torch.tensor([1.0, 0.5, 2.0, 0.25, 3.0])
losses = []
for smoothing in (0.0, 0.125):
    for weighted in (False, True):
        x = scores.clone().requires_grad_()
        loss = nn.CrossEntropyLoss(weights if weighted else None, ignore_index=-100, label_smoothing=smoothing)
        value = loss(x.flatten(0, 1), classes.flatten())
        value.backward()
        losses.append(dict(smoothing=smoothing, weighted=weighted, loss=value.item(), slopes=flat(x.grad)))
x = scores.clone().requires_grad_()
value = nn.NLLLoss(ignore_index=-100)(x.flatten(0, 1), classes.flatten())
value.backward()
nll = dict(loss=value.item(), slopes=flat(x.grad))

steps, lengths, dy = exact(4, 3, 2), torch.tensor([3, 1, 2, 3]), exact(4, 2)
mask = (torch.arange(3)[None] < lengths[:, None])[..., None]
reduced = {}
for name, reduce in (("last", lambda x: x[torch.arange(4), lengths - 1]),
                     ("mean", lambda x: (x * mask).sum(1) / lengths[:, None])):
    x = steps.clone().requires_grad_()
    y = reduce(x)
    (y * dy).sum().backward()
    reduced[name] = dict(y=flat(y), gradient=flat(x.grad))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.linear = nn.Embedding(7, 4, padding_idx=0), nn.Linear(4, 3)

    def forward(self, ids):
        mask = (ids > 0)[..., None]
        return self.linear((self.embedding(ids) * mask).sum(1) / mask.sum(1))


net = Net()
start = [exact(7, 4), exact(3, 4), exact(3)]
start[0][0] = 0
with torch.no_grad():
    for parameter, value in zip(net.parameters(), start):
        parameter.copy_(value)
sequences = [[1, 2, 3, 4], [5], [6, 6], [2, 1, 6]]
labels = torch.tensor([0, 2, 1, 2])
padded = torch.tensor([s + [0] * (4 - len(s)) for s in sequences])
adam = torch.optim.Adam(net.parameters(), lr=0.05)
run = []
for _ in range(5):
    adam.zero_grad()
    loss = nn.CrossEntropyLoss()(net(padded), labels)
    loss.backward()
    adam.step()
    run.append(dict(loss=loss.item(), weights=flat(torch.cat([p.flatten() for p in net.parameters()]))))

print(json.dumps(dict(
    ids=ids.flatten().tolist(), weight=flat(weight), embeddings=embeddings, scores=flat(scores),
    classes=classes.flatten().tolist(), weights=weights.tolist(), losses=losses, nll=nll, steps=flat(steps),
    lengths=lengths.tolist(), dy=flat(dy), last=reduced["last"], mean=reduced["mean"], start=[flat(p) for p in start],
    sequences=sequences, labels=labels.tolist(), run=run)))
