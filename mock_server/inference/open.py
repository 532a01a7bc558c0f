"""An OpenAPI file nobody declared behaviour for, made ready to be played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.behaviours.declared import Behaviours
from mock_server.chance import Chance
from mock_server.contract.loading import load
from mock_server.contract.operation import Contract
from mock_server.contract.plan import compile_plan
from mock_server.contract.projection import Projector
from mock_server.contract.validation import Judge
from mock_server.errors.problem_json import PROBLEM_JSON
from mock_server.errors.start import StartError
from mock_server.handlers.registry import Call, Reply
from mock_server.inference import seeding
from mock_server.inference.actions import Actor
from mock_server.inference.credentials import whoever
from mock_server.inference.declare import document
from mock_server.inference.faults import line_of, located
from mock_server.inference.refusals import dialect
from mock_server.inference.stage import Stage
from mock_server.inference.unplayed import unplayed
from mock_server.pipeline.parts import Player
from mock_server.sampling.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Inferred:
    """One inferred contract.

    handler: answers all its operations. seeds: generated records by storage and key. unplayed: what of
    the spec cannot be played, a sentence each.
    """

    player: Player
    handler: Callable[[Call], Reply]
    seeds: dict[str, dict[str, dict[str, Any]]]
    unplayed: tuple[str, ...]


def open_spec(path: Path, *, chance: Chance, credentials: tuple[str, ...] = (), scale: int = 0) -> Inferred:
    """Read a spec and infer its behaviour; `<stem>.behaviour.yaml` beside it is used instead where it exists.

    Raises StartError naming file and place of what is wrong.
    """
    try:
        contract = load(path)
        _compile(contract)
    except StartError as error:
        raise located(path, error) from None
    if not contract.operations:
        raise StartError(f"{path}:{line_of(path, ['paths'])}: no operation stands under `paths`")
    kept = path.with_name(f"{path.stem}.behaviour.yaml")
    behaviours = (
        Behaviours.load(contract, kept)
        if kept.exists()
        else Behaviours.of(contract, document(contract), origin=f"{path.name} (inferred)")
    )
    sampler = Sampler(contract, chance)
    stage = Stage(contract, behaviours, sampler)
    player = Player(contract, dialect(sampler), behaviours, whoever(credentials, contract.schemes))
    return Inferred(player, Actor(stage), seeding.records(stage, scale=scale), unplayed(path))


def _compile(contract: Contract) -> None:
    """Compile every operation once, so that a broken schema is told with its line. Raises StartError."""
    judge, projector = Judge(contract), Projector(contract.schemas)
    for operation in contract.operations.values():
        compile_plan(operation, contract, judge=judge, projector=projector, coercion=PROBLEM_JSON.coercion)
