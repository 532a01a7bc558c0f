"""Defects that show only where a check looks twice: the mock passes, each planted one has its level."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest

from contract_tests.checks import (
    authentication,
    jobs,
    lifecycle_delete,
    lifecycle_members,
    lifecycle_together,
    lifecycle_update,
    listing,
    listing_items,
    secrets,
)
from contract_tests.checks.lifecycle_together import AT_ONCE
from contract_tests.vendors import aimable, fastapi_platform
from contract_tests.verdicts import Verdict
from tests.contract_tests.playing import (
    Answer,
    Asked,
    Defect,
    Serve,
    answers,
    judged,
    not_passed,
    refuses,
    requirements_of,
)

AIMABLE = requirements_of(
    "aimable",
    aimable,
    authentication,
    jobs,
    lifecycle_delete,
    lifecycle_members,
    lifecycle_together,
    lifecycle_update,
    listing,
    listing_items,
    secrets,
)
PLATFORM = requirements_of("fastapi_platform", fastapi_platform)
LONGEST_WAIT = 30
"""Seconds that one of several updates at once waits for the others."""


def is_connector(asked: Asked, method: str) -> bool:
    """Whether a request is for one connector."""
    return asked.method == method and asked.path.rpartition("/")[0].endswith("/connectors")


def keeps_ascii(asked: Asked, serve: Serve) -> Answer:
    """Letters beyond ASCII are stored as question marks."""
    if not asked.on("POST", "/connectors"):
        return serve(asked)
    text = json.dumps(asked.json, ensure_ascii=False).encode("ascii", "replace")
    return serve(replace(asked, body=text))


def turns_round(body: Any, asked: Asked) -> Any:
    """The texts in a scope are shown from the last to the first."""
    del asked
    scope = {
        name: value[::-1] if isinstance(value, list) else value
        for name, value in body["data"]["scope_config"].items()
    }
    return {"data": {**body["data"], "scope_config": scope}}


class LosesUpdates:
    """Of updates at once each one that does not set the scope writes it as it was before all of them."""

    def __init__(self) -> None:
        self._all_have_read = Barrier(AT_ONCE, timeout=LONGEST_WAIT)
        self._is_set = Event()

    def __call__(self, asked: Asked, serve: Serve) -> Answer:
        if not is_connector(asked, "PATCH"):
            return serve(asked)
        before = serve(replace(asked, method="GET", body=b"")).json["data"]["scope_config"]
        self._all_have_read.wait()
        if "scope_config" in asked.json:
            answer = serve(asked)
            self._is_set.set()
            return answer
        self._is_set.wait(LONGEST_WAIT)
        return serve(asked.with_json({"scope_config": before, **asked.json}))


def forgets_to_delete(asked: Asked, serve: Serve) -> Answer:
    """A deleted connector leaves the list alone."""
    return Answer(204, {}, b"") if is_connector(asked, "DELETE") else serve(asked)


def reading_writes() -> Defect:
    """A read of a connector moves the time of its change by an hour."""
    reads: list[str] = []

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not is_connector(asked, "GET") or not answer.ok:
            return answer
        reads.append(asked.path)
        record = answer.json["data"]
        moved = datetime.fromisoformat(record["updated_at"]) + timedelta(hours=len(reads))
        return answer.with_json({"data": {**record, "updated_at": moved.isoformat()}})

    return defect


def changed_elsewhere(asked: Asked, serve: Serve) -> Answer:
    """An update is dated in the time of another zone."""
    answer = serve(asked)
    if not answer.ok or not (is_connector(asked, "PATCH") or is_connector(asked, "GET")):
        return answer
    record = answer.json["data"]
    earlier = datetime.fromisoformat(record["created_at"]) - timedelta(hours=5)
    return answer.with_json({"data": {**record, "updated_at": earlier.isoformat()}})


def in_no_order() -> Defect:
    """Connectors are listed by offset, beginning with another one each time."""
    calls = [0]

    def defect(asked: Asked, serve: Serve) -> Answer:
        if not asked.on("GET", "/connectors"):
            return serve(asked)
        limit, offset = int(asked.query.get("limit", 20)), int(asked.query.get("offset", 0))
        answer = serve(asked.with_query(limit="100", offset=None))
        calls[0] += 1
        items = answer.json["data"]
        turned = items[calls[0] % len(items) :] + items[: calls[0] % len(items)]
        meta = {"total": len(items), "limit": limit, "offset": offset}
        return answer.with_json({"data": turned[offset : offset + limit], "meta": meta})

    return defect


def hides_scopes(body: Any, asked: Asked) -> Any:
    """The list shows null for every scope."""
    del asked
    return {**body, "data": [{**item, "scope_config": None} for item in body["data"]]}


def quotes_what_lacks(asked: Asked, serve: Serve) -> Answer:
    """The message on a missing member shows the whole body."""
    answer = serve(asked)
    if answer.status != 422 or not asked.on("POST", "/setup") or "client_id" in (asked.json or {}):
        return answer
    return answer.with_json(
        {"detail": [{"loc": ["body"], "msg": f"no id in {asked.json}", "type": "missing"}]}
    )


def is_by_key(asked: Asked) -> bool:
    return "HTTP_X_API_KEY" in asked.environ and "HTTP_AUTHORIZATION" not in asked.environ


def is_read_of_sync(asked: Asked) -> bool:
    return asked.method == "GET" and asked.path.rpartition("/")[0].endswith("/sync")


def counts_in_texts(asked: Asked, serve: Serve) -> Answer:
    """Reads show a count as a text."""
    answer = serve(asked)
    if not is_read_of_sync(asked) or not answer.ok:
        return answer
    record = answer.json["data"]
    return answer.with_json({"data": {**record, "records_fetched": str(record["records_fetched"])}})


def runs_after_its_end(asked: Asked, serve: Serve) -> Answer:
    """A sync that has ended still calls itself running."""
    answer = serve(asked)
    if not is_read_of_sync(asked) or not answer.ok:
        return answer
    return answer.with_json({"data": {**answer.json["data"], "status": "running"}})


def has_unknown_token(asked: Asked) -> bool:
    return "unknown" in asked.environ.get("HTTP_AUTHORIZATION", "")


def stands_still() -> Defect:
    """A sync fetches something and then no more, without an end."""
    looks: list[str] = []

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not is_read_of_sync(asked) or not answer.ok:
            return answer
        looks.append(asked.path)
        fetched = min(looks.count(asked.path), 3)
        stuck = {"status": "running", "records_fetched": fetched, "completed_at": None}
        return answer.with_json({"data": {**answer.json["data"], **stuck}})

    return defect


def folders_that_lead_nowhere(asked: Asked, serve: Serve) -> Answer:
    """Every folder shows the top level, and no item says that it has others below it."""
    if not asked.on("GET", "/browse"):
        return serve(asked)
    answer = serve(asked.with_query(parent_id=None))
    items = [{**item, "type": "folder", "has_children": None} for item in answer.json["data"]]
    return answer.with_json({**answer.json, "data": items})


def plain(defect: Defect) -> Callable[[], Defect]:
    """A stateless defect."""
    return lambda: defect


FAILED, WARNING = Verdict.FAILED, Verdict.WARNING
CREATE, UPDATE, DELETE = "createCollectionConnector", "updateCollectionConnector", "deleteCollectionConnector"
PLANTED: list[tuple[str, Callable[[], Defect], Verdict]] = [
    (f"{CREATE}.lifecycle.lists.scope_config", plain(keeps_ascii), FAILED),
    (
        f"{CREATE}.lifecycle.lists.scope_config",
        plain(answers("POST", "/connectors", turns_round)),
        WARNING,
    ),
    (f"{UPDATE}.lifecycle.together", LosesUpdates, WARNING),
    (f"{DELETE}.lifecycle.gone.{UPDATE}", plain(forgets_to_delete), FAILED),
    (f"{UPDATE}.lifecycle.moves-time", reading_writes, WARNING),
    (f"{UPDATE}.lifecycle.changes.scope_config", plain(changed_elsewhere), FAILED),
    ("listCollectionConnectors.listing.shown-pages", in_no_order, FAILED),
    ("listCollectionConnectors.listing.agrees", plain(answers("GET", "/connectors", hides_scopes)), WARNING),
    ("setupConnectorProvider.secrets.not-repeated.client_secret", plain(quotes_what_lacks), FAILED),
    (
        f"{CREATE}.authentication.accepts-alike.apiKey",
        plain(refuses("POST", "/connectors", 401, when=is_by_key)),
        FAILED,
    ),
    ("getSync.jobs.progress", plain(counts_in_texts), FAILED),
    ("getSync.jobs.progress", stands_still, WARNING),
    ("getSync.jobs.progress", plain(runs_after_its_end), FAILED),
    (
        "listCollectionConnectors.authentication.unknown-credential",
        plain(refuses("GET", "/connectors", 403, when=has_unknown_token)),
        FAILED,
    ),
    ("browseCollectionConnector.listing.below", plain(folders_that_lead_nowhere), FAILED),
]


def knows_keys_alone(asked: Asked, serve: Serve) -> Answer:
    """Without a key no provider is set up."""
    answer = serve(asked)
    if asked.on("GET", "/notion") and answer.ok and "HTTP_X_API_KEY" not in asked.environ:
        return answer.with_json({"data": {**answer.json["data"], "setup_complete": False}})
    return answer


def test_the_mock_passes() -> None:
    names = {name for name, _, _ in PLANTED if not name.endswith("shown-pages")}  # it shows documented ones

    assert not not_passed("aimable", [AIMABLE[name] for name in sorted(names)])


@pytest.mark.parametrize(("requirement", "make", "verdict"), PLANTED)
def test_a_planted_defect_is_named(requirement: str, make: Callable[[], Defect], verdict: Verdict) -> None:
    (outcome,) = judged("aimable", [AIMABLE[requirement]], make())

    assert outcome.verdict is verdict, outcome.reason or outcome.finding


def test_a_state_that_depends_on_the_key_is_named() -> None:
    requirement = PLATFORM["setupConnectorProvider.lifecycle.says-so"]

    (outcome,) = judged("fastapi_platform", [requirement], knows_keys_alone)

    assert outcome.verdict is Verdict.WARNING, outcome.reason or outcome.finding


def test_a_key_that_no_operation_takes_is_left_alone() -> None:
    requirement = AIMABLE[f"{CREATE}.authentication.accepts-alike.apiKey"]

    (outcome,) = judged("aimable", [requirement], refuses("GET", "", 401, when=is_by_key))

    assert outcome.verdict is Verdict.SKIPPED, outcome.reason or outcome.finding
