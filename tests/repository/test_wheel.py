"""The content of the wheel: two packages, and their data under the name of the distribution."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.repository.tree import ROOT, names


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    [built] = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(Path(built)) as wheel:
        return set(wheel.namelist())


def test_no_other_top_level_name_is_claimed(held: set[str]) -> None:
    tops = {name.partition("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "mock_server",
        "contract_tests",
        "connector_contracts",
    }


def test_every_file_of_both_packages_and_all_data_is_in_it(held: set[str]) -> None:
    wanted = {name for name in names() if name.startswith(("mock_server/", "contract_tests/"))}
    wanted |= {
        f"connector_contracts/{name}" for name in names() if name.startswith(("openapi/", "fixtures/"))
    }
    assert wanted <= held


def test_no_test_is_in_it(held: set[str]) -> None:
    assert not [name for name in held if "/test_" in name or name.startswith("tests/")]


def test_the_licence_is_in_it(held: set[str]) -> None:
    assert [name for name in held if name.endswith(".dist-info/licenses/LICENSE")]
