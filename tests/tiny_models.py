"""Tiny networks with random weights, of the classes that hubs hold, saved as their makers save them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from genmark.tensors import mend_torchvision
from genmark.types import Photo

if find_spec("transformers") is None:
    pytest.skip("needs transformers: pip install 'genmark[hub]'", allow_module_level=True)

_TEXT = """
a an the of on in with and picture photo what is this color dog dogs cat mountain running sitting red blue green big
small man woman house street car tree sky beach food table cup coffee bald tall old new snow grass water two three many
people young bright dark under over near next behind playing eating standing walking holding wooden
"""
WORDS = _TEXT.split()
KOREAN = ("개", "산", "커피", "바다", "의", "사진")
SIDE = 32


def transformers() -> Any:
    mend_torchvision()
    return import_module("transformers")


def photos(count: int, seed: int = 0, size: tuple[int, int] = (40, 30)) -> list[Photo]:
    """Photos (width, height) of coarse coloured noise, all different."""
    rng = np.random.default_rng(seed)
    width, height = size
    small = rng.integers(0, 256, (count, 5, 5, 3), dtype=np.uint8)
    tall, wide = np.arange(height) * 5 // height, np.arange(width) * 5 // width
    return [Photo(np.ascontiguousarray(tile[tall][:, wide]), f"photo {n}") for n, tile in enumerate(small)]


def save_blip(folder: Path, seed: int = 0, answers: bool = False, safe: bool = True) -> Path:
    """A BLIP that writes captions, or one that answers questions; `safe=False` keeps its weights as a pickle."""
    hub = transformers()
    vocab = {word: place for place, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", *WORDS])}
    tokenizer = hub.BertTokenizer(vocab=vocab)
    images = hub.BlipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    hub.BlipProcessor(images, tokenizer).save_pretrained(folder)
    text = {
        "vocab_size": len(vocab), "hidden_size": 32, "encoder_hidden_size": 32, "intermediate_size": 48,
        "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 40, "projection_dim": 16,
        "bos_token_id": 5, "pad_token_id": 0, "eos_token_id": 3, "sep_token_id": 3,
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": 0.4,
    }  # fmt: skip
    sight = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
             "image_size": SIDE, "patch_size": 8, "initializer_range": 0.4}  # fmt: skip
    config = hub.BlipConfig(text_config=text, vision_config=sight, projection_dim=16, image_text_hidden_size=16)
    torch.manual_seed(seed)
    network = (hub.BlipForQuestionAnswering if answers else hub.BlipForConditionalGeneration)(config)
    _save(network, folder, safe)
    return folder


def save_siglip(folder: Path, seed: int = 0) -> Path:
    """A SigLIP with a word tokenizer that knows some Korean, padded to 64 tokens as SigLIP 2 is."""
    hub = transformers()
    tokenizer = _words(hub, "<pad>", "<eos>", "<unk>")
    images = hub.SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    hub.SiglipProcessor(images, tokenizer).save_pretrained(folder)
    text = {"vocab_size": len(tokenizer), "max_position_embeddings": 64, "projection_size": 32, "pad_token_id": 0,
            "bos_token_id": 1, "eos_token_id": 1}  # fmt: skip
    config = hub.SiglipConfig(
        text_config={**_tower(), **text}, vision_config={**_tower(), "image_size": SIDE, "patch_size": 8}
    )
    torch.manual_seed(seed)
    _save(hub.SiglipModel(config), folder)
    return folder


def save_clip(folder: Path, seed: int = 0) -> Path:
    """A CLIP with a word tokenizer."""
    hub = transformers()
    tokenizer = _words(hub, "<pad>", "<eos>", "<unk>")
    images = hub.CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    hub.CLIPProcessor(images, tokenizer).save_pretrained(folder)
    text = {"vocab_size": len(tokenizer), "max_position_embeddings": 77, "projection_dim": 16, "pad_token_id": 0,
            "bos_token_id": 1, "eos_token_id": 1}  # fmt: skip
    config = hub.CLIPConfig(
        text_config={**_tower(), **text},
        vision_config={**_tower(), "image_size": SIDE, "patch_size": 8, "projection_dim": 16},
        projection_dim=16,
    )
    torch.manual_seed(seed)
    _save(hub.CLIPModel(config), folder)
    return folder


def save_florence(folder: Path, seed: int = 3, talks: bool = True) -> Path:
    """A Florence-2 with its thousand place tokens; one that talks prefers words to places, and says nothing twice."""
    hub = transformers()
    prompts = "what does the image describe? locate objects category name text in detail shown".split()  # noqa: SIM905
    tokenizer = _words(hub, "<pad>", "</s>", "<unk>", "<s>", more=(*prompts, "?", "."), image_token="<image>")
    tokenizer.add_tokens([f"<loc_{n}>" for n in range(1000)])
    images = hub.CLIPImageProcessorPil(
        size={"height": 64, "width": 64}, do_center_crop=False, crop_size={"height": 64, "width": 64}
    )
    images.image_seq_length = 5
    hub.Florence2Processor(images, tokenizer).save_pretrained(folder)
    sight = {"depths": (1, 1, 1, 1), "embed_dim": (16, 16, 16, 16), "num_heads": (2, 2, 2, 2),
             "num_groups": (2, 2, 2, 2), "window_size": 4, "projection_dim": 32}  # fmt: skip
    text = {"model_type": "bart", "vocab_size": len(tokenizer), "d_model": 32, "encoder_layers": 1, "decoder_layers": 1,
            "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48,
            "max_position_embeddings": 48, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 3,
            "decoder_start_token_id": 1, "forced_eos_token_id": 1, "init_std": 0.4}  # fmt: skip
    config = hub.Florence2Config(
        text_config=text, vision_config=sight, image_token_id=tokenizer.image_token_id, pad_token_id=0
    )
    torch.manual_seed(seed)
    network = hub.Florence2ForConditionalGeneration(config)
    if talks:
        network.generation_config.no_repeat_ngram_size = 2
        with torch.no_grad():  # a thousand places would outdo a hundred words
            places = tokenizer.convert_tokens_to_ids([f"<loc_{n}>" for n in range(1000)])
            network.get_input_embeddings().weight[places] *= 0.6
    _save(network, folder)
    return folder


def _words(
    hub: Any, pad: str, end: str, unknown: str, begin: str = "", more: tuple[str, ...] = (), **signs: str
) -> Any:
    """A tokenizer of whole words that ends each text with its end sign; `signs` are special ones by name."""
    if begin:
        signs["bos_token"] = begin
    own = [sign for sign in (pad, end, unknown, begin) if sign]
    models, processors = import_module("tokenizers.models"), import_module("tokenizers.processors")
    vocab = {word: place for place, word in enumerate(dict.fromkeys([*own, *WORDS, *KOREAN, *more]))}
    tokenizer = import_module("tokenizers").Tokenizer(models.WordLevel(vocab, unknown))
    tokenizer.normalizer = import_module("tokenizers.normalizers").Lowercase()
    tokenizer.pre_tokenizer = import_module("tokenizers.pre_tokenizers").Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {end}", special_tokens=[(end, vocab[end])])
    own_signs = {"pad_token": pad, "eos_token": end, "unk_token": unknown}
    extra = {name: sign for name, sign in signs.items() if name != "bos_token"}
    signs = {name: sign for name, sign in signs.items() if name == "bos_token"}
    return hub.PreTrainedTokenizerFast(tokenizer_object=tokenizer, extra_special_tokens=extra, **own_signs, **signs)


def _tower() -> dict[str, int]:
    return {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}


def _save(network: Any, folder: Path, safe: bool = True) -> None:
    """Write a network as a hub holds it."""
    voice = transformers().utils.logging
    voice.disable_progress_bar()
    network.save_pretrained(folder)
    if not safe:
        torch.save(network.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
