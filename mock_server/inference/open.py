"""An OpenAPI file nobody declared behaviour for, made ready to be played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.behaviours.declared import Behaviours
from mock_server.chance import Chance
from mock_server.contract.loading import load
from mock_server.handlers.registry import Call, Reply
from mock_server.inference import seeding
from mock_server.inference.actions import Actor
from mock_server.inference.credentials import whoever
from mock_server.inference.declare import document
from mock_server.inference.refusals import dialect
from mock_server.inference.sampler import Sampler
from mock_server.inference.stage import Stage
from mock_server.pipeline.parts import Player


@dataclass(frozen=True, slots=True)
class Inferred:
    """One inferred contract.

    handler: answers all its operations. seeds: generated records by storage and key. unplayed: what of the spec cannot
    be played, a sentence each.
    """

    player: Player
    handler: Callable[[Call], Reply]
    seeds: dict[str, dict[str, dict[str, Any]]]
    unplayed: tuple[str, ...]


def open_spec(path: Path, *, chance: Chance, credentials: tuple[str, ...] = (), scale: int = 0) -> Inferred:
    """Read a spec and infer its behaviour; `<stem>.behaviour.yaml` beside it is used instead where it exists.

    Raises StartError naming file and place of what is wrong.
    """
    contract = load(path)
    kept = path.with_name(f"{path.stem}.behaviour.yaml")
    behaviours = (
        Behaviours.load(contract, kept)
        if kept.exists()
        else Behaviours.of(contract, document(contract), origin=f"{path.name} (inferred)")
    )
    sampler = Sampler(contract, chance)
    stage = Stage(contract, behaviours, sampler)
    player = Player(contract, dialect(sampler), behaviours, whoever(credentials))
    return Inferred(player, Actor(stage), seeding.records(stage, scale=scale), ())
