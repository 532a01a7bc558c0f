"""An OpenAPI file nobody declared behaviour for, made ready to be played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.behaviours.declared import Behaviours
from mock_server.contract.operation import Contract
from mock_server.data import behaviour_path
from mock_server.errors.dialects import dialects
from mock_server.handlers.registry import Call, Reply
from mock_server.inference import seeding
from mock_server.inference.actions import InferredHandler
from mock_server.inference.credentials import whoever
from mock_server.inference.infer import document
from mock_server.inference.reading import reading
from mock_server.inference.refusals import dialect
from mock_server.inference.response_builder import ResponseBuilder
from mock_server.inference.unplayed import unplayed
from mock_server.pipeline.context import MountedContract
from mock_server.sampling.sampler import Sampler
from mock_server.seeded_random import SeededRandom
from mock_server.yaml_file import read_yaml


@dataclass(frozen=True, slots=True)
class Inferred:
    """One inferred contract.

    handler: answers all its operations. seeds: generated records by storage and key. unplayed: what of
    the spec cannot be played, a sentence each.
    """

    mounted: MountedContract
    handler: Callable[[Call], Reply]
    seeds: dict[str, dict[str, dict[str, Any]]]
    unplayed: tuple[str, ...]


def load_spec(
    path: Path, *, rng: SeededRandom, credentials: tuple[str, ...] = (), scale: int = 0
) -> Inferred:
    """Read a spec and infer its behaviour; `<stem>.behaviour.yaml` beside it is used instead where it exists
    and says `dialect: declared`.

    Raises StartupError naming file and place of what is wrong.
    """
    path = path.resolve()
    with reading(path) as contract:
        behaviours, passed_over = _behaviours(contract, path)
        sampler = Sampler(contract, rng)
        builder = ResponseBuilder(contract, behaviours, sampler)
        mounted = MountedContract(
            contract, dialect(sampler), behaviours, whoever(credentials, contract.schemes)
        )
        return Inferred(
            mounted,
            InferredHandler(builder),
            seeding.records(builder, scale=scale),
            (*passed_over, *unplayed(path)),
        )


def _behaviours(contract: Contract, path: Path) -> tuple[Behaviours, tuple[str, ...]]:
    """The behaviour of a contract, and why a file beside its spec is not used: one for a dialect of the
    built-in contracts speaks of handlers and fixtures that are theirs. Raises StartupError."""
    inferred = f"{path.name} (inferred)"
    kept = behaviour_path(path)
    if not kept.exists():
        return Behaviours.of(contract, document(contract), origin=inferred), ()
    written = read_yaml(kept)
    told = written.get("dialect") if isinstance(written, dict) else None
    if told not in dialects():
        return Behaviours.of(contract, written, origin=kept.name), ()
    reason = f"{kept.name} is for the dialect {told}; with --spec only one for the dialect declared is used"
    return Behaviours.of(contract, document(contract), origin=inferred), (reason,)
