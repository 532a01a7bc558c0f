"""A contract as the mock sees it: operations with all they declare, as pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any] | bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter. location: path, query, header or cookie. `required`: always in a path."""

    name: str
    location: str
    required: bool
    schema: Schema
    style: str
    explode: bool
    example: Any = None


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A declared request body: its schema by media type."""

    required: bool
    content: Mapping[str, Schema]


@dataclass(frozen=True, slots=True)
class Response:
    """A declared response: schema by media type (an empty mapping: no body), header schemas by lower-case
    name, examples by media type and name."""

    content: Mapping[str, Schema]
    headers: Mapping[str, Schema]
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def example_names(self) -> tuple[str, ...]:
        """The names of its examples, in the order of the spec."""
        return tuple(dict.fromkeys(name for named in self.examples.values() for name in named))


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """How a credential travels. carrier: "bearer", "basic", "header", "query" or "cookie". name: of the
    header, query parameter or cookie."""

    id: str
    carrier: str
    name: str


SecurityRequirement = Mapping[str, tuple[str, ...]]
"""All of these schemes together, each with the roles (or scopes) it asks for. An empty one: anybody."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a contract. path: the template with the contract's prefix in front."""

    contract: str
    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: Mapping[str, Response]
    security: tuple[SecurityRequirement, ...]

    def success(self) -> int:
        """The lowest documented 2xx status, for a Reply that names none (200 where the spec has none)."""
        return min(
            (int(code) for code in self.responses if code.startswith("2") and code.isdigit()), default=200
        )

    def response(self, status: int) -> Response | None:
        """What is declared for a status: exactly, for its hundred, or for all that is left."""
        by_name = {code.upper(): response for code, response in self.responses.items()}
        for code in (str(status), f"{status // 100}XX", "DEFAULT"):
            if code in by_name:
                return by_name[code]
        return None

    def grants(self, status: int, example: str | None = None) -> bool:
        """Whether it declares a status, with an example of this name where one is asked for."""
        declared = self.response(status)
        return declared is not None and (example is None or example in declared.example_names)


@dataclass(frozen=True, slots=True)
class Contract:
    """One OpenAPI file, resolved. prefix: the path of its first server, without a slash at the end."""

    name: str
    title: str
    prefix: str
    operations: Mapping[str, Operation]
    schemes: Mapping[str, SecurityScheme]
    schemas: Mapping[str, Schema]
