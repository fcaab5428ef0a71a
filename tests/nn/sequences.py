"""Golden values of recurrent layers that read sequences of different lengths, in both directions, made with PyTorch.

    python tests/nn/sequences.py tests/nn/sequences.json tests/nn/sequences.safetensors

The committed files were made with the versions that they name.
"""

import json
import sys

import safetensors.torch
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(7)


def flat(t):
    return [float(f"{v:.6g}") for v in t.detach().double().flatten().tolist()]


def case(name, kind, inputs, hidden, lengths, steps, layers, both, started=False):
    """PyTorch refuses sequences of length 0: the tests put them in between. Filling, outputs behind the end and their
    gradients are 9: nothing may come of them."""
    net = kind(inputs, hidden, num_layers=layers, bidirectional=both, batch_first=True)
    for p in net.parameters():
        nn.init.normal_(p, 0.0, 0.5)
    batch = len(lengths)
    x = torch.randn(batch, steps, inputs)
    real = torch.arange(steps)[None, :] < torch.tensor(lengths)[:, None]
    x[~real] = 9.0
    x.requires_grad_()
    packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    states, start = 2 if kind is nn.LSTM else 1, None
    if started:
        start = [torch.randn(1, batch, hidden, requires_grad=True) for _ in range(states)]
    y, end = net(packed, start and (tuple(start) if states == 2 else start[0]))
    y = pad_packed_sequence(y, batch_first=True, total_length=steps)[0]
    end = list(end) if states == 2 else [end]
    dy = torch.randn(y.shape)
    dend = [torch.randn(e.shape) for e in end] if started else []
    loss = (y * dy).sum() + sum((e * d).sum() for e, d in zip(end, dend))
    loss.backward()
    dy[~real] = 9.0
    ways = 2 if both else 1
    last = torch.cat([end[0][i - ways] for i in range(ways)], dim=1)
    golden = {
        "cell": name, "both": both, "layers": layers, "lengths": lengths, "steps": steps,
        "weights": {k: flat(p) for k, p in net.named_parameters()},
        "gradients": {k: flat(p.grad) for k, p in net.named_parameters()},
        "x": flat(x), "y": flat(y), "dy": flat(dy), "dx": flat(x.grad), "last": flat(last),
    }
    if started:
        golden |= {
            "start": [flat(s) for s in start], "dstart": [flat(s.grad) for s in start],
            "end": [flat(e) for e in end], "dend": [flat(d) for d in dend],
        }
    return golden


kinds = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
lengths = [3, 4, 1, 4, 2]
cases = []
for name, kind in kinds.items():
    cases.append(case(name, kind, 2, 3, lengths, 4, 1, True))
    cases.append(case(name, kind, 2, 3, [3, 1, 2], 3, 2, True))
    cases.append(case(name, kind, 2, 3, lengths, 4, 1, False, started=True))
    cases.append(case(name, kind, 2, 3, [1], 1, 1, True))


class Reader(nn.Module):
    """A network of PyTorch's with two layers in both directions."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        h = self.lstm(packed)[1][0]
        return self.head(torch.cat([h[-2], h[-1]], dim=1))


net = Reader()
x = torch.randn(4, 6, 3)
lengths = [2, 6, 1, 4]
versions = f"torch {torch.__version__}, safetensors {safetensors.__version__}"
safetensors.torch.save_file(net.state_dict(), sys.argv[2], {"made_with": versions})
file = {"x": flat(x), "lengths": lengths, "y": flat(net(x, torch.tensor(lengths)))}
with open(sys.argv[1], "w") as out:
    json.dump({"made_with": versions, "cases": cases, "file": file}, out, separators=(",", ":"))
