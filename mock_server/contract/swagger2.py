"""Read a document of Swagger 2.0 as the OpenAPI 3.0 that says the same.

The two differ in where things stand, hardly in what they mean: a body is a parameter, a response has one
schema for all its media types, and parameters and headers have the keywords of a schema themselves. See
https://swagger.io/specification/v2/. What is malformed stays as it is, so that the reader of OpenAPI 3
reports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.json_pointer import unescape

Place = tuple[str | int, ...]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_JSON = "application/json"
_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_ABOUT_PARAMETER = frozenset(
    {"name", "in", "description", "required", "allowEmptyValue", "example", "schema"}
)
"""Members of a parameter that describe it; the others are keywords of its schema."""
_DATA = frozenset({"example", "default", "enum"})
"""Keywords whose value is data: nothing in it is a reference."""
_MOVED = {"#/definitions/": "#/components/schemas/"}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "multi": {"style": "form", "explode": True},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
}
"""How the values of a list are sent, by `collectionFormat`; commas separate them without one."""
_COMMAS: Mapping[str, Any] = {"explode": False}
_FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}
_ANYWHERE = ("info", "tags", "externalDocs", "security")


def is_swagger_2(document: Any) -> bool:
    """Whether this is a document of Swagger 2.0."""
    return (
        isinstance(document, dict)
        and "openapi" not in document
        and str(document.get("swagger")) in {"2.0", "2"}
    )


def as_openapi_3(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as one of OpenAPI 3.0. Its `definitions` stay, because other files may refer to them."""
    return _Conversion(document).document()


def written_place(place: Place) -> Place:
    """Where in a document of Swagger 2.0 something stands, by its place in `as_openapi_3`.

    That is the operation for what has moved inside of it.
    """
    match place:
        case ("components", "schemas", *below):
            return ("definitions", *below)
        case ("components", "securitySchemes", *below):
            return ("securityDefinitions", *below)
        case ("paths", path, method, "responses", status, "content", _media_type, *below):
            return ("paths", path, method, "responses", status, *below)
        case ("paths", path, method, "parameters" | "requestBody", *_):
            return ("paths", path, method)
    return place


class _Conversion:
    """Converts one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        # Operations share responses: each is converted once for the media types it is produced in.
        self._responses: dict[tuple[int, tuple[str, ...]], Any] = {}

    def document(self) -> dict[str, Any]:
        own = self._document
        converted: dict[str, Any] = {"openapi": "3.0.3", "servers": [{"url": self._server()}]}
        converted |= {name: own[name] for name in _ANYWHERE if name in own}
        paths = own.get("paths")
        converted["paths"] = (
            {path: self._item(item) for path, item in paths.items()} if isinstance(paths, dict) else paths
        )
        converted["components"] = {
            "schemas": _schemas(own.get("definitions") or {}),
            "securitySchemes": {
                name: _scheme(scheme) for name, scheme in _object(own.get("securityDefinitions")).items()
            },
        }
        if "definitions" in own:
            converted["definitions"] = own["definitions"]
        return converted

    def _server(self) -> str:
        base = str(self._document.get("basePath") or "/")
        host = self._document.get("host")
        scheme = next(iter(_texts(self._document.get("schemes"))), "https")
        return f"{scheme}://{host}{base}" if host else base

    def _item(self, item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        shared = self._parameters(item)
        converted = {name: value for name, value in item.items() if name not in {*_METHODS, "parameters"}}
        for method in _METHODS:
            if isinstance(item.get(method), dict):
                converted[method] = self._operation(item[method], shared)
            elif method in item:
                converted[method] = item[method]
        return converted

    def _operation(self, operation: Mapping[str, Any], shared: list[Any]) -> dict[str, Any]:
        moved = {"parameters", "responses", "consumes", "produces", "schemes"}
        converted = {name: value for name, value in operation.items() if name not in moved}
        own = self._parameters(operation)
        overridden = {_identity(parameter) for parameter in own}
        parameters = [*(each for each in shared if _identity(each) not in overridden), *own]
        converted["parameters"] = [
            _parameter(each) for each in parameters if _object(each).get("in") not in {"body", "formData"}
        ]
        body = self._body(parameters, self._media_types(operation, "consumes"))
        if body is not None:
            converted["requestBody"] = body
        responses = operation.get("responses")
        produced = self._media_types(operation, "produces")
        converted["responses"] = (
            {status: self._response(response, produced) for status, response in responses.items()}
            if isinstance(responses, dict)
            else responses
        )
        return converted

    def _media_types(self, operation: Mapping[str, Any], member: str) -> tuple[str, ...]:
        """What an operation consumes or produces: its own statement, an empty one included, else the
        document's."""
        declared = operation.get(member, self._document.get(member))
        return tuple(dict.fromkeys(_texts(declared)))

    def _parameters(self, owner: Mapping[str, Any]) -> list[Any]:
        parameters = owner.get("parameters")
        return [self._resolved(each) for each in parameters] if isinstance(parameters, list) else []

    def _resolved(self, value: Any) -> Any:
        """What a reference inside the document leads to; another one, or a broken one, stays."""
        target = value
        for _step in range(8):
            ref = _object(target).get("$ref")
            if not isinstance(ref, str) or not ref.startswith("#/"):
                break
            found: Any = self._document
            for token in ref.split("/")[1:]:
                found = _object(found).get(unescape(token))
            if found is None:
                break
            target = found
        return target

    def _body(self, parameters: list[Any], consumed: tuple[str, ...]) -> dict[str, Any] | None:
        body = next((each for each in parameters if _object(each).get("in") == "body"), None)
        if body is not None:
            described = _schema(body.get("schema", {}))
            return {
                "required": body.get("required") is True,
                "content": {media_type: {"schema": described} for media_type in consumed or (_JSON,)},
            }
        fields = [each for each in parameters if _object(each).get("in") == "formData"]
        return _form(fields, consumed) if fields else None

    def _response(self, response: Any, produced: tuple[str, ...]) -> Any:
        resolved = self._resolved(response)
        if not isinstance(resolved, dict) or "$ref" in resolved:
            return resolved
        key = id(resolved), produced
        if key not in self._responses:
            self._responses[key] = self._converted_response(resolved, produced)
        return self._responses[key]

    def _converted_response(self, response: Mapping[str, Any], produced: tuple[str, ...]) -> dict[str, Any]:
        examples = _object(response.get("examples"))
        converted = {
            name: value for name, value in response.items() if name not in {"schema", "examples", "headers"}
        }
        headers = _object(response.get("headers"))
        if headers:
            converted["headers"] = {name: {"schema": _schema(header)} for name, header in headers.items()}
        media: dict[str, dict[str, Any]] = {}
        if "schema" in response:
            described = _schema(response["schema"])
            media = {media_type: {"schema": described} for media_type in produced or (_JSON,)}
        for media_type, example in examples.items():
            # Without a schema the examples alone say that there is a body.
            if media_type in media or not media:
                media.setdefault(media_type, {})["example"] = example
        return {**converted, "content": media} if media else converted


def _form(fields: list[Any], consumed: tuple[str, ...]) -> dict[str, Any]:
    """The body whose members are the fields of a form."""
    has_file = any(field.get("type") == "file" for field in fields)
    usual = _MULTIPART if has_file else _URLENCODED
    media_types = [each for each in consumed if each in {_MULTIPART, _URLENCODED}] or [usual]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            str(field.get("name")): {**_own_schema(field), **_description(field)} for field in fields
        },
    }
    required = [str(field.get("name")) for field in fields if field.get("required") is True]
    if required:
        schema["required"] = required
    encoding = {
        str(field.get("name")): dict(_style(field)) for field in fields if field.get("type") == "array"
    }
    media = {"schema": schema, "encoding": encoding} if encoding else {"schema": schema}
    return {"required": bool(required), "content": dict.fromkeys(media_types, media)}


def _parameter(parameter: Any) -> Any:
    if not isinstance(parameter, dict) or "$ref" in parameter:
        return parameter
    converted = {
        name: value for name, value in parameter.items() if name in _ABOUT_PARAMETER or name.startswith("x-")
    }
    if "schema" not in converted:
        converted["schema"] = _own_schema(parameter)
    if parameter.get("type") == "array" and parameter.get("in") == "query":
        converted |= _style(parameter)
    return converted


def _style(parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    return _STYLES.get(str(parameter.get("collectionFormat")), _COMMAS)


def _description(field: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": field["description"]} if "description" in field else {}


def _own_schema(parameter: Mapping[str, Any]) -> Any:
    """The schema of a parameter or header that has its keywords itself."""
    return _schema(
        {
            name: value
            for name, value in parameter.items()
            if name not in {*_ABOUT_PARAMETER, "collectionFormat"} and not name.startswith("x-")
        }
    )


def _schemas(named: Any) -> Any:
    return {name: _schema(each) for name, each in named.items()} if isinstance(named, dict) else named


def _schema(schema: Any) -> Any:
    """A schema whose references lead to where OpenAPI 3 has schemas."""
    if isinstance(schema, list):
        return [_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    converted: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _DATA or keyword.startswith("x-"):
            converted[keyword] = value
        elif keyword == "properties":
            # A member may be called like a keyword.
            converted[keyword] = _schemas(value)
        elif keyword == "$ref" and isinstance(value, str):
            converted[keyword] = _moved(value)
        elif keyword == "discriminator" and isinstance(value, str):
            converted[keyword] = {"propertyName": value}
        else:
            converted[keyword] = _schema(value)
    if converted.get("type") == "file":
        converted |= {"type": "string", "format": "binary"}
    if converted.get("x-nullable") is True:
        # Swagger 2.0 has no null; generators write this for it.
        converted["nullable"] = True
    return converted


def _moved(ref: str) -> str:
    for before, after in _MOVED.items():
        if ref.startswith(before):
            return after + ref.removeprefix(before)
    return ref


def _scheme(scheme: Any) -> Any:
    kind = _object(scheme).get("type")
    if kind == "basic":
        return {"type": "http", "scheme": "basic"}
    if kind != "oauth2":
        return scheme
    flow = _FLOWS.get(str(scheme.get("flow")), "implicit")
    urls = {name: scheme[name] for name in ("authorizationUrl", "tokenUrl") if name in scheme}
    return {"type": "oauth2", "flows": {flow: {**urls, "scopes": scheme.get("scopes") or {}}}}


def _identity(parameter: Any) -> tuple[Any, Any]:
    """What an operation's parameter has in common with the one of its path that it overrides."""
    described = _object(parameter)
    # An operation has one body, whatever it is called.
    name = None if described.get("in") == "body" else str(described.get("name"))
    return str(described.get("in")), name


def _texts(value: Any) -> Iterator[str]:
    yield from (each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
