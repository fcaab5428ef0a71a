"""Golden values of the zoo's networks and of the operations that they need, made with PyTorch and torchvision.

    python tests/nn/zoo.py > tests/nn/zoo.json

The committed file was made with the versions that it names. Weights and pictures are not random but a formula of the
tensor's name and the place in it, so that the test can make the same ones: a file of them would weigh 60 MB.
"""

import json
import math

import torch
import torch.nn.functional as F
import torchvision

torch.manual_seed(0)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


def formula(name, shape):
    """Numbers between -1 and 1; the test repeats this."""
    phase = sum((i + 1) * ord(c) for i, c in enumerate(name)) % 1000
    n = math.prod(shape)
    i = torch.arange(n, dtype=torch.float64)
    return torch.sin(i * 12.9898 + phase).to(torch.float32).reshape(shape)


def weights(model):
    """Formula weights, scaled so that signals neither die nor explode on their way through the layers."""
    state = model.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        values = formula(name, tensor.shape)
        if name.endswith("running_var"):
            values = 1 + 0.5 * values
        elif tensor.dim() > 1:
            values = values * (3 / tensor[0].numel()) ** 0.5
        elif name.endswith("weight"):
            values = 1 + 0.1 * values
        else:
            values = 0.1 * values
        state[name] = values
    model.load_state_dict(state)
    return model.eval()


def network(name, model, side):
    model = weights(model)
    x = formula("picture", (2, 3, side, side))
    with torch.no_grad():
        y = model(x)
    return {"network": name, "side": side, "parameters": sum(p.numel() for p in model.parameters()), "scores": flat(y[:, :50])}


def pool(b, c, h, w, k, s, p):
    x = torch.randn(b, c, h, w, requires_grad=True)
    y = F.max_pool2d(x, k, s, p, ceil_mode=True)
    dy = torch.randn(y.shape)
    y.backward(dy)
    return {"x": flat(x), "shape": [b, c, h, w], "options": [k, s, p], "y": flat(y), "size": list(y.shape), "dy": flat(dy),
            "dx": flat(x.grad)}


print(json.dumps({
    "made_with": f"torch {torch.__version__}, torchvision {torchvision.__version__}",
    "ceil_pool": [pool(*case) for case in
                  [(1, 1, 4, 4, 3, 2, 0), (2, 2, 6, 9, 3, 2, 0), (1, 2, 5, 7, 2, 2, 1), (1, 1, 8, 5, 3, 3, 1)]],
    "networks": [
        network("squeezenet1_1", torchvision.models.squeezenet1_1(), 67),
        network("resnet18", torchvision.models.resnet18(), 64),
        network("mobilenet_v2", torchvision.models.mobilenet_v2(), 64),
    ],
}, separators=(",", ":")))
