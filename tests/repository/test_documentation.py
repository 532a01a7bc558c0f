"""Everything that can be set is documented, and what the documentation names exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from contract_tests.cli import cli as contract_tests
from mock_server.cli import cli as mock_server

ROOT = Path(__file__).parents[2]
NOT_OURS = {"--quiet", "--editable", "--no-deps", "--no-build-isolation"}
"""Flags of other programs that README shows."""


def options(command: click.Command, path: str) -> Iterator[tuple[str, click.Option]]:
    """Every option of a command and of those below it, with the words that lead to it."""
    yield from ((path, one) for one in command.params if isinstance(one, click.Option))
    for name, inner in command.commands.items() if isinstance(command, click.Group) else ():
        yield from options(inner, f"{path} {name}")


OPTIONS = [*options(mock_server, "mock-server"), *options(contract_tests, "contract-tests")]


@pytest.mark.parametrize(("path", "option"), OPTIONS, ids=lambda one: getattr(one, "name", one))
def test_every_option_says_what_it_does(path: str, option: click.Option) -> None:
    assert option.help, f"{path} {option.opts[0]}"


def test_readme_documents_every_option_of_the_main_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    main = {"mock-server serve", "contract-tests run"}
    names = {option.opts[0] for path, option in OPTIONS if path in main}
    assert {name for name in names if name not in text} <= RARE


RARE = {"--credentials", "--cors", "--verbose"}
"""Told by --help alone."""


def test_readme_names_only_existing_flags() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    known = {flag for _, option in OPTIONS for flag in (*option.opts, *option.secondary_opts)}
    for plugin in (
        ROOT / "contract_tests" / "pytest_plugin" / "plugin.py",
        ROOT / "mock_server" / "testing" / "plugin.py",
    ):
        known |= set(re.findall(r'"(--[a-z-]+)"', plugin.read_text(encoding="utf-8")))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - known <= NOT_OURS


def test_ci_runs_the_test_command_of_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^python3 -m venv .venv && .*pytest$", text, re.MULTILINE)
    words = command.replace(".venv", '"$environment"')
    assert "\n".join(words.split(" && ")) in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/*.md"))]
LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = [match["path"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    assert [link for link in links if link and not (page.parent / link).exists()] == []


def test_every_key_of_a_behaviour_file_says_what_it_means() -> None:
    schema = json.loads((ROOT / "openapi" / "behaviour.schema.json").read_text(encoding="utf-8"))
    assert [place for place, node in keys(schema, "") if not described(node, schema)] == []


def keys(node: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Each member some object of a behaviour file may have."""
    if isinstance(node, list):
        for inner in node:
            yield from keys(inner, place)
    if not isinstance(node, dict):
        return
    yield from ((f"{place}.{name}", one) for name, one in node.get("properties", {}).items())
    for name, one in (*node.get("properties", {}).items(), *node.get("$defs", {}).items()):
        yield from keys(one, f"{place}.{name}")
    for word, inner in node.items():
        if word not in ("properties", "$defs", "default", "enum", "required"):
            yield from keys(inner, place)


def described(node: Any, schema: Any) -> bool:
    """Whether a member, or the definition it refers to, has a description."""
    name = node.get("$ref", "").removeprefix("#/$defs/")
    return bool(node.get("description") or (name and schema["$defs"][name].get("description")))
