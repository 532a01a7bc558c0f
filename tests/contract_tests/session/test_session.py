"""A session sends requests, creates records, reads lists and cleans up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.session.context import RunContext
from contract_tests.session.session import Session, in_words
from contract_tests.verdicts import Broken, Inconclusive, Skipped
from tests.contract_tests.playing import run_context

Make = Callable[..., RunContext]


def test_a_created_record_is_read_listed_and_deleted(shelf_app: Any, shelf_context: Make) -> None:
    app = shelf_app()
    session = Session(shelf_context(app))

    book = session.create("books", title="Mine")

    assert session.read(book)["title"] == "Mine"
    assert session.find(book) == book.record
    assert book.path == {"shelf": "one", "book_id": book.id}
    session.clean()
    assert book.id not in app.books


def test_all_pages_of_a_list_are_read(shelf_app: Any, shelf_context: Make) -> None:
    session = Session(shelf_context(shelf_app()))
    made = [session.create("books").id for _ in range(4)]

    assert set(made) < {one["id"] for one in session.walk("books", query={"limit": 2})}
    assert len(list(session.pages("books", query={"limit": 2}))) == 3


def test_a_list_ends_with_a_last_page_that_is_full() -> None:
    session = Session(run_context("patchworks"))

    whole = session.walk("storeConnector")

    assert len(session.walk("storeConnector", query={"per_page": 1})) == len(whole) > 1


def test_secrets_of_a_body_become_canaries(shelf_app: Any, shelf_context: Make) -> None:
    session = Session(shelf_context(shelf_app()))

    body = session.valid.body(session.contract.operation("createBook"))

    assert body["seller"]["key"].startswith("canary")
    assert [one.members for one in session.context.canaries] == [("seller", "key")]


def test_a_value_missing_in_the_target_file_skips_the_check(shelf_app: Any, shelf_context: Make) -> None:
    session = Session(shelf_context(shelf_app(), known={}))

    with pytest.raises(Skipped, match=r"the target names no known\.shelf"):
        session.call("listBooks")


def test_no_credential_is_sent_when_none_is_asked_for(shelf_app: Any, shelf_context: Make) -> None:
    session = Session(shelf_context(shelf_app()))

    exchange = session.call("listBooks", credential=None)

    assert exchange.status == 401
    assert "authorization" not in exchange.sent.headers
    with pytest.raises(Broken, match="expected 200 at all, received 401: "):
        session.expect(exchange, 200, what="at all")


def test_a_control_that_does_not_hold_is_inconclusive(shelf_app: Any, shelf_context: Make) -> None:
    session = Session(shelf_context(shelf_app()))

    with pytest.raises(Inconclusive, match="createBook was to answer 2xx first, but answered 422"):
        session.create("books", title=None)


def test_a_request_waits_as_long_as_the_server_asks(shelf_app: Any, shelf_context: Make) -> None:
    context = shelf_context(shelf_app("throttles-once"))
    session = Session(context)

    assert session.call("listBooks").status == 200
    assert context.client.waited == 7.0
    assert [one.status for one in session.exchanges] == [429, 200]


def test_statuses_are_listed_with_the_documented_ones_first(shelf_app: Any, shelf_context: Make) -> None:
    operation = shelf_context(shelf_app()).contract.operation("createBook")

    assert in_words({200, 201, 202}, operation) == "201, 200 or 202"
    assert in_words(range(200, 300), operation) == "2xx"
    assert in_words({422, 201, *range(400, 500)}, operation) == "201 or 4xx"


def test_an_in_process_application_gets_the_same_path_as_behind_a_server(
    shelf_app: Any, shelf_context: Make
) -> None:
    app = shelf_app()

    Session(shelf_context(app)).call("listBooks", path={"shelf": "ü"})

    assert app.requests == ["GET /api/shelves/ü/books".encode().decode("latin-1")]
