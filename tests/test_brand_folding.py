"""Folding: fewer steps, the same answer, and the network itself left as it was."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from genmark.brand.backbones import Backbone, Reading, describe
from genmark.brand.folding import quick_reader
from genmark.tensors import import_timm


def worn(name: str, reading: Reading = "deep") -> Backbone:
    """A network whose normalisations have seen pictures: none of them is the identity."""
    torch.manual_seed(0)
    network = import_timm().create_model(name, pretrained=False, num_classes=0)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            for values, low, high in ((part.weight, 0.5, 2), (part.bias, -1, 1), (part.running_mean, -1, 1)):
                nn.init.uniform_(values, low, high)
            nn.init.uniform_(part.running_var, 0.3, 3)
    return describe("worn", name, "mit", network, reading)


def norms(network: nn.Module) -> int:
    return sum(isinstance(part, nn.BatchNorm2d) for part in network.modules())


@pytest.mark.parametrize("reading", ["deep", "style"])
@pytest.mark.parametrize("name", ["test_efficientnet", "test_resnet"])
def test_every_normalisation_is_folded_and_the_answer_stays(name: str, reading: Reading) -> None:
    net = worn(name, reading)
    before, pictures = norms(net.reader), torch.randn(3, 3, net.size, net.size)
    with torch.inference_mode():
        wanted = net.reader(pictures)
        quick = quick_reader(net)
        found = quick(pictures)
    assert before > 5
    assert norms(quick) == 0
    assert norms(net.reader) == before
    assert (found - wanted).abs().max() < 1e-4 * wanted.std()
    with torch.inference_mode():
        torch.testing.assert_close(net.reader(pictures), wanted, rtol=0, atol=0)


def test_a_network_without_normalisations_is_taken_as_it_is() -> None:
    net = worn("test_convnext")
    assert quick_reader(net) is net.reader


class Crooked(nn.Module):
    """Reads its convolution's own answer, too, so that folding would change what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        nn.init.uniform_(self.norm.running_var, 2, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        found = self.convolution(pictures)
        return (found + self.norm(found)).mean((2, 3))


class Twice(Crooked):
    """Normalises two convolutions' answers by the same statistics."""

    def forward(self, pictures: Tensor) -> Tensor:
        return sum(self.norm(self.convolution(part)).mean((2, 3)) for part in (pictures, -pictures))


@pytest.mark.parametrize("kind", [Crooked, Twice])
def test_what_cannot_be_folded_answers_as_before(kind: type[nn.Module]) -> None:
    torch.manual_seed(0)
    plain = worn("test_efficientnet")
    reader = kind().eval().requires_grad_(False)
    net = Backbone("x", "x", "mit", 4, 32, 1.0, "bicubic", plain.mean, plain.std, reader, reader)
    assert quick_reader(net) is reader
    assert norms(reader) == 1
