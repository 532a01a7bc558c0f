"""A behaviour file is read into types, or refused with everything that is wrong with it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.behaviours.declared import Behaviours
from mock_server.contract.loading import load
from mock_server.contract.operation import Contract
from mock_server.data import openapi_dir
from mock_server.errors.startup import StartupError

from .conftest import BEHAVIOUR


def refusal(contract: Contract, /, **changes: Any) -> tuple[str, ...]:
    """What is said of the behaviour with changes at dotted places (written with __)."""
    document = copy.deepcopy(BEHAVIOUR)
    for place, value in changes.items():
        *outer, last = place.split("__")
        inner: Any = document
        for name in outer:
            inner = inner[name]
        inner[last] = value
    with pytest.raises(StartupError) as caught:
        Behaviours.of(contract, document, origin="file")
    return caught.value.problems


def test_what_the_spec_says_is_read_from_the_spec(declared: Behaviours) -> None:
    page, add = declared.operation("listBooks").page, declared.operation("addBook")
    assert page is not None
    assert (page.default, page.maximum) == (5, 50)
    assert add.members == {"title", "pages", "language"}
    assert add.defaults == {"state": "new", "pages": 100, "language": "en"}


def test_an_unknown_key_is_refused_with_the_valid_ones(library: Contract) -> None:
    (told,) = refusal(library, operations__listBooks__pages={})
    assert told.startswith("file: operations.listBooks: unknown key 'pages' (there are: action, collection")


def test_an_unknown_operation_is_refused_with_the_valid_ones(library: Contract) -> None:
    told = refusal(library, operations__removeBook={"action": "custom"})
    assert told == ("file: operations.removeBook: names no operation (there are: listBooks, addBook)",)


def test_an_operation_left_out_is_named(library: Contract) -> None:
    told = refusal(library, operations={"listBooks": BEHAVIOUR["operations"]["listBooks"]})
    assert told == ("file: operations.addBook: is missing",)


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("contract", "archive", "contract: is not 'library'"),
        ("dialect", "klingon", "dialect: "),
        (
            "collections__books__parents",
            {"shelf_id": "racks"},
            "no collection 'racks' (there are: shelves, books)",
        ),
        ("collections__books__references", {"x": {"collection": "racks"}}, "no collection 'racks'"),
        ("collections__books__references", {"x": {"collection": "books", "y": 1}}, "unknown key 'y'"),
        ("collections__books__relations", {"shelf": {"by": "x"}}, "needs exactly one of one, many, listed"),
        (
            "collections__books__lifecycle",
            {"member": "x", "running": "lent", "outcomes": {"lost": 1}, "seconds": [1, 2], "fails": "torn"},
            "collections.books.lifecycle.fails: no outcome 'torn' (there are: lost)",
        ),
        ("collections__books__schema", "Scroll", "no schema 'Scroll' (there are: Book)"),
        ("operations__addBook__collection", "scrolls", "no collection 'scrolls'"),
        (
            "operations__addBook__scope",
            {"rack_id": "shelves"},
            "no path parameter 'rack_id' (there are: shelf_id)",
        ),
        (
            "operations__addBook__idempotency",
            "Idempotency-Key",
            "no header 'idempotency-key' (there are: none)",
        ),
        ("operations__addBook__action", "read", "no path parameter names a record of 'books'"),
        ("operations__addBook__action", "transition", "no state a call may reach None"),
        (
            "operations__listBooks__filters",
            {"colour": "colour"},
            "no query parameter 'colour' (there are: limit",
        ),
        (
            "operations__listBooks__filters",
            {"language": "author.name"},
            "no relation 'author' (there are: shelf)",
        ),
        ("operations__listBooks__tolerates", ["page"], "no query parameter 'page'"),
        (
            "operations__listBooks__include",
            {"parameter": "after", "allow": ["shelf.room"]},
            "no relation 'room' (there are: none)",
        ),
    ],
)
def test_a_name_that_names_nothing_is_refused(library: Contract, place: str, value: Any, told: str) -> None:
    refused = refusal(library, **{place: value})
    assert [one for one in refused if told in one], refused


def test_a_list_with_a_cursor_needs_an_order(library: Contract) -> None:
    operations = copy.deepcopy(BEHAVIOUR["operations"])
    del operations["listBooks"]["order"]
    assert refusal(library, operations=operations) == (
        "file: operations.listBooks: a list with a cursor needs an order",
    )


def test_all_faults_are_told_at_once(library: Contract) -> None:
    told = refusal(
        library,
        dialect="klingon",
        operations__addBook__collection="scrolls",
        collections__books__colour="red",
    )
    assert len(told) >= 3


@pytest.mark.parametrize("document", [None, [], "text", {}, {"operations": [], "collections": 5}])
def test_a_document_of_another_form_is_refused(library: Contract, document: Any) -> None:
    with pytest.raises(StartupError):
        Behaviours.of(library, document, origin="file")


def test_a_file_that_is_no_yaml_is_refused_with_its_line(library: Contract, tmp_path: Path) -> None:
    path = tmp_path / "library.behaviour.yaml"
    path.write_text("contract: library\ndialect: [")
    with pytest.raises(StartupError, match=r"library\.behaviour\.yaml:\d"):
        Behaviours.load(library, path)


@pytest.mark.parametrize("name", ["aimable", "fastapi_platform", "hydracore", "patchworks"])
def test_the_shipped_files_name_every_operation_of_their_contract(name: str) -> None:
    contract = load(openapi_dir() / f"{name}.yaml")
    declared = Behaviours.load(contract, openapi_dir() / f"{name}.behaviour.yaml")
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
