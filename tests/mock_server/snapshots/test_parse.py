"""An invalid snapshot is refused with all errors and their places."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mock_server.snapshots.parse import LoadedContracts, SnapshotError, parse
from mock_server.snapshots.serialize import serialize
from mock_server.snapshots.snapshot import take
from mock_server.store.index import index_of
from mock_server.worlds.world import World

Document = dict[str, Any]
Spoil = Callable[[Document], object]
SYNC = "/collections/aimable~1syncs/0"


@pytest.fixture
def document(world: World) -> Document:
    """A sound snapshot as a JSON value."""
    loaded: Document = json.loads(serialize(take("kept", world), None))
    return loaded


def refused(document: Document, loaded: LoadedContracts) -> tuple[str, ...]:
    with pytest.raises(SnapshotError) as caught:
        parse(json.dumps(document), loaded)
    return caught.value.problems


def first(document: Document, collection: str) -> Document:
    """The first entry of a collection."""
    entry: Document = document["collections"][collection][0]
    return entry


@pytest.mark.parametrize(
    ("spoil", "place", "words"),
    [
        (lambda it: it.update(schema="other"), "/schema", "not a snapshot"),
        (lambda it: it.update(version=0), "/version", "oldest supported version is 1"),
        (lambda it: it.update(version=2), "/version", "latest supported version is 1"),
        (lambda it: it.pop("version"), "/version", "must be the version"),
        (lambda it: it.pop("clock"), "/clock", "required"),
        (lambda it: it.update(extra=1), "", "has members that are not allowed"),
        (lambda it: it.update(taken="yesterday"), "/taken", "must be a valid date-time"),
        (lambda it: it.update(taken="2016-12-31T23:59:60Z"), "/taken", "must be a date-time up to"),
        (
            lambda it: it["clock"].update(now="0001-01-01T00:00:00+12:00"),
            "/clock/now",
            "must be a date-time up to",
        ),
        (lambda it: it["clock"].update(now="9999-12-31T23:59:59Z"), "/clock/now", "2999"),
        (lambda it: it.update(scenario="nowhere"), "/scenario", "all-failing, default"),
        (
            lambda it: it["clock"].update(mode="swinging"),
            "/clock/mode",
            'must be one of ["running", "frozen", "stepped"]',
        ),
        (
            lambda it: it["policies"].update({"aimable/spaces": {}}),
            "/policies/aimable~1spaces",
            "aimable/syncs",
        ),
        (
            lambda it: it["policies"].update({"aimable/syncs": {"pace": "never"}}),
            "/policies/aimable~1syncs/pace",
            "by_hand",
        ),
        (lambda it: it["faults"].update(rules=[{"id": "a", "kind": "odd"}]), "/faults/rules/0", "kind"),
        (lambda it: it["overrides"].update(overrides=[{}]), "/overrides/overrides/0", "id"),
        (lambda it: it["sequences"].update(x=-1), "/sequences/x", "must be at least 0"),
        (
            lambda it: it["collections"].update({"aimable/nothing": []}),
            "/collections/aimable~1nothing",
            "allowed: aimable/providers",
        ),
        (lambda it: first(it, "aimable/syncs").pop("record"), f"{SYNC}/record", "required"),
        (lambda it: first(it, "aimable/syncs").update(key="other"), SYNC, "as in the record, not 'other'"),
        (lambda it: first(it, "aimable/syncs")["record"].pop("id"), SYNC, "id is required"),
        (
            lambda it: first(it, "aimable/connectors")["record"].update(statsu="x"),
            "/collections/aimable~1connectors/0",
            "unknown member 'statsu' (allowed: collection_id, ",
        ),
        (lambda it: first(it, "aimable/connectors")["record"].update(plan={}), "", "unknown member 'plan'"),
        (lambda it: first(it, "hydracore/instances")["record"].update(nmae="x"), "", "unknown member 'nmae'"),
        (lambda it: first(it, "aimable/syncs")["record"].update(status=7), SYNC, "status must be a string"),
        (
            lambda it: first(it, "aimable/syncs")["record"].update(collection_connector_id="gone"),
            SYNC,
            "refers to a missing record of connectors",
        ),
        (lambda it: first(it, "aimable/syncs")["record"].update(plan={"begins": 1}), SYNC, "plan"),
        (
            lambda it: first(it, "aimable/syncs")["record"].update(
                plan={"begins": "2026-01-01T00:00:00Z", "outcome": "odd", "total": 3}
            ),
            SYNC,
            "unknown outcome 'odd'",
        ),
        (
            lambda it: first(it, "patchworks/systems")["record"].update(id="one"),
            "/collections/patchworks~1systems/0",
            "id must be an integer",
        ),
        (
            lambda it: it["collections"]["aimable/syncs"].append(first(it, "aimable/syncs")),
            "/collections/aimable~1syncs/",
            "is a duplicate",
        ),
        (
            lambda it: it["collections"].update(
                {"aimable/idempotency": [{"key": "k", "record": {"fingerprint": "f", "answer": {"odd": 1}}}]}
            ),
            "/collections/aimable~1idempotency/0",
            "answer has members that are not allowed",
        ),
    ],
)
def test_an_error_names_its_place(
    spoil: Spoil, place: str, words: str, document: Document, loaded: LoadedContracts
) -> None:
    spoil(document)
    assert any(problem.startswith(place) and words in problem for problem in refused(document, loaded))


def test_all_errors_are_reported_at_once(document: Document, loaded: LoadedContracts) -> None:
    first(document, "aimable/syncs")["record"]["status"] = 7
    first(document, "aimable/connectors")["key"] = "other"
    document["scenario"] = "nowhere"
    problems = refused(document, loaded)
    for place in ("/scenario", SYNC, "/collections/aimable~1connectors/0"):
        assert any(problem.startswith(place) for problem in problems)


def test_the_number_of_errors_is_limited(document: Document, loaded: LoadedContracts) -> None:
    for entry in document["collections"]["aimable/syncs"]:
        entry["key"] = "x"
    problems = refused(document, loaded)
    assert len(problems) == 101
    assert problems[-1].endswith("more")


def test_unknown_collections_are_reported_in_one_sentence(
    document: Document, loaded: LoadedContracts
) -> None:
    document["collections"] |= {f"elsewhere/{number}": [] for number in range(30)}
    (problem,) = refused(document, loaded)
    assert problem.startswith("/collections/elsewhere~10: unknown collections 'elsewhere/0', 'elsewhere/1', ")
    assert "'elsewhere/19' and 10 more (allowed: aimable/providers, " in problem
    assert problem.count("allowed: ") == 1


@pytest.mark.parametrize("text", ["", "{", '{"schema": "connector', "[1, 2]", "null", "\ud800", "[" * 500])
def test_a_damaged_text_is_refused(text: str, loaded: LoadedContracts) -> None:
    with pytest.raises(SnapshotError):
        parse(text, loaded)


def test_a_text_cut_short_is_refused_where_it_ends(world: World, loaded: LoadedContracts) -> None:
    text = serialize(take("kept", world), None)
    with pytest.raises(SnapshotError, match="must be JSON: character"):
        parse(text[: len(text) // 2], loaded)


def test_no_problem_quotes_a_secret(document: Document, loaded: LoadedContracts) -> None:
    record = first(document, "aimable/connectors")["record"]
    record["credential"] = {"access_token": "canary-77"}
    record["status"] = 7
    first(document, "aimable/connectors")["key"] = "other"
    document["clock"]["credential"] = "canary-77"
    document["collections"]["aimable/syncs"][0] = "canary-77"
    assert not [problem for problem in refused(document, loaded) if "canary-77" in problem]


def test_numbers_go_on_behind_the_highest_key(document: Document, loaded: LoadedContracts) -> None:
    document["sequences"] = {"patchworks/connectors": 1, "made-up": 4}
    read_back = parse(json.dumps(document), loaded).saved
    highest = max(int(key) for key, _ in read_back.items("patchworks/connectors"))
    assert read_back.sequences["patchworks/connectors"] == highest
    assert read_back.sequences["made-up"] == 4


def test_parents_are_still_found_fast(document: Document, loaded: LoadedContracts) -> None:
    base = parse(json.dumps(document), loaded).saved.base
    of_one_parent = index_of(("collection_connector_id",), (), None)
    assert len(base.groups("aimable/syncs", of_one_parent)) > 1
    assert base.own


def test_whole_numbers_written_as_fractions_are_whole(document: Document, loaded: LoadedContracts) -> None:
    document["seed"], document["sequences"] = 5.0, {"made-up": 3.0}
    snapshot = parse(json.dumps(document), loaded)
    assert repr(snapshot.seed) == "5"
    assert repr(snapshot.saved.sequences["made-up"]) == "3"
