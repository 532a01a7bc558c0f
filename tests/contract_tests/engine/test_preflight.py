"""What keeps a contract from being judged, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contract_tests.engine.preflight import preflight
from contract_tests.requirements.results import ProblemKind
from contract_tests.session.context import RunContext

MakeContext = Callable[..., RunContext]
NOWHERE = "a3d5b6c4-0000-4000-8000-00000000dead"


def answering(status: int, headers: tuple[tuple[str, str], ...] = ()) -> Callable[..., list[bytes]]:
    """An application that answers everything with a status."""

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(f"{status} Said", [("Content-Type", "text/plain"), *headers])
        return [b""]

    return application


def test_an_existing_target_passes_the_preflight(shelf_app: Any, shelf_context: MakeContext) -> None:
    app = shelf_app()

    assert preflight(shelf_context(app)) == []
    assert len(app.requests) <= 3


def test_a_known_value_that_does_not_exist_is_a_configuration_error(
    shelf_app: Any, shelf_context: MakeContext
) -> None:
    context = shelf_context(shelf_app(), known={"shelf": "one", "book_id": NOWHERE})

    (problem,) = preflight(context)

    assert problem.kind is ProblemKind.CONFIGURATION
    assert problem.message.startswith("contracts.shelf.known.book_id")
    assert problem.message.endswith(f"/shelves/one/books/{NOWHERE} answers 404")


def test_a_known_value_without_an_item_path_is_looked_up_in_the_list_below_it(
    shelf_app: Any, shelf_context: MakeContext
) -> None:
    (problem,) = preflight(shelf_context(shelf_app(), known={"shelf": "two"}))

    assert problem.message.startswith("contracts.shelf.known.shelf does not exist: GET ")


def test_a_gateway_that_answers_every_path_is_not_a_target(shelf_context: MakeContext) -> None:
    (problem,) = preflight(shelf_context(answering(502)))

    assert problem.kind is ProblemKind.UNREACHED
    assert problem.message.endswith("the answer is 502")


def test_a_target_that_always_asks_to_wait_cannot_be_judged(shelf_context: MakeContext) -> None:
    (problem,) = preflight(shelf_context(answering(429, (("Retry-After", "1"),))))

    assert problem.kind is ProblemKind.UNREACHED
    assert problem.message == "the target answers 429 to everything and asks to wait"


def test_an_unavailable_credential_is_a_configuration_error(
    shelf_app: Any, shelf_context: MakeContext
) -> None:
    unset = {"writer": {"scheme": "bearer", "env": "SHELF_TOKEN_NOBODY_SET", "roles": ["write"]}}

    problems = preflight(shelf_context(shelf_app(), credentials=unset))

    assert [problem.kind for problem in problems] == [ProblemKind.CONFIGURATION]
    assert problems[0].message.startswith("contracts.shelf.credentials.writer: the environment variable")


def test_a_server_error_does_not_speak_for_a_credential(shelf_context: MakeContext) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        is_list = environ["PATH_INFO"].endswith("/books")
        return answering(500 if is_list else 401)(environ, start_response)

    problems = preflight(shelf_context(application))

    assert "credential writer is not accepted" in problems[0].message
