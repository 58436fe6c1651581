"""Makes the training data: shortest paths through the maze under random costs.

Every cost field makes some cells dearer than others, so that of several routes of like length
now one is the cheapest and now another: the plans of one start and goal are multimodal.
A path is found on a fine grid, smoothed, and resampled to waypoints of equal spacing.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

import maze

HERE = Path(__file__).resolve().parent
FINE = 8  # grid points per cell and direction
CLEARANCE = 0.18  # least distance of a grid point from walls, cells
PLAN_CLEARANCE = 0.1  # least distance of a plan's segments from walls, cells
COST_SPREAD = 0.5  # standard deviation of the log of a cell's cost
CENTRING = (0.0, 30.0)  # range of the penalty on the squared distance from a corridor's middle
SMOOTHING = 16  # passes of (1, 2, 1) / 4 over points 1/8 cell apart: a deviation of 0.35 cells
SOURCES, GOALS = 12, 12  # starts of one cost field, and goals of one start


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=400_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE / "runs" / "paths.npy")
    return parser.parse_args()


class Grid:
    """The fine grid: points [n, 2] in cells that keep clear of walls, and their neighbour pairs."""

    def __init__(self):
        width, height = (maze.SIZE * FINE).astype(int)
        rows, columns = np.mgrid[:height, :width]
        every = (np.stack([columns, rows], -1) + 0.5) / FINE
        room = maze.clearance(every)
        index = np.full((height + 2, width + 2), -1)
        inner = index[1:-1, 1:-1]
        inner[room >= CLEARANCE] = np.arange((room >= CLEARANCE).sum())
        self.index, self.points = inner, every[inner >= 0]
        self.gap = np.maximum(0, 0.5 - room[inner >= 0])  # distance from a corridor's middle
        cells = np.floor(self.points).astype(int)
        self.cell = cells[:, 1] * int(maze.SIZE[0]) + cells[:, 0]
        pairs = []
        for down, right in [(0, 1), (1, 0), (1, 1), (1, -1)]:
            other = index[1 + down:height + 1 + down, 1 + right:width + 1 + right]
            both = (inner >= 0) & (other >= 0)
            pairs.append(np.stack([inner[both], other[both]]))
        self.left, self.right = np.concatenate(pairs, axis=1)
        self.length = np.linalg.norm(self.points[self.left] - self.points[self.right], axis=1)

    def graph(self, generator):
        """Returns the grid as a weighted graph under a fresh cost field."""
        cost = np.exp(COST_SPREAD * generator.standard_normal(maze.WALLS.size))[self.cell]
        cost = cost * (1 + generator.uniform(*CENTRING) * self.gap**2)
        weight = self.length * (cost[self.left] + cost[self.right]) / 2
        return csr_array((weight, (self.left, self.right)), shape=(len(cost), len(cost)))

    def nearest(self, points):
        """Returns the grid point nearest to each of points [n, 2]."""
        away = points[:, None] - self.points
        return (away * away).sum(-1).argmin(1)


def trace(before, rows, goals, limit):
    """Follows predecessors `before` [s, n] of tree rows[k] back from goals[k]. Returns grid points
    [k, limit], goal first, filled up with the source, and the number of points of each path."""
    paths, here = np.empty((len(goals), limit), int), goals
    count = np.ones(len(goals), int)
    for k in range(limit):
        paths[:, k] = here
        after = before[rows, here]
        count += after >= 0
        here = np.where(after >= 0, after, here)
    return paths, count


def smooth(lines, count):
    """Smooths lines [n, k, 2] of which `count` points are used; the ends stay where they are."""
    place = np.arange(lines.shape[1])[None, 1:-1]
    moving = (place < count[:, None] - 1)[..., None]
    for _ in range(SMOOTHING):
        mean = (lines[:, :-2] + 2 * lines[:, 1:-1] + lines[:, 2:]) / 4
        lines[:, 1:-1] = np.where(moving, mean, lines[:, 1:-1])
    return lines


def resample(lines, number):
    """Returns [n, number, 2]: points at equal distances along lines [n, k, 2]."""
    steps = np.linalg.norm(np.diff(lines, axis=1), axis=-1)
    along = np.concatenate([np.zeros((len(lines), 1)), np.cumsum(steps, 1)], 1)
    along /= along[:, -1:]
    row = 2.0 * np.arange(len(lines))[:, None]  # keeps the rows apart in one sorted list
    wanted = np.tile(np.linspace(0, 1, number), (len(lines), 1)) + row
    flat = (along + row).ravel()
    return np.stack([np.interp(wanted, flat, lines[..., axis].ravel()) for axis in (0, 1)], -1)


def connect(grid, starts, goals, generator):
    """Returns the plans [n, waypoints, 2] in cells from every one of starts [s, 2] to each of its
    goals [s, g, 2] under one fresh cost field, and whether each keeps clear of walls."""
    sources, rows = grid.nearest(starts), np.repeat(np.arange(len(starts)), goals.shape[1])
    starts, goals = starts[rows], goals.reshape(-1, 2)
    _, before = dijkstra(grid.graph(generator), directed=False, indices=sources, return_predecessors=True)
    paths, count = trace(before, rows, grid.nearest(goals), limit=40 * FINE)
    assert (count < paths.shape[1]).all()
    paths, count = paths[:, :count.max()], count + 2
    lines = np.concatenate([goals[:, None], grid.points[paths], starts[:, None]], 1)
    used = np.arange(lines.shape[1]) < count[:, None] - 1
    lines = np.where(used[..., None], lines, starts[:, None])
    plans = resample(smooth(lines, count)[:, ::-1], maze.WAYPOINTS)
    return plans, maze.clearance(maze.walk(plans)).min(1) >= PLAN_CLEARANCE


def draw_pairs(generator):
    """Returns starts [SOURCES, 2], and goals [SOURCES, GOALS, 2] some of which may share
    the cell of their start, with a mask of those that do not."""
    starts, _ = maze.draw_ends(SOURCES, generator)
    _, goals = maze.draw_ends(SOURCES * GOALS, generator)
    apart = (np.floor(np.repeat(starts, GOALS, 0)) != np.floor(goals)).any(1)
    return starts, goals.reshape(SOURCES, GOALS, 2), apart


def main(args):
    """Writes float32 [count, 2, waypoints] in the model's coordinates."""
    grid, generator = Grid(), np.random.default_rng(args.seed)
    print(f"{len(grid.points)} grid points, {len(grid.left)} edges", flush=True)
    plans, made, asked, begin = [], 0, 0, time.time()
    while made < args.count:
        starts, goals, apart = draw_pairs(generator)
        some, clear = connect(grid, starts, goals, generator)
        some = some[apart & clear]
        plans.append(maze.to_model(some).transpose(0, 2, 1).astype(np.float32))
        made, asked = made + len(some), asked + SOURCES * GOALS
        if len(plans) % 200 == 0:
            print(f"{made} plans, {made / asked:.3f} kept, {time.time() - begin:.0f} s", flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.save(args.out, np.concatenate(plans)[:args.count])


if __name__ == "__main__":
    main(parse_arguments())
