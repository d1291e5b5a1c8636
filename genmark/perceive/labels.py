"""Labels to look for: names in English and Korean, the sentences they are asked with, embeddings kept on disk."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from genmark.config import Table, config_path, read_config
from genmark.errors import UsageError, WriteError, nearest
from genmark.files import write_bytes
from genmark.insight import TagKind
from genmark.perceive.sensitive import refuse_sensitive

Vectors = NDArray[np.float32]

_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_CHARS, _MANY = 100, 5000


@dataclass(frozen=True)
class Label:
    """What to look for.

    name    what a tag is called: an English noun, or a Korean one where there is no English
    words   what the English sentences say: "a dog"; "" for the name
    korean  what the Korean sentences say, "" where none is known
    kind    what it is about
    """

    name: str
    words: str = ""
    korean: str = ""
    kind: TagKind = "object"

    @property
    def english(self) -> str:
        """What the English sentences say, "" for a label that is Korean alone."""
        said = self.words or self.name
        return "" if _HANGUL.search(said) else said


class _LabelTable(Table):
    name: str
    words: str = ""
    korean: str = ""
    kind: TagKind = "object"


class LabelsFile(Table):
    """configs/labels.toml: `labels`, the sentences in `english` and `korean`, and CLIP's `background`."""

    labels: tuple[_LabelTable, ...]
    english: tuple[str, ...] = ("a photo of {}.",)
    korean: tuple[str, ...] = ("{} 사진",)
    background: tuple[str, ...] = ("a photo.",)


@dataclass(frozen=True)
class Vocabulary:
    """Labels, the sentences for each language, with "{}" where the words go, and background sentences."""

    labels: tuple[Label, ...]
    english: tuple[str, ...]
    korean: tuple[str, ...]
    background: tuple[str, ...]

    def sentences(self, label: Label, korean: bool) -> tuple[str, ...]:
        """What a label is asked with, in English, and in Korean where the network knows it.

        Raises UsageError for a label that is Korean alone where the network does not.
        """
        said = tuple(sentence.replace("{}", label.english) for sentence in self.english if label.english)
        name = label.korean or ("" if label.english else label.name)
        if korean and name:
            said += tuple(sentence.replace("{}", name) for sentence in self.korean)
        if not said:
            raise UsageError(
                f"the label {label.name!r} is Korean, which this network does not know; add an English one"
            )
        return said


def read_vocabulary(path: Path | None = None) -> Vocabulary:
    """Labels and sentences of a TOML file as configs/labels.toml is one, which is read where none is named.

    Raises ConfigError for a file that cannot be read, UsageError as `check_labels` does.
    """
    file = read_config(path or config_path("labels.toml"), LabelsFile)
    labels = tuple(Label(row.name, row.words, row.korean, row.kind) for row in file.labels)
    return Vocabulary(check_labels(labels), file.english, file.korean, file.background)


def check_labels(asked: Sequence[str | Label]) -> tuple[Label, ...]:
    """Labels as they are, and plain words as labels: English or Korean ones.

    Raises UsageError for none or more than 5,000, an empty, overlong or doubled one, a kind that does not exist, or one
    that would sort people by what they are not sorted by here.
    """
    labels = tuple(_label(one) if isinstance(one, str) else one for one in asked)
    names = [label.name for label in labels]
    if not 0 < len(labels) <= _MANY:
        raise UsageError(f"a tagger looks for 1 to {_MANY} labels, not {len(labels)}")
    for label in labels:
        if not re.search(r"\w", label.name) or max(map(len, (label.name, label.words, label.korean))) > _CHARS:
            raise UsageError(f"a label is some words, at most {_CHARS} characters, not {label.name[:120]!r}")
        if label.kind not in get_args(TagKind):
            raise UsageError(f"no kind of tag is called {label.kind!r}{nearest(label.kind, get_args(TagKind))}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"the label {twice[0]!r} is there twice; leave one out")
    refuse_sensitive([f"{label.name} {label.words} {label.korean}".strip() for label in labels], "label")
    return labels


def _label(words: str) -> Label:
    words = " ".join(words.split())
    return Label(words, korean=words if _HANGUL.search(words) else "")


@dataclass(frozen=True)
class Shelf:
    """Embeddings of sentences, kept in a folder: one file for each label and network, so that a longer list costs only
    what is new. A network reads a few sentences a second on a laptop; 300 labels would take minutes each time.

    folder  where they are kept
    key     text that changes whenever the network may have
    """

    folder: Path
    key: str

    def fetch(self, sentences: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """The mean direction float32 (D,), of length 1, of sentences that `embed` turns into rows of length 1.

        A file that is damaged, or cannot be written, is as good as none.
        """
        digest = hashlib.sha256("\0".join([self.key, *sentences]).encode()).hexdigest()
        path = self.folder / f"{digest[:40]}.npy"
        kept = _read(path)
        if kept is not None:
            return kept
        mean = embed(sentences).mean(axis=0)
        vector: Vectors = (mean / np.linalg.norm(mean)).astype(np.float32)
        _write(path, vector)
        return vector


def default_folder() -> Path:
    """Where embeddings are kept: `genmark/labels` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genmark" / "labels"


def _read(path: Path) -> Vectors | None:
    try:
        vector: Vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    whole = isinstance(vector, np.ndarray) and vector.ndim == 1 and vector.dtype == np.float32
    return vector if whole and abs(float(np.linalg.norm(vector)) - 1.0) < 1e-3 else None


def _write(path: Path, vector: Vectors) -> None:
    held = io.BytesIO()
    np.save(held, vector, allow_pickle=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, held.getvalue())
    except (OSError, WriteError):  # a full or read-only disk costs time the next time, and no answer now
        return
