"""Writes bench-inputs.json: the starts and goals that `isochron bench` gives its seeds."""

import json

import numpy as np

import maze

COUNT, SEED = 64, 11


def main():
    """Draws the pairs like those of the evaluation, from a seed that nothing else uses."""
    starts, goals = maze.to_model(np.stack(maze.draw_ends(COUNT, np.random.default_rng(SEED)))).round(4).tolist()
    entries = [json.dumps({"start": start, "goal": goal}) for start, goal in zip(starts, goals)]
    text = '{\n  "inputs": [\n    ' + ",\n    ".join(entries) + "\n  ]\n}\n"
    (maze.HERE / "bench-inputs.json").write_text(text)


if __name__ == "__main__":
    main()
