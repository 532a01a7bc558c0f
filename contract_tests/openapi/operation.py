"""What a document says of an operation: what it takes, what it owes, and who may call it. Plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from contract_tests.openapi.paths import names_in, normal, places
from contract_tests.openapi.schemas import Schema


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    place: path, query, header or cookie. media_type: that of a value written as a document, such as JSON.
    cites: its own citations, else those of its operation.
    """

    name: str
    place: str
    required: bool
    schema: Schema
    style: str
    explode: bool
    examples: tuple[Any, ...]
    cites: tuple[str, ...]
    media_type: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """What an operation takes or answers in one media type. encoding: how members of a form are written."""

    media_type: str
    schema: Schema
    examples: Mapping[str, Any]
    required: bool
    cites: tuple[str, ...]
    encoding: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """A header of a response; name in lower case. cites: its own citations, else those of the response."""

    name: str
    required: bool
    schema: Schema
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Where a value of this response leads: parameters are runtime expressions by parameter name."""

    operation: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DocumentedResponse:
    """One documented answer. status: as the document writes it, "200", "4XX" or "default"."""

    status: str
    bodies: Mapping[str, Body]
    headers: tuple[Header, ...]
    links: tuple[Link, ...]
    cites: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """How a credential travels.

    type: `bearer`, `basic` or `apiKey`; place and name are those of an apiKey.
    """

    label: str
    type: str
    place: str
    name: str
    cites: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation.

    body: what it takes in JSON. content: what it takes, in JSON if it can. security: alternatives, each a
    scheme's name with the roles it needs; an empty one needs no credential. own_names: the path parameters
    that its own path calls by another name than most, with that name. takes_any: whether the document
    describes schemes and says of no operation that it needs one.
    """

    id: str
    method: str
    path: str
    summary: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    content: Body | None
    responses: Mapping[str, DocumentedResponse]
    security: tuple[Mapping[str, tuple[str, ...]], ...]
    cites: tuple[str, ...]
    own_names: Mapping[str, str] = field(default_factory=dict)
    takes_any: bool = False
    description: str = ""

    @cached_property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in braces, in the order of the path."""
        return names_in(self.path)

    @cached_property
    def place(self) -> str:
        """Its path without a slash or `.json` at the end: where it stands among the resources."""
        return normal(self.path)

    @cached_property
    def places(self) -> dict[str, str]:
        """The prefix of its path that each path parameter completes, by name."""
        return places(self.path)

    @cached_property
    def other_keys(self) -> frozenset[str]:
        """The path parameters whose own name is not an id: a slug and an id may both tell things apart."""
        ids = ("id", "uuid", "guid")
        return frozenset(name for name, own in self.own_names.items() if not own.lower().endswith(ids))

    @cached_property
    def successes(self) -> tuple[int, ...]:
        """The documented 2xx statuses."""
        return tuple(int(status) for status in self.responses if status.isdecimal() and status[0] == "2")

    @cached_property
    def makes(self) -> str | None:
        """The path parameter under whose value a PUT makes what is not there, as a documented 201 says (RFC
        9110, section 9.3.4); None where it only changes what is."""
        return self.may_make if self.place.endswith("}") else None

    @cached_property
    def may_make(self) -> str | None:
        """The path parameter under whose value a PUT that documents 201 may make what is not there.

        Below a thing, as in `/things/{id}/settings`, the 201 may speak of the settings alone or of the thing
        with them: neither may be demanded.
        """
        is_creating = self.method == "PUT" and 201 in self.successes and bool(self.path_parameters)
        return self.path_parameters[-1] if is_creating else None

    @cached_property
    def success_cites(self) -> tuple[str, ...]:
        """What stands behind its documented successes."""
        return tuple(cite for status in self.successes for cite in self.responses[str(status)].cites)

    @cached_property
    def success_schema(self) -> Schema | None:
        """The schema of what a success carries, None when none carries anything."""
        for status in self.successes:
            for body in self.responses[str(status)].bodies.values():
                return body.schema
        return None

    @property
    def is_safe(self) -> bool:
        """Whether it only reads (RFC 9110 section 9.2.1)."""
        return self.method in ("GET", "HEAD", "OPTIONS")

    @property
    def is_open(self) -> bool:
        """Whether it may be called without a credential."""
        return not self.security or any(not alternative for alternative in self.security)

    def of(self, place: str) -> Iterator[Parameter]:
        """Its parameters of one place."""
        return (parameter for parameter in self.parameters if parameter.place == place)

    def parameter(self, name: str, place: str) -> Parameter | None:
        """The parameter of that name; header names are compared without regard to case."""
        fold = str.lower if place == "header" else str
        return next((found for found in self.of(place) if fold(found.name) == fold(name)), None)

    def schemas(self) -> Iterator[Schema]:
        """Every schema it is judged by."""
        yield from (parameter.schema for parameter in self.parameters)
        yield from (self.content.schema,) if self.content else ()
        for response in self.responses.values():
            yield from (body.schema for body in response.bodies.values())
            yield from (header.schema for header in response.headers)

    def response(self, status: int) -> DocumentedResponse | None:
        """The documented response for a status: the exact one, else its range, else the default."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key]
        return None


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON or built on it (RFC 6839 section 3.1)."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain == "application/json" or plain.endswith("+json")
