"""Reads Fashion-MNIST from the idx files of the Debian package `dataset-fashion-mnist`.

The package is used instead of a download so that every number of the model card
can be reproduced without reaching any web site.
"""

import gzip
from pathlib import Path

import numpy as np

DEFAULT_DATA = "/usr/share/datasets/fashion-mnist"
CLASS_NAMES = [
    "t-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
]


def read_idx(path):
    """Returns the array in one gzip-compressed idx file (unsigned bytes only)."""
    raw = gzip.decompress(Path(path).read_bytes())
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: not an idx file of unsigned bytes")
    rank = raw[3]
    shape = np.frombuffer(raw, ">i4", rank, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def load(folder, split):
    """Returns (images uint8 [n, 28, 28], labels int64 [n]) of split "train" or "test"."""
    prefix = Path(folder) / {"train": "train", "test": "t10k"}[split]
    images = read_idx(f"{prefix}-images-idx3-ubyte.gz")
    labels = read_idx(f"{prefix}-labels-idx1-ubyte.gz")
    return images, labels.astype(np.int64)


def to_unit_range(images):
    """Maps bytes 0..255 to float32 -1..1 and adds the channel axis: the model's data scale."""
    return (images.astype(np.float32) / 127.5 - 1.0)[:, None]
