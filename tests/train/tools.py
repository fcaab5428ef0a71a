"""Golden values of schedules, clipping, accumulation, parts and weight constraints, made with PyTorch 2.15.0.

    python tests/train/tools.py > tests/train/tools.json

In double precision, as in optimizers.py. Start weights and samples are in the file too, rounded to numbers that `f32` holds
exactly.
"""

import json

import torch
from torch import nn, optim
from torch.optim import lr_scheduler as schedulers

assert torch.__version__.startswith("2.15."), torch.__version__

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def exact(*shape, scale=1.0):
    return (torch.randn(*shape) * scale * 64).round() / 64


def flat(t):
    return [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]


# --- schedules: the rate of every batch, 5 epochs of 8 batches, base rate 0.2 -----------------------------------------

EPOCHS, BATCHES, BASE = 5, 8, 0.2


def rates(make, per_epoch):
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=BASE)
    schedule, rates = make(optimizer), []
    for step in range(EPOCHS * BATCHES):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if not per_epoch or (step + 1) % BATCHES == 0:
            schedule.step()
    return [float(f"{r:.9g}") for r in rates]


def warm(after):
    """12 batches (1.5 epochs) of climbing from a hundredth, then another schedule."""
    return lambda o: schedulers.SequentialLR(
        o, [schedulers.LinearLR(o, start_factor=0.01, total_iters=12), after(o)], milestones=[12]
    )


steps = EPOCHS * BATCHES
schedules = {
    "constant": rates(lambda o: schedulers.LambdaLR(o, lambda _: 1.0), False),
    "step": rates(lambda o: schedulers.StepLR(o, step_size=2, gamma=0.3), True),
    "exponential": rates(lambda o: schedulers.ExponentialLR(o, gamma=0.7), True),
    "cosine": rates(lambda o: schedulers.CosineAnnealingLR(o, T_max=steps, eta_min=0.05 * BASE), False),
    "warm_constant": rates(warm(lambda o: schedulers.LambdaLR(o, lambda _: 1.0)), False),
    "warm_cosine": rates(warm(lambda o: schedulers.CosineAnnealingLR(o, T_max=steps - 12)), False),
}

# --- training with a twist ---------------------------------------------------------------------------------------------

inputs, values = exact(6, 3, scale=2.0), exact(6, 2, scale=8.0)
start = {"0.weight": exact(4, 3), "0.bias": exact(4), "2.weight": exact(2, 4), "2.bias": exact(2)}
OPTIMIZERS = {"Sgd": optim.SGD, "Adam": optim.Adam, "AdamW": optim.AdamW}


def constrain(net, constraint):
    """On the rows of both weights: max-norm by torch.renorm, unit norm by normalize."""
    for layer in [net[0], net[2]]:
        with torch.no_grad():
            if constraint == "unit_norm":
                layer.weight.copy_(nn.functional.normalize(layer.weight, dim=1))
            elif constraint is not None:
                layer.weight.copy_(torch.renorm(layer.weight, 2, 0, constraint))


def run(optimizer, settings, norm=None, value=None, slow=None, frozen=False, constraint=None):
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    net.load_state_dict(start)
    net[0].requires_grad_(not frozen)
    groups = [{"params": net[0].parameters()}, {"params": net[2].parameters()}]
    if slow is not None:
        groups[0]["lr"] = settings["lr"] * slow
    optimizer_ = OPTIMIZERS[optimizer](groups, **settings)
    record = dict(optimizer=optimizer, settings=settings, norm=norm, value=value, slow=slow, frozen=frozen,
                  constraint=constraint, losses=[], norms=[], weights=[])
    for _ in range(8):
        optimizer_.zero_grad()
        loss = nn.MSELoss()(net(inputs), values)
        loss.backward()
        if value is not None:
            nn.utils.clip_grad_value_(net.parameters(), value)
        if norm is not None:
            record["norms"] += flat(nn.utils.clip_grad_norm_(net.parameters(), norm))
        optimizer_.step()
        constrain(net, constraint)
        record["losses"] += flat(loss)
        record["weights"].append(flat(torch.cat([p.flatten() for p in net.parameters()])))
    return record


print(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "base": BASE, "epochs": EPOCHS, "batches": BATCHES,
    "schedules": schedules,
    "start": {name: dict(shape=list(t.shape), values=flat(t)) for name, t in start.items()},
    "inputs": flat(inputs),
    "values": flat(values),
    "runs": [
        run("Sgd", dict(lr=0.1), norm=1.0),
        run("Sgd", dict(lr=0.02, momentum=0.9), norm=5.0),
        run("Adam", dict(lr=0.05), norm=0.5),
        run("Sgd", dict(lr=0.1), value=0.25),
        run("Sgd", dict(lr=0.1), value=0.5, norm=1.0),
        run("Sgd", dict(lr=0.1), norm=1e6),
        run("Sgd", dict(lr=0.05, momentum=0.9), slow=0.1),
        run("AdamW", dict(lr=0.05, weight_decay=0.1), slow=0.1),
        run("Adam", dict(lr=0.05), frozen=True),
        run("Sgd", dict(lr=0.02, weight_decay=0.1), frozen=True, norm=2.0),
        run("Sgd", dict(lr=0.05), constraint=1.5),
        run("Adam", dict(lr=0.05), constraint="unit_norm"),
    ],
}, indent=None, separators=(",", ":")))
