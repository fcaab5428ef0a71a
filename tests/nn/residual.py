"""Golden values of the residual block and of initializers, made with PyTorch and torchvision.

    python tests/nn/residual.py > tests/nn/residual.json

The committed file was made with the versions that it names.
"""

import json

import torch
import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock

torch.manual_seed(0)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


def block(i, o, s):
    down = None
    if i != o or s != 1:
        down = nn.Sequential(nn.Conv2d(i, o, 1, s, bias=False), nn.BatchNorm2d(o))
    net = BasicBlock(i, o, s, down)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.3)
            nn.init.normal_(module.bias, 0.0, 0.3)
    tensors = {name.replace("downsample", "shortcut"): flat(t)
               for name, t in net.state_dict().items() if "num_batches" not in name}
    x = torch.randn(3, i, 5, 6, requires_grad=True)
    y = net(x)
    dy = torch.randn(y.shape)
    y.backward(dy)
    grads = {name.replace("downsample", "shortcut"): flat(t.grad) for name, t in net.named_parameters()}
    running = {name.replace("downsample", "shortcut"): flat(t)
               for name, t in net.named_buffers() if "num_batches" not in name}
    net.eval()
    return {"sizes": [i, o, s], "tensors": tensors, "input": flat(x), "output": flat(y), "shape": list(y.shape),
            "dy": flat(dy), "dx": flat(x.grad), "gradients": grads, "running": running, "evaluated": flat(net(x))}


def spread(name, shape, f):
    """Mean, standard deviation and largest number of a large tensor that PyTorch has initialized."""
    w = torch.empty(*shape)
    f(w)
    return {"init": name, "shape": list(shape), "std": float(w.std()), "most": float(w.abs().max())}


shapes = [(200, 300), (400, 100), (64, 32, 3, 3), (48, 96, 5, 5)]
inits = []
for shape in shapes:
    inits += [
        spread("XavierUniform", shape, nn.init.xavier_uniform_),
        spread("XavierNormal", shape, nn.init.xavier_normal_),
        spread("KaimingUniform", shape, lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu")),
        spread("KaimingNormal", shape, lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu")),
        spread("Orthogonal", shape, nn.init.orthogonal_),
        spread("PyTorch", shape, lambda w: nn.init.kaiming_uniform_(w, a=5 ** 0.5)),
    ]

print(json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__,
                  "blocks": [block(2, 3, 2), block(3, 3, 1), block(3, 3, 2)], "inits": inits}))
