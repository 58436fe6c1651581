"""The denoiser: a residual MLP on the whole plan, made of few and wide layers.

At batch 1 a CPU spends the call on reading the weights, so that further rows are nearly free.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from maze import WAYPOINTS

TRAIN_STEPS = 1000
DATA_STD = 0.41
WIDTH, HIDDEN, BLOCKS = 1024, 4096, 2
EMBEDDING = 256


def alpha_bars():
    """Returns the signal power at every training step, float64 [1000]."""
    return torch.cumprod(1 - torch.linspace(1e-4, 0.02, TRAIN_STEPS, dtype=torch.float64), 0)


class Block(nn.Module):
    """LayerNorm scaled and shifted by the embedding, a wide hidden layer, and the input added."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.film = zero(nn.Linear(EMBEDDING, 2 * WIDTH))
        self.grow = nn.Linear(WIDTH, HIDDEN)
        self.shrink = zero(nn.Linear(HIDDEN, WIDTH))

    def forward(self, h, embedding):
        scale, shift = self.film(embedding).chunk(2, dim=1)
        return h + self.shrink(F.silu(self.grow(self.norm(h) * (1 + scale) + shift)))


def zero(layer):
    """Sets a layer's weights to zero and returns it."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Planner(nn.Module):
    """Predicts the clean plan [batch, 2, 32]; every row has its own timestep, start and goal.

    The network proper estimates a quantity of unit variance at every noise level, and the plan is
    a mix of it and the noisy plan (Karras et al., 2022, table 1, in variance-preserving form):
    near the end of sampling its errors are scaled down with the noise that is left.
    """

    def __init__(self):
        super().__init__()
        tables = {
            "log_ab": alpha_bars().log().float(),
            "time_waves": torch.exp(-math.log(1e4) * torch.arange(32) / 31),
            "end_waves": math.pi * 2.0 ** torch.arange(5),
            # Periods of four and two cells; the maze's corridors are two cells apart.
            "plan_waves": math.pi * torch.tensor([2.25, 4.5]),
        }
        for name, values in tables.items():
            self.register_buffer(name, values, persistent=False)
        points = 2 * WAYPOINTS
        features = 64 + 2 * (2 + 20)
        self.embed = nn.Sequential(nn.Linear(features, EMBEDDING), nn.SiLU(), nn.Linear(EMBEDDING, EMBEDDING), nn.SiLU())
        self.head = nn.Linear(points * 5 + features, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.norm = nn.LayerNorm(WIDTH)
        self.tail = zero(nn.Linear(WIDTH, points))

    def alpha_bar(self, timestep):
        """Returns alpha-bar [batch, 1], its logarithm interpolated between steps."""
        low = timestep.floor().clamp(0, TRAIN_STEPS - 2)
        index = low.long()
        left, right = self.log_ab[index], self.log_ab[index + 1]
        return (left + (timestep - low) * (right - left)).exp()[:, None]

    def plan_features(self, x, ab):
        """Returns the scaled noisy plan and waves of it, each faded as its mean fades in noise."""
        seen, variance = x / ab.sqrt(), (1 - ab) / ab
        faded = []
        for k in range(len(self.plan_waves)):
            wave = self.plan_waves[k]
            fade = torch.exp(-0.5 * wave * wave * variance)
            faded += [fade * (wave * seen).sin(), fade * (wave * seen).cos()]
        scaled = x / (ab * DATA_STD**2 + 1 - ab).sqrt()
        return torch.cat([scaled, *faded], 1)

    def end_features(self, timestep, ends):
        """Returns waves of the timestep and of both ends [batch, 4]."""
        time = timestep[:, None] * self.time_waves
        place = (ends[:, :, None] * self.end_waves).flatten(1)
        return torch.cat([time.sin(), time.cos(), ends, place.sin(), place.cos()], 1)

    def trunk(self, plan, other):
        """The network proper: its estimate of unit variance [batch, 64]."""
        embedding = self.embed(other)
        h = self.head(torch.cat([plan, other], 1))
        for block in self.blocks:
            h = block(h, embedding)
        return self.tail(self.norm(h))

    def forward(self, sample, timestep, start, goal):
        x, ab = sample.flatten(1), self.alpha_bar(timestep)
        other = self.end_features(timestep, torch.cat([start, goal], 1))
        estimate = self.trunk(self.plan_features(x, ab), other)
        power = ab * DATA_STD**2 + 1 - ab
        kept = DATA_STD**2 * ab.sqrt() / power
        plan = kept * x + DATA_STD * ((1 - ab) / power).sqrt() * estimate.float()
        return plan.reshape(-1, 2, WAYPOINTS)


def parameter_count(model):
    """Returns the number of trained parameters."""
    return sum(p.numel() for p in model.parameters())
