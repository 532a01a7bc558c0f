"""From an OpenAPI document to its operations, references within the document followed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from contract_tests.openapi.operation import (
    Body,
    DocumentedResponse,
    Header,
    Link,
    Operation,
    Parameter,
    SecurityScheme,
    is_json,
)
from contract_tests.openapi.paths import names_in, one_name_per_place, renamed
from contract_tests.openapi.pointers import escape, follow
from contract_tests.openapi.schemas import Schema, Shapes, cited

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


class SpecError(Exception):
    """The document is not one the harness can judge by; the text says what is wrong where."""


class Reader:
    """Reads one document.

    problems: references that lead nowhere; what they stand for is read as empty.
    """

    def __init__(self, name: str, path: Path, document: Mapping[str, Any]) -> None:
        self._name = name
        self._path = path
        self._document = document
        self.problems: list[str] = []
        self._request = Shapes(document, "request")
        self._response = Shapes(document, "response")
        self._names = one_name_per_place(document.get("paths") or {})
        self._names_by_operation = dict(self._operation_names())

    def schemes(self) -> dict[str, SecurityScheme]:
        """The security schemes by name."""
        components = self._document.get("components") or {}
        declared = components.get("securitySchemes") or {}
        return {label: _scheme(label, self._whole(node)) for label, node in declared.items()}

    def _security(self, node: Mapping[str, Any]) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        """Who may call an operation. An alternative of a scheme that the document does not describe says
        nothing that could be sent or judged; with such alternatives alone, a call needs no credential."""
        components = self._document.get("components") or {}
        declared = components.get("securitySchemes") or {}
        alternatives = node.get("security", self._document.get("security")) or []
        described = [each for each in alternatives if all(name in declared for name in each)]
        return tuple(
            {name: tuple(roles or ()) for name, roles in alternative.items()} for alternative in described
        )

    @cached_property
    def _takes_any(self) -> bool:
        """Whether the document describes schemes and never says where they are needed."""
        nodes = [self._document, *(node for _, _, node, _ in self._nodes())]
        return bool(self.schemes()) and not any("security" in node for node in nodes)

    def operations(self) -> Iterator[Operation]:
        """Every operation, in the order of the document. One called like another before it is called by its
        method and path."""
        seen: set[str] = set()
        for path, method, node, shared in self._nodes():
            operation = self._operation(path, method, node, shared)
            if operation.id in seen:
                self.problems.append(f"two operations are called {operation.id}")
                operation = replace(operation, id=_free(_id_by_path(method, path), seen))
            seen.add(operation.id)
            yield operation

    def _nodes(self) -> Iterator[tuple[str, str, dict[str, Any], list[Any]]]:
        """Each operation as it is written: path, method, its object, and the parameters of its path.

        A path that differs from another one in its fragment or query alone, which are no part of a path, is
        left out: no server can tell which of the two was meant. An operation may be a reference, which
        OpenAPI does not provide for: documents of many files have one for each.
        """
        paths = self._document.get("paths") or {}
        for path, item in paths.items():
            if (address := re.split("[#?]", path)[0]) != path and address in paths:
                continue
            whole = self._whole(item)
            for method in METHODS:
                if isinstance(whole.get(method), dict):
                    yield path, method, self._whole(whole[method]), whole.get("parameters", [])

    def _operation_names(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        for path, _, node, _ in self._nodes():
            if isinstance(node.get("operationId"), str):
                yield node["operationId"], self._names[path]

    def _operation(self, path: str, method: str, node: Mapping[str, Any], shared: list[Any]) -> Operation:
        at = f"{self._name}#/paths/{escape(path)}/{method}"
        cites = cited(node) or (at,)
        names = self._names[path]
        content = self._request_body(node.get("requestBody"), cites)
        whole = [self._parameter(each, cites, names) for each in (*shared, *node.get("parameters", []))]
        own = [part for each in whole for part in _parts(each)]
        # A parameter of the path that the path has no place for is a slip of the document.
        placed = names_in(renamed(path, names))
        parameters = {
            (each.name, each.place): each
            for each in own
            if (each.place != "path" or each.name in placed) and not _is_ignored(each)
        }
        return Operation(
            id=str(node.get("operationId") or _id_by_path(method, path)),
            method=method.upper(),
            path=renamed(path, names),
            summary=str(node.get("summary", "")),
            tags=tuple(node.get("tags", ())),
            parameters=tuple(parameters.values()),
            body=content if content is not None and is_json(content.media_type) else None,
            content=content,
            responses={
                str(status): self._answer(str(status), each, cites)
                for status, each in node.get("responses", {}).items()
            },
            security=self._security(node),
            takes_any=self._takes_any,
            cites=cites,
            own_names=_own_names(names),
            description=str(node.get("description", "")),
        )

    def _parameter(self, node: Any, cites: tuple[str, ...], names: Mapping[str, str]) -> Parameter:
        whole = self._whole(node)
        name, place = str(whole.get("name")), str(whole.get("in"))
        schema = self._request.schema(_media(whole).get("schema", {}))
        style = str(whole.get("style") or ("form" if place in ("query", "cookie") else "simple"))
        return Parameter(
            name=names.get(name, name) if place == "path" else name,
            place=place,
            required=whole.get("required") is True,
            schema=schema,
            style=style,
            explode=bool(whole.get("explode", style == "form")),
            examples=(*self._examples(_media(whole)).values(), *_schema_examples(schema)),
            cites=cited(whole) or cites,
            media_type=next(iter(whole.get("content", {})), None),
            description=str(whole.get("description", "")),
        )

    def _request_body(self, node: Any, cites: tuple[str, ...]) -> Body | None:
        whole = self._whole(node)
        bodies = self._bodies(whole, self._request, cited(whole) or cites)
        chosen = min(bodies, key=_preference, default=None)
        return None if chosen is None else bodies[chosen]

    def _bodies(self, whole: Mapping[str, Any], shapes: Shapes, cites: tuple[str, ...]) -> dict[str, Body]:
        described = whole.get("content", {})
        malformed = [media for media, each in described.items() if not isinstance(each, dict)]
        self.problems += [f"the content {media} of a body is no object" for media in malformed]
        return {
            media.partition(";")[0].strip().lower(): Body(
                media_type=media,
                schema=shapes.schema(each.get("schema", {})),
                examples=self._examples(each),
                required=whole.get("required") is True,
                cites=cites,
                encoding=each.get("encoding") or {},
            )
            for media, each in described.items()
            if media not in malformed
        }

    def _answer(self, status: str, node: Any, cites: tuple[str, ...]) -> DocumentedResponse:
        whole = self._whole(node)
        own = cited(whole) or cites
        headers = {name: self._whole(each) for name, each in whole.get("headers", {}).items()}
        return DocumentedResponse(
            status=status.upper() if status != "default" else status,
            bodies=self._bodies(whole, self._response, own),
            headers=tuple(
                Header(
                    name=name.lower(),
                    required=each.get("required") is True,
                    schema=self._response.schema(each.get("schema", {})),
                    cites=cited(each) or own,
                )
                for name, each in headers.items()
            ),
            links=tuple(self._links(whole.get("links", {}))),
            cites=own,
            description=str(whole.get("description", "")),
        )

    def _links(self, links: Mapping[str, Any]) -> Iterator[Link]:
        for node in links.values():
            whole = self._whole(node)
            linked = whole.get("operationId")
            if isinstance(linked, str):
                names = self._names_by_operation.get(linked, {})
                plain = {
                    str(name).rpartition(".")[2]: str(value)
                    for name, value in whole.get("parameters", {}).items()
                }
                yield Link(linked, {names.get(name, name): value for name, value in plain.items()})

    def _examples(self, node: Mapping[str, Any]) -> dict[str, Any]:
        named = {name: self._whole(each) for name, each in (node.get("examples") or {}).items()}
        found = {name: each["value"] for name, each in named.items() if "value" in each}
        return {"example": node["example"], **found} if "example" in node else found

    def _whole(self, node: Any) -> dict[str, Any]:
        for _ in range(16):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                break
            reference = node["$ref"]
            is_inside = reference.startswith("#")
            node = follow(self._document, reference) if is_inside else None
            if node is None:
                where = (
                    "names nothing in this file" if is_inside else "points into a file that cannot be read"
                )
                self.problems.append(f"{reference} {where}")
        return node if isinstance(node, dict) else {}


def _free(name: str, taken: Collection[str]) -> str:
    """A name that is not taken: /a-b and /a/b give the same one."""
    return name if name not in taken else _free(f"{name}-", taken)


def _id_by_path(method: str, path: str) -> str:
    return method + re.sub(r"\W+", "-", path).rstrip("-")


def _media(whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where a parameter keeps its schema: in itself, or in its one media type."""
    return next(iter(whole.get("content", {}).values()), whole)


def _preference(media_type: str) -> int:
    """The rank of a media type among those an operation takes: JSON, other JSON, forms, texts, the rest."""
    ranks = (
        media_type == "application/json",
        is_json(media_type),
        "form" in media_type,
        media_type.startswith("text/"),
    )
    return next((rank for rank, holds in enumerate(ranks) if holds), len(ranks))


def _schema_examples(schema: Schema) -> tuple[Any, ...]:
    flat = schema.flat
    return (*flat.get("examples", ()), *([flat["example"]] if "example" in flat else []))


def _scheme(label: str, node: Mapping[str, Any]) -> SecurityScheme:
    kind = str(node.get("type"))
    if kind == "apiKey":
        return SecurityScheme(label, "apiKey", str(node.get("in")), str(node.get("name")), cited(node))
    basic = kind == "http" and str(node.get("scheme", "")).lower() == "basic"
    return SecurityScheme(label, "basic" if basic else "bearer", "header", "Authorization", cited(node))


def _is_ignored(parameter: Parameter) -> bool:
    """Whether OpenAPI says that this definition of a header has no effect: the message itself has them."""
    return parameter.place == "header" and parameter.name.lower() in {
        "accept",
        "content-type",
        "authorization",
    }


def _parts(parameter: Parameter) -> list[Parameter]:
    """A parameter, or of one whose members are written as parameters of their own each of these: `page[size]`
    of an object `page` (OpenAPI 3.1, style deepObject)."""
    schema, required = parameter.schema, parameter.schema.flat.get("required", ())
    is_open = schema.flat.get("additionalProperties", False) is not False
    if parameter.style != "deepObject" or schema.types != {"object"} or not schema.properties or is_open:
        return [parameter]
    if parameter.required and not required:
        return [parameter]  # one of the members has to be sent, and none of them alone must
    shown = [each for each in parameter.examples if isinstance(each, Mapping)]
    return [
        replace(
            parameter,
            name=f"{parameter.name}[{name}]",
            required=parameter.required and name in required,
            schema=member,
            examples=(*(each[name] for each in shown if name in each), *_schema_examples(member)),
            description=str(member.flat.get("description") or parameter.description),
        )
        for name, member in schema.properties.items()
    ]


def _own_names(names: Mapping[str, str]) -> dict[str, str]:
    """The names that a path has for its parameters, by those that the harness uses; where they differ."""
    return {name: own for own, name in names.items() if own != name}
