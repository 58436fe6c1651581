#!/usr/bin/env python3
"""Writes schedule.json: schedules, timesteps and step coefficients computed without isochron.

Pinned: Python 3.11.7, numpy 2.4.6 (pip install numpy==2.4.6). Run from anywhere:

    python test/golden/generate.py

The formulas are the textbook ones in their own form: numpy's linspace, arange and round for the
grids; DDIM as x0 and direction, DDPM as its posterior mean. Coefficients are read off by applying a
step to unit inputs in extended precision, so they share no algebra with the TypeScript.
"""

import json
import pathlib

import numpy as np

LONG = np.longdouble


def alpha_bars(kind, train_steps, start, end):
    if kind == "linear":
        betas = np.linspace(start, end, train_steps)
    elif kind == "scaled-linear":
        betas = np.linspace(start**0.5, end**0.5, train_steps) ** 2
    else:
        power = lambda u: np.cos((u + 0.008) / 1.008 * np.pi / 2) ** 2
        k = np.arange(train_steps)
        betas = np.minimum(1 - power((k + 1) / train_steps) / power(k / train_steps), 0.999)
    return np.cumprod(1 - betas)


def timesteps(spacing, train_steps, steps, offset):
    if spacing == "linspace":
        times = np.linspace(0, train_steps - 1, steps).round()[::-1]
    elif spacing == "leading":
        times = (np.arange(0, steps) * (train_steps // steps)).round()[::-1] + offset
    else:
        # arange may return one value too many when T/N is rounded; a sampler has N steps.
        times = np.round(np.arange(train_steps, 0, -train_steps / steps))[:steps] - 1
    return [int(t) for t in times]


def ddim(x, out, xi, ab, ab_next, eta, prediction):
    al, sg = np.sqrt(ab), np.sqrt(1 - ab)
    if prediction == "epsilon":
        x0, eps = (x - sg * out) / al, out
    elif prediction == "denoised":
        x0, eps = out, (x - al * out) / sg
    else:
        x0, eps = al * x - sg * out, al * out + sg * x
    deviation = eta * np.sqrt((1 - ab_next) / (1 - ab) * (1 - ab / ab_next))
    direction = np.sqrt(np.maximum(1 - ab_next - deviation**2, 0))
    return np.sqrt(ab_next) * x0 + direction * eps + deviation * xi


def ddpm(x, out, xi, ab, ab_next, prediction):
    al, sg = np.sqrt(ab), np.sqrt(1 - ab)
    if prediction == "epsilon":
        x0 = (x - sg * out) / al
    elif prediction == "denoised":
        x0 = out
    else:
        x0 = al * x - sg * out
    alpha = ab / ab_next
    beta = 1 - alpha
    mean = (
        np.sqrt(ab_next) * beta / (1 - ab) * x0
        + np.sqrt(alpha) * (1 - ab_next) / (1 - ab) * x
    )
    return mean + np.sqrt((1 - ab_next) / (1 - ab) * beta) * xi


LINEAR = ("linear", 1000, 1e-4, 0.02)
SCALED = ("scaled-linear", 1000, 0.00085, 0.012)
COSINE = ("cosine", 1000, 1e-4, 0.02)
SHORT = ("linear", 100, 1e-3, 0.2)

# schedule, spacing, offset, terminal, steps, solver (eta or "ddpm"), prediction
CASES = [
    (LINEAR, "linspace", 0, 1, 7, 0, "epsilon"),
    (SCALED, "leading", 1, "first", 10, 0, "epsilon"),
    (SCALED, "trailing", 0, 1, 7, 0.5, "velocity"),
    (LINEAR, "linspace", 0, 1, 27, "ddpm", "epsilon"),
    (LINEAR, "trailing", 0, 1, 48, 1, "denoised"),
    (COSINE, "trailing", 0, 1, 16, "ddpm", "velocity"),
    (LINEAR, "leading", 0, "first", 7, "ddpm", "epsilon"),
    (COSINE, "trailing", 0, 1, 1, 0, "denoised"),
    (SHORT, "leading", 1, 1, 30, 0.3, "epsilon"),
    (SCALED, "leading", 1, 0.9995, 50, 1, "velocity"),
    (SCALED, "trailing", 0, "first", 12, "ddpm", "denoised"),
]


def case(schedule, spacing, offset, terminal, steps, solver, prediction):
    kind, train_steps, start, end = schedule
    bars = alpha_bars(kind, train_steps, start, end)
    times = timesteps(spacing, train_steps, steps, offset)
    path = [*bars[times], bars[0] if terminal == "first" else float(terminal)]

    def step(x, out, xi, i):
        args = (LONG(x), LONG(out), LONG(xi), LONG(path[i]), LONG(path[i + 1]))
        if solver == "ddpm":
            return float(ddpm(*args, prediction))
        return float(ddim(*args, LONG(solver), prediction))

    return {
        "options": {
            "schedule": {
                "kind": kind, "trainSteps": train_steps, "betaStart": start, "betaEnd": end,
            },
            "spacing": spacing,
            "offset": offset,
            "terminalAlphaBar": terminal,
            "steps": steps,
            "solver": {"kind": "ddpm"} if solver == "ddpm" else {"kind": "ddim", "eta": solver},
            "prediction": prediction,
        },
        "timestep": times,
        "alphaBar": [float(v) for v in path],
        "stateScale": [step(1, 0, 0, i) for i in range(steps)],
        "outputScale": [step(0, 1, 0, i) for i in range(steps)],
        "noiseScale": [step(0, 0, 1, i) for i in range(steps)],
    }


def checksum(times):
    """Order matters, and the sum stays an exact integer."""
    return sum((i + 1) * t for i, t in enumerate(times))


def main():
    schedules = []
    for kind, train_steps, start, end in (LINEAR, SCALED, COSINE, SHORT):
        bars = alpha_bars(kind, train_steps, start, end)
        at = [0, 1, train_steps // 3, train_steps // 2, train_steps - 2, train_steps - 1]
        schedules.append({
            "kind": kind, "trainSteps": train_steps, "betaStart": start, "betaEnd": end,
            "at": at, "alphaBar": [float(bars[t]) for t in at], "sum": float(bars.sum()),
        })
    grids = [
        {"spacing": s, "trainSteps": T, "steps": n, "offset": o, "times": timesteps(s, T, n, o)}
        for s, T, n, o in [
            ("linspace", 1000, 7, 0), ("linspace", 1000, 1, 0), ("linspace", 1000, 31, 0),
            ("leading", 1000, 50, 1), ("leading", 1000, 7, 0), ("leading", 1000, 30, 1),
            ("trailing", 1000, 7, 0), ("trailing", 1000, 16, 0), ("trailing", 1000, 61, 0),
            ("trailing", 1000, 1, 0), ("trailing", 10, 10, 0), ("linspace", 10, 10, 0),
        ]
    ]
    checksums = {
        s: [checksum(timesteps(s, 1000, n, 0)) for n in range(1, 1001)]
        for s in ("leading", "trailing", "linspace")
    }
    golden = {
        "numpy": np.__version__,
        "schedules": schedules,
        "grids": grids,
        "checksums1000": checksums,
        "cases": [case(*c) for c in CASES],
    }
    path = pathlib.Path(__file__).with_name("schedule.json")
    path.write_text(json.dumps(golden) + "\n")


main()
