"""Files for `files.rs`: weights that go from Python to gradus and back.

Made with safetensors 0.8.0, torch 2.15.0 and Python 3.11:

    GRADUS_FILES=$PWD/tests/deploy/from_gradus.safetensors cargo test -p gradus-tests --test deploy we_write
    python tests/deploy/files.py

`from_python.safetensors` is written by `safetensors.torch`, and `files.json` holds what PyTorch's network with these weights
answers. `from_gradus.safetensors` was written by the test; here PyTorch reads it into the same network and checks every number.
"""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file

here = pathlib.Path(__file__).parent

net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
torch.manual_seed(0)
for p in net.parameters():
    torch.nn.init.uniform_(p, -1, 1)
save_file(net.state_dict(), here / "from_python.safetensors")
with torch.no_grad():
    scores = net(torch.tensor([[1.0, -0.5, 0.25, 2.0]]))
(here / "files.json").write_text(json.dumps(scores.reshape(-1).tolist()) + "\n")


def numbers(seed, n):
    """The numbers of `networks.rs`."""
    state = (seed * 2654435761 + 12345) % 2**64
    values = []
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 33) % 129 / 64 - 1)
    return torch.tensor(values)


ours = load_file(here / "from_gradus.safetensors")
net.load_state_dict({name: tensor for name, tensor in ours.items()})
for i, (name, tensor) in enumerate(sorted(net.state_dict().items())):
    expected = numbers(33 + i, tensor.numel()).reshape(tensor.shape)
    scale = torch.tensor(1.5) / torch.tensor(float(tensor.shape[1])).sqrt() if tensor.dim() > 1 else 0.5
    assert torch.equal(tensor, expected * scale), name
print("gradus to PyTorch:", {name: tuple(t.shape) for name, t in ours.items()})
