"""The store's contract, over SQLite and over a real PostgreSQL: what goes in comes out, and what is deleted is gone."""

from __future__ import annotations

import errno
import itertools
import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import store_cases as cases
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from store_cases import KEY, START, Clock, Ids, insight, intake, match, picture

from genmark import photos
from genmark.audience.store.engines import database_file
from genmark.audience.store.export import export_customer
from genmark.audience.store.findings import gather, matches_of, record_insight, record_matches
from genmark.audience.store.history import decisions_of, record_decision, record_showing, showings_of, spent_on
from genmark.audience.store.intake import add_customer, add_photo, add_preview, file_of
from genmark.audience.store.opening import Parts, Store, create_store, open_store
from genmark.audience.store.proof import Traces, holds, prove
from genmark.audience.store.reach import rows_of
from genmark.audience.store.reconcile import reconcile
from genmark.audience.store.records import Cap, Consent, Decision, Intake, Repair
from genmark.audience.store.removal import delete_customer, write_removal
from genmark.audience.store.retention import retain
from genmark.audience.store.schema import downgrade, upgrade
from genmark.audience.store.tables import Rows
from genmark.audience.store.vault import digest, home
from genmark.errors import GenmarkError, PhotoError, UsageError, WriteError

Place = tuple[str, Path]


@pytest.fixture(scope="module")
def server() -> Iterator[Callable[[str], str]]:
    if cases.POSTGRES is None:
        pytest.skip("PostgreSQL is not installed here (Debian: apt install postgresql)")
    with cases.postgres() as fresh:
        yield fresh


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A database's URL and a folder, both new."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}", tmp_path / "pictures"
    fresh: Callable[[str], str] = request.getfixturevalue("server")
    return fresh("contract"), tmp_path / "pictures"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(place: Place, clock: Clock) -> Iterator[Store]:
    with create_store(*place, KEY, Parts(clock, Ids())) as opened:
        yield opened


def files_in(store: Store) -> list[str]:
    return sorted(path.name for path in store.vault.folder.rglob("*") if path.is_file())


def count(store: Store, table: str) -> int:
    with store.reading("counting") as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def furnish(store: Store, own_id: str = "K-1001", seed: int = 1) -> tuple[str, str]:
    """A customer with two photos and one of everything else; the customer and the first photo."""
    customer = add_customer(store, own_id)
    first = add_photo(store, customer, picture(seed), intake(30))
    add_photo(store, customer, picture(seed + 100), intake(60, "chat"))
    record_insight(store, first.id, insight(f"a marker sentence {own_id}"))
    record_matches(store, customer, [match("pets", first.id, f"evidence of {own_id}")])
    record_matches(store, customer, [match("travel")], first.id)
    add_preview(store, first.id, picture(seed + 200), "ash-brown")
    add_preview(store, first.id, picture(seed, 8), kind="thumbnail")
    record_decision(store, customer, Decision("dog-food", "shown", f"because of {own_id}", 0.8))
    assert record_showing(store, customer, "dog-food", 12)
    return customer, first.id


def test_the_revisions_make_the_tables_that_the_code_has(store: Store) -> None:
    with store.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Rows.metadata) == []


def test_the_tables_can_be_taken_down_and_made_again(store: Store) -> None:
    with store.engine.begin() as connection:
        downgrade(connection, "base")
        with pytest.raises(DBAPIError, match="customers"), connection.begin_nested():
            connection.execute(text("SELECT * FROM customers"))
        upgrade(connection)
        assert connection.execute(text("SELECT count(*) FROM customers")).scalar_one() == 0


def test_a_photo_is_kept_stripped_and_only_for_its_user(store: Store) -> None:
    customer = add_customer(store, "K-1001")
    exif = Image.Exif()
    exif[0x010E] = "anna kim, Seoul"
    upload = store.vault.folder / "upload.jpg"
    Image.fromarray(picture(1).pixels).save(upload, exif=exif, quality=95)
    kept = add_photo(store, customer, upload.read_bytes(), intake())
    file = file_of(store, kept)
    assert b"anna" in upload.read_bytes()
    assert b"anna" not in file.read_bytes()
    with Image.open(file) as opened:
        assert not opened.getexif()
    assert not photos.is_marked(file)
    assert np.abs(photos.read(file).pixels.astype(int) - picture(1).pixels).mean() < 4
    assert kept.path == f"customers/{customer[:2]}/{customer}/photos/{kept.sha256}.jpg"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_goes_in_comes_out(store: Store) -> None:
    customer, first = furnish(store)
    one, two = gather(store, customer)
    assert one.photo.id == first
    assert one.photo.intake == intake(30)
    assert one.photo.received == START
    assert one.photo.size == (32, 32)
    assert one.insight == replace(insight("a marker sentence K-1001"), name=first)
    assert [found.id for found in one.matches] == ["travel"]
    assert one.matches[0].evidence[0].photo == first
    assert two.insight is None
    assert two.photo.intake.source == "chat"
    assert matches_of(store, customer) == (match("pets", first, "evidence of K-1001"),)
    assert decisions_of(store, customer) == (Decision("dog-food", "shown", "because of K-1001", 0.8),)


def test_what_is_learnt_later_takes_the_place_of_what_was_known(store: Store) -> None:
    customer, first = furnish(store)
    record_insight(store, first, replace(insight("a cat"), tags=(), minor=True))
    record_matches(store, customer, [match("home"), match("garden")])
    one = gather(store, customer)[0]
    assert one.insight is not None
    assert (one.insight.caption.text, one.insight.tags, one.insight.minor) == ("a cat", (), True)
    assert [found.id for found in matches_of(store, customer)] == ["home", "garden"]
    assert [found.id for found in one.matches] == ["travel"]  # from the photo, which was not asked again


def test_only_photos_whose_consent_covers_the_purpose_are_gathered(store: Store, clock: Clock) -> None:
    customer = add_customer(store)
    only = Consent(("preview",), START, "2026-02")
    kept = add_photo(store, customer, picture(1), intake(consent=only))
    assert gather(store, customer) == ()
    assert [found.photo for found in gather(store, customer, "preview")] == [kept]
    clock.go(days=31)
    assert gather(store, customer, "preview") == ()  # its time has passed, though `retain` has not run


def test_the_same_photo_is_kept_once_a_customer(store: Store) -> None:
    one, other = add_customer(store, "1"), add_customer(store, "2")
    first = add_photo(store, one, picture(1), intake(30))
    assert add_photo(store, one, picture(1), intake(90)) == first
    assert add_photo(store, other, picture(1), intake()).sha256 == first.sha256
    assert count(store, "photos") == 2
    assert files_in(store) == sorted([f"{first.sha256}.jpg"] * 2 + ["store.json"])
    file_of(store, first).unlink()
    add_photo(store, one, picture(1), intake())  # given again, it heals the file that was lost
    assert file_of(store, first).is_file()


def test_the_operators_numbers_never_enter_the_store(store: Store, place: Place) -> None:
    customer = add_customer(store, "K-1001")
    assert add_customer(store, "K-1001") == customer == store.pseudonym("K-1001")
    assert count(store, "customers") == 1
    with open_store(*place, b"another key of some length") as other:
        assert other.pseudonym("K-1001") != customer
    assert add_customer(store) != add_customer(store)
    assert KEY.decode() not in repr(store)
    with open_store(*place) as keyless, pytest.raises(UsageError, match="with your key"):
        add_customer(keyless, "K-1001")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE captions SET confidence = 1.01",
        "UPDATE tags SET score = -0.1",
        "UPDATE segments SET score = 2",
        "UPDATE evidence SET weight = 7",
        "UPDATE decisions SET score = 1.5",
        "UPDATE decisions SET verdict = 'perhaps'",
        "UPDATE photos SET source = 'street'",
        "UPDATE photos SET sha256 = 'abc'",
        "UPDATE photos SET purposes = ''",
        "UPDATE photos SET keep_until = received_at",
        "UPDATE photos SET customer_id = '00000000000000000000000000000000'",
        "UPDATE photos SET sha256 = (SELECT min(sha256) FROM photos)",
        "UPDATE showings SET cost = -1",
        "UPDATE captions SET photo_id = '00000000000000000000000000000000'",
        "INSERT INTO customers (id, created_at) SELECT 'short', created_at FROM customers",
    ],
)  # fmt: skip
def test_the_database_itself_refuses(furnished: Store, statement: str) -> None:
    with pytest.raises(IntegrityError), furnished.engine.begin() as connection:
        connection.execute(text(statement))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def furnished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with a customer, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("furnished")
    url = f"sqlite:///{folder / 'store.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("server")("furnished")
    with create_store(url, folder / "pictures", KEY, Parts(Clock(), Ids())) as opened:
        furnish(opened)
        yield opened


def test_deleting_a_customer_leaves_nothing_and_says_so(store: Store, tmp_path: Path) -> None:
    customer, first = furnish(store)
    other, _ = furnish(store, "K-2002", seed=2)
    twin = add_photo(store, other, picture(1), intake())  # the same picture, given by another customer
    export_customer(store, customer)
    hashes = [one.photo.sha256 for one in gather(store, customer)]
    before = {name: count(store, name) for name in Rows.metadata.tables}
    removal = delete_customer(store, customer)
    assert removal.rows == {
        "evidence": 2, "segments": 2, "captions": 1, "tags": 2, "previews": 2, "photos": 2,
        "decisions": 1, "showings": 1, "customers": 1,
    }  # fmt: skip
    assert removal.files == 5  # two photos, a preview, a thumbnail, an export
    assert {name: before[name] - count(store, name) for name in before} == {"stores": 0, "totals": 0, **removal.rows}
    assert not (store.vault.folder / home(customer)).exists()
    assert [path for path in store.vault.files() if hashes[0] in path] == [twin.path]
    assert file_of(store, twin).is_file()
    assert len(gather(store, other)) == 3
    write_removal(removal, tmp_path / "record.json")
    record = (tmp_path / "record.json").read_text()
    assert json.loads(record)["rows"]["photos"] == 2
    assert not any(word in record for word in (customer, first, *hashes, "K-1001"))
    with pytest.raises(UsageError, match="no such customer"):
        delete_customer(store, customer)
    assert spent_on(store, "dog-food") == (2, 24)  # budgets outlive customers


@pytest.mark.parametrize("name", ["", ".", "..", "./.", "/", "a/../.."])
def test_what_is_no_pseudonym_deletes_nothing(furnished: Store, name: str) -> None:
    before = files_in(furnished)
    with pytest.raises(UsageError, match="no such customer"):
        delete_customer(furnished, name)
    assert files_in(furnished) == before
    assert len(before) > 4


def test_nothing_of_a_deleted_customer_is_left_in_sqlites_bytes(tmp_path: Path) -> None:
    database = tmp_path / "store.db"
    with create_store(f"sqlite:///{database}", tmp_path / "pictures", KEY, Parts(Clock())) as store:
        people = {f"K-{number}": furnish(store, f"K-{number}", number)[0] for number in range(8)}

        def raw() -> bytes:
            return b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))

        markers = {
            name: [customer.encode(), f"a marker sentence {name}".encode(), f"because of {name}".encode()]
            for name, customer in people.items()
        }
        assert all(marker in raw() for some in markers.values() for marker in some)
        for name in list(people)[::2]:
            removal = delete_customer(store, people[name])
            assert any("file and its log" in check for check in removal.checks)
            assert not any(marker in raw() for marker in markers[name])
        assert all(marker in raw() for name in list(people)[1::2] for marker in markers[name])


def test_bytes_that_were_deleted_without_care_are_found_and_overwritten(tmp_path: Path) -> None:
    database = tmp_path / "store.db"
    with create_store(f"sqlite:///{database}", tmp_path / "pictures", KEY, Parts(Clock())) as store:
        customer, _ = furnish(store)
        store.vault.forget(customer)
        careless = sqlite3.connect(database)
        careless.executescript("PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF; DELETE FROM customers;")
        careless.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        careless.close()
        assert holds(store, [customer])
        prove(store, Traces((customer,), (), ()))
        assert not holds(store, [customer])


def test_a_deletion_that_is_not_finished_is_not_called_proved(store: Store) -> None:
    customer, first = furnish(store)
    with pytest.raises(WriteError, match="not proved") as raised:
        prove(store, Traces((customer,), (first,), ()))
    assert raised.value.code == "unproved"
    sha = gather(store, customer)[0].photo.sha256
    delete_customer(store, customer)
    left = store.vault.folder / "customers/00" / ("0" * 32) / "photos" / f"{sha}.jpg"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"a copy")
    with pytest.raises(WriteError, match="a file of theirs is left"):
        prove(store, Traces((customer,), (), (sha,)))


def test_a_reader_in_the_way_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with create_store(f"sqlite:///{tmp_path / 'store.db'}", tmp_path / "pictures", KEY, Parts(Clock())) as store:
        customer, _ = furnish(store)
        reader = sqlite3.connect(tmp_path / "store.db")
        reader.execute("BEGIN").close()
        reader.execute("SELECT count(*) FROM customers").fetchall()
        quick = store.engine.raw_connection()
        quick.driver_connection.execute("PRAGMA busy_timeout = 50").close()  # type: ignore[union-attr]
        quick.close()
        with pytest.raises(WriteError, match="another program is reading"):
            delete_customer(store, customer)
        reader.close()
        reconcile(store)  # the command that the error names
        assert not holds(store, [customer])


def test_what_has_been_kept_long_enough_goes(store: Store, clock: Clock) -> None:
    customer, first = furnish(store)
    young, _ = furnish(store, "K-2002", seed=2)
    late = add_photo(store, young, picture(7), intake(500))
    export_customer(store, customer)
    assert not any(retain(store).rows.values())
    clock.go(days=30)  # the moment itself counts
    removal = retain(store)
    assert removal.rows == {
        "evidence": 4, "segments": 4, "captions": 2, "tags": 4, "previews": 4, "photos": 2,
        "decisions": 0, "showings": 0, "customers": 0,
    }  # fmt: skip
    assert removal.files == 7  # two photos, two previews, two thumbnails, one export
    assert [one.photo.intake.source for one in gather(store, customer)] == ["chat"]
    assert matches_of(store, customer) == ()  # they rested on the photo that went
    if database_file(store.engine):
        assert not holds(store, [first])
    clock.go(days=336)
    removal = retain(store)
    assert (removal.rows["decisions"], removal.rows["showings"], removal.rows["customers"]) == (2, 2, 1)
    assert [one.photo for one in gather(store, young)] == [late]
    assert files_in(store) == sorted(["store.json", f"{late.sha256}.jpg"])


def test_an_export_holds_everything_about_one_customer(store: Store, tmp_path: Path) -> None:
    customer, first = furnish(store)
    furnish(store, "K-2002", seed=2)
    out = export_customer(store, customer, tmp_path / "export.zip")
    with zipfile.ZipFile(out) as packed:
        told = json.loads(packed.read("customer.json"))
        names = packed.namelist()
        for row in [*told["photos"], *told["previews"]]:
            stored = store.vault.folder / home(customer) / row["path"]
            assert packed.read(row["path"]) == stored.read_bytes()
    assert set(told) == set(Rows.metadata.tables) - {"stores", "totals"}
    assert {table: len(rows) for table, rows in told.items()} == {
        "customers": 1, "photos": 2, "segments": 2, "decisions": 1, "showings": 1, "captions": 1, "tags": 2,
        "previews": 2, "evidence": 2,
    }  # fmt: skip
    assert len(names) == 5
    assert told["captions"][0]["text"] == "a marker sentence K-1001"
    assert next(row for row in told["photos"] if row["id"] == first)["keep_until"] == "2026-03-31T09:00:00+00:00"
    assert str(rows_of("x")["photos"]) != ""
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    again = export_customer(store, customer, tmp_path / "again.zip")
    assert again.read_bytes() == out.read_bytes()


def test_an_export_is_whole_or_not_at_all(store: Store, tmp_path: Path) -> None:
    customer, _ = furnish(store)
    with pytest.raises(UsageError, match="store's own folder"):
        export_customer(store, customer, store.vault.folder / "export.zip")
    with pytest.raises(WriteError, match="No such file") as raised:
        export_customer(store, customer, tmp_path / "anna" / "export.zip")
    assert "anna" not in str(raised.value)
    file_of(store, gather(store, customer)[1].photo).unlink()
    with pytest.raises(UsageError, match="store check"):
        export_customer(store, customer, tmp_path / "export.zip")
    assert not list(tmp_path.glob("*.zip")) + list(tmp_path.glob(".*"))
    with pytest.raises(UsageError, match="no such customer"):
        export_customer(store, "f" * 32, tmp_path / "export.zip")


def test_orphans_of_either_kind_are_put_right(store: Store) -> None:
    customer, _ = furnish(store)
    assert reconcile(store) == Repair()
    one, two = (gathered.photo for gathered in gather(store, customer))
    folder = store.vault.folder / home(customer)
    (folder / "photos" / f"{'a' * 64}.jpg").write_bytes(b"a file without a row")
    (folder / "incoming" / f"{'b' * 32}.part").write_bytes(b"a draft without a row")
    file_of(store, one).rename(folder / "incoming" / f"{one.id}.part")  # committed, not yet named
    file_of(store, two).unlink()
    (store.vault.folder / "customers/ee" / ("e" * 32) / "photos").mkdir(parents=True)
    (store.vault.folder / "customers/ee" / ("e" * 32) / "photos" / "x.jpg").write_bytes(b"of nobody")
    (store.vault.folder / "trash/abc").mkdir(parents=True)
    (store.vault.folder / "trash/abc/x.jpg").write_bytes(b"half deleted")
    assert file_of(store, one).suffix == ".part"  # and read all the same
    assert reconcile(store) == Repair(finished=1, discarded=3, lost=(two.id,))
    assert file_of(store, one).suffix == ".jpg"
    assert reconcile(store, grace=timedelta(0)) == Repair(discarded=1, lost=(two.id,))
    assert not (store.vault.folder / "customers/ee" / ("e" * 32)).exists()
    file_of(store, one).write_bytes(b"rotten")
    assert reconcile(store, deep=True) == Repair(lost=(two.id,), damaged=(one.id,))


def test_a_draft_that_was_healed_by_another_is_cleared(store: Store) -> None:
    customer, _ = furnish(store)
    one = gather(store, customer)[0].photo
    draft = store.vault.folder / home(customer) / "incoming" / f"{one.id}.part"
    draft.write_bytes(file_of(store, one).read_bytes())
    assert reconcile(store) == Repair(discarded=1)
    assert not draft.exists()
    assert file_of(store, one).is_file()


def test_writers_at_once_lose_nothing(place: Place) -> None:
    create_store(*place, KEY).close()
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            with open_store(*place, KEY, Parts(Clock())) as store:
                customer = add_customer(store, "shared")
                for seed in range(6):
                    kept = add_photo(store, customer, picture(seed), intake())  # the same six pictures
                    record_insight(store, kept.id, insight(f"writer {number}"))
                    record_matches(store, customer, [match("pets", kept.id)])
                    record_showing(store, customer, "offer", 10, budget=100)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with open_store(*place, KEY, Parts(Clock())) as store:
        found = gather(store, store.pseudonym("shared"))
        assert len(found) == 6
        assert all(len(one.insight.tags) == 2 for one in found if one.insight)
        assert len(matches_of(store, store.pseudonym("shared"))) == 1
        assert spent_on(store, "offer") == (10, 100)  # of 24 that were asked for: never overspent
        assert reconcile(store, grace=timedelta(0), deep=True) == Repair()


def test_an_offer_is_shown_within_its_cap_and_its_budget(store: Store, clock: Clock) -> None:
    one, other = add_customer(store, "1"), add_customer(store, "2")
    week = Cap(2, START - timedelta(days=7))
    assert [record_showing(store, one, "spa", 40, 100, week) for _ in range(3)] == [True, True, False]
    assert not record_showing(store, other, "spa", 40, 100, week)  # 80 of 100 are spent
    assert record_showing(store, other, "spa", 20, 100, week)
    assert showings_of(store, one, START) == {"spa": 2}
    assert spent_on(store, "spa") == (3, 100)
    clock.go(days=8)
    assert record_showing(store, one, "spa", cap=Cap(1, clock.moment - timedelta(days=7)))
    assert spent_on(store, "unheard-of") == (0, 0)
    with pytest.raises(UsageError, match="0 or more"):
        record_showing(store, one, "spa", -1)


def test_making_a_store_that_stopped_before_its_folder_was_marked_can_be_done_again(place: Place) -> None:
    create_store(*place, KEY).close()
    (place[1] / "store.json").unlink()
    with pytest.raises(UsageError, match="not the one"):
        open_store(*place, KEY)
    create_store(*place, KEY).close()
    open_store(*place, KEY).close()


def test_a_store_is_not_made_around_the_pictures_of_another(place: Place, tmp_path: Path) -> None:
    create_store(*place, KEY).close()
    for _ in range(2):
        with pytest.raises(UsageError, match="another store"):
            create_store(f"sqlite:///{tmp_path / 'second.db'}", place[1], KEY)


def test_times_come_back_in_utc(store: Store) -> None:
    seoul = timezone(timedelta(hours=9))
    asked = Intake(Consent(("targeting",), datetime(2026, 2, 1, 9, tzinfo=seoul), "1"), "chat",
                   datetime(2027, 1, 1, tzinfo=seoul))  # fmt: skip
    customer = add_customer(store)
    add_photo(store, customer, picture(1), asked)
    kept = gather(store, customer)[0].photo.intake
    assert (kept.consent.given, kept.keep_until) == (
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 15, tzinfo=UTC),
    )
    assert kept.keep_until.utcoffset() == timedelta(0)


def test_mistakes_are_told_without_personal_data(store: Store) -> None:
    customer, first = furnish(store)
    with pytest.raises(PhotoError) as raised:
        add_photo(store, customer, b"not a picture", intake())
    assert "the picture" in str(raised.value)
    unknown = "f" * 32
    for act in (
        lambda: add_photo(store, unknown, picture(3), intake()),
        lambda: add_preview(store, unknown, picture(3)),
        lambda: record_insight(store, unknown, insight()),
        lambda: record_matches(store, unknown, []),
        lambda: record_matches(store, customer, [match(photo=unknown)]),
        lambda: record_decision(store, unknown, Decision("a", "shown", "b")),
        lambda: record_showing(store, unknown, "a"),
        lambda: gather(store, unknown),
        lambda: add_photo(store, customer, picture(3), intake(-1)),
        lambda: record_insight(store, first, replace(insight(), facts={"a": object()})),
        lambda: record_decision(store, customer, Decision("a", "shown", "K-1001", 1.5)),
    ):
        with pytest.raises(UsageError) as wrong:
            act()
        told = f"{wrong.value}"
        assert not any(word in told for word in (unknown, customer, first, "K-1001", str(store.vault.folder)))
    assert count(store, "photos") == 2
    assert not (store.vault.folder / home(unknown)).exists()


def test_a_folder_of_another_store_or_of_none_is_refused(place: Place, store: Store, tmp_path: Path) -> None:
    for folder, said in ((tmp_path / "other", "not mounted"), (tmp_path / "elsewhere", "another store")):
        if said == "another store":
            create_store(f"sqlite:///{tmp_path / 'second.db'}", folder).close()
        with pytest.raises(UsageError, match=said) as raised:
            open_store(place[0], folder)
        assert raised.value.code == "folder"
        assert str(folder) not in str(raised.value)
    add_customer(store, "1")
    store.vault.folder.rename(tmp_path / "unmounted")
    with pytest.raises(WriteError, match="cannot be written"):
        add_photo(store, store.pseudonym("1"), picture(1), intake())
    assert not store.vault.folder.exists()


def killed_writers(place: Place, mode: str) -> tuple[list[str], int]:
    """Ids of photos that writers acknowledged before they were killed, and how many were killed."""
    script = Path(cases.__file__).with_name("store_writer.py")
    root = str(Path(photos.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, script, place[0], str(place[1]), mode],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": root}, timeout=120,
    )  # fmt: skip
    *ids, killed = done.stdout.split()
    return ids, int(killed)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("mode", ["steps", "7"])
def test_writers_that_are_killed_leave_nothing_torn_and_lose_nothing(place: Place, mode: str) -> None:
    create_store(*place, KEY, Parts(Clock())).close()
    acknowledged, killed = killed_writers(place, mode)
    assert killed > (12 if mode == "steps" else 9)
    assert acknowledged
    with open_store(*place, KEY, Parts(Clock())) as store:
        customer = store.pseudonym("K-1001")
        found = [gathered.photo for gathered in gather(store, customer)]
        # what a row names can be read whole, also before anything is put right
        assert all(digest(file_of(store, one)) == one.sha256 for one in found)
        assert set(acknowledged) <= {one.id for one in found}
        repair = reconcile(store, grace=timedelta(0), deep=True)
        assert (repair.lost, repair.damaged) == ((), ())
        if mode == "steps":
            assert repair.finished > 0  # died between the row and the name
            assert repair.discarded > 0  # died between the draft and the row
        assert reconcile(store, grace=timedelta(0), deep=True) == Repair()
        assert [gathered.photo for gathered in gather(store, customer)] == found
        assert files_in(store) == sorted(["store.json", *(f"{one.sha256}.jpg" for one in found)])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_deletion_that_is_killed_is_whole_or_can_be_finished(place: Place) -> None:
    create_store(*place, KEY, Parts(Clock())).close()
    customers, killed = killed_writers(place, "deletes")
    assert killed > 8
    with open_store(*place, KEY, Parts(Clock())) as store:
        with store.reading("looking") as session:
            known = set(session.scalars(text("SELECT id FROM customers")))
        assert 0 < len(known) < len(customers)
        for customer in known:  # killed before its rows went: nothing of it has gone
            found = [gathered.photo for gathered in gather(store, customer)]
            assert len(found) == 2
            assert all(digest(file_of(store, one)) == one.sha256 for one in found)
        gone = set(customers) - known
        left = {customer for customer in gone if (store.vault.folder / home(customer)).exists()}
        assert left  # killed between the rows and the files
        finished = delete_customer(store, min(left))  # by running it again
        assert (finished.files, sum(finished.rows.values())) == (2, 0)
        assert reconcile(store).discarded > 0  # or by the check
        assert files_in(store) == sorted(["store.json", *(path.rsplit("/", 1)[1] for path in store.vault.files())])
        assert {path.split("/")[2] for path in store.vault.files()} == known
        if database_file(store.engine):
            assert not holds(store, sorted(gone))


def fill(store: Store, customer: str, kept: list[str]) -> None:
    """Add photos until something gives."""
    for seed in range(400):
        kept.append(add_photo(store, customer, picture(seed), intake()).id)


def test_a_full_disk_tears_nothing(place: Place, clock: Clock) -> None:
    room = 700

    def write(file: int, data: memoryview) -> int:
        nonlocal room
        if room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = os.write(file, data[:room])  # a part of it fits, as on a real disk
        room -= written
        return written

    with create_store(*place, KEY, Parts(clock, Ids(), write)) as store:
        customer = add_customer(store, "K-1001")
        with pytest.raises(WriteError, match="No space left") as raised:
            fill(store, customer, [])
        assert str(store.vault.folder) not in str(raised.value)
        assert customer not in str(raised.value)
        kept = len(gather(store, customer))
        assert not list(store.vault.folder.rglob("*.part"))
        assert reconcile(store, grace=timedelta(0), deep=True) == Repair()
        room = 10**6
        add_photo(store, customer, picture(11), intake())
        assert len(gather(store, customer)) == kept + 1


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 kB."""
    point = tmp_path / "tiny"
    point.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", point], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here (needs root)")
    yield point
    subprocess.run(["umount", point], check=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs tmpfs")
def test_a_disk_that_really_is_full_tears_nothing(tiny_disk: Path, clock: Clock) -> None:
    with create_store(f"sqlite:///{tiny_disk / 'store.db'}", tiny_disk / "pictures", KEY, Parts(clock)) as store:
        customer = add_customer(store, "K-1001")
        kept: list[str] = []
        with pytest.raises(WriteError):
            fill(store, customer, kept)
        assert kept
        assert {one.photo.id for one in gather(store, customer)} == set(kept)
        with suppress(WriteError):  # the log cannot be copied back while there is no room at all
            reconcile(store)
        subprocess.run(["mount", "-o", "remount,size=4m", tiny_disk], check=True)
        assert reconcile(store, grace=timedelta(0), deep=True) == Repair()
        kept.append(add_photo(store, customer, picture(500), intake()).id)
        assert {one.photo.id for one in gather(store, customer)} == set(kept)
    check = sqlite3.connect(tiny_disk / "store.db")
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()


def test_a_deletion_and_a_writer_at_once_leave_nothing_of_the_customer(place: Place) -> None:
    create_store(*place, KEY).close()
    started, stop = threading.Event(), threading.Event()
    raised: list[GenmarkError] = []

    def work() -> None:
        with open_store(*place, KEY, Parts(Clock())) as store:
            for seed in itertools.count():
                try:
                    add_photo(store, store.pseudonym("K-1001"), picture(seed), intake())
                except GenmarkError as error:
                    raised.append(error)
                    return
                started.set()
                if stop.is_set():
                    return

    with open_store(*place, KEY, Parts(Clock())) as store:
        customer = add_customer(store, "K-1001")
        writer = threading.Thread(target=work)
        writer.start()
        started.wait(30)
        with suppress(WriteError):  # a picture that came in between the deletion and the proof: said, not hidden
            delete_customer(store, customer)
        stop.set()
        writer.join()
        assert count(store, "customers") == count(store, "photos") == 0
        assert not (store.vault.folder / home(customer)).exists()
        assert raised
