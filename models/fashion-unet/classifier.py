"""Trains the judge: a small CNN that says which garment a picture shows.

It is trained apart from the U-Net, on real pictures only, and is used to measure
how many generated pictures are recognised as the class that was asked for.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import data
from export import open_session
from onnx_tools import round_weights, write_onnx

HERE = Path(__file__).resolve().parent


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=data.DEFAULT_DATA, help="folder of the idx files")
    parser.add_argument("--out", type=Path, default=HERE / "classifier.onnx")
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=4e-3, help="peak learning rate")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def unit(cin, cout, stride=1):
    """Convolution, normalisation, activation."""
    conv = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(cout), nn.ReLU())


class Residual(nn.Module):
    """Two units around which the input is added."""

    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(unit(channels, channels), unit(channels, channels))

    def forward(self, x):
        return x + self.body(x)


class Classifier(nn.Module):
    """A residual CNN of about 0.4 million parameters."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            unit(1, 24), unit(24, 48, 2), Residual(48), unit(48, 96, 2), Residual(96),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(96, 10))

    def forward(self, image):
        return self.body(image)


def augment(images, generator):
    """Flips rows at random and shifts the batch by up to two pixels."""
    flip = torch.rand(len(images), generator=generator) < 0.5
    images = torch.where(flip[:, None, None, None], images.flip(3), images)
    dx, dy = torch.randint(0, 5, (2,), generator=generator).tolist()
    return F.pad(images, (2, 2, 2, 2), value=-1.0)[:, :, dy:dy + 28, dx:dx + 28]


def train(model, images, labels, args):
    """Trains with a one-cycle learning rate."""
    generator = torch.Generator().manual_seed(args.seed)
    steps = args.epochs * (len(images) // args.batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, total_steps=steps, pct_start=0.2)
    runner, start = torch.compile(model), time.time()
    for epoch in range(args.epochs):
        order, total = torch.randperm(len(images), generator=generator), 0.0
        for i in range(len(images) // args.batch):
            pick = order[i * args.batch:(i + 1) * args.batch]
            with torch.autocast("cpu", torch.bfloat16):
                logits = runner(augment(images[pick], generator))
            loss = F.cross_entropy(logits.float(), labels[pick], label_smoothing=0.05)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / (i + 1):.4f}, {time.time() - start:.0f} s", flush=True)


def accuracy(path, images, labels):
    """Returns the share of right answers of the ONNX file, overall and by class."""
    session = open_session(path)
    parts = [session.run(None, {"image": images[i:i + 500]})[0] for i in range(0, len(images), 500)]
    right = np.concatenate(parts).argmax(1) == labels
    return right.mean(), [right[labels == c].mean() for c in range(10)]


def main(args):
    """Trains, exports and tests."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    images, labels = data.load(args.data, "train")
    model = Classifier().to(memory_format=torch.channels_last)
    train(model, torch.from_numpy(data.to_unit_range(images)), torch.from_numpy(labels), args)
    model = round_weights(model.eval().to(memory_format=torch.contiguous_format))
    size = write_onnx(model, (torch.zeros(2, 1, 28, 28),), ["image"], "logits", args.out)
    images, labels = data.load(args.data, "test")
    share, by_class = accuracy(args.out, data.to_unit_range(images), labels)
    print(f"{args.out.name}: {size} bytes, test accuracy {share:.4f}")
    for name, value in zip(data.CLASS_NAMES, by_class):
        print(f"  {name:11s} {value:.3f}")


if __name__ == "__main__":
    main(parse_arguments())
