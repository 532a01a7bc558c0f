"""A behaviour file is read into its data model, or refused with all its problems."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.behaviours.declared import Behaviours
from mock_server.behaviours.loading import load_behaviours, read_behaviours
from mock_server.contract.loading import load
from mock_server.contract.operation import Contract
from mock_server.data import openapi_dir
from mock_server.errors.startup import StartupError

from .conftest import BEHAVIOUR


def refusal(contract: Contract, /, **changes: Any) -> tuple[str, ...]:
    """The problems of the behaviour document with changes at dotted paths (written with __)."""
    document = copy.deepcopy(BEHAVIOUR)
    for place, value in changes.items():
        *outer, last = place.split("__")
        inner: Any = document
        for name in outer:
            inner = inner[name]
        inner[last] = value
    with pytest.raises(StartupError) as caught:
        read_behaviours(contract, document, origin="file")
    return caught.value.problems


def test_what_the_spec_says_is_read_from_the_spec(declared: Behaviours) -> None:
    page, add = declared.operation("listBooks").page, declared.operation("addBook")
    assert page is not None
    assert (page.default, page.maximum) == (5, 50)
    assert add.members == {"title", "pages", "language"}
    assert add.defaults == {"state": "new", "pages": 100, "language": "en"}


def test_an_unknown_key_is_refused_with_the_valid_ones(library: Contract) -> None:
    (problem,) = refusal(library, operations__listBooks__pages={})
    assert problem.startswith("file: operations.listBooks: unknown key 'pages' (allowed: action, collection")


def test_an_unknown_operation_is_refused_with_the_valid_ones(library: Contract) -> None:
    problems = refusal(library, operations__removeBook={"action": "custom"})
    assert problems == ("file: operations.removeBook: unknown operation (allowed: listBooks, addBook)",)


def test_a_missing_operation_is_reported(library: Contract) -> None:
    problems = refusal(library, operations={"listBooks": BEHAVIOUR["operations"]["listBooks"]})
    assert problems == ("file: operations.addBook: is missing",)


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ("contract", "archive", "contract: must be 'library'"),
        ("dialect", "klingon", "dialect: "),
        (
            "collections__books__parents",
            {"shelf_id": "racks"},
            "no collection 'racks' (allowed: shelves, books)",
        ),
        ("collections__books__references", {"x": {"collection": "racks"}}, "no collection 'racks'"),
        ("collections__books__references", {"x": {"collection": "books", "y": 1}}, "unknown key 'y'"),
        ("collections__books__relations", {"shelf": {"by": "x"}}, "needs exactly one of one, many, listed"),
        (
            "collections__books__lifecycle",
            {"member": "x", "running": "lent", "outcomes": {"lost": 1}, "seconds": [1, 2], "fails": "torn"},
            "collections.books.lifecycle.fails: no outcome 'torn' (allowed: lost)",
        ),
        (
            "collections__books__lifecycle",
            {"member": "x", "running": "lent", "outcomes": {"lost": 0}, "seconds": [1, 2]},
            "collections.books.lifecycle.outcomes: at least one outcome needs a weight above 0",
        ),
        ("collections__books__schema", "Scroll", "no schema 'Scroll' (allowed: Book)"),
        ("operations__addBook__collection", "scrolls", "no collection 'scrolls'"),
        (
            "operations__addBook__scope",
            {"rack_id": "shelves"},
            "no path parameter 'rack_id' (allowed: shelf_id)",
        ),
        (
            "operations__addBook__idempotency",
            "Idempotency-Key",
            "no header 'idempotency-key' (allowed: none)",
        ),
        ("operations__addBook__action", "read", "needs a path parameter for the key of 'books'"),
        ("operations__addBook__action", "transition", "no state a call may reach None"),
        (
            "operations__listBooks__filters",
            {"colour": "colour"},
            "no query parameter 'colour' (allowed: limit",
        ),
        (
            "operations__listBooks__filters",
            {"language": "author.name"},
            "no relation 'author' (allowed: shelf)",
        ),
        ("operations__listBooks__tolerates", ["page"], "no query parameter 'page'"),
        (
            "operations__listBooks__include",
            {"parameter": "after", "allow": ["shelf.room"]},
            "no relation 'room' (allowed: none)",
        ),
    ],
)
def test_an_unknown_name_is_refused(library: Contract, place: str, value: Any, expected: str) -> None:
    problems = refusal(library, **{place: value})
    assert [problem for problem in problems if expected in problem], problems


def test_a_list_with_a_cursor_needs_an_order(library: Contract) -> None:
    operations = copy.deepcopy(BEHAVIOUR["operations"])
    del operations["listBooks"]["order"]
    assert refusal(library, operations=operations) == (
        "file: operations.listBooks: a list with a cursor needs an order",
    )


def test_all_problems_are_reported_at_once(library: Contract) -> None:
    problems = refusal(
        library,
        dialect="klingon",
        operations__addBook__collection="scrolls",
        collections__books__colour="red",
    )
    assert len(problems) >= 3


@pytest.mark.parametrize("document", [None, [], "text", {}, {"operations": [], "collections": 5}])
def test_a_document_of_another_type_is_refused(library: Contract, document: Any) -> None:
    with pytest.raises(StartupError):
        read_behaviours(library, document, origin="file")


def test_invalid_yaml_is_refused_with_its_line(library: Contract, tmp_path: Path) -> None:
    path = tmp_path / "library.behaviour.yaml"
    path.write_text("contract: library\ndialect: [")
    with pytest.raises(StartupError, match=r"library\.behaviour\.yaml:\d"):
        load_behaviours(library, path)


@pytest.mark.parametrize("name", ["aimable", "fastapi_platform", "hydracore", "patchworks"])
def test_the_shipped_files_name_every_operation_of_their_contract(name: str) -> None:
    contract = load(openapi_dir() / f"{name}.yaml")
    declared = load_behaviours(contract, openapi_dir() / f"{name}.behaviour.yaml")
    assert declared.operations.keys() == contract.operations.keys()


def test_every_key_of_the_schema_is_explained() -> None:
    schema = json.loads((openapi_dir() / "behaviour.schema.json").read_text())
    silent = [
        f"{name}.{key}"
        for name, part in {"document": schema, **schema["$defs"]}.items()
        for key, member in part.get("properties", {}).items()
        if "description" not in member and "$ref" not in member
    ]
    assert silent == []
