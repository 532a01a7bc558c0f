"""Plants one defect of the catalogue in a mock of its contract."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mock_server.app import LoadedFiles, build, build_engine, create_app, worlds
from mock_server.engine import Engine
from mock_server.pipeline.mounted_contracts import ServerContext
from mock_server.settings import Settings
from mock_server.worlds.worlds import Worlds
from mock_server.yaml_file import read_yaml
from tests.defects.catalogue import Defect
from tests.defects.kinds import maker
from tests.defects.seam import PlantedEngine

if TYPE_CHECKING:
    from flask import Flask

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""When every planted mock starts; its clock moves a second with each request, so that no test has to wait."""

RULE = "rule"
"""The kind that changes what the mock reads: a rule of the specification itself."""


def settings_for(contract: str) -> Settings:
    """The healthy mock of one contract, the same at every start."""
    return Settings(contracts=(contract,), start_time=START, cors=False)


def plant(defect: Defect) -> Engine:
    """An engine with the defect. Raises StartupError, KeyError or TypeError for a defect that fits
    nothing."""
    settings = settings_for(defect.contract)
    if defect.kind == RULE:
        return _with_other_rule(settings, defect.contract, **defect.arguments)
    make = maker(defect.kind, dict(defect.arguments))
    return PlantedEngine(*_fresh(defect.contract), operation=defect.operation, make=make)


def healthy(contract: str) -> Engine:
    """The mock of a contract as it is, for comparison."""
    return Engine(*_fresh(contract))


@cache
def _built(contract: str) -> LoadedFiles:
    return build(settings_for(contract))


def _fresh(contract: str) -> tuple[ServerContext, Worlds]:
    """ServerContext, and worlds of their own for them; what never changes is loaded once."""
    loaded = _built(contract)
    return loaded.context, worlds(loaded, settings_for(contract))


def application(defect: Defect) -> Flask:
    """The WSGI application of a mock with the defect."""
    return create_app(settings_for(defect.contract), engine=plant(defect))


def _with_other_rule(
    settings: Settings, contract: str, *, at: str, value: Any = None, remove: bool = False
) -> Engine:
    """An engine that serves a specification with one value changed or removed. at: a JSON pointer."""
    with TemporaryDirectory() as folder:
        there = Path(folder)
        shutil.copy(settings.openapi / f"{contract}.behaviour.yaml", there)
        spec = read_yaml(settings.openapi / f"{contract}.yaml")
        *way, last = at.split("/")[1:]
        place: Any = spec
        for step in way:
            place = place[step]
        if remove:
            del place[last]
        else:
            _must_be_there(place, last, at)
            place[last] = value
        (there / f"{contract}.yaml").write_text(json.dumps(spec), encoding="utf-8")
        return build_engine(replace(settings, openapi=there))


def _must_be_there(place: Mapping[str, Any], name: str, at: str) -> None:
    if name not in place:
        raise KeyError(at)
