"""Catalogues from CSV, TOML and SQL: the same offers from each, and one clear line for what is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genmark.audience.catalogue import MOST, Catalogue, Offer, require_known
from genmark.audience.offer_files import load_catalogue
from genmark.audience.offer_rows import offer_of
from genmark.audience.segments import load_segments
from genmark.errors import ConfigError, UsageError
from genmark.perceive.person.observations import OBSERVATIONS

DOG = "id,name,segments\ndog-food,Dog food,pets\n"
SEOUL = timezone(timedelta(hours=9))


def written(tmp_path: Path, name: str, text: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_shipped_catalogues_hold_the_same_offers_for_segments_there_are() -> None:
    catalogue = load_catalogue("retail.csv")
    assert catalogue == load_catalogue("retail.toml")
    assert len(catalogue.offers) >= 25
    require_known(catalogue, [segment.id for segment in load_segments("retail")], OBSERVATIONS)
    for offer in catalogue.offers:
        assert offer.name
        assert offer.korean
        assert offer.template
        assert offer.template_korean
        assert offer.link
        assert offer.least >= 0.5


def test_a_segment_or_observation_that_nobody_finds_is_named() -> None:
    with pytest.raises(ConfigError, match="did you mean 'pets'"):
        require_known(Catalogue((Offer("a", "A", segments=("pet",)),)), ["pets"], [])
    with pytest.raises(ConfigError, match="did you mean 'dry ends'"):
        require_known(Catalogue((Offer("a", "A", observations=("dry end",)),)), [], ["dry ends"])


def test_days_begin_at_the_operator_s_midnight_and_last_until_the_next(tmp_path: Path) -> None:
    text = "id,name,segments,starts,ends\na,A,pets,2026-03-29,2026-03-29\n"
    path = written(tmp_path, "days.csv", text)
    [offer] = load_catalogue(path).offers
    assert (offer.starts, offer.ends) == (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))
    [offer] = load_catalogue(path, zone=SEOUL).offers
    assert offer.starts == datetime(2026, 3, 28, 15, tzinfo=UTC)
    toml = written(
        tmp_path, "days.toml", '[offers.a]\nname = "A"\nsegments = ["pets"]\nstarts = 2026-03-29\nends = 2026-03-29\n'
    )
    assert load_catalogue(toml, zone=SEOUL).offers == (offer,)


def test_a_day_on_which_clocks_change_has_the_hours_that_it_has() -> None:
    zone = pytest.importorskip("zoneinfo").ZoneInfo("Europe/Berlin")
    short = offer_of({"id": "a", "name": "A", "segments": "b", "starts": "2026-03-29", "ends": "2026-03-29"}, zone)
    long = offer_of({"id": "a", "name": "A", "segments": "b", "starts": "2026-10-25", "ends": "2026-10-25"}, zone)
    assert [offer.ends - offer.starts for offer in (short, long)] == [timedelta(hours=23), timedelta(hours=25)]  # type: ignore[operator]


def test_moments_keep_their_zone() -> None:
    offer = offer_of({"id": "a", "name": "A", "segments": "b", "ends": "2026-11-21T10:00+09:00"})
    assert offer.ends == datetime(2026, 11, 21, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="ends has no time zone"):
        offer_of({"id": "a", "name": "A", "segments": "b", "ends": "2026-11-21T10:00"})


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"id": "Dog Food"}, "lower-case letters"),
        ({"id": "../../etc"}, "lower-case letters"),
        ({"name": ""}, "a name, English or Korean"),
        ({"segments": ""}, "segments or observations"),
        ({"segments": 3}, "list of texts"),
        ({"least": "1.5"}, r"in \[0, 1\]"),
        ({"least": "nan"}, "finite"),
        ({"least": True}, "must be a number"),
        ({"cost": "2.5"}, "whole number"),
        ({"cost": "-1"}, "0 or more"),
        ({"budget": "1e400"}, "finite"),
        ({"cap": "-1"}, "0 showings or more"),
        ({"cap_days": "0"}, "cap_days"),
        ({"countries": "kr"}, "two capital letters"),
        ({"starts": "2026-02-30"}, "a day or a moment"),
        ({"starts": "9999-12-31T23:59-12:00"}, "too far"),
        ({"ends": "9999-12-31"}, "too far"),
        ({"starts": "2026-02-03", "ends": "2026-02-01"}, "ends before it starts"),
        ({"link": "javascript:alert(1)"}, "https://"),
        ({"link": "https://a.example/'onclick"}, "https://"),
        ({"link": "http://[::1"}, "no link"),
        ({"template": "For {name}"}, "no other braces"),
        ({"template": "For\n{words}"}, "cannot be shown"),
        ({"name": "x" * 500}, "too long"),
        ({"name": "Bibles"}, "religion"),
        ({"korean": "암 환자 보험"}, "nothing may be targeted"),
        ({"segments": "hospital-patients"}, "health"),
        ({"colour": "red"}, "unknown column"),
    ],
)
def test_a_wrong_cell_is_named(cells: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        offer_of({"id": "dog-food", "name": "Dog food", "segments": "pets", **cells})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "first line names the columns"),
        ("name,segments\nA,pets\n", "'id' among them"),
        ("id,id\na,b\n", "each once"),
        ("id,nmae\na,b\n", "did you mean 'name'"),
        (DOG + "b,B\n", "2 cells, but the header has 3"),
        (DOG + DOG.splitlines()[1], "two offers have the id 'dog-food'"),
        (DOG + "b,B,pets,=cmd()\n", "4 cells"),
        ('id,name,segments\na,"A,pets\n', "line"),
        ("id,name,segments\na,A\0,pets\n", "cannot be shown|NUL"),
        ("id,name,segments\na," + "x" * 200_000 + ",pets\n", "field larger"),
        ("id,name,segments\n" + "".join(f"a-{n},A,b\n" for n in range(MOST + 1)), "at most 10000"),
        (b"\xff\xfeid,name", "UTF-8"),
    ],
    ids=range(12),
)
def test_a_broken_csv_is_told_in_one_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load_catalogue(written(tmp_path, "shop.csv", text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not toml = = =", "is not TOML"),
        ("[offer.a]\n", "unknown key 'offer'"),
        ("[offers.a]\nid = 'b'\n", "leave `id` out"),
        ("[offers.a]\nname = 'A'\nsegment = ['pets']\n", "did you mean 'segments'"),
        ("[offers.a]\nname = 'A'\nsegments = ['pets']\nstarts = 2026-01-01T10:00:00\n", "no time zone"),
        ("[offers.a]\nname = 'A'\nsegments = ['pets']\nstarts = 10:00:00\n", "a day or a moment"),
    ],
)
def test_a_broken_toml_is_told_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_catalogue(written(tmp_path, "shop.toml", text))


def test_other_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.csv or \.toml"):
        load_catalogue(tmp_path / "shop.xlsx")
    with pytest.raises(ConfigError, match="no file"):
        load_catalogue(tmp_path / "gone.csv")
    with pytest.raises(ConfigError, match=r"cannot be read|no file"):
        load_catalogue("a\0.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ConfigError, match="no file"):
        load_catalogue(tmp_path / "folder.csv")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    pytest.importorskip("sqlalchemy")
    path = tmp_path / "a shop.db"
    link = sqlite3.connect(path)
    link.execute("create table deals (id text, name text, segments text, budget integer, ends text, internal blob)")
    link.execute(
        "insert into deals values ('b', 'B', 'pets|cats', 100, '2026-11-30', x'00'), ('a', 'A', 'pets', null, '', null)"
    )
    link.execute("create table numbers (n integer)")
    link.commit()
    link.close()
    return path


def test_a_table_is_read_in_the_order_of_its_ids_and_never_written(database: Path) -> None:
    before = database.read_bytes()
    catalogue = load_catalogue(f"sqlite:///{database}", "deals")
    assert [offer.id for offer in catalogue.offers] == ["a", "b"]
    assert catalogue.offers[1].segments == ("pets", "cats")
    assert catalogue.offers[1].budget == 100
    assert database.read_bytes() == before
    assert [path.name for path in database.parent.iterdir()] == ["a shop.db"]


@pytest.mark.parametrize("table", ["deal", "deals; drop table deals", '"deals"', "deals' or 1=1 --"])
def test_a_table_s_name_is_looked_up_and_never_run(database: Path, table: str) -> None:
    with pytest.raises(ConfigError, match="no table"):
        load_catalogue(f"sqlite:///{database}", table)
    assert len(load_catalogue(f"sqlite:///{database}", "deals").offers) == 2


def test_databases_that_cannot_be_read_are_told_without_their_url(tmp_path: Path, database: Path) -> None:
    with pytest.raises(ConfigError, match="no such SQLite file"):
        load_catalogue(f"sqlite:///{tmp_path / 'gone.db'}", "deals")
    assert not (tmp_path / "gone.db").exists()
    with pytest.raises(ConfigError, match="no column 'id'"):
        load_catalogue(f"sqlite:///{database}", "numbers")
    with pytest.raises(UsageError, match="name of its table"):
        load_catalogue(f"sqlite:///{database}")
    with pytest.raises(UsageError, match="SQLite or PostgreSQL"):
        load_catalogue("mysql://u:secret@host/db", "deals")
    (tmp_path / "noise.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_catalogue(f"sqlite:///{tmp_path / 'noise.db'}", "deals")
    with pytest.raises(ConfigError) as caught:
        load_catalogue("postgresql://someone:secret@127.0.0.1:1/db", "deals")
    assert "secret" not in str(caught.value)


@given(
    st.dictionaries(
        st.sampled_from(["id", "name", "segments", "least", "cost", "ends", "link", "template", "cap"]),
        st.text(max_size=30),
    )
)
def test_any_row_is_an_offer_or_one_value_error(cells: dict[str, object]) -> None:
    try:
        offer = offer_of(cells)
    except ValueError:
        return
    assert offer.id
    assert offer.aims


@pytest.fixture(scope="module")
def server() -> Iterator[Callable[[str], str]]:
    cases = pytest.importorskip("store_cases")
    if cases.POSTGRES is None:
        pytest.skip("PostgreSQL is not installed here (Debian: apt install postgresql)")
    with cases.postgres() as fresh:
        yield fresh


def test_postgresql_s_own_kinds_are_understood(server: Callable[[str], str]) -> None:
    psycopg, url = pytest.importorskip("psycopg"), server("shop")
    with psycopg.connect(url, autocommit=True) as line:
        line.execute(
            "CREATE TABLE deals (id text, name text, segments text[], budget bigint, least numeric, ends date, "
            "starts timestamptz)"
        )
        line.execute(
            "INSERT INTO deals VALUES ('a', 'A', ARRAY['pets', 'cats'], 100, 0.5, '2026-11-30', '2026-11-01 10:00+09')"
        )
    [offer] = load_catalogue(url, "deals", SEOUL).offers
    assert (offer.segments, offer.budget, offer.least) == (("pets", "cats"), 100, 0.5)
    assert offer.starts == datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert offer.ends == datetime(2026, 11, 30, 15, tzinfo=UTC)


def test_a_view_that_would_write_is_stopped_by_postgresql(server: Callable[[str], str]) -> None:
    psycopg, url = pytest.importorskip("psycopg"), server("shop")
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("CREATE TABLE log (n int)")
        line.execute(
            "CREATE FUNCTION deal() RETURNS text LANGUAGE sql AS $$ INSERT INTO log VALUES (1) RETURNING 'a' $$"
        )
        line.execute("CREATE VIEW deals AS SELECT deal() AS id, 'A' AS name, 'pets' AS segments")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_catalogue(url, "deals")
    with psycopg.connect(url) as line:
        assert line.execute("SELECT count(*) FROM log").fetchone() == (0,)
