"""Golden values for boxes, non-maximum suppression, the detector's loss and average precision, made with PyTorch,
torchvision and pycocotools.

    python tests/detect/golden.py > tests/detect/golden.json

The committed file was made with the versions that it names. Coordinates are multiples of 1/4 and scores of 1/64 (which
makes many of them equal), so that every library computes with the same numbers.
"""

import contextlib
import io
import json
from importlib.metadata import version

import numpy as np
import torch
import torch.nn.functional as F
import torchvision.ops as ops
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

rng = np.random.default_rng(0)
quarter = lambda a: np.round(np.asarray(a) * 4) / 4


def random_boxes(n, side=100.0, low=4, high=40):
    xy = quarter(rng.uniform(0, side - high, (n, 2)))
    wh = np.maximum(quarter(rng.uniform(low, high, (n, 2))), 0.25)
    return np.concatenate([xy, xy + wh], 1)


def overlaps():
    a, b = random_boxes(40, 60.0), random_boxes(40, 60.0)
    a[:3], b[:3] = [[0, 0, 4, 4]] * 3, [[0, 0, 4, 4], [4, 0, 8, 4], [20, 30, 21, 50]]
    ta, tb = torch.tensor(a), torch.tensor(b)
    pick = lambda f: torch.diagonal(f(ta, tb)).tolist()
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "iou": pick(ops.box_iou),
        "giou": pick(ops.generalized_box_iou),
        "ciou": pick(ops.complete_box_iou),
    }


def suppression():
    cases = []
    for n, iou in [(1, 0.5), (30, 0.3), (80, 0.5), (80, 0.7)]:
        boxes, classes = random_boxes(n, 70.0, 15), rng.integers(0, 3, n)
        scores = rng.permutation(n) / 128 + 1 / 256
        keep = ops.batched_nms(torch.tensor(boxes), torch.tensor(scores), torch.tensor(classes), iou)
        row = {"boxes": boxes.tolist(), "scores": scores.tolist(), "classes": classes.tolist()}
        cases.append({**row, "iou": iou, "keep": keep.tolist()})
    return cases


def loss():
    """Two pictures of 24 x 32 pixels, cells of 8 pixels, two anchors, three classes."""
    torch.manual_seed(0)
    anchors, rows, columns, classes, stride = [[6.0, 8.0], [12.0, 10.0]], 3, 4, 3, 8.0
    scores = torch.randn(2, 2, 5 + classes, rows, columns)
    scores = torch.round(scores * 1024) / 1024
    # Objects with the anchor, row and column that are to find them; and an anchor that is to say nothing.
    objects = [
        [([10.0, 12.0, 7.0, 9.0], 2, (0, 1, 1)), ([20.5, 4.0, 13.0, 11.0], 0, (1, 0, 2))],
        [([30.0, 20.0, 4.0, 3.0], 1, (0, 2, 3))],
    ]
    ignored = [(0, (1, 1, 1))]
    box_weight, background, class_weight = 1.5, 0.25, 0.75
    x = scores.clone().double().requires_grad_()
    losses = []
    for i, objs in enumerate(objects):
        silent = torch.ones(2, rows, columns, dtype=torch.double)
        total = torch.zeros((), dtype=torch.double)
        for (cx, cy, w, h), k, (a, r, c) in objs:
            silent[a, r, c] = 0
            t = x[i, a, :, r, c]
            s = 2 * torch.sigmoid(t[:4])
            px, py = (s[0] - 0.5 + c) * stride, (s[1] - 0.5 + r) * stride
            pw, ph = s[2] ** 2 * anchors[a][0], s[3] ** 2 * anchors[a][1]
            said = torch.stack([px - pw / 2, py - ph / 2, px + pw / 2, py + ph / 2])
            true = torch.tensor([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], dtype=torch.double)
            total = total + box_weight * ops.complete_box_iou_loss(said[None], true[None], reduction="sum")
            total = total + F.binary_cross_entropy_with_logits(t[4], torch.ones_like(t[4]))
            total = total + class_weight * F.cross_entropy(t[None, 5:], torch.tensor([k]))
        for j, (a, r, c) in ignored:
            if j == i:
                silent[a, r, c] = 0
        z = x[i, :, 4]
        total = total + background * (F.softplus(z) * silent).sum()
        losses.append(total / max(1, len(objs)))
    torch.stack(losses).mean().backward()
    return {
        "anchors": anchors,
        "objects": [[{"box": b, "class": k, "place": p} for b, k, p in objs] for objs in objects],
        "ignored": [[j, *p] for j, p in ignored],
        "weights": [box_weight, background, class_weight],
        "scores": scores.flatten().tolist(),
        "losses": [l.item() for l in losses],
        "slopes": [float(f"{v:.9g}") for v in x.grad.flatten().tolist()],
    }


def coco(truth, found, classes):
    """AP of every class at every IoU, -1 for a class without objects, and the two means."""
    images = [{"id": i + 1} for i in range(len(truth))]
    boxes = lambda b: [b[0], b[1], b[2] - b[0], b[3] - b[1]]
    annotations, results = [], []
    for i, (objects, detections) in enumerate(zip(truth, found)):
        for k, b in objects:
            n, (_, _, w, h) = len(annotations) + 1, boxes(b)
            row = {"id": n, "image_id": i + 1, "category_id": k, "bbox": boxes(b), "area": w * h, "iscrowd": 0}
            annotations.append(row)
        for k, s, b in detections:
            results.append({"image_id": i + 1, "category_id": k, "bbox": boxes(b), "score": s})
    gt = COCO()
    gt.dataset = {"images": images, "annotations": annotations, "categories": [{"id": k} for k in range(classes)]}
    with contextlib.redirect_stdout(io.StringIO()):
        gt.createIndex()
        run = COCOeval(gt, gt.loadRes(results), "bbox")
        run.evaluate()
        run.accumulate()
    p = run.eval["precision"][:, :, :, 0, 2]  # IoU, recall, class; all areas, 100 detections
    table = [[float(p[t, :, k].mean()) for t in range(p.shape[0])] for k in range(classes)]
    valid = p[p > -1]
    return {
        "ap": table,
        "map50": float(p[0][p[0] > -1].mean()),
        "map": float(valid.mean()),
        "curve": p[0, :, 0].tolist(),
    }


def precision():
    cases = []
    # The last class of the first case has no objects; the third picture set has more than 100 detections in a picture.
    for pictures, classes, many in [(6, 4, 8), (12, 3, 20), (2, 2, 260)]:
        truth, found = [], []
        for _ in range(pictures):
            n = int(rng.integers(0, 9))
            known = classes - 1 if pictures == 6 else classes
            objects = [(int(rng.integers(0, known)), b) for b in random_boxes(n).tolist()]
            detections = []
            for k, b in objects:
                for _ in range(int(rng.integers(0, 3))):
                    moved = quarter(np.array(b) + rng.normal(0, 2.5, 4))
                    if moved[2] > moved[0] and moved[3] > moved[1]:
                        other = k if rng.random() < 0.85 else int(rng.integers(0, classes))
                        detections.append((other, float(rng.integers(8, 65)) / 64, moved.tolist()))
            for b in random_boxes(int(rng.integers(many // 2, many))).tolist():
                detections.append((int(rng.integers(0, classes)), float(rng.integers(1, 50)) / 64, b))
            order = rng.permutation(len(detections))
            truth.append(objects)
            found.append([detections[j] for j in order])
        cases.append({"classes": classes, "truth": truth, "found": found, **coco(truth, found, classes)})
    return cases


names = ["torch", "torchvision", "pycocotools", "numpy"]
print(
    json.dumps(
        {
            "versions": {name: version(name) for name in names},
            "overlaps": overlaps(),
            "nms": suppression(),
            "loss": loss(),
            "precision": precision(),
        }
    )
)
