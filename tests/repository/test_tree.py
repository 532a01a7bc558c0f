"""No file contains local paths, registry addresses or vendor names outside their modules."""

from __future__ import annotations

import re
from pathlib import Path

from contract_tests.openapi.contract import NAMES
from tests.repository.tree import ROOT, texts

REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "--index" + "-url")

VENDORS = re.compile(r"aimable|hydracore|patchworks|fastapi|laravel|spatie", re.IGNORECASE)

IN_PLACE = re.compile(
    rf"mock_server/handlers/({'|'.join(NAMES)})\.py"
    rf"|contract_tests/vendors/({'|'.join(NAMES)})\.py"
    r"|mock_server/errors/\w+\.py"
)
"""Where vendors belong: one module per contract on either side, and how platforms word their answers."""

ALLOWED = {
    "contract_tests/CATALOGUE.md": "generated from the contracts",
    "mock_server/handlers/__init__.py": "registers the module of each contract",
    "mock_server/pipeline/steps.py": "the order of steps of each platform",
    "contract_tests/target/target_file.py": "the frameworks a target may name, each with a source",
    "mock_server/inference/error_dialect.py": "a foreign specification may declare a platform's own errors",
}


def test_no_file_names_a_registry_or_a_folder_of_this_machine() -> None:
    private = [f"{place}/" for place in (ROOT, Path.home()) if len(place.parts) > 1]
    found = [
        (name, word) for name, text in texts() for word in (*REGISTRIES, *private) if word in text.lower()
    ]
    assert found == []


def test_vendors_are_named_in_their_places_only() -> None:
    found = {
        name: match.group()
        for name, text in texts("mock_server", "contract_tests")
        if not IN_PLACE.fullmatch(name) and name not in ALLOWED and (match := VENDORS.search(text))
    }
    assert found == {}


def test_every_vendor_exception_is_still_needed() -> None:
    naming = {name for name, text in texts("mock_server", "contract_tests") if VENDORS.search(text)}
    assert set(ALLOWED) <= naming


POSIX_ONLY = re.compile(
    r"^(?:import|from) (fcntl|grp|posix|pty|pwd|resource|syslog|termios|tty|uvloop)\b", re.MULTILINE
)
"""Modules that Windows lacks, imported when a module is loaded: inside a function their lack can be met."""


def test_both_packages_load_without_modules_that_windows_lacks() -> None:
    found = {
        name: match.group(1)
        for name, text in texts("mock_server", "contract_tests")
        if name.endswith(".py") and (match := POSIX_ONLY.search(text))
    }
    assert found == {}
