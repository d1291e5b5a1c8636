"""Florence-2 (Xiao et al. 2024) through transformers' own classes: captions of three lengths, objects in boxes, text.

The makers' first files ran code of their own; the converted ones (florence-community) need none, and none is run here.
Weights come from the hub or a folder; none ship, and published ones were never run by genmark's own tests.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from genmark.errors import UsageError, nearest
from genmark.insight import Caption
from genmark.perceive.borrowed import Borrowed
from genmark.perceive.captions.degenerate import fault_of
from genmark.perceive.platt import Curve
from genmark.perceive.pretrained import Family, Precision
from genmark.types import Box, Photo, check_shares

FAMILY = Family("florence", "Florence2ForConditionalGeneration", "Florence2Processor", ("florence2",))

Detail = Literal["short", "detailed", "more"]
"""A sentence, some sentences, a paragraph."""

_TASKS: dict[str, tuple[str, int]] = {
    "short": ("<CAPTION>", 30),
    "detailed": ("<DETAILED_CAPTION>", 100),
    "more": ("<MORE_DETAILED_CAPTION>", 250),
}
"""Florence's sign for each detail, and the tokens at most."""
_OBJECTS, _TEXT, _LONGEST = "<OD>", "<OCR>", 400
_BEAMS = 3
_PLACES = 1000
_SIGNS = re.compile(r"</?s>|<pad>")
_PLACE = re.compile(r"<loc_(\d+)>")
_OBJECT = re.compile(r"([^<>]+)((?:\s*<loc_\d+>)+)")


@dataclass(frozen=True)
class Found:
    """An object: its English `label`, its `box` in the photo's pixels, and how sure the whole list of it is, in [0, 1]:
    Florence gives no score for a single box."""

    label: str
    box: Box
    confidence: float

    def __post_init__(self) -> None:
        check_shares(self, "confidence")


@dataclass(frozen=True)
class Words:
    """Text that is written in a photo, "" for none, and how sure its reading is, in [0, 1]."""

    text: str
    confidence: float

    def __post_init__(self) -> None:
        check_shares(self, "confidence")


class Florence(Borrowed):
    """Captioner `florence`, `florence:/a/folder` or `florence:owner/name`.

    detail      "short", "detailed" or "more": how much a caption says
    batch, precision, device, confidence, allowed   as `Blip` has them; without `confidence`, a confidence is exp(mean
                log-probability of a token), which is not calibrated

    Raises UsageError for a detail that does not exist, and as `genmark.perceive.pretrained.open_pretrained` does.
    """

    licence = "MIT"

    def __init__(
        self,
        which: str = "base",
        *,
        detail: Detail = "short",
        batch: int = 4,
        precision: Precision = "fp32",
        device: str | None = None,
        confidence: Curve | None = None,
        allowed: Collection[str] = (),
    ) -> None:
        if detail not in _TASKS:
            raise UsageError(f"no detail is called {detail!r}{nearest(detail, _TASKS)}")
        super().__init__(FAMILY, which, batch, precision, device, confidence, allowed)
        self.detail = detail
        self.name = "florence" if which == "base" else f"florence:{self.model.place.title}"

    def __call__(self, photos: Sequence[Photo], /) -> Iterator[Caption]:
        """A caption for each photo, in order; "" with confidence 0 for one that cannot be said (`fault_of`)."""
        for _, text, score in self._ask(photos, *_TASKS[self.detail]):
            bad = fault_of(text)
            yield Caption("", 0.0, source=self.name) if bad else Caption(text, score, source=self.name)

    def objects(self, photos: Sequence[Photo]) -> Iterator[tuple[Found, ...]]:
        """The objects of each photo, in order, as they were named; boxes without area are left out."""
        for photo, text, score in self._ask(photos, _OBJECTS, _LONGEST):
            yield tuple(Found(label, box, score) for label, box in parse_boxes(text, photo.size))

    def read(self, photos: Sequence[Photo]) -> Iterator[Words]:
        """The text that is written in each photo, in order."""
        for _, text, score in self._ask(photos, _TEXT, _LONGEST):
            words = " ".join(_PLACE.sub(" ", text).split())
            yield Words(words, score if words else 0.0)

    def _ask(self, photos: Sequence[Photo], task: str, longest: int) -> Iterator[tuple[Photo, str, float]]:
        """Each photo with the answer to a task, without signs of beginning and end, and its confidence."""
        for part in self._parts(photos):
            for photo, (ids, score) in zip(part, self._write(part, task, longest), strict=True):
                text = self.model.processor.tokenizer.decode(ids, skip_special_tokens=False)
                yield photo, " ".join(_SIGNS.sub(" ", text).split()), score

    @torch.inference_mode()
    def _write(self, photos: Sequence[Photo], task: str, longest: int) -> list[tuple[Any, float]]:
        room = self.model.network.config.text_config.max_position_embeddings - 2  # places that the decoder can count
        out = self.model.network.generate(
            input_ids=self._prompt(task).expand(len(photos), -1),
            pixel_values=self.model.pictures(photos),
            num_beams=_BEAMS,
            do_sample=False,
            max_new_tokens=min(longest, room),
            length_penalty=1.0,  # so that a sequence's score is the mean log-probability of its tokens
            return_dict_in_generate=True,
            output_scores=True,
        )
        scores = [self._sure(float(score)) for score in out.sequences_scores]
        return list(zip(out.sequences.cpu(), scores, strict=True))

    def _prompt(self, task: str) -> torch.Tensor:
        """Tokens (1, P): a place for each piece of the picture, and Florence's sentence for the task."""
        processor, tokenizer = self.model.processor, self.model.processor.tokenizer
        sentence = processor.task_prompts_without_inputs[task]
        places = processor.image_token * processor.num_image_tokens
        ids = tokenizer(
            f"{places}{tokenizer.bos_token}{sentence}{tokenizer.eos_token}", add_special_tokens=False
        ).input_ids
        return torch.tensor([ids], device=self.model.device)


def parse_boxes(text: str, size: tuple[int, int]) -> Iterator[tuple[str, Box]]:
    """The objects in an answer such as "car<loc_12><loc_40><loc_500><loc_900>dog<loc_…", as (label, box) pairs.

    Places are thousandths of the picture's (width, height), counted from 0, and stand for their middles: left, top,
    right, bottom. Several boxes may follow one label. What is not of that form is left out.
    """
    width, height = size
    for label, places in _OBJECT.findall(text):
        ends = [(int(place) + 0.5) / _PLACES for place in _PLACE.findall(places)]
        for left, top, right, bottom in zip(*(ends[side::4] for side in range(4)), strict=False):
            if label.strip() and left < right <= 1.0 and top < bottom <= 1.0:
                yield label.strip(), Box(left * width, top * height, right * width, bottom * height)
