"""How a sentence is drawn from BLIP's text decoder, and how sure the decoder is of it (torch).

Each row of a batch is written as if it were alone: beams do not compete across rows, and chance comes from a generator
of the row's own, so that a photo has the same caption whatever it is captioned with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Decoding:
    """How the next word is chosen.

    beams     sentences that are kept in mind at a time; 0 for nucleus sampling
    shortest  tokens at least, and longest, at most, after the prompt
    nucleus   share of the likeliest words, by probability, that chance chooses from (Holtzman et al. 2020), in (0, 1]
    penalty   by which words that were said become less likely (Keskar et al. 2019); 1 for none
    fresh     no run of that many tokens is said twice; 0 for any
    """

    beams: int = 3
    shortest: int = 5
    longest: int = 20
    nucleus: float = 0.9
    penalty: float = 1.0
    fresh: int = 0

    def options(self, seeds: Sequence[int]) -> dict[str, Any]:
        """What `generate` of transformers takes; `seeds` has one number for each row."""
        options: dict[str, Any] = {
            "num_beams": max(self.beams, 1),
            "do_sample": False,
            "min_new_tokens": self.shortest,
            "max_new_tokens": self.longest,
            "repetition_penalty": self.penalty,
            "no_repeat_ngram_size": self.fresh,
        }
        if not self.beams:
            options["logits_processor"] = [Nucleus(seeds, self.nucleus)]
        return options


PAPER = Decoding()
"""BLIP's own recipe for COCO: three beams, 5 to 20 tokens, no penalty (Li et al. 2022, configs/caption_coco.yaml)."""
NUCLEUS = Decoding(beams=0, penalty=1.2, fresh=3)
"""Drawn by chance, and kept from loops: BLIP's other recipe, and what a degenerate caption is tried again with."""
STRICT = Decoding(penalty=1.2, fresh=3)
"""Beams that are kept from loops: what a degenerate caption that was drawn by chance is tried again with."""


class Nucleus:
    """Nucleus sampling as a step that leaves the choice to argmax: noise from each row's own generator is added.

    The argmax of log-probabilities plus Gumbel noise is a draw from them (Gumbel 1954). The generators run on the CPU,
    so that devices agree.
    """

    def __init__(self, seeds: Sequence[int], share: float) -> None:
        self._chance = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._share = share

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores (N, V) of the next token -> the same with noise, and -inf outside the nucleus; float32."""
        scores = scores.float()
        ordered, places = scores.sort(dim=-1, descending=True)
        shares = ordered.softmax(-1)
        outside = shares.cumsum(-1) - shares >= self._share  # the likeliest word is never outside
        kept = scores.scatter(-1, places, ordered.masked_fill(outside, -torch.inf))
        draws = torch.stack([torch.rand(scores.shape[1], generator=g, dtype=torch.float64) for g in self._chance])
        noise = -(-draws.clamp_min(torch.finfo(torch.float64).tiny).log()).log()
        return kept + noise.to(kept)


@dataclass(frozen=True, eq=False)
class Drafts:
    """What was written: `tokens`, a list of ids for each row, without prompt and end; `scores`, for each row the mean
    log-probability of its tokens and its end, in nats, at most 0."""

    tokens: list[list[int]]
    scores: list[float]


def write(decoder: Any, seen: Tensor, start: Tensor, decoding: Decoding, seeds: Sequence[int]) -> Drafts:
    """Write one sentence for each row.

    decoder   BLIP's text decoder   start     int64 (N, P): the tokens that each sentence begins with
    seen      (N, T, D): what it is about: the encoded picture, or the encoded question about it
    """
    settings = decoder.config
    whole = torch.ones(seen.shape[:2], dtype=torch.long, device=seen.device)
    ids = decoder.generate(
        input_ids=start,
        attention_mask=torch.ones_like(start),
        encoder_hidden_states=seen,
        encoder_attention_mask=whole,
        eos_token_id=settings.sep_token_id,
        pad_token_id=settings.pad_token_id,
        **decoding.options(seeds),
    )
    told = start.shape[1]
    ends = ids[:, told:] == settings.sep_token_id
    counted = (ends.cumsum(1) - ends.long()) == 0  # all up to the first end, with it
    scores = _surety(decoder, seen, whole, ids, told, counted)
    rows = zip(ids[:, told:].tolist(), (counted & ~ends).tolist(), strict=True)
    tokens = [[token for token, said in zip(row, saids, strict=True) if said] for row, saids in rows]
    return Drafts(tokens, scores)


def _surety(decoder: Any, seen: Tensor, whole: Tensor, ids: Tensor, told: int, counted: Tensor) -> list[float]:
    """Mean log-probability that the decoder itself gives the tokens: before penalties, beams and chance."""
    logits = decoder(
        input_ids=ids[:, :-1],
        attention_mask=torch.ones_like(ids[:, :-1]),  # what is to the right of a token does not change it
        encoder_hidden_states=seen,
        encoder_attention_mask=whole,
    ).logits[:, told - 1 :]
    logs = logits.float().log_softmax(-1).gather(-1, ids[:, told:, None])[..., 0]
    means = (logs * counted).sum(1) / counted.sum(1)
    return [float(mean) for mean in means]
