"""Golden values of augmentation and resizing, made with PyTorch and torchvision.

    python tests/data/augment.py > tests/data/augment.json

The committed file was made with the versions that it names. Inputs are in the file too.
"""

import json

import torch
import torch.nn.functional as F
import torchvision
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as V

torch.manual_seed(0)


def flat(t):
    return [float(f"{v:.7g}") for v in t.double().flatten().tolist()]


def picture(c, h, w):
    return torch.rand(1, c, h, w)


def record(op, x, y, **options):
    return {"op": op, "options": options, "input": flat(x), "shape": list(x.shape[1:]),
            "output": flat(y), "output_shape": list(y.shape[1:])}


def warp(c, h, w, theta, fill):
    x = picture(c, h, w)
    grid = F.affine_grid(torch.tensor(theta).reshape(1, 2, 3), x.shape, align_corners=False)
    mode = {"Black": "zeros", "Edge": "border", "Reflect": "reflection"}[fill]
    y = F.grid_sample(x, grid, mode="bilinear", padding_mode=mode, align_corners=False)
    return record("warp", x, y, theta=theta, fill=fill)


def affine(c, h, w, angle, translate, scale, shear):
    x = picture(c, h, w)
    y = V.affine(x, angle, translate, scale, [shear, 0.0], interpolation=InterpolationMode.BILINEAR)
    return record("affine", x, y, angle=angle, translate=translate, scale=scale, shear=shear)


def tone(name, f, c, factor):
    x = picture(c, 6, 5)
    return record(name, x, f(x, factor), factor=factor)


def resize(c, h, w, to):
    x = picture(c, h, w)
    return record("resize", x, F.interpolate(x, to, mode="bilinear", antialias=True, align_corners=False))


def crop(h, w, size):
    """The shorter side to `size`, then the middle: the usual preparation for ImageNet networks."""
    x = picture(3, h, w)
    y = V.center_crop(V.resize(x, [size], antialias=True), [size, size])
    return record("crop", x, y)


TURN = [0.8, 0.6, 0.1, -0.6, 0.8, -0.2]
OUT = [1.5, 0.3, 0.9, -0.4, 1.7, -0.6]
cases = [warp(c, h, w, theta, fill)
         for fill in ["Black", "Edge", "Reflect"]
         for theta in [TURN, OUT]
         for c, h, w in [(1, 7, 7), (3, 5, 8)]]
cases += [affine(3, 9, 9, 17.0, [0.0, 0.0], 1.0, 0.0), affine(1, 8, 11, -30.0, [2.2, -1.6], 1.25, 8.0),
          affine(3, 10, 6, 0.0, [-1.2, 2.0], 0.8, -12.0)]
for c in [1, 3]:
    for factor in [0.6, 1.4]:
        cases += [tone("brightness", V.adjust_brightness, c, factor), tone("contrast", V.adjust_contrast, c, factor)]
cases += [tone("color", V.adjust_saturation, 3, factor) for factor in [0.5, 1.5]]
cases += [resize(3, 13, 17, (5, 6)), resize(1, 6, 9, (14, 10)), resize(3, 32, 32, (7, 32)), resize(1, 5, 5, (5, 5))]
cases += [crop(23, 17, 8), crop(12, 31, 6)]

print(json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__, "cases": cases}))
