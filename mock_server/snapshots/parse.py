"""Parse a serialized snapshot. Everything is validated before anything is used."""

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
from mock_server.errors.sentences import requirement
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

_MAX_PROBLEMS: Final = 100
"""The maximum number of errors that are listed."""

_LAST_YEAR: Final = 2999
"""The last year of a clock: near the maximum of datetime, every request would fail with an overflow."""


class SnapshotError(ValueError):
    """An invalid snapshot, or one that does not fit the mounted contracts.

    problems: sentences that start with a JSON pointer. They never quote a value that could be a secret.
    """

    def __init__(self, *problems: str) -> None:
        more = len(problems) - _MAX_PROBLEMS
        self.problems = problems if more <= 0 else (*problems[:_MAX_PROBLEMS], f"and {more} more")
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class LoadedContracts:
    """What a snapshot must fit.

    contracts, behaviours: of the mounted contracts, by name. fixtures: the files that name the schemas of
    records, by storage name. scenarios: the known names, since a restored world can be reset to its scenario.
    """

    contracts: Mapping[str, Contract]
    behaviours: Mapping[str, Behaviours]
    fixtures: Mapping[str, Fixture]
    scenarios: Names[str]

    @classmethod
    def of(cls, mounted: Mapping[str, ContractWithBehaviours], scenarios: Scenarios) -> LoadedContracts:
        """From the parts of a server. Raises StartupError if a fixture can no longer be read."""
        return cls(
            contracts={name: contract.contract for name, contract in mounted.items()},
            behaviours={name: contract.behaviours for name, contract in mounted.items()},
            fixtures=scenarios.fixtures(),
            scenarios=[name for name, _ in scenarios.known()],
        )


def parse(text: str | bytes, loaded: LoadedContracts) -> Snapshot:
    """The snapshot in a JSON text. Raises SnapshotError with all errors."""
    # A lone surrogate in a str must reach the JSON parser, which refuses it, instead of failing here.
    body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        document = loads(body)
    except MalformedError as error:
        raise SnapshotError(f"must be JSON: character {error.offset + 1}: {error.reason}") from None
    except UndecodableError:
        raise SnapshotError("must be JSON in UTF-8 that is not nested too deeply") from None
    return parse_document(document, loaded)


def parse_document(document: Any, loaded: LoadedContracts) -> Snapshot:
    """The snapshot in a JSON value. Raises SnapshotError with all errors."""
    # In this order, since the second check relies on the shape that the first one ensures.
    _check_version(document)
    problems = [
        f"{pointer(violation.path)}: {requirement(violation)}"
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


def _check_version(document: Any) -> None:
    """Raises SnapshotError unless the document is a snapshot of the supported version."""
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
        raise SnapshotError(f"/schema: must be {SCHEMA!r}: this is not a snapshot")
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise SnapshotError("/version: must be the version of the schema, an integer")
    if version < VERSION:
        raise SnapshotError(
            f"/version: version {version} is not supported; the oldest supported version is {VERSION}: "
            "restore it in the release that wrote it, or take a new snapshot"
        )
    if version > VERSION:
        raise SnapshotError(
            f"/version: version {version} is not supported; the latest supported version is {VERSION}: "
            "it was exported by a later release"
        )


@dataclass(slots=True)
class _Settings:
    """The parts of a snapshot other than records."""

    clock: ClockState
    policies: dict[str, Policy]
    faults: dict[str, Any]
    overrides: dict[str, Any]

    @classmethod
    def of(cls, document: Mapping[str, Any], loaded: LoadedContracts, problems: list[str]) -> _Settings:
        """Parse them. Errors are appended to `problems`."""
        if document["scenario"] not in loaded.scenarios:
            allowed = ", ".join(sorted(loaded.scenarios))
            problems.append(f"/scenario: unknown scenario {document['scenario']!r} (allowed: {allowed})")
        faults: dict[str, Any] = {}
        overrides: dict[str, Any] = {}
        try:
            rng = SeededRandom(int(document["seed"]))
            faults = parse_rules(document["faults"], rng, place="/faults").to_json()
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
    lifecycles = {
        storage: collection.lifecycle
        for storage, collection in collections_of(loaded.behaviours).items()
        if collection.lifecycle is not None
    }
    for storage, document in documents.items():
        place = pointer(("policies", storage))
        if storage not in lifecycles:
            allowed = ", ".join(lifecycles) or "none"
            problems.append(f"{place}: must be a collection with a lifecycle (allowed: {allowed})")
            continue
        try:
            yield storage, Policy.read(document, lifecycles[storage], place=place)
        except (MemberError, PolicyError) as error:
            problems.append(f"{error.place}: {error.message}")


def _instant(text: str, place: str, problems: list[str]) -> datetime:
    """The instant; an error is appended to `problems`.

    The schema also accepts texts that datetime cannot represent, such as a leap second.
    """
    try:
        moment = from_rfc3339(text)
    except (ValueError, OverflowError):
        moment = datetime.max.replace(tzinfo=UTC)
    if moment.year > _LAST_YEAR:
        problems.append(f"{place}: must be a date-time up to the year {_LAST_YEAR} that is not a leap second")
    return moment


@cache
def _shape() -> Check:
    schema = json.loads((openapi_dir() / "snapshot.schema.json").read_text(encoding="utf-8"))
    return Check(cache(lambda: Draft202012Validator(schema, validate_formats=True)), schema, {})
