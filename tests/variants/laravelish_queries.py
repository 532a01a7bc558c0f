"""What the query builder does with include, filter and sort, and the paginator with its two parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from tests.variants.fixture_files import FIXTURES, records

Row = dict[str, Any]
Query = MultiDict[str, str]

PER_PAGE = 15

RELATIONS = {
    ("connectors", "authenticationImplementation"): ("one", "authentication_implementations"),
    ("connectors", "variables"): ("many", "variables", "connector_id"),
    ("connectors", "certificate"): ("one", "certificates"),
    ("certificates", "user"): ("one", "users"),
    ("authentication_implementations", "authenticationType"): ("one", "authentication_types"),
    ("authentication_implementations", "system"): ("one", "systems"),
    ("authentication_implementations", "endpoints"): (
        "many",
        "endpoints",
        "authentication_implementation_id",
    ),
    ("systems", "logo"): ("one", "logos"),
    ("systems", "systemType"): ("one", "system_types"),
    ("endpoints", "filters"): ("many", "endpoint_filters", "endpoint_id"),
    ("endpoints", "endpointSchema"): ("one", "endpoint_schemas"),
    ("endpoints", "system"): ("one", "systems"),
    ("endpoints", "entityType"): ("one", "entity_types"),
    ("endpoints", "fieldTags"): ("listed", "field_tags", "field_tag_ids"),
    ("endpoints", "variables"): ("many", "variables", "endpoint_id"),
}
"""Where a relation leads: one row by `<relation>_id`, many by their own column, or those a column lists."""

ALLOWED = (
    "authenticationImplementation.authenticationType",
    "authenticationImplementation.system",
    "authenticationImplementation.system.logo",
    "authenticationImplementation.endpoints",
    "authenticationImplementation.endpoints.filters",
    "authenticationImplementation.endpoints.endpointSchema",
    "authenticationImplementation.endpoints.system",
    "authenticationImplementation.endpoints.system.logo",
    "authenticationImplementation.endpoints.entityType",
    "authenticationImplementation.endpoints.fieldTags",
    "authenticationImplementation.system.systemType",
    "variables",
    "authenticationImplementation.endpoints.variables",
    "certificate.user",
)
TOP = ("authenticationImplementation", "variables", "certificate")
FILTERS = {
    "canonical_key": "canonical_key",
    "forSystemTemplate": "system_template_id",
    "system": "",
    "system_template_id": "system_template_id",
    "forSession": "session_id",
    "platformSession": "platform_session",
}
HIDDEN = frozenset({"private_key", "certificate"})


class BadQueryError(Exception):
    """An include, sort or filter nobody allowed."""


class Tables(dict[str, list[Row]]):
    """Every table by its name."""

    @classmethod
    def seeded(cls) -> Tables:
        """The fixtures' rows, in copies."""
        files = (FIXTURES / "patchworks").glob("*.yaml")
        names = sorted(path.stem for path in files if path.stem not in ("principals", "target"))
        return cls({name: records("patchworks", name) for name in names})

    def next_id(self, table: str) -> int:
        """A number no row of the table had before the last one."""
        return max((row["id"] for row in self[table]), default=0) + 1


@dataclass(slots=True)
class Include:
    """What is loaded with a row: relations with what is loaded inside them, counts and existences."""

    relations: dict[str, Include] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)
    exists: set[str] = field(default_factory=set)

    def add(self, path: Iterable[str]) -> None:
        """Load a relation, and those inside it."""
        here = self
        for name in path:
            here = here.relations.setdefault(name, Include())

    def of(self, row: Mapping[str, Any], table: str, tables: Tables) -> Row:
        """The further members of a row."""
        members: Row = {}
        for name, inner in self.relations.items():
            found = [
                {key: value for key, value in one.items() if key not in HIDDEN} | inner.of(one, to, tables)
                for to, one in _related(row, table, name, tables)
            ]
            if RELATIONS[table, name][0] == "one":
                members[snake(name)] = found[0] if found else None
            else:
                members[snake(name)] = found
        for name in self.counted:
            members[f"{snake(name)}_count"] = len(list(_related(row, table, name, tables)))
        for name in self.exists:
            members[f"{snake(name)}_exists"] = any(True for _ in _related(row, table, name, tables))
        return members


def snake(name: str) -> str:
    """A relation's key in JSON."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _related(row: Mapping[str, Any], table: str, name: str, tables: Tables) -> Iterator[tuple[str, Row]]:
    kind, to, *column = RELATIONS[table, name]
    for one in tables[to]:
        if kind == "many":
            fits = one.get(column[0]) is not None and one[column[0]] == row["id"]
        elif kind == "listed":
            fits = one["id"] in row.get(column[0], [])
        else:
            fits = str(one["id"]) == str(row.get(f"{snake(name)}_id"))
        if fits:
            yield to, one


def includes(query: Query, *, refuse: bool) -> Include:
    """What the include parameter asks for. Raises BadQueryError where unknown ones are refused."""
    wanted, unknown = Include(), []
    reachable = {path[:end] for path in _paths() for end in range(1, len(path) + 1)}
    for name in ",".join([*query.getlist("include"), *query.getlist("include[]")]).split(","):
        path = tuple(name.split("."))
        if path in reachable:
            wanted.add(path)
        elif name.removesuffix("_count") in TOP:
            wanted.counted.add(name.removesuffix("_count"))
        elif name.removesuffix("Exists") in TOP:
            wanted.exists.add(name.removesuffix("Exists"))
        elif name:
            unknown.append(name)
    if unknown and refuse:
        raise BadQueryError(f"Requested include(s) `{', '.join(unknown)}` are not allowed.")
    return wanted


def _paths() -> list[tuple[str, ...]]:
    return [tuple(path.split(".")) for path in ALLOWED]


def filtered(rows: list[Row], query: Query, tables: Tables, *, refuse: bool) -> list[Row]:
    """The rows every filter lets through; a comma separates alternatives. Raises BadQueryError."""
    for key in query:
        match = re.fullmatch(r"filter\[(.*)\]", key)
        if match is None:
            continue
        if match[1] not in FILTERS:
            if refuse:
                raise BadQueryError(f"Requested filter(s) `{match[1]}` are not allowed.")
            continue
        wanted = set(query.getlist(key)[-1].split(","))
        rows = [row for row in rows if str(_column(row, match[1], tables)) in wanted]
    return rows


def _column(row: Row, name: str, tables: Tables) -> Any:
    if name != "system":
        return row.get(FILTERS[name])
    found = [one for _, one in _related(row, "connectors", "authenticationImplementation", tables)]
    return found[0]["system_id"] if found else None


def sorted_by(rows: list[Row], query: Query, *, refuse: bool) -> list[Row]:
    """The rows as `sort` wants them, without regard to case. Raises BadQueryError."""
    for key in reversed([one for one in query.get("sort", "").split(",") if one]):
        if key.removeprefix("-") == "name":
            rows = sorted(rows, key=lambda row: str(row["name"]).casefold(), reverse=key.startswith("-"))
        elif refuse:
            raise BadQueryError(f"Requested sort(s) `{key}` is not allowed. Allowed sort(s) are `name`.")
    return rows


def page_of(rows: list[Row], query: Query, path: str) -> dict[str, Any]:
    """A page with meta and links, the page numbers in meta.links too."""
    size = _positive(query.get("per_page"), PER_PAGE)
    page = _positive(query.get("page"), 1)
    last = max(1, -(-len(rows) // size))
    start = (page - 1) * size
    data = rows[start : start + size]

    def link(number: int) -> str | None:
        return f"{path}?{urlencode({'page': number})}" if 1 <= number <= last else None

    around = [
        ("&laquo; Previous", page - 1),
        *((str(n), n) for n in range(1, last + 1)),
        ("Next &raquo;", page + 1),
    ]
    return {
        "data": data,
        "links": {"first": link(1), "last": link(last), "prev": link(page - 1), "next": link(page + 1)},
        "meta": {
            "current_page": page,
            "from": start + 1 if data else None,
            "last_page": last,
            "links": [
                {"url": link(number), "label": label, "active": label == str(page)}
                for label, number in around
            ],
            "path": path,
            "per_page": size,
            "to": start + len(data) if data else None,
            "total": len(rows),
        },
    }


def _positive(text: str | None, default: int) -> int:
    """A number of at least 1, the default for anything else."""
    if text is None or not re.fullmatch(r"\+?[0-9]{1,9}", text):
        return default
    return int(text) or default
