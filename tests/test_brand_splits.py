"""Splits keep what belongs together together, are as even as that allows, and are used again or refused."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import pack

from genmark.brand.grouping import crossing, fold, group_posts
from genmark.brand.hashes import hash_pictures, near_copies
from genmark.brand.posts import Post, read_posts
from genmark.brand.splits import SHARES, Splits, read_splits, split_posts, write_splits
from genmark.errors import ConfigError


def made(count: int, brands: int, campaigns: int, accounts: int, seed: int = 0) -> list[Post]:
    rng = random.Random(seed)
    posts = []
    for i in range(count):
        brand = f"b{i % brands}"
        campaign = f"c{rng.randrange(campaigns)}" if campaigns else ""
        account = f"{brand}@{rng.randrange(accounts)}" if accounts else ""
        posts.append(Post(Path(f"{i:05}.jpg"), brand, account=account, campaign=campaign))
    return posts


def digests(posts: list[Post]) -> list[str]:
    return [f"sha {post.path.name}" for post in posts]


def split(posts: list[Post], **options: object) -> Splits:
    return split_posts(posts, np.arange(len(posts)), digests(posts), **options)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 200), st.integers(1, 6), st.integers(0, 9), st.integers(0, 5), st.integers(1, 80), st.integers(0, 9)
)
def test_what_belongs_together_stays_together(
    count: int, brands: int, campaigns: int, accounts: int, copies: int, seed: int
) -> None:
    posts = made(count, brands, campaigns, accounts, seed)
    near = np.random.default_rng(seed).integers(0, copies, count)
    near = np.array([near.tolist().index(one) for one in near.tolist()])
    got = split_posts(posts, near, digests(posts), seed=seed)
    assert set(got.names) <= set(SHARES)
    assert crossing(near, got.names) == ()
    assert crossing(group_posts(posts, near, got.grouped_by), got.names) == ()  # type: ignore[arg-type]
    assert got == split_posts(posts, near, digests(posts), seed=seed)
    assert sum(len(got.places(name)) for name in SHARES) == count


def test_brands_are_even_in_every_split() -> None:
    posts = made(2000, 5, 40, 0)
    got = split(posts)
    assert got.grouped_by == ("campaign",)
    assert got.notes == ()
    cells = Counter(zip((post.brand for post in posts), got.names, strict=True))
    for brand in {post.brand for post in posts}:
        for name, share in SHARES.items():
            assert cells[brand, name] / 400 == pytest.approx(share, abs=0.03)


def test_another_seed_gives_another_split() -> None:
    posts = made(200, 4, 0, 0)
    assert split(posts, seed=1).names != split(posts, seed=2).names


def test_one_account_a_brand_cannot_keep_accounts_apart_and_says_so() -> None:
    posts = made(400, 4, 12, 1)
    got = split(posts)
    assert got.grouped_by == ("campaign",)
    assert any("account" in note for note in got.notes)
    with pytest.raises(ConfigError, match="cannot be split by account"):
        split(posts, keys=("account",))


def test_two_campaigns_a_brand_are_not_enough_for_four_splits() -> None:
    got = split(made(400, 4, 2, 0))
    assert got.grouped_by == ()
    assert any("campaign" in note for note in got.notes)


def test_brands_may_have_a_campaign_of_the_same_name_but_not_an_account() -> None:
    posts = [Post(Path("1"), "a", campaign="summer"), Post(Path("2"), "b", campaign="summer")]
    assert len(set(group_posts(posts, np.arange(2), ("campaign",)).tolist())) == 2
    posts = [Post(Path("1"), "a", account="shop"), Post(Path("2"), "b", account="shop")]
    assert len(set(group_posts(posts, np.arange(2), ("account",)).tolist())) == 1


def test_a_brand_of_two_pictures_is_noted() -> None:
    posts = [*made(200, 2, 0, 0), Post(Path("x1"), "tiny"), Post(Path("x2"), "tiny")]
    got = split(posts)
    assert got.notes == ("1 small brands are not in every split, such as 'tiny'",)
    assert got.names[200] == "train"


def test_splits_that_the_data_name_are_taken_and_their_leaks_told() -> None:
    names = [*["train"] * 5, "val", "cal", "test"]
    posts = [Post(Path(f"{i}"), f"b{i % 2}", campaign="c", split=name) for i, name in enumerate(names)]
    near = np.array([0, 1, 2, 3, 4, 5, 6, 0])
    got = split_posts(posts, near, digests(posts))
    assert list(got.names) == names
    assert got.grouped_by == ("given",)
    assert [note.split(" are")[0] for note in got.notes] == ["1 groups of copies", "2 groups of campaigns"]
    with pytest.raises(ConfigError, match="1 of 9 posts name no split"):
        split([*posts, Post(Path("9"), "b1")])
    with pytest.raises(ConfigError, match="no split is called 'tests'; did you mean 'test'"):
        split([*posts, Post(Path("9"), "b1", split="tests")])
    with pytest.raises(ConfigError, match="nothing to learn from"):
        split(posts[5:])


def test_what_the_data_name_no_split_for_is_cut_off_from_train_by_group() -> None:
    taught = [Post(Path(f"{i}"), f"b{i % 2}", campaign=f"c{i // 6}", split="train") for i in range(240)]
    kept = [Post(Path(f"k{i}"), f"b{i % 2}", campaign=f"k{i}", split="val") for i in range(20)]
    got = split([*taught, *kept])
    assert set(got.names[240:]) == {"test"}
    assert {name: got.names[:240].count(name) > 15 for name in SHARES} == dict.fromkeys(SHARES, True) | {"test": False}
    assert not crossing(group_posts([*taught, *kept], np.arange(260), ("campaign",)), got.names)
    assert got.grouped_by == ("given", "campaign")
    assert "val is tested on" in got.notes[0]
    assert got.notes[1] == "val and cal are cut off from train"


def test_folds_are_whole_groups_and_even() -> None:
    groups = np.repeat(np.arange(100), 3)
    labels = [str(group % 4) for group in groups.tolist()]
    parts = fold(groups, labels, [1.0] * 5)
    assert all(len(set(parts[groups == group].tolist())) == 1 for group in range(100))
    assert set(Counter(zip(parts.tolist(), labels, strict=True)).values()) == {15}


def test_ten_thousand_brands_are_split() -> None:
    posts = made(20_000, 10_000, 0, 0)
    names = split(posts).names
    for name, share in SHARES.items():
        assert names.count(name) / 20_000 == pytest.approx(share, abs=0.07)  # pairs share out coarsely
    taught = {post.brand for post, name in zip(posts, names, strict=True) if name == "train"}
    assert len(taught) > 9_900  # of two pictures of a brand, one is learnt from


def test_written_splits_are_used_again_whatever_the_order_and_the_folder(tmp_path: Path) -> None:
    posts = made(300, 3, 9, 0)
    posts[7] = Post(Path("café 삼성.jpg"), "b1", ("fun",))
    got = split(posts, seed=4)
    write_splits(tmp_path / "splits.json", got, posts, digests(posts))
    assert read_splits(tmp_path / "splits.json", posts, digests(posts)) == got
    moved = [Post(Path("/elsewhere") / p.path, p.brand, p.attributes, p.account, p.campaign) for p in posts[::-1]]
    again = read_splits(tmp_path / "splits.json", moved, digests(posts)[::-1])
    assert again.names == got.names[::-1]
    write_splits(tmp_path / "again.json", got, posts, digests(posts))
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "splits.json").read_bytes()


def test_changed_posts_are_refused_and_the_change_told(tmp_path: Path) -> None:
    posts = made(100, 2, 0, 0)
    path = tmp_path / "splits.json"
    write_splits(path, split(posts), posts, digests(posts))

    def says(posts: list[Post], sha256: list[str] | None = None) -> str:
        with pytest.raises(ConfigError) as caught:
            read_splits(path, posts, sha256 or digests(posts))
        return str(caught.value)

    assert "1 gone (such as '00000.jpg')" in says(posts[1:])
    assert "1 new (such as 'z.jpg')" in says([*posts, Post(Path("z.jpg"), "b0")])
    assert "1 new (such as '00003.jpg'), 1 gone" in says([*posts[:3], Post(posts[3].path, "b0"), *posts[4:]])
    assert "1 new (such as '00000.jpg')" in says(posts, ["edited", *digests(posts)[1:]])
    assert "copies came or went" in says([*posts, posts[0]])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', '{"format": "genmark-splits/1"}'])
def test_a_file_that_holds_no_splits_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "splits.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"splits\.json"):
        read_splits(path, [], [])


def test_the_brand_pack_is_split_by_campaign(tmp_path: Path) -> None:
    posts = [
        Post(post.path, post.brand, (), post.account, post.campaign)
        for post in read_posts(pack("brands") / "posts.csv")
        if post.split == "train"
    ]
    got = hash_pictures([post.path for post in posts])
    splits = split_posts(posts, near_copies(got), got.sha256)
    assert splits.grouped_by == ("campaign",)  # a brand's three accounts share every campaign
    cells = Counter(zip((post.brand for post in posts), splits.names, strict=True))
    assert min(cells.values()) >= 6
    assert len(cells) == 24
    write_splits(tmp_path / "splits.json", splits, posts, got.sha256)
    assert str(pack("brands")) not in json.dumps(json.loads((tmp_path / "splits.json").read_text()))
