"""The network that writes: a small transformer decoder that reads a photo's tags while it forms a sentence.

The shape is that of BLIP's text decoder (Li et al. 2022): causal self-attention, then cross-attention, then a
feed-forward part; where BLIP has patches of the picture, the photo's tags are.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from genmark.perceive.captions.vocabulary import KINDS, Vocabulary

LONGEST = 20
"""Tokens that a sentence has at most, its end included."""

Cache = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Shape:
    """How large the network is: `width` of its states, `heads` of attention, `depth` in layers, `dropout` in [0, 1)."""

    width: int = 192
    heads: int = 6
    depth: int = 4
    dropout: float = 0.2


class Attention(nn.Module):
    """Scaled dot-product attention with several heads (Vaswani et al. 2017)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads, self.dropout = shape.heads, shape.dropout
        self.ask, self.mix = nn.Linear(shape.width, shape.width), nn.Linear(shape.width, shape.width)
        self.hold = nn.Linear(shape.width, 2 * shape.width)

    def remember(self, states: Tensor) -> Cache:
        """Keys and values (N, heads, T, width / heads) of states (N, T, width)."""
        keys, values = self.hold(states).chunk(2, -1)
        return self._split(keys), self._split(values)

    def forward(self, states: Tensor, held: Cache, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        """What states (N, L, width) read from what is held; mask bool (N, 1, 1, T), True may be read."""
        drop = self.dropout if self.training else 0.0
        read = F.scaled_dot_product_attention(self._split(self.ask(states)), *held, mask, drop, causal)
        mixed: Tensor = self.mix(read.transpose(1, 2).flatten(2))
        return mixed

    def _split(self, states: Tensor) -> Tensor:
        rows, count, width = states.shape
        return states.view(rows, count, self.heads, width // self.heads).transpose(1, 2)


class Layer(nn.Module):
    """One layer: the sentence so far, the tags (unless `alone`), a feed-forward part; normalised before each."""

    def __init__(self, shape: Shape, alone: bool = False) -> None:
        super().__init__()
        width = shape.width
        self.own, self.own_norm = Attention(shape), nn.LayerNorm(width)
        self.tags = None if alone else Attention(shape)
        self.tags_norm = None if alone else nn.LayerNorm(width)
        self.forth = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.drop = nn.Dropout(shape.dropout)

    def forward(
        self, states: Tensor, past: Cache | None, tags: Cache | None, mask: Tensor, causal: bool
    ) -> tuple[Tensor, Cache]:
        """New states, and the keys and values of all the sentence so far."""
        normed = self.own_norm(states)
        held = self.own.remember(normed)
        if past is not None:
            held = torch.cat((past[0], held[0]), 2), torch.cat((past[1], held[1]), 2)
        states = states + self.drop(self.own(normed, held, None if self.tags is not None else mask, causal))
        if self.tags is not None and self.tags_norm is not None and tags is not None:
            states = states + self.drop(self.tags(self.tags_norm(states), tags, mask))
        return states + self.drop(self.forth(states)), held


@dataclass(frozen=True, eq=False)
class Memory:
    """What is kept between two tokens: keys and values of the tags and of the sentence so far, for each layer, the mask
    of the tags (N, 1, 1, T), and how many tokens there were."""

    tags: tuple[Cache, ...]
    past: tuple[Cache | None, ...]
    mask: Tensor
    length: int = 0

    def pick(self, rows: Tensor) -> Memory:
        """The memory of some sentences, by row (M,); a row may be picked more than once."""
        past = tuple(None if held is None else (held[0][rows], held[1][rows]) for held in self.past)
        return Memory(tuple((k[rows], v[rows]) for k, v in self.tags), past, self.mask[rows], self.length)


class Writer(nn.Module):
    """Tags to the next token: `forward` for whole sentences, `begin` and `step` for one token at a time."""

    def __init__(self, vocabulary: Vocabulary, shape: Shape = Shape()) -> None:
        super().__init__()
        width = shape.width
        self.words = nn.Embedding(len(vocabulary.tokens), width)
        self.kinds, self.places = nn.Embedding(len(KINDS), width), nn.Embedding(LONGEST, width)
        self.score = nn.Linear(2, width)
        self.reader = Layer(shape, alone=True)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.depth))
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(shape.dropout)
        kinds = torch.tensor([KINDS.index(kind) for kind in vocabulary.kinds])
        self.register_buffer("kind_of", kinds, persistent=False)
        for table in (self.words, self.kinds, self.places):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, tags: Tensor, scores: Tensor, tokens: Tensor) -> Tensor:
        """Logits (N, L, V) of the token after each of `tokens` (N, L), from tags (N, T), 0 where there is none, and
        their scores (N, T) in [0, 1]."""
        logits, _ = self._go(self.begin(tags, scores), tokens)
        return logits

    def begin(self, tags: Tensor, scores: Tensor) -> Memory:
        """Read the tags; the first of each row must be there."""
        mask = (tags != 0)[:, None, None, :]
        states = self._embed(tags) + self.score(torch.stack((scores, scores**2), -1))
        states, _ = self.reader(self.drop(states), None, None, mask, False)
        held = tuple(layer.tags.remember(states) for layer in self.layers)  # type: ignore[union-attr,operator]
        return Memory(held, (None,) * len(held), mask)

    def step(self, memory: Memory, tokens: Tensor) -> tuple[Tensor, Memory]:
        """Logits (N, V) of what follows the tokens (N,), and the memory with them."""
        logits, memory = self._go(memory, tokens[:, None])
        return logits[:, -1], memory

    def _go(self, memory: Memory, tokens: Tensor) -> tuple[Tensor, Memory]:
        count = tokens.shape[1]
        states = self.drop(self._embed(tokens) + self.places.weight[memory.length : memory.length + count])
        past = []
        for layer, tags, held in zip(self.layers, memory.tags, memory.past, strict=True):
            states, new = layer(states, held, tags, memory.mask, count > 1)
            past.append(new)
        logits = F.linear(self.norm(states), self.words.weight)
        return logits, Memory(memory.tags, tuple(past), memory.mask, memory.length + count)

    def _embed(self, tokens: Tensor) -> Tensor:
        embedded: Tensor = self.words(tokens) + self.kinds(self.kind_of[tokens])  # type: ignore[index]
        return embedded
