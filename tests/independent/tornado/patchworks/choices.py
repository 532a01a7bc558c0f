"""The choices of this server, read from choices.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml


class Choices:
    """The value that was taken for each choice."""

    def __init__(self, taken: Iterable[str]) -> None:
        """taken: choices as `name=value`. Raises SystemExit for one that is not offered."""
        offered = yaml.safe_load(Path(__file__).with_name("choices.yaml").read_text(encoding="utf-8"))
        values = {choice["name"]: [str(value) for value in choice["values"]] for choice in offered}
        self._taken = {choice["name"]: str(choice["default"]) for choice in offered}
        for choice in taken:
            name, _, value = choice.partition("=")
            if value not in values.get(name, ()):
                raise SystemExit(f"unknown choice {choice}; {name} may be {values.get(name)}")
            self._taken[name] = value

    def __getitem__(self, name: str) -> str:
        return self._taken[name]
