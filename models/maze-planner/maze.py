"""The maze of maze.json: where its walls are, which ends a plan may have, and when a plan is valid.

Lengths are in cells unless said otherwise. Column c and row r of the map (row 0 on top) are the
square from (c, r) to (c + 1, r + 1). The model's coordinates map the whole map to [-1, 1] x [-1, 1]:
x = 2 column / columns - 1, y = 2 row / rows - 1, so that y points down.
"""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SETTINGS = json.loads((HERE / "maze.json").read_text())
WALLS = np.array([[cell == "#" for cell in row] for row in SETTINGS["cells"]])
SIZE = np.array([WALLS.shape[1], WALLS.shape[0]], np.float64)  # columns, rows
WAYPOINTS = SETTINGS["waypoints"]
END_OFFSET = SETTINGS["endOffset"]
END_TOLERANCE = SETTINGS["endTolerance"]
CHECK_SPACING = SETTINGS["checkSpacing"]
FREE_CELLS = np.argwhere(~WALLS)[:, ::-1]  # column, row


def to_model(points):
    """Maps cell coordinates [..., 2] to the model's."""
    return 2 * points / SIZE - 1


def to_cells(points):
    """Maps the model's coordinates [..., 2] to cells."""
    return (points + 1) / 2 * SIZE


def is_wall(points):
    """Returns for points [..., 2] whether each lies in a wall or off the map."""
    column, row = np.moveaxis(np.floor(points).astype(int), -1, 0)
    inside = (column >= 0) & (row >= 0) & (column < SIZE[0]) & (row < SIZE[1])
    row, column = np.where(inside, row, 0), np.where(inside, column, 0)
    return ~inside | WALLS[row, column]


def clearance(points):
    """Returns the distance of points [..., 2] from the nearest wall, at most 1; 0 inside a wall."""
    cell, nearest = np.floor(points), np.ones(points.shape[:-1])
    for shift in np.ndindex(3, 3):
        corner = cell + np.array(shift) - 1
        gap = np.maximum(np.maximum(corner - points, points - corner - 1), 0)
        distance = np.sqrt((gap * gap).sum(-1))
        nearest = np.minimum(nearest, np.where(is_wall(corner + 0.5), distance, 1.0))
    return nearest


def draw_ends(count, generator):
    """Returns starts and goals, each [count, 2]: two different free cells, and a point near
    the middle of each, at most END_OFFSET off in either direction."""
    first = generator.integers(len(FREE_CELLS), size=count)
    second = (first + generator.integers(1, len(FREE_CELLS), size=count)) % len(FREE_CELLS)
    cells = FREE_CELLS[np.stack([first, second])]
    return cells + 0.5 + generator.uniform(-END_OFFSET, END_OFFSET, cells.shape)


def walk(plans):
    """Returns points [n, k, 2] on the straight segments of plans [n, w, 2], CHECK_SPACING apart
    or less; the number k is the same for all plans, set by the longest segment."""
    steps = np.diff(plans, axis=1)
    longest = np.sqrt((steps * steps).sum(-1)).max()
    share = np.arange(max(1, int(np.ceil(longest / CHECK_SPACING)))) / max(1, np.ceil(longest / CHECK_SPACING))
    points = plans[:, :-1, None] + steps[:, :, None] * share[:, None]
    return np.concatenate([points.reshape(len(plans), -1, 2), plans[:, -1:]], axis=1)


def judge(plans, starts, goals):
    """Returns for plans [n, w, 2] whether each stays out of walls, and whether it begins
    within END_TOLERANCE of its start and ends within it of its goal."""
    clear = np.concatenate([~is_wall(walk(some)).any(1) for some in np.array_split(plans, max(1, len(plans) // 500))])
    gaps = np.linalg.norm(np.stack([plans[:, 0] - starts, plans[:, -1] - goals]), axis=-1)
    return clear, (gaps <= END_TOLERANCE).all(0)
