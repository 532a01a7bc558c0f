"""The choices of the server, which `choices.yaml` lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

ENTRIES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("choices.yaml").read_text(encoding="utf-8")
)


class Choices:
    """A value for each choice, as an attribute."""

    def __init__(self, given: Sequence[str]) -> None:
        """given: `name=value` each. Raises ValueError for a name or value that the list does not have."""
        values = {entry["name"]: str(entry["default"]) for entry in ENTRIES}
        permitted = {entry["name"]: [str(value) for value in entry["values"]] for entry in ENTRIES}
        for text in given:
            name, _, value = text.partition("=")
            if value not in permitted.get(name, ()):
                raise ValueError(f"{text}: the values are {permitted.get(name)}")
            values[name] = value
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> str:
        raise AttributeError(f"choices.yaml has no {name}")
