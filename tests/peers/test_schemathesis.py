"""Stock Schemathesis finds nothing but what exceptions.yaml names. The long way: schemathesis/run.py."""

from __future__ import annotations

import pytest
import yaml

from tests.peers.contracts import OPENAPI, operation_of, spec_of
from tests.peers.schemathesis.exceptions import Allowance, allowances
from tests.peers.schemathesis.run import USERS, Failure, Result, User, compared, runs

pytestmark = [pytest.mark.peers, pytest.mark.slow]

CASES = 3
"""Per operation and phase: enough to meet every check, few enough for every test run."""


@pytest.fixture(scope="module")
def results() -> dict[User, Result]:
    """A short run of every user, two at a time."""
    return dict(zip(USERS, runs([(user, 1) for user in USERS], examples=CASES), strict=True))


@pytest.mark.parametrize("user", USERS, ids=lambda user: f"{user.contract}-{user.name}")
def test_a_short_run_finds_nothing(results: dict[User, Result], user: User) -> None:
    assert results[user].clean, results[user].output


def test_unused_exceptions_and_uncovered_failures_are_reported() -> None:
    met, stale = allowances()[:2]
    known = Failure(*met.finding, title="as the exception says")
    other = Failure(met.contract, met.operation, "ServerError", title="a server error")
    assert compared([met, stale], [known, other]) == ([stale], [other])


@pytest.mark.parametrize("entry", allowances(), ids=lambda entry: f"{entry.operation}-{entry.check}")
def test_an_exception_names_an_operation_and_cites_a_source(entry: Allowance) -> None:
    assert f"operationId: {entry.operation}\n" in spec_of(entry.contract).read_text(encoding="utf-8")
    assert entry.cites
    assert set(entry.cites) <= written_down()
    assert entry.reason


def test_a_probe_with_a_method_the_path_lacks_belongs_to_its_operation() -> None:
    path = "/api/v1/connectors/{connector}/test"
    told = [operation_of("patchworks", f"{method} {path}") for method in ("POST", "GET")]
    assert told == ["testConnector", "testConnector"]


def test_exceptions_are_unique() -> None:
    made = [(entry.contract, entry.operation, entry.check) for entry in allowances()]
    assert len(set(made)) == len(made)


def written_down() -> set[str]:
    """The ids of all facts and decisions."""
    files = [*(OPENAPI / "sources").glob("*.yaml"), *(OPENAPI / "decisions").glob("*.yaml")]
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    entries = [entry for one in documents for entry in (*one.get("facts", ()), *one.get("decisions", ()))]
    return {entry["id"] for entry in entries}
