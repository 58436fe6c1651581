"""Exports the averaged weights of a checkpoint to model.onnx and checks the file.

Checks: equality with torch, independence of a row from the batch it is in, and
the time of a call by batch size, next to the same model with float32 weights.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from model import UNet, parameter_count
from onnx_tools import round_weights, write_onnx

HERE = Path(__file__).resolve().parent
INPUTS = ["sample", "timestep", "class_label"]
BATCHES = [1, 2, 4, 8, 16, 32]


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=HERE / "runs" / "last.pt")
    parser.add_argument("--out", type=Path, default=HERE / "model.onnx")
    parser.add_argument("--repeats", type=int, default=30, help="timed calls per batch size")
    return parser.parse_args()


def load_average(path):
    """Returns the U-Net with the checkpoint's averaged weights, rounded as in the file."""
    state = torch.load(path, map_location="cpu")
    model = UNet()
    model.load_state_dict(state["average"])
    print(f"checkpoint of step {state['step']}, {parameter_count(model)} parameters")
    return round_weights(model).eval()


def open_session(path, threads=1):
    """Opens an ONNX Runtime session; idle threads sleep, to leave a shared machine to others."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def random_rows(rows, seed=0):
    """Returns `rows` random inputs; row i does not depend on the number of rows."""
    feeds = [np.random.default_rng([seed, i]) for i in range(rows)]
    return {
        "sample": np.stack([g.standard_normal((1, 28, 28), np.float32) for g in feeds]),
        "timestep": np.array([g.integers(0, 1000) for g in feeds], np.float32),
        "class_label": np.array([g.integers(0, 11) for g in feeds], np.int64),
    }


def check_equality(model, session, rows=32):
    """Prints the largest difference between torch and the file."""
    feed = random_rows(rows)
    with torch.no_grad():
        expected = model(*(torch.from_numpy(feed[name]) for name in INPUTS)).numpy()
    difference = np.abs(expected - session.run(None, feed)[0]).max()
    print(f"largest difference from torch with the same rounded weights: {difference:.2e}")
    assert difference < 1e-3


def check_invariance(session):
    """Prints how much a row changes with the size of the batch around it."""
    feed = random_rows(64)
    alone = [session.run(None, {k: v[i:i + 1] for k, v in feed.items()})[0][0] for i in range(64)]
    first = every = 0.0
    for size in range(1, 65):
        result = session.run(None, {k: v[:size] for k, v in feed.items()})[0]
        first = max(first, float(np.abs(result[0] - alone[0]).max()))
        every = max(every, float(np.abs(result - np.stack(alone[:size])).max()))
    print(f"batch invariance, sizes 1..64: row 0 differs by {first:.2e}, any row by {every:.2e}")


def measure(session, size, repeats):
    """Returns the median milliseconds of one call."""
    feed, times = random_rows(size), []
    for _ in range(repeats + 3):
        start = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times[3:]))


def check_speed(session, plain, repeats):
    """Prints the time of a call on one thread, float16-stored next to float32 weights."""
    for size in BATCHES:
        half, full = measure(session, size, repeats), measure(plain, size, repeats)
        print(f"batch {size:2d}: {half:7.2f} ms ({half / size:.2f} ms a row); float32 file {full:7.2f} ms")


def main(args):
    """Exports and checks."""
    torch.manual_seed(0)
    model = load_average(args.checkpoint)
    examples = tuple(torch.from_numpy(v) for v in random_rows(2).values())
    size = write_onnx(model, examples, INPUTS, "epsilon", args.out)
    print(f"{args.out.name}: {size} bytes")
    session = open_session(args.out)
    check_equality(model, session)
    check_invariance(session)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        write_onnx(model, examples, INPUTS, "epsilon", plain, half=False)
        check_speed(session, open_session(plain), args.repeats)


if __name__ == "__main__":
    main(parse_arguments())
