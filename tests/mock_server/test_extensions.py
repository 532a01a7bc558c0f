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
from tests.repository.recipes import extension_files

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]

PRELUDE = """
import json
from mock_server.app import create_app
from mock_server.settings import Settings

def show(value):
    print(json.dumps(value))
"""


@pytest.fixture
def install(tmp_path: Path) -> Callable[[Mapping[str, str]], Run]:
    """Put the documented package with some entry points where a new process finds it, as an installer would.

    entry_points: a line for each group. Returns a function that runs code in such a process.
    """

    def installed(entry_points: Mapping[str, str]) -> Run:
        site = tmp_path / "site"
        for name, text in extension_files().items():
            file = site / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        information = site / "my_package-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
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

    return installed


def printed(done: subprocess.CompletedProcess[str]) -> Any:
    """The one JSON value a process has shown."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_fault_kind_of_a_package_can_be_set_met_and_chosen(install: Callable[..., Run]) -> None:
    run = install({"mock_server.faults": "teapot = my_package.teapot:Teapot"})
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
    run = install({"mock_server.dialects": "shouted = my_package.shouted:SHOUTED"})
    behaviour = tmp_path / "site" / "my_package" / "openapi" / "tea.behaviour.yaml"
    behaviour.write_text(behaviour.read_text().replace("dialect: fastapi", "dialect: shouted"))
    code = f"""
        from pathlib import Path
        folder = Path({str(tmp_path / "site" / "my_package")!r})
        settings = Settings(contracts=("tea",), openapi=folder / "openapi", fixtures=folder / "fixtures")
        show(create_app(settings).test_client().get("/tea/pots/none").json)
    """
    assert printed(run(code)) == {"shouted": "NOT_FOUND"}


def test_a_contract_of_a_package_is_served_by_name(install: Callable[..., Run]) -> None:
    run = install({"mock_server.contracts": "tea = my_package.tea:FILES"})
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
            {"mock_server.faults": "teapot = my_package.teapot:Missing"},
            "'teapot' of mock_server.faults (my_package.teapot:Missing): cannot",
        ),
        ({"mock_server.faults": "kettle = my_package.teapot:Teapot"}, "its kind must be 'kettle'"),
        (
            {"mock_server.faults": "latency = mock_server.faults.delivery:Latency"},
            "the name is already taken",
        ),
        ({"mock_server.dialects": "teapot = my_package.teapot:Teapot"}, "must be a Dialect"),
        ({"mock_server.contracts": "teapot = my_package.teapot:Teapot"}, "must be a ContractFiles"),
        (
            {"mock_server.contracts": "aimable = my_package.teapot:Teapot"},
            "'aimable' is a contract of this package",
        ),
    ],
)
def test_an_extension_that_cannot_be_used_is_reported_at_start(
    entry_points: Mapping[str, str], problem: str, install: Callable[..., Run]
) -> None:
    run = install(entry_points)
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
