"""Training: crops and their targets move together, targets say what decoding reads, runs stop and go on."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from genmark.errors import ConfigError, UsageError
from genmark.perceive import landmarks
from genmark.perceive.finder import decode
from genmark.perceive.networks import PALETTE, FaceFinder, HeadParser
from genmark.restyle.hair.finish_network import FinishNetwork
from genmark.restyle.hair.under_network import UnderNetwork
from genmark.tensors import load_weights, read_record
from genmark.train import augment, face_finder, face_parser
from genmark.train.packs import Settings, read_settings, train
from genmark.train.portraits import read_portraits
from genmark.train.precision import flushed_denormals, spare_depthwise

CONFIGS = Path(__file__).resolve().parents[1] / "configs" / "train"
SIDE = 120


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder of packs: six drawn heads, four train and two val, and two pictures without anyone."""
    pack = tmp_path / "data" / "portraits"
    for folder in ("images", "hair", "regions"):
        (pack / folder).mkdir(parents=True)
    rows, points = [], []
    for k in range(6):
        name, (picture, matte, index, mesh) = f"{k:04d}", draw_head(k)
        Image.fromarray(picture).save(pack / "images" / f"{name}.jpg")
        Image.fromarray(matte).save(pack / "hair" / f"{name}.png")
        labels = Image.fromarray(index, "P")
        labels.putpalette(list(range(24)))
        labels.save(pack / "regions" / f"{name}.png")
        points.append(mesh)
        rows.append(
            {"id": name, "split": "val" if k > 3 else "train", "width": SIDE, "height": SIDE, "quality": 0.9}
            | {"yaw": 0, "pitch": 0, "roll": 0, "hat": "", "length": "short", "curl": "", "hair_color": "black"}
        )
    np.savez(pack / "landmarks.npz", ids=np.array([row["id"] for row in rows]), points=np.stack(points))
    with (pack / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (tmp_path / "data" / "rooms").mkdir()
    for k in range(2):
        Image.new("RGB", (64, 48), (40 * k, 90, 120)).save(tmp_path / "data" / "rooms" / f"{k}.jpg")
    return tmp_path / "data"


def draw_head(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A picture, its hair matte, its region map, and 468 points on an oval 40 px high around (60, 66)."""
    generator = np.random.default_rng(seed)
    index = np.zeros((SIDE, SIDE), np.uint8)
    index[90:, 30:90], index[30:90, 40:80], index[46:88, 44:76] = (
        PALETTE.index("clothes"),
        PALETTE.index("hair"),
        PALETTE.index("skin"),
    )
    colours = generator.integers(0, 255, (len(PALETTE), 3))
    picture = (colours[index] + generator.normal(0, 4, (SIDE, SIDE, 3))).clip(0, 255).astype(np.uint8)
    angles = generator.uniform(0, 2 * np.pi, 468)
    radii = generator.uniform(0.2, 1.0, 468)
    mesh = np.stack([60 + 14 * radii * np.cos(angles), 66 + 18 * radii * np.sin(angles)], 1)
    mesh[10], mesh[152] = (60, 46), (60, 86)
    mesh[list(landmarks.EYE_RIGHT)] += (52, 60) - mesh[list(landmarks.EYE_RIGHT)].mean(0)
    mesh[list(landmarks.EYE_LEFT)] += (68, 60) - mesh[list(landmarks.EYE_LEFT)].mean(0)
    return picture, (255 * (index == PALETTE.index("hair"))).astype(np.uint8), index, mesh.astype(np.float32)


def framing(turn: float, flip: float) -> augment.Framing:
    return augment.Framing(
        torch.tensor([[52.0, 61.0]]), torch.tensor([90.0]), torch.tensor([turn]), torch.tensor([flip])
    )


@pytest.mark.parametrize("turn", [0.0, 0.5, -0.7])
@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_points_move_with_the_pixels_they_mark(turn: float, flip: float) -> None:
    canvas = torch.zeros(1, 1, 120, 120)
    canvas[0, 0, 70, 44] = 1.0
    crop = augment.cut(canvas, framing(turn, flip), 180)[0, 0]
    row, column = divmod(int(crop.argmax()), 180)
    placed = augment.move_points(torch.tensor([[[44.0, 70.0]]]), framing(turn, flip))[0, 0] * 180 - 0.5
    assert placed.tolist() == pytest.approx([column, row], abs=1.5)


def test_mirrored_faces_keep_their_points_in_order(packs: Path) -> None:
    data = read_portraits(packs / "portraits", "train")
    upright = face_parser.frame_heads(data.points, torch.full((4,), 0.4))
    mirrored = augment.Framing(upright.centre, upright.side, upright.turn, -upright.flip)
    points = face_parser.crop_batch(data, torch.arange(4), mirrored, 64).points
    right, left = (points[:, landmarks.places(*eye)].mean(1)[:, 0] for eye in (landmarks.EYE_RIGHT, landmarks.EYE_LEFT))
    assert (right < left).all()


def test_outside_a_picture_nothing_is_asked(packs: Path) -> None:
    data = read_portraits(packs / "portraits", "train")
    batch = face_parser.crop_batch(
        data, torch.arange(4), face_parser.frame_heads(data.points, torch.full((4,), 0.2)), 64
    )
    assert (batch.labels[:, 0, 0] == face_parser.IGNORE).all()
    assert batch.labels[:, 16, 16].ne(face_parser.IGNORE).all()
    assert torch.allclose(batch.crops[:, :, 0, 0], torch.tensor(0.5))


def test_every_disturbance_keeps_pictures_in_range_and_repeats_with_its_seed(packs: Path) -> None:
    data = read_portraits(packs / "portraits", "train")
    backdrops = torch.randint(0, 255, (2, 3, 320, 320), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    recipe = face_parser.FaceParserRecipe(steps=2, batch=3, sizes=(64,))
    (_, first), (_, second) = face_parser.batches(data, backdrops, recipe, 0)
    ((_, again),) = face_parser.batches(data, backdrops, recipe, 1)
    assert torch.equal(second.crops, again.crops)
    assert not torch.equal(first.crops, second.crops)
    assert 0.0 <= float(first.crops.min()) <= float(first.crops.max()) <= 1.0


def test_what_the_finder_is_taught_is_what_decoding_reads() -> None:
    boxes = torch.tensor([[[20.0, 30.0, 60.0, 80.0], [100.0, 90.0, 118.0, 112.0]]])
    scenes = face_finder.Scenes(torch.zeros(1, 3, 128, 128), boxes, torch.ones(1, 2, dtype=torch.bool))
    heat, rest, counts = face_finder.targets(scenes)
    assert int(counts.sum()) == 2
    taught = torch.cat((torch.logit(heat.clamp(1e-4, 1 - 1e-4))[:, None], rest), 1)
    (found,) = decode(taught, 0.99)
    assert found[:, :4].sort(0).values.numpy() == pytest.approx(boxes[0].sort(0).values.numpy(), abs=0.1)


def test_a_network_that_knows_the_answer_has_the_smaller_loss() -> None:
    boxes = torch.tensor([[[20.0, 30.0, 60.0, 80.0]]])
    scenes = face_finder.Scenes(torch.zeros(1, 3, 128, 128), boxes, torch.ones(1, 1, dtype=torch.bool))
    heat, rest, _ = face_finder.targets(scenes)
    right = torch.cat((torch.logit(heat.clamp(1e-4, 1 - 1e-4))[:, None], rest), 1)
    assert float(face_finder.measure_loss(right, scenes)) < 0.1 * float(face_finder.measure_loss(0 * right, scenes))


def toy(data: Path, recipe: face_parser.FaceParserRecipe | face_finder.FaceFinderRecipe) -> Settings:
    return Settings[type(recipe)](data=data, backdrops=("rooms",), backdrop_count=2, recipe=recipe)


def test_a_parsers_run_writes_weights_that_load_and_goes_on_where_it_stopped(packs: Path, tmp_path: Path) -> None:
    recipe = face_parser.FaceParserRecipe(steps=2, batch=2, sizes=(64,), eval_size=64, evaluate_every=1)
    out, told = tmp_path / "run", []
    best = train(toy(packs, recipe), out, False, face_parser.job, told.append)
    record = load_weights(HeadParser(), best)
    assert record.licence == "Apache-2.0"
    assert {"hair", "landmarks", "step"} <= set(record.record)
    longer = recipe.model_copy(update={"steps": 3})
    train(toy(packs, longer), out, True, face_parser.job, told.append)
    assert [scores["step"] for scores in told] == [1, 2, 3]
    assert len((out / "log.jsonl").read_text().splitlines()) == 3
    with pytest.raises(UsageError, match="--resume"):
        train(toy(packs, longer), out, False, face_parser.job, told.append)


def test_a_run_goes_on_from_given_weights(packs: Path, tmp_path: Path) -> None:
    recipe = face_parser.FaceParserRecipe(steps=1, batch=2, sizes=(64,), eval_size=64, evaluate_every=1)
    first = train(toy(packs, recipe), tmp_path / "first", False, face_parser.job, lambda scores: None)
    still = recipe.model_copy(update={"rate": 1e-12})
    settings = toy(packs, still).model_copy(update={"start": first})
    second = train(settings, tmp_path / "second", False, face_parser.job, lambda scores: None)
    before, after = HeadParser(), HeadParser()
    load_weights(before, first)
    load_weights(after, second)
    torch.testing.assert_close(after.hair.weight, before.hair.weight, rtol=0, atol=1e-3)


def test_depthwise_convolutions_keep_float32_under_autocast_and_their_names() -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(4, 4, 3, groups=4), torch.nn.Conv2d(4, 2, 1))
    names, maps = list(network.state_dict()), torch.randn(1, 4, 8, 8)
    plain = network[0](maps)
    spare_depthwise(network)
    assert list(network.state_dict()) == names
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(network[0](maps), plain)
        assert network(maps).dtype == torch.bfloat16


def test_denormals_are_flushed_only_while_a_run_lasts() -> None:
    small = torch.tensor([1e-310], dtype=torch.float64)
    with flushed_denormals():
        assert float((small * 1.0).sum()) == 0.0
    assert float((small * 1.0).sum()) > 0.0


def test_pictures_that_are_left_undisguised_keep_their_own_labels(packs: Path) -> None:
    data = read_portraits(packs / "portraits", "train")
    picks = torch.tensor([0, 1, 2, 3])
    framing = face_parser.frame_heads(data.points[picks], torch.full((4,), 0.3))
    plain = face_parser.crop_batch(data, picks, framing, 64)
    other = plain._replace(crops=1 - plain.crops, matte=1 - plain.matte)
    mixed = face_parser.mix(other, plain, 0.5, torch.Generator().manual_seed(1))
    kept = [torch.equal(mixed.crops[k], plain.crops[k]) for k in range(4)]
    assert kept == [torch.equal(mixed.matte[k], plain.matte[k]) for k in range(4)]
    assert 0 < sum(kept) < 4
    whole = face_parser.mix(other, plain, 0.0, torch.Generator())
    assert torch.equal(whole.crops, other.crops)


def test_a_finders_run_writes_weights_that_load(packs: Path, tmp_path: Path) -> None:
    recipe = face_finder.FaceFinderRecipe(steps=1, batch=2, size=96, height=(20.0, 40.0), evaluate_every=1)
    best = train(toy(packs, recipe), tmp_path / "run", False, face_finder.job, lambda scores: None)
    assert load_weights(FaceFinder(), best).name == "best"


@pytest.mark.parametrize(
    ("name", "recipe"),
    [("face_parser", face_parser.FaceParserRecipe), ("face_finder", face_finder.FaceFinderRecipe)],
)
def test_the_shipped_settings_are_read(name: str, recipe: type) -> None:
    assert read_settings(CONFIGS / f"{name}.toml", recipe).recipe.steps > 100


def test_a_folder_that_is_no_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"labels\.csv"):
        read_portraits(tmp_path, "train")


def test_shipped_weights_say_how_they_were_made() -> None:
    kinds = {
        "face-parser": HeadParser,
        "face-finder": FaceFinder,
        "hair-under": UnderNetwork,
        "hair-finish": FinishNetwork,
    }
    shipped = sorted((Path(face_parser.__file__).parents[1] / "weights").glob("*.safetensors"))
    assert {path.stem for path in shipped} == {*kinds, "captioner", "person-heads"}  # those two have tests of their own
    for path in shipped:
        assert path.stem not in kinds or load_weights(kinds[path.stem](), path).record["step"] > 0
        assert read_record(path).record
        assert path.with_suffix(".md").is_file()
    assert sum(path.stat().st_size for path in shipped) <= 40_000_000
