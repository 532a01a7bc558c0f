"""Patchworks' state: the connectors of each company and what they refer to."""

import itertools
import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.independent.python.formats import now
from tests.independent.python.serving import Choices

SEEDED_AT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
Entity = dict[str, Any]


@dataclass
class Connector:
    id: str
    company: str
    name: str
    authentication_implementation_id: str
    timezone: str = "UTC"
    date_format: str = "Y-m-d H:i:s"
    rate_limit_unit: str = "minute"
    rate_limit_duration: int = 60
    type: str | None = None
    connection_pool_id: int | None = None
    session_id: str | None = None
    certificate_id: str | None = None
    canonical_key: str | None = None
    system_template_id: str | None = None
    variables: list[Entity] = field(default_factory=list)
    created_at: datetime = SEEDED_AT
    updated_at: datetime = SEEDED_AT


@dataclass(frozen=True)
class User:
    company: str
    role: str


def entity(attributes: Entity, **relations: Any) -> Entity:
    """Make a model of attributes and of related models, which only includes show."""
    return {**attributes, "relations": relations}


def seed_implementation(entry: Entity) -> Entity:
    """Make an authentication implementation with all that may be included through it."""
    system_entry = entry.pop("system")
    logo, system_type = system_entry.pop("logo"), system_entry.pop("systemType")
    system = entity(
        system_entry,
        logo=logo and entity(logo),
        systemType=entity(system_type),
    )
    endpoints = []
    for endpoint in entry.pop("endpoints"):
        schema, entity_type = endpoint.pop("endpointSchema"), endpoint.pop("entityType")
        lists = {
            name: [entity(item) for item in endpoint.pop(name)]
            for name in ("filters", "fieldTags", "variables")
        }
        endpoints.append(
            entity(
                endpoint,
                endpointSchema=schema and entity(schema),
                entityType=entity(entity_type),
                system=system,
                **lists,
            )
        )
    return entity(
        {"id": entry["id"], "name": entry["name"]},
        authenticationType=entity(entry["type"]),
        system=system,
        endpoints=endpoints,
    )


class Store:
    """All state, guarded by `lock`."""

    def __init__(self, choices: Choices) -> None:
        seed = json.loads(Path(__file__).with_name("seed.json").read_text("utf-8"))
        self.choices = choices
        self.lock = threading.RLock()
        self.numbers = itertools.count(1)
        self.users = {entry["token"]: User(entry["company"], entry["role"]) for entry in seed["users"]}
        self.implementations = {entry["id"]: seed_implementation(entry) for entry in seed["implementations"]}
        self.certificates: dict[str, Entity] = {}
        for entry in seed["certificates"]:
            user = entity(entry.pop("user"))
            self.certificates[entry["id"]] = entity(entry, user=user)
        self.connectors: dict[str, Connector] = {}
        for entry in seed["connectors"]:
            connector = Connector(**entry)
            connector.variables = [self.make_variable(variable) for variable in connector.variables]
            if choices["ids"] == "number":
                connector.id = self.new_id()
            self.connectors[connector.id] = connector

    def new_id(self) -> str:
        return str(next(self.numbers)) if self.choices["ids"] == "number" else str(uuid4())

    def make_variable(self, sent: Entity, earlier: Entity | None = None) -> Entity:
        """Make a variable of what was sent, over its earlier state."""
        empty = {"key": None, "value": None, "label": None, "secret": False, "locked": False}
        pivot = {"alias": None, "configurable": False, "required": False, "advanced": False}
        base = earlier or {"id": self.new_id(), **empty}
        earlier_pivot = base.get("pivot", pivot)
        values = {name: value for name, value in sent.items() if name in empty}
        pivot_values = {name: value for name, value in (sent.get("pivot") or {}).items() if name in pivot}
        return {**base, **values, "pivot": {**earlier_pivot, **pivot_values}}

    def set_variables(self, connector: Connector, sent: list[Entity]) -> None:
        """Give a connector variables: known ones (by id, then by key) are changed, others added.

        Variables that are not sent go away, unless updates only add and change.
        """
        remaining = list(connector.variables)
        result = []
        for variable in sent:
            match = next((known for known in remaining if known["id"] == variable.get("id")), None)
            if match is None:
                match = next((known for known in remaining if known["key"] == variable.get("key")), None)
            if match is not None:
                remaining.remove(match)
            result.append(self.make_variable(variable, match))
        kept = remaining if self.choices["update_variables"] == "upsert" else []
        connector.variables = kept + result

    def create(self, company: str, values: Entity) -> Connector:
        variables = values.pop("variables", None) or []
        values.pop("platform_app_key", None)
        moment = now()
        connector = Connector(
            id=self.new_id(), company=company, created_at=moment, updated_at=moment, **values
        )
        self.set_variables(connector, variables)
        self.connectors[connector.id] = connector
        return connector

    def update(self, connector: Connector, values: Entity) -> None:
        if "variables" in values:
            self.set_variables(connector, values.pop("variables") or [])
        if self.choices["put_unsent"] == "nullables_reset":
            values.setdefault("connection_pool_id", None)
        for name, value in values.items():
            setattr(connector, name, value)
        connector.updated_at = now()

    def listed(self, company: str) -> list[Connector]:
        """Return the connectors that a company's list shows, in the default order."""
        latest = now() - timedelta(milliseconds=int(self.choices["list_lag_ms"]))
        listed = [
            connector
            for connector in self.connectors.values()
            if connector.company == company and connector.created_at <= latest
        ]
        if self.choices["default_order"] == "newest_first":
            listed.reverse()
        if self.choices["default_order"] == "by_name":
            listed.sort(key=lambda connector: connector.name)
        return listed
