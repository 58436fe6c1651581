#!/usr/bin/env python3
"""Builds tiny diffusers pipelines with fixed seeds: what the parity test exports and runs.

The denoisers are trained for some seconds on smooth patterns, one per prompt: a random network
would make every trajectory either trivial or unstable, and guidance meaningless. Text encoders and
the decoder keep random weights, the decoder scaled so that its pictures are neither flat nor
clipped. Nothing is downloaded.

    python test/parity/make_pipelines.py --out FOLDER
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import diffusers
import tiny_text
import torch
from diffusers import (
    AutoencoderKL,
    DDPMPipeline,
    DDPMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    PNDMScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
    UNet2DModel,
)

PROMPTS = ["", "a red circle", "a blue square", "The photo of a CAT, sitting!", "don't panic: 42 towels",
           "watercolour, blurry", "noise", "a photo of the sea"]
LATENT = 16

# As on the model hub: only what differs from the class, so that a reader must know the defaults.
STABLE_DIFFUSION_SCHEDULER = {
    "_class_name": "PNDMScheduler", "_diffusers_version": "0.7.0.dev0", "beta_start": 0.00085,
    "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
    "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None,
    "clip_sample": False,
}
SDXL_SCHEDULER = {**STABLE_DIFFUSION_SCHEDULER, "_class_name": "EulerDiscreteScheduler",
                  "timestep_spacing": "leading", "interpolation_type": "linear",
                  "prediction_type": "epsilon", "use_karras_sigmas": False}
SD3_SCHEDULER = {"_class_name": "FlowMatchEulerDiscreteScheduler", "_diffusers_version": "0.29.0.dev0",
                 "num_train_timesteps": 1000, "shift": 3.0}
FLUX_SCHEDULER = {**SD3_SCHEDULER, "base_image_seq_len": 256, "base_shift": 0.5,
                  "max_image_seq_len": 4096, "max_shift": 1.15, "use_dynamic_shifting": True}
DDPM_SCHEDULER = {"_class_name": "DDPMScheduler", "_diffusers_version": "0.1.1", "beta_start": 0.0001,
                  "beta_end": 0.02, "beta_schedule": "linear", "clip_sample": True,
                  "num_train_timesteps": 1000, "trained_betas": None, "variance_type": "fixed_small"}


def parse_arguments():
    """Returns the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=sorted(BUILDERS), default=sorted(BUILDERS))
    parser.add_argument("--steps", type=int, default=200, help="training steps of a denoiser")
    return parser.parse_args()


def patterns(rows, channels, size, seed):
    """Returns fixed smooth pictures of unit RMS: the training data, one per prompt."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn((rows, channels, 4, 4), generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic")
    return smooth / smooth.square().mean((1, 2, 3), keepdim=True).sqrt()


def training_rows(means, indices, generator):
    """Returns data rows: the pattern of the index and a random smooth change of it."""
    rows, channels, size = len(indices), means.shape[1], means.shape[2]
    coarse = torch.randn((rows, channels, 4, 4), generator=generator)
    change = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic")
    return 0.9 * means[indices] + 0.4 * change


def train(model, loss_of, steps, seed, rows=12):
    """Fits `model` with Adam; `loss_of(indices, generator)` is the loss of prompt numbers."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    start, losses = time.time(), []
    for _ in range(steps):
        loss = loss_of(torch.randint(len(PROMPTS), (rows,), generator=generator), generator)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    first, last = sum(losses[:20]) / 20, sum(losses[-20:]) / 20
    print(f"  trained {steps} steps in {time.time() - start:.0f} s, loss {first:.3f} -> {last:.3f}")
    model.eval()


def epsilon_loss(alphas, means, predict):
    """Returns the loss of an epsilon model; `predict(x, t, indices)`."""
    def loss_of(indices, generator):
        data = training_rows(means, indices, generator)
        noise = torch.randn(data.shape, generator=generator)
        t = torch.randint(len(alphas), (len(indices),), generator=generator)
        alpha = alphas[t].view(-1, 1, 1, 1)
        x = alpha.sqrt() * data + (1 - alpha).sqrt() * noise
        return (predict(x, t, indices) - noise).square().mean()
    return loss_of


def flow_loss(means, predict):
    """Returns the loss of a flow model: velocity = noise - data at sigma; timestep 1000 sigma."""
    def loss_of(indices, generator):
        data = training_rows(means, indices, generator)
        noise = torch.randn(data.shape, generator=generator)
        sigma = torch.rand((len(indices),), generator=generator)
        level = sigma.view(-1, 1, 1, 1)
        x = level * noise + (1 - level) * data
        return (predict(x, sigma, indices) - (noise - data)).square().mean()
    return loss_of


def make_vae(channels, **settings):
    """Returns a random autoencoder with factor 4 whose pictures have a deviation of about 0.5."""
    vae = AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3,
        block_out_channels=[16, 32, 32], layers_per_block=1, norm_num_groups=8,
        latent_channels=channels, sample_size=4 * LATENT, **settings).eval()
    with torch.no_grad():
        latents = patterns(len(PROMPTS), channels, LATENT, seed=5) / vae.config.scaling_factor
        image = vae.decode(latents + (vae.config.shift_factor or 0)).sample
        vae.decoder.conv_out.weight.mul_(0.5 / image.std())
        vae.decoder.conv_out.bias.zero_()
    return vae


def make_condition_unet(**settings):
    """Returns a U-Net with one block with cross attention and one without."""
    return UNet2DConditionModel(
        sample_size=LATENT, layers_per_block=1, block_out_channels=[32, 64], norm_num_groups=8,
        attention_head_dim=4, down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
        up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"], **settings)


def sd_alphas():
    """Returns alpha bar of Stable Diffusion's schedule."""
    return PNDMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear").alphas_cumprod


def make_stable_diffusion(folder, steps):
    """Stable Diffusion 1.x: one CLIP encoder, cross attention of 32 features."""
    torch.manual_seed(1)
    tokenizer = tiny_text.write_clip_tokenizer(folder / "tokenizer")
    # eos_token_id 2 is what Stable Diffusion 1.x has: pooling then takes the highest id.
    encoder = tiny_text.clip_text_model(tokenizer, eos_token_id=2)
    unet, vae = make_condition_unet(cross_attention_dim=32), make_vae(4, scaling_factor=0.18215)
    pipe = StableDiffusionPipeline(vae, encoder, tokenizer, unet, PNDMScheduler(skip_prk_steps=True),
                                   None, None, requires_safety_checker=False)
    with torch.no_grad():
        words = pipe.encode_prompt(PROMPTS, "cpu", 1, False)[0]
    train(unet, epsilon_loss(sd_alphas(), patterns(len(PROMPTS), 4, LATENT, 2), lambda x, t, which:
          unet(x, t, words[which]).sample), steps, seed=3)
    return pipe, STABLE_DIFFUSION_SCHEDULER


def make_stable_diffusion_xl(folder, steps):
    """SDXL: two CLIP encoders, the second padded with '!', pooled text and size conditions."""
    torch.manual_seed(11)
    first = tiny_text.write_clip_tokenizer(folder / "tokenizer")
    second = tiny_text.write_clip_tokenizer(folder / "tokenizer_2", pad_token="!")
    encoders = tiny_text.clip_text_model(first, eos_token_id=2), tiny_text.clip_projection_model(second)
    unet = make_condition_unet(cross_attention_dim=64, addition_embed_type="text_time",
                               addition_time_embed_dim=8, use_linear_projection=True,
                               projection_class_embeddings_input_dim=6 * 8 + 32)
    pipe = StableDiffusionXLPipeline(make_vae(4, scaling_factor=0.13025), encoders[0], encoders[1], first,
                                     second, unet, EulerDiscreteScheduler(), add_watermarker=False)
    with torch.no_grad():
        words, _, pooled, _ = pipe.encode_prompt(PROMPTS, do_classifier_free_guidance=False, device="cpu")
    side = 4.0 * LATENT
    sizes = torch.tensor([[side, side, 0, 0, side, side]])
    train(unet, epsilon_loss(sd_alphas(), patterns(len(PROMPTS), 4, LATENT, 12), lambda x, t, which:
          unet(x, t, words[which], added_cond_kwargs={
              "text_embeds": pooled[which], "time_ids": sizes.expand(len(which), 6)}).sample),
          steps, seed=13)
    return pipe, SDXL_SCHEDULER


def make_stable_diffusion_3(folder, steps):
    """Stable Diffusion 3: two CLIP encoders with projection, no T5, flow matching."""
    torch.manual_seed(21)
    first = tiny_text.write_clip_tokenizer(folder / "tokenizer")
    second = tiny_text.write_clip_tokenizer(folder / "tokenizer_2", pad_token="!")
    encoders = tiny_text.clip_projection_model(first), tiny_text.clip_projection_model(second)
    transformer = SD3Transformer2DModel(
        sample_size=LATENT, patch_size=2, in_channels=8, out_channels=8, num_layers=2,
        attention_head_dim=16, num_attention_heads=2, joint_attention_dim=72, caption_projection_dim=32,
        pooled_projection_dim=64, pos_embed_max_size=24, qk_norm="rms_norm", dual_attention_layers=(0,))
    vae = make_vae(8, scaling_factor=1.5305, shift_factor=0.0609, use_quant_conv=False,
                   use_post_quant_conv=False)
    pipe = StableDiffusion3Pipeline(transformer, FlowMatchEulerDiscreteScheduler(shift=3.0), vae,
                                    encoders[0], first, encoders[1], second, None, None)
    with torch.no_grad():
        words, _, pooled, _ = pipe.encode_prompt(PROMPTS, None, None, do_classifier_free_guidance=False)
    train(transformer, flow_loss(patterns(len(PROMPTS), 8, LATENT, 22), lambda x, sigma, which: transformer(
        hidden_states=x, timestep=1000 * sigma, encoder_hidden_states=words[which],
        pooled_projections=pooled[which]).sample), 3 * steps, seed=23)
    return pipe, SD3_SCHEDULER


def make_flux(folder, steps):
    """Flux: packed latents, rotary positions, CLIP pooled text, T5 words, embedded guidance."""
    torch.manual_seed(31)
    first = tiny_text.write_clip_tokenizer(folder / "tokenizer")
    second, t5 = tiny_text.make_t5(folder / "tokenizer_2")
    clip = tiny_text.clip_text_model(first)
    transformer = FluxTransformer2DModel(
        patch_size=1, in_channels=32, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32, guidance_embeds=True,
        axes_dims_rope=(4, 6, 6))
    vae = make_vae(8, scaling_factor=0.3611, shift_factor=0.1159, use_quant_conv=False,
                   use_post_quant_conv=False)
    pipe = FluxPipeline(FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True), vae, clip, first, t5,
                        second, transformer)
    with torch.no_grad():
        words, pooled, text_ids = pipe.encode_prompt(PROMPTS, None, max_sequence_length=tiny_text.MAX_LENGTH)
    half = LATENT // 2
    positions = pipe._prepare_latent_image_ids(1, half, half, "cpu", torch.float32)

    def predict(x, sigma, which):
        rows = len(which)
        packed = pipe._pack_latents(x, rows, 8, LATENT, LATENT)
        out = transformer(hidden_states=packed, timestep=sigma, guidance=torch.full((rows,), 3.5),
                          pooled_projections=pooled[which], encoder_hidden_states=words[which],
                          txt_ids=text_ids, img_ids=positions).sample
        return pipe._unpack_latents(out, 4 * LATENT, 4 * LATENT, pipe.vae_scale_factor)

    train(transformer, flow_loss(patterns(len(PROMPTS), 8, LATENT, 32), predict), 3 * steps, seed=33)
    return pipe, FLUX_SCHEDULER


def make_unconditional(folder, steps):
    """DDPM in pixel space: a U-Net with attention in its second block."""
    del folder
    torch.manual_seed(41)
    unet = UNet2DModel(
        sample_size=32, in_channels=3, out_channels=3, layers_per_block=1, block_out_channels=[16, 32],
        norm_num_groups=8, attention_head_dim=8, down_block_types=["DownBlock2D", "AttnDownBlock2D"],
        up_block_types=["AttnUpBlock2D", "UpBlock2D"])
    means = 0.6 * patterns(len(PROMPTS), 3, 32, 42)
    train(unet, epsilon_loss(DDPMScheduler().alphas_cumprod, means, lambda x, t, which:
          unet(x, t).sample), steps, seed=43)
    return DDPMPipeline(unet, DDPMScheduler()), DDPM_SCHEDULER


BUILDERS = {
    "stable-diffusion": make_stable_diffusion,
    "stable-diffusion-xl": make_stable_diffusion_xl,
    "stable-diffusion-3": make_stable_diffusion_3,
    "flux": make_flux,
    "unconditional": make_unconditional,
}


def save(pipe, scheduler, tokenizers, folder):
    """Writes the pipeline folder; the tokenizers and the scheduler as they are on the model hub."""
    shutil.rmtree(folder, ignore_errors=True)
    pipe.save_pretrained(folder)
    for source in sorted(tokenizers.iterdir()):
        if (source / "vocab.json").exists():
            shutil.rmtree(folder / source.name)
            shutil.copytree(source, folder / source.name)
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler, indent=2) + "\n")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(f"  {folder}: {size / 1e6:.2f} MB")


def main(args):
    """Builds the pipelines asked for."""
    torch.set_num_threads(1)
    print(f"diffusers {diffusers.__version__}, torch {torch.__version__}")
    for name in args.only:
        print(name)
        with tempfile.TemporaryDirectory() as scratch:
            pipe, scheduler = BUILDERS[name](Path(scratch), args.steps)
            save(pipe, scheduler, Path(scratch), args.out / name)


if __name__ == "__main__":
    main(parse_arguments())
