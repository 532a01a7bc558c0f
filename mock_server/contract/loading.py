"""Load an OpenAPI file into a Contract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.contract.operation import (
    Contract,
    DocumentedResponse,
    Operation,
    Parameter,
    RequestBody,
    SecurityRequirement,
    SecurityScheme,
)
from mock_server.contract.references import Library, Node
from mock_server.errors.startup import StartupError
from mock_server.json_pointer import escape

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


def load(path: Path, *, name: str | None = None) -> Contract:
    """Load one OpenAPI 3.x file and the neighbouring files that it refers to.

    name: the contract's name; default: the file's stem. Raises StartupError with the file and location of
    each problem.
    """
    path = path.resolve()
    library = Library(path)
    root = library.document(path)
    version = root.child("openapi").value if isinstance(root.value, dict) else None
    if not (isinstance(version, str) and re.match(r"3\.[012]\b", version)):
        raise StartupError(f"{path}: `openapi` must name a version 3.0, 3.1 or 3.2, found {version!r}")
    name = name or path.stem
    library.is_openapi30 = version.startswith("3.0")
    # All components, not only those that operations use: handlers and samplers look them up by name.
    for component, schema in root.child("components").child("schemas").items():
        library.schema(Node({"$ref": f"#/components/schemas/{escape(component)}"}, schema.file))
    reader = _OperationReader(library, name=name, prefix=_prefix(root), root=root)
    operations = {operation.id: operation for operation in reader.operations()}
    if reader.problems:
        raise StartupError(*reader.problems)
    return Contract(
        name=name,
        title=str(root.child("info").child("title").value or name),
        prefix=reader.prefix,
        operations=operations,
        schemes=reader.schemes,
        schemas=library.schemas,
    )


def _prefix(root: Node) -> str:
    """The path of the first server, its variables at their defaults."""
    first = root.child("servers").child(0) if root.child("servers").value else Node({}, root.file)
    address = str(first.child("url").value or "")
    for name, variable in first.child("variables").items():
        address = address.replace(f"{{{name}}}", str(variable.child("default").value))
    return urlsplit(address).path.rstrip("/")


class _OperationReader:
    """Reads the operations of one document, in its order, and collects the problems it meets."""

    def __init__(self, library: Library, *, name: str, prefix: str, root: Node) -> None:
        self.library = library
        self.contract = name
        self.prefix = prefix
        self.root = root
        self.problems: list[str] = []
        self.schemes = dict(self._schemes())

    def operations(self) -> Iterator[Operation]:
        """Yield every operation. Problems are added to `problems`."""
        seen: set[str] = set()
        for template, item in self.root.child("paths").items():
            # Keys without a slash are extensions (`x-...`).
            if not template.startswith("/"):
                continue
            path_item = self.library.resolve(item)
            for method in METHODS:
                node = path_item.child(method)
                if not isinstance(node.value, dict):
                    continue
                operation = self._operation(template, method, node, path_item)
                if operation.id in seen:
                    self.problems.append(f"{node.file}: the operationId {operation.id} is used twice")
                seen.add(operation.id)
                yield operation

    def _operation(self, template: str, method: str, node: Node, item: Node) -> Operation:
        parameters = {(p.location, p.name): p for p in self._parameters(item)}
        parameters.update({(p.location, p.name): p for p in self._parameters(node)})
        operation_id = node.child("operationId").value or f"{method} {template}"
        # An empty list is a statement of its own: no credential, whatever the document's default says.
        own_security = node.child("security").value
        security = self.root.child("security").value if own_security is None else own_security
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
                    f"{node.file}: a parameter has `in: {location}`; allowed: {', '.join(_STYLES)}"
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
        """The parameter's own example, else its first named one, else its schema's."""
        candidates = [node.child("example").value]
        candidates += [
            self.library.resolve(named_example).child("value").value
            for _name, named_example in node.child("examples").items()
        ]
        schema = self.library.resolve(node.child("schema"))
        candidates += [schema.child("example").value, schema.child("examples").child(0).value]
        return next((example for example in candidates if example is not None), None)

    def _parameter_schema(self, node: Node) -> Any:
        if node.child("content").value:
            # A parameter described by a media type (usually JSON) is passed on as text.
            return {"type": "string"}
        return self.library.schema(node.child("schema"))

    def _body(self, entry: Node) -> RequestBody | None:
        node = self.library.resolve(entry)
        if not isinstance(node.value, dict):
            return None
        return RequestBody(required=node.child("required").value is True, content=self._schemas_by_type(node))

    def _responses(self, owner: Node) -> Iterator[tuple[str, DocumentedResponse]]:
        for status, entry in owner.items():
            node = self.library.resolve(entry)
            headers = {
                name.lower(): self.library.resolve(entry) for name, entry in node.child("headers").items()
            }
            required = [name for name, header in headers.items() if header.child("required").value is True]
            examples = {
                media_type: self._examples(body) for media_type, body in node.child("content").items()
            }
            yield (
                status,
                DocumentedResponse(
                    content=self._schemas_by_type(node),
                    headers={name: self._header_schema(header) for name, header in headers.items()},
                    examples=examples,
                    required_headers=frozenset(required),
                ),
            )

    def _header_schema(self, header: Node) -> Any:
        """The schema of a header, with the header's own example."""
        schema = self.library.schema(header.child("schema"))
        example = next(iter(self._examples(header).values()), None)
        return schema if example is None else {"allOf": [schema], "example": example}

    def _schemas_by_type(self, node: Node) -> Mapping[str, Any]:
        return {
            media_type: self.library.schema(body.child("schema"))
            for media_type, body in node.child("content").items()
        }

    def _examples(self, body: Node) -> Mapping[str, Any]:
        """The examples of a body by name; the unnamed `example` is called "example"."""
        examples: dict[str, Any] = {}
        single = body.child("example").value
        if single is not None:
            examples["example"] = single
        for name, entry in body.child("examples").items():
            node = self.library.resolve(entry)
            # An example may be an `externalValue` instead, which the mock does not fetch.
            if isinstance(node.value, dict) and "value" in node.value:
                examples[name] = node.value["value"]
        return examples

    def _schemes(self) -> Iterator[tuple[str, SecurityScheme]]:
        for scheme_id, entry in self.root.child("components").child("securitySchemes").items():
            node = self.library.resolve(entry)
            scheme_type = node.child("type").value
            if scheme_type == "apiKey":
                carrier, name = str(node.child("in").value), str(node.child("name").value)
            elif scheme_type == "http" and str(node.child("scheme").value).lower() == "basic":
                carrier, name = "basic", "Authorization"
            elif scheme_type in {"http", "oauth2", "openIdConnect"}:
                # Whatever the flow that issues a token, a request carries it as a bearer token.
                carrier, name = "bearer", "Authorization"
            else:
                self.problems.append(
                    f"{node.file}: security scheme {scheme_id} has type {scheme_type}; "
                    "allowed: apiKey, http, oauth2, openIdConnect"
                )
                continue
            yield scheme_id, SecurityScheme(scheme_id, carrier, name)

    def _requirement(self, entry: Any, operation_id: str) -> SecurityRequirement:
        for scheme in entry:
            if scheme not in self.schemes:
                self.problems.append(
                    f"{self.root.file}: {operation_id} requires the unknown security scheme {scheme}; "
                    f"declared: {', '.join(self.schemes) or 'none'}"
                )
        return {scheme: tuple(roles or ()) for scheme, roles in entry.items()}
