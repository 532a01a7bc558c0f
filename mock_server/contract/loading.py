"""From an OpenAPI file to a Contract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.contract.operation import (
    Contract,
    Operation,
    Parameter,
    RequestBody,
    Response,
    SecurityRequirement,
    SecurityScheme,
)
from mock_server.contract.references import Library, Node
from mock_server.errors.startup import StartupError
from mock_server.json_pointer import escape

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


def load(path: Path, *, name: str | None = None) -> Contract:
    """Read one OpenAPI 3.x file, references into neighbouring files included.

    name: the contract's name, the file's stem when not given. Raises StartupError naming file and place of
    what is wrong.
    """
    path = path.resolve()
    library = Library(path)
    root = library.document(path)
    version = root.child("openapi").value if isinstance(root.value, dict) else None
    if not (isinstance(version, str) and re.match(r"3\.[012]\b", version)):
        raise StartupError(f"{path}: `openapi` must name a version 3.0, 3.1 or 3.2, found {version!r}")
    name = name or path.stem
    library.dated = version.startswith("3.0")
    for component, schema in root.child("components").child("schemas").items():
        library.schema(Node({"$ref": f"#/components/schemas/{escape(component)}"}, schema.file))
    operations = _Operations(library, name=name, prefix=_prefix(root), root=root)
    by_id = {operation.id: operation for operation in operations}
    if operations.problems:
        raise StartupError(*operations.problems)
    return Contract(
        name=name,
        title=str(root.child("info").child("title").value or name),
        prefix=operations.prefix,
        operations=by_id,
        schemes=operations.schemes,
        schemas=library.schemas,
    )


def _prefix(root: Node) -> str:
    """The path of the first server, its variables at their defaults."""
    first = root.child("servers").child(0) if root.child("servers").value else Node({}, root.file)
    address = str(first.child("url").value or "")
    for name, variable in first.child("variables").items():
        address = address.replace(f"{{{name}}}", str(variable.child("default").value))
    return urlsplit(address).path.rstrip("/")


class _Operations:
    """The operations of one document, in its order, with the faults met on the way."""

    def __init__(self, library: Library, *, name: str, prefix: str, root: Node) -> None:
        self.library = library
        self.contract = name
        self.prefix = prefix
        self.root = root
        self.problems: list[str] = []
        self.schemes = dict(self._schemes())

    def __iter__(self) -> Iterator[Operation]:
        seen: set[str] = set()
        for template, item in self.root.child("paths").items():
            if not template.startswith("/"):
                continue
            resolved = self.library.resolve(item)
            for method in METHODS:
                node = resolved.child(method)
                if isinstance(node.value, dict):
                    operation = self._operation(template, method, node, resolved)
                    if operation.id in seen:
                        self.problems.append(f"{node.file}: the operationId {operation.id} is used twice")
                    seen.add(operation.id)
                    yield operation

    def _operation(self, template: str, method: str, node: Node, item: Node) -> Operation:
        parameters = {(p.location, p.name): p for p in self._parameters(item)}
        parameters.update({(p.location, p.name): p for p in self._parameters(node)})
        operation_id = node.child("operationId").value or f"{method} {template}"
        own = node.child("security").value
        security = self.root.child("security").value if own is None else own
        return Operation(
            contract=self.contract,
            id=str(operation_id),
            method=method.upper(),
            path=self.prefix + template,
            parameters=tuple(parameters.values()),
            body=self._body(node.child("requestBody")),
            responses=dict(self._responses(node.child("responses"))),
            security=tuple(self._requirement(entry, str(operation_id)) for entry in security or ()),
        )

    def _parameters(self, owner: Node) -> Iterator[Parameter]:
        for entry in owner.child("parameters").entries():
            node = self.library.resolve(entry)
            location = str(node.child("in").value)
            if location not in _STYLES:
                self.problems.append(
                    f"{node.file}: a parameter is `in: {location}`; allowed: {', '.join(_STYLES)}"
                )
                continue
            style = str(node.child("style").value or _STYLES[location])
            explode = node.child("explode").value
            yield Parameter(
                name=str(node.child("name").value),
                location=location,
                required=location == "path" or node.child("required").value is True,
                schema=self._parameter_schema(node),
                style=style,
                explode=style == "form" if explode is None else bool(explode),
                example=self._example(node),
            )

    def _example(self, node: Node) -> Any:
        """The parameter's own example, its first named one, or its schema's."""
        candidates = [node.child("example").value]
        candidates += [
            self.library.resolve(example).child("value").value
            for _, example in node.child("examples").items()
        ]
        schema = self.library.resolve(node.child("schema"))
        candidates += [schema.child("example").value, schema.child("examples").child(0).value]
        return next((example for example in candidates if example is not None), None)

    def _parameter_schema(self, node: Node) -> Any:
        if node.child("content").value:
            return {"type": "string"}
        return self.library.schema(node.child("schema"))

    def _body(self, entry: Node) -> RequestBody | None:
        node = self.library.resolve(entry)
        if not isinstance(node.value, dict):
            return None
        return RequestBody(required=node.child("required").value is True, content=self._schemas_by_type(node))

    def _responses(self, owner: Node) -> Iterator[tuple[str, Response]]:
        for status, entry in owner.items():
            node = self.library.resolve(entry)
            yield (
                status,
                Response(
                    content=self._schemas_by_type(node),
                    headers={
                        name.lower(): self.library.schema(self.library.resolve(header).child("schema"))
                        for name, header in node.child("headers").items()
                    },
                    examples={kind: self._examples(body) for kind, body in node.child("content").items()},
                ),
            )

    def _schemas_by_type(self, node: Node) -> Mapping[str, Any]:
        return {
            kind: self.library.schema(body.child("schema")) for kind, body in node.child("content").items()
        }

    def _examples(self, body: Node) -> Mapping[str, Any]:
        """The examples of a body by name; one that stands alone is called "example"."""
        entries = {name: self.library.resolve(entry) for name, entry in body.child("examples").items()}
        named = {
            name: node.value["value"]
            for name, node in entries.items()
            if isinstance(node.value, dict) and "value" in node.value
        }
        single = body.child("example").value
        return named if single is None else {"example": single, **named}

    def _schemes(self) -> Iterator[tuple[str, SecurityScheme]]:
        for scheme_id, entry in self.root.child("components").child("securitySchemes").items():
            node = self.library.resolve(entry)
            kind = node.child("type").value
            if kind == "apiKey":
                yield (
                    scheme_id,
                    SecurityScheme(scheme_id, str(node.child("in").value), str(node.child("name").value)),
                )
            elif kind == "http" and str(node.child("scheme").value).lower() == "basic":
                yield scheme_id, SecurityScheme(scheme_id, "basic", "Authorization")
            elif kind in {"http", "oauth2", "openIdConnect"}:
                yield scheme_id, SecurityScheme(scheme_id, "bearer", "Authorization")
            else:
                self.problems.append(
                    f"{node.file}: security scheme {scheme_id} is of type {kind}; "
                    "allowed: apiKey, http, oauth2, openIdConnect"
                )

    def _requirement(self, entry: Any, operation_id: str) -> SecurityRequirement:
        for scheme in entry:
            if scheme not in self.schemes:
                self.problems.append(
                    f"{self.root.file}: {operation_id} asks for the security scheme {scheme}; "
                    f"declared: {', '.join(self.schemes) or 'none'}"
                )
        return {scheme: tuple(roles or ()) for scheme, roles in entry.items()}
