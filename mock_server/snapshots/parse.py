"""From the text of a snapshot back to a snapshot, everything in it checked before any of it is used."""

from __future__ import annotations

import json
from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jsonschema_rs import Draft202012Validator

from mock_server.behaviours.policy import Policy, PolicyError
from mock_server.behaviours.seeding import collections_of
from mock_server.clock import ClockState, from_rfc3339
from mock_server.contract.json_text import MalformedError, UndecodableError, loads
from mock_server.contract.validation import Check
from mock_server.data import openapi_dir
from mock_server.errors.sentences import asked
from mock_server.faults.rules import parse_rules
from mock_server.json_pointer import pointer
from mock_server.object_reader import MemberError
from mock_server.overrides.rules import parse_overrides
from mock_server.seeded_random import SeededRandom
from mock_server.snapshots.parse_records import base_of_records
from mock_server.snapshots.serialize import SCHEMA, VERSION
from mock_server.snapshots.snapshot import Snapshot
from mock_server.store.memory import SavedState

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Behaviours, ContractWithBehaviours
    from mock_server.behaviours.seeding import Fixture
    from mock_server.contract.operation import Contract
    from mock_server.scenarios.scenarios import Scenarios

_TOLD: Final = 100
"""So many faults are told of one text."""

_LAST_YEAR: Final = 2999
"""A clock near the end of what datetime can count would fail in every request."""


class SnapshotError(ValueError):
    """A text that is no snapshot, or one of something else than is played here.

    problems: one sentence each, beginning with the place as a JSON pointer; none quotes a value that could be
    a secret.
    """

    def __init__(self, *problems: str) -> None:
        more = len(problems) - _TOLD
        self.problems = problems if more <= 0 else (*problems[:_TOLD], f"and {more} more")
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class LoadedContracts:
    """What a snapshot has to fit: the contracts played here.

    contracts, behaviours: by name. fixtures: the files that name the schemas of records, by storage.
    scenarios: the names there are; a restored world can be reset to the one it began with.
    """

    contracts: Mapping[str, Contract]
    behaviours: Mapping[str, Behaviours]
    fixtures: Mapping[str, Fixture]
    scenarios: Names[str]

    @classmethod
    def of(cls, players: Mapping[str, ContractWithBehaviours], scenarios: Scenarios) -> LoadedContracts:
        """Those of a server. Raises StartupError when the fixtures cannot be read any more."""
        return cls(
            contracts={name: player.contract for name, player in players.items()},
            behaviours={name: player.behaviours for name, player in players.items()},
            fixtures=scenarios.fixtures(),
            scenarios=[name for name, _ in scenarios.known()],
        )


def parse(text: str | bytes, loaded: LoadedContracts) -> Snapshot:
    """The snapshot whose text this is. Raises SnapshotError with everything that is wrong; nothing is changed
    by reading."""
    body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        document = loads(body)
    except MalformedError as error:
        raise SnapshotError(f"no JSON from character {error.offset + 1} on: {error.reason}") from None
    except UndecodableError:
        raise SnapshotError("no JSON text in UTF-8, or one that nests too deeply") from None
    return parse_document(document, loaded)


def parse_document(document: Any, loaded: LoadedContracts) -> Snapshot:
    """The same for a JSON value. Raises SnapshotError."""
    _check_kind(document)
    problems = [
        f"{pointer(violation.path)}: {asked(violation)}"
        for violation in _shape().violations(document, where="snapshot")
    ]
    if problems:
        raise SnapshotError(*problems)
    settings = _Settings.of(document, loaded, problems)
    taken = _instant(document["taken"], "/taken", problems)
    base = base_of_records(
        document["collections"],
        document["sequences"],
        contracts=loaded.contracts,
        behaviours=loaded.behaviours,
        fixtures=loaded.fixtures,
        problems=problems,
    )
    if problems:
        raise SnapshotError(*problems)
    return Snapshot(
        name=document["name"],
        world=document["world"],
        taken=taken,
        scenario=document["scenario"],
        seed=int(document["seed"]),
        clock=settings.clock,
        policies=settings.policies,
        faults=settings.faults,
        overrides=settings.overrides,
        saved=SavedState(base),
        masked=document["secrets"] == "masked",
    )


def _check_kind(document: Any) -> None:
    """Raises SnapshotError for what is no snapshot, or one of a version that cannot be read."""
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
        raise SnapshotError(f"/schema: this is no snapshot: the member is not {SCHEMA!r}")
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise SnapshotError("/version: the number of the schema version is missing")
    if version < VERSION:
        raise SnapshotError(
            f"/version: version {version} is older than {VERSION}, the oldest that can be read here: "
            "restore it in the release that wrote it, or take it anew"
        )
    if version > VERSION:
        raise SnapshotError(
            f"/version: version {version} is newer than {VERSION}, the newest that can be read here: "
            "it was exported by a later release"
        )


@dataclass(slots=True)
class _Settings:
    """All of a snapshot that is not a record, as far as it could be read."""

    clock: ClockState
    policies: dict[str, Policy]
    faults: dict[str, Any]
    overrides: dict[str, Any]

    @classmethod
    def of(cls, document: Mapping[str, Any], loaded: LoadedContracts, problems: list[str]) -> _Settings:
        """Read them; what is wrong goes to problems."""
        if document["scenario"] not in loaded.scenarios:
            there = ", ".join(sorted(loaded.scenarios))
            problems.append(f"/scenario: no scenario {document['scenario']!r} (allowed: {there})")
        faults: dict[str, Any] = {}
        overrides: dict[str, Any] = {}
        try:
            faults = parse_rules(
                document["faults"], SeededRandom(int(document["seed"])), place="/faults"
            ).to_json()
            overrides = parse_overrides(document["overrides"], place="/overrides").to_json()
        except MemberError as error:
            problems.append(f"{error.place}: {error.message}")
        clock = document["clock"]
        now = _instant(clock["now"], "/clock/now", problems)
        return cls(
            ClockState(clock["mode"], now, clock["scale"], clock["step"]),
            dict(_policies(document["policies"], loaded, problems)),
            faults,
            overrides,
        )


def _policies(
    documents: Mapping[str, Any], loaded: LoadedContracts, problems: list[str]
) -> Iterator[tuple[str, Policy]]:
    moving = {
        storage: collection.lifecycle
        for storage, collection in collections_of(loaded.behaviours).items()
        if collection.lifecycle is not None
    }
    for storage, document in documents.items():
        place = pointer(("policies", storage))
        if storage not in moving:
            there = ", ".join(moving) or "none"
            problems.append(f"{place}: no collection whose records move (allowed: {there})")
            continue
        try:
            yield storage, Policy.read(document, moving[storage], place=place)
        except (MemberError, PolicyError) as error:
            problems.append(f"{error.place}: {error.message}")


def _instant(text: str, place: str, problems: list[str]) -> datetime:
    """The instant; some texts of the right form name none that can be reckoned with, as a leap second."""
    try:
        moment = from_rfc3339(text)
    except (ValueError, OverflowError):
        moment = datetime.max.replace(tzinfo=UTC)
    if moment.year > _LAST_YEAR:
        problems.append(
            f"{place}: is no date-time that a clock can show, which ends with the year {_LAST_YEAR}"
        )
    return moment


@cache
def _shape() -> Check:
    schema = json.loads((openapi_dir() / "snapshot.schema.json").read_text(encoding="utf-8"))
    return Check(Draft202012Validator(schema, validate_formats=True), schema, {})
