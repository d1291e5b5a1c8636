"""From the portraits pack and a table of labels to the weights of a person's attributes: `genmark train person`."""

from __future__ import annotations

from pathlib import Path

from genmark import files
from genmark.errors import WriteError
from genmark.perceive.face import FaceParser
from genmark.perceive.person.heads import FaceFeatures
from genmark.tensors import pack_weights
from genmark.train.person_heads import train_heads
from genmark.train.person_table import LIGHTS, gather

LIT = 8
"""Every so-manieth portrait is also measured in other lights."""


def train_person(pack: Path, told: Path, out: Path) -> Path:
    """Train all heads and write `person-heads.safetensors` into the folder `out`; returns its path.

    Raises ConfigError where the pack or the labels are not what they should be, WriteError where `out` cannot be
    written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # now, not after the work
        raise WriteError(f"{out} cannot be made; name a folder that you may write to") from error
    parse, features = FaceParser(), FaceFeatures()
    rows = gather(pack, told, parse, features)
    relit = [gather(pack, told, parse, features, light, LIT) for light in (*LIGHTS, "jpeg")]
    tensors, record = train_heads(rows, relit, features.weights.sha256)
    path = out / "person-heads.safetensors"
    files.write_bytes(path, pack_weights(tensors, "Apache-2.0", record))
    return path
