"""Ids of another form, where their form is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.variants.families.members import each_object
from tests.variants.seam import Answer, Asked, Serve, Transformation

MEMBERS = ("id", "collection_connector_id")
PARAMETERS = ("connector_id", "sync_id")
NOBODY = str(UUID(int=0))
DIGITS = "0123456789abcdefghijkmnpqrstuvwxyz"


def encoded(uuid: str) -> str:
    """An id as a short word."""
    number, word = UUID(uuid).int, ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        word = DIGITS[digit] + word
    return f"k_{word}"


def decoded(word: str) -> str:
    """The id behind a word; that of nobody for any other text."""
    number = 0
    for character in word.removeprefix("k_"):
        number = number * len(DIGITS) + max(DIGITS.find(character), 0)
    uuid = str(UUID(int=number % 2**128))
    return uuid if encoded(uuid) == word else NOBODY


def opaque(contract: str) -> Transformation:
    """Connectors and syncs are called by short words; a UUID is unknown like any other word."""

    def change(members: dict[str, Any]) -> dict[str, Any]:
        return members | {name: encoded(members[name]) for name in MEMBERS if _is_uuid(members.get(name))}

    def transformation(asked: Asked, serve: Serve) -> Answer:
        path = asked.path
        for name in PARAMETERS:
            if name in asked.at:
                path = path.replace(f"/{asked.at[name]}", f"/{decoded(asked.at[name])}", 1)
        answer = serve(asked.with_environ(PATH_INFO=path))
        return answer.with_value(each_object(answer.value, change)) if answer.body else answer

    return transformation


def aimed(named: Mapping[str, Any]) -> dict[str, Any]:
    """Things named in a target file, by their words."""
    return {name: encoded(value) if name in PARAMETERS else value for name, value in named.items()}


def _is_uuid(value: Any) -> bool:
    try:
        return bool(str(UUID(value)) == value)
    except (ValueError, AttributeError, TypeError):
        return False


def capital(contract: str) -> Transformation:
    """UUIDs are shown in capital letters."""

    def change(members: dict[str, Any]) -> dict[str, Any]:
        return {name: value.upper() if _is_uuid(value) else value for name, value in members.items()}

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        return answer.with_value(each_object(answer.value, change)) if answer.body else answer

    return transformation
