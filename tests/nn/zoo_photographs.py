"""What the published weights say about the two sample photographs, computed with PyTorch.

    python tests/nn/zoo_photographs.py DATA > tests/nn/zoo_photographs.json

DATA is a folder with the sets squeezenet1-1, mobilenet-v2-quant, sample-photos and imagenet-labels of the catalogue. The
networks are written out here from the papers and the notes in the weight files, independently of the crate.
"""

import json
import sys
from pathlib import Path

import safetensors.torch
import torch
import torch.nn.functional as F
import torchvision
import torchvision.transforms.v2 as T

data = Path(sys.argv[1])
labels = (data / "imagenet-labels/imagenet_classes.txt").read_text().splitlines()


def picture(name, side):
    image = torchvision.io.read_image(str(data / "sample-photos" / name), torchvision.io.ImageReadMode.RGB)
    image = T.functional.to_dtype(image, torch.float32, scale=True)
    return T.CenterCrop(side)(T.Resize(side, antialias=True)(image))[None]


def squeezenet(x):
    """Caffe's layers; blue, green, red from 0 to 255 minus the mean."""
    w = safetensors.torch.load_file(data / "squeezenet1_1/squeezenet1_1_caffe.safetensors")
    conv = lambda x, name, **o: F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], **o).relu()
    pool = lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)
    x = 255 * x.flip(1) - torch.tensor([104.0, 117.0, 123.0]).reshape(1, 3, 1, 1)
    x = pool(conv(x, "conv1", stride=2))
    for i in range(2, 10):
        x = conv(x, f"fire{i}/squeeze1x1")
        x = torch.cat((conv(x, f"fire{i}/expand1x1"), conv(x, f"fire{i}/expand3x3", padding=1)), 1)
        if i in (3, 5):
            x = pool(x)
    return conv(x, "conv10").mean((2, 3)).softmax(1)[0], 0


def mobilenet(x):
    """TensorFlow's layers: 8-bit weights made real, SAME padding, batch norms folded away; class 0 is background."""
    w = safetensors.torch.load_file(data / "mobilenet_v2_quant/mobilenet_v2_1.0_224_quant_u8.safetensors")

    def conv(x, name, stride=1, groups=1, relu6=True):
        weight = w[f"{name}.weight_scale"] * (w[f"{name}.weight"].float() - w[f"{name}.weight_zero_point"])
        if weight.shape[-1] == 3:
            x = F.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))
        y = F.conv2d(x, weight, w[f"{name}.bias"], stride, groups=groups)
        return y.clamp(0, 6) if relu6 else y

    x = (255 * x - 128) / 128
    x = conv(x, "Conv", 2)
    for i in range(17):
        name = f"expanded_conv_{i}" if i else "expanded_conv"
        y = conv(x, f"{name}/expand") if i else x
        y = conv(y, f"{name}/depthwise", 2 if i in (1, 3, 6, 13) else 1, groups=y.shape[1])
        y = conv(y, f"{name}/project", relu6=False)
        x = x + y if x.shape == y.shape else y
    x = conv(x, "Conv_1").mean((2, 3), keepdim=True)
    return conv(x, "Logits/Conv2d_1c_1x1", relu6=False).flatten(1).softmax(1)[0], 1


cases = []
for network, side in ((squeezenet, 227), (mobilenet, 224)):
    for photo in ("cat.jpeg", "dog.jpg"):
        with torch.no_grad():
            p, offset = network(picture(photo, side))
        best = p.topk(5)
        cases.append({
            "network": network.__name__, "photo": photo, "side": side,
            "classes": best.indices.tolist(), "probabilities": [round(v, 5) for v in best.values.tolist()],
            "labels": [labels[i - offset] for i in best.indices.tolist()],
        })
print(json.dumps({"made_with": f"torch {torch.__version__}, torchvision {torchvision.__version__}", "cases": cases}, indent=1))
