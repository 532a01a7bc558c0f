"""A run of two contracts as the reports get it, with every verdict in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from contract_tests.evidence.levels import Level
from contract_tests.exchange import Exchange, SentRequest
from contract_tests.redaction.curl import curl
from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import (
    ContractProblem,
    Finding,
    JudgedContract,
    JudgedOperation,
    Outcome,
    RunResult,
    Secret,
)
from contract_tests.verdicts import Verdict

TOKEN = "aim-admin-6c1f0b7e"
CANARY = "canary-91d2e7"
SECRETS = (Secret(TOKEN, "AIMABLE_ADMIN"), Secret(CANARY))

AIMABLE = JudgedContract(
    name="aimable",
    title="Aimable Platform: connectors",
    base_url="http://127.0.0.1:4010/api-proxy",
    operations=tuple(
        JudgedOperation(name, method, path)
        for name, method, path in (
            ("listConnectorProviders", "GET", "/v1/admin/connector-providers"),
            ("getConnectorProvider", "GET", "/v1/admin/connector-providers/{provider_slug}"),
            ("setUpConnectorProvider", "POST", "/v1/admin/connector-providers/{provider_slug}/setup"),
            ("resetConnectorProvider", "DELETE", "/v1/admin/connector-providers/{provider_slug}/setup"),
            (
                "listCollectionConnectors",
                "GET",
                "/v1/spaces/{space_id}/collections/{collection_id}/connectors",
            ),
            (
                "createCollectionConnector",
                "POST",
                "/v1/spaces/{space_id}/collections/{collection_id}/connectors",
            ),
            ("updateCollectionConnector", "PATCH", "/v1/connectors/{connector_id}"),
            ("cancelConnectorSync", "POST", "/v1/connectors/{connector_id}/syncs/{sync_id}/cancel"),
        )
    ),
)
PATCHWORKS = JudgedContract(
    name="patchworks",
    title="Patchworks Core: connectors",
    base_url="http://127.0.0.1:4010/api/v1",
    operations=tuple(
        JudgedOperation(name, method, path)
        for name, method, path in (
            ("listConnectors", "GET", "/connectors"),
            ("storeConnector", "POST", "/connectors"),
            ("updateConnector", "PUT", "/connectors/{connector_id}"),
            ("destroyConnector", "DELETE", "/connectors/{connector_id}"),
        )
    ),
)
HYDRACORE = JudgedContract("hydracore", "HydraCore control plane", "https://hydra.example/v1", ())


def requirement(
    contract: str,
    operation: str,
    family: Family,
    what: str,
    *,
    title: str = "a promise is kept",
    level: Level = Level.MUST,
) -> Requirement:
    return Requirement(
        id=f"{contract}.{operation}.{family.value}.{what}",
        contract=contract,
        family=family,
        level=level,
        title=title,
        operations=(operation,),
        cites=("001-12", "D-aimable-04"),
        check=None,
    )


def finding(
    promise: Requirement, *, expected: str, received: str, exchange: Exchange, also: tuple[str, ...] = ()
) -> Finding:
    return Finding(
        requirement=promise,
        operation=promise.operations[0],
        level=promise.level,
        expected=expected,
        received=received,
        sources=(
            "document 001, section Create a Connector, fact 001-12",
            "decision D-aimable-04: Is the key optional?",
        ),
        curl=curl(exchange.sent, SECRETS),
        exchange=exchange,
        also=also,
    )


def exchange(
    operation: str, method: str, path: str, *, status: int, body: object, answer: object
) -> Exchange:
    headers = {
        "host": "127.0.0.1:4010",
        "authorization": f"Bearer {TOKEN}",
        "content-type": "application/json",
        "idempotency-key": "0192f1c4-7d0a-7cc1-9a55-4be0a1d0f6b2",
    }
    raw = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
    return Exchange(
        sent=SentRequest(
            operation=operation,
            method=method,
            url=f"http://127.0.0.1:4010/api-proxy{path}",
            headers=headers,
            body=None if body is None else json.dumps(body).encode(),
            credential="admin",
        ),
        status=status,
        headers={"content-type": "text/html" if isinstance(answer, str) else "application/json"},
        content=raw,
        seconds=0.0123,
    )


def passed_ones() -> list[Outcome]:
    """A pattern of passed requirements that fills most of both matrices."""
    cells = [
        (contract, row, operation, column, family)
        for contract in (AIMABLE, PATCHWORKS)
        for row, operation in enumerate(contract.operations)
        for column, family in enumerate(Family)
    ]
    return [
        Outcome(
            requirement(contract.name, operation.id, family, f"holds-{number}"),
            Verdict.PASSED,
            exchanges=3,
            seconds=0.02,
        )
        for contract, row, operation, column, family in cells
        if (row * 5 + column * 3) % 7 and family not in {Family.MODEL, Family.BREADTH}
        for number in range(1 + (row + column) % 4)
    ]


def broken_ones() -> list[Outcome]:
    return [*leaked_ones(), crashed_one(), disordered_one()]


def leaked_ones() -> list[Outcome]:
    leak, echoed = (
        requirement(
            "aimable",
            operation,
            Family.SECRETS,
            "credential-never-returned",
            title="A stored credential is in no answer",
        )
        for operation in ("createCollectionConnector", "updateCollectionConnector")
    )
    leaked = exchange(
        "createCollectionConnector",
        "POST",
        "/v1/spaces/7c9e6679-7425-40de-944b-e07fc1f90ae7/collections/550e8400-e29b-41d4-a716-446655440000/connectors",
        status=201,
        body={"provider_slug": "slack", "name": "ct-Ünïcode-41", "credential": {"access_token": CANARY}},
        answer={"data": {"id": "b1f", "name": "ct-Ünïcode-41", "credential": {"access_token": CANARY}}},
    )
    told = finding(
        leak,
        expected="no answer holds the access_token that was stored",
        received=f"/data/credential/access_token is {CANARY}",
        exchange=leaked,
        also=(echoed.id,),
    )
    return [
        Outcome(leak, Verdict.FAILED, finding=told, exchanges=4, seconds=0.2),
        Outcome(echoed, Verdict.FAILED, reason=f"same defect as {leak.id}", exchanges=4, seconds=0.2),
    ]


def crashed_one() -> Outcome:
    html = requirement(
        "patchworks",
        "storeConnector",
        Family.ROBUSTNESS,
        "broken-json",
        title="A body that is not JSON is refused as JSON",
    )
    crash = exchange(
        "storeConnector",
        "POST",
        "/connectors",
        status=500,
        body={"name": 1},
        answer="<h1>Server <b>Error</b></h1>",
    )
    told = finding(html, expected="400 or 422, application/json", received="500, text/html", exchange=crash)
    return Outcome(html, Verdict.FAILED, finding=told)


def disordered_one() -> Outcome:
    order = requirement(
        "patchworks",
        "listConnectors",
        Family.LISTING,
        "sort-by-name",
        level=Level.SHOULD,
        title="A minus sign before a sort key turns the order round",
    )
    listed = exchange(
        "listConnectors",
        "GET",
        "/connectors?sort=-name",
        status=200,
        body=None,
        answer={"data": [{"name": "a"}, {"name": "b"}]},
    )
    told = finding(order, expected="names from z to a", received="a, b", exchange=listed)
    return Outcome(order, Verdict.WARNING, finding=told)


def undecided_ones() -> list[Outcome]:
    return [
        Outcome(
            requirement(
                "aimable",
                "cancelConnectorSync",
                Family.JOBS,
                "cancel",
                title="A running sync can be cancelled",
            ),
            Verdict.INCONCLUSIVE,
            reason="the sync had finished before it could be cancelled",
        ),
        *(
            Outcome(
                requirement(
                    "aimable",
                    operation,
                    Family.ISOLATION,
                    "foreign",
                    title="Another space's things are not found",
                ),
                Verdict.SKIPPED,
                reason="contracts.aimable.foreign.space_id is not in the target file",
            )
            for operation in ("listCollectionConnectors", "updateCollectionConnector")
        ),
        Outcome(
            requirement(
                "patchworks",
                "updateConnector",
                Family.LIFECYCLE,
                "rest-untouched",
                title="An update leaves the rest alone",
            ),
            Verdict.ERRORED,
            reason=f"KeyError: 'id' while holding {TOKEN}",
        ),
    ]


def result() -> RunResult:
    """The run, not masked."""
    return RunResult(
        target="target.toml",
        seed=20240,
        profile="quick",
        started=datetime(2025, 6, 3, 9, 30, tzinfo=UTC),
        seconds=17.4,
        contracts=(AIMABLE, PATCHWORKS, HYDRACORE),
        outcomes=(*passed_ones(), *broken_ones(), *undecided_ones()),
        problems=(ContractProblem("hydracore", f"the credential proxy ({TOKEN}) is not accepted: 401"),),
        leftovers=("aimable connector 0f3a… (DELETE answered 503 three times)",),
        secrets=SECRETS,
    )


@pytest.fixture
def run_result() -> RunResult:
    return result()


@pytest.fixture
def report_result() -> MaskedResult:
    return masked(result())
