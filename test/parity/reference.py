#!/usr/bin/env python3
"""Runs diffusers' own pipelines from isochron's noise and writes what they give.

    python test/parity/reference.py --pipelines FOLDER --out FOLDER

For each case: initial latents (float32, unit variance, as isochron draws them), latents before the
decoder, the picture as float32 in 0..1 and as uint8, and for some cases the latents after every
step; index.json says how each case was run. Fails if a picture says nothing: flat, clipped
everywhere, or not finite.
"""

import argparse
import contextlib
import inspect
import json
from pathlib import Path
from unittest import mock

import diffusers
import noise
import numpy as np
import torch
import transformers
from PIL import Image

PROMPT, NEGATIVE = "A photo of the RED circle, don't blink!", "watercolour, blurry"
GUIDANCE, SEED, SAMPLES = 5.0, 7, 2

DDIM = ("DDIMScheduler", {})
TEXTS = [PROMPT, NEGATIVE, "", "  tabs\tand\n lines ", "'''s !'s 12 it's we'll'd I'M they'RE",
         "na\u00efve \u00dcn\u00efcode \u2014 \u201cq\u201d",
         "\u65e5\u672c\u8a9e e\u0301 \U0001f642 \u03a3\u0391\u03a3",
         "much too long " * 40, "<|endoftext|> inside <|STARTOFTEXT|>!!c ! d",
         "_under_score #tag @me 3.14 \u00bd"]

DPM, EULER = "DPMSolverMultistepScheduler", "EulerDiscreteScheduler"
CASES = [
    # pipeline, name, scheduler class and changes (None: the folder's own), steps, more settings
    ("stable-diffusion", "ddim", DDIM, 25, {"trajectory": True}),
    ("stable-diffusion", "dpmpp-2m", (DPM, {}), 25, {}),
    ("stable-diffusion", "dpmpp-2m-karras", (DPM, {"use_karras_sigmas": True}), 20, {}),
    ("stable-diffusion", "unipc", ("UniPCMultistepScheduler", {}), 25, {}),
    ("stable-diffusion", "euler", (EULER, {}), 25, {}),
    ("stable-diffusion", "euler-trailing", (EULER, {"timestep_spacing": "trailing"}), 20, {}),
    ("stable-diffusion", "heun", ("HeunDiscreteScheduler", {}), 20, {}),
    ("stable-diffusion", "pndm", None, 25, {}),
    ("stable-diffusion", "ddim-no-guidance", DDIM, 25, {"guidance": 1.0}),
    ("stable-diffusion", "ddim-empty-negative", DDIM, 25, {"negative": None}),
    ("stable-diffusion", "ddim-image", DDIM, 25, {"strength": 0.6}),
    ("stable-diffusion", "dpmpp-2m-image", (DPM, {}), 25, {"strength": 0.6}),
    ("stable-diffusion", "euler-image", (EULER, {}), 20, {"strength": 0.8}),
    ("stable-diffusion", "ddim-mask", DDIM, 25, {"strength": 0.97, "mask": True}),
    ("stable-diffusion", "dpmpp-2m-mask", (DPM, {}), 25, {"strength": 0.97, "mask": True}),
    ("stable-diffusion-xl", "euler", None, 25, {}),
    ("stable-diffusion-xl", "ddim-empty-negative", DDIM, 25, {"negative": None}),
    ("stable-diffusion-3", "flow-euler", None, 25, {"trajectory": True}),
    ("stable-diffusion-3", "flow-heun", ("FlowMatchHeunDiscreteScheduler", {}), 20, {}),
    ("flux", "flow-euler", None, 20, {"guidance": 3.5, "negative": None}),
    ("unconditional", "ddim", DDIM, 25, {"trajectory": True}),
    ("unconditional", "ddpm", None, 25, {}),
]


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pipelines", type=Path, required=True, help="what make_pipelines.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", help="pipelines to run; default: all that are there")
    return parser.parse_args()


def load_pipeline(folder):
    """Returns the pipeline of a folder; parts that it goes without must be named."""
    index = json.loads((folder / "model_index.json").read_text())
    absent = {name: None for name, value in index.items() if value == [None, None]}
    pipe = diffusers.DiffusionPipeline.from_pretrained(folder, local_files_only=True, **absent)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def set_scheduler(pipe, choice):
    """Returns the pipeline with a scheduler as users replace it: made from the folder's settings."""
    if choice is None:
        return pipe
    name, changes = choice
    pipe.scheduler = getattr(diffusers, name).from_config(pipe.scheduler.config, **changes)
    if not (isinstance(pipe, diffusers.DDPMPipeline) and name == "DDIMScheduler"):
        return pipe
    pipe = diffusers.DDIMPipeline(pipe.unet, pipe.scheduler)  # the one that gives no noise to step
    pipe.set_progress_bar_config(disable=True)
    return pipe


def latent_shape(pipe):
    """Returns the shape of one row: a latent, or a picture for pipelines without a decoder."""
    if "vae" not in pipe.components:
        config = pipe.unet.config
        return (config.in_channels, config.sample_size, config.sample_size)
    side = pipe.vae.config.sample_size // pipe.vae_scale_factor
    return (pipe.vae.config.latent_channels, side, side)


def initial_noise(shape):
    """Returns the noise of every sample: seed SEED, stream 0, step 0."""
    return np.stack([noise.normal(shape, SEED, sample) for sample in range(SAMPLES)])


def recorder(rows):
    """Returns a callback that keeps the latents after every step."""
    def keep(pipe, step, timestep, values):
        del pipe, step, timestep
        rows.append(values["latents"].numpy().copy())
        return {}
    return keep


def run_text(pipe, latents, steps, settings):
    """Runs a text pipeline; returns latents after every step, and pictures in 0..1."""
    rows, guidance = [], settings.get("guidance", GUIDANCE)
    negative = settings.get("negative", NEGATIVE)
    flux = isinstance(pipe, diffusers.FluxPipeline)
    given = pipe._pack_latents(latents, *latents.shape) if flux else latents
    side = 4 * latents.shape[-1]
    more = {"max_sequence_length": 77} if flux else {}
    found = pipe([PROMPT] * SAMPLES, negative_prompt=None if negative is None else [negative] * SAMPLES,
                 latents=given, num_inference_steps=steps, guidance_scale=guidance, output_type="np",
                 height=side, width=side, callback_on_step_end=recorder(rows), **more).images
    if flux:
        rows = [pipe._unpack_latents(torch.from_numpy(row), side, side, pipe.vae_scale_factor).numpy()
                for row in rows]
    return rows, found


def start_picture(side):
    """Returns the picture that image-to-image cases start from."""
    row, column = np.mgrid[0:side, 0:side] / side
    waves = [np.sin(7 * row + 3 * column), np.cos(5 * column * row), row - column]
    return Image.fromarray((127.5 + 100 * np.stack(waves, -1)).round().clip(0, 255).astype("uint8"))


def start_mask(side):
    """Returns what of that picture is drawn anew: white, in whole cells of the latent."""
    mask = np.zeros((side, side), np.uint8)
    mask[side // 4 :, side // 2 :] = 255
    return Image.fromarray(mask)


def run_image(pipe, latents, steps, settings):
    """Runs image to image, or inpainting, from the mean of the encoder's latents; returns as `run_text`."""
    masked = settings.get("mask", False)
    kind = diffusers.StableDiffusionInpaintPipeline if masked else diffusers.StableDiffusionImg2ImgPipeline
    pipe = kind(**pipe.components, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    module, rows = inspect.getmodule(type(pipe)), []
    side = pipe.vae_scale_factor * latents.shape[-1]
    more = {"mask_image": [start_mask(side)] * SAMPLES, "height": side, "width": side} if masked else {}
    with (mock.patch.object(module, "randn_tensor", lambda *args, **options: latents.clone()),
          mock.patch.object(module, "retrieve_latents",
                            lambda found, *args, **options: found.latent_dist.mode())):
        images = pipe([PROMPT] * SAMPLES, negative_prompt=[NEGATIVE] * SAMPLES,
                      image=[start_picture(side)] * SAMPLES, strength=settings["strength"],
                      num_inference_steps=steps, guidance_scale=GUIDANCE, output_type="np",
                      callback_on_step_end=recorder(rows), **more).images
    return rows, images


@contextlib.contextmanager
def isochron_noise(module, latents):
    """Makes `module` draw the initial noise, and its scheduler the noise of step 0, 1, ..."""
    steps = iter(range(100000))

    def draw(shape, **options):
        del options
        step = next(steps)
        rows = [noise.normal(tuple(shape[1:]), SEED, sample, step, noise.STEP) for sample in range(shape[0])]
        return torch.from_numpy(np.stack(rows))

    scheduler = diffusers.schedulers.scheduling_ddpm
    with (mock.patch.object(module, "randn_tensor", lambda *args, **options: latents.clone()),
          mock.patch.object(scheduler, "randn_tensor", draw)):
        yield


def run_unconditional(pipe, latents, steps):
    """Runs DDPMPipeline or DDIMPipeline; returns as `run_text`."""
    rows, take_step = [], pipe.scheduler.step

    def step(*args, **options):
        found = take_step(*args, **options)
        rows.append(found.prev_sample.numpy().copy())
        return found

    with (isochron_noise(inspect.getmodule(type(pipe)), latents),
          mock.patch.object(pipe.scheduler, "step", step)):
        images = pipe(batch_size=SAMPLES, num_inference_steps=steps, output_type="np").images
    return rows, images


def check_picture(case, latents, images):
    """Raises if a picture would make a comparison empty; returns its figures."""
    assert np.isfinite(latents).all() and np.isfinite(images).all(), f"{case}: not finite"
    deviation = float(np.min([255 * image.std() for image in images]))
    clipped = float(np.mean((images <= 0) | (images >= 1)))
    assert deviation > 10, f"{case}: flat picture, deviation {deviation:.1f} of 255"
    assert clipped < 0.3, f"{case}: {100 * clipped:.0f} % of the values are clipped"
    return {"imageStd": deviation, "clipped": clipped, "latentRms": float(np.sqrt(np.mean(latents**2)))}


def to_bytes(images):
    """Returns uint8 pictures as diffusers makes them: rounded half to even."""
    return (images * 255).round().astype("uint8")


def run_case(pipelines, out, case):
    """Runs one case, writes its files, and returns its entry of index.json."""
    folder, name, choice, steps, settings = case
    pipe = set_scheduler(load_pipeline(pipelines / folder), choice)
    shape = latent_shape(pipe)
    start = initial_noise(shape)
    text = "vae" in pipe.components
    run_prompt = run_image if "strength" in settings else run_text
    run = (lambda x: run_prompt(pipe, x, steps, settings)) if text else (
        lambda x: run_unconditional(pipe, x, steps))
    rows, images = run(torch.from_numpy(start.copy()))
    figures = check_picture(f"{folder} {name}", rows[-1], images)
    stem = f"{folder}.{name}"
    arrays = {"initial": start, "latents": rows[-1], "imagesFloat": images.astype(np.float32),
              "images": to_bytes(images)}
    if settings.get("trajectory"):
        arrays["trajectory"] = np.stack(rows)
    files = {key: f"{stem}.{key}.npy" for key in arrays}
    for key, array in arrays.items():
        np.save(out / files[key], np.ascontiguousarray(array))
    if "strength" in settings:
        files["image"] = f"{stem}.image.png"
        start_picture(pipe.vae_scale_factor * shape[-1]).save(out / files["image"])
    if "mask" in settings:
        files["mask"] = f"{stem}.mask.png"
        start_mask(pipe.vae_scale_factor * shape[-1]).save(out / files["mask"])
    print(f"{folder:20s} {name:20s} {steps} steps, image std {figures['imageStd']:.1f}, "
          f"clipped {100 * figures['clipped']:.1f} %, latent RMS {figures['latentRms']:.2f}", flush=True)
    guided = text and folder != "flux"
    return {
        "pipeline": folder, "case": name, "steps": steps, "seed": SEED, "samples": SAMPLES,
        "shape": list(shape), "prompt": PROMPT if text else None,
        "negativePrompt": settings.get("negative", NEGATIVE) if text else None,
        "guidance": settings.get("guidance", GUIDANCE) if guided else None,
        "embeddedGuidance": settings.get("guidance") if folder == "flux" else None,
        "strength": settings.get("strength"),
        "maxSequenceLength": {"flux": 77, "stable-diffusion-3": 256}.get(folder),
        "schedulerOverride": None if choice is None else {"_class_name": choice[0], **choice[1]},
        "scheduler": resolved_config(pipe.scheduler),
        "timesteps": np.asarray(pipe.scheduler.timesteps, np.float64).tolist(),
        "initNoiseSigma": float(getattr(pipe.scheduler, "init_noise_sigma", 1.0)),
        "files": files, **figures,
    }


def resolved_config(scheduler):
    """Returns every setting of a scheduler, defaults of its class included."""
    known = inspect.signature(type(scheduler).__init__).parameters
    config = {key: value for key, value in scheduler.config.items() if key in known}
    # JSON has no infinity, which some settings are where they are off
    finite = {key: None if value in (np.inf, -np.inf) else value for key, value in config.items()}
    return {"_class_name": type(scheduler).__name__, **finite}


def tokenized(pipelines, folder):
    """Returns the token numbers of TEXTS by every tokenizer of a pipeline, as its encoder gets them."""
    pipe, found = load_pipeline(pipelines / folder), {}
    for name in ("tokenizer", "tokenizer_2", "tokenizer_3"):
        if pipe.components.get(name) is not None:
            ids = pipe.components[name](TEXTS, padding="max_length", max_length=77, truncation=True).input_ids
            found[f"{folder}/{name}"] = [{"text": text, "ids": row} for text, row in zip(TEXTS, ids)]
    return found


def main(args):
    """Runs the cases of the pipelines that are there."""
    torch.set_num_threads(1)
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    noise.check()
    args.out.mkdir(parents=True, exist_ok=True)
    entries, tokens = [], {}
    for case in CASES:
        if (args.only and case[0] not in args.only) or not (args.pipelines / case[0]).exists():
            continue
        with torch.no_grad():
            entries.append(run_case(args.pipelines, args.out, case))
    for folder in dict.fromkeys(entry["pipeline"] for entry in entries):
        tokens |= tokenized(args.pipelines, folder)
    (args.out / "tokens.json").write_text(json.dumps(tokens) + "\n")
    index = {"versions": {"diffusers": diffusers.__version__, "torch": torch.__version__,
                          "transformers": transformers.__version__}, "cases": entries}
    (args.out / "index.json").write_text(json.dumps(index, indent=1, default=str) + "\n")
    print(f"wrote {len(entries)} cases to {args.out}")


if __name__ == "__main__":
    main(parse_arguments())
