"""The class-conditional U-Net and its noise schedule.

The 28x28 level is kept thin because it costs the most per channel, and the model
is meant to be called thousands of times on a CPU.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

TRAIN_STEPS = 1000
BETA_START = 1e-4
BETA_END = 0.02
CLASSES = 10
NULL_CLASS = 10  # label that means "no class": the unconditional branch of guidance


def alpha_bars():
    """Returns the float64 products of (1 - beta) for training steps 0..999."""
    betas = torch.linspace(BETA_START, BETA_END, TRAIN_STEPS, dtype=torch.float64)
    return torch.cumprod(1 - betas, 0)


class ResBlock(nn.Module):
    """Two 3x3 convolutions; the embedding scales and shifts between them (FiLM).

    The last convolution starts at zero, so that a new block is the identity and
    the high learning rate of a short training run stays stable.
    """

    def __init__(self, cin, cout, emb):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.film = nn.Linear(emb, 2 * cout)
        self.norm2 = nn.GroupNorm(8, cout)
        self.conv2 = zero(nn.Conv2d(cout, cout, 3, padding=1))
        self.skip = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.film(emb)[:, :, None, None].chunk(2, dim=1)
        h = self.norm2(h) * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(h))


class Attention(nn.Module):
    """Self-attention over all positions; affordable only at 7x7 (49 tokens)."""

    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zero(nn.Conv2d(channels, channels, 1))

    def forward(self, x):
        c, height, width = x.shape[1:]
        tokens = self.qkv(self.norm(x)).reshape(-1, 3, self.heads, c // self.heads, height * width)
        q, k, v = tokens[:, 0], tokens[:, 1], tokens[:, 2]
        weights = (q.transpose(2, 3) @ k * (c // self.heads) ** -0.5).softmax(-1)
        mixed = (v @ weights.transpose(2, 3)).reshape(-1, c, height, width)
        return x + self.out(mixed)


def zero(layer):
    """Sets a layer's weights to zero and returns it."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class UNet(nn.Module):
    """Predicts the noise in `sample`; each row of a batch has its own timestep and class.

    Inside, the network F estimates v = sqrt(ab) eps - sqrt(1-ab) x0, and the result is
    eps = sqrt(1-ab) x + sqrt(ab) F. At late timesteps the sample is nearly pure noise
    and x0 = (x - sqrt(1-ab) eps) / sqrt(ab) would magnify an error of a plain epsilon
    network by up to 158; here the same x0 is sqrt(ab) x - sqrt(1-ab) F, which does not.
    """

    def __init__(self, widths=(32, 64, 128), emb=256, freqs=64):
        super().__init__()
        a, b, c = widths
        half = torch.arange(freqs) / (freqs - 1)
        self.register_buffer("freqs", torch.exp(-math.log(10000.0) * half), persistent=False)
        self.register_buffer("log_ab", alpha_bars().log().float(), persistent=False)
        self.time = nn.Sequential(nn.Linear(2 * freqs, emb), nn.SiLU(), nn.Linear(emb, emb))
        self.label = nn.Embedding(CLASSES + 1, emb)
        self.head = nn.Conv2d(1, a, 3, padding=1)
        self.down1 = ResBlock(a, a, emb)
        self.pool1 = nn.Conv2d(a, b, 2, stride=2)
        self.down2a = ResBlock(b, b, emb)
        self.down2b = ResBlock(b, b, emb)
        self.pool2 = nn.Conv2d(b, c, 2, stride=2)
        self.down3 = ResBlock(c, c, emb)
        self.mid = ResBlock(c, c, emb)
        self.attention = Attention(c)
        self.up3 = ResBlock(2 * c, c, emb)
        self.grow2 = nn.Conv2d(c, 4 * b, 1)
        self.up2 = ResBlock(2 * b, b, emb)
        self.grow1 = nn.Conv2d(b, 4 * a, 1)
        self.up1 = ResBlock(2 * a, a, emb)
        self.norm = nn.GroupNorm(8, a)
        self.tail = zero(nn.Conv2d(a, 1, 3, padding=1))

    def embed(self, timestep, class_label):
        """Returns the conditioning vector of every row."""
        angle = timestep[:, None] * self.freqs[None]
        waves = torch.cat([angle.sin(), angle.cos()], dim=1)
        return F.silu(self.time(waves) + self.label(class_label))

    def trunk(self, x, emb):
        """The U-Net proper: returns F, the estimate of v."""
        h1 = self.down1(self.head(x), emb)
        h2 = self.down2b(self.down2a(self.pool1(h1), emb), emb)
        h3 = self.down3(self.pool2(h2), emb)
        h = self.attention(self.mid(h3, emb))
        h = self.up3(torch.cat([h, h3], 1), emb)
        h = self.up2(torch.cat([F.pixel_shuffle(self.grow2(h), 2), h2], 1), emb)
        h = self.up1(torch.cat([F.pixel_shuffle(self.grow1(h), 2), h1], 1), emb)
        return self.tail(F.silu(self.norm(h)))

    def coefficients(self, timestep):
        """Returns sqrt(ab) and sqrt(1-ab) per row, interpolating log(ab) between steps."""
        low = timestep.floor().clamp(0, TRAIN_STEPS - 2)
        index = low.long()
        left, right = self.log_ab[index], self.log_ab[index + 1]
        log_ab = left + (timestep - low) * (right - left)
        ab = log_ab.exp()
        signal = ab.sqrt()[:, None, None, None]
        noise = (1 - ab).sqrt()[:, None, None, None]
        return signal, noise

    def forward(self, sample, timestep, class_label):
        signal, noise = self.coefficients(timestep)
        v = self.trunk(sample, self.embed(timestep, class_label))
        return noise * sample + signal * v.float()


def parameter_count(model):
    """Returns the number of trained parameters."""
    return sum(p.numel() for p in model.parameters())
