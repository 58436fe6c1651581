"""Measures the spread of the training data: dataStd of the manifest, and what the ends leave open.

The residual about the mean plan given both ends is estimated from pairs of plans between the same
ends, made under two independent cost fields: half of their mean squared difference.
"""

import argparse
from pathlib import Path

import numpy as np

import maze
from paths import Grid, connect, draw_pairs

HERE = Path(__file__).resolve().parent


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paths", type=Path, default=HERE / "runs" / "paths.npy")
    parser.add_argument("--fields", type=int, default=200, help="cost fields of either kind")
    return parser.parse_args()


def twice(grid, generator):
    """Returns plans of the same ends under two cost fields, [2, n, 2 * waypoints], model units."""
    starts, goals, apart = draw_pairs(generator)
    pairs = [connect(grid, starts, goals, generator) for _ in range(2)]
    kept = apart & pairs[0][1] & pairs[1][1]
    return np.stack([maze.to_model(plans[kept]).reshape(kept.sum(), -1) for plans, _ in pairs])


def main(args):
    """Prints the figures."""
    plans = np.load(args.paths)
    print(f"{len(plans)} plans; values from {plans.min():.3f} to {plans.max():.3f}")
    print(f"mean {plans.mean():.4f}; deviation about it {plans.std():.4f} (dataStd)")
    print(f"deviation about the mean plan {plans.std(0, dtype=np.float64).mean():.4f}")
    lengths = np.linalg.norm(np.diff(maze.to_cells(plans.transpose(0, 2, 1)), axis=1), axis=-1).sum(1)
    print("length in cells, 5, 50, 95, 100 %:", *np.quantile(lengths, [0.05, 0.5, 0.95, 1]).round(2))
    grid, generator = Grid(), np.random.default_rng(99)
    both = np.concatenate([twice(grid, generator) for _ in range(args.fields)], axis=1)
    gap = both[0] - both[1]
    print(f"deviation about the mean plan given both ends: {np.sqrt((gap * gap).mean() / 2):.4f}")
    apart = np.abs(gap).max(1) * maze.SIZE[0] / 2
    print(f"pairs of plans that are somewhere more than a cell apart: {np.mean(apart > 1):.3f}")


if __name__ == "__main__":
    main(parse_arguments())
