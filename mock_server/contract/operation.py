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
    """A declared response: schema and examples by media type (an empty mapping: no body), header schemas by
    lower-case name."""

    content: Mapping[str, Schema]
    headers: Mapping[str, Schema]
    examples: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """How a credential travels. kind: "bearer", "basic", "header", "query" or "cookie". name: its carrier."""

    id: str
    kind: str
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


@dataclass(frozen=True, slots=True)
class Contract:
    """One OpenAPI file, resolved. prefix: the path of its first server, without a slash at the end."""

    name: str
    title: str
    prefix: str
    operations: Mapping[str, Operation]
    schemes: Mapping[str, SecurityScheme]
    schemas: Mapping[str, Schema]
