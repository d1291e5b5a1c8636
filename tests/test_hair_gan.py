"""The finish and what it learns from: pairs, harm, windows, a run that writes weights, a pass that stays in bounds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from genmark.canvas import gaussian_blur
from genmark.config import load_styles
from genmark.edges import measure_edge
from genmark.perceive.face import FaceParser
from genmark.perceive.pose import head_frame
from genmark.photos import read
from genmark.restyle.hair.donors import read_donors
from genmark.restyle.hair.draft import head_of, start_draft
from genmark.restyle.hair.finish import Finisher, finish, improves, stack_inputs
from genmark.restyle.hair.finish_network import DIVISOR, INPUTS, FinishNetwork
from genmark.restyle.hair.salon import EmbeddedSalon, Salon
from genmark.restyle.hair.shape import Shaped, shape
from genmark.restyle.hair.source import lift
from genmark.restyle.hair.stage import set_stage
from genmark.restyle.hair.wardrobe import Wardrobe
from genmark.tensors import pack_weights
from genmark.train import hair_finish
from genmark.train.hair_bank import Bank, make_sheet, windows
from genmark.train.hair_pairs import Example, make_pair, make_transfer
from genmark.train.harm import harm_draft, harm_source, random_strokes
from genmark.types import Mask, Matte, Photo, Regions, Restyled

SAMPLES = Path(__file__).resolve().parents[1] / "genmark" / "samples"


@cache
def parsed(name: str) -> tuple[Photo, Regions]:
    photo = read(SAMPLES / f"{name}.jpg")
    return photo, FaceParser()(photo)


@cache
def shaped() -> Shaped:
    photo, regions = parsed("side-part")
    return shape(photo, set_stage(photo, regions), load_styles()["pixie-cut"], Wardrobe(read_donors()))


@cache
def pair(seed: int = 0) -> Example:
    made = make_pair(*parsed("side-part"), parsed("chestnut-bob")[1], np.random.default_rng(seed))
    assert made is not None
    return made


def test_a_pair_differs_from_the_photo_only_where_it_may_be_mended() -> None:
    example = pair()
    np.testing.assert_array_equal(example.pixels[~example.may], example.truth[~example.may])
    assert (example.pixels[example.may] != example.truth[example.may]).mean() > 0.2
    assert 0.05 < example.may.mean() < 0.9
    assert ((example.old > 0) & ~example.may).mean() < 0.02


def test_pairs_repeat_with_their_seed_and_differ_between_seeds() -> None:
    again = make_pair(*parsed("side-part"), parsed("chestnut-bob")[1], np.random.default_rng(0))
    assert again is not None
    np.testing.assert_array_equal(pair().pixels, again.pixels)
    assert not np.array_equal(pair().pixels, pair(1).pixels)


def test_a_transfer_wears_the_donor_and_keeps_the_customer() -> None:
    donor = next(one for one in read_donors() if one.style == "pixie" and abs(one.pose.yaw) < 10)
    made = make_transfer(*parsed("side-part"), donor, read_donors())
    np.testing.assert_array_equal(made.pixels[~made.may], made.truth[~made.may])
    assert (made.alpha > 0.5).sum() > 1000


def test_harm_leaves_shapes_and_ranges_and_does_harm() -> None:
    photo, regions = parsed("chestnut-bob")
    source, rng = lift(photo, regions), np.random.default_rng(3)
    harmed = harm_source(source, rng)
    assert harmed.lab.shape == source.lab.shape
    assert 0.0 <= float(harmed.alpha.min()) <= float(harmed.alpha.max()) <= 1.0
    assert np.abs(harmed.alpha - source.alpha).mean() > 1e-3
    assert regions.face is not None
    draft = start_draft(head_of(regions.face), (slice(0, 200), slice(0, 160)))
    moved = harm_draft(draft, rng)
    assert 0.0 < np.abs(moved.at - draft.at).max() < 0.06
    strokes = random_strokes((120, 90), 60.0, rng)
    assert strokes.shape == (120, 90)
    assert 0.0 < strokes.max() <= 1.0


def test_windows_hold_what_the_network_reads_and_nothing_to_mend_beyond_themake_sheet() -> None:
    bank = Bank([make_sheet(pair()), make_sheet(pair(1))], pairs=2)
    planes, photo = windows(bank, [0, 1], 640, None)
    assert planes.shape == (2, INPUTS, 640, 640)
    assert photo.shape == (2, 3, 640, 640)
    high, wide = bank.sheets[0].shape[1:]
    assert float(planes[0, 5, high:].max()) == 0.0
    assert float(planes[0, 5, :, wide:].max()) == 0.0
    assert float(planes[0, 5].max()) == 1.0


def test_a_fresh_network_changes_nothing_and_a_wild_one_only_what_it_may(tmp_path: Path) -> None:
    torch.manual_seed(0)
    example = pair()
    network = FinishNetwork()
    for name, wild in (("fresh", False), ("wild", True)):
        if wild:
            torch.nn.init.normal_(network.leave[0].weight, std=0.3)  # type: ignore[arg-type]
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(pack_weights(network.state_dict(), "Apache-2.0", {}))
        made = Finisher(path)(example.pixels, example.alpha, example.old, example.may, example.unit)
        np.testing.assert_array_equal(made[~example.may], example.pixels[~example.may])
        assert np.array_equal(made, example.pixels) is not wild


def test_large_faces_are_finished_small_and_the_change_enlarged(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(pack_weights(FinishNetwork().state_dict(), "Apache-2.0", {}))
    seen: list[tuple[int, ...]] = []
    finisher = Finisher(path)
    finisher.network.register_forward_pre_hook(lambda module, given: seen.append(tuple(given[0].shape)))
    pixels = np.zeros((400, 300, 3), np.uint8)
    plane = np.zeros((400, 300), np.float32)
    finisher(pixels, plane, plane, plane > 0, 600.0)
    assert seen == [(1, INPUTS, 208, 160)]
    assert all(side % DIVISOR == 0 for side in seen[0][2:])


def test_inputs_are_scaled_as_the_network_was_trained() -> None:
    pixels = np.array([[[0, 128, 255]]], np.uint8)
    plane = np.ones((1, 1), np.float32)
    stacked = stack_inputs(pixels, 0.5 * plane, 0.25 * plane, plane > 0)
    assert stacked[0, 0].tolist() == pytest.approx([-1, 128 / 127.5 - 1, 1, 0.5, 0.25, 1], abs=1e-6)


def test_strands_that_run_another_way_are_told_apart() -> None:
    rows = torch.arange(64.0).view(1, 1, -1, 1).expand(1, 3, 64, 64)
    across, down = torch.sin(rows), torch.sin(rows).transpose(2, 3)
    same = (hair_finish.direction(across) - hair_finish.direction(across.flip(2))).abs().mean()
    apart = (hair_finish.direction(across) - hair_finish.direction(down)).abs().mean()
    assert float(apart) > 10 * float(same)


def test_the_loss_is_small_for_the_truth_and_grows_with_harm() -> None:
    bank = Bank([make_sheet(pair())], pairs=1)
    planes, photo = windows(bank, [0], 192, None)
    batch = hair_finish.Batch(planes, photo, torch.ones(1))
    recipe = hair_finish.FinishRecipe()
    with torch.no_grad():
        shown = hair_finish.show(FinishNetwork(), batch)
    harmed = float(hair_finish.measure_loss(shown, batch, recipe))
    right = float(hair_finish.measure_loss(shown._replace(made=photo), batch, recipe))
    assert right < 1e-6 < harmed


def test_batches_repeat_from_any_step() -> None:
    bank = Bank([make_sheet(pair()), make_sheet(pair(1))], pairs=1)
    recipe = hair_finish.FinishRecipe(steps=3, batch=2, size=64)
    whole = [batch for _, batch in hair_finish.batches(bank, recipe, 0)]
    ((_, last),) = list(hair_finish.batches(bank, recipe, 2))
    assert torch.equal(whole[2].planes, last.planes)
    assert not torch.equal(whole[1].planes, last.planes)


def test_a_salon_with_a_finisher_keeps_what_must_stay_and_names_its_weights(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = FinishNetwork()
    torch.nn.init.normal_(network.leave[0].weight, std=0.01)  # type: ignore[arg-type]
    path = tmp_path / "hair-finish.safetensors"
    path.write_bytes(pack_weights(network.state_dict(), "Apache-2.0", {}))
    photo, regions = parsed("side-part")
    style = load_styles()["pixie-cut"]
    salon = Salon(finisher=Finisher(path))
    (finished,), (plain,) = (list(one(photo, regions, style, (0,))) for one in (salon, Salon()))
    assert [weights.name for weights in salon.weights] == ["hair-finish"]
    assert isinstance(finished, Restyled)
    assert isinstance(plain, Restyled)
    kept = ~finished.changed.inside
    np.testing.assert_array_equal(finished.photo.pixels[kept], photo.pixels[kept])
    assert finished.matte is not None
    unit = head_frame(regions.face.landmarks).unit if regions.face is not None else 1.0
    edge = measure_edge(photo, regions.mattes["hair"].alpha, unit)
    assert edge is not None
    if not np.array_equal(finished.photo.pixels, plain.photo.pixels):
        off = [measure_edge(one.photo, finished.matte.alpha, unit) for one in (finished, plain)]
        assert abs(np.log((off[0] or 1.0) / edge)) <= abs(np.log((off[1] or 1.0) / edge))


def discs(*rims: float) -> list[Photo]:
    """A dark disc on a pale wall, its outline blurred by `rims` pixels."""
    rows, columns = np.mgrid[:160, :160] - 80
    disc = (np.hypot(rows, columns) < 50).astype(np.float32)
    found = []
    for rim in rims:
        plane = 200 - 150 * gaussian_blur(disc, rim)
        found.append(Photo(np.repeat(plane.astype(np.uint8)[..., None], 3, axis=2), "disc"))
    return found


@pytest.mark.parametrize(("before", "after", "better"), [(0.0, 2.5, True), (2.5, 0.0, False), (2.0, 2.0, True)])
def test_a_finish_counts_where_it_brings_the_outline_nearer_to_the_photos(
    before: float, after: float, better: bool
) -> None:
    photo, composite, mended = discs(2.5, before, after)
    alpha = gaussian_blur((np.hypot(*(np.mgrid[:160, :160] - 80)) < 50).astype(np.float32), 1.5)
    inside = np.zeros(alpha.shape, np.bool_)
    inside[10:150, 10:150] = True
    edge = measure_edge(photo, alpha, 100.0)
    made = replace(shaped(), photo=composite, matte=Matte(alpha), changed=Mask(inside))
    assert improves(photo, made, mended, edge, 100.0) is better
    pixels = mended.pixels.copy()
    pixels[inside] = np.minimum(pixels[inside], 150)  # a seam at the border of what may change
    assert not improves(photo, made, Photo(pixels, "seam"), edge, 100.0)


def test_the_salon_that_ships_uses_the_networks_that_ship() -> None:
    photo, regions = parsed("chestnut-bob")
    style = load_styles()["pixie-cut"]
    salon = EmbeddedSalon()
    assert [weights.name for weights in salon.weights] == ["hair-under", "hair-finish"]
    (shipped,), (plain,) = (list(one(photo, regions, style, (0,))) for one in (salon, Salon()))
    assert isinstance(shipped, Restyled)
    assert isinstance(plain, Restyled)
    kept = ~shipped.changed.inside
    np.testing.assert_array_equal(shipped.photo.pixels[kept], photo.pixels[kept])
    apart = np.abs(shipped.photo.pixels.astype(int) - plain.photo.pixels)[shipped.changed.inside].mean()
    assert 0.2 < apart < 25.0


def test_where_nothing_changed_there_is_nothing_to_finish() -> None:
    photo, regions = parsed("side-part")
    made = shaped()
    still = replace(made, photo=photo, changed=Mask(np.zeros_like(made.changed.inside)))
    assert finish(photo, still, set_stage(photo, regions), Finisher(), 0.3) is still
