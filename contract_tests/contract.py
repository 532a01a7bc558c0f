"""The harness's own reading of an OpenAPI document: operations, what they take and what they owe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from contract_tests.data import contract_names, openapi_dir
from contract_tests.schemas import Schema, Shapes, follow
from contract_tests.yaml_file import escape, read_yaml

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")

NAMES = contract_names()
"""The contracts that come with the product."""


_TOLD = 5
"""More faults of a file than these say no more than the first ones do."""


class SpecError(Exception):
    """The document is not one the harness can judge by; the text says what is wrong where."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    place: path, query, header or cookie. cites: its own citations, else those of its operation.
    """

    name: str
    place: str
    required: bool
    schema: Schema
    style: str
    explode: bool
    examples: tuple[Any, ...]
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """What an operation takes or answers in one media type."""

    media_type: str
    schema: Schema
    examples: Mapping[str, Any]
    required: bool
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """A header of a response; name in lower case."""

    name: str
    required: bool
    schema: Schema


@dataclass(frozen=True, slots=True)
class Link:
    """Where a value of this response leads: parameters are runtime expressions by parameter name."""

    operation: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Response:
    """One documented answer. status: as the document writes it, "200", "4XX" or "default"."""

    status: str
    bodies: Mapping[str, Body]
    headers: tuple[Header, ...]
    links: tuple[Link, ...]
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """How a credential travels.

    kind: `bearer`, `basic` or `apiKey`; place and name are those of an apiKey.
    """

    label: str
    kind: str
    place: str
    name: str
    cites: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation.

    security: alternatives, each a scheme's name with the roles it needs; an empty one lets anybody in.
    """

    id: str
    method: str
    path: str
    summary: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: Mapping[str, Response]
    security: tuple[Mapping[str, tuple[str, ...]], ...]
    cites: tuple[str, ...]

    @cached_property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in braces, in the order of the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @cached_property
    def successes(self) -> tuple[int, ...]:
        """The documented 2xx statuses."""
        return tuple(int(status) for status in self.responses if status.isdecimal() and status[0] == "2")

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
        yield from (self.body.schema,) if self.body else ()
        for response in self.responses.values():
            yield from (body.schema for body in response.bodies.values())
            yield from (header.schema for header in response.headers)

    def response(self, status: int) -> Response | None:
        """The documented response for a status: the exact one, else its range, else the default."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key]
        return None


class Contract:
    """One API as its document tells it."""

    def __init__(self, name: str, path: Path, document: Mapping[str, Any]) -> None:
        if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
            raise SpecError(f"{path}: not an OpenAPI 3 document")
        self.name = name
        self.path = path
        self.document = document
        self._request = Shapes(document, "request")
        self._response = Shapes(document, "response")
        found: dict[str, Operation] = {}
        for operation in self._read_operations():
            if operation.id in found:
                raise SpecError(f"{path}: two operations are called {operation.id}")
            found[operation.id] = operation
        self.operations: Mapping[str, Operation] = MappingProxyType(found)
        if not found:
            raise SpecError(f"{path}: it has no operations")

    @classmethod
    def load(cls, name: str, path: Path | None = None) -> Contract:
        """Read a contract: one of ours by name, or any OpenAPI file. Each file is read once per process.

        Raises SpecError, or UnreadableError for a file that is not YAML.
        """
        found = path or openapi_dir() / f"{name}.yaml"
        changed = found.stat().st_mtime_ns if found.is_file() else 0
        return _loaded(name, found, changed)

    @property
    def title(self) -> str:
        """The document's title."""
        return str(self.document.get("info", {}).get("title", self.name))

    @property
    def base_path(self) -> str:
        """The path of the first server, without a slash at its end."""
        servers = self.document.get("servers") or [{}]
        return urlsplit(str(servers[0].get("url", ""))).path.rstrip("/")

    @cached_property
    def schemes(self) -> Mapping[str, SecurityScheme]:
        """The security schemes by name."""
        declared = self.document.get("components", {}).get("securitySchemes", {})
        return {label: _scheme(label, self._whole(node)) for label, node in declared.items()}

    def operation(self, name: str) -> Operation:
        """The operation of that id. Raises KeyError naming those there are."""
        if name not in self.operations:
            raise KeyError(f"{self.name} has no operation {name!r}; it has {', '.join(self.operations)}")
        return self.operations[name]

    def prove_schemas(self) -> None:
        """Compile every schema, so that a broken one is told before anything is sent. Raises SpecError."""
        try:
            for operation in self.operations.values():
                for schema in operation.schemas():
                    schema.accepts(None)
        except (ValueError, jsonschema_rs.ValidationError) as error:
            raise SpecError(_told_faults(self.path) or f"{self.path}: a schema is broken: {error}") from error

    def _read_operations(self) -> Iterator[Operation]:
        for path, item in self.document.get("paths", {}).items():
            whole = self._whole(item)
            for method in METHODS:
                if isinstance(whole.get(method), dict):
                    yield self._read_operation(path, method, whole[method], whole.get("parameters", []))

    def _read_operation(
        self, path: str, method: str, node: Mapping[str, Any], shared: list[Any]
    ) -> Operation:
        at = f"{self.name}#/paths/{escape(path)}/{method}"
        cites = cited(node) or (at,)
        security = node.get("security", self.document.get("security", []))
        own = [*shared, *node.get("parameters", [])]
        parameters = {(one.name, one.place): one for one in (self._parameter(each, cites) for each in own)}
        return Operation(
            id=str(node.get("operationId") or method + re.sub(r"\W+", "-", path).rstrip("-")),
            method=method.upper(),
            path=path,
            summary=str(node.get("summary", "")),
            tags=tuple(node.get("tags", ())),
            parameters=tuple(parameters.values()),
            body=self._request_body(node.get("requestBody"), cites),
            responses={
                str(status): self._answer(str(status), each, cites)
                for status, each in node.get("responses", {}).items()
            },
            security=tuple({name: tuple(roles) for name, roles in each.items()} for each in security),
            cites=cites,
        )

    def _parameter(self, node: Any, cites: tuple[str, ...]) -> Parameter:
        whole = self._whole(node)
        place = str(whole.get("in"))
        schema = self._request.schema(_media(whole).get("schema", {}))
        style = str(whole.get("style") or ("form" if place in ("query", "cookie") else "simple"))
        return Parameter(
            name=str(whole.get("name")),
            place=place,
            required=whole.get("required") is True,
            schema=schema,
            style=style,
            explode=bool(whole.get("explode", style == "form")),
            examples=(*self._examples(_media(whole)).values(), *_schema_examples(schema)),
            cites=cited(whole) or cites,
        )

    def _request_body(self, node: Any, cites: tuple[str, ...]) -> Body | None:
        whole = self._whole(node)
        bodies = self._bodies(whole, self._request, cited(whole) or cites)
        return next((body for media, body in bodies.items() if is_json(media)), None)

    def _bodies(self, whole: Mapping[str, Any], shapes: Shapes, cites: tuple[str, ...]) -> dict[str, Body]:
        return {
            media.partition(";")[0].strip().lower(): Body(
                media_type=media,
                schema=shapes.schema(each.get("schema", {})),
                examples=self._examples(each),
                required=whole.get("required") is True,
                cites=cites,
            )
            for media, each in whole.get("content", {}).items()
        }

    def _answer(self, status: str, node: Any, cites: tuple[str, ...]) -> Response:
        whole = self._whole(node)
        own = cited(whole) or cites
        headers = {name: self._whole(each) for name, each in whole.get("headers", {}).items()}
        return Response(
            status=status.upper() if status != "default" else status,
            bodies=self._bodies(whole, self._response, own),
            headers=tuple(
                Header(
                    name.lower(), each.get("required") is True, self._response.schema(each.get("schema", {}))
                )
                for name, each in headers.items()
            ),
            links=tuple(self._links(whole.get("links", {}))),
            cites=own,
        )

    def _links(self, links: Mapping[str, Any]) -> Iterator[Link]:
        for node in links.values():
            whole = self._whole(node)
            if isinstance(whole.get("operationId"), str):
                named = {str(name): str(value) for name, value in whole.get("parameters", {}).items()}
                yield Link(
                    whole["operationId"], {name.rpartition(".")[2]: value for name, value in named.items()}
                )

    def _examples(self, node: Mapping[str, Any]) -> dict[str, Any]:
        named = {name: self._whole(each) for name, each in (node.get("examples") or {}).items()}
        found = {name: each["value"] for name, each in named.items() if "value" in each}
        return {"example": node["example"], **found} if "example" in node else found

    def _whole(self, node: Any) -> dict[str, Any]:
        for _ in range(16):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                break
            if not node["$ref"].startswith("#"):
                raise SpecError(
                    f"{self.path}: {node['$ref']} points into another file; bundle the document first"
                )
            reference, node = node["$ref"], follow(self.document, node["$ref"])
            if node is None:
                raise SpecError(f"{self.path}: {reference} names nothing in this file")
        return node if isinstance(node, dict) else {}


def cited(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The facts and decisions an object of the document cites itself."""
    return (*node.get("x-cites", ()), *node.get("x-decision", ()))


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON or built on it (RFC 6839 section 3.1)."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain == "application/json" or plain.endswith("+json")


@lru_cache(maxsize=32)
def _loaded(name: str, path: Path, changed: int) -> Contract:
    del changed  # part of the key: a file that was edited is read again
    document = read_yaml(path)
    try:
        return Contract(name, path, document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        told = _told_faults(path)
        if not told:
            raise
        raise SpecError(told) from error


def _told_faults(path: Path) -> str:
    """The first faults of a file in which a part is of another kind than OpenAPI gives it, a line each."""
    from contract_tests.spec_check.checker import check

    return "\n".join(str(fault) for fault in check([path])[:_TOLD])


def _media(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where a parameter keeps its schema: in itself, or in its one media type."""
    return next(iter(whole.get("content", {}).values()), whole)


def _schema_examples(schema: Schema) -> tuple[Any, ...]:
    flat = schema.flat
    return (*flat.get("examples", ()), *([flat["example"]] if "example" in flat else []))


def _scheme(label: str, node: Mapping[str, Any]) -> SecurityScheme:
    kind = str(node.get("type"))
    if kind == "apiKey":
        return SecurityScheme(label, "apiKey", str(node.get("in")), str(node.get("name")), cited(node))
    basic = kind == "http" and str(node.get("scheme", "")).lower() == "basic"
    return SecurityScheme(label, "basic" if basic else "bearer", "header", "Authorization", cited(node))
