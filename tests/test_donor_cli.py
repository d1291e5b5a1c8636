"""`genmark donor`: a salon's own donors, added, listed and removed."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import doubles
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from genmark.cli import main
from genmark.colour import delta_e
from genmark.errors import SubjectError, WriteError
from genmark.perceive.pose import HeadFrame, head_frame
from genmark.restyle.hair import shelf
from genmark.restyle.hair.choice import choose
from genmark.restyle.hair.donors import load, read_donors, read_folder
from genmark.types import Matte, Photo, Pose, Regions

FACE = read_donors()[15].points


def parse(photo: Photo, face: int = 0, /) -> Regions:
    """What the doubles' parser says, with all the points of a face."""
    regions = doubles.parse(photo, face)
    assert regions.face is not None
    frame = head_frame(FACE)
    wide, high = photo.size
    points = HeadFrame((0.5 * wide, 0.42 * high), 0.38 * high, 0.0).to_pixels(frame.to_head(FACE))
    return replace(regions, face=replace(regions.face, landmarks=points))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the salon's donors go, empty, with a parser that knows drawn portraits."""
    monkeypatch.setenv("GENMARK_DONORS", str(tmp_path / "own" / "donors"))
    monkeypatch.setattr("genmark.cli.donor.load", lambda kind, name: parse)
    return tmp_path / "own" / "donors"


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["donor", *map(str, args)])


def save(path: Path, portrait: Photo | None = None) -> Path:
    exif = Image.Exif()
    exif[0x010E] = "a customer called Anna"
    Image.fromarray((portrait or doubles.draw_portrait(320, 400)).pixels).save(path, exif=exif)
    return path


def records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def test_a_donor_is_added_listed_worn_and_removed(folder: Path, tmp_path: Path) -> None:
    words = ["--style", "salon-bob", "--english", "Salon bob", "--korean", "살롱 보브", "--length", "chin"]
    result = run("add", save(tmp_path / "anna.jpg"), *words)
    assert result.exit_code == 0, result.output
    (donor,) = read_folder(folder)
    assert (donor.style, donor.english, donor.korean, donor.length) == ("salon-bob", "Salon bob", "살롱 보브", "chin")
    assert (donor.worn_by, donor.curl, donor.pose) == ("any", "", Pose(1.0, -2.0, 0.5))
    source = load(donor)
    assert source.points.shape == FACE.shape
    assert (source.alpha > 0.9).any()
    assert float(delta_e(np.median(source.lab[source.alpha > 0.9], axis=0), donor.lab)) < 1.0
    listed = records(run("list", "--json"))
    assert [row["id"] for row in listed if row["own"]] == [donor.id]
    assert len(listed) == 79
    assert donor.id in run("list").stdout
    assert choose(read_donors(folder), ["salon-bob"], Pose(0.0, 0.0, 0.0)).name == donor.id
    assert run("remove", donor.id).exit_code == 0
    assert list(folder.iterdir()) == []
    assert read_folder(folder) == ()


def test_only_hair_is_kept_and_nothing_that_the_file_said(folder: Path, tmp_path: Path) -> None:
    photo = save(tmp_path / "anna.jpg")
    assert run("add", photo, "--style", "salon-bob").exit_code == 0
    (donor,) = read_folder(folder)
    for path in folder.iterdir():
        assert b"Anna" not in path.read_bytes()
        assert b"anna" not in path.read_bytes()
    with Image.open(donor.file) as image:
        assert image.mode == "RGBA"
        assert not image.getexif()
    face = head_frame(donor.points)
    lab = load(donor).lab[round(face.origin[1] + 0.2 * face.unit), round(face.origin[0])]
    assert float(delta_e(lab, donor.lab)) < 12.0, "skin is not written under what is transparent"
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0


def test_bad_photos_get_a_line_each_and_the_good_ones_are_done(folder: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a photo")
    flat = save(tmp_path / "flat.png", Photo(np.full((80, 80, 3), 90, np.uint8)))
    good = save(tmp_path / "good.png")
    result = run("add", text, flat, tmp_path / "gone.jpg", good, "--style", "salon-bob", "--json")
    assert result.exit_code == 3
    codes = [row["error"]["code"] if "error" in row else row["style"] for row in records(result)]
    assert codes == ["not_a_photo", "no_face", "unreadable", "salon-bob"]
    assert len(read_folder(folder)) == 1


def test_a_crown_outside_the_picture_is_refused(folder: Path, tmp_path: Path) -> None:
    whole = doubles.draw_portrait(320, 400)
    cropped = parse(whole)
    alpha = cropped.mattes["hair"].alpha.copy()
    alpha[:60, 120:200] = 1.0
    with pytest.raises(SubjectError, match="cut off") as caught:
        shelf.add_donor(folder, whole, replace(cropped, mattes={"hair": Matte(alpha)}), shelf.Label("salon-bob"))
    assert caught.value.code == "hair_hidden"
    assert not folder.exists()


def test_the_same_photo_again_replaces_its_donor(folder: Path, tmp_path: Path) -> None:
    photo = save(tmp_path / "anna.png")
    run("add", photo, "--style", "salon-bob")
    run("add", photo, "--style", "other-bob", "--curl", "wavy")
    (donor,) = read_folder(folder)
    assert (donor.style, donor.curl) == ("other-bob", "wavy")
    assert len(list(folder.glob("*.webp"))) == 1


def test_removing_one_leaves_the_others(folder: Path, tmp_path: Path) -> None:
    other = doubles.draw_portrait(300, 380)
    run("add", save(tmp_path / "a.png"), save(tmp_path / "b.png", other), "--style", "salon-bob")
    first, second = read_folder(folder)
    run("remove", first.id)
    (left,) = read_folder(folder)
    assert left.id == second.id
    np.testing.assert_array_equal(left.points, second.points)
    assert {path.name for path in folder.iterdir()} == {"donors.csv", "landmarks.npz", f"{second.id}.webp"}


@pytest.mark.parametrize("failing", ["write_cutout", "_write_points", "_write_table"])
def test_a_donor_that_cannot_be_written_whole_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    kept = save(tmp_path / "a.png")
    assert run("add", kept, "--style", "salon-bob").exit_code == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*args: object) -> None:
        if failing != "_write_points" or len(args[1]) > 1:  # type: ignore[arg-type]
            raise WriteError("no room is left")

    monkeypatch.setattr(shelf, failing, partial(_first_then, full, getattr(shelf, failing)))
    result = run("add", save(tmp_path / "b.png", doubles.draw_portrait(300, 380)), "--style", "salon-bob")
    assert result.exit_code == 2
    assert "no room" in result.output
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert after.keys() == before.keys()
    assert len(read_folder(folder)) == 1
    with np.load(folder / "landmarks.npz") as stored:
        assert stored["ids"].tolist() == [donor.id for donor in read_folder(folder)]


def _first_then(first: Callable[..., None], then: Callable[..., None], *args: object) -> None:
    first(*args)
    then(*args)


def test_what_ships_cannot_be_removed_and_what_is_not_there_is_said(folder: Path) -> None:
    for name, sentence in (("001", "ships with genmark"), ("own-12345678", "no donor of your own")):
        result = run("remove", name)
        assert result.exit_code == 2
        assert sentence in result.output


@pytest.mark.parametrize("style", ["Salon Bob", "", "-bob", "../bob"])
def test_a_style_is_a_plain_name(folder: Path, tmp_path: Path, style: str) -> None:
    result = run("add", save(tmp_path / "a.png"), f"--style={style}")
    assert result.exit_code == 2
    assert "lower-case" in result.output
    assert not folder.exists()


def test_the_help_says_what_is_kept_and_how_it_goes(folder: Path) -> None:
    assert "personal data" in run("--help").output.replace("\n", " ")
    assert "until you" in run("add", "--help").output


def test_a_large_photo_is_kept_smaller_and_still_fits(folder: Path) -> None:
    photo = doubles.draw_portrait(1800, 2000)
    donor = shelf.add_donor(folder, photo, parse(photo), shelf.Label("salon-bob"))
    assert head_frame(donor.points).unit == pytest.approx(380, rel=0.01)
    source = load(donor)
    place = head_frame(donor.points).to_pixels(np.array([[0.0, -0.45]]))[0]
    assert source.alpha[round(place[1]), round(place[0])] > 0.9
