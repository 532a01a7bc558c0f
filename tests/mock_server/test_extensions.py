"""Fault kinds, dialects and contracts of installed packages, found by their entry points."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any, get_args

import pytest

from mock_server.data import openapi_dir
from mock_server.errors import dialects
from mock_server.faults.document import generated_files
from mock_server.faults.registry import BUILT_IN
from mock_server.testing.fault_client import FaultKind

Run = Callable[..., subprocess.CompletedProcess[str]]

PRELUDE = """
import json
from mock_server.app import create_app
from mock_server.settings import Settings

def show(value):
    print(json.dumps(value))
"""

TEAPOT = """
from dataclasses import dataclass
from typing import ClassVar
from mock_server.faults.fault import Argument, ErrorFault, Form
from mock_server.messages import Response

@dataclass(frozen=True, slots=True)
class Teapot(ErrorFault):
    kind: ClassVar[str] = "teapot"
    label: ClassVar[str] = "A teapot"
    group: ClassVar[str] = "Kitchen"
    anywhere: ClassVar[bool] = True
    forms: ClassVar[tuple[Form, ...]] = (
        Form("TeapotFault", "418.", (Argument("cups", {"type": "integer", "minimum": 1}, label="Cups"),)),
    )
    cups: int = 1

    @classmethod
    def read(cls, reader):
        return cls(reader.integer("cups", 1, 9) or 1)

    def answer(self, count, now):
        return Response(418, {"Content-Type": "text/plain"}, b"short and stout")
"""

SHOUTED = """
from dataclasses import replace
from mock_server.errors.dialect import Wire
from mock_server.errors.fastapi import FASTAPI

def render(error):
    return Wire(404, dict(error.headers), {"shouted": error.code.value.upper()})

SHOUTED = replace(FASTAPI, name="shouted", render=render)
"""

SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Tea", "version": "1"},
    "servers": [{"url": "/tea"}],
    "paths": {
        "/pots/{pot}": {
            "parameters": [{"name": "pot", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getPot",
                "responses": {
                    "200": {
                        "description": "A pot.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pot"}}},
                    },
                    "404": {"description": "None."},
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Pot": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        }
    },
}
BEHAVIOUR: dict[str, Any] = {
    "contract": "tea",
    "dialect": "fastapi",
    "collections": {"pots": {"called": "Pot", "key": "id", "ids": "text", "fixture": "tea/pots"}},
    "operations": {"getPot": {"action": "read", "collection": "pots", "scope": {"pot": "pots"}}},
}


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., Run]:
    """Lay a package of one module with its entry points where a process of its own finds it; returns what
    runs code there."""

    def written(code: str, entry_points: Mapping[str, str]) -> Run:
        site = tmp_path / "site"
        information = site / "tiny-1.0.dist-info"
        information.mkdir(parents=True)
        (site / "tiny.py").write_text(code)
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        groups = (f"[{group}]\n{line}\n" for group, line in entry_points.items())
        (information / "entry_points.txt").write_text("".join(groups))

        def run(code: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-c", PRELUDE + dedent(code)],
                env={**os.environ, "PYTHONPATH": str(site)},
                capture_output=True,
                text=True,
                check=False,
            )

        return run

    return written


def printed(done: subprocess.CompletedProcess[str]) -> Any:
    """The one JSON value a process has shown."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_fault_kind_of_a_package_can_be_set_met_and_chosen(install: Callable[..., Run]) -> None:
    run = install(TEAPOT, {"mock_server.faults": "teapot = tiny:Teapot"})
    shown = printed(
        run(
            """
            app = create_app(Settings(contracts=("hydracore",), strict_replies=True))
            client = app.test_client()
            admin = "/__admin/worlds/default/faults"
            local = {"base_url": "http://localhost"}
            added = client.post(admin, json={"kind": "teapot", "cups": 2}, **local)
            met = client.get("/anything", **local)
            document = client.get("/__admin/contracts/admin/openapi.json", **local).json
            page = client.get("/__admin/ui/worlds/default", **local).text
            show({
                "added": [added.status_code, added.json["cups"]],
                "met": [met.status_code, met.text],
                "documented": "TeapotFault" in document["components"]["schemas"],
                "offered": '<optgroup label="Kitchen"><option value="teapot">A teapot' in page,
                "told": "A teapot, cups 2" in page,
            })
            """
        )
    )
    assert shown == {
        "added": [201, 2],
        "met": [418, "short and stout"],
        "documented": True,
        "offered": True,
        "told": True,
    }


def test_a_dialect_of_a_package_words_the_errors_of_a_contract(
    install: Callable[..., Run], tmp_path: Path
) -> None:
    folder = write_contract(tmp_path, {**BEHAVIOUR, "dialect": "shouted"})
    run = install(SHOUTED, {"mock_server.dialects": "shouted = tiny:SHOUTED"})
    code = f"""
        from pathlib import Path
        folder = Path({str(folder)!r})
        settings = Settings(contracts=("tea",), openapi=folder / "openapi", fixtures=folder / "fixtures")
        show(create_app(settings).test_client().get("/tea/pots/none").json)
    """
    assert printed(run(code)) == {"shouted": "NOT_FOUND"}


def test_a_contract_of_a_package_is_served_by_name(install: Callable[..., Run], tmp_path: Path) -> None:
    folder = write_contract(tmp_path, BEHAVIOUR)
    code = f"""
    from pathlib import Path
    from mock_server.data import ContractFiles
    FOLDER = Path({str(folder)!r})
    FILES = ContractFiles(FOLDER / "openapi", FOLDER / "fixtures")
    """
    run = install(dedent(code), {"mock_server.contracts": "tea = tiny:FILES"})
    served = """
        from mock_server.settings import CONTRACTS
        client = create_app(Settings(contracts=("tea",), strict_replies=True)).test_client()
        show([CONTRACTS[-1], client.get("/tea/pots/brown").json])
    """
    assert printed(run(served)) == ["tea", {"id": "brown"}]


@pytest.mark.parametrize(
    ("entry_points", "problem"),
    [
        (
            {"mock_server.faults": "teapot = tiny:Missing"},
            "'teapot' of mock_server.faults (tiny:Missing): cannot",
        ),
        ({"mock_server.faults": "kettle = tiny:Teapot"}, "its kind must be 'kettle'"),
        (
            {"mock_server.faults": "latency = mock_server.faults.delivery:Latency"},
            "the name is already taken",
        ),
        ({"mock_server.dialects": "teapot = tiny:Teapot"}, "must be a Dialect"),
        ({"mock_server.contracts": "teapot = tiny:Teapot"}, "must be a ContractFiles"),
        ({"mock_server.contracts": "aimable = tiny:Teapot"}, "'aimable' is a contract of this package"),
    ],
)
def test_an_extension_that_cannot_be_used_is_told_at_start(
    entry_points: Mapping[str, str], problem: str, install: Callable[..., Run]
) -> None:
    run = install(TEAPOT, entry_points)
    done = run('create_app(Settings(contracts=("hydracore",)))')
    assert done.returncode == 1
    assert problem in done.stderr.splitlines()[-1]


def test_what_is_generated_from_the_registry_of_faults_is_up_to_date() -> None:
    for path, text in generated_files().items():
        assert path.read_text(encoding="utf-8") == text, "run: python -m mock_server.faults.document"
    assert get_args(FaultKind) == tuple(BUILT_IN)


def test_the_schema_of_behaviour_files_names_every_dialect() -> None:
    schema = json.loads((openapi_dir() / "behaviour.schema.json").read_text(encoding="utf-8"))
    assert schema["properties"]["dialect"]["examples"] == [*dialects.BUILT_IN, dialects.DECLARED]


def write_contract(folder: Path, behaviour: Mapping[str, Any]) -> Path:
    """A folder with the contract `tea` and one pot."""
    openapi, fixtures = folder / "contract" / "openapi", folder / "contract" / "fixtures" / "tea"
    openapi.mkdir(parents=True)
    fixtures.mkdir(parents=True)
    (openapi / "tea.yaml").write_text(json.dumps(SPEC))
    (openapi / "tea.behaviour.yaml").write_text(json.dumps(behaviour))
    (fixtures / "principals.yaml").write_text("principals: []\n")
    (fixtures / "pots.yaml").write_text(json.dumps({"schema": "Pot", "records": [{"id": "brown"}]}))
    return folder / "contract"
