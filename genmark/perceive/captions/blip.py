"""BLIP (Li et al. 2022) through transformers: captions of photos, with or without words to begin with.

Weights come from the hub or a folder; none ship, and published ones were never run by genmark's own tests.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from genmark.errors import UsageError
from genmark.insight import Caption
from genmark.perceive.borrowed import Borrowed
from genmark.perceive.captions.decoding import NUCLEUS, PAPER, STRICT, Decoding, write
from genmark.perceive.captions.degenerate import fault_of
from genmark.perceive.platt import Curve
from genmark.perceive.pretrained import Family, Precision
from genmark.types import Photo

FAMILY = Family("blip", "BlipForConditionalGeneration", "BlipProcessor", ("blip",))

_LEAD_IN = re.compile(r"(?:an? |the )?(?:picture|photo|photograph|photography|image) of")
_PROMPT_CHARS = 200


@dataclass(frozen=True)
class Draft:
    """A sentence with its mean log-probability a token, in nats."""

    text: str
    score: float


class Blip(Borrowed):
    """Captioner `blip`, `blip:large`, `blip:/a/folder` or `blip:owner/name`.

    decoding    PAPER (three beams) or NUCLEUS (by chance), or one of your own
    again       how a degenerate caption is tried once more before the captioner abstains; by default the other kind
    seed        of chance; the same seed gives a photo the same caption, whatever the batch
    batch       photos that go through the network together
    precision   "fp32", "fp16", "bf16"; the last two may move a confidence in its third decimal
    confidence  from a sentence's mean log-probability to a probability, fitted by `genmark.perceive.platt.fit_curve`;
                without it, and without one in the preset, a caption's confidence is exp(mean log-probability), the
                geometric mean of its words' probabilities: in order, but not calibrated (`calibrated` is False)
    allowed     licences, by name, that are good enough here although they forbid commercial use

    Raises as `genmark.perceive.pretrained.open_pretrained` does.
    """

    licence = "BSD-3-Clause"

    def __init__(
        self,
        which: str = "base",
        *,
        decoding: Decoding = PAPER,
        again: Decoding | None = None,
        seed: int = 0,
        batch: int = 8,
        precision: Precision = "fp32",
        device: str | None = None,
        confidence: Curve | None = None,
        allowed: Collection[str] = (),
    ) -> None:
        super().__init__(FAMILY, which, batch, precision, device, confidence, allowed)
        self.decoding, self.again = decoding, again or (NUCLEUS if decoding.beams else STRICT)
        self.seed = seed
        place = self.model.place
        self.name = "blip" if which == "base" else f"blip:{which if place.preset else place.title}"

    def __call__(self, photos: Sequence[Photo], /, prompt: str | None = None) -> Iterator[Caption]:
        """A caption for each photo, in order; "" with confidence 0 where two decodings gave nothing that can be said.

        prompt: English words that the sentence begins with, such as "a picture of"; a lead-in of that kind is left out
        of the caption. Raises UsageError for one without a word, or of more than 200 characters.
        """
        start = self._start(prompt)
        for part in self._parts(photos):
            yield from self._describe(part, start, prompt or "")

    def drafts(self, photos: Sequence[Photo], prompt: str | None = None) -> Iterator[Draft]:
        """What the first decoding alone writes, with its score; what `fit_curve` needs to learn a confidence."""
        start = self._start(prompt)
        for part in self._parts(photos):
            yield from self._write(self._see(part), start, self.decoding, [self._seed_of(photo) for photo in part])

    @torch.inference_mode()
    def _describe(self, photos: Sequence[Photo], start: Tensor, prompt: str) -> list[Caption]:
        seeds = [self._seed_of(photo) for photo in photos]
        seen = self._see(photos)
        drafts = self._write(seen, start, self.decoding, seeds)
        faulty = [place for place, draft in enumerate(drafts) if fault_of(draft.text, prompt)]
        if faulty:
            second = self._write(seen[faulty], start, self.again, [seeds[place] for place in faulty])
            for place, draft in zip(faulty, second, strict=True):
                drafts[place] = draft
        return [self._caption(draft, prompt) for draft in drafts]

    @torch.inference_mode()
    def _see(self, photos: Sequence[Photo]) -> Tensor:
        states: Tensor = self.model.network.vision_model(pixel_values=self.model.pictures(photos))[0]
        return states

    @torch.inference_mode()
    def _write(self, seen: Tensor, start: Tensor, decoding: Decoding, seeds: Sequence[int]) -> list[Draft]:
        tokenizer = self.model.processor.tokenizer
        told = tokenizer.decode(start[0, 1:], skip_special_tokens=True).strip()
        drafts = write(self.model.network.text_decoder, seen, start.expand(len(seen), -1), decoding, seeds)
        texts = [tokenizer.decode(row, skip_special_tokens=True).strip() for row in drafts.tokens]
        return [Draft(f"{told} {text}".strip(), score) for text, score in zip(texts, drafts.scores, strict=True)]

    def _start(self, prompt: str | None) -> Tensor:
        """Tokens (1, P) that a sentence begins with: BLIP's sign for writing, and the prompt."""
        if prompt is not None and (not re.search(r"\w", prompt) or len(prompt) > _PROMPT_CHARS):
            raise UsageError(f"a prompt is some words, at most {_PROMPT_CHARS} characters; leave it out for none")
        words = self.model.processor.tokenizer(prompt, add_special_tokens=False).input_ids if prompt else []
        begin = self.model.network.config.text_config.bos_token_id
        return torch.tensor([[begin, *words]], device=self.model.device)

    def _caption(self, draft: Draft, prompt: str) -> Caption:
        if fault_of(draft.text, prompt):
            return Caption("", 0.0, source=self.name)
        text = draft.text
        lead_in = _LEAD_IN.fullmatch(" ".join(prompt.casefold().split()))
        if lead_in and text.casefold().startswith(lead_in[0]):
            text = text[len(lead_in[0]) :].strip()
        return Caption(text, self._sure(draft.score), source=self.name)

    def _seed_of(self, photo: Photo) -> int:
        """A number of the seed and the photo alone, so that its chance does not depend on its neighbours."""
        digest = hashlib.sha256(f"{self.seed} {photo.size}".encode())
        digest.update(photo.pixels.tobytes())
        return int.from_bytes(digest.digest()[:7], "big")
