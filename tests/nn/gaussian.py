"""Golden values of codes that are normal distributions, made with PyTorch: values, and the gradients of a loss of them.

    python tests/nn/gaussian.py > tests/nn/gaussian.json
"""

import json

import torch
from torch.distributions import Normal, kl_divergence

assert torch.__version__.startswith("2."), torch.__version__
torch.manual_seed(17)
mean, log_var, noise, weight = (torch.randn(4, 3) for _ in range(4))
log_var *= 2
mean.requires_grad_()
log_var.requires_grad_()
bell = Normal(mean, torch.exp(log_var / 2))
code = mean + torch.exp(log_var / 2) * noise
divergence = kl_divergence(bell, Normal(0.0, 1.0))
# Both at once, as in training: the code pulls at both parameters, and so does the divergence.
loss = (weight * code**2).sum() + divergence.sum()
loss.backward()
out = dict(torch=torch.__version__, mean=mean, log_var=log_var, noise=noise, weight=weight, code=code,
           divergence=divergence, loss=loss, of_mean=mean.grad, of_log_var=log_var.grad)
print(json.dumps({k: v if isinstance(v, str) else v.detach().flatten().tolist() for k, v in out.items()}))
