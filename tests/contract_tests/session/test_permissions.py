"""The table of what a run may do to a target, request by request."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.openapi.contract import Contract
from contract_tests.session.made_up import is_unguessable
from contract_tests.session.permissions import Effect, NotPermittedError, Permissions
from contract_tests.session.request import Request
from contract_tests.target.target_file import ContractTarget

UUID = "0f8b1c52-7d3e-4a96-b1f4-95e2c7a8d013"


def _operation(name: str, path: str, **more: Any) -> dict[str, Any]:
    parameters = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in path.split("/")
        if part.startswith("{")
    ]
    return {
        "operationId": name,
        "parameters": parameters,
        "responses": {"200": {"description": "done"}},
        **more,
    }


PATHS: dict[str, dict[str, dict[str, Any]]] = {
    "/things/": {"get": {}, "post": {}, "delete": {}},
    "/things/{thing}": {"get": {}, "put": {}, "patch": {}, "delete": {}},
    "/things/{thing}/reset": {"post": {}},
    "/things/{thing}/parts": {"get": {}, "post": {}},
    "/things/{thing}/parts/{part}": {"delete": {}},
    "/things/search": {"post": {}},
    "/things/bulk_delete": {"post": {}},
    "/settings": {"put": {}},
    "/queues/{name}": {"post": {"tags": ["Payments"]}, "delete": {}},
    "/server/restart": {"get": {}, "post": {}},
    "/letters": {"post": {"summary": "Send a letter"}},
    "/letters/{letter}": {"get": {}, "post": {}},
    "/letters/{letter}/page.{format}": {"get": {}},
}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """Collections, an item, actions, a setting."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {
            path: {method: _operation(f"{method} {path}", path, **more) for method, more in methods.items()}
            for path, methods in PATHS.items()
        },
    }
    return Contract("things", tmp_path_factory.mktemp("things") / "things.json", document)


def _permissions(contract: Contract, *, read_only: bool = False, **target: Any) -> Permissions:
    described = ContractTarget(
        base_url="http://things.test", known={"thing": "known"}, foreign={"thing": "theirs"}, **target
    )
    return Permissions(contract, described, read_only=read_only)


def _request(call: str, **more: Any) -> Request:
    method, _, path = call.partition(" ")
    return Request(operation=call, method=method, path=path, **more)


@pytest.mark.parametrize(
    ("call", "effect"),
    [
        ("GET /things/known", Effect.READ),
        ("POST /things/search", Effect.READ),
        ("POST /things", Effect.CREATE),
        ("POST /things/", Effect.CREATE),
        ("POST /things/known/parts", Effect.CREATE),
        ("PUT /things/ct-{nonce}-7", Effect.CREATE),
        ("DELETE /things/ct-{nonce}-7", Effect.CHANGE),
        ("DELETE /things/mine", Effect.CHANGE),
        ("POST /things/mine/reset", Effect.CHANGE),
        ("DELETE /things/mine/parts/4", Effect.CHANGE),
        (f"PATCH /things/{UUID.upper()}", Effect.CHANGE),
    ],
)
def test_permits_what_reads_creates_and_changes_its_own(
    contract: Contract, call: str, effect: Effect
) -> None:
    permissions = _permissions(contract)
    for own in ("mine", UUID):
        permissions.created("/things/{thing}", {"thing": own})
    request = _request(call.replace("{nonce}", permissions.made_up.nonce))
    assert permissions.assert_permitted(request) is effect


@pytest.mark.parametrize(
    "call",
    [
        "PATCH /things/known",
        "DELETE /things/known",
        "DELETE /things/seen-in-a-list",
        "POST /things/known/reset",
        "POST /letters/seen-in-a-list",
        "PUT /things/known",
        "DELETE /things",
        "PUT /settings",
        "DELETE /things/known/parts/4",
        "DELETE /things/mine/parts/known",
        "DELETE /things/..",
        "DELETE /things/%2E%2e",
        "DELETE /things//",
        "DELETE /things/a%2Fb",
        "POST /things/bulk_delete",
        "POST /things/theirs/parts",
        "DELETE /nowhere/known",
        "GET /things?recheck=1",
    ],
)
def test_refuses_what_it_did_not_create(contract: Contract, call: str) -> None:
    permissions = _permissions(contract)
    permissions.created("/things/{thing}", {"thing": "mine"})
    path, _, query = call.partition("?")
    pairs = [tuple(query.split("="))] if query else []
    with pytest.raises(NotPermittedError):
        permissions.assert_permitted(_request(path, query=pairs))


def test_the_reason_names_the_option(contract: Contract) -> None:
    with pytest.raises(NotPermittedError, match=r'may_change = \["things"\]'):
        _permissions(contract).assert_permitted(_request("DELETE /things/known"))


@pytest.mark.parametrize("call", ["DELETE /things/known", "DELETE /things", "POST /things/known/reset"])
def test_may_change_permits_a_resource_and_not_what_is_foreign(contract: Contract, call: str) -> None:
    permissions = _permissions(contract, may_change=["things"])
    assert permissions.assert_permitted(_request(call)) is Effect.CHANGE
    with pytest.raises(NotPermittedError, match="foreign"):
        permissions.assert_permitted(
            _request(call.replace("known", "theirs") if "known" in call else "PUT /things/theirs")
        )


@pytest.mark.parametrize("call", ["DELETE /things/known", "POST /queues/known", "POST /server/restart"])
def test_a_star_permits_everything_but_what_is_foreign(contract: Contract, call: str) -> None:
    permissions = _permissions(contract, may_change=["*"], allow=["*"])
    assert permissions.assert_permitted(_request(call)) is Effect.CHANGE
    with pytest.raises(NotPermittedError, match="foreign"):
        permissions.assert_permitted(_request("DELETE /things/theirs"))


@pytest.mark.parametrize("call", ["POST /things", "DELETE /things/mine", "PUT /things/ct-{nonce}-1"])
def test_read_only_refuses_what_creates_and_changes(contract: Contract, call: str) -> None:
    permissions = _permissions(contract, read_only=True, may_change=["things"])
    permissions.created("/things/{thing}", {"thing": "mine"})
    with pytest.raises(NotPermittedError, match="--read-only"):
        permissions.assert_permitted(_request(call.replace("{nonce}", permissions.made_up.nonce)))


@pytest.mark.parametrize("body", [b'{"ids": []}', b"{}", b"", b'{"ids": ["known"]}', b'{"ids": true}'])
def test_a_bulk_action_that_may_mean_others_is_refused(contract: Contract, body: bytes) -> None:
    permissions = _permissions(contract)
    permissions.created("/things/{thing}", {"thing": UUID})
    with pytest.raises(NotPermittedError):
        permissions.assert_permitted(_request("POST /things/bulk_delete", content=body))
    own = f'{{"ids": ["{UUID}"]}}'.encode()
    assert permissions.assert_permitted(_request("POST /things/bulk_delete", content=own)) is Effect.CHANGE


@pytest.mark.parametrize("body", [b'{"id": "known"}', b'[{"thing": 7}]'])
def test_a_creation_with_an_id_not_generated_by_the_run_is_refused(contract: Contract, body: bytes) -> None:
    with pytest.raises(NotPermittedError, match="overwritten"):
        _permissions(contract).assert_permitted(_request("POST /things", content=body))


@pytest.mark.parametrize(
    "call", ["POST /letters", "GET /server/restart", "POST /server/restart", "POST /queues/mine"]
)
def test_operations_that_send_restart_or_pay_need_permission(contract: Contract, call: str) -> None:
    with pytest.raises(NotPermittedError, match="allow = "):
        _permissions(contract).assert_permitted(_request(call))


def test_an_allowed_operation_still_obeys_the_table(contract: Contract) -> None:
    permissions = _permissions(contract, allow=["post /letters", "post /queues/{name}"])
    assert permissions.assert_permitted(_request("POST /letters")) is Effect.CREATE
    with pytest.raises(NotPermittedError, match="may_change"):
        permissions.assert_permitted(_request("POST /queues/known"))


@pytest.mark.parametrize(
    ("value", "unguessable"),
    [
        (UUID, True),
        ("00000000-0000-0000-0000-000000000007", False),
        ("V1StGXR8Z5jdHi6BmyT9a", True),
        (7, False),
        ("main", False),
        ("12345678901234567890123", False),
    ],
)
def test_only_a_random_id_names_the_same_object_everywhere(value: Any, unguessable: bool) -> None:
    assert is_unguessable(value) is unguessable


def test_an_id_that_is_not_random_counts_below_its_own_parent_only(contract: Contract) -> None:
    permissions = _permissions(contract)
    permissions.created("/things/{thing}/parts/{part}", {"thing": "known", "part": 3})
    assert permissions.assert_permitted(_request("DELETE /things/known/parts/3")) is Effect.CHANGE
    with pytest.raises(NotPermittedError):
        permissions.assert_permitted(_request("DELETE /things/other/parts/3"))


def test_a_path_that_ends_in_a_slash_leads_to_its_own_operation(contract: Contract) -> None:
    assert _permissions(contract).leads_to(contract.operation("delete /things/"), {})
