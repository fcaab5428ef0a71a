"""Golden values of the U-Net for diffusion, made with PyTorch.

    python tests/nn/unet.py tests/nn/unet.json tests/nn/unet.safetensors

The committed files were made with the version that the first names. The second holds the weights under the names that gradus gives them.
The network of 8 maps at full size and 12 at half and at a quarter is fed pictures of two channels and 8 x 12 pixels.
"""

import json
import sys

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(19)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


class TimedBlock(nn.Module):
    def __init__(self, i, o, r):
        super().__init__()
        self.norm1, self.conv1, self.time = nn.GroupNorm(4, i), nn.Conv2d(i, o, 3, 1, 1), nn.Linear(r, o)
        self.norm2, self.conv2 = nn.GroupNorm(4, o), nn.Conv2d(o, o, 3, 1, 1)
        self.shortcut = nn.Sequential() if i == o else nn.Sequential(nn.Conv2d(i, o, 1))

    def forward(self, x, row):
        y = self.conv1(F.silu(self.norm1(x))) + self.time(row)[:, :, None, None]
        return self.conv2(F.silu(self.norm2(y))) + self.shortcut(x)


class UNet(nn.Module):
    def __init__(self, c, n, m, r, k):
        super().__init__()
        self.time = nn.ModuleDict({"linear1": nn.Linear(r, r), "linear2": nn.Linear(r, r)})
        self.enter = nn.Conv2d(c, n, 3, 1, 1)
        self.down1, self.halve1 = TimedBlock(n, n, r), nn.Conv2d(n, m, 3, 2, 1)
        self.down2, self.halve2 = TimedBlock(m, m, r), nn.Conv2d(m, m, 3, 2, 1)
        self.middle1, self.middle2 = TimedBlock(m, m, r), TimedBlock(m, m, r)
        self.norm, self.attention = nn.GroupNorm(4, m), nn.MultiheadAttention(m, 1, batch_first=True)
        self.double2, self.up2 = nn.Conv2d(m, m, 3, 1, 1), TimedBlock(2 * m, m, r)
        self.double1, self.up1 = nn.Conv2d(m, n, 3, 1, 1), TimedBlock(2 * n, n, r)
        self.norm_out, self.leave = nn.GroupNorm(4, n), nn.Conv2d(n, c, 3, 1, 1)
        self.add_module("class", nn.Embedding(k, r))
        self.r = r

    def forward(self, x, steps, classes):
        rates = 10000.0 ** (-torch.arange(0, self.r, 2, dtype=torch.float64) / self.r)
        angles = steps.double()[:, None] * rates
        waves = torch.stack((angles.sin(), angles.cos()), 2).flatten(1).float()
        row = self.time["linear2"](F.silu(self.time["linear1"](waves))) + getattr(self, "class")(classes)
        row = F.silu(row)
        full = self.down1(self.enter(x), row)
        half = self.down2(self.halve1(full), row)
        x = self.middle1(self.halve2(half), row)
        pixels = self.norm(x).flatten(2).transpose(1, 2)
        x = x + self.attention(pixels, pixels, pixels)[0].transpose(1, 2).reshape(x.shape)
        x = self.double2(F.interpolate(self.middle2(x, row), scale_factor=2))
        x = self.double1(F.interpolate(self.up2(torch.cat((x, half), 1), row), scale_factor=2))
        return self.leave(F.silu(self.norm_out(self.up1(torch.cat((x, full), 1), row))))


net = UNet(2, 8, 12, 16, 4)
for p in net.parameters():
    nn.init.normal_(p, 0.0, 0.3)
x = torch.randn(3, 2, 8, 12, requires_grad=True)
steps, classes = torch.tensor([1, 57, 200]), torch.tensor([3, 0, 2])
y = net(x, steps, classes)
dy = torch.randn(y.shape)
(y * dy).sum().backward()
gradients = {name: flat(p.grad) for name, p in net.named_parameters()}
with open(sys.argv[1], "w") as file:
    json.dump({"made_with": f"torch {torch.__version__}", "x": flat(x), "steps": steps.tolist(), "classes": classes.tolist(),
               "y": flat(y), "dy": flat(dy), "dx": flat(x.grad), "gradients": gradients}, file, separators=(",", ":"))
    file.write("\n")
safetensors.torch.save_file(net.state_dict(), sys.argv[2])
