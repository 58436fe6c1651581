"""Samples the exported model by 100-step DDPM and lets the classifier judge the pictures.

Everything runs in numpy and ONNX Runtime on the two exported files, so that the
figure is about what is shipped and not about the training program.
"""

import argparse
import csv
import time
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

import data
from export import open_session

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend must be chosen first)

HERE = Path(__file__).resolve().parent
NULL_CLASS = 10


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=HERE / "model.onnx")
    parser.add_argument("--classifier", type=Path, default=HERE / "classifier.onnx")
    parser.add_argument("--data", default=data.DEFAULT_DATA, help="folder of the idx files")
    parser.add_argument("--log", type=Path, default=HERE / "loss.csv", help="loss table of train.py")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the pictures")
    parser.add_argument("--per-class", type=int, default=100)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--guidance", type=float, nargs="+", default=[2.0], help="one or more weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save-samples", type=Path, help="also write the samples to this .npz")
    return parser.parse_args()


def schedule(steps):
    """Returns the timesteps from noisy to clean and alpha-bar at each, plus 1 at the end."""
    alpha_bar = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    times = np.rint(np.linspace(999, 0, steps)).astype(int)
    return times, np.append(alpha_bar[times], 1.0)


def guided(session, x, time_value, labels, weight):
    """Returns eps_u + w (eps_c - eps_u); both branches are rows of one call."""
    rows = len(x)
    feed = {
        "sample": np.concatenate([x, x]).astype(np.float32),
        "timestep": np.full(2 * rows, time_value, np.float32),
        "class_label": np.concatenate([labels, np.full(rows, NULL_CLASS)]).astype(np.int64),
    }
    conditional, free = np.split(session.run(None, feed)[0], 2)
    return free + weight * (conditional - free)


def sample(session, labels, weight, steps, generator):
    """Returns one DDPM sample per label; the predicted image is never clipped."""
    times, levels = schedule(steps)
    x = generator.standard_normal((len(labels), 1, 28, 28))
    for time_value, ab, after in zip(times, levels, levels[1:]):
        eps = guided(session, x, time_value, labels, weight)
        x0 = (x - np.sqrt(1 - ab) * eps) / np.sqrt(ab)
        c = np.sqrt((1 - after) / (1 - ab) * (1 - ab / after))
        x = np.sqrt(after) * x0 + np.sqrt(1 - after - c * c) * eps
        if c > 0:
            x += c * generator.standard_normal(x.shape)
    return x.astype(np.float32)


def judge(session, images):
    """Returns the class the classifier sees in every picture, shown as bytes would be."""
    shown = np.rint((np.clip(images, -1, 1) + 1) * 127.5) / 127.5 - 1
    return session.run(None, {"image": shown.astype(np.float32)})[0].argmax(1)


def run(model, classifier, weight, args):
    """Samples every class and returns pictures [class, sample, 28, 28] and what was seen."""
    pictures, seen, start = [], [], time.time()
    for label in range(10):
        generator = np.random.default_rng([args.seed, label])
        labels = np.full(args.per_class, label)
        images = sample(model, labels, weight, args.steps, generator)
        pictures.append(images[:, 0])
        seen.append(judge(classifier, images))
        print(f"  sampled {data.CLASS_NAMES[label]}, {time.time() - start:.0f} s", flush=True)
    print(f"guidance {weight:g}: {10 * args.per_class} samples in {time.time() - start:.0f} s", flush=True)
    return np.stack(pictures), np.stack(seen)


def report(pictures, seen):
    """Prints the recognised share by class, then overall, and how far values leave [-1, 1]."""
    for label, name in enumerate(data.CLASS_NAMES):
        others = np.bincount(seen[label][seen[label] != label], minlength=10)
        worst = f"  most often taken for {data.CLASS_NAMES[others.argmax()]}" if others.any() else ""
        print(f"  {name:11s} {np.mean(seen[label] == label):.3f}{worst}")
    share = np.mean(seen == np.arange(10)[:, None])
    print(f"  recognised  {share:.4f}; values outside [-1, 1] by more than 0.1: "
          f"{np.mean(np.abs(pictures) > 1.1):.4f}; largest {np.abs(pictures).max():.2f}")


def draw_grid(rows, path, scale=2):
    """Writes pictures [row, column, 28, 28] as one grid; light garments on black."""
    shown = np.rint((np.clip(rows, -1, 1) + 1) * 127.5).astype(np.uint8)
    padded = np.pad(shown, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=64)
    height, width = rows.shape[0] * 30, rows.shape[1] * 30
    grid = padded.transpose(0, 2, 1, 3).reshape(height, width)
    image = Image.fromarray(grid).resize((width * scale, height * scale), Image.Resampling.NEAREST)
    image.save(path, optimize=True)


def draw_real(args, columns=20):
    """Writes the same grid of test pictures, to judge the samples against."""
    images, labels = data.load(args.data, "test")
    rows = [data.to_unit_range(images[labels == c][:columns])[:, 0] for c in range(10)]
    draw_grid(np.stack(rows), args.out / "real.png")


def draw_loss(log, path):
    """Writes the loss curve of a training table."""
    with open(log, newline="") as file:
        rows = list(csv.DictReader(file))
    minutes = [float(r["seconds"]) / 60 for r in rows]
    figure, axes = plt.subplots(figsize=(7, 3.5), dpi=110)
    axes.plot(minutes, [float(r["loss"]) for r in rows], label="training loss")
    axes.plot(minutes, [float(r["epsilon_mse"]) for r in rows], label="epsilon mean squared error")
    axes.set(xlabel="minutes", ylabel="mean of 100 steps", yscale="log")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main(args):
    """Evaluates every guidance weight; the pictures show the last."""
    args.out.mkdir(parents=True, exist_ok=True)
    model, classifier = open_session(args.model, args.threads), open_session(args.classifier)
    for weight in args.guidance:
        pictures, seen = run(model, classifier, weight, args)
        report(pictures, seen)
    draw_grid(pictures[:, :20], args.out / "samples.png")
    draw_real(args)
    if args.log.exists():
        draw_loss(args.log, args.out / "loss.png")
    if args.save_samples:
        np.savez_compressed(args.save_samples, pictures=pictures, seen=seen)


if __name__ == "__main__":
    main(parse_arguments())
