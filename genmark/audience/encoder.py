"""BERT's forward pass (Devlin et al., 2019), from its tensors by name: a sentence encoder opens in a tenth of the time
that the whole of transformers takes to import, and gives the same numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  as torch's own code calls it

from genmark.errors import UsageError


class Bert:
    """The network in a folder as `save_pretrained` leaves it (`config.json` of type "bert", `model.safetensors`).

    Raises UsageError where it is damaged or of another kind.
    """

    def __init__(self, folder: Path) -> None:
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
                raise UsageError(f"the encoder in {folder.name!r} is of type {config.get('model_type')!r}, not 'bert'")
            self.width, self.longest = int(config["hidden_size"]), int(config["max_position_embeddings"])
            self._heads, self._layers = int(config["num_attention_heads"]), int(config["num_hidden_layers"])
            self._eps = float(config.get("layer_norm_eps", 1e-12))
            tensors = load_file(folder / "model.safetensors")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
            raise UsageError(f"the encoder in {folder.name!r} is damaged; fetch it again") from error
        self._tensors = {name.removeprefix("bert."): tensor.float() for name, tensor in tensors.items()}
        self._check(folder)

    @torch.inference_mode()
    def __call__(self, ids: Tensor) -> Tensor:
        """Token ids int64 (N, T), no padding -> float32 (N, T, width): the last layer."""
        state = self._embed(ids)
        for layer in range(self._layers):
            state = self._layer(state, f"encoder.layer.{layer}.")
        return state

    def _embed(self, ids: Tensor) -> Tensor:
        tables: Mapping[str, Tensor] = self._tensors
        state = tables["embeddings.word_embeddings.weight"][ids]
        state = state + tables["embeddings.position_embeddings.weight"][: ids.shape[1]]
        return self._norm(state + tables["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")

    def _layer(self, state: Tensor, name: str) -> Tensor:
        rows, length, width = state.shape
        query, key, value = (
            self._linear(state, f"{name}attention.self.{part}")
            .view(rows, length, self._heads, width // self._heads)
            .transpose(1, 2)
            for part in ("query", "key", "value")
        )
        seen = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(rows, length, width)
        state = self._norm(
            state + self._linear(seen, f"{name}attention.output.dense"), f"{name}attention.output.LayerNorm"
        )
        inner = F.gelu(self._linear(state, f"{name}intermediate.dense"))
        return self._norm(state + self._linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _linear(self, state: Tensor, name: str) -> Tensor:
        return F.linear(state, self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"])

    def _norm(self, state: Tensor, name: str) -> Tensor:
        weight, bias = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        return F.layer_norm(state, (self.width,), weight, bias, self._eps)

    def _check(self, folder: Path) -> None:
        """One token through the whole network: tensors that are missing or of another shape are found when opening."""
        try:
            finite = bool(torch.isfinite(self(torch.zeros(1, 1, dtype=torch.int64))).all())
        except (KeyError, RuntimeError, IndexError) as error:
            raise UsageError(f"the weights in {folder.name!r} do not fit its config.json; fetch both again") from error
        if not finite:
            raise UsageError(f"the weights in {folder.name!r} hold numbers that are not finite; fetch them again")
