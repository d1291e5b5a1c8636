"""A tiny sentence encoder with random weights, as `save_pretrained` leaves one, and an embedder that needs none."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

CONFIG = {
    "model_type": "bert", "hidden_act": "gelu", "hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 2,
    "intermediate_size": 32, "max_position_embeddings": 64, "vocab_size": 60, "type_vocab_size": 2,
    "layer_norm_eps": 1e-12, "architectures": ["BertModel"],
}  # fmt: skip
LETTERS = [chr(ord("a") + place) for place in range(26)]


def save_tiny(folder: Path, seed: int = 0) -> Path:
    """Write config.json, tokenizer.json and model.safetensors of a random BERT, 16 wide."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    vocabulary = {piece: place for place, piece in enumerate(pieces)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps(CONFIG))
    generator = torch.Generator().manual_seed(seed)
    tensors = {name: torch.randn(shape, generator=generator) * 0.3 for name, shape in _shapes().items()}
    save_file(tensors, folder / "model.safetensors")
    return folder


def _shapes() -> dict[str, tuple[int, ...]]:
    wide, inner = 16, 32
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (60, wide),
        "embeddings.position_embeddings.weight": (64, wide),
        "embeddings.token_type_embeddings.weight": (2, wide),
        "embeddings.LayerNorm.weight": (wide,),
        "embeddings.LayerNorm.bias": (wide,),
    }
    for layer in range(2):
        name = f"encoder.layer.{layer}."
        parts = ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]
        sizes = [(wide, wide)] * 4 + [(inner, wide), (wide, inner)]
        for part, (out, into) in zip([*parts, "intermediate.dense", "output.dense"], sizes, strict=True):
            shapes |= {f"{name}{part}.weight": (out, into), f"{name}{part}.bias": (out,)}
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{name}{part}.weight": (wide,), f"{name}{part}.bias": (wide,)}
    return shapes


def letters_embedder(texts: Sequence[str]) -> np.ndarray:
    """Points from the three-letter pieces of a text: alike words lie close; the same on every machine."""
    rows = np.zeros((len(texts), 64), np.float32)
    for row, text in enumerate(texts):
        padded = f"  {text.casefold()} "
        for start in range(len(padded) - 2):
            rows[row, zlib.crc32(padded[start : start + 3].encode()) % 64] += 1.0
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
