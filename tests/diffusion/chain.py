"""Golden values of noise schedules and of sampling chains, made with PyTorch in double precision.

    python tests/diffusion/chain.py > tests/diffusion/chain.json

The committed file names the version. The formulas are written out as they stand in the papers: Ho, Jain & Abbeel 2020
(arXiv:2006.11239, formulas 4, 6, 7, 15), Nichol & Dhariwal 2021 (arXiv:2102.09672, formula 17), Song, Meng & Ermon 2021
(arXiv:2010.02502, formula 12 with sigma = 0), Ho & Salimans 2022 (arXiv:2207.12598, formula 6). The network of the chains is a fixed
function, `0.4 x + 0.2 sin(3 x) + 0.003 t`.
"""

import json
import math

import torch

torch.manual_seed(19)


def flat(t):
    return [float(f"{v:.9g}") for v in torch.as_tensor(t).double().flatten().tolist()]


def linear(steps):
    scale = 1000 / steps
    return torch.linspace(scale * 1e-4, scale * 0.02, steps, dtype=torch.float64)


def cosine(steps):
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    f = torch.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    bars = f / f[0]
    return (1 - bars[1:] / bars[:-1]).clamp(max=0.999)


def model(x, t):
    return 0.4 * x + 0.2 * torch.sin(3 * x) + 0.003 * t


def ddpm(betas, x, noise, clip):
    alphas, bars = 1 - betas, torch.cumprod(1 - betas, 0)
    for t in range(len(betas), 0, -1):
        beta, alpha, bar = betas[t - 1], alphas[t - 1], bars[t - 1]
        before = bars[t - 2] if t > 1 else torch.tensor(1.0, dtype=torch.float64)
        eps = model(x, t)
        if clip is None:
            mean = (x - beta / (1 - bar).sqrt() * eps) / alpha.sqrt()
        else:
            clean = ((x - (1 - bar).sqrt() * eps) / bar.sqrt()).clamp(-clip, clip)
            mean = before.sqrt() * beta / (1 - bar) * clean + alpha.sqrt() * (1 - before) / (1 - bar) * x
        x = mean + (beta * (1 - before) / (1 - bar)).sqrt() * noise[t - 1]
    return x


def ddim(betas, x, visits, clip):
    bars = torch.cat((torch.ones(1, dtype=torch.float64), torch.cumprod(1 - betas, 0)))
    for t, to in zip(visits, visits[1:]):
        eps = model(x, t)
        clean = (x - (1 - bars[t]).sqrt() * eps) / bars[t].sqrt()
        if clip is not None:
            clean = clean.clamp(-clip, clip)
            eps = (x - bars[t].sqrt() * clean) / (1 - bars[t]).sqrt()
        x = bars[to].sqrt() * clean + (1 - bars[to]).sqrt() * eps
    return x


betas = cosine(30)
start, noise = torch.randn(6, dtype=torch.float64).float().double(), torch.randn(30, 6).double()
visits = [30, 26, 17, 9, 3, 1, 0]
record = {
    "made_with": f"torch {torch.__version__}",
    "linear": {str(n): {"betas": flat(linear(n)), "bars": flat(torch.cumprod(1 - linear(n), 0))} for n in (40, 1000)},
    "cosine": {str(n): {"betas": flat(cosine(n)), "bars": flat(torch.cumprod(1 - cosine(n), 0))} for n in (7, 200)},
    "start": flat(start), "noise": flat(noise), "visits": visits,
    "ddpm": flat(ddpm(betas, start, noise, None)), "ddpm_clipped": flat(ddpm(betas, start, noise, 0.5)),
    "ddim": flat(ddim(betas, start, visits, None)), "ddim_clipped": flat(ddim(betas, start, visits, 0.5)),
}
print(json.dumps(record, separators=(",", ":")))
