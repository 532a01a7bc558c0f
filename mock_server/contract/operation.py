"""The data model of a contract: operations with their parameters, bodies, responses and security."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any] | bool


class Components(dict[str, Schema]):
    """Schemas by component name, with room to remember what is worked out from them.

    shapes: by identity of a schema, which is kept beside its shape so that the identity is not given to
    another one. compiler: of checks, see contract.validation.
    """

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        super().__init__(schemas)
        self.compiler: Any = None
        self.shapes: dict[int, tuple[Schema, Any]] = {}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter.

    location: "path", "query", "header" or "cookie". required: always true in a path. style, explode: as in
    OpenAPI, with the location's default filled in. is_json: whether the value is a JSON text (`content`).
    """

    name: str
    location: str
    required: bool
    schema: Schema
    style: str
    explode: bool
    example: Any = None
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A declared request body. content: schema by media type."""

    required: bool
    content: Mapping[str, Schema]


@dataclass(frozen=True, slots=True)
class DocumentedResponse:
    """A declared response.

    content: schema by media type, empty for a response without a body. headers: schema by lower-case name,
    with the header's example. examples: by media type and name. required_headers: names of those that are
    always sent.
    """

    content: Mapping[str, Schema]
    headers: Mapping[str, Schema]
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required_headers: frozenset[str] = frozenset()

    @property
    def example_names(self) -> tuple[str, ...]:
        """The names of the examples, in the order of the spec."""
        return tuple(dict.fromkeys(name for named in self.examples.values() for name in named))


@dataclass(frozen=True, slots=True)
class SignIn:
    """The endpoints of an authorization server, as URLs or paths that a document names, and the scopes of its
    tokens. authorize, token, discovery: of every flow."""

    authorize: tuple[str, ...] = ()
    token: tuple[str, ...] = ()
    discovery: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """How a credential is sent.

    carrier: "bearer", "basic", "header", "query" or "cookie". name: of the header, query parameter or cookie.
    sign_in: how a client gets the credential, None where the document does not say.
    """

    id: str
    carrier: str
    name: str
    sign_in: SignIn | None = None


SecurityRequirement = Mapping[str, tuple[str, ...]]
"""Schemes that are required together, each with its required roles (or scopes). Empty: no credential."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a contract.

    contract: its name. path: the template including the contract's prefix. responses: by status, range
    ("4XX") or "default". security: alternatives, any of which suffices.
    """

    contract: str
    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: Mapping[str, DocumentedResponse]
    security: tuple[SecurityRequirement, ...]
    _success: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        statuses = [int(code) for code in self.responses if code.startswith("2") and code.isdigit()]
        object.__setattr__(self, "_success", min(statuses, default=200))

    @property
    def is_open(self) -> bool:
        """Whether it may be used without credentials."""
        return not self.security or any(not requirement for requirement in self.security)

    def success(self) -> int:
        """Return the lowest declared 2xx status, which a Reply without a status gets; 200 without any."""
        return self._success

    def response(self, status: int) -> DocumentedResponse | None:
        """Return the response declared for a status: by its code, its range or as default; else None."""
        exact = self.responses.get(str(status))
        if exact is not None:
            return exact
        by_name = {code.upper(): response for code, response in self.responses.items()}
        for code in (str(status), f"{status // 100}XX", "DEFAULT"):
            if code in by_name:
                return by_name[code]
        return None

    def declares(self, status: int, example: str | None = None) -> bool:
        """Whether the operation declares a status and, if given, an example with this name."""
        declared = self.response(status)
        return declared is not None and (example is None or example in declared.example_names)


def success_schema(operation: Operation) -> Schema | None:
    """Return the schema of the first documented success with a JSON body, or None."""
    for status in sorted(operation.responses):
        if not status.startswith("2"):
            continue
        for media_type, schema in operation.responses[status].content.items():
            if "json" in media_type or media_type == "*/*":
                return schema
    return None


def body_schema(operation: Operation) -> Schema | None:
    """Return the schema of the operation's body: of JSON, else of a form, else None."""
    content = operation.body.content if operation.body else {}
    for word in ("json", "form", "*/*"):
        for media_type, schema in content.items():
            if word in media_type:
                return schema
    return None


@dataclass(frozen=True, slots=True)
class Contract:
    """One OpenAPI file with resolved references.

    prefix: the path of its first server, without trailing slash. operations: by operationId. schemes: by id.
    schemas: by component name. servers: their URLs, with `{name}` for each variable.
    """

    name: str
    title: str
    prefix: str
    operations: Mapping[str, Operation]
    schemes: Mapping[str, SecurityScheme]
    schemas: Mapping[str, Schema]
    servers: tuple[str, ...] = ()
