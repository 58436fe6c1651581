"""Trains the planner for a fixed wall time on a CPU, on plans made by paths.py.

The learning rate follows the elapsed time and not a step count, so that a run
always ends with a fully decayed rate, however busy the machine is. Because of
that, two runs with one seed agree in quality but not bit for bit.
"""

import argparse
import copy
import csv
import math
import os
import time
from pathlib import Path

import numpy as np
import torch

from model import DATA_STD, TRAIN_STEPS, Planner, alpha_bars, parameter_count

HERE = Path(__file__).resolve().parent
HELD_OUT = 4096  # plans kept for the validation loss
WEIGHT_MAX = 400.0  # of a squared error of the plan: full weight down to a noise of 0.05


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30, help="wall time of training")
    parser.add_argument("--paths", type=Path, default=HERE / "runs" / "paths.npy")
    parser.add_argument("--out", type=Path, default=HERE / "runs", help="folder of checkpoints")
    parser.add_argument("--log", type=Path, help="loss table; default OUT/loss.csv")
    parser.add_argument("--resume", type=Path, help="checkpoint to start from")
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--rate", type=float, default=1e-3, help="peak learning rate")
    parser.add_argument("--warmup", type=int, default=200, help="steps of rising rate")
    parser.add_argument("--ema", type=float, default=0.998, help="decay of the weight average")
    parser.add_argument("--save-minutes", type=float, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-compile", action="store_true", help="skip torch.compile")
    return parser.parse_args()


def batches(plans, size, generator):
    """Yields shuffled batches for ever; half of the plans are walked backwards."""
    while True:
        order = torch.randperm(len(plans), generator=generator)
        for begin in range(0, len(order) - size + 1, size):
            some = plans[order[begin:begin + size]]
            turned = torch.rand(size, generator=generator) < 0.5
            yield torch.where(turned[:, None, None], some.flip(-1), some)


def spread_timesteps(rows, generator):
    """Draws one timestep per row, one from each of `rows` strata, more of them early ones.

    Every batch then covers all noise levels, which makes the gradient less noisy.
    """
    place = (torch.arange(rows) + torch.rand(rows, generator=generator)) / rows
    return (place**1.5 * TRAIN_STEPS).long().clamp(max=TRAIN_STEPS - 1)


def make_example(plans, ab, generator):
    """Returns the model's inputs, the plans themselves and alpha-bar."""
    step = spread_timesteps(len(plans), generator)
    level = ab[step][:, None, None]
    noise = torch.randn(plans.shape, generator=generator)
    sample = level.sqrt() * plans + (1 - level).sqrt() * noise
    return (sample, step.float(), plans[:, :, 0], plans[:, :, -1]), plans, level


def losses(model, example):
    """Returns the training loss and the plain squared error of the plan.

    The weight makes the loss that of the network's estimate of unit variance, but lets it fade
    for noise below 0.05, where all there is to learn is to tell noise from the last digits.
    """
    inputs, plans, level = example
    with torch.autocast("cpu", torch.bfloat16):
        predicted = model(*inputs)
    error = (predicted.float() - plans).square()
    weight = (level * DATA_STD**2 + 1 - level) / (DATA_STD**2 * (1 - level))
    return (error * weight.clamp(max=WEIGHT_MAX)).mean(), error.mean().detach()


def rate_factor(step, warmup, progress):
    """Linear warm-up by steps, then a cosine that reaches zero when the time is over."""
    return min(1.0, (step + 1) / warmup) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


@torch.no_grad()
def update_average(average, model, step, decay):
    """Moves the averaged weights; early on the average is short, to forget the start."""
    decay = min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)


@torch.no_grad()
def validate(model, plans, ab):
    """Returns both losses on held-out plans, always with the same noise."""
    return [loss.item() for loss in losses(model, make_example(plans, ab, torch.Generator().manual_seed(0)))]


def make_optimizer(model, rate):
    """AdamW with weight decay on matrices only."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)


def save(path, **state):
    """Writes a checkpoint so that a reader never sees half a file."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def train(args):
    """Runs the training loop until the time is over."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    plans = torch.from_numpy(np.load(args.paths))
    held_out, plans = plans[:HELD_OUT], plans[HELD_OUT:]
    model = Planner()
    optimizer = make_optimizer(model, args.rate)
    average, step = copy.deepcopy(model), 0
    if args.resume:
        state = torch.load(args.resume)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
        generator.manual_seed(args.seed + step)
    print(f"{parameter_count(model)} parameters, {len(plans)} plans", flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    runner = model if args.no_compile else torch.compile(model)
    ab, source = alpha_bars().float(), batches(plans, args.batch, generator)

    def checkpoint():
        save(args.out / "last.pt", model=model.state_dict(), average=average.state_dict(),
             optimizer=optimizer.state_dict(), step=step)

    start, saved, sums, first = time.time(), time.time(), np.zeros(3), step
    with open(args.log or args.out / "loss.csv", "a" if args.resume else "w", newline="") as file:
        log = csv.writer(file)
        if not args.resume:
            log.writerow(["step", "seconds", "rate", "loss", "plan_mse", "held_out_loss", "held_out_plan_mse"])
        while (elapsed := time.time() - start) < args.minutes * 60:
            rate = args.rate * rate_factor(step - first, args.warmup, elapsed / (args.minutes * 60))
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss, error = losses(runner, make_example(next(source), ab, generator))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            update_average(average, model, step, args.ema)
            step += 1
            sums += [1, loss.item(), error.item()]
            if step % 100 == 0:
                figures = [*sums[1:] / sums[0], *validate(average, held_out, ab)]
                row = [step, round(elapsed, 1), f"{rate:.3e}", *(f"{v:.5f}" for v in figures)]
                log.writerow(row)
                file.flush()
                print(*row, flush=True)
                sums[:] = 0
            if time.time() - saved > args.save_minutes * 60:
                saved = time.time()
                checkpoint()
    checkpoint()
    print(f"finished after {step} steps, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    train(parse_arguments())
