"""Donors that ship, which of them a head gets, and their mirror image."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genmark.colour import delta_e
from genmark.errors import ConfigError, PhotoError, SubjectError, UsageError
from genmark.perceive.landmarks import COUNT
from genmark.perceive.pose import head_frame
from genmark.photos import read_cutout, write_cutout
from genmark.restyle.hair import donors as shelf
from genmark.restyle.hair.choice import YAW, choose, rank
from genmark.restyle.hair.donors import SHIPPED, Donor, load, mirrored, read_donors, read_folder
from genmark.types import Matte, Photo, Pose

DONORS = read_donors()
BY_ID = {donor.id: donor for donor in DONORS}
LEVEL = Pose(0.0, 7.0, 0.0)


def turned(donor: Donor, yaw: float, pitch: float = 7.0, name: str = "x", style: str | None = None) -> Donor:
    return replace(donor, id=name, pose=Pose(yaw, pitch, 0.0), style=style or donor.style, slope=(0.0, 0.0))


def test_the_pack_ships_whole_with_its_notice_and_under_twelve_megabytes() -> None:
    assert len(DONORS) == len(BY_ID) == 78
    assert len({donor.style for donor in DONORS}) == 69
    assert {path.stem for path in SHIPPED.glob("*.webp")} == set(BY_ID)
    assert "Permission is hereby granted" in (SHIPPED / "LICENSE.txt").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 12e6


@pytest.mark.parametrize("donor", DONORS, ids=lambda donor: donor.id)
def test_every_donor_loads_with_a_face_and_a_sane_matte(donor: Donor) -> None:
    source = load(donor)
    assert source.points.shape == (COUNT, 2)
    frame = head_frame(source.points)
    assert 80 < frame.unit < 400
    assert abs(frame.roll - donor.pose.roll) < 4
    high, wide = source.alpha.shape
    assert source.lab.shape == (high, wide, 3)
    assert source.alpha.min() >= 0.0
    assert source.alpha.max() == 1.0
    assert 0.03 < (source.alpha > 0.9).sum() / frame.unit**2 < 6.0
    assert np.median(np.stack([source.alpha[:, 0], source.alpha[:, -1]])) < 0.05, (
        "hair stands against the picture's side"
    )
    assert float(delta_e(np.median(source.lab[source.alpha > 0.9], axis=0), donor.lab)) < 4.0
    eyes = frame.to_pixels(np.array([[-0.17, 0.0], [0.17, 0.0]]))
    for x, y in np.rint(eyes).astype(int):
        if 0 <= x < wide and 0 <= y < high:
            assert source.alpha[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].mean() < 0.6, "hair in an eye"


def test_loaded_pictures_are_shared_and_cannot_be_changed() -> None:
    one, other = load(BY_ID["001"]), load(BY_ID["001"])
    assert one.lab is other.lab
    with pytest.raises(ValueError, match="read-only"):
        one.lab[0, 0] = 0.0


def test_colours_go_on_under_what_is_transparent() -> None:
    photo, matte = read_cutout(SHIPPED / "016.webp")
    clear = matte.alpha == 0.0
    assert clear.any()
    assert photo.pixels[clear].any(axis=1).mean() > 0.9


def test_a_cut_out_comes_back_as_it_was_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    photo = Photo(rng.integers(0, 256, (20, 31, 3), dtype=np.uint8), "x")
    matte = Matte((rng.integers(0, 256, (20, 31)) / 255).astype(np.float32))
    write_cutout(photo, matte, tmp_path / "x.webp")
    pixels, alpha = read_cutout(tmp_path / "x.webp")
    np.testing.assert_array_equal(pixels.pixels, photo.pixels)
    np.testing.assert_allclose(alpha.alpha, matte.alpha, atol=1e-6)
    with pytest.raises(UsageError, match="webp"):
        write_cutout(photo, matte, tmp_path / "x.png")
    with pytest.raises(ValueError, match="one size"):
        write_cutout(photo, Matte(matte.alpha[:5]), tmp_path / "x.webp")


def test_a_picture_without_alpha_is_no_cut_out(tmp_path: Path) -> None:
    from genmark.photos import write

    write(Photo(np.zeros((9, 9, 3), np.uint8)), tmp_path / "flat.webp")
    with pytest.raises(PhotoError, match="no cut-out"):
        read_cutout(tmp_path / "flat.webp")


@pytest.mark.parametrize("name", ["001", "018", "076"])
def test_mirrored_twice_is_as_before(name: str) -> None:
    source = load(BY_ID[name])
    once = mirrored(source)
    assert once.pose.yaw == -source.pose.yaw
    assert once.slope == (-source.slope[0], source.slope[1])
    assert not np.array_equal(once.alpha, source.alpha)
    again = mirrored(once)
    np.testing.assert_array_equal(again.lab, source.lab)
    np.testing.assert_array_equal(again.alpha, source.alpha)
    np.testing.assert_allclose(again.points, source.points, atol=1e-4)
    assert (again.pose, again.slope) == (source.pose, source.slope)


def test_a_mirrored_face_keeps_its_right_and_left_apart() -> None:
    source = load(BY_ID["018"])
    before, after = head_frame(source.points), head_frame(mirrored(source).points)
    assert abs(before.roll + after.roll) < 0.1
    assert after.origin[0] == pytest.approx(source.alpha.shape[1] - 1 - before.origin[0], abs=0.01)


def test_the_nearest_pose_is_chosen_mirrored_where_that_is_nearer() -> None:
    donor = BY_ID["016"]
    pool = [turned(donor, 3, name="a"), turned(donor, -14, name="b"), turned(donor, 25, name="c")]
    best = rank(pool, [donor.style], Pose(13.0, 7.0, 0.0))[0]
    assert (best.donor.id, best.flip) == ("b", True)
    best = rank(pool, [donor.style], Pose(-13.0, 7.0, 0.0))[0]
    assert (best.donor.id, best.flip) == ("b", False)
    source = choose(pool, [donor.style], Pose(13.0, 7.0, 0.0))
    assert source.pose.yaw == 14.0
    assert source.name == "b"


def test_pitch_and_light_count_too() -> None:
    donor = BY_ID["016"]
    pool = [turned(donor, 0, 20, name="a"), turned(donor, 4, 7, name="b")]
    assert rank(pool, [donor.style], LEVEL)[0].donor.id == "b"
    lit = [
        replace(turned(donor, 0, name="a"), slope=(-1.0, 0.0)),
        replace(turned(donor, 0, name="b"), slope=(0.2, 0.0)),
    ]
    assert rank(lit, [donor.style], LEVEL, (0.2, 0.0))[0].donor.id == "b"


def test_an_earlier_style_wins_unless_its_heads_are_held_too_differently() -> None:
    donor = BY_ID["016"]
    pool = [turned(donor, 9, name="a", style="first"), turned(donor, 0, name="b", style="second")]
    assert choose(pool, ["first", "second"], LEVEL).name == "a"
    far = [turned(donor, 9 + 2 * YAW, name="a", style="first"), pool[1]]
    assert choose(far, ["first", "second"], LEVEL).name == "b"


@pytest.mark.parametrize(("pose", "word"), [(Pose(75.0, 7.0, 0.0), "turned"), (Pose(0.0, 60.0, 0.0), "nodded")])
def test_a_head_held_too_differently_is_refused(pose: Pose, word: str) -> None:
    with pytest.raises(SubjectError, match=word) as caught:
        choose(DONORS, ["dandy"], pose)
    assert caught.value.code == "pose"


def test_a_style_that_nobody_wears_is_a_usage_error_with_the_nearest_names() -> None:
    with pytest.raises(UsageError, match="did you mean 'dandy'"):
        choose(DONORS, ["dandi"], LEVEL)


@pytest.mark.parametrize("yaw", [-8.0, 0.0, 8.0])
def test_heads_that_look_at_the_camera_find_nearly_every_style(yaw: float) -> None:
    styles = {donor.style for donor in DONORS}
    found = {choice.donor.style for choice in rank(DONORS, sorted(styles), Pose(yaw, 6.0, 0.0)) if choice.fits}
    assert len(found) >= len(styles) - 7, sorted(styles - found)


def test_a_folder_without_donors_adds_none_and_a_broken_one_says_so(tmp_path: Path) -> None:
    assert read_donors(tmp_path / "nowhere") == DONORS
    for name in ("donors.csv", "landmarks.npz", "001.webp"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    assert len(read_folder(tmp_path)) == 78
    with pytest.raises(PhotoError, match="002"):
        load(read_folder(tmp_path)[1])
    rows = list(csv.DictReader((tmp_path / "donors.csv").read_text(encoding="utf-8").splitlines()))
    rows[0]["yaw"] = "left"
    with (tmp_path / "donors.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, shelf.COLUMNS)
        table.writeheader()
        table.writerows(rows)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_donors(tmp_path)
    (tmp_path / "landmarks.npz").write_bytes(b"PK\3\4 cut off")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_donors(tmp_path)


def test_the_users_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GENMARK_DONORS", str(tmp_path))
    assert shelf.own_folder() == tmp_path
    monkeypatch.delenv("GENMARK_DONORS")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert shelf.own_folder() == tmp_path / "data" / "genmark" / "donors"
