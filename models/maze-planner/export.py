"""Exports the averaged weights of a checkpoint to model.onnx and checks the file.

Checks: that the weights are folded to float32 when the file is loaded, equality with torch,
dependence of a row on the batch it is in, and the time of a call by batch size, next to
the same model with float32 weights.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch

from int8_weights import SMALL, round_weights, write_onnx
from maze import WAYPOINTS
from model import Planner, parameter_count

HERE = Path(__file__).resolve().parent
NAMES = ["sample", "timestep", "start", "goal", "plan"]
BATCHES = [1, 2, 4, 8, 12, 16, 32, 64, 128]


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=HERE / "runs" / "last.pt")
    parser.add_argument("--out", type=Path, default=HERE / "model.onnx")
    parser.add_argument("--repeats", type=int, default=100, help="timed calls per batch size")
    return parser.parse_args()


def load_average(path):
    """Returns the planner with the checkpoint's averaged weights, rounded as in the file."""
    state = torch.load(path, map_location="cpu")
    model = Planner()
    model.load_state_dict(state["average"])
    print(f"checkpoint of step {state['step']}, {parameter_count(model)} parameters")
    return round_weights(model).eval()


def open_session(path, threads=1, optimized=None):
    """Opens an ONNX Runtime session; idle threads sleep, to leave a shared machine to others."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if optimized:
        options.optimized_model_filepath = str(optimized)
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def random_rows(rows, seed=0):
    """Returns `rows` random inputs; row i does not depend on the number of rows."""
    feeds = [np.random.default_rng([seed, i]) for i in range(rows)]
    return {
        "sample": np.stack([g.standard_normal((2, WAYPOINTS), np.float32) for g in feeds]),
        "timestep": np.array([g.integers(0, 1000) for g in feeds], np.float32),
        "start": np.stack([g.uniform(-0.8, 0.8, 2) for g in feeds]).astype(np.float32),
        "goal": np.stack([g.uniform(-0.8, 0.8, 2) for g in feeds]).astype(np.float32),
    }


def check_folding(path, folder):
    """Fails unless the graph as ONNX Runtime runs it has float32 weights and no Cast of one."""
    open_session(path, optimized=folder / "optimized.onnx")
    graph = onnx.load(folder / "optimized.onnx").graph
    large = [t for t in graph.initializer if int(np.prod(t.dims)) > SMALL]
    assert large and all(t.data_type == onnx.TensorProto.FLOAT for t in large)
    kinds = sorted({node.op_type for node in graph.node})
    print(f"as loaded: {len(graph.node)} nodes, {len(large)} large float32 weights; {' '.join(kinds)}")


def check_equality(model, session, rows=64):
    """Prints the largest difference between torch and the file."""
    feed = random_rows(rows)
    with torch.no_grad():
        expected = model(*(torch.from_numpy(feed[name]) for name in NAMES[:-1])).numpy()
    difference = np.abs(expected - session.run(None, feed)[0]).max()
    print(f"largest difference from torch with the same rounded weights: {difference:.2e}")
    assert difference < 1e-3


def check_invariance(path, threads, sizes=(1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 64, 100, 128)):
    """Prints how much a row changes with the size of the batch around it, against batch 128."""
    session, feed = open_session(path, threads), random_rows(128)
    whole = session.run(None, feed)[0]
    for size in sizes:
        groups = [session.run(None, {k: v[i:i + size] for k, v in feed.items()})[0] for i in range(0, 128, size)]
        difference = np.abs(np.concatenate(groups) - whole)
        print(f"  {threads} threads, batches of {size:3d}: largest difference {difference.max():.1e}, "
              f"equal rows {np.mean(difference.max((1, 2)) == 0):.3f}")


def measure(session, size, repeats):
    """Returns the median milliseconds of one call."""
    feed, times = random_rows(size), []
    for _ in range(repeats + 3):
        start = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times[3:]))


def check_speed(path, plain, threads, repeats):
    """Prints the time of a call, int8-stored next to float32 weights."""
    one, other = open_session(path, threads), open_session(plain, threads)
    for size in BATCHES:
        stored, full = measure(one, size, repeats), measure(other, size, repeats)
        print(f"  {threads} threads, batch {size:3d}: {stored:6.2f} ms ({stored / size:.3f} ms a row); "
              f"float32 file {full:6.2f} ms")


def main(args):
    """Exports and checks."""
    torch.manual_seed(0)
    model = load_average(args.checkpoint)
    examples = tuple(torch.from_numpy(v) for v in random_rows(2).values())
    size = write_onnx(model, examples, NAMES, args.out)
    print(f"{args.out.name}: {size} bytes")
    check_equality(model, open_session(args.out))
    for threads in (1, 2):
        check_invariance(args.out, threads)
    with tempfile.TemporaryDirectory() as folder:
        check_folding(args.out, Path(folder))
        plain = Path(folder) / "plain.onnx"
        write_onnx(model, examples, NAMES, plain, int8=False)
        for threads in (1, 2):
            check_speed(args.out, plain, threads, args.repeats)


if __name__ == "__main__":
    main(parse_arguments())
