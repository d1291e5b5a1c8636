"""Tags for any list of labels: SigLIP 2 (Tschannen et al. 2025) and CLIP (Radford et al. 2021) through transformers.

Neither needs training for a label. SigLIP 2 knows Korean; CLIP knows English alone. Weights come from the hub or a
folder; none ship, and published ones were never run by genmark's own tests.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from genmark.errors import UsageError
from genmark.insight import Tag
from genmark.perceive.borrowed import Borrowed
from genmark.perceive.labels import Label, Shelf, Vectors, Vocabulary, check_labels, default_folder, read_vocabulary
from genmark.perceive.platt import Curve
from genmark.perceive.pretrained import Family, Precision
from genmark.types import Photo

SIGLIP = Family("siglip", "SiglipModel", "SiglipProcessor", ("siglip",))
"""SigLIP and the SigLIP 2 of one size, whose files are SigLIP's with another vocabulary."""
CLIP = Family("clip", "CLIPModel", "CLIPProcessor", ("clip",))

_PROMPTS = 32
_LOGISTIC = Curve(1.0, 0.0)


class _ZeroShot(Borrowed, ABC):
    """What both taggers share: labels to vectors, photos to vectors, scores to tags.

    labels      English or Korean words, or `Label`s; those of configs/labels.toml where none are given
    least       tags that score less are left out
    confidence  from a label's logit to a probability, fitted with `fit_curve` on `logits` of photos whose labels are
                known; without it the scores are the network's own (`calibrated` is False)
    cache       folder for the labels' embeddings; by default one in the user's cache
    allowed     licences, by name, that are good enough here although they forbid commercial use
    """

    family: Family
    korean: bool
    tokens: int
    """Places of a sentence, all of which are filled."""
    masked: bool
    """Whether the network is told which places are padding."""

    def __init__(
        self,
        which: str = "base",
        *,
        labels: Sequence[str | Label] | None = None,
        least: float = 0.0,
        batch: int = 16,
        precision: Precision = "fp32",
        device: str | None = None,
        confidence: Curve | None = None,
        allowed: Collection[str] = (),
        cache: Path | None = None,
    ) -> None:
        if not 0.0 <= least <= 1.0:
            raise UsageError(f"least is a probability in [0, 1], not {least}")
        shipped = read_vocabulary()
        chosen = shipped.labels if labels is None else check_labels(labels)
        self.vocabulary = Vocabulary(chosen, shipped.english, shipped.korean, shipped.background)
        asked = [self.vocabulary.sentences(label, self.korean) for label in chosen]
        super().__init__(self.family, which, batch, precision, device, confidence, allowed, _LOGISTIC)
        self.least = least
        shelf = Shelf(cache or default_folder(), f"{self.model.place.key} {precision}")
        self._labels: Vectors = np.stack([shelf.fetch(sentences, self._read) for sentences in asked])
        self._background: Vectors = np.stack([shelf.fetch([line], self._read) for line in shipped.background])

    def __call__(self, photos: Sequence[Photo], /) -> Iterator[tuple[Tag, ...]]:
        """The tags of each photo, in order, the surest first. Each label is scored by itself: several may be right."""
        for row in self._rows(photos):
            shares = [self._sure(float(logit)) for logit in row]
            ranked = sorted(zip(shares, self.vocabulary.labels, strict=True), key=lambda pair: -pair[0])
            yield tuple(
                Tag(label.name, share, label.kind, "zero-shot", label.korean)
                for share, label in ranked
                if share >= self.least
            )

    def logits(self, photos: Sequence[Photo]) -> NDArray[np.float64]:
        """What each photo's labels score before any calibration: float64 (N, labels), the logit of a probability."""
        return np.array(list(self._rows(photos)), np.float64).reshape(len(photos), len(self.vocabulary.labels))

    def _rows(self, photos: Sequence[Photo]) -> Iterator[NDArray[np.float64]]:
        for part in self._parts(photos):
            yield from self._score(self._look(part))

    @abstractmethod
    def _score(self, seen: Vectors) -> NDArray[np.float64]:
        """Logits (N, labels) for what was seen, rows (N, D) of length 1."""

    @torch.inference_mode()
    def _look(self, photos: Sequence[Photo]) -> Vectors:
        seen = self.model.network.get_image_features(pixel_values=self.model.pictures(photos))
        return _unit(seen)

    @torch.inference_mode()
    def _read(self, sentences: Sequence[str]) -> Vectors:
        """Sentences -> rows of length 1. All are padded to one length: SigLIP reads its padding, too."""
        tokenizer = self.model.processor.tokenizer
        parts = []
        for first in range(0, len(sentences), _PROMPTS):
            batch = tokenizer(
                [line.lower() for line in sentences[first : first + _PROMPTS]],
                padding="max_length", max_length=self.tokens, truncation=True, return_tensors="pt",
            )  # fmt: skip
            wanted = {"input_ids": batch["input_ids"].to(self.model.device)}
            if self.masked:
                wanted["attention_mask"] = batch["attention_mask"].to(self.model.device)
            parts.append(_unit(self.model.network.get_text_features(**wanted)))
        return np.concatenate(parts)

    def _number(self, name: str) -> float:
        return float(getattr(self.model.network, name).detach().float())


class Siglip(_ZeroShot):
    """Tagger `siglip`, `siglip:/a/folder`, `siglip:owner/name`: SigLIP 2 by default, labels in English or Korean.

    A label's score is sigmoid(scale * cosine + bias), learnt to be the probability that a photo and a sentence belong
    together among tens of thousands: each label stands by itself, and raw scores look near zero until `confidence` is
    fitted. Raises as `open_pretrained` and `check_labels` do.
    """

    family, korean, tokens, masked, licence = SIGLIP, True, 64, False, "Apache-2.0"

    def _score(self, seen: Vectors) -> NDArray[np.float64]:
        cosines = seen.astype(np.float64) @ self._labels.T.astype(np.float64)
        logits: NDArray[np.float64] = cosines * np.exp(self._number("logit_scale")) + self._number("logit_bias")
        return logits


class Clip(_ZeroShot):
    """Tagger `clip`, `clip:/a/folder`, `clip:owner/name`: labels in English.

    CLIP only compares, so each label is weighed against the same background sentences ("a photo of something"): its
    score is its share of a softmax over itself and those, whatever else is in the list. Raises as `open_pretrained`
    and `check_labels` do.
    """

    family, korean, tokens, masked, licence = CLIP, False, 77, True, "MIT"

    def _score(self, seen: Vectors) -> NDArray[np.float64]:
        scale, wide = np.exp(self._number("logit_scale")), seen.astype(np.float64)
        rest = wide @ self._background.T.astype(np.float64) * scale
        most = rest.max(axis=1, keepdims=True)
        whole = most + np.log(np.exp(rest - most).sum(axis=1, keepdims=True))
        logits: NDArray[np.float64] = wide @ self._labels.T.astype(np.float64) * scale - whole
        return logits


def _unit(found: object) -> Vectors:
    """Features of transformers (a tensor, or an output that holds one) -> float32 rows of length 1."""
    tensor = getattr(found, "pooler_output", found)
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"the network gave no features but {type(found).__name__}")
    rows = torch.nn.functional.normalize(tensor.float(), dim=-1)
    array: Vectors = rows.cpu().numpy()
    return array
