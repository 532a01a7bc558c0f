"""What the tests run with is locked: with hashes, and within the ranges that users may install."""

from __future__ import annotations

import json
import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.repository.tree import ROOT

LOCK = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
LOCKED = dict(re.findall(r"^([\w.-]+)==([\w.]+)", LOCK, re.MULTILINE))


def test_every_dependency_is_locked_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    requirements = [Requirement(text) for dependencies in lists for text in dependencies]
    needed = [requirement for requirement in requirements if requirement.name != project["name"]]
    versions = {requirement: LOCKED.get(canonicalize_name(requirement.name), "") for requirement in needed}
    assert [requirement.name for requirement, version in versions.items() if not version] == []
    assert [str(one) for one, version in versions.items() if not one.specifier.contains(version)] == []


def test_every_locked_package_has_its_hashes() -> None:
    packages = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(packages) == len(LOCKED)
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_the_locks_name_no_registry() -> None:
    peers = json.loads((ROOT / "tests" / "peers" / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, package in peers["packages"].items() if "resolved" in package] == []
    assert "://" not in re.sub(r"^ *#.*$", "", LOCK, flags=re.MULTILINE)
