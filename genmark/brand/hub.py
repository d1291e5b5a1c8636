"""A brand's model as a module that goes to the Hugging Face hub and comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from genmark.brand.archive import BrandFile, write_brand
from genmark.brand.backbones import Backbone
from genmark.brand.download import FILE
from genmark.brand.features import Features
from genmark.brand.filing import heads_of
from genmark.brand.judging import Judgement
from genmark.brand.model_card import write_card, write_settings
from genmark.brand.places import HUB, open_brand
from genmark.brand.scoring import backbone_of, score_pictures
from genmark.files import write_text


class BrandModel(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="genmark",
    pipeline_tag="image-classification",
    tags=["brand", "calibrated"],
):
    """A brand's file together with the network that it was learnt with.

    `save_pretrained(folder)`, `push_to_hub("owner/name")` and `from_pretrained(either)` write and read a
    model.safetensors that is the brand's file to the byte, with config.json and a README.md for people, so that the
    judgements are the same bit for bit. What was not tuned of the network is not in the file, and comes from where it
    is published, or from `weights`.

    Called on pictures float (N, 3, size, size), normalised as `genmark.brand.pictures.normalise` does, it gives logits
    (N, brands + attributes), cooled: softmax of the brands', sigmoid of the attributes' are probabilities.
    """

    _hub_mixin_config: Any = MappingProxyType(
        {}
    )  # so that the mixin does not try to write a file and a network down as settings
    weight: Tensor
    bias: Tensor
    temperatures: Tensor

    def __init__(self, file: BrandFile, backbone: Backbone) -> None:
        super().__init__()
        self.file, self.backbone = file, backbone
        self.reader = backbone.reader
        heads = heads_of(file)
        weight, bias = heads.probe.plain()
        cooling = [heads.temperature] * heads.brands + heads.temperatures.tolist()
        self.register_buffer("weight", torch.from_numpy(weight).float())
        self.register_buffer("bias", torch.from_numpy(bias).float())
        self.register_buffer("temperatures", torch.tensor(cooling))
        self.eval()

    def forward(self, pictures: Tensor) -> Tensor:
        logits: Tensor = self.reader(pictures) @ self.weight.T + self.bias
        return logits / self.temperatures

    def score(
        self, paths: Sequence[Path], brand: str | None = None
    ) -> Iterator[tuple[Features, tuple[Judgement, ...]]]:
        """What picture files are worth to a brand, block by block; see `genmark.brand.scoring.score_pictures`."""
        return score_pictures(self.file, self.backbone, paths, brand)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, **options: Any) -> BrandModel:
        """Read a folder that `save_pretrained` wrote, or a place on the hub, whose copy on this machine comes first.

        options: `revision`; `weights`, a file of the network's published weights; the client's own are not needed.
        Raises as `open_brand` does, and ModelMissing where the network's weights are not to be had.
        """
        place, revision = str(pretrained_model_name_or_path), options.get("revision")
        if not Path(place).exists():
            place = HUB + place + (f"@{revision}" if revision else "")
        file = open_brand(place)
        return cls(file, backbone_of(file, options.get("weights")))

    def _save_pretrained(self, save_directory: Path) -> None:
        write_brand(save_directory / FILE, self.file)
        write_text(save_directory / "config.json", write_settings(self.file))
        write_text(save_directory / "README.md", write_card(self.file))
