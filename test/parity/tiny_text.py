"""Tiny text encoders with random weights, and tokenizers written as files, as on the model hub."""

import json

import torch
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

MAX_LENGTH = 77
BEGIN, END = "<|startoftext|>", "<|endoftext|>"
# Enough merges that a reader must apply them in order, few enough that most words stay bytes.
MERGED_WORDS = ["a", "of", "red", "blue", "circle", "square", "photo", "the"]


def byte_alphabet():
    """Returns the printable stand-ins of the 256 bytes, in the order of CLIP's vocabulary (GPT-2)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    other = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(other))]


def make_merges(words):
    """Returns the merges that build each word from left to right, without repetition."""
    merges = []
    for word in words:
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            if (parts[0], parts[1]) not in merges:
                merges.append((parts[0], parts[1]))
            parts[:2] = [parts[0] + parts[1]]
    return merges


def special(token):
    """Returns an added token as tokenizer_config.json of Stable Diffusion 1.x writes it."""
    return {"__type": "AddedToken", "content": token, "lstrip": False, "normalized": True,
            "rstrip": False, "single_word": False}


def write_clip_tokenizer(folder, pad_token=END):
    """Writes vocab.json, merges.txt and tokenizer_config.json; returns the tokenizer read back.

    Any text tokenises: every byte is a token, with and without the end-of-word mark. The end token
    has the highest id, as CLIP's pooling of old configurations expects.
    """
    merges = make_merges(MERGED_WORDS)
    alphabet = byte_alphabet()
    tokens = [*alphabet, *(letter + "</w>" for letter in alphabet)]
    tokens += ["".join(pair) for pair in merges] + [BEGIN, END]
    config = {
        "add_prefix_space": False, "bos_token": special(BEGIN), "do_lower_case": True,
        "eos_token": special(END), "errors": "replace", "model_max_length": MAX_LENGTH,
        "pad_token": pad_token, "tokenizer_class": "CLIPTokenizer", "unk_token": special(END),
    }
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: index for index, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")
    lines = ["#version: 0.2", *(f"{left} {right}" for left, right in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2))
    return CLIPTokenizer.from_pretrained(folder)


def clip_config(tokenizer, **changes):
    """Returns the configuration of a CLIP text model that fits the tokenizer."""
    settings = {
        "vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 3, "num_attention_heads": 2, "projection_dim": 32,
        "max_position_embeddings": MAX_LENGTH, "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id,
    }
    return CLIPTextConfig(**{**settings, **changes})


def liven(module, scale):
    """Enlarges the embeddings, so that random encoders tell prompts apart; returns the module."""
    with torch.no_grad():
        for name, weight in module.named_parameters():
            if "embedding" in name or "shared" in name:
                weight.mul_(scale)
    return module.eval()


def clip_text_model(tokenizer, **changes):
    """Returns a random CLIP text model without a projection (Stable Diffusion 1.x, SDXL, Flux)."""
    return liven(CLIPTextModel(clip_config(tokenizer, **changes)), 20)


def clip_projection_model(tokenizer, **changes):
    """Returns a random CLIP text model with a projection (SDXL, Stable Diffusion 3)."""
    model = liven(CLIPTextModelWithProjection(clip_config(tokenizer, **changes)), 20)
    with torch.no_grad():
        model.text_projection.weight.mul_(10)
    return model


def make_t5(folder):
    """Returns a Unigram tokenizer of letters and some words, and a random T5 encoder for it."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(chr(code), -5.0 - 0.01 * code) for code in range(33, 127)]
    for rank, word in enumerate(MERGED_WORDS):
        pieces += [("▁" + word, -3.0 - 0.1 * rank), (word, -4.0 - 0.1 * rank)]
    unique = list(dict(reversed(pieces)).items())[::-1]
    tokenizer = T5Tokenizer(vocab=unique, extra_ids=0, additional_special_tokens=[],
                            model_max_length=MAX_LENGTH)
    tokenizer.save_pretrained(folder)
    config = T5Config(vocab_size=len(tokenizer), d_model=32, d_kv=8, d_ff=64, num_layers=2,
                      num_heads=2, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    return tokenizer, T5EncoderModel(config).eval()
