"""Fixtures are loaded into a store and checked; collections grow on demand."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mock_server.behaviours.loading import read_behaviours
from mock_server.behaviours.seeding import base_of, gather
from mock_server.contract.operation import Contract
from mock_server.errors.startup import StartupError
from mock_server.seeded_random import SeededRandom
from mock_server.store.memory import MemoryStore
from tests.mock_server.state import dump_state

from .conftest import BEHAVIOUR

START = datetime(2026, 11, 16, tzinfo=UTC)
SHELF = "b8e3f1a0-0c1d-4a5b-9c3e-2f6a7d8e9f01"
BOOK = "0d9f4c52-7f0a-4f38-8b11-6c1d2e3f4a5b"
BOOKS = [{"id": BOOK, "title": "Ulysses", "shelf_id": SHELF, "added_at": "2026-06-16T08:00:00Z"}]
GROW = {
    "title": {"pattern": "Book #"},
    "author": {"faker": "last_name"},
    "language": {"choice": ["en", "fi"]},
}


def grown(grow: Any) -> Any:
    """The behaviour file with these rules for books."""
    document = json.loads(json.dumps(BEHAVIOUR))
    document["collections"]["books"]["grow"] = grow
    return document


class Seeder:
    """Writes fixtures and seeds a store from them."""

    def __init__(self, contract: Contract, folder: Path) -> None:
        self.contract, self.folder = contract, folder / "fixtures"
        (self.folder / "library").mkdir(parents=True)
        self.write("shelves", [{"id": SHELF}])
        self.write("books", BOOKS, schema="Book")

    def write(self, name: str, records: Any, **more: Any) -> None:
        path = self.folder / "library" / f"{name}.yaml"
        path.write_text(json.dumps({"collection": name, "records": records, **more}))

    def seed(self, *, grow: Any = None, scale: int = 0, rng: int = 0) -> MemoryStore:
        document = BEHAVIOUR if grow is None else grown(grow)
        declared = read_behaviours(self.contract, document, origin="file")
        played = {"library": declared}
        seeds = gather(played, self.folder, rng=SeededRandom(rng), scale=scale, start=START)
        return MemoryStore(base_of(seeds, {"library": self.contract}, played))

    def problems(self) -> tuple[str, ...]:
        with pytest.raises(StartupError) as caught:
            self.seed()
        return caught.value.problems


@pytest.fixture
def seeder(library: Contract, tmp_path: Path) -> Seeder:
    return Seeder(library, tmp_path)


def books(store: MemoryStore) -> dict[str, Any]:
    records: dict[str, Any] = dump_state(store)["collections"]["library/books"]
    return records


def test_records_are_kept_under_their_key(seeder: Seeder) -> None:
    assert books(seeder.seed()) == {BOOK: BOOKS[0]}


def test_every_invalid_record_is_reported_with_its_file(seeder: Seeder) -> None:
    seeder.write(
        "books", [{**BOOKS[0], "title": ""}, {**BOOKS[0], "id": "x", "pages": "many"}], schema="Book"
    )
    problems = seeder.problems()
    for record, member in (
        (BOOK, "title must have at least"),
        ("x", "pages must be an integer"),
        ("x", "id must be a valid"),
    ):
        assert [
            problem
            for problem in problems
            if "library/books.yaml: record" in problem and record in problem and member in problem
        ]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([{**BOOKS[0], "shelf_id": BOOK}], f"shelf_id '{BOOK}' refers to a missing record of shelves"),
        ([BOOKS[0], BOOKS[0]], f"duplicate id '{BOOK}'"),
        ([{"title": "no id"}], "record 1: must have a key 'id'"),
        (["text"], "record 1: must have a key 'id'"),
        ({}, "must contain a list `records`"),
    ],
)
def test_an_invalid_record_is_refused(seeder: Seeder, records: Any, expected: str) -> None:
    seeder.write("books", records, schema="Book")
    assert [problem for problem in seeder.problems() if expected in problem]


def test_an_undeclared_schema_is_refused(seeder: Seeder) -> None:
    seeder.write("books", BOOKS, schema="Scroll")
    assert "no schema 'Scroll' (allowed: Book)" in seeder.problems()[0]


def test_a_missing_file_is_reported(seeder: Seeder) -> None:
    (seeder.folder / "library" / "shelves.yaml").unlink()
    assert "shelves.yaml" in seeder.problems()[0]


def test_a_grown_collection_has_that_many_further_records_that_fit(seeder: Seeder) -> None:
    grown = books(seeder.seed(grow=GROW, scale=25))
    assert len(grown) == 26
    added = [record for record in grown.values() if record["id"] != BOOK]
    assert [record["title"] for record in added] == [f"Book {number}" for number in range(1, 26)]
    assert {record["shelf_id"] for record in added} == {SHELF}
    assert {record["language"] for record in added} == {"en", "fi"}
    assert all(record["added_at"] <= BOOKS[0]["added_at"] for record in added)


def test_a_generated_value_depends_only_on_its_place(seeder: Seeder) -> None:
    few, many = books(seeder.seed(grow=GROW, scale=3)), books(seeder.seed(grow=GROW, scale=9))
    assert few.items() <= many.items()
    without_language = {name: how for name, how in GROW.items() if name != "language"}
    for key, record in books(seeder.seed(grow=without_language, scale=3)).items():
        assert record.get("author") == few[key].get("author")
    assert books(seeder.seed(grow=GROW, scale=3, rng=1)).keys() != few.keys()


def test_a_generated_record_that_violates_the_schema_is_reported(seeder: Seeder) -> None:
    with pytest.raises(StartupError, match="title must have at least"):
        seeder.seed(grow={"title": {"choice": [""]}}, scale=1)


def test_a_provider_faker_does_not_have_is_refused(seeder: Seeder) -> None:
    with pytest.raises(StartupError, match="Faker has no provider 'klingon_name'"):
        seeder.seed(grow={"title": {"faker": "klingon_name"}}, scale=1)


def test_nothing_grows_unless_it_is_declared_and_asked_for(seeder: Seeder) -> None:
    assert len(books(seeder.seed(scale=5))) == len(books(seeder.seed(grow=GROW))) == 1


def test_a_member_grows_as_another_member_has_it(seeder: Seeder) -> None:
    by_language = {"fi": {"pattern": "Kirja #"}, "en": {"pattern": "{last_name} #"}}
    grow = {
        "language": {"choice": ["en", "fi", "sv"]},
        "author": {"choice": ["nobody"]},
        "title": {"by": "language", "cases": by_language},
        "pages": {"by": "author", "cases": {"*": {"choice": [7]}}},
    }
    added = [record for record in books(seeder.seed(grow=grow, scale=40)).values() if record["id"] != BOOK]
    titles = {
        language: {record["title"] for record in added if record["language"] == language}
        for language in ["en", "fi", "sv"]
    }
    assert all(title.startswith("Kirja ") for title in titles["fi"])
    assert all(title.rpartition(" ")[0].isalpha() for title in titles["en"])
    assert titles["sv"] == {BOOKS[0]["title"]}
    assert {record["pages"] for record in added} == {7}


def test_a_pattern_may_be_a_json_value_and_a_time_refer_to_the_start(seeder: Seeder) -> None:
    grow = {
        "author": {"pattern": {"names": ["{last_name}", "#"], "known": True}},
        "added_at": {"ago": [60, 120]},
    }
    seeded = gather(
        {"library": read_behaviours(seeder.contract, grown(grow), origin="file")},
        seeder.folder,
        rng=SeededRandom(0),
        start=START,
        scale=3,
    ).rows["library/books"]
    added = [record for record in seeded.values() if record["id"] != BOOK]
    assert [record["author"]["names"][1] for record in added] == ["1", "2", "3"]
    assert all(record["author"]["names"][0].isalpha() for record in added)
    assert all("2026-11-15T23:58:00Z" <= record["added_at"] <= "2026-11-15T23:59:00Z" for record in added)


def test_records_of_a_series_follow_each_other_below_each_parent(seeder: Seeder) -> None:
    shelves = [SHELF, *(SHELF[:-1] + digit for digit in "234")]
    seeder.write("shelves", [{"id": shelf} for shelf in shelves])
    document = grown({"language": {"choice": ["en"]}})
    document["collections"]["books"]["series"] = {"of": "shelf_id", "runs": 2, "every": [86400]}
    seeded = gather(
        {"library": read_behaviours(seeder.contract, document, origin="file")},
        seeder.folder,
        rng=SeededRandom(0),
        start=START,
        scale=6,
    ).rows["library/books"]
    by_shelf = defaultdict(list)
    for record in seeded.values():
        by_shelf[record["shelf_id"]].append(datetime.fromisoformat(record["added_at"]))
    assert by_shelf.keys() == set(shelves)
    for shelf in shelves[1:]:
        latest, before = by_shelf[shelf]
        assert timedelta() <= START - latest < timedelta(days=1)
        assert latest - before == timedelta(days=1)


def test_a_provider_in_a_pattern_that_faker_does_not_have_is_refused(seeder: Seeder) -> None:
    cases = {"*": {"pattern": "{klingon_name} #"}}
    with pytest.raises(StartupError, match="Faker has no provider 'klingon_name'"):
        seeder.seed(grow={"title": {"by": "language", "cases": cases}}, scale=1)
