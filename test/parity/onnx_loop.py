#!/usr/bin/env python3
"""Samples from exported folders with ONNX Runtime and NumPy alone, and compares with diffusers.

    python test/parity/onnx_loop.py --exported FOLDER --reference FOLDER

A proof that the exported files and the conventions in README.md are all a reader needs: neither
torch nor diffusers is imported. DDIM, and Euler for flow models; the other samplers are isochron's
own. Fails if a picture differs by more than 1 of 255 from the one of reference.py.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenize_plain import ClipTokenizer, T5Tokenizer


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exported", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--bound", type=int, default=1, help="largest accepted difference of a byte")
    return parser.parse_args()


def read_json(path):
    """Returns a JSON file."""
    return json.loads(path.read_text("utf-8"))


def open_graph(path):
    """Returns a function from named inputs to named outputs; floats take the graph's type."""
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64}
    inputs = {value.name: types[value.type] for value in session.get_inputs()}
    outputs = [value.name for value in session.get_outputs()]

    def run(**given):
        feed = {name: np.ascontiguousarray(given[name], dtype) for name, dtype in inputs.items()}
        return {name: value.astype(np.float32) for name, value in zip(outputs, session.run(None, feed))}

    return run


def encode_clip(folder, suffix, texts):
    """Returns a CLIP encoder's named outputs and its number of layers."""
    tokenizer = ClipTokenizer(folder / f"tokenizer{suffix}")
    ids = np.array([tokenizer.encode(text) for text in texts], np.int64)
    layers = read_json(folder / f"text_encoder{suffix}" / "config.json")["num_hidden_layers"]
    return open_graph(folder / f"text_encoder{suffix}" / "model.onnx")(input_ids=ids), layers


def penultimate(encoded):
    """Returns the state before the last layer."""
    outputs, layers = encoded
    return outputs[f"hidden_states.{layers - 1}"]


def condition_sd(folder, texts, case):
    """Stable Diffusion 1.x, 2.x: the last state, after the final norm."""
    del case
    return {"encoder_hidden_states": encode_clip(folder, "", texts)[0]["last_hidden_state"]}


def condition_sdxl(folder, texts, case):
    """SDXL: penultimate states side by side, the second encoder's projection, and sizes."""
    first, second = encode_clip(folder, "", texts), encode_clip(folder, "_2", texts)
    words = np.concatenate([penultimate(first), penultimate(second)], axis=-1)
    pooled = second[0]["text_embeds"]
    index = read_json(folder / "model_index.json")
    if case["negativePrompt"] is None and index.get("force_zeros_for_empty_prompt", True):
        # Only an absent negative prompt is zeros; an empty one is encoded.
        words[: len(words) // 2] = 0
        pooled[: len(pooled) // 2] = 0
    side = float(case["shape"][1] * vae_factor(folder))
    sizes = np.tile(np.array([side, side, 0, 0, side, side], np.float32), (len(texts), 1))
    return {"encoder_hidden_states": words, "text_embeds": pooled, "time_ids": sizes}


def condition_sd3(folder, texts, case):
    """SD3: penultimate states side by side, zeros up to T5's width, then T5's rows."""
    first, second = encode_clip(folder, "", texts), encode_clip(folder, "_2", texts)
    width = read_json(folder / "transformer" / "config.json")["joint_attention_dim"]
    words = np.concatenate([penultimate(first), penultimate(second)], axis=-1)
    words = np.pad(words, ((0, 0), (0, 0), (0, width - words.shape[-1])))
    t5 = np.zeros((len(texts), case["maxSequenceLength"], width), np.float32)
    if (folder / "text_encoder_3").exists():
        t5 = encode_t5(folder, "_3", texts, case["maxSequenceLength"])
    pooled = np.concatenate([first[0]["text_embeds"], second[0]["text_embeds"]], axis=-1)
    return {"encoder_hidden_states": np.concatenate([words, t5], axis=1), "pooled_projections": pooled}


def condition_flux(folder, texts, case):
    """Flux: T5's rows and CLIP's pooled state; the guidance is an input."""
    return {
        "encoder_hidden_states": encode_t5(folder, "_2", texts, case["maxSequenceLength"]),
        "pooled_projections": encode_clip(folder, "", texts)[0]["pooler_output"],
        "guidance": np.full(len(texts), case["embeddedGuidance"], np.float32),
    }


def encode_t5(folder, suffix, texts, length):
    """Returns T5's last state."""
    tokenizer = T5Tokenizer(folder / f"tokenizer{suffix}", length)
    ids = np.array([tokenizer.encode(text) for text in texts], np.int64)
    return open_graph(folder / f"text_encoder{suffix}" / "model.onnx")(input_ids=ids)["last_hidden_state"]


CONDITIONS = {
    "StableDiffusionPipeline": condition_sd, "StableDiffusionXLPipeline": condition_sdxl,
    "StableDiffusion3Pipeline": condition_sd3, "FluxPipeline": condition_flux,
}


def vae_factor(folder):
    """Returns pixels of a picture per cell of a latent."""
    return 2 ** (len(read_json(folder / "vae_decoder" / "config.json")["block_out_channels"]) - 1)


def make_denoiser(folder, case):
    """Returns predict(rows, timestep): one call, the rows with the negative prompt first."""
    network = "transformer" if (folder / "transformer").exists() else "unet"
    graph = open_graph(folder / network / "model.onnx")
    name = read_json(folder / "model_index.json")["_class_name"]
    sample = "hidden_states" if network == "transformer" else "sample"
    guided = case["guidance"] is not None and case["guidance"] > 1
    count = case["samples"]
    texts = [case["negativePrompt"] or ""] * count if guided else []
    texts += [case["prompt"]] * count
    condition = CONDITIONS[name](folder, texts, case) if name in CONDITIONS else {}
    scale = 1e-3 if name == "FluxPipeline" else 1.0

    def predict(rows, t):
        rows = np.concatenate([rows, rows]) if guided else rows
        times = np.full(len(rows), t * scale, np.float32)
        found = graph(**{sample: rows, "timestep": times}, **condition)["out_sample"]
        if not guided:
            return found
        negative, positive = np.split(found, 2)
        return negative + np.float32(case["guidance"]) * (positive - negative)

    return predict


def run_ddim(config, steps, rows, predict):
    """DDIM with leading timesteps and epsilon predictions; every other setting is refused."""
    expected = {"timestep_spacing": "leading", "prediction_type": "epsilon", "thresholding": False}
    assert all(config[key] == value for key, value in expected.items()), config
    start, end, total = config["beta_start"], config["beta_end"], config["num_train_timesteps"]
    betas = (np.linspace(start**0.5, end**0.5, total) ** 2 if config["beta_schedule"] == "scaled_linear"
             else np.linspace(start, end, total))
    alphas = np.cumprod(1 - betas)
    final = 1.0 if config["set_alpha_to_one"] else alphas[0]
    for t in (np.arange(steps) * (total // steps))[::-1] + config["steps_offset"]:
        previous = t - total // steps
        now, then = alphas[t], alphas[previous] if previous >= 0 else final
        epsilon = predict(rows, t)
        clean = (rows - (1 - now) ** 0.5 * epsilon) / now**0.5
        if config["clip_sample"]:  # epsilon stays as it was
            clean = clean.clip(-config["clip_sample_range"], config["clip_sample_range"])
        rows = (then**0.5 * clean + (1 - then) ** 0.5 * epsilon).astype(np.float32)
    return rows


def flow_sigmas(config, steps, cells):
    """Returns the noise levels of the Euler steps, with the 0 at the end."""
    total, shift = config["num_train_timesteps"], config["shift"]
    if config["use_dynamic_shifting"]:  # Flux
        slope = (config["max_shift"] - config["base_shift"]) / (
            config["max_image_seq_len"] - config["base_image_seq_len"])
        mu = config["base_shift"] + slope * (cells - config["base_image_seq_len"])
        sigmas = np.linspace(1, 1 / steps, steps)
        sigmas = np.exp(mu) / (np.exp(mu) + 1 / sigmas - 1)
    else:  # SD3: the smallest level is shifted already, and is shifted a second time
        least = shift / total / (1 + (shift - 1) / total)
        sigmas = np.linspace(1, least, steps)
        sigmas = shift * sigmas / (1 + (shift - 1) * sigmas)
    return np.append(sigmas, 0.0)


def run_flow(config, steps, rows, predict):
    """Euler steps of a flow model."""
    sigmas = flow_sigmas(config, steps, rows.shape[2] * rows.shape[3] // 4)
    for now, then in zip(sigmas, sigmas[1:]):
        rows = (rows + (then - now) * predict(rows, now * config["num_train_timesteps"])).astype(np.float32)
    return rows


RUNNERS = {"DDIMScheduler": run_ddim, "FlowMatchEulerDiscreteScheduler": run_flow}


def decode(folder, rows):
    """Returns pictures [sample, row, column, channel] in 0..1."""
    if (folder / "vae_decoder").exists():
        config = read_json(folder / "vae_decoder" / "config.json")
        latents = rows / config["scaling_factor"] + (config.get("shift_factor") or 0)
        rows = open_graph(folder / "vae_decoder" / "model.onnx")(latent_sample=latents)["sample"]
    return (rows / 2 + 0.5).clip(0, 1).transpose(0, 2, 3, 1)


def compare(folder, reference, case):
    """Runs one case; returns the largest difference of latents and of bytes."""
    files = {key: np.load(reference / name) for key, name in case["files"].items()}
    run = RUNNERS[case["scheduler"]["_class_name"]]
    rows = run(case["scheduler"], case["steps"], files["initial"] * np.float32(case["initNoiseSigma"]),
               make_denoiser(folder, case))
    images = (decode(folder, rows) * 255).round().astype(np.int64)
    return (float(np.abs(rows - files["latents"]).max()),
            int(np.abs(images - files["images"].astype(np.int64)).max()))


def check_tokens(exported, reference):
    """Compares the plain tokenizers with those that diffusers used."""
    for name, rows in read_json(reference / "tokens.json").items():
        folder = exported / name
        if not folder.exists():
            continue
        clip = (folder / "vocab.json").exists()
        tokenizer = ClipTokenizer(folder) if clip else T5Tokenizer(folder, len(rows[0]["ids"]))
        wrong = [row["text"] for row in rows if tokenizer.encode(row["text"]) != row["ids"]]
        if wrong:
            raise SystemExit(f"{name}: other tokens for {wrong}")
        print(f"{name}: the tokens of {len(rows)} texts agree")


def main(args):
    """Runs every case that a plain loop here can."""
    check_tokens(args.exported, args.reference)
    worst = 0
    for case in read_json(args.reference / "index.json")["cases"]:
        folder = args.exported / case["pipeline"]
        skipped = case["scheduler"]["_class_name"] not in RUNNERS or case.get("strength") is not None
        if skipped or not folder.exists():
            continue
        latents, byte = compare(folder, args.reference, case)
        worst = max(worst, byte)
        print(f"{case['pipeline']:20s} {case['case']:20s} latents differ by {latents:.2e}, "
              f"pictures by {byte}/255", flush=True)
    if worst > args.bound:
        raise SystemExit(f"a picture differs by {worst}/255, more than {args.bound}/255")


if __name__ == "__main__":
    main(parse_arguments())
