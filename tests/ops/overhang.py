"""Golden values of pooling whose windows hang over the edge, and of transposed convolution with output padding.

    python tests/ops/overhang.py > tests/ops/overhang.json

Plain loops after PyTorch's documentation and source (`pooling_output_shape` and `cpu_avg_pool2d` in ATen: a window is cut
at the end of the padded image, and what is left of it is the divisor), so that no PyTorch is needed to make them.
"""

import itertools
import json
import random

random.seed(14)


def numbers(shape):
    n = 1
    for s in shape:
        n *= s
    return [float(f"{random.gauss(0, 1):.7g}") for _ in range(n)]


def at(shape, index):
    i = 0
    for s, k in zip(shape, index):
        i = i * s + k
    return i


def outputs(size, k, s, p, ceil):
    n = (size + 2 * p - k + (s - 1 if ceil else 0)) // s + 1
    if ceil and (n - 1) * s >= size + p:
        n -= 1
    return n


def pool(kind, b, c, h, w, k, s, p):
    ho, wo = outputs(h, k, s, p, True), outputs(w, k, s, p, True)
    xs, ys = (b, c, h, w), (b, c, ho, wo)
    x, dy = numbers(xs), numbers(ys)
    y, dx = [0.0] * len(dy), [0.0] * len(x)
    for n, m, i, j in itertools.product(*map(range, ys)):
        top, left = i * s - p, j * s - p
        area = (min(top + k, h + p) - top) * (min(left + k, w + p) - left)
        rows, cols = range(max(top, 0), min(top + k, h)), range(max(left, 0), min(left + k, w))
        under = [at(xs, (n, m, r, q)) for r in rows for q in cols]
        o = at(ys, (n, m, i, j))
        if kind == "avg":
            y[o] = sum(x[u] for u in under) / area
            for u in under:
                dx[u] += dy[o] / area
        else:
            best = max(under, key=lambda u: x[u] if kind == "max" else -x[u])
            y[o] = x[best]
            dx[best] += dy[o]
    return {
        "op": f"{kind}_pool2d",
        "options": {"kernel": k, "stride": s, "padding": p, "ceil_mode": True},
        "tensors": {"x": {"shape": xs, "values": x, "grad": dx}},
        "output": {"shape": ys, "values": y, "grad": dy},
    }


def conv_transpose(b, c, h, w, o, k, s, p, q, d, g):
    out = lambda size: (size - 1) * s - 2 * p + d * (k - 1) + q + 1
    xs, ws, ys = (b, c, h, w), (c, o // g, k, k), (b, o, out(h), out(w))
    x, weight, bias, dy = numbers(xs), numbers(ws), numbers((o,)), numbers(ys)
    y, dx, dw, db = [0.0] * len(dy), [0.0] * len(x), [0.0] * len(weight), [0.0] * o
    for n, m, i, j in itertools.product(*map(range, ys)):
        y[at(ys, (n, m, i, j))] += bias[m]
        db[m] += dy[at(ys, (n, m, i, j))]
    for n, m, i, j in itertools.product(*map(range, xs)):
        for f, u, v in itertools.product(range(o // g), range(k), range(k)):
            r, l = i * s - p + u * d, j * s - p + v * d
            if not (0 <= r < ys[2] and 0 <= l < ys[3]):
                continue
            to = at(ys, (n, m // (c // g) * (o // g) + f, r, l))
            here, tap = at(xs, (n, m, i, j)), at(ws, (m, f, u, v))
            y[to] += x[here] * weight[tap]
            dx[here] += dy[to] * weight[tap]
            dw[tap] += dy[to] * x[here]
    return {
        "op": "conv_transpose2d",
        "options": {"stride": s, "padding": p, "output_padding": q, "dilation": d, "groups": g},
        "tensors": {
            "x": {"shape": xs, "values": x, "grad": dx},
            "weight": {"shape": ws, "values": weight, "grad": dw},
            "bias": {"shape": (o,), "values": bias, "grad": db},
        },
        "output": {"shape": ys, "values": y, "grad": dy},
    }


cases = [
    *[pool(kind, *sizes) for kind in ("max", "min", "avg") for sizes in
      [(1, 1, 5, 5, 2, 2, 0), (2, 3, 7, 5, 3, 2, 1), (2, 2, 6, 8, 3, 2, 0), (1, 2, 6, 4, 2, 3, 1), (1, 1, 7, 8, 4, 3, 2),
       # The window is larger than the image, by less than a stride.
       (1, 1, 2, 4, 3, 3, 0), (1, 1, 1, 1, 2, 2, 0)]],
    conv_transpose(5, 2, 1, 9, 9, 3, 1, 0, 1, 2, 1),
    conv_transpose(2, 2, 4, 3, 3, 3, 1, 1, 1, 2, 1),
    conv_transpose(1, 4, 3, 4, 6, 2, 1, 1, 2, 3, 2),
    conv_transpose(2, 3, 3, 5, 3, 3, 1, 0, 1, 2, 3),
    conv_transpose(1, 2, 3, 4, 2, 3, 2, 1, 2, 3, 1),
    conv_transpose(1, 3, 3, 4, 3, 3, 2, 0, 2, 3, 3),
]
short = lambda v: [short(u) for u in v] if isinstance(v, (list, tuple)) else (float(f"{v:.7g}") if isinstance(v, float) else v)
for case in cases:
    for array in [*case["tensors"].values(), case["output"]]:
        array.update({key: short(value) for key, value in array.items()})
print(json.dumps({"made_with": "plain loops", "cases": cases}, separators=(",", ":")))
