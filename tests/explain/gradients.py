"""Golden values of explanations, made with plain PyTorch.

    python tests/explain/gradients.py > tests/explain/gradients.json

The committed file was made with the version that it names.
"""

import json

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(22)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


net = nn.Sequential(
    nn.Sequential(nn.Conv2d(3, 6, 3, 1, 1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2)),
    nn.Dropout(0.5),
    nn.Sequential(nn.Conv2d(6, 8, 3), nn.ReLU()),
    nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)),
)
norm = net[0][1]
for t, low, high in [(norm.weight, 0.5, 1.5), (norm.bias, -0.5, 0.5), (norm.running_mean, -0.3, 0.3), (norm.running_var, 0.4, 1.6)]:
    nn.init.uniform_(t, low, high)
net.eval()

mean, std = torch.tensor([0.4, 0.5, 0.6]).view(3, 1, 1), torch.tensor([0.2, 0.25, 0.3]).view(3, 1, 1)
picture = torch.rand(3, 9, 11)
x = ((picture - mean) / std)[None]
black = ((0 * picture - mean) / std)[None]
c = 2


def gradient(z):
    z = z.clone().requires_grad_()
    net(z)[:, c].sum().backward()
    return z.grad


hooks = [m.register_full_backward_hook(lambda m, inner, outer: (inner[0].clamp(min=0),))
         for m in net.modules() if isinstance(m, nn.ReLU)]
guided = gradient(x)
for hook in hooks:
    hook.remove()

steps = 8
path = [gradient(black + (i + 0.5) / steps * (x - black)) for i in range(steps)]
integrated = torch.stack(path).mean(0) * (x - black)

patch, stride = 3, 2
score = net(x)[0, c]
total, count = torch.zeros(9, 11), torch.zeros(9, 11)
for i in range(-(-(9 - patch) // stride) + 1):
    for j in range(-(-(11 - patch) // stride) + 1):
        rows, columns = slice(i * stride, i * stride + patch), slice(j * stride, j * stride + patch)
        z = x.clone()
        z[:, :, rows, columns] = black[:, :, rows, columns]
        total[rows, columns] += score - net(z)[0, c]
        count[rows, columns] += 1


def cam(layer):
    kept = {}
    handle = layer.register_forward_hook(lambda m, i, o: kept.update(a=o))
    scores = net(x)
    handle.remove()
    slope, = torch.autograd.grad(scores[0, c], kept["a"])
    coarse = F.relu((slope.mean((2, 3), keepdim=True) * kept["a"]).sum(1, keepdim=True))
    return flat(coarse), flat(F.interpolate(coarse, size=(9, 11), mode="bilinear", align_corners=False))


print(json.dumps({
    "torch": torch.__version__,
    "tensors": {name: [list(t.shape), flat(t)] for name, t in net.state_dict().items() if "num_batches" not in name},
    "picture": flat(picture), "mean": flat(mean), "std": flat(std), "class": c,
    "scores": flat(net(x)), "black": flat(net(black)),
    "saliency": flat(gradient(x)), "guided": flat(guided), "integrated": flat(integrated),
    "occlusion": flat(total / count), "cam_last": cam(net[2][1]), "cam_conv": cam(net[2][0]), "cam_pool": cam(net[0][3]),
}))
