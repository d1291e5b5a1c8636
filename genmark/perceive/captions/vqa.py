"""BLIP that answers questions about photos (Li et al. 2022, trained on VQA 2.0), through transformers.

Its answers are a word or two, in English, and it answers anything: a question without an answer in the photo gets one,
too, so read the confidence. Questions about people's origin, faith, politics, sexuality or health are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch

from genmark.errors import UsageError
from genmark.perceive.borrowed import Borrowed
from genmark.perceive.captions.decoding import Decoding, write
from genmark.perceive.platt import Curve
from genmark.perceive.pretrained import Family, Precision
from genmark.perceive.sensitive import refuse_sensitive
from genmark.types import Photo, check_shares

FAMILY = Family("blip-vqa", "BlipForQuestionAnswering", "BlipProcessor", ("blip",))

RECIPE = Decoding(beams=3, shortest=1, longest=10)
"""BLIP's own recipe for answers: three beams, 1 to 10 tokens."""

_QUESTION_CHARS = 200


@dataclass(frozen=True)
class Answer:
    """An answer in lower-case English, "" where there was no word in it, and how sure it is, in [0, 1]."""

    text: str
    confidence: float

    def __post_init__(self) -> None:
        check_shares(self, "confidence")


class BlipVqa(Borrowed):
    """`blip-vqa`: the preset `base`, a folder, or "owner/name" on the hub; options as `Blip` has them.

    Its confidence is exp(mean log-probability of a token), which is not calibrated, unless `confidence` was fitted
    (`genmark.perceive.platt.fit_curve`). Raises as `genmark.perceive.pretrained.open_pretrained` does.
    """

    licence = "BSD-3-Clause"

    def __init__(
        self,
        which: str = "base",
        *,
        decoding: Decoding = RECIPE,
        batch: int = 8,
        precision: Precision = "fp32",
        device: str | None = None,
        confidence: Curve | None = None,
        allowed: Collection[str] = (),
    ) -> None:
        super().__init__(FAMILY, which, batch, precision, device, confidence, allowed)
        self.decoding = decoding

    def answer(self, photos: Sequence[Photo], question: str) -> tuple[Answer, ...]:
        """One answer for each photo, in order; the same whatever else is in the batch.

        Raises UsageError for a question without a word, of more than 200 characters, with letters that the network's
        alphabet does not have (it reads English alone), or about what is not asked of people here.
        """
        asked = " ".join(question.split())
        if not re.search(r"\w", asked) or len(asked) > _QUESTION_CHARS:
            raise UsageError(f"a question is some words, at most {_QUESTION_CHARS} characters")
        refuse_sensitive([asked], "question")
        if not asked.isascii():
            raise UsageError("blip-vqa reads English alone; ask in English")
        return tuple(answer for part in self._parts(photos) for answer in self._answer(part, asked))

    @torch.inference_mode()
    def _answer(self, photos: Sequence[Photo], question: str) -> list[Answer]:
        network, tokenizer = self.model.network, self.model.processor.tokenizer
        seen = network.vision_model(pixel_values=self.model.pictures(photos))[0]
        # one question for all rows, so that nothing is padded
        words = torch.tensor([tokenizer(question).input_ids], device=seen.device).expand(len(photos), -1)
        whole = torch.ones(seen.shape[:2], dtype=torch.long, device=seen.device)
        asked = network.text_encoder(
            input_ids=words,
            attention_mask=torch.ones_like(words),
            encoder_hidden_states=seen,
            encoder_attention_mask=whole,
        )[0]
        start = torch.full((len(photos), 1), network.decoder_start_token_id, device=seen.device)
        drafts = write(network.text_decoder, asked, start, self.decoding, range(len(photos)))
        texts = [tokenizer.decode(row, skip_special_tokens=True).strip() for row in drafts.tokens]
        return [self._told(text, score) for text, score in zip(texts, drafts.scores, strict=True)]

    def _told(self, text: str, score: float) -> Answer:
        return Answer(text, self._sure(score)) if re.search(r"\w", text) else Answer("", 0.0)
