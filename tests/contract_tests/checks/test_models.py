"""State models: the mock passes; each planted defect breaks the walk that meets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.checks import actions, crud_model, toggle_model
from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.verdicts import Verdict
from tests.contract_tests.playing import (
    Answer,
    Asked,
    Defect,
    Serve,
    answers,
    assert_named,
    data,
    not_passed,
    refuses,
    requirements_of,
)
from tests.variants.catalogue import target, variants

CONTRACTS = ("aimable", "fastapi_platform", "hydracore", "patchworks")
REQUIRED = {name: requirements_of(name, actions, crud_model, toggle_model) for name in CONTRACTS}


def loses_updates(asked: Asked, serve: Serve) -> Answer:
    """An update returns the changes, but does not store them."""
    if asked.method != "PUT":
        return serve(asked)
    shown = serve(replace(asked, method="GET", body=b""))
    return shown.with_json({"data": {**shown.json["data"], **asked.json}}) if shown.ok else shown


def deletes_nothing(asked: Asked, serve: Serve) -> Answer:
    """A deletion succeeds, but deletes nothing."""
    if asked.method == "DELETE" and "/setup" not in asked.path and "/grants" not in asked.path:
        return Answer(204, {}, b"")
    return serve(asked)


def lists_the_last_twice(member: str) -> Defect:
    """A list repeats its last item."""

    def change(body: Any, asked: Asked) -> Any:
        del asked
        return {**body, member: [*body[member], *body[member][-1:]]}

    return answers("GET", "/connections", lambda body, asked: change(body, asked) if member in body else body)


def forgets_one_when_another_is_made() -> Defect:
    """Creating a third record deletes the second."""
    made: list[str] = []

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.on("POST", "/connectors") and answer.ok:
            made.append(str(answer.json["data"]["id"]))
            if len(made) % 3 == 0:
                serve(replace(asked, method="DELETE", path=f"{asked.path}/{made[-2]}", body=b""))
        return answer

    return defect


def second_reset_sets_up() -> Defect:
    """A repeated reset sets the provider up again."""
    last = [""]

    def defect(asked: Asked, serve: Serve) -> Answer:
        toggled = asked.on("DELETE", "/setup") and last[0] == "DELETE"
        if asked.path.endswith("/setup"):
            last[0] = asked.method
        answer = serve(asked)
        if toggled:
            body = {"client_id": "id", "client_secret": "secret"}
            environ = {**asked.environ, "CONTENT_TYPE": "application/json"}
            serve(replace(asked.with_json(body), method="POST", environ=environ))
        return answer

    return defect


def takes_back(method: str) -> Defect:
    """A setup or a reset is answered as if it had happened, and undone."""
    other = {"POST": "DELETE", "DELETE": "POST"}[method]
    body = {"client_id": "id", "client_secret": "secret"}

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.on(method, "/setup") and answer.ok:
            environ = {**asked.environ, "CONTENT_TYPE": "application/json"}
            undoing = replace(asked.with_json(body), method=other, environ=environ)
            serve(undoing if other == "POST" else replace(asked, method=other, body=b""))
        return answer

    return defect


def undoes_every_third_reset() -> Defect:
    """Every third reset is answered as if it had happened, and undone."""
    undone, resets = takes_back("DELETE"), 0

    def defect(asked: Asked, serve: Serve) -> Answer:
        nonlocal resets
        if asked.on("DELETE", "/setup"):
            resets += 1
        return undone(asked, serve) if resets % 3 == 0 else serve(asked)

    return defect


def plain(defect: Defect) -> Callable[[], Defect]:
    """A stateless defect."""
    return lambda: defect


PLANTED = [
    ("aimable", "createCollectionConnector.model.walks", plain(deletes_nothing)),
    ("aimable", "createCollectionConnector.model.walks", forgets_one_when_another_is_made),
    (
        "aimable",
        "setupConnectorProvider.model.switches",
        plain(answers("DELETE", "/setup", data(setup_complete=True))),
    ),
    ("aimable", "setupConnectorProvider.model.switches", second_reset_sets_up),
    *(
        (contract, f"{operation}ConnectorProvider.lifecycle.kept", plain(takes_back(method)))
        for contract in ("aimable", "fastapi_platform")
        for operation, method in (("setup", "POST"), ("reset", "DELETE"))
    ),
    *(
        (contract, "resetConnectorProvider.lifecycle.takes-back", undoes_every_third_reset)
        for contract in ("aimable", "fastapi_platform")
    ),
    ("hydracore", "createConnection.model.walks", plain(lists_the_last_twice("connections"))),
    ("hydracore", "createConnection.model.walks", plain(deletes_nothing)),
    ("patchworks", "storeConnector.model.walks", plain(loses_updates)),
    ("patchworks", "storeConnector.model.walks", plain(deletes_nothing)),
]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_mock_passes(contract: str) -> None:
    assert not not_passed(contract, REQUIRED[contract].values(), profile="default")


@pytest.mark.parametrize(("contract", "requirement", "make"), PLANTED)
def test_a_planted_defect_is_found(contract: str, requirement: str, make: Callable[[], Defect]) -> None:
    assert_named(contract, REQUIRED[contract][requirement], make(), profile="default")


def forbids_what_is_gone(asked: Asked, serve: Serve) -> Answer:
    """What does not exist is 403."""
    answer = serve(asked)
    return replace(answer, status=403) if answer.status == 404 else answer


@pytest.mark.parametrize(
    "choice", [forbids_what_is_gone, refuses("PATCH", "", 422)], ids=["forbidden", "made-up-values-refused"]
)
def test_a_walk_leaves_open_what_other_checks_leave_open(choice: Defect) -> None:
    walks = REQUIRED["aimable"]["createCollectionConnector.model.walks"]

    assert not not_passed("aimable", [walks], choice, profile="default")


def test_a_walk_takes_a_number_that_is_given_again_for_another_thing() -> None:
    counts_rows = next(variant for variant in variants() if variant.id == "laravelish-lenient")
    chosen = Selection(requirements=("*.model.walks",), profile="default")

    with target(counts_rows, "patchworks") as aimed:
        result = run(aimed, selection=chosen, seed=2)

    assert [outcome.verdict for outcome in result.outcomes] == [Verdict.PASSED]


def test_every_model_has_a_defect() -> None:
    everything = {(contract, name) for contract, named in REQUIRED.items() for name in named}
    assert {(contract, name) for contract, name, _ in PLANTED} == everything
