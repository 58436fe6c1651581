#!/usr/bin/env python3
"""Writes golden.json: what the schedulers of diffusers do, step by step, in double precision.

Pinned in requirements.txt (Python 3.11). Run by hand, from anywhere:

    python test/golden/samplers/generate.py

Every scheduler runs on the same analytic denoiser: the exact posterior mean of a mixture of two
Gaussians in four dimensions, asked at the level that the scheduler believes to be at. Noise is a
committed table; the k-th draw of a run is its k-th row. Written are the inputs of the network, in
order, and the sample. Two samplers are not from diffusers but from their papers, for reasons given
at their definitions below (`churned`).
"""

import inspect
import json
import logging
import math
import pathlib
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")

# Schedulers round their tables to float32 by name; under that name they get float64.
torch.set_default_dtype(torch.float64)
torch.float32 = torch.float64
np.float32 = np.float64

import diffusers  # noqa: E402
from diffusers import schedulers as library  # noqa: E402
from diffusers.utils import logging as library_logging  # noqa: E402

library_logging.set_verbosity_error()
logging.disable(logging.WARNING)

DIM = 4
WEIGHTS = [0.6, 0.4]
MEANS = [[0.8, -0.5, 0.3, 1.1], [-0.7, 0.6, -0.4, 0.2]]
VARIANCES = [0.09, 0.2]

ROWS_MAX = 41
random = np.random.default_rng(20261122)
INITIAL = random.standard_normal(DIM).round(6)
NOISE = random.standard_normal((ROWS_MAX, DIM)).round(6)


class Draws:
    """Stands in for randn_tensor: the committed noise in order."""

    def __init__(self):
        self.count = 0

    def __call__(self, shape, *args, **kwargs):
        values = torch.tensor(NOISE[self.count]).reshape(shape)
        self.count += 1
        return values


def denoised(x, al, sg):
    """E[x0 | x] of the mixture, x = al x0 + sg eps."""
    logs, means = [], []
    for weight, mean, variance in zip(WEIGHTS, MEANS, VARIANCES):
        mean = np.array(mean)
        total = al * al * variance + sg * sg
        rest = x - al * mean
        logs.append(math.log(weight) - DIM / 2 * math.log(total) - rest @ rest / (2 * total))
        means.append(mean + al * variance / total * rest)
    parts = np.exp(np.array(logs) - max(logs))
    return (parts[:, None] * np.array(means)).sum(0) / parts.sum()


def output(x, al, sg, prediction):
    """The network's output of type `prediction`."""
    x0 = denoised(x, al, sg)
    if prediction == "denoised":
        return x0
    if prediction == "edm":
        rest = 1 - sg * sg
        return (x0 - rest / al * x) / (sg * math.sqrt(rest) / al)
    eps = (x - al * x0) / sg
    if prediction == "epsilon":
        return eps
    return al * eps - sg * x0 if prediction == "velocity" else eps - x0


def run(scheduler, steps, prediction, level, set_args=None, step_args=None):
    """Inputs of the network, their times, levels and the sample; `level(scheduler, t)` is al, sg."""
    draws = Draws()
    module = __import__(type(scheduler).__module__, fromlist=["randn_tensor"])
    if hasattr(module, "randn_tensor"):
        module.randn_tensor = draws
    scheduler.set_timesteps(steps, **(set_args or {}))
    scale = float(getattr(scheduler, "init_noise_sigma", 1.0))
    sample = torch.tensor(INITIAL * scale).reshape(1, DIM, 1)
    rows, levels = [], []
    for t in scheduler.timesteps:
        fed = sample
        if hasattr(scheduler, "scale_model_input"):
            fed = scheduler.scale_model_input(sample, t)
        assert fed.dtype == torch.float64, "not in double precision"
        if getattr(scheduler, "step_index", 0) is None:
            scheduler._init_step_index(t)
        al, sg = level(scheduler, t)
        x = fed.reshape(DIM).numpy().copy()
        rows.append(x)
        levels.append(sg / al if al > 0 else 0)
        out = torch.tensor(output(x, al, sg, prediction)).reshape(1, DIM, 1)
        sample = scheduler.step(out, t, sample, **(step_args or {})).prev_sample
        assert sample.dtype == torch.float64, "not in double precision"
    rows.append(sample.reshape(DIM).numpy().copy())
    return {
        "timestep": [float(t) for t in scheduler.timesteps],
        "sigma": levels,
        "rows": [list(row) for row in rows],
    }


# What the network is told, by the kind of scheduler ---------------------------------------------


def by_time(scheduler, t):
    power = float(scheduler.alphas_cumprod[int(t)])
    return math.sqrt(power), math.sqrt(1 - power)


def by_sigma(scheduler, t):
    sigma = float(scheduler.sigmas[scheduler.step_index])
    al = 1 / math.sqrt(sigma * sigma + 1)
    return al, sigma * al


def by_flow(scheduler, t):
    sigma = float(scheduler.sigmas[scheduler.step_index])
    return 1 - sigma, sigma


def by_edm(scheduler, t):
    sigma = float(scheduler.sigmas[scheduler.step_index])
    al = 1 / math.sqrt(sigma * sigma + 0.25)
    return al, sigma * al


# Cases -------------------------------------------------------------------------------------------

LINEAR = dict(kind="linear", trainSteps=1000, betaStart=1e-4, betaEnd=0.02)
SCALED = dict(kind="scaled-linear", trainSteps=1000, betaStart=0.00085, betaEnd=0.012)
COSINE = dict(kind="cosine", trainSteps=1000, betaStart=1e-4, betaEnd=0.02)
SIGMOID = dict(kind="sigmoid", trainSteps=1000, betaStart=1e-4, betaEnd=0.02)
SCHEDULES = {"linear": "linear", "scaled-linear": "scaled_linear", "cosine": "squaredcos_cap_v2"}
SCHEDULES["sigmoid"] = "sigmoid"
PREDICTIONS = {"epsilon": "epsilon", "velocity": "v_prediction", "denoised": "sample"}
PREDICTIONS["flow"] = "flow_prediction"

cases = []


def config_of(schedule, spacing, offset, prediction):
    config = dict(
        num_train_timesteps=schedule["trainSteps"],
        beta_start=schedule["betaStart"],
        beta_end=schedule["betaEnd"],
        beta_schedule=SCHEDULES[schedule["kind"]],
        prediction_type=PREDICTIONS[prediction],
        timestep_spacing=spacing,
        steps_offset=offset,
    )
    if schedule.get("zeroTerminalSnr"):
        config["rescale_betas_zero_snr"] = True
    return config


def add(
    scheduler,
    solver,
    level,
    name="",
    steps=10,
    schedule=SCALED,
    spacing="leading",
    offset=0,
    prediction="epsilon",
    terminal=1,
    bound=None,
    sigmas=None,
    extra=None,
    set_args=None,
    step_args=None,
):
    """One case: a scheduler of diffusers, and the options of ours that must say the same."""
    config = {**config_of(schedule, spacing, offset, prediction), **(extra or {})}
    # schedulers differ in what they accept
    accepted = inspect.signature(scheduler.__init__).parameters
    config = {key: value for key, value in config.items() if key in accepted}
    made = scheduler(**config)
    options = dict(
        schedule=schedule, spacing=spacing, offset=offset, terminalAlphaBar=terminal, steps=steps,
        solver=solver, prediction=prediction,
    )
    if bound:
        options["bound"] = bound
    if sigmas:
        options["sigmas"] = sigmas
    result = run(made, None if set_args else steps, prediction, level, set_args, step_args)
    cases.append({"sampler": scheduler.__name__, "name": name, "options": options, **result})


def grid(scheduler, solver, level, spacings, counts=(5, 10, 20, 7), **others):
    """Every number of steps on every spacing, predictions taken in turn."""
    for spacing in spacings:
        for k, steps in enumerate(counts):
            prediction = "velocity" if k % 2 else "epsilon"
            arguments = dict(steps=steps, spacing=spacing, prediction=prediction)
            if spacing == "leading":
                arguments["offset"] = 1
            add(scheduler, solver, level, **{**arguments, **others})


ALL = ("leading", "trailing", "linspace")
CLIP = dict(kind="clip", range=0.7)
THRESHOLD = dict(kind="threshold", quantile=0.7, most=1.5)
CLIPPED = dict(clip_sample=True, clip_sample_range=0.7)
THRESHOLDED = dict(thresholding=True, dynamic_thresholding_ratio=0.7, sample_max_value=1.5)
PLAIN = dict(clip_sample=False)
ZERO_SNR = {**SCALED, "zeroTerminalSnr": True}


def ddim():
    s = library.DDIMScheduler

    def one(name="", eta=0, solver=None, **others):
        told = {"kind": "ddim", "eta": eta, **(solver or {})}
        step_args = {"eta": eta, **others.pop("step_args", {})}
        others["extra"] = {**PLAIN, **others.get("extra", {})}
        add(s, told, by_time, name, step_args=step_args, **others)

    for steps in (5, 10, 20):
        for eta in (0, 0.5, 1):
            one(eta=eta, steps=steps, offset=1)
        one(steps=steps, spacing="trailing", prediction="velocity", schedule=LINEAR)
    one("steps that do not divide 1000, leading", steps=7, eta=0.3)
    stride = dict(target="stride")
    one("trailing, N does not divide T: strides of floor(T/N)", steps=7, spacing="trailing",
        solver=stride, extra=dict(set_alpha_to_one=False), terminal="first")
    one("linspace: strides of floor(T/N)", steps=10, spacing="linspace", solver=stride)
    one("linspace: strides of floor(T/N), with noise", steps=7, spacing="linspace", solver=stride,
        eta=1)
    one("last step's alpha: set_alpha_to_one false", offset=1, terminal="first",
        extra=dict(set_alpha_to_one=False))
    one("last step's alpha, with noise", offset=1, terminal="first", eta=1,
        extra=dict(set_alpha_to_one=False))
    one("steps_offset", offset=3)
    one("zero terminal SNR", schedule=ZERO_SNR, spacing="trailing", prediction="velocity")
    one("zero terminal SNR, with noise", schedule=ZERO_SNR, spacing="trailing",
        prediction="velocity", eta=1)
    one("cosine", schedule=COSINE, prediction="velocity")
    one("clip_sample", bound=CLIP, extra=CLIPPED)
    one("clip_sample, with noise", bound=CLIP, extra=CLIPPED, eta=0.7, prediction="velocity")
    one("clip_sample and use_clipped_model_output", bound=CLIP, extra=CLIPPED,
        solver=dict(epsilonFromBound=True), step_args=dict(use_clipped_model_output=True))
    one("thresholding", bound=THRESHOLD, extra=THRESHOLDED)
    one("x0 prediction", prediction="denoised")


def ddpm():
    s = library.DDPMScheduler
    small = {"kind": "ddpm"}
    large = {"kind": "ddpm", "variance": "large"}
    grid(s, small, by_time, ALL, extra=PLAIN)
    for spacing in ("leading", "linspace"):
        add(s, large, by_time, "fixed_large", spacing=spacing,
            extra=dict(variance_type="fixed_large", **PLAIN))
    add(s, large, by_time, "fixed_large, clip_sample", bound=CLIP,
        extra=dict(variance_type="fixed_large", **CLIPPED))
    add(s, small, by_time, "clip_sample", bound=CLIP, extra=CLIPPED)
    add(s, small, by_time, "thresholding", bound=THRESHOLD, extra={**PLAIN, **THRESHOLDED})
    add(s, small, by_time, "sigmoid schedule", schedule=SIGMOID, extra=PLAIN)
    add(s, small, by_time, "zero terminal SNR", schedule=ZERO_SNR, spacing="trailing",
        prediction="velocity", extra=PLAIN)


KARRAS = {"kind": "karras"}
EXPONENTIAL = {"kind": "exponential"}
BETA = {"kind": "beta"}
SPACED = (
    ("karras", KARRAS, dict(use_karras_sigmas=True)),
    ("exponential", EXPONENTIAL, dict(use_exponential_sigmas=True)),
    ("beta", BETA, dict(use_beta_sigmas=True)),
)


def spaced(scheduler, solver, **others):
    """The spacings by sigma that a scheduler has."""
    extra = others.pop("extra", {})
    for name, sigmas, flag in SPACED:
        for steps, prediction in ((7, "velocity"), (10, "epsilon")):
            add(scheduler, solver, by_sigma, name, steps=steps, prediction=prediction,
                sigmas=sigmas, extra={**extra, **flag}, **others)


def ratios():
    euler = library.EulerDiscreteScheduler
    grid(euler, {"kind": "euler"}, by_sigma, ALL)
    spaced(euler, {"kind": "euler"}, spacing="linspace")
    add(euler, {"kind": "euler"}, by_sigma, "karras on leading times", offset=1, sigmas=KARRAS,
        extra=dict(use_karras_sigmas=True))
    add(euler, {"kind": "euler"}, by_sigma, "final sigma_min", spacing="linspace",
        terminal="first", extra=dict(final_sigmas_type="sigma_min"))
    add(euler, {"kind": "euler"}, by_sigma, "zero terminal SNR", spacing="trailing",
        schedule=ZERO_SNR, prediction="velocity")
    align = [999, 850, 736, 645, 545, 455, 343, 233, 124, 24]
    add(euler, {"kind": "euler"}, by_sigma, "explicit times (align your steps)",
        spacing="linspace", sigmas=dict(kind="times", values=align), set_args=dict(timesteps=align))
    ratios_given = [12.0, 5.5, 2.6, 1.4, 0.7, 0.25, 0.06]
    add(euler, {"kind": "euler"}, by_sigma, "explicit sigmas", spacing="linspace", steps=7,
        sigmas=dict(kind="sigmas", values=ratios_given),
        set_args=dict(sigmas=[*ratios_given, 0.0]))
    ancestral = library.EulerAncestralDiscreteScheduler
    grid(ancestral, {"kind": "euler-ancestral"}, by_sigma, ALL)
    heun = library.HeunDiscreteScheduler
    grid(heun, {"kind": "heun"}, by_sigma, ALL)
    spaced(heun, {"kind": "heun"}, spacing="linspace")
    add(heun, {"kind": "heun"}, by_sigma, "clip_sample", spacing="linspace", bound=CLIP,
        extra=CLIPPED)
    lms = library.LMSDiscreteScheduler
    grid(lms, {"kind": "lms"}, by_sigma, ALL)
    spaced(lms, {"kind": "lms"}, spacing="linspace")
    add(lms, {"kind": "lms", "order": 2}, by_sigma, "order 2", spacing="linspace",
        step_args=dict(order=2))


def pndm():
    s = library.PNDMScheduler
    told = dict(skip_prk_steps=True, set_alpha_to_one=True)
    first = dict(skip_prk_steps=True, set_alpha_to_one=False)
    for steps in (1, 2, 3, 4, 5, 10, 20, 7):
        add(s, {"kind": "pndm"}, by_time, steps=steps, offset=1, extra=told)
    add(s, {"kind": "pndm"}, by_time, spacing="trailing", extra=first, terminal="first")
    add(s, {"kind": "pndm"}, by_time, "last step's alpha: set_alpha_to_one false", offset=1,
        extra=first, terminal="first")
    stride = {"kind": "pndm", "target": "stride"}
    add(s, stride, by_time, "trailing, N does not divide T: strides of floor(T/N)", steps=7,
        spacing="trailing", extra=first, terminal="first")
    add(s, stride, by_time, "linspace: strides of floor(T/N)", spacing="linspace", extra=told)


def lambdas():
    multi = library.DPMSolverMultistepScheduler
    for order in (1, 2, 3):
        for noisy in (False, True):
            kind = "sde-dpmsolver++" if noisy else "dpmsolver++"
            solver = {"kind": "dpmpp", "order": order}
            if noisy:
                solver["noisy"] = True
            if order == 3:
                solver["thirdOrder"] = "compat"
            extra = dict(algorithm_type=kind, solver_order=order)
            spacings = ALL if order == 2 else ("linspace",)
            grid(multi, solver, by_sigma, spacings, extra=extra)
            add(multi, solver, by_sigma, "karras", spacing="linspace", sigmas=KARRAS, steps=16,
                extra=dict(use_karras_sigmas=True, **extra))
            add(multi, solver, by_sigma, "final sigma_min", spacing="linspace", terminal="first",
                steps=16, extra=dict(final_sigmas_type="sigma_min", **extra))
            add(multi, solver, by_sigma, "final sigma_min, N < 15", spacing="linspace",
                terminal="first", steps=8, extra=dict(final_sigmas_type="sigma_min", **extra))
            if order == 1:
                continue
            for steps in (14, 15):
                add(multi, solver, by_sigma, "around the 15 steps of lower_order_final",
                    spacing="linspace", terminal="first", steps=steps,
                    extra=dict(final_sigmas_type="sigma_min", **extra))
            heun = {**solver, "correction": "heun"}
            add(multi, heun, by_sigma, "heun", spacing="linspace",
                extra=dict(solver_type="heun", **extra))
            high = {**solver, "lowerOrderFinal": False}
            add(multi, high, by_sigma, "lower_order_final false", spacing="linspace",
                terminal="first",
                extra=dict(lower_order_final=False, final_sigmas_type="sigma_min", **extra))
            final = {**solver, "eulerAtFinal": True}
            add(multi, final, by_sigma, "euler_at_final", spacing="linspace", steps=16,
                terminal="first",
                extra=dict(euler_at_final=True, final_sigmas_type="sigma_min", **extra))
    two = {"kind": "dpmpp", "order": 2}
    spaced(multi, two, spacing="linspace")
    add(multi, two, by_sigma, "thresholding", spacing="linspace", bound=THRESHOLD,
        extra=THRESHOLDED)
    add(multi, two, by_sigma, "zero terminal SNR", spacing="trailing", schedule=ZERO_SNR,
        prediction="velocity")
    add(multi, two, by_sigma, "cosine, karras", spacing="linspace", schedule=COSINE, steps=12,
        prediction="velocity", sigmas=KARRAS, extra=dict(use_karras_sigmas=True))
    align = [999, 845, 730, 587, 443, 310, 193, 116, 53, 13]
    add(multi, two, by_sigma, "explicit times (align your steps)", spacing="linspace",
        sigmas=dict(kind="times", values=align), set_args=dict(timesteps=align))
    add(multi, two, by_sigma, "x0 prediction", spacing="linspace", prediction="denoised")
    single = library.DPMSolverSinglestepScheduler
    for order in (2, 3):
        for correction in ("midpoint", "heun"):
            solver = {"kind": "dpmpp-single", "order": order, "correction": correction}
            extra = dict(solver_order=order, solver_type=correction)
            grid(single, solver, by_sigma, ("linspace",), extra=extra, counts=(5, 10, 20, 7, 12))
            add(single, solver, by_sigma, "karras", spacing="linspace", sigmas=KARRAS,
                extra=dict(use_karras_sigmas=True, **extra))
            for steps in (12, 11):
                add(single, solver, by_sigma, "final sigma_min", spacing="linspace", steps=steps,
                    terminal="first",
                    extra=dict(lower_order_final=True, final_sigmas_type="sigma_min", **extra))
            add(single, {**solver, "lowerOrderFinal": False}, by_sigma, "lower_order_final false",
                spacing="linspace", steps=12, terminal="first",
                extra=dict(lower_order_final=False, final_sigmas_type="sigma_min", **extra))
    add(single, {"kind": "dpmpp-single", "order": 2}, by_sigma, "thresholding",
        spacing="linspace", bound=THRESHOLD, extra=THRESHOLDED)
    unipc()
    deis()
    sa()


def unipc():
    s = library.UniPCMultistepScheduler
    for order in (1, 2, 3):
        for variant in ("bh1", "bh2"):
            solver = {"kind": "unipc", "order": order, "variant": variant}
            extra = dict(solver_order=order, solver_type=variant)
            spacings = ALL if order == 2 and variant == "bh2" else ("linspace",)
            # with bh1 the scheduler itself makes NaN of a final sigma of 0: -inf times an empty sum
            last = dict(final_sigmas_type="sigma_min" if variant == "bh1" else "zero")
            grid(s, solver, by_sigma, spacings, extra={**extra, **last},
                 terminal="first" if variant == "bh1" else 1)
            add(s, {**solver, "lowerOrderFinal": False}, by_sigma,
                "lower_order_final false, final sigma_min", spacing="linspace", terminal="first",
                extra=dict(lower_order_final=False, final_sigmas_type="sigma_min", **extra))
    two = {"kind": "unipc", "order": 2}
    spaced(s, two, spacing="linspace")
    add(s, two, by_sigma, "thresholding", spacing="linspace", bound=THRESHOLD, extra=THRESHOLDED)
    add(s, two, by_sigma, "zero terminal SNR", spacing="trailing", schedule=ZERO_SNR,
        prediction="velocity")


def deis():
    s = library.DEISMultistepScheduler
    for order in (1, 2, 3):
        solver = {"kind": "deis", "order": order}
        spacings = ALL if order == 3 else ("linspace",)
        grid(s, solver, by_sigma, spacings, terminal="first", extra=dict(solver_order=order),
             counts=(5, 10, 20, 7))
    spaced(s, {"kind": "deis", "order": 2}, spacing="linspace", terminal="first")


def sa():
    s = library.SASolverScheduler
    usual = {"value": 1, "from": 200, "to": 800}
    for predictor, corrector in ((1, 1), (2, 2), (3, 3), (3, 4), (2, 1), (1, 2)):
        for tau in (usual, {"value": 0.6, "from": 0, "to": 1000}):
            solver = {
                "kind": "sa-solver", "predictorOrder": predictor, "correctorOrder": corrector,
                "tau": tau,
            }
            extra = dict(
                predictor_order=predictor, corrector_order=corrector,
                tau_func=lambda t, tau=tau: torch.tensor(
                    tau["value"] if tau["from"] <= t <= tau["to"] else 0.0
                ),
            )
            whole = (predictor, corrector) == (2, 2) and tau is usual
            grid(s, solver, by_sigma, ALL if whole else ("linspace",), terminal="first",
                 extra=extra, counts=(5, 10, 20, 7) if whole else (10,))
    spaced(s, {"kind": "sa-solver", "predictorOrder": 2, "correctorOrder": 2}, spacing="linspace",
           terminal="first")


def flows():
    def one(s, solver, steps, shift, spacing="linspace", name="", sigmas=None, extra=None,
            set_args=None, terminal=None, level=by_flow, floor=False):
        schedule = dict(kind="flow", trainSteps=1000, shift=shift)
        if terminal:
            schedule["shiftTerminal"] = terminal
        options = dict(schedule=schedule, spacing=spacing, offset=0, terminalAlphaBar=1,
                       steps=steps, solver=solver, prediction="flow")
        if sigmas:
            options["sigmas"] = sigmas
        made = s(**(extra or {}))
        result = run(made, None if set_args else steps, "flow", level, set_args)
        cases.append({"sampler": s.__name__, "name": name, "options": options, **result})

    euler = library.FlowMatchEulerDiscreteScheduler
    heun = library.FlowMatchHeunDiscreteScheduler
    for steps in (5, 10, 20, 7):
        for shift in (1, 3):
            one(euler, {"kind": "flow-euler"}, steps, shift, extra=dict(shift=shift))
            one(heun, {"kind": "flow-heun"}, steps, shift, extra=dict(shift=shift))
    for name, sigmas, flag in SPACED:
        one(euler, {"kind": "flow-euler"}, 10, 3, name=name, sigmas=sigmas,
            extra=dict(shift=3, **flag))
    tokens = 1024
    mu = 0.5 + (1.15 - 0.5) / (4096 - 256) * (tokens - 256)
    for steps in (10, 7):
        one(euler, {"kind": "flow-euler"}, steps, math.exp(mu), "trailing", "dynamic shift by mu",
            extra=dict(use_dynamic_shifting=True),
            set_args=dict(mu=mu, sigmas=list(np.linspace(1, 1 / steps, steps))))
    one(euler, {"kind": "flow-euler"}, 8, math.exp(mu), "trailing", "shift to a terminal level",
        terminal=0.1, extra=dict(use_dynamic_shifting=True, shift_terminal=0.1),
        set_args=dict(mu=mu, sigmas=list(np.linspace(1, 1 / 8, 8))))
    flow = dict(use_flow_sigmas=True, prediction_type="flow_prediction", flow_shift=3.0)
    for steps in (10, 16, 7):
        one(library.DPMSolverMultistepScheduler, {"kind": "dpmpp", "order": 2}, steps, 3,
            extra=flow)
    one(library.UniPCMultistepScheduler, {"kind": "unipc", "order": 2}, 10, 3, "trailing",
        "levels given", extra=flow, set_args=dict(sigmas=np.linspace(1, 0.1, 10)))


def edm():
    data = dict(kind="edm", sigmaMin=0.002, sigmaMax=80, dataDeviation=0.5)

    def one(s, solver, steps, name="", extra=None, sigmas=None, terminal=1):
        options = dict(schedule=data, spacing="linspace", offset=0, terminalAlphaBar=terminal,
                       steps=steps, solver=solver, prediction="edm")
        if sigmas:
            options["sigmas"] = sigmas
        made = s(**(extra or {}))
        result = run(made, steps, "edm", by_edm)
        cases.append({"sampler": s.__name__, "name": name, "options": options, **result})

    euler = library.EDMEulerScheduler
    multi = library.EDMDPMSolverMultistepScheduler
    for steps in (5, 10, 20, 7):
        one(euler, {"kind": "edm-euler"}, steps)
        one(multi, {"kind": "dpmpp", "order": 2}, steps)
    one(multi, {"kind": "dpmpp", "order": 3, "thirdOrder": "compat"}, 20,
        extra=dict(solver_order=3))
    one(multi, {"kind": "dpmpp", "order": 2, "noisy": True}, 10,
        extra=dict(algorithm_type="sde-dpmsolver++"))
    one(euler, {"kind": "edm-euler"}, 10, "exponential", sigmas=EXPONENTIAL,
        extra=dict(sigma_schedule="exponential"))
    one(euler, {"kind": "edm-euler"}, 10, "final sigma_min", terminal="first",
        extra=dict(final_sigmas_type="sigma_min"))
    for steps, churn in ((10, dict(amount=4)), (8, {"amount": 20, "from": 0.05, "to": 50,
                                                   "noiseFactor": 1.003})):
        for heun in (False, True):
            options = dict(
                schedule=data, spacing="linspace", offset=0, terminalAlphaBar=1, steps=steps,
                solver={"kind": "edm-heun" if heun else "edm-euler", "churn": churn},
                prediction="edm",
            )
            name = f"churn {churn['amount']}"
            cases.append({"sampler": "Karras 2022, algorithm 2", "name": name,
                          "options": options, **churned(steps, churn, heun)})
    options = dict(schedule=data, spacing="linspace", offset=0, terminalAlphaBar=1, steps=10,
                   solver={"kind": "edm-heun"}, prediction="edm")
    cases.append({"sampler": "Karras 2022, algorithm 1", "name": "", "options": options,
                  **churned(10, dict(amount=0), True)})


def churned(steps, churn, heun):
    """Algorithm 2 of Karras et al., 2022. EDMEulerScheduler raises the state after the network has
    seen it, at the level before; the paper's (and NVlabs/edm's) network sees the raised state.
    The k-th draw is that before step k + 1: the first churn is part of the given start."""
    ramp = np.linspace(0, 1, steps)
    low, high = 0.002 ** (1 / 7), 80 ** (1 / 7)
    sigmas = [*(high + ramp * (low - high)) ** 7, 0.0]
    gammas = [
        min(churn["amount"] / steps, math.sqrt(2) - 1)
        if churn.get("from", 0) <= s <= churn.get("to", math.inf) else 0
        for s in sigmas[:-1]
    ]
    rows, times, levels = [], [], []

    def slope(z, sigma):
        al = 1 / math.sqrt(sigma * sigma + 0.25)
        rows.append(al * z)
        times.append(math.log(sigma) / 4)
        levels.append(sigma)
        return (z - denoised(al * z, al, al * sigma)) / sigma

    z = INITIAL * 80
    for i in range(steps):
        sigma, after = sigmas[i], sigmas[i + 1]
        raised = sigma * (1 + gammas[i])
        if i > 0:
            # noise belongs to the row before in our count
            z = z + churn.get("noiseFactor", 1) * math.sqrt(raised**2 - sigma**2) * NOISE[
                len(rows) - 1
            ]
        d = slope(z, raised)
        guess = z + (after - raised) * d
        if heun and after > 0:
            guess = z + (after - raised) / 2 * (d + slope(guess, after))
        z = guess
    rows.append(z)
    return {"timestep": times, "sigma": levels, "rows": [list(row) for row in rows]}


def distilled():
    lcm = library.LCMScheduler
    for steps, prediction in ((1, "epsilon"), (2, "epsilon"), (4, "velocity"), (7, "epsilon")):
        add(lcm, {"kind": "lcm"}, by_time, steps=steps, prediction=prediction)
    add(lcm, {"kind": "lcm"}, by_time, "clip_sample", steps=4, bound=CLIP, extra=CLIPPED)
    add(lcm, {"kind": "lcm"}, by_time, "set_alpha_to_one false", steps=4, terminal="first",
        extra=dict(set_alpha_to_one=False))
    add(lcm, {"kind": "lcm", "originalSteps": 40}, by_time, "other teacher steps", steps=6,
        extra=dict(original_inference_steps=40))
    tcd = library.TCDScheduler
    for gamma in (0, 0.3, 1):
        for steps, prediction in ((1, "epsilon"), (4, "velocity"), (7, "epsilon")):
            add(tcd, {"kind": "tcd", "gamma": gamma}, by_time, steps=steps, terminal="first",
                prediction=prediction, step_args=dict(eta=gamma))


def rounded(value):
    """Thirteen significant digits."""
    if isinstance(value, float):
        return float(f"{value:.13g}")
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    return [rounded(entry) for entry in value] if isinstance(value, list) else value


def main():
    for family in (ddim, ddpm, ratios, pndm, lambdas, flows, edm, distilled):
        family()
    golden = {
        "versions": {
            "torch": torch.__version__, "diffusers": diffusers.__version__,
            "numpy": np.__version__,
        },
        "mixture": {"weights": WEIGHTS, "means": MEANS, "variances": VARIANCES},
        "initial": list(INITIAL),
        "noise": [list(row) for row in NOISE],
        "cases": [
            {**case, **{key: rounded(case[key]) for key in ("timestep", "sigma", "rows")}}
            for case in cases
        ],
    }
    path = pathlib.Path(__file__).with_name("golden.json")
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in golden.pop("cases"))
    head = json.dumps(golden, separators=(",", ":"))[:-1]
    path.write_text(f'{head},"cases":[\n{lines}\n]}}\n')
    print(len(cases), "cases,", path.stat().st_size, "bytes")


main()
