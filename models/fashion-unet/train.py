"""Trains the U-Net for a fixed wall time on a CPU.

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

import data
from model import NULL_CLASS, TRAIN_STEPS, UNet, alpha_bars, parameter_count

HERE = Path(__file__).resolve().parent


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=47, help="wall time of training")
    parser.add_argument("--out", type=Path, default=HERE / "runs", help="folder of checkpoints")
    parser.add_argument("--data", default=data.DEFAULT_DATA, help="folder of the idx files")
    parser.add_argument("--log", type=Path, help="loss table; default OUT/loss.csv")
    parser.add_argument("--resume", type=Path, help="checkpoint to start from")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1.5e-3, help="peak learning rate")
    parser.add_argument("--warmup", type=int, default=500, help="steps of rising rate")
    parser.add_argument("--dropout", type=float, default=0.1, help="share of rows without class")
    parser.add_argument("--ema", type=float, default=0.999, help="decay of the weight average")
    parser.add_argument("--save-minutes", type=float, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-compile", action="store_true", help="skip torch.compile")
    return parser.parse_args()


def batches(images, labels, size, generator):
    """Yields shuffled batches for ever."""
    while True:
        order = torch.randperm(len(images), generator=generator)
        for start in range(0, len(order) - size + 1, size):
            pick = order[start:start + size]
            yield images[pick], labels[pick]


def spread_timesteps(rows, generator):
    """Draws one timestep per row, one from each of `rows` equal strata.

    Every batch then covers all noise levels, which makes the gradient less noisy.
    """
    place = (torch.arange(rows) + torch.rand(rows, generator=generator)) / rows
    return (place * TRAIN_STEPS).long().clamp(max=TRAIN_STEPS - 1)


def make_example(x0, labels, ab, dropout, generator):
    """Returns the noised rows with timestep, label, true noise and alpha-bar."""
    rows = len(x0)
    step = spread_timesteps(rows, generator)
    level = ab[step][:, None, None, None]
    noise = torch.randn(x0.shape, generator=generator)
    sample = level.sqrt() * x0 + (1 - level).sqrt() * noise
    drop = torch.rand(rows, generator=generator) < dropout
    labels = torch.where(drop, NULL_CLASS, labels)
    return sample, step.float(), labels, noise, level


def losses(model, example):
    """Returns the training loss and the plain epsilon error.

    The epsilon error weighs an error of v by ab, which starves the late timesteps
    where the garment's shape is settled; an unweighted v error spends too much on
    them. sqrt(ab), at least 0.1, lies between the two.
    """
    sample, step, labels, noise, level = example
    with torch.autocast("cpu", torch.bfloat16):
        predicted = model(sample, step, labels)
    error = (predicted.float() - noise).square()
    weight = level.sqrt().clamp(min=0.1) / level
    return (error * weight).mean(), error.mean().detach()


def rate_factor(step, warmup, progress):
    """Linear warm-up by steps, then a cosine that reaches zero when the time is over."""
    return min(1.0, (step + 1) / warmup) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


@torch.no_grad()
def update_average(average, model, step, decay):
    """Moves the averaged weights; early on the average is short, to forget the start."""
    decay = min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)


def make_optimizer(model, rate):
    """AdamW with weight decay on matrices only."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99), fused=True)


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
    images, labels = data.load(args.data, "train")
    images, labels = torch.from_numpy(data.to_unit_range(images)), torch.from_numpy(labels)
    model = UNet().to(memory_format=torch.channels_last)
    optimizer = make_optimizer(model, args.rate)
    average, step = copy.deepcopy(model), 0
    if args.resume:
        state = torch.load(args.resume)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    print(f"{parameter_count(model)} parameters, {len(images)} images", flush=True)
    args.out.mkdir(parents=True, exist_ok=True)
    runner = model if args.no_compile else torch.compile(model)
    ab = alpha_bars().float()
    source = batches(images, labels, args.batch, generator)
    start, saved, sums = time.time(), time.time(), np.zeros(3)
    with open(args.log or args.out / "loss.csv", "a" if args.resume else "w", newline="") as file:
        log = csv.writer(file)
        if not args.resume:
            log.writerow(["step", "seconds", "rate", "loss", "epsilon_mse"])
        while (elapsed := time.time() - start) < args.minutes * 60:
            rate = args.rate * rate_factor(step, args.warmup, elapsed / (args.minutes * 60))
            for group in optimizer.param_groups:
                group["lr"] = rate
            x0, y = next(source)
            loss, epsilon = losses(runner, make_example(x0, y, ab, args.dropout, generator))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            update_average(average, model, step, args.ema)
            step += 1
            sums += [1, loss.item(), epsilon.item()]
            if step % 100 == 0:
                row = [step, round(elapsed, 1), f"{rate:.3e}", *(f"{v:.5f}" for v in sums[1:] / sums[0])]
                log.writerow(row)
                file.flush()
                print(*row, flush=True)
                sums[:] = 0
            if time.time() - saved > args.save_minutes * 60:
                saved = time.time()
                save(args.out / "last.pt", model=model.state_dict(), average=average.state_dict(),
                     optimizer=optimizer.state_dict(), step=step)
    save(args.out / "last.pt", model=model.state_dict(), average=average.state_dict(),
         optimizer=optimizer.state_dict(), step=step)
    print(f"finished after {step} steps, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    train(parse_arguments())
