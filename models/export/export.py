#!/usr/bin/env python3
"""Turns a diffusers pipeline into a folder of ONNX files that isochron reads as it is.

    python export.py PIPELINE OUT [--dtype float16] [--height 512 --width 512]

PIPELINE is a folder as `save_pretrained` writes it; `export_pipeline` takes a pipeline object.
Every file is compared with torch in ONNX Runtime, with 1 and with 3 rows, each row at its own
timestep; a difference above the bound removes the folder's model_index.json and fails.
"""

import argparse
import hashlib
import json
import logging
import shutil
import sys
from pathlib import Path

import diffusers
import graphs
import onnx
import torch
import transformers
from onnx_tools import check_signature, compare, describe, open_session, write_graph

SUPPORTED = {
    "StableDiffusionPipeline": "sd", "StableDiffusionXLPipeline": "sdxl",
    "LatentConsistencyModelPipeline": "sd", "StableDiffusion3Pipeline": "sd3", "FluxPipeline": "flux",
    "DDPMPipeline": "unconditional", "DDIMPipeline": "unconditional",
}
BOUNDS = {"float32": 1e-3, "float16": 3e-2}  # of the largest value, or of 1 if that is smaller
EXTERNAL_ABOVE_MB = 1024
T5_LENGTH = {"sd3": 256, "flux": 512}  # diffusers' default max_sequence_length


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pipeline", type=Path, help="folder of a diffusers pipeline")
    parser.add_argument("out", type=Path, help="folder to write; must not hold a model yet")
    parser.add_argument("--dtype", choices=sorted(BOUNDS), default="float32")
    parser.add_argument("--half-io", action="store_true",
                        help="with float16, inputs and outputs as well (timesteps stay float32)")
    parser.add_argument("--height", type=int, help="of the picture; default: the pipeline's")
    parser.add_argument("--width", type=int, help="of the picture; default: the pipeline's")
    parser.add_argument("--max-sequence-length", type=int, help="tokens of T5; default: diffusers'")
    parser.add_argument("--bound", type=float,
                        help="accepted difference from torch, in parts of the largest value")
    parser.add_argument("--external-data", action="store_true", help="weights always in model.onnx_data")
    parser.add_argument("--external-above-mb", type=int, default=EXTERNAL_ABOVE_MB)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def picture_shape(pipe, kind, height, width):
    """Returns the shape of a latent and of a picture, both without the batch axis."""
    if kind == "unconditional":
        size, scale, channels = pipe.unet.config.sample_size, 1, pipe.unet.config.in_channels
    else:
        denoiser = pipe.unet if "unet" in pipe.components else pipe.transformer
        size = pipe.default_sample_size if kind == "flux" else denoiser.config.sample_size
        scale = pipe.vae_scale_factor
        channels = denoiser.config.in_channels // (4 if kind == "flux" else 1)
    sides = (size, size) if isinstance(size, int) else tuple(size)
    height, width = height or sides[0] * scale, width or sides[1] * scale
    step = scale * (2 if kind in ("sd3", "flux") else 1)
    if height % step or width % step:
        raise ValueError(f"height {height} and width {width} must be multiples of {step}")
    return (channels, height // scale, width // scale), (height, width)


def clip_length(pipe):
    """Returns the tokens of a CLIP prompt."""
    return pipe.tokenizer.model_max_length


def text_lengths(pipe, kind, t5_length):
    """Returns the tokens of every text encoder, by its name, and of the denoiser's condition."""
    t5_length = t5_length or T5_LENGTH.get(kind)
    lengths = {"text_encoder": clip_length(pipe)}
    if pipe.components.get("text_encoder_2") is not None:
        lengths["text_encoder_2"] = t5_length if kind == "flux" else clip_length(pipe)
    if pipe.components.get("text_encoder_3") is not None:
        lengths["text_encoder_3"] = t5_length
    # Without T5, diffusers fills its tokens with zeros.
    words = {"sd3": clip_length(pipe) + (t5_length or 0), "flux": t5_length}.get(kind, clip_length(pipe))
    return lengths, words


def build_graphs(pipe, kind, height=None, width=None, t5_length=None):
    """Returns the graphs of a pipeline."""
    latent, pixels = picture_shape(pipe, kind, height, width)
    if kind == "unconditional":
        return [graphs.unconditional_graph(pipe.unet, latent)]
    lengths, words = text_lengths(pipe, kind, t5_length)
    make = {
        "sd": lambda: graphs.unet_graph(pipe.unet, latent, words, pixels),
        "sdxl": lambda: graphs.unet_graph(pipe.unet, latent, words, pixels),
        "sd3": lambda: graphs.sd3_graph(pipe.transformer, latent, words),
        "flux": lambda: graphs.flux_graph(pipe.transformer, latent, words),
    }
    found = [make[kind]()]
    for name, length in lengths.items():
        tokenizer = pipe.components[name.replace("text_encoder", "tokenizer")]
        found.append(graphs.text_graph(name, pipe.components[name], tokenizer, length))
    return found + graphs.vae_graphs(pipe.vae, latent, pixels)


def keeps_float32(graph):
    """Whether a graph overflows in half floats: diffusers upcasts such an autoencoder as well."""
    return graph.folder.startswith("vae_") and bool(graph.config.get("force_upcast"))


def kept_modules(module):
    """Returns the parts that their authors keep in float32, such as the last layers of T5's blocks."""
    kept = set()
    for parent in module.modules():
        names = set(getattr(parent, "_keep_in_fp32_modules", None) or [])
        kept |= {part for path, part in parent.named_modules() if names & set(path.split("."))}
    return kept


def round_to_half(graph):
    """Makes the module's weights half floats."""
    kept = kept_modules(graph.module)
    for part in graph.module.modules():
        if part in kept:
            continue
        for weight in part.parameters(recurse=False):
            weight.data = weight.data.half()
        for name, table in part.named_buffers(recurse=False):
            if table.is_floating_point():
                setattr(part, name, table.half())


def digest(path):
    """Returns the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def export_graph(graph, out, options):
    """Writes and checks one graph; returns what index.json says about it."""
    half = options["dtype"] == "float16" and not keeps_float32(graph)
    inside = torch.float16 if half else torch.float32
    if half:
        round_to_half(graph)
    outside = inside if options["half_io"] else torch.float32
    paths = write_graph(graph, out, (inside, outside), options["external_above"])
    if half:
        graph.module.float()  # the same rounded weights; the comparison is with float32 arithmetic
    session = open_session(paths[0], options["threads"])
    check_signature(session, graph)
    differences = {rows: compare(graph, session, rows) for rows in (1, 3)}
    size = sum(path.stat().st_size for path in paths)
    told = ", ".join(f"batch {rows}: {found:.2e}" for rows, (found, _) in differences.items())
    scale = max(value for _, value in differences.values())
    print(f"{graph.folder:15s} {size / 1e6:9.2f} MB  "
          f"difference from torch {told} (largest value {scale:.3g})", flush=True)
    worst, bound = max(found for found, _ in differences.values()), options["bound"]
    bound = bound or BOUNDS["float16" if half else "float32"]
    if not worst <= bound * max(1.0, scale):
        raise ValueError(f"{graph.folder}/model.onnx differs from torch by {worst:.3e}, "
                         f"more than {bound:.1e} of the largest value {scale:.3g}")
    return {
        "dtype": "float16" if half else "float32",
        "inputs": describe(session.get_inputs()), "outputs": describe(session.get_outputs()),
        "notes": graph.notes, "maxDifference": worst, "largestValue": scale,
        "files": {path.name: {"bytes": path.stat().st_size, "sha256": digest(path)} for path in paths},
    }


def write_tokenizer(tokenizer, source, target):
    """Copies a tokenizer, or saves it.

    After that CLIP's has vocab.json and merges.txt, and T5's has tokenizer.json, wherever it came from.
    """
    if source is not None:
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        tokenizer.save_pretrained(target)
    combined = target / "tokenizer.json"
    if (target / "vocab.json").exists():
        return
    if not combined.exists():  # T5 of older folders has a SentencePiece file alone
        tokenizer.backend_tokenizer.save(str(combined))
    model = json.loads(combined.read_text("utf-8"))["model"]
    if model["type"] != "BPE":
        return
    pairs = (merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"])
    (target / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False), "utf-8")
    (target / "merges.txt").write_text("\n".join(["#version: 0.2", *pairs]) + "\n", "utf-8")


def write_small_files(pipe, source, out):
    """Writes the scheduler and the tokenizers, as they are if they come from a folder."""
    if source is not None:
        shutil.copytree(source / "scheduler", out / "scheduler", dirs_exist_ok=True)
    else:
        pipe.scheduler.save_config(out / "scheduler")
    for name in ("tokenizer", "tokenizer_2", "tokenizer_3"):
        if pipe.components.get(name) is not None:
            write_tokenizer(pipe.components[name], source and source / name, out / name)


def index_of(pipe, source):
    """Returns model_index.json: the folder's own, or the one of the pipeline object."""
    text = (source / "model_index.json").read_text("utf-8") if source else pipe.to_json_string()
    return {key: value for key, value in json.loads(text).items() if key != "_name_or_path"}


DEFAULTS = {
    "dtype": "float32", "half_io": False, "height": None, "width": None, "t5_length": None,
    "bound": None, "external_above": EXTERNAL_ABOVE_MB << 20, "threads": 1,
}


def export_pipeline(pipe, out, source=None, **options):
    """Writes `pipe` to the folder `out`.

    `source` is the folder it came from, if any. The options are those of DEFAULTS: sizes in pixels,
    `external_above` in bytes (0: always), `bound` in parts of the largest value.
    """
    out, options = Path(out), {**DEFAULTS, **options}
    if (out / "model_index.json").exists():
        raise ValueError(f"{out} holds a model already")
    index = index_of(pipe, source)
    kind = SUPPORTED.get(index["_class_name"])
    if kind is None:
        raise ValueError(f"{index['_class_name']} is not supported; these are: {', '.join(SUPPORTED)}")
    made = build_graphs(pipe, kind, options["height"], options["width"], options["t5_length"])
    out.mkdir(parents=True, exist_ok=True)
    write_small_files(pipe, source, out)
    found = {graph.folder: export_graph(graph, out, options) for graph in made}
    report = {"exporter": 1, "pipeline": index["_class_name"], "graphs": found, "versions": {
        "torch": torch.__version__, "diffusers": diffusers.__version__, "onnx": onnx.__version__}}
    (out / "isochron-export.json").write_text(json.dumps(report, indent=2) + "\n")
    # Last, so that a folder with this file is whole.
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    return report


def load_pipeline(folder):
    """Returns the pipeline of a folder with float32 weights; nothing is downloaded."""
    path = folder / "model_index.json"
    if not path.is_file():
        raise ValueError(f"{folder}: found no model_index.json, expected a folder of save_pretrained")
    index = json.loads(path.read_text("utf-8"))
    # diffusers wants to be told again of the parts that a pipeline goes without.
    absent = {name: None for name, value in index.items() if value == [None, None]}
    if "safety_checker" in index:
        absent |= {"safety_checker": None, "requires_safety_checker": False}
    return diffusers.DiffusionPipeline.from_pretrained(
        folder, torch_dtype=torch.float32, local_files_only=True, **absent)


def quieten():
    """Leaves the terminal to the figures."""
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)


def main(args):
    """Exports one folder."""
    quieten()
    torch.set_num_threads(args.threads)
    export_pipeline(
        load_pipeline(args.pipeline), args.out, args.pipeline, dtype=args.dtype, half_io=args.half_io,
        height=args.height, width=args.width, t5_length=args.max_sequence_length, bound=args.bound,
        external_above=0 if args.external_data else args.external_above_mb << 20, threads=args.threads)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    try:
        main(parse_arguments())
    except ValueError as error:
        sys.exit(f"export: {error}")
