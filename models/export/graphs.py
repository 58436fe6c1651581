"""The parts of a diffusers pipeline as torch modules with plain tensors in and out.

A `Graph` is one ONNX file to be: a module, example inputs with a leading batch axis, and the names
of inputs and outputs. Names are those of diffusers and optimum, timesteps have one value per row.
"""

import json
from dataclasses import dataclass, field

import torch
from torch import nn

TRAINING, SIGMA = "training", "sigma"  # what `timestep` counts: 0..999 of the schedule, or 0..1
TIMESTEPS = {TRAINING: 1000.0, SIGMA: 1.0}


@dataclass
class Graph:
    """One file of the exported folder."""

    folder: str
    module: nn.Module
    inputs: dict  # name: example tensor of BATCH rows
    outputs: list
    config: dict
    notes: dict = field(default_factory=dict)


# Inputs that keep float32 also where weights and arithmetic are half floats.
FLOAT32_INPUTS = ("timestep", "time_ids", "guidance")

BATCH = 2  # rows of an example: neither 0 nor 1, which torch.export would take as constants


class Casting(nn.Module):
    """A graph's module between inputs and outputs of the types that the file shall have."""

    def __init__(self, graph, inside, outside):
        super().__init__()
        self.module, self.names, self.inside, self.outside = graph.module, list(graph.inputs), inside, outside

    def forward(self, *inputs):
        """Calls the module with its own type; numbers of tokens and classes stay as they are."""
        plain = [name in FLOAT32_INPUTS or not value.is_floating_point()
                 for name, value in zip(self.names, inputs)]
        found = self.module(*(value if keep else value.to(self.inside) for keep, value in zip(plain, inputs)))
        found = found if isinstance(found, tuple) else (found,)
        return tuple(value.to(self.outside) for value in found)


class UNetGraph(nn.Module):
    """UNet2DConditionModel; what is given beyond the first three inputs depends on its config."""

    def __init__(self, unet, names):
        super().__init__()
        self.unet, self.names = unet, names

    def forward(self, sample, timestep, encoder_hidden_states, *rest):
        """Returns the prediction at every row's own timestep."""
        extra = dict(zip(self.names[3:], rest))
        timestep_cond = extra.pop("timestep_cond", None)
        if "text_embeds" in extra:
            # torch widens half floats where it joins them to the sizes, the ONNX exporter does not.
            extra["text_embeds"] = extra["text_embeds"].float()
        return self.unet(sample, timestep, encoder_hidden_states, timestep_cond=timestep_cond,
                         added_cond_kwargs=extra or None, return_dict=False)[0]


class UnconditionalGraph(nn.Module):
    """UNet2DModel, with class labels if it has classes."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, sample, timestep, class_labels=None):
        """Returns the prediction at every row's own timestep."""
        return self.unet(sample, timestep, class_labels, return_dict=False)[0]


class SD3Graph(nn.Module):
    """SD3Transformer2DModel."""

    def __init__(self, transformer):
        super().__init__()
        self.transformer = transformer

    def forward(self, hidden_states, timestep, encoder_hidden_states, pooled_projections):
        """Returns the velocity at every row's own timestep, which counts 0..1000."""
        return self.transformer(hidden_states=hidden_states, timestep=timestep,
                                encoder_hidden_states=encoder_hidden_states,
                                pooled_projections=pooled_projections, return_dict=False)[0]


class FixedRotary(nn.Module):
    """The rotary tables of fixed positions, in the place of the module that computes them."""

    _keep_in_fp32_modules = [""]  # diffusers rotates in float32 whatever the weights are

    def __init__(self, tables):
        super().__init__()
        for name, table in zip(("cosine", "sine"), tables):
            self.register_buffer(name, table.float(), persistent=False)

    def forward(self, ids):
        """Returns the tables; `ids` are those they were made from."""
        del ids
        return self.cosine, self.sine


class FluxGraph(nn.Module):
    """FluxTransformer2DModel on latents as pictures: packing and positions are inside the graph."""

    def __init__(self, transformer, height, width, words):
        super().__init__()
        rows, columns = height // 2, width // 2
        image = torch.zeros(rows, columns, 3)
        image[..., 1] += torch.arange(rows)[:, None]
        image[..., 2] += torch.arange(columns)[None, :]
        self.register_buffer("image_ids", image.reshape(-1, 3), persistent=False)
        self.register_buffer("text_ids", torch.zeros(words, 3), persistent=False)
        self.transformer, self.size = transformer, (rows, columns)
        if not isinstance(transformer.pos_embed, FixedRotary):
            tables = transformer.pos_embed(torch.cat([self.text_ids, self.image_ids]))
            transformer.pos_embed = FixedRotary(tables)

    def forward(self, hidden_states, timestep, encoder_hidden_states, pooled_projections, guidance=None):
        """Returns the velocity at every row's own timestep, which is sigma, 0..1."""
        rows, columns = self.size
        batch, channels = hidden_states.shape[0], hidden_states.shape[1]
        cells = hidden_states.view(batch, channels, rows, 2, columns, 2).permute(0, 2, 4, 1, 3, 5)
        out = self.transformer(
            hidden_states=cells.reshape(batch, rows * columns, channels * 4), timestep=timestep,
            guidance=guidance, pooled_projections=pooled_projections,
            encoder_hidden_states=encoder_hidden_states, txt_ids=self.text_ids, img_ids=self.image_ids,
            return_dict=False)[0]
        cells = out.view(batch, rows, columns, channels, 2, 2).permute(0, 3, 1, 4, 2, 5)
        return cells.reshape(batch, channels, rows * 2, columns * 2)


class ClipGraph(nn.Module):
    """A CLIP text encoder: pooled or projected text, the last state, and every layer's state."""

    def __init__(self, encoder, outputs):
        super().__init__()
        self.encoder, self.outputs = encoder, outputs

    def forward(self, input_ids):
        """Returns the outputs in the order of their names."""
        found = self.encoder(input_ids, output_hidden_states=True, return_dict=True)
        named = [name for name in self.outputs if not name.startswith("hidden_states.")]
        return (*(found[name] for name in named), *found.hidden_states)


class T5Graph(nn.Module):
    """A T5 encoder without a mask, as diffusers calls it."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids):
        """Returns the last state."""
        return self.encoder(input_ids, return_dict=True).last_hidden_state


class DecoderGraph(nn.Module):
    """The decoder of an autoencoder; latents come already divided by the scaling factor."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample):
        """Returns pictures, nominally within -1..1."""
        return self.vae.decode(latent_sample, return_dict=False)[0]


class EncoderGraph(nn.Module):
    """The encoder of an autoencoder: mean and logarithm of the variance, one after the other."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, sample):
        """Returns the parameters of the latents before scaling."""
        moments = self.vae.encoder(sample)
        return moments if self.vae.quant_conv is None else self.vae.quant_conv(moments)


def config_of(part):
    """Returns config.json of a part of a pipeline, without the path it was loaded from."""
    config = json.loads(part.to_json_string() if hasattr(part, "to_json_string")
                        else part.config.to_json_string(use_diff=False))
    return {key: value for key, value in config.items() if key != "_name_or_path"}


def random_rows(shape, generator):
    """Returns BATCH rows of normal numbers."""
    return torch.randn((BATCH, *shape), generator=generator)


def random_inputs(graph, rows, seed):
    """Returns `rows` random inputs of a graph as NumPy arrays; timesteps differ from row to row."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, example in graph.inputs.items():
        shape = (rows, *example.shape[1:])
        if name == "timestep":
            spread = (torch.arange(rows) + torch.rand(rows, generator=generator)) / rows
            value = spread * (TIMESTEPS[graph.notes["timestep"]] - 1e-3)
        elif name == "input_ids":
            value = random_tokens(shape, graph.notes, generator)
        elif name == "class_labels":
            value = torch.randint(graph.config["num_class_embeds"], shape, generator=generator)
        elif name in ("time_ids", "guidance"):
            value = example[:1].expand(shape)
        else:
            value = torch.randn(shape, generator=generator)
        found[name] = value.to(example.dtype).numpy()
    return found


def random_tokens(shape, notes, generator):
    """Returns token numbers with an end token at another place in every row."""
    tokens = torch.randint(notes["vocabulary"] - 2, shape, generator=generator)
    for row in range(shape[0]):
        end = (3 + 5 * row) % shape[1]
        tokens[row, end:] = notes["end"]
    return tokens


def unet_graph(unet, latent, text_length, pixels):
    """Returns the graph of a text-conditional U-Net (Stable Diffusion 1.x, 2.x, XL)."""
    config, generator = unet.config, torch.Generator().manual_seed(0)
    refuse_unsupported(config)
    inputs = {
        "sample": random_rows(latent, generator),
        "timestep": torch.tensor([10.0, 900.0]),
        "encoder_hidden_states": random_rows((text_length, config.cross_attention_dim), generator),
    }
    if config.time_cond_proj_dim is not None:
        inputs["timestep_cond"] = random_rows((config.time_cond_proj_dim,), generator)
    if config.addition_embed_type == "text_time":
        sizes = torch.tensor([[*pixels, 0, 0, *pixels]], dtype=torch.float32)
        width = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        inputs["text_embeds"] = random_rows((width,), generator)
        inputs["time_ids"] = sizes.expand(BATCH, 6).clone()
    module = UNetGraph(unet, list(inputs))
    return Graph("unet", module, inputs, ["out_sample"], config_of(unet), {"timestep": TRAINING})


def refuse_unsupported(config):
    """Raises for U-Nets with inputs that no text-to-image pipeline here gives."""
    if config.addition_embed_type not in (None, "text_time"):
        raise ValueError(f"unet/config.json: addition_embed_type {config.addition_embed_type!r}, "
                         "expected none or 'text_time' (SDXL)")
    for key in ("class_embed_type", "encoder_hid_dim_type", "num_class_embeds"):
        if config.get(key) is not None:
            raise ValueError(f"unet/config.json: {key} is {config[key]!r}, which is not supported")
    if not isinstance(config.cross_attention_dim, int):
        raise ValueError("unet/config.json: cross_attention_dim differs between blocks")


def unconditional_graph(unet, shape):
    """Returns the graph of a UNet2DModel."""
    generator = torch.Generator().manual_seed(0)
    inputs = {"sample": random_rows(shape, generator), "timestep": torch.tensor([10.0, 900.0])}
    if unet.config.num_class_embeds is not None:
        inputs["class_labels"] = torch.tensor([0, 1])
    return Graph("unet", UnconditionalGraph(unet), inputs, ["out_sample"], config_of(unet),
                 {"timestep": TRAINING})


def sd3_graph(transformer, latent, words):
    """Returns the graph of a Stable Diffusion 3 transformer."""
    config, generator = transformer.config, torch.Generator().manual_seed(0)
    inputs = {
        "hidden_states": random_rows(latent, generator),
        "timestep": torch.tensor([10.0, 900.0]),
        "encoder_hidden_states": random_rows((words, config.joint_attention_dim), generator),
        "pooled_projections": random_rows((config.pooled_projection_dim,), generator),
    }
    return Graph("transformer", SD3Graph(transformer), inputs, ["out_sample"], config_of(transformer),
                 {"timestep": TRAINING})


def flux_graph(transformer, latent, words):
    """Returns the graph of a Flux transformer on unpacked latents."""
    config, generator = transformer.config, torch.Generator().manual_seed(0)
    inputs = {
        "hidden_states": random_rows(latent, generator),
        "timestep": torch.tensor([0.01, 0.9]),
        "encoder_hidden_states": random_rows((words, config.joint_attention_dim), generator),
        "pooled_projections": random_rows((config.pooled_projection_dim,), generator),
    }
    if config.guidance_embeds:
        inputs["guidance"] = torch.tensor([3.5, 3.5])
    module = FluxGraph(transformer, latent[1], latent[2], words)
    return Graph("transformer", module, inputs, ["out_sample"], config_of(transformer),
                 {"timestep": SIGMA, "packing": "inside the graph"})


def text_graph(name, encoder, tokenizer, length):
    """Returns the graph of a text encoder, CLIP or T5."""
    config = config_of(encoder)
    if config.get("use_attention_mask"):
        raise ValueError(f"{name}/config.json: use_attention_mask is set, which is not supported")
    notes = {"vocabulary": config["vocab_size"], "end": tokenizer.eos_token_id, "length": length}
    inputs = {"input_ids": torch.from_numpy(random_tokens((BATCH, length), notes,
                                                          torch.Generator().manual_seed(0)).numpy())}
    kind = type(encoder).__name__
    if kind == "T5EncoderModel":
        return Graph(name, T5Graph(encoder), inputs, ["last_hidden_state"], config, notes)
    if kind not in ("CLIPTextModel", "CLIPTextModelWithProjection"):
        raise ValueError(f"{name}: {kind} is not supported; CLIPTextModel, "
                         "CLIPTextModelWithProjection and T5EncoderModel are")
    pooled = "text_embeds" if kind.endswith("WithProjection") else "pooler_output"
    layers = [f"hidden_states.{i}" for i in range(config["num_hidden_layers"] + 1)]
    outputs = [pooled, "last_hidden_state", *layers]
    return Graph(name, ClipGraph(encoder, outputs), inputs, outputs, config, notes)


def vae_graphs(vae, latent, pixels):
    """Returns the graphs of the decoder and of the encoder."""
    generator = torch.Generator().manual_seed(0)
    config = config_of(vae)
    if config.get("latents_mean") is not None or config.get("latents_std") is not None:
        raise ValueError("vae/config.json: latents_mean and latents_std are not supported")
    decoder = Graph("vae_decoder", DecoderGraph(vae), {"latent_sample": random_rows(latent, generator)},
                    ["sample"], config)
    shape = (config["in_channels"], *pixels)
    encoder = Graph("vae_encoder", EncoderGraph(vae), {"sample": random_rows(shape, generator).clamp(-1, 1)},
                    ["latent_parameters"], config)
    return [decoder, encoder]
