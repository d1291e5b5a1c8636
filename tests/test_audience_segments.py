"""Audiences from TOML: what ships is whole, what is wrong is said in one clear line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from shared_data import pack

from genmark.audience.segments import Segment, find_segment, load_segments
from genmark.audience.taxonomy import is_node, nodes, path_of
from genmark.errors import ConfigError

DOG = '[segments.dogs]\nname = "Dogs"\nnouns = ["dog"]\n'


@pytest.mark.parametrize(("name", "least"), [(None, 60), ("retail", 30), ("everyday.toml", 60)])
def test_shipped_audiences_are_whole(name: str | None, least: int) -> None:
    segments = load_segments(name)
    assert len(segments) >= least
    for segment in segments:
        assert segment.korean
        assert segment.description
        assert len(segment.nouns) >= 3
        assert segment.iab
        assert all(path_of(node) for node in segment.iab), segment.id


def test_no_noun_of_the_house_is_written_twice_in_a_segment() -> None:
    for segment in load_segments():
        assert len(set(segment.nouns)) == len(segment.nouns), segment.id


def test_every_node_is_what_iab_calls_it() -> None:
    folder = pack("taxonomy")
    known = {}
    for line in (folder / "audience_taxonomy_1.1.tsv").read_text("utf-8").splitlines()[1:]:
        cells = line.split("\t")
        known[f"audience:{cells[1]}"] = " > ".join(cell.strip() for cell in cells[4:10] if cell.strip())
    for line in (folder / "ad_product_taxonomy_2.0.tsv").read_text("utf-8").splitlines()[1:]:
        cells = line.split("\t")
        known[f"product:{cells[0]}"] = " > ".join(cell.strip() for cell in cells[3:] if cell.strip())
    assert {node: known.get(node) for node in nodes()} == dict(nodes())


def test_nodes_are_told_from_other_texts() -> None:
    assert is_node("audience:544")
    assert not is_node("544")
    assert not is_node("audience:544 ")
    assert path_of("audience:544") == "Interest > Pets > Dogs"
    assert path_of("audience:9999") == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "segments"),
        ("[segments]\n", "1 to 2000 segments"),
        ("not toml = = =", "is not TOML"),
        ('[segments.dogs]\nname = "Dogs"\nnuons = ["dog"]\n', "did you mean 'nouns'"),
        ('[segment.dogs]\nname = "Dogs"\n', "did you mean 'segments'"),
        ('[segments.dogs]\nnouns = ["dog"]\n', "needs a name"),
        ('[segments.dogs]\nname = "Dogs"\n', "must say what belongs"),
        ('[segments.dogs]\nname = 3\nnouns = ["dog"]\n', "segments.dogs.name"),
        ('[segments.dogs]\nname = "Dogs"\nnouns = "dog"\n', "segments.dogs.nouns"),
        ('[segments.dogs]\nname = "Dogs"\nnouns = ["dog", " "]\n', "is empty"),
        ('[segments."Dogs!"]\nname = "Dogs"\nnouns = ["dog"]\n', "lower-case letters"),
        ('[segments.dogs]\nname = "Dogs"\nnouns = ["dog"]\niab = ["544"]\n', "audience:544"),
        (DOG + '[segments.dogs]\nname = "Again"\n', "is not TOML"),
        (DOG + '[segments.hounds]\nname = "dogs"\nnouns = ["hound"]\n', "share a name"),
        ('[segments.faith]\nname = "Church goers"\nnouns = ["church"]\n', "religion"),
        ('[segments.faith]\nkorean = "교회"\nnouns = ["예배"]\n', "religion"),
        ('[segments.sick]\nname = "Pharmacy"\nnouns = ["medicine"]\n', "health"),
        ('[segments.kids]\nname = "Children"\nnouns = ["child"]\n', "minor"),
        ('[segments.debt]\nname = "Loans"\nnouns = ["debt"]\n', "money"),
        (f'[segments.dogs]\nname = "{"x" * 500}"\nnouns = ["dog"]\n', "too long"),
    ],
)
def test_a_wrong_file_is_one_clear_error(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "audience.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_segments(path)
    assert words.casefold() in str(error.value).casefold()
    assert "audience.toml" in str(error.value)


def test_bytes_that_are_no_text_and_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00segments")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_segments(tmp_path / "binary.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_segments(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match=r"audiences/retail\.toml"):
        load_segments("retial.toml")


def test_a_korean_name_alone_is_a_name() -> None:
    segment = Segment("hair", korean="미용실", nouns=("머리",))
    assert segment.name == "미용실"
    assert segment.texts == ("미용실", "머리")


def test_a_segment_is_found_by_any_of_its_names() -> None:
    segments = load_segments()
    assert find_segment("반려견", segments) is find_segment("DOGS", segments) is find_segment("dogs", segments)
    with pytest.raises(ConfigError, match="did you mean 'dogs'"):
        find_segment("dogz", segments)


def test_lists_of_what_is_denied_hold_no_term_twice() -> None:
    folder = Path(load_segments.__code__.co_filename).parent
    for file in ("denied.csv", "denied_korean.csv"):
        with (folder / file).open(encoding="utf-8", newline="") as lines:
            terms = [term for row in csv.DictReader(lines) for term in row["terms"].split("|")]
        assert sorted({term for term in terms if terms.count(term) > 1}) == [], file
        assert all(term.strip() == term and term for term in terms), file
