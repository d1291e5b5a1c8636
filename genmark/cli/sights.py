"""Photos by the handful: read ahead, the bad ones told apart, so that a folder of thousands never lies in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from genmark.cli.inputs import Input
from genmark.errors import PhotoError
from genmark.photos import read
from genmark.types import Photo

HANDFUL = 32
"""Photos that are looked at together."""

LARGEST = (1024, 1024)
"""A JPEG is decoded no larger than twice this, which is all that tags and captions look at."""


def read_handfuls(inputs: Sequence[Input]) -> Iterator[list[tuple[Input, Photo | PhotoError]]]:
    """The photos of a command, in order, each with its picture or with what is wrong with it."""
    waiting = iter(inputs)
    with ThreadPoolExecutor(2) as pool:
        while handful := list(islice(waiting, HANDFUL)):
            yield list(zip(handful, pool.map(_read, handful), strict=True))


def _read(item: Input) -> Photo | PhotoError:
    if item.error is not None:
        return item.error
    try:
        return read(item.path, size_hint=LARGEST)
    except PhotoError as error:
        return error
