"""What a body must have."""

from __future__ import annotations

import zoneinfo
from typing import Any

from tests.independent.tornado.patchworks.choices import Choices
from tests.independent.tornado.patchworks.refusals import Refused
from tests.independent.tornado.patchworks.store import Record, Store

UNITS = ("second", "minute", "hour", "day")
MORE_UNITS = (*UNITS, "week", "month")
REQUIRED = (
    "authentication_implementation_id",
    "timezone",
    "date_format",
    "rate_limit_unit",
    "rate_limit_duration",
    "name",
)
STRINGS = ("authentication_implementation_id", "timezone", "date_format", "rate_limit_unit", "name")
STORE_STRINGS = (*STRINGS, "session_id", "platform_app_key", "certificate_id")
UPDATE_STRINGS = (*STRINGS, "type")
NULLABLE = ("connection_pool_id", "session_id", "certificate_id")
FLAGS = ("secret", "locked")
PIVOT_FLAGS = ("configurable", "required", "advanced")
ZONES = zoneinfo.available_timezones()
KEYS = {
    "The {} field is required.": "validation.required",
    "The {} field must be a string.": "validation.string",
    "The {} field must be an integer.": "validation.integer",
}


class Rules:
    """The rules for the bodies of one operation. storing: for Store, otherwise for Update."""

    def __init__(self, choices: Choices, store: Store, company: str, *, storing: bool) -> None:
        self._choices = choices
        self._store = store
        self._company = company
        self._storing = storing
        self._strings = STORE_STRINGS if storing else UPDATE_STRINGS
        self._errors: dict[str, list[str]] = {}

    def checked(self, body: Record) -> Record:
        """The members of a body that the operation knows. Raises Refused for what is wrong with them."""
        known = (*self._strings, "rate_limit_duration", "connection_pool_id", "variables")
        members = {name: self._normal(value) for name, value in body.items() if name in known}
        if self._choices["unknown_members"] == "422":
            for name in body.keys() - set(known):
                self._wrong(name, "The {} field is prohibited.")
        if self._storing:
            for name in REQUIRED:
                if members.get(name) in (None, ""):
                    self._wrong(name, "The {} field is required.")
        for name in members:
            self._check(name, members)
        self._refer(members)
        if self._errors:
            raise Refused(422, next(iter(self._errors.values()))[0], self._errors)
        return members

    def _normal(self, value: Any) -> Any:
        if isinstance(value, str) and self._choices["texts"] == "trimmed":
            return value.strip()
        return value

    def _wrong(self, name: str, message: str) -> None:
        if self._choices["refusal_words"] == "keys":
            text = KEYS.get(message, "validation.invalid")
        else:
            text = message.format(name.replace("_", " "))
        self._errors.setdefault(name, []).append(text)

    def _check(self, name: str, members: Record) -> None:
        value = members[name]
        if name in self._errors:
            return
        if value is None:
            if name not in (*NULLABLE, "variables"):
                self._wrong(name, "The {} field must be a string.")
        elif name in self._strings:
            self._check_string(name, value)
        elif name == "variables":
            self._check_variables(value)
        else:
            members[name] = self._integer(name, value)

    def _check_string(self, name: str, value: Any) -> None:
        if not isinstance(value, str):
            self._wrong(name, "The {} field must be a string.")
        elif name == "rate_limit_unit" and value not in self._units():
            self._wrong(name, "The selected {} is invalid.")
        elif name == "timezone" and self._choices["timezones"] == "iana" and value not in ZONES:
            self._wrong(name, "The {} field must be a valid timezone.")
        elif name == "name":
            self._check_name(value)

    def _check_name(self, value: str) -> None:
        if self._choices["names"] == "no_blank" and not value.strip():
            self._wrong("name", "The {} field is required.")
        taken = (row["name"] == value for row in self._store.of(self._company))
        if self._choices["names"] == "unique" and self._storing and any(taken):
            self._wrong("name", "The {} has already been taken.")

    def _units(self) -> tuple[str, ...]:
        return MORE_UNITS if self._choices["units"] == "more" else UNITS

    def _integer(self, name: str, value: Any) -> Any:
        if self._choices["integers"] == "numeric_strings" and isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(name, "The {} field must be an integer.")
        elif name == "rate_limit_duration" and self._choices["duration"] == "at_least_one" and value < 1:
            self._wrong(name, "The {} field must be at least 1.")
        return value

    def _check_variables(self, value: Any) -> None:
        if not isinstance(value, list):
            self._wrong("variables", "The {} field must be an array.")
            return
        for index, row in enumerate(value):
            if isinstance(row, dict):
                self._check_variable(f"variables.{index}", row)
            else:
                self._wrong(f"variables.{index}", "The {} field must be an array.")

    def _check_variable(self, place: str, row: Record) -> None:
        texts = ("key", "value", "label") if self._storing else ("id", "key", "value", "label")
        pivot = row.get("pivot")
        self._check_members(place, row, texts, FLAGS)
        if pivot is not None and not isinstance(pivot, dict):
            self._wrong(f"{place}.pivot", "The {} field must be an array.")
        elif pivot:
            self._check_members(f"{place}.pivot", pivot, ("alias",), PIVOT_FLAGS)

    def _check_members(self, place: str, row: Record, texts: tuple[str, ...], flags: tuple[str, ...]) -> None:
        for name in texts:
            if row.get(name) is not None and not isinstance(row[name], str):
                self._wrong(f"{place}.{name}", "The {} field must be a string.")
        for name in flags:
            if row.get(name) not in (None, True, False):
                self._wrong(f"{place}.{name}", "The {} field must be true or false.")

    def _refer(self, members: Record) -> None:
        self._refer_to_implementation(members)
        if self._choices["unknown_references"] == "unchecked":
            return
        pool = members.get("connection_pool_id")
        if pool is not None and pool not in self._store.pools[self._company]:
            self._wrong("connection_pool_id", "The selected {} is invalid.")
        certificate = members.get("certificate_id")
        known = {row["id"] for row in self._store.certificates.values() if row["company"] == self._company}
        if certificate is not None and certificate not in known:
            self._wrong("certificate_id", "The selected {} is invalid.")

    def _refer_to_implementation(self, members: Record) -> None:
        identifier = members.get("authentication_implementation_id")
        choice = self._choices["unknown_implementation"]
        if not isinstance(identifier, str) or not identifier or choice == "unchecked":
            return
        implementation = self._store.implementations.get(identifier)
        if implementation is None or implementation["company"] != self._company:
            if choice == "404":
                raise Refused(404, "The authentication implementation does not exist.")
            self._wrong("authentication_implementation_id", "The selected {} is invalid.")
