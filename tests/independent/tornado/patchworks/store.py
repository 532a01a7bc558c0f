"""What is stored: the connectors, and what they refer to."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tests.independent.tornado.patchworks.choices import Choices

Record = dict[str, Any]
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Store:
    """The connectors of every company, by identifier."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        seed = yaml.safe_load(Path(__file__).with_name("seed.yaml").read_text(encoding="utf-8"))
        self.tokens: dict[str, str] = seed["tokens"]
        self.implementations: dict[str, Record] = {row["id"]: row for row in seed["implementations"]}
        self.certificates: dict[str, Record] = {row["id"]: row for row in seed["certificates"]}
        self.pools: dict[str, list[int]] = seed["pools"]
        self.connectors: dict[str, Record] = {}
        self._last_number = 203
        for row in seed["connectors"]:
            connector = {key: value for key, value in row.items() if key not in ("ids", "company")}
            self.add(row["company"], connector, row["ids"][choices["ids"]])

    def of(self, company: str) -> Iterator[Record]:
        """The connectors of a company in the order they were made."""
        return (row for row in self.connectors.values() if row["company"] == company)

    def add(self, company: str, members: Record, identifier: str | int | None = None) -> Record:
        """Store a new connector. members: checked ones, as the client sent them."""
        now = datetime.now(UTC)
        connector = {
            "type": None,
            "connection_pool_id": None,
            "session_id": None,
            "platform_app_key": None,
            "certificate_id": None,
            **copy.deepcopy(members),
            "id": self._new_id() if identifier is None else identifier,
            "company": company,
            "created_at": now,
            "updated_at": now,
        }
        connector["canonical_key"] = self._canonical_key(connector)
        connector["variables"] = [self._variable(row) for row in members.get("variables") or ()]
        self.connectors[str(connector["id"])] = connector
        return connector

    def change(self, connector: Record, members: Record) -> None:
        """Change the members of a connector that the client sent."""
        changes = copy.deepcopy(members)
        if "variables" in changes:
            changes["variables"] = self._changed_variables(connector["variables"], changes["variables"] or [])
        connector.update(changes)
        connector["updated_at"] = datetime.now(UTC)

    def remove(self, connector: Record) -> None:
        """Delete a connector."""
        del self.connectors[str(connector["id"])]

    def implementation(self, connector: Record) -> Record | None:
        """The authentication implementation that a connector refers to."""
        return self.implementations.get(connector["authentication_implementation_id"])

    def certificate(self, connector: Record) -> Record | None:
        """The certificate that a connector refers to."""
        return self.certificates.get(connector["certificate_id"] or "")

    def _changed_variables(self, before: list[Record], sent: list[Record]) -> list[Record]:
        by_id = {row["id"]: row for row in before}
        kept = [row for row in before if row["id"] not in {each.get("id") for each in sent}]
        changed = [self._variable({**by_id.get(row.get("id", ""), {}), **row}) for row in sent]
        return [*kept, *changed] if self._choices["update_variables"] == "merge" else changed

    def _variable(self, row: Record) -> Record:
        pivot = row.get("pivot") or {}
        return {
            "id": row.get("id") or str(uuid.uuid4()),
            "key": row.get("key"),
            "value": row.get("value"),
            "label": row.get("label"),
            "secret": bool(row.get("secret")),
            "locked": bool(row.get("locked")),
            "pivot": {
                "alias": pivot.get("alias"),
                "configurable": bool(pivot.get("configurable")),
                "required": bool(pivot.get("required")),
                "advanced": bool(pivot.get("advanced")),
            },
        }

    def _canonical_key(self, connector: Record) -> str:
        if self._choices["canonical_keys"] == "random":
            return uuid.uuid4().hex
        return re.sub(r"[^a-z0-9]+", "-", str(connector["name"]).lower()).strip("-") or "connector"

    def _new_id(self) -> str | int:
        if self._choices["ids"] == "number":
            self._last_number += 1
            return self._last_number
        if self._choices["ids"] == "ulid":
            number = uuid.uuid4().int >> 2
            return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(26)))
        return str(uuid.uuid4())
