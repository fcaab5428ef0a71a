"""The workloads of benches/workloads.rs in PyTorch: `torch_workloads.py w2 3` prints the median milliseconds per step and
the peak memory in kB. Two numbers, one line, like the other side."""
import resource, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

name, seconds = sys.argv[1], float(sys.argv[2])
torch.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 2)
torch.manual_seed(0)


def median(f, steps):
    f()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 5:
        t = time.perf_counter()
        for _ in range(steps):
            f()
        times.append((time.perf_counter() - t) * 1e3 / steps)
    return sorted(times)[len(times) // 2]


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1568, 128), nn.ReLU(), nn.Linear(128, 10))


class Residual(nn.Module):
    def __init__(self, i, o, stride, side):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(i, o, 3, stride, 1), nn.BatchNorm2d(o), nn.ReLU(),
                               nn.Conv2d(o, o, 3, 1, 1), nn.BatchNorm2d(o))
        self.side = side

    def forward(self, x):
        return F.relu(self.f(x) + self.side(x))


def resnet():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), Residual(16, 16, 1, nn.Identity()), Residual(16, 16, 1, nn.Identity()),
        Residual(16, 32, 2, nn.Sequential(nn.Conv2d(16, 32, 1, 2), nn.BatchNorm2d(32))),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))


def mlp():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.out = nn.GRU(28, 128, batch_first=True), nn.Linear(128, 10)

    def forward(self, x):
        return self.out(self.gru(x)[0][:, -1])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.block, self.out = nn.TransformerEncoderLayer(64, 4, 256, dropout=0.0, batch_first=True), nn.Linear(64, 10)

    def forward(self, x):
        return self.out(self.block(x).mean(1))


class Gpt(nn.Module):
    """65 characters, 64 at a time, 128 features, 4 heads, 4 blocks, the scores tied to the characters' vectors."""
    def __init__(self):
        super().__init__()
        self.wte, self.wpe, self.norm = nn.Embedding(65, 128), nn.Embedding(64, 128), nn.LayerNorm(128)
        block = lambda: nn.TransformerEncoderLayer(128, 4, 512, 0.0, lambda x: F.gelu(x, approximate="tanh"),
                                                   batch_first=True, norm_first=True)
        self.blocks = nn.ModuleList(block() for _ in range(4))
        self.mask = nn.Transformer.generate_square_subsequent_mask(64)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe.weight
        for block in self.blocks:
            x = block(x, src_mask=self.mask, is_causal=True)
        return (self.norm(x) @ self.wte.weight.T).flatten(0, 1)


class BothWays(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(64, 64, bidirectional=True, batch_first=True)
        self.out = nn.Linear(128, 10)

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        h = self.lstm(packed)[1][0]
        return self.out(torch.cat((h[0], h[1]), 1))


def lengths(batch):
    model, x, y = BothWays(), torch.randn(batch, 50, 64, requires_grad=True), torch.arange(batch) % 10
    steps = torch.tensor([5 + i * 29 % 46 for i in range(batch)])

    def step():
        model.zero_grad()
        x.grad = None
        F.cross_entropy(model(x, steps), y).backward()

    return median(step, 10)


def dcgan(batch):
    up = lambda i, o, k, s, p: [nn.ConvTranspose2d(i, o, k, s, p), nn.BatchNorm2d(o), nn.ReLU()]
    generator = nn.Sequential(*up(64, 64, 7, 1, 0), *up(64, 32, 4, 2, 1), nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Tanh())
    judge = nn.Sequential(nn.Conv2d(1, 32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(32, 64, 4, 2, 1), nn.LeakyReLU(0.2),
                          nn.Flatten(), nn.Linear(3136, 1))
    adams = [torch.optim.Adam(net.parameters(), 1e-3) for net in (generator, judge)]
    real, noise = torch.randn(batch, 1, 28, 28), torch.randn(batch, 64, 1, 1)
    ones, zeros = torch.ones(batch, 1), torch.zeros(batch, 1)
    loss = F.binary_cross_entropy_with_logits

    def step():
        made = generator(noise)
        adams[1].zero_grad()
        (loss(judge(real), ones) + loss(judge(made.detach()), zeros)).backward()
        adams[1].step()
        adams[0].zero_grad()
        loss(judge(made), ones).backward()
        adams[0].step()

    return median(step, 4)


class Timed(nn.Module):
    """A residual block that is told the time."""
    def __init__(self, i, o, n=64):
        super().__init__()
        self.norm1, self.conv1, self.time = nn.GroupNorm(4, i), nn.Conv2d(i, o, 3, 1, 1), nn.Linear(n, o)
        self.norm2, self.conv2 = nn.GroupNorm(4, o), nn.Conv2d(o, o, 3, 1, 1)
        self.shortcut = nn.Identity() if i == o else nn.Conv2d(i, o, 1)

    def forward(self, x, row):
        y = self.conv1(F.silu(self.norm1(x))) + self.time(row)[:, :, None, None]
        return self.conv2(F.silu(self.norm2(y))) + self.shortcut(x)


class UNet(nn.Module):
    """Pictures, steps and classes to the noise in the pictures."""
    def __init__(self, c=1, n=16, m=32, r=64, k=11):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(r, r), nn.SiLU(), nn.Linear(r, r))
        self.classes, self.enter = nn.Embedding(k, r), nn.Conv2d(c, n, 3, 1, 1)
        self.down1, self.halve1 = Timed(n, n), nn.Conv2d(n, m, 3, 2, 1)
        self.down2, self.halve2 = Timed(m, m), nn.Conv2d(m, m, 3, 2, 1)
        self.middle1, self.middle2 = Timed(m, m), Timed(m, m)
        self.norm, self.attention = nn.GroupNorm(4, m), nn.MultiheadAttention(m, 1, batch_first=True)
        self.double2, self.up2 = nn.Conv2d(m, m, 3, 1, 1), Timed(2 * m, m)
        self.double1, self.up1 = nn.Conv2d(m, n, 3, 1, 1), Timed(2 * n, n)
        self.norm_out, self.leave = nn.GroupNorm(4, n), nn.Conv2d(n, c, 3, 1, 1)
        self.register_buffer("rates", 10000 ** (-torch.arange(r // 2) * 2 / r))

    def forward(self, x):
        x, t, y = x[:, :-2], x[:, -2, 0, 0], x[:, -1, 0, 0].long()
        angles = t[:, None] * self.rates
        row = self.time(torch.stack((angles.sin(), angles.cos()), 2).flatten(1)) + self.classes(y)
        row = F.silu(row)
        full = self.down1(self.enter(x), row)
        half = self.down2(self.halve1(full), row)
        x = self.middle1(self.halve2(half), row)
        pixels = self.norm(x).flatten(2).transpose(1, 2)
        x = x + self.attention(pixels, pixels, pixels)[0].transpose(1, 2).view_as(x)
        x = self.double2(F.interpolate(self.middle2(x, row), scale_factor=2))
        x = self.double1(F.interpolate(self.up2(torch.cat((x, half), 1), row), scale_factor=2))
        return self.leave(F.silu(self.norm_out(self.up1(torch.cat((x, full), 1), row))))


def diffusion_step():
    model, x, noise = UNet(), torch.randn(32, 3, 28, 28), torch.randn(32, 1, 28, 28)
    x[:, 1], x[:, 2] = 1 + 6 * torch.arange(32)[:, None, None], torch.arange(32)[:, None, None] % 11
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)

    def step():
        optimizer.zero_grad()
        F.mse_loss(model(x), noise).backward()
        optimizer.step()

    return median(step, 10)


def train(model, x):
    y = torch.arange(x.numel()) % 65 if x.dtype == torch.long else torch.arange(len(x)) % 10
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return median(step, 10)


def gcn():
    nodes = 2708
    i = torch.arange(5278)
    pairs = torch.stack((i % nodes, (i * 7919 + i // nodes * 31 + 1) % nodes))
    pairs = torch.cat((pairs, pairs.flip(0), torch.arange(nodes).repeat(2, 1)), 1)
    a = torch.sparse_coo_tensor(pairs, torch.ones(pairs.shape[1]), (nodes, nodes)).coalesce()
    at = a.indices()
    d = torch.bincount(at[0], minlength=nodes).float().rsqrt()
    a = torch.sparse_coo_tensor(at, d[at[0]] * d[at[1]], (nodes, nodes)).coalesce()
    i = torch.arange(nodes * 18)
    words = torch.stack((i // 18, (i // 18 * 131 + i % 18 * 79) % 1433))
    words = torch.sparse_coo_tensor(words, torch.full((nodes * 18,), 1 / 18), (nodes, 1433)).coalesce()
    values, index = words.values(), words.indices()
    first, second = nn.Linear(1433, 16, bias=False), nn.Linear(16, 7, bias=False)
    biases = [torch.zeros(16, requires_grad=True), torch.zeros(7, requires_grad=True)]
    optimizer = torch.optim.Adam([first.weight, second.weight, *biases], 0.01, weight_decay=5e-4)
    y = torch.arange(140) % 7

    def step():
        optimizer.zero_grad()
        x = torch.sparse_coo_tensor(index, F.dropout(values, 0.5), (nodes, 1433), is_coalesced=True)
        h = F.relu(torch.sparse.mm(a, torch.sparse.mm(x, first.weight.T)) + biases[0])
        scores = torch.sparse.mm(a, second(F.dropout(h, 0.5))) + biases[1]
        F.cross_entropy(scores[:140], y).backward()
        optimizer.step()

    return median(step, 10)


if name == "version":
    print(torch.__version__)
    sys.exit()
def convolution(c, o, k, stride, padding, groups, batch, side):
    layer = nn.Conv2d(c, o, k, stride, padding, groups=groups)
    x = torch.randn(batch, c, side, side, requires_grad=True)

    def step():
        layer.zero_grad()
        x.grad = None
        layer(x).mean((2, 3)).sum().backward()

    return median(step, 10)


class Fire(nn.Module):
    def __init__(self, i, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(i, squeeze, 1)
        self.one, self.three = nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat((F.relu(self.one(x)), F.relu(self.three(x))), 1)


def squeezenet():
    pool = lambda: nn.MaxPool2d(3, 2, ceil_mode=True)
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, 2), nn.ReLU(), pool(), Fire(64, 16, 64), Fire(128, 16, 64),
        pool(), Fire(128, 32, 128), Fire(256, 32, 128),
        pool(), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
        nn.Conv2d(512, 1000, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


CONVOLUTIONS = {"depthwise": (64, 64, 3, 1, 1, 64, 32, 28), "stride2": (64, 128, 3, 2, 1, 1, 16, 28),
                "seven": (3, 64, 7, 2, 3, 1, 4, 112), "channels3": (3, 64, 3, 1, 1, 1, 8, 56),
                "channels64": (64, 64, 3, 1, 1, 1, 16, 28), "channels128": (128, 128, 3, 1, 1, 1, 16, 14)}


def of_a_table(f, *shape):
    x = torch.randn(*shape, requires_grad=True)

    def step():
        x.grad = None
        f(x).mean(1).sum().backward()

    return median(step, 10)


TABLES = {"gelu": (F.gelu, 3136, 256), "tanh": (torch.tanh, 3136, 256),
          "softmax": (lambda x: F.softmax(x, -1), 1024, 512)}

if name in CONVOLUTIONS:
    ms = convolution(*CONVOLUTIONS[name])
elif name in TABLES:
    ms = of_a_table(*TABLES[name])
elif name == "product":
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    with torch.inference_mode():
        ms = median(lambda: a @ b, 1)
elif name == "squeezenet":
    model, x = squeezenet().eval(), torch.randn(1, 3, 227, 227)
    with torch.inference_mode():
        ms = median(lambda: model(x), 1)
elif name.startswith("i2_"):
    model, x = lenet().eval(), torch.randn(int(name[3:]), 1, 28, 28)
    with torch.inference_mode():
        ms = median(lambda: model(x), 10)
else:
    ms = {"w1": lambda: train(mlp(), torch.randn(128, 784)),
          "w2": lambda: train(lenet(), torch.randn(128, 1, 28, 28)),
          "w3": lambda: train(resnet(), torch.randn(64, 1, 28, 28)),
          "w4": lambda: train(Reader(), torch.randn(128, 28, 28)),
          "w5": lambda: train(Transformer(), torch.randn(64, 49, 64)),
          "w6": lambda: train(Gpt(), torch.randint(0, 65, (16, 64))),
          "w7": lambda: lengths(64),
          "w8": lambda: dcgan(64),
          "w9": diffusion_step,
          "w10": gcn}[name]()
print(f"{ms:.4f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}")
