"""Samples plans for unseen starts and goals by 100-step DDPM and counts how many are valid.

Everything runs in numpy and ONNX Runtime on the exported file, so that the
figure is about what is shipped and not about the training program.
"""

import argparse
import csv
import time
from pathlib import Path

import matplotlib
import numpy as np

import maze
from export import open_session

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend must be chosen first)

HERE = Path(__file__).resolve().parent
# Ends in cells whose plans are drawn: several routes are of like length.
SHOWN = [((1.5, 1.5), (7.5, 7.5)), ((1.5, 7.5), (5.5, 1.5)), ((7.5, 1.5), (3.5, 5.5)), ((1.5, 5.5), (7.5, 4.5))]


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=HERE / "model.onnx")
    parser.add_argument("--log", type=Path, default=HERE / "loss.csv", help="loss table of train.py")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the pictures")
    parser.add_argument("--plans", type=int, default=500)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-pictures", action="store_true")
    return parser.parse_args()


def schedule(steps):
    """Returns the timesteps from noisy to clean and alpha-bar at each, plus 1 at the end."""
    alpha_bar = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    times = np.rint(np.linspace(999, 0, steps)).astype(int)
    return times, np.append(alpha_bar[times], 1.0)


def sample(session, starts, goals, steps, generator):
    """Returns one DDPM plan [n, waypoints, 2] in cells for every start and goal in cells."""
    ends = {"start": maze.to_model(starts).astype(np.float32), "goal": maze.to_model(goals).astype(np.float32)}
    times, levels = schedule(steps)
    x = generator.standard_normal((len(starts), 2, maze.WAYPOINTS))
    for time_value, ab, after in zip(times, levels, levels[1:]):
        feed = {"sample": x.astype(np.float32), "timestep": np.full(len(x), time_value, np.float32), **ends}
        plan = session.run(None, feed)[0].astype(np.float64)
        noise = (x - np.sqrt(ab) * plan) / np.sqrt(1 - ab)
        c = np.sqrt((1 - after) / (1 - ab) * (1 - ab / after))
        x = np.sqrt(after) * plan + np.sqrt(1 - after - c * c) * noise
        if c > 0:
            x += c * generator.standard_normal(x.shape)
    return maze.to_cells(x.transpose(0, 2, 1))


def report(plans, starts, goals):
    """Prints the share of valid plans and how plans fail."""
    clear, ended = maze.judge(plans, starts, goals)
    gaps = np.linalg.norm(np.stack([plans[:, 0] - starts, plans[:, -1] - goals]), axis=-1).max(0)
    room = maze.clearance(maze.walk(plans)).min(1)
    print(f"{len(plans)} plans, {100 * np.mean(clear & ended):.1f} % valid; "
          f"{(~clear).sum()} touch a wall, {(~ended).sum()} miss an end by more than {maze.END_TOLERANCE} cells")
    print(f"  distance from the end asked for: median {np.median(gaps):.4f}, 99 % {np.quantile(gaps, 0.99):.4f}, "
          f"largest {gaps.max():.4f} cells; clearance of valid plans: median {np.median(room[clear & ended]):.3f}")


def draw_maze(axes):
    """Draws the walls."""
    axes.imshow(maze.WALLS, extent=(0, maze.SIZE[0], maze.SIZE[1], 0), cmap="Greys", vmax=1.6)
    axes.set(xticks=[], yticks=[])


def draw_plans(session, args, count=32):
    """Draws `count` plans for each of SHOWN: the same ends, another seed."""
    figure, panels = plt.subplots(1, len(SHOWN), figsize=(3 * len(SHOWN), 3.4), dpi=90)
    for (start, goal), axes in zip(SHOWN, panels):
        starts, goals = np.tile(start, (count, 1)), np.tile(goal, (count, 1))
        plans = sample(session, starts, goals, args.steps, np.random.default_rng([args.seed, 1]))
        valid = np.logical_and(*maze.judge(plans, starts, goals))
        draw_maze(axes)
        for plan, good in zip(plans, valid):
            axes.plot(*plan.T, color="tab:blue" if good else "tab:red", linewidth=0.8, alpha=0.6)
        axes.plot(*start, "o", color="tab:green")
        axes.plot(*goal, "*", color="tab:orange", markersize=10)
        axes.set_title(f"{valid.sum()} of {count} valid", fontsize=9)
    figure.tight_layout()
    figure.savefig(args.out / "plans.png", pil_kwargs={"optimize": True})


def draw_first(plans, starts, goals, args, rows=3, columns=8):
    """Draws the first plans of the evaluation, one a panel, not selected."""
    figure, panels = plt.subplots(rows, columns, figsize=(1.5 * columns, 1.5 * rows), dpi=80)
    valid = np.logical_and(*maze.judge(plans, starts, goals))
    for k, axes in enumerate(panels.flat):
        draw_maze(axes)
        axes.plot(*plans[k].T, ".-", color="tab:blue" if valid[k] else "tab:red", linewidth=1, markersize=2)
        axes.plot(*starts[k], "o", color="tab:green", markersize=4)
        axes.plot(*goals[k], "*", color="tab:orange", markersize=7)
    figure.tight_layout(pad=0.3)
    figure.savefig(args.out / "samples.png", pil_kwargs={"optimize": True})


def draw_loss(log, path):
    """Writes the loss curve of a training table."""
    with open(log, newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [int(r["step"]) for r in rows]
    figure, axes = plt.subplots(figsize=(7, 3.5), dpi=90)
    for name in ["loss", "held_out_loss", "plan_mse", "held_out_plan_mse"]:
        axes.plot(steps, [float(r[name]) for r in rows], label=name.replace("_", " "))
    axes.set(xlabel="training steps", yscale="log")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, pil_kwargs={"optimize": True})


def main(args):
    """Samples, reports and draws."""
    args.out.mkdir(parents=True, exist_ok=True)
    session, begin = open_session(args.model, args.threads), time.time()
    starts, goals = maze.draw_ends(args.plans, np.random.default_rng([args.seed, 2]))
    plans = sample(session, starts, goals, args.steps, np.random.default_rng([args.seed, 0]))
    print(f"sampled in {time.time() - begin:.0f} s", flush=True)
    report(plans, starts, goals)
    if args.no_pictures:
        return
    draw_plans(session, args)
    draw_first(plans, starts, goals, args)
    if args.log.exists():
        draw_loss(args.log, args.out / "loss.png")


if __name__ == "__main__":
    main(parse_arguments())
