"""Load an OpenAPI file into a Contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.contract.documents import Documents, ReferenceRules
from mock_server.contract.expansion import combining_too_much, oversized
from mock_server.contract.hierarchies import with_alternatives
from mock_server.contract.json_text import is_json
from mock_server.contract.operation import (
    Components,
    Contract,
    DocumentedResponse,
    Operation,
    Parameter,
    RequestBody,
    SecurityRequirement,
    SecurityScheme,
    SignIn,
)
from mock_server.contract.problems import Problem, sentences
from mock_server.contract.references import Library, Node
from mock_server.errors.startup import StartupError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
"""`query` is that of OpenAPI 3.2."""
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_FORM = "application/x-www-form-urlencoded"
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Parameters that OpenAPI ignores, because bodies, responses and security schemes describe them."""


def load(path: Path, *, name: str | None = None) -> Contract:
    """Load one file of OpenAPI 3.x or Swagger 2.0, and the files that it refers to.

    name: the contract's name; default: the file's stem. Raises StartupError with the file and line of each
    problem.
    """
    spec = read(path, name=name)
    if spec.problems:
        raise StartupError(*sentences(spec.problems))
    return spec.contract


@dataclass(frozen=True, slots=True)
class ReadSpec:
    """A contract, with the value of its file and what is wrong in it."""

    contract: Contract
    document: Mapping[str, Any]
    problems: Sequence[Problem]


def read(path: Path, *, name: str | None = None, rules: ReferenceRules | None = None) -> ReadSpec:
    """Load a file as `load` does; what is wrong is repaired or left out, and returned.

    rules: which files may be referred to. Raises StartupError for a file that is not an OpenAPI document, and
    for schemas that are too large.
    """
    path = path.resolve()
    library = Library(path, Documents(path, rules or ReferenceRules()))
    root = library.document(path)
    version = _version(root, library)
    name = name or path.stem
    library.is_openapi30 = version.startswith("3.0")
    # All components, not only those that operations use: handlers and samplers look them up by name.
    for component, schema in root.child("components").child("schemas").items():
        library.component(component, schema)
    library.collect()
    reader = _OperationReader(library, name=name, prefix=_prefix(root, library), root=root)
    operations = {operation.id: operation for operation in reader.operations()}
    library.collect()
    _cut_combinations(library, root)
    contract = Contract(
        name=name,
        title=str(root.child("info").child("title").value or name),
        prefix=reader.prefix,
        operations=operations,
        schemes=reader.schemes,
        schemas=Components(with_alternatives(library.schemas)),
        servers=tuple(dict.fromkeys(_servers(root))),
    )
    too_large = list(oversized(contract))
    if too_large:
        raise StartupError(*(f"{path}: {problem}" for problem in too_large))
    return ReadSpec(contract, root.value, library.problems)


def _servers(root: Node) -> Iterator[str]:
    """The URLs of the API's servers, then of those that paths and operations have of their own."""
    paths = [path for _, path in root.child("paths").items() if isinstance(path.value, dict)]
    operations = [part for path in paths for _, part in path.items() if isinstance(part.value, dict)]
    for place in (root, *paths, *operations):
        for server in place.child("servers").entries():
            yield str(server.child("url").value)


def _cut_combinations(library: Library, root: Node) -> None:
    """Let schemas that combine too many others allow everything."""
    for name in sorted(combining_too_much(library.schemas)):
        library.schemas[name] = True
        library.report(
            root.child("components").child("schemas").child(name),
            f"the schema {name} combines too many others; values are not checked",
        )


def _version(root: Node, library: Library) -> str:
    """The version of OpenAPI. Raises StartupError for a document of another kind."""
    if not isinstance(root.value, dict):
        raise StartupError(
            f"{root.source}: an OpenAPI document must be an object with `openapi: 3.x` or `swagger: 2.0`"
        )
    declared = root.child("openapi").value
    version = str(declared)
    if not re.match(r"3(\.\d|$)", version):
        member = "swagger" if declared is None and "swagger" in root.value else "openapi"
        found = root.child(member).value
        allowed = "2.0" if member == "swagger" else "3.0, 3.1 or 3.2"
        message = f"`{member}` must name a version {allowed}, found {found!r:.40}"
        raise StartupError(*sentences([Problem(root.source, (member,), message)]))
    if not (isinstance(declared, str) and re.match(r"3\.[012]\b", version)):
        library.report(
            root.child("openapi"), f"`openapi` should be a string such as 3.1.0, found {declared!r:.40}"
        )
    return version


def _prefix(root: Node, library: Library) -> str:
    """The path of the first server, its variables at their defaults."""
    first = root.child("servers").child(0)
    address = str(first.child("url").value or "")
    for name, variable in first.child("variables").items():
        default = variable.child("default")
        if default.value is None:
            library.report(default, f"the server variable {name} has no default")
        else:
            address = address.replace(f"{{{name}}}", str(default.value))
    try:
        path = urlsplit(address).path.rstrip("/")
    except ValueError:
        library.report(first.child("url"), f"{address!r:.80} is not a URL")
        return ""
    # A relative one may lack the slash, or be relative to where the document was found.
    path = re.sub(r"^(\.{0,2}/)+", "/", path)
    return path if path.startswith("/") or not path else f"/{path}"


class _OperationReader:
    """Reads the operations of one document, in its order, and reports the problems it meets."""

    def __init__(self, library: Library, *, name: str, prefix: str, root: Node) -> None:
        self.library = library
        self.contract = name
        self.prefix = prefix
        self.root = root
        self.schemes = dict(self._schemes())
        self._ids: set[str] = set()
        # By identity of the value in its document, which stays as long as the reader.
        self._read_responses: dict[int, DocumentedResponse] = {}
        self._read_parameters: dict[int, Parameter] = {}

    def operations(self) -> Iterator[Operation]:
        """Yield every operation."""
        paths = self.root.child("paths")
        if paths.value is not None and not isinstance(paths.value, dict):
            self.library.report(paths, "`paths` must be an object")
        routes: set[tuple[str, str]] = set()
        for written, item in paths.items():
            if written.startswith("x-"):
                continue
            template = self._template(written, item)
            for method, node, owners in self._operations_of(item):
                route = method, _TEMPLATE.sub("{}", template)
                if route in routes:
                    if template == written:
                        self.library.report(
                            item, f"{method} {template} stands twice; the first one is served"
                        )
                    continue
                routes.add(route)
                yield self._operation(template, method, node, owners)

    def _template(self, written: str, item: Node) -> str:
        """The path without what is not part of one."""
        template = re.split(r"[?#]", written, maxsplit=1)[0]
        if template != written:
            self.library.report(item, "a path must not have a query or fragment; it is served without")
        if not template.startswith("/"):
            self.library.report(item, "a path must begin with a slash; it is served with one")
            template = f"/{template}"
        return template

    def _operations_of(self, item: Node) -> Iterator[tuple[str, Node, list[Node]]]:
        """The operations of a path: upper-case method, operation, and the path items that share parameters.

        Members beside the `$ref` of a path item are used before those of its target.
        """
        target = self.library.resolve(item)
        owners = [target] if target.value is item.value else [target, item]
        found: dict[str, Node] = {}
        for owner in owners:
            found.update(
                (method.upper(), owner.child(method)) for method in METHODS if owner.child(method).value
            )
            found.update(owner.child("additionalOperations").items())
        for method, entry in found.items():
            node = self.library.resolve(entry)
            if isinstance(node.value, dict):
                yield method, node, owners
            else:
                self.library.report(entry, "an operation must be an object")

    def _operation(self, template: str, method: str, node: Node, owners: list[Node]) -> Operation:
        parameters = {
            (parameter.location, parameter.name): parameter
            for owner in (*owners, node)
            for parameter in self._parameters(owner, template)
        }
        self._add_undeclared(parameters, template, node)
        operation_id = self._operation_id(node, method, template)
        # An empty list is a statement of its own: no credential, whatever the document's default says.
        own_security = node.child("security")
        security = self.root.child("security") if own_security.value is None else own_security
        return Operation(
            contract=self.contract,
            id=operation_id,
            method=method,
            path=self.prefix + template,
            parameters=tuple(parameters.values()),
            body=self._body(node.child("requestBody")),
            responses=dict(self._responses(node.child("responses"))),
            security=tuple(self._requirements(security, operation_id)),
        )

    def _operation_id(self, node: Node, method: str, template: str) -> str:
        usual = f"{method.lower()} {template}"
        declared = node.child("operationId")
        operation_id = usual if declared.value in (None, "") else str(declared.value)
        if operation_id in self._ids:
            self.library.report(declared, f"the operationId {operation_id} is used twice")
            operation_id = usual
        self._ids.add(operation_id)
        return operation_id

    def _parameters(self, owner: Node, template: str) -> Iterator[Parameter]:
        declared = owner.child("parameters")
        if not isinstance(declared.value, list | None):
            self.library.report(declared, "`parameters` must be a list")
        for entry in declared.entries():
            node = self.library.resolve(entry)
            if not isinstance(node.value, dict):
                # A reference without a target has been reported.
                if entry.value == node.value:
                    self.library.report(entry, "a parameter must be an object")
                continue
            location, name = str(node.child("in").value), str(node.child("name").value)
            if location == "querystring":
                yield from self._query_members(node)
                continue
            if location == "header" and name.lower() in _IGNORED_HEADERS:
                continue
            if location not in _STYLES or node.child("name").value is None:
                allowed = ", ".join(_STYLES)
                self.library.report(entry, f"parameter {name} has `in: {location}`; allowed: {allowed}")
                continue
            if location == "path" and name not in _TEMPLATE.findall(template):
                self.library.report(entry, f"the path {template} has no parameter {{{name}}}")
                continue
            if id(node.value) not in self._read_parameters:
                self._read_parameters[id(node.value)] = self._parameter(node, location, name)
            yield self._read_parameters[id(node.value)]

    def _query_members(self, node: Node) -> Iterator[Parameter]:
        """The members of a parameter that describes the whole query (OpenAPI 3.2) as a form."""
        schema = self.library.resolve(node.child("content").child(_FORM).child("schema"))
        required = schema.child("required").value if node.child("required").value is True else ()
        for name, member in schema.child("properties").items():
            is_required = isinstance(required, list) and name in required
            yield Parameter(name, "query", is_required, self.library.schema(member), "form", explode=True)

    def _parameter(self, node: Node, location: str, name: str) -> Parameter:
        style = str(node.child("style").value or _STYLES[location])
        explode = node.child("explode").value
        return Parameter(
            name=name,
            location=location,
            required=location == "path" or node.child("required").value is True,
            schema=self._parameter_schema(node),
            style=style,
            explode=style == "form" if explode is None else bool(explode),
            example=self._example(node),
            is_json=self._json_content(node) is not None,
        )

    def _add_undeclared(
        self, parameters: dict[tuple[str, str], Parameter], template: str, node: Node
    ) -> None:
        """Add the parameters that stand in the path alone: they are texts."""
        for name in _TEMPLATE.findall(self.prefix + template):
            if ("path", name) in parameters:
                continue
            if name in _TEMPLATE.findall(template):
                self.library.report(
                    node, f"the path parameter {name} is not declared; it is read as a string"
                )
            parameters["path", name] = Parameter(
                name, "path", True, {"type": "string"}, "simple", explode=False
            )

    def _example(self, node: Node) -> Any:
        """The parameter's own example, else its first named one, else its schema's."""
        candidates = [node.child("example").value]
        for _name, entry in node.child("examples").items():  # noqa: PERF102 - a node has no values()
            named_example = self.library.resolve(entry)
            candidates += [named_example.child("value").value, named_example.child("dataValue").value]
        schema = self.library.resolve(node.child("schema"))
        candidates += [schema.child("example").value, schema.child("examples").child(0).value]
        return next((example for example in candidates if example is not None), None)

    def _parameter_schema(self, node: Node) -> Any:
        if node.child("content").value:
            described = self._json_content(node)
            # A parameter of another media type is passed on as text.
            return {"type": "string"} if described is None else self._schema(described)
        if isinstance(node.value.get("type"), str) and "schema" not in node.value:
            if not self.library.documents.is_swagger_2:
                self.library.report(node.child("type"), "the type of a parameter must stand in its `schema`")
            return self.library.schema(Node(_as_schema(node.value), node.source, node.above, node.key))
        return self._schema(node)

    def _json_content(self, node: Node) -> Node | None:
        """The media type of a parameter that is sent as JSON, or None."""
        for media_type, described in node.child("content").items():
            if is_json(media_type):
                return self.library.resolve(described)
        return None

    def _schema(self, owner: Node) -> Any:
        """The schema of a parameter, header or body; everything is valid without one."""
        return self.library.schema(owner.child("schema"))

    def _body(self, entry: Node) -> RequestBody | None:
        node = self.library.resolve(entry)
        if not isinstance(node.value, dict):
            return None
        return RequestBody(required=node.child("required").value is True, content=self._schemas_by_type(node))

    def _responses(self, owner: Node) -> Iterator[tuple[str, DocumentedResponse]]:
        if not isinstance(owner.value, dict):
            self.library.report(owner, "the operation has no `responses`")
        for status, entry in owner.items():
            if status.startswith("x-"):
                continue
            if not re.fullmatch(r"[1-5](\d\d|[xX]{2})|default", status):
                self.library.report(entry, f"{status!r} must be a status such as 200, 4XX or default")
                continue
            node = self.library.resolve(entry)
            # Operations refer to the same few responses: each is read once.
            if id(node.value) not in self._read_responses:
                self._read_responses[id(node.value)] = self._response(node)
            yield status, self._read_responses[id(node.value)]

    def _response(self, node: Node) -> DocumentedResponse:
        headers = {
            name.lower(): self.library.resolve(header) for name, header in node.child("headers").items()
        }
        required = [name for name, header in headers.items() if header.child("required").value is True]
        return DocumentedResponse(
            content=self._schemas_by_type(node),
            headers={name: self._header_schema(header) for name, header in headers.items()},
            examples={media_type: self._examples(body) for media_type, body in self._content(node)},
            required_headers=frozenset(required),
        )

    def _header_schema(self, header: Node) -> Any:
        """The schema of a header, with the header's own example."""
        schema = self.library.schema(header.child("schema"))
        example = next(iter(self._examples(header).values()), None)
        return schema if example is None else {"allOf": [schema], "example": example}

    def _content(self, node: Node) -> Iterator[tuple[str, Node]]:
        # Some documents refer to all media types at once.
        for media_type, entry in self.library.resolve(node.child("content")).items():
            body = self.library.resolve(entry)
            if body.value is None or isinstance(body.value, dict):
                yield media_type, body
            else:
                self.library.report(entry, f"the description of {media_type} must be an object")

    def _schemas_by_type(self, node: Node) -> Mapping[str, Any]:
        return {media_type: self._media_schema(body) for media_type, body in self._content(node)}

    def _media_schema(self, body: Node) -> Any:
        """The schema of a body. A sequence of items (`itemSchema` of OpenAPI 3.2) is a list of them."""
        if body.child("schema").value is None and body.child("itemSchema").value is not None:
            return {"type": "array", "items": self.library.schema(body.child("itemSchema"))}
        return self._schema(body)

    def _examples(self, body: Node) -> Mapping[str, Any]:
        """The examples of a body by name; the unnamed `example` is called "example"."""
        examples: dict[str, Any] = {}
        example = body.child("example")
        # A reference instead of the example is not allowed, but often written and never meant as data.
        is_reference = isinstance(example.value, dict) and set(example.value) == {"$ref"}
        single = self.library.resolve(example).value if is_reference else example.value
        if single is not None:
            examples["example"] = single
        for name, entry in self.library.resolve(body.child("examples")).items():
            node = self.library.resolve(entry)
            # An example may be an `externalValue` instead, which the mock does not fetch.
            for member in ("value", "dataValue"):
                if isinstance(node.value, dict) and member in node.value:
                    examples[name] = node.value[member]
        return examples

    def _schemes(self) -> Iterator[tuple[str, SecurityScheme]]:
        for scheme_id, entry in self.root.child("components").child("securitySchemes").items():
            node = self.library.resolve(entry)
            scheme_type = str(node.child("type").value)
            if scheme_type == "mutualTLS":
                continue  # said elsewhere: client certificates are not checked
            read = _SCHEMES.get(scheme_type)
            scheme = None if read is None else read(scheme_id, node)
            if scheme is None:
                self.library.report(
                    entry,
                    f"security scheme {scheme_id} of type {scheme_type} cannot be used; "
                    f"allowed: {', '.join(_SCHEMES)}, an apiKey with `name` and `in`",
                )
                continue
            yield scheme_id, scheme

    def _requirements(self, node: Node, operation_id: str) -> Iterator[SecurityRequirement]:
        alternatives = [node] if isinstance(node.value, dict) else [*node.entries()]
        if isinstance(node.value, dict):
            self.library.report(node, "`security` must be a list of requirements")
        for entry in alternatives:
            yield from self._sendable(self._requirement(entry, operation_id))

    def _sendable(self, requirement: SecurityRequirement) -> Iterator[SecurityRequirement]:
        """A requirement, or one for each of its schemes that need the Authorization header.

        A request has one such header: what requires two of them means either.
        """
        sharing = [scheme_id for scheme_id in requirement if _is_authorization(self.schemes.get(scheme_id))]
        if len(sharing) < 2:
            yield requirement
            return
        for chosen in sharing:
            yield {
                scheme_id: roles
                for scheme_id, roles in requirement.items()
                if scheme_id == chosen or scheme_id not in sharing
            }

    def _requirement(self, node: Node, operation_id: str) -> SecurityRequirement:
        """One alternative, without the schemes that no request can satisfy."""
        requirement: dict[str, tuple[str, ...]] = {}
        for scheme, roles in node.items():
            if scheme in self.schemes:
                requirement[scheme] = tuple(map(str, roles.value)) if isinstance(roles.value, list) else ()
            elif not self._is_mutual_tls(scheme):
                declared = ", ".join(self.schemes) or "none"
                self.library.report(
                    roles,
                    f"{operation_id} requires the unknown security scheme {scheme}; declared: {declared}",
                )
        return requirement

    def _is_mutual_tls(self, scheme: str) -> bool:
        declared = self.root.child("components").child("securitySchemes").child(scheme)
        return bool(self.library.resolve(declared).child("type").value == "mutualTLS")


def _is_authorization(scheme: SecurityScheme | None) -> bool:
    """Whether the credential of a scheme is sent in the Authorization header."""
    if scheme is None:
        return False
    return scheme.carrier in {"bearer", "basic"} or (scheme.carrier, scheme.name.lower()) == (
        "header",
        "authorization",
    )


def _as_schema(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that has its keywords itself, as in files that Swagger 2.0 refers to."""
    others = {"name", "in", "required", "style", "explode", "examples", "allowReserved", "allowEmptyValue"}
    return {key: value for key, value in parameter.items() if key not in others}


def _api_key(scheme_id: str, node: Node) -> SecurityScheme | None:
    carrier, name = node.child("in").value, node.child("name").value
    if carrier not in {"header", "query", "cookie"} or not isinstance(name, str) or not name:
        return None
    return SecurityScheme(scheme_id, str(carrier), name)


def _http(scheme_id: str, node: Node) -> SecurityScheme | None:
    word = str(node.child("scheme").value or "bearer").lower()
    # What another scheme (digest, hoba) would prove cannot be checked: any value of the header counts.
    carrier = word if word in {"basic", "bearer"} else "header"
    return SecurityScheme(scheme_id, carrier, "Authorization")


def _token(scheme_id: str, node: Node) -> SecurityScheme:
    """Whatever the flow that issues a token, a request carries it as a bearer token."""
    flows = [flow for _, flow in node.child("flows").items()]
    scopes = [name for flow in flows for name, _ in flow.child("scopes").items()]
    sign_in = SignIn(
        authorize=_urls(flows, "authorizationUrl"),
        token=_urls(flows, "tokenUrl", "refreshUrl"),
        discovery=_urls([node], "openIdConnectUrl", "oauth2MetadataUrl"),
        scopes=tuple(dict.fromkeys(scopes)),
    )
    return SecurityScheme(scheme_id, "bearer", "Authorization", sign_in)


def _urls(nodes: Iterable[Node], *members: str) -> tuple[str, ...]:
    values = (node.child(member).value for node in nodes for member in members)
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str) and value))


_SCHEMES: Mapping[str, Callable[[str, Node], SecurityScheme | None]] = {
    "apiKey": _api_key,
    "http": _http,
    "oauth2": _token,
    "openIdConnect": _token,
}
