"""Includes, filters, sorts and pages of a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.independent.tornado.patchworks.choices import Choices
from tests.independent.tornado.patchworks.refusals import Refused, invalid
from tests.independent.tornado.patchworks.store import Record, Store

PATHS = (
    "authenticationImplementation",
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
    "certificate",
    "certificate.user",
)
RELATIONS = ("authenticationImplementation", "variables", "certificate")
COUNTS = tuple(f"{relation}{suffix}" for relation in RELATIONS for suffix in ("_count", "Exists"))
INCLUDES = (*PATHS, *COUNTS)
LARGEST_PAGE = 100
PARAMETERS = ("include", "sort", "page", "per_page")


@dataclass(frozen=True)
class Query:
    """A query that was read. filters: by their names."""

    includes: tuple[str, ...]
    filters: Mapping[str, str]
    sort: str
    page: int
    per_page: int


class Queries:
    """Reads queries."""

    def __init__(self, choices: Choices, store: Store) -> None:
        self._choices = choices
        self._filters: dict[str, Callable[[Record], Any]] = {
            "canonical_key": lambda row: row["canonical_key"],
            "forSystemTemplate": lambda row: system(store, row).get("system_template_id"),
            "system": lambda row: system(store, row).get("id"),
            "system_template_id": lambda row: system(store, row).get("system_template_id"),
            "forSession": lambda row: row["session_id"],
            "platformSession": lambda row: row["platform_app_key"] and row["session_id"],
        }

    def read(self, arguments: Mapping[str, str]) -> Query:
        """The query of a request. Raises Refused for what is not available."""
        filters = {name[7:-1]: value for name, value in arguments.items() if name.startswith("filter[")}
        others = [name for name in arguments if name not in PARAMETERS and not name.startswith("filter[")]
        if others and self._choices["unknown_query"] == "422":
            raise invalid(others[0], f"{others[0]} is not known.")
        return Query(
            includes=tuple(self._available("include", self._listed(arguments.get("include", "")), INCLUDES)),
            filters={name: filters[name] for name in self._available("filter", filters, self._filters)},
            sort=next(
                iter(self._available("sort", self._listed(arguments.get("sort", "")), ("name", "-name"))), ""
            ),
            page=self._page(arguments.get("page")),
            per_page=self._per_page(arguments.get("per_page")),
        )

    def matches(self, row: Record, filters: Mapping[str, str]) -> bool:
        """Whether a connector passes every filter."""
        return all(self._matches(str(self._filters[name](row)), value) for name, value in filters.items())

    def _matches(self, actual: str, wanted: str) -> bool:
        if not wanted and self._choices["empty_filter"] == "ignored":
            return True
        if self._choices["filter_match"] == "one_of_list":
            return actual in wanted.split(",")
        return actual == wanted

    def _listed(self, text: str) -> list[str]:
        return [part.strip() for part in text.split(",") if part.strip()]

    def _available(self, what: str, asked: Any, available: Any) -> Iterator[str]:
        for name in asked:
            if name in available:
                yield name
            elif self._choices[f"unknown_{what}"] != "ignored":
                status = int(self._choices[f"unknown_{what}"])
                raise invalid(what, f"Requested {what}(s) `{name}` are not allowed.", status)

    def _page(self, text: str | None) -> int:
        if text is None:
            return 1
        page = number("page", text)
        if page < 1 and self._choices["page_zero"] != "first":
            raise invalid("page", "The page must be at least 1.", int(self._choices["page_zero"]))
        return max(page, 1)

    def _per_page(self, text: str | None) -> int:
        if text is None:
            return int(self._choices["per_page"])
        size = number("per_page", text)
        if 1 <= size <= LARGEST_PAGE:
            return size
        if self._choices["too_many_per_page"] == "clamped":
            return min(max(size, 1), LARGEST_PAGE)
        message = f"The per page must be between 1 and {LARGEST_PAGE}."
        raise invalid("per_page", message, int(self._choices["too_many_per_page"]))


def number(name: str, text: str) -> int:
    """An integer of a query. Raises Refused when it is none."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 15:
        raise invalid(name, f"The {name} must be an integer.")
    return int(text)


def system(store: Store, row: Record) -> Record:
    """The system of a connector."""
    implementation = store.implementation(row)
    return implementation["system"] if implementation else {}


class Views:
    """How connectors are shown."""

    def __init__(self, choices: Choices, store: Store) -> None:
        self._choices = choices
        self._store = store

    def connector(self, row: Record, includes: tuple[str, ...]) -> Record:
        """A connector with what is included."""
        view = {name: value for name, value in row.items() if name not in ("company", "variables")}
        for name in ("created_at", "updated_at"):
            view[name] = self._time(row[name])
        if self._choices["absent"] == "omitted":
            view = {name: value for name, value in view.items() if value is not None}
        if self._choices["variables"] == "always" or "variables" in includes:
            view["variables"] = [self._variable(each) for each in row["variables"]]
        for relation in ("authenticationImplementation", "certificate"):
            paths = [path for path in includes if path.split(".")[0] == relation]
            if paths:
                view[self._key(relation)] = self._related(row, relation, paths)
        for name in includes:
            if name in COUNTS:
                view[self._count_key(name)] = self._counted(row, name)
        if self._choices["parents"] == "merged_list" and includes:
            view["included"] = list(includes)
        return view

    def _related(self, row: Record, relation: str, paths: list[str]) -> Record | None:
        if relation == "certificate":
            record = self._store.certificate(row)
        else:
            record = self._store.implementation(row)
        if record is None:
            return None
        return self._nested(record, [path.split(".")[1:] for path in paths])

    def _nested(self, record: Record, paths: list[list[str]]) -> Record:
        plain = {
            name: value
            for name, value in record.items()
            if not isinstance(value, dict | list) and name != "company"
        }
        for relation in dict.fromkeys(path[0] for path in paths if path):
            deeper = [path[1:] for path in paths if path and path[0] == relation]
            value = record.get(relation)
            if isinstance(value, list):
                plain[self._key(relation)] = [self._nested(each, deeper) for each in value]
            else:
                plain[self._key(relation)] = self._nested(value, deeper) if value else None
        return plain

    def _counted(self, row: Record, name: str) -> int | bool:
        relation = name.removesuffix("_count").removesuffix("Exists")
        if relation == "variables":
            count = len(row["variables"])
        elif relation == "certificate":
            count = int(self._store.certificate(row) is not None)
        else:
            count = int(self._store.implementation(row) is not None)
        return count if name.endswith("_count") else count > 0

    def _variable(self, variable: Record) -> Record:
        view = {**variable, "pivot": {**variable["pivot"]}}
        if variable["secret"]:
            shown = {"null": None, "masked": "********"}.get(self._choices["secret_values"])
            view["value"] = shown
            if self._choices["secret_values"] == "omitted":
                del view["value"]
        return view

    def _key(self, relation: str) -> str:
        return relation if self._choices["relation_keys"] == "camel" else snake(relation)

    def _count_key(self, name: str) -> str:
        return snake(name) if self._choices["count_keys"] == "snake" else name

    def _time(self, moment: Any) -> Any:
        form = self._choices["times"]
        if form == "epoch":
            return int(moment.timestamp())
        if form == "sql":
            return moment.strftime("%Y-%m-%d %H:%M:%S")
        if form == "offset":
            return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def snake(name: str) -> str:
    """A name in snake case."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)


def page_not_found() -> Refused:
    """The refusal of a page after the last."""
    return Refused(404, "This page does not exist.")
