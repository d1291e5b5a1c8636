"""Fine-tuning from a probe: what learns, what stays, what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from genmark.tensors import import_timm
from genmark.train.brand_tuning import (
    Tuned,
    TuningRecipe,
    evaluate,
    measure_loss,
    rate_at,
    rate_groups,
    stages_of,
    tune,
)

RECIPE = TuningRecipe(epochs=4, batch=8, patience=4, body_rate=3e-3, head_rate=1e-2)


@dataclass(frozen=True, eq=False)
class Stripes:
    """Pictures of two brands: stripes across or down, in noise."""

    labels: Tensor
    seed: int
    size: int = 48
    swapped: bool = False

    def cut(self, rows: Tensor, generator: torch.Generator | None) -> Tensor:
        made = []
        for row in rows.tolist():
            noise = torch.randn(3, self.size, self.size, generator=torch.Generator().manual_seed(self.seed + row))
            wave = torch.sin(torch.arange(self.size) * 0.9)
            across = bool(self.labels[row].flatten()[0] > 0) is not self.swapped
            made.append(0.5 * noise + (wave[None, :, None] if across else wave[None, None, :]))
        return torch.stack(made)


def stripes(count: int, seed: int) -> Stripes:
    return Stripes(torch.arange(count) % 2, seed)


def network(seed: int = 0) -> Tuned:
    torch.manual_seed(seed)
    backbone = import_timm().create_model("test_efficientnet", pretrained=False, num_classes=0)
    return Tuned(backbone, nn.Linear(backbone.num_features, 2))


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit", "vgg11", "convnext_atto"])
def test_every_kind_of_backbone_falls_into_stages(name: str) -> None:
    backbone = import_timm().create_model(name, pretrained=False, num_classes=0)
    stages = stages_of(backbone)
    assert len(stages) >= 3
    assert sorted(name for stage in stages for name in stage) == sorted(dict(backbone.named_parameters()))


def test_only_the_head_and_the_last_stages_learn_the_later_the_faster() -> None:
    whole = network()
    groups = rate_groups(whole, TuningRecipe(stages=2))
    assert [group["lr"] for group in groups] == pytest.approx([1e-3, 1e-4, 0.75e-4])
    learning = {name for name, parameter in whole.backbone.named_parameters() if parameter.requires_grad}
    stages = stages_of(whole.backbone)
    assert learning == {*stages[-1], *stages[-2]}
    rate_groups(whole, TuningRecipe(stages=0))
    assert not any(parameter.requires_grad for parameter in whole.backbone.parameters())


def test_it_learns_and_leaves_frozen_stages_and_batch_statistics_alone(tmp_path: Path) -> None:
    whole = network()
    before = {name: value.clone() for name, value in whole.state_dict().items()}
    told: list[dict[str, float]] = []
    outcome = tune(whole, stripes(48, 0), stripes(24, 1000), RECIPE, tmp_path, told.append)
    assert outcome.helped
    assert outcome.best < 0.7 * outcome.probe
    assert evaluate(outcome.network, stripes(24, 1000), 8)["loss"] == pytest.approx(outcome.best, rel=0.02)
    assert len(told) == len(outcome.epochs) <= RECIPE.epochs
    after = outcome.network.state_dict()
    frozen = [f"backbone.{name}" for stage in stages_of(whole.backbone)[:-2] for name in stage]
    still = [*frozen, *(name for name in before if "running" in name)]
    assert all(torch.equal(before[name], after[name]) for name in still)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    def stop(scores: dict[str, float]) -> None:
        if scores["epoch"] == 2:
            raise StopError

    train, val = stripes(32, 0), stripes(16, 1000)
    whole = tune(network(), train, val, RECIPE, tmp_path / "whole", lambda scores: None)
    with pytest.raises(StopError):
        tune(network(), train, val, RECIPE, tmp_path / "stopped", stop)
    resumed = tune(network(), train, val, RECIPE, tmp_path / "stopped", lambda scores: None)
    assert [scores["loss"] for scores in resumed.epochs] == pytest.approx([scores["loss"] for scores in whole.epochs])


def test_where_nothing_helps_the_probe_comes_back_early(tmp_path: Path) -> None:
    train, val = stripes(16, 0), stripes(16, 1000)
    trained = tune(network(), train, val, RECIPE, tmp_path / "right", lambda scores: None).network
    before = {name: value.clone() for name, value in trained.state_dict().items()}
    lies = Stripes(train.labels, train.seed, swapped=True)
    recipe = RECIPE.model_copy(update={"patience": 1, "epochs": 6})
    kept = tune(trained, lies, val, recipe, tmp_path / "wrong", lambda scores: None)
    assert not kept.helped
    assert len(kept.epochs) == 1
    assert all(torch.equal(before[name], value) for name, value in kept.network.state_dict().items())


def test_without_val_all_epochs_are_run_and_the_last_network_comes_back(tmp_path: Path) -> None:
    recipe = RECIPE.model_copy(update={"patience": 1, "epochs": 3, "smoothing": 0.1})
    outcome = tune(network(), stripes(32, 0), None, recipe, tmp_path, lambda scores: None)
    assert [set(scores) for scores in outcome.epochs] == [{"epoch", "train_loss"}] * 3
    assert evaluate(outcome.network, stripes(32, 0), 8)["loss"] < 0.9 * evaluate(network(), stripes(32, 0), 8)["loss"]
    last = torch.load(tmp_path / "last.pt", weights_only=True)["now"]
    assert all(torch.equal(value, last[name]) for name, value in outcome.network.state_dict().items())


def test_rates_rise_in_a_line_then_fall_to_nothing() -> None:
    shares = [rate_at(step, 100, 0.1) for step in range(101)]
    assert shares[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert max(shares) == shares[9] == 1.0
    assert shares[9:] == sorted(shares[9:], reverse=True)
    assert shares[100] == pytest.approx(0.0, abs=1e-3)
    assert rate_at(0, 1, 0.0) == 1.0


def test_smoothing_asks_for_less_certainty() -> None:
    sure, right = torch.tensor([[20.0, 0.0]]), torch.tensor([0])
    assert float(measure_loss(sure, right)) < 0.01 < 0.9 < float(measure_loss(sure, right, 0.1))


def test_attributes_are_learnt_side_by_side() -> None:
    logits = torch.tensor([[3.0, -3.0], [-3.0, 3.0]])
    right, wrong = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert float(measure_loss(logits, right)) < 0.1 < float(measure_loss(logits, wrong))
    data = Stripes(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]), 3)
    assert 0.0 <= evaluate(network(), data, 2)["accuracy"] <= 1.0
