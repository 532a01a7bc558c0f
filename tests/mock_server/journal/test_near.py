"""A request that matches nothing is shown what it may have meant, and why it did not get there."""

from __future__ import annotations

from time import process_time

import pytest

from mock_server.contract.loading import load
from mock_server.contract.operation import Contract
from mock_server.data import contract_names, openapi_dir
from mock_server.journal.near_misses import near_misses

CONNECTORS = "/api-proxy/v1/spaces/s/collections/c/connectors"


@pytest.fixture(scope="module")
def contracts() -> list[Contract]:
    return [load(openapi_dir() / f"{name}.yaml", name=name) for name in contract_names()]


@pytest.mark.parametrize(
    ("request_line", "operation", "reason"),
    [
        ("PUT /api/v1/connectors", "listConnectors", ("method", "PUT", "GET")),
        ("GET /api/v1/conectors", "listConnectors", ("segment", "conectors", "connectors")),
        ("GET /api/v1/Connectors", "listConnectors", ("letter_case", "Connectors", "connectors")),
        ("GET /api/v1/connectors/7/x", "showConnector", ("surplus", "x", "")),
        (f"GET {CONNECTORS[:-11]}", "listCollectionConnectors", ("missing", "", "connectors")),
        (f"GET {CONNECTORS[10:]}", "listCollectionConnectors", ("prefix", "", "/api-proxy")),
        ("GET /mock/api/v1/connectors", "listConnectors", ("prefix", "/mock", "")),
        ("GET /api//v1/connectors", "listConnectors", ("slash", "", "")),
        ("GET /v1/customers/c/connections/", "listConnections", ("slash", "", "")),
    ],
)
def test_the_nearest_operation_is_named_with_the_one_reason(
    contracts: list[Contract], request_line: str, operation: str, reason: tuple[str, str, str]
) -> None:
    method, _, path = request_line.partition(" ")
    nearest = near_misses(method, path, contracts)[0]
    assert nearest.operation == operation
    assert [(one.rule, one.found, one.wanted) for one in nearest.missed] == [reason]


def test_words_that_are_right_or_nearly_so_outweigh_those_that_lack(contracts: list[Contract]) -> None:
    nearest, *others = near_misses("GET", "/api-proxy/v1/space/s1/connectors", contracts)
    assert (nearest.operation, nearest.method) == ("listCollectionConnectors", "GET")
    assert [(one.rule, one.found, one.wanted) for one in nearest.missed] == [
        ("segment", "space", "spaces"),
        ("missing", "", "collections"),
        ("missing", "", "{collection_id}"),
    ]
    assert nearest.distance < others[0].distance


def test_an_operation_of_another_contract_is_behind_one_whose_path_begins_alike(
    contracts: list[Contract],
) -> None:
    nearest = near_misses("POST", "/api-proxy/v1/spaces/s1/connector", contracts)[0]
    assert nearest.operation == "createCollectionConnector"


def test_several_reasons_are_reported_together(contracts: list[Contract]) -> None:
    nearest = near_misses("PUT", "/API/v1/conectors", contracts)[0]
    assert {one.rule for one in nearest.missed} == {"method", "letter_case", "segment"}


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/a/b/c/d/e/f", "/static/app.js"])
def test_what_has_nothing_to_do_with_an_operation_is_near_to_none(
    contracts: list[Contract], path: str
) -> None:
    assert near_misses("GET", path, contracts) == []


def test_the_nearest_come_first_and_no_more_than_wanted(contracts: list[Contract]) -> None:
    found = near_misses("GET", "/api/v1/connector", contracts, limit=2)
    assert len(found) == 2
    assert found[0].distance <= found[1].distance


@pytest.mark.parametrize(
    "path",
    [
        "/" * 50_000,
        "/a" * 25_000,
        "/api/v1/" + "connector" * 5_000,
        "/api/v1/connectors/" + "9" * 50_000 + "/x",
    ],
)
def test_a_long_path_takes_no_longer_than_a_short_one(contracts: list[Contract], path: str) -> None:
    def seconds(asked: str) -> float:
        times = []
        for _ in range(5):
            begun = process_time()
            near_misses("GET", asked, contracts)
            times.append(process_time() - begun)
        return min(times)

    # Reading fifty thousand characters takes some time itself.
    assert seconds(path) < 2 * seconds("/api/v1/connector/7/tests") + 0.005
