"""Golden values of losses, optimizers and the one-cycle policy, made with PyTorch 2.15.0 and numpy 2.4.6.

    python tests/train/optimizers.py > tests/train/optimizers.json

PyTorch computes in double precision here, so that all rounding in the comparison is ours. Start weights and samples
are in the file too, rounded to numbers that `f32` holds exactly.
"""

import json

import numpy
import torch
from torch import nn, optim

assert torch.__version__.startswith("2.15."), torch.__version__

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def exact(*shape, scale=1.0):
    return (torch.randn(*shape) * scale * 64).round() / 64


def flat(t):
    return [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]


inputs, classes, values = exact(6, 3), torch.tensor([0, 1, 1, 0, 1, 0]), exact(6, 2, scale=2.0)
start = {"0.weight": exact(4, 3), "0.bias": exact(4), "2.weight": exact(2, 4), "2.bias": exact(2)}

LOSSES = {
    "CrossEntropy": lambda delta: nn.CrossEntropyLoss(),
    "Mse": lambda delta: nn.MSELoss(),
    "Mae": lambda delta: nn.L1Loss(),
    "Huber": lambda delta: nn.HuberLoss(delta=delta),
}
OPTIMIZERS = {"Sgd": optim.SGD, "Adam": optim.Adam, "AdamW": optim.AdamW, "RmsProp": optim.RMSprop,
              "Adagrad": optim.Adagrad}


class Training:
    """A network at its start weights, with the losses and weights of all steps."""

    def __init__(self, optimizer, settings, loss="Mse", delta=1.0):
        self.net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
        self.net.load_state_dict(start)
        self.optimizer = OPTIMIZERS[optimizer](self.net.parameters(), **settings)
        self.loss, self.targets = LOSSES[loss](delta), classes if loss == "CrossEntropy" else values
        self.record = dict(optimizer=optimizer, settings=settings, loss=loss, delta=delta, losses=[], weights=[])

    def step(self):
        self.optimizer.zero_grad()
        loss = self.loss(self.net(inputs), self.targets)
        loss.backward()
        self.optimizer.step()
        self.record["losses"] += flat(loss)
        self.record["weights"].append(flat(torch.cat([p.flatten() for p in self.net.parameters()])))


def run(*args, **options):
    training = Training(*args, **options)
    for _ in range(12):
        training.step()
    return training.record


def cycle_run(optimizer, settings, max_lr):
    """20 steps along the policy, then 3 at the settings of the start, as the same optimizer remembers them."""
    training = Training(optimizer, settings)
    schedule = optim.lr_scheduler.OneCycleLR(training.optimizer, max_lr, total_steps=20)
    for i in range(20):
        training.step()
        if i < 19:
            schedule.step()
    training.optimizer.param_groups[0].update(settings)
    for _ in range(3):
        training.step()
    return training.record | dict(max_lr=max_lr)


def cycle(max_lr, steps):
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], momentum=0.9)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr, total_steps=steps)
    lr, momentum = [], []
    for i in range(steps):
        lr.append(optimizer.param_groups[0]["lr"])
        momentum.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if i < steps - 1:
            schedule.step()
    return dict(max_lr=max_lr, steps=steps, lr=lr, momentum=momentum)


def loss_value(loss, scores, targets, delta=1.0):
    value = LOSSES[loss](delta)(scores, targets)
    return dict(loss=loss, delta=delta, scores=flat(scores), targets=targets.flatten().tolist(), value=flat(value)[0])


# Scores far apart, too: a softmax that does not subtract the greatest score first overflows at 100.
scores = torch.cat([exact(5, 3, scale=3.0), torch.tensor([[300.0, -300.0, 0.0], [-900.0, -901.0, -899.0]])])
answers = scores + exact(7, 3, scale=2.0)

print(json.dumps({
    "made_with": f"torch {torch.__version__}, numpy {numpy.__version__}",
    "start": {name: dict(shape=list(t.shape), values=flat(t)) for name, t in start.items()},
    "inputs": flat(inputs),
    "classes": classes.tolist(),
    "values": flat(values),
    "runs": [
        run("Sgd", dict(lr=0.1)),
        run("Sgd", dict(lr=0.1, weight_decay=0.05)),
        run("Sgd", dict(lr=0.05, momentum=0.9)),
        run("Sgd", dict(lr=0.05, momentum=0.9, nesterov=True)),
        run("Sgd", dict(lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.1)),
        run("Adam", dict()),
        run("Adam", dict(lr=0.05, betas=[0.8, 0.95], eps=1e-4, weight_decay=0.1)),
        run("AdamW", dict()),
        run("AdamW", dict(lr=0.05, betas=[0.8, 0.95], eps=1e-4, weight_decay=0.5)),
        run("RmsProp", dict()),
        run("RmsProp", dict(lr=0.02, alpha=0.9, eps=1e-3, weight_decay=0.1)),
        run("Adagrad", dict()),
        run("Adagrad", dict(lr=0.2, eps=1e-3, weight_decay=0.1)),
        run("Sgd", dict(lr=0.5), loss="CrossEntropy"),
        run("Sgd", dict(lr=0.1), loss="Mae"),
        run("Sgd", dict(lr=0.2), loss="Huber", delta=0.7),
    ],
    "cycle_runs": [
        cycle_run("Sgd", dict(lr=0.05, momentum=0.9), 0.2),
        cycle_run("Sgd", dict(lr=0.05, momentum=0.7, nesterov=True), 0.2),
        cycle_run("Adam", dict(lr=0.01, betas=[0.9, 0.99]), 0.1),
        cycle_run("AdamW", dict(lr=0.01, betas=[0.9, 0.99], weight_decay=0.1), 0.1),
    ],
    "cycles": [cycle(0.1, 20), cycle(3e-3, 100), cycle(1.0, 3), cycle(0.5, 1)],
    "losses": [
        loss_value("CrossEntropy", scores, torch.tensor([0, 2, 1, 1, 0, 1, 2])),
        loss_value("Mse", scores, answers),
        loss_value("Mae", scores, answers),
        loss_value("Huber", scores, answers),
        loss_value("Huber", scores, answers, delta=2.5),
    ],
}, indent=None, separators=(",", ":")))
