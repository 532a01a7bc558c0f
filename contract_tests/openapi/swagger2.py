"""Documents of Swagger 2.0, read as what OpenAPI 3.0 says for the same (https://swagger.io/specification/v2/).

References stay as they are: `definitions` is kept beside what has moved, and shared parameters and responses
are put where they are referred to, because what becomes of them depends on the operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contract_tests.openapi.pointers import follow

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
_OF_PARAMETER: Final = ("name", "in", "required", "description", "allowEmptyValue")
_NOT_OF_SCHEMA: Final = (*_OF_PARAMETER, "collectionFormat", "$ref")
_LIST_STYLES: Final = {
    "multi": {"style": "form", "explode": True},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
}
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


def is_swagger_2(document: Any) -> bool:
    """Whether a document declares version 2.0 of Swagger, the predecessor of OpenAPI 3."""
    return isinstance(document, Mapping) and str(document.get("swagger", "")).startswith("2")


def modernized(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document in the terms of OpenAPI 3.0, its references into other files bundled before."""
    definitions = _modern_schema(document.get("definitions") or {})
    schemes = document.get("securityDefinitions") or {}
    host = document.get("host")
    scheme = next(iter(document.get("schemes") or ()), "https")
    base = document.get("basePath") or "/"
    return {
        **{name: value for name, value in document.items() if name not in {"swagger", "paths", "responses"}},
        "openapi": "3.0.3",
        "servers": [{"url": f"{scheme}://{host}{base}" if host else base}],
        "definitions": definitions,
        "components": {
            "schemas": definitions,
            "securitySchemes": {name: _security_scheme(each) for name, each in schemes.items()},
        },
        "paths": {
            path: _path_item(document, _whole(document, item))
            for path, item in (document.get("paths") or {}).items()
        },
    }


def _path_item(document: Mapping[str, Any], item: Any) -> dict[str, Any]:
    """The operations of a path, each with the parameters that they share."""
    shared = _parameters(document, item)
    return {
        method: _operation(document, item[method], shared)
        for method in METHODS
        if isinstance(item.get(method), Mapping)
    }


def _operation(
    document: Mapping[str, Any], node: Mapping[str, Any], shared: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    by_place = {(each.get("in"), each.get("name")): each for each in shared}
    by_place |= {(each.get("in"), each.get("name")): each for each in _parameters(document, node)}
    taken = node.get("consumes", document.get("consumes")) or []
    given = node.get("produces", document.get("produces")) or ["application/json"]
    converted = {
        **{name: value for name, value in node.items() if name not in {"consumes", "produces", "schemes"}},
        "parameters": [
            _parameter(each) for each in by_place.values() if each.get("in") not in {"body", "formData"}
        ],
        "responses": {
            status: _response(_whole(document, each), given)
            for status, each in (node.get("responses") or {}).items()
        },
    }
    body = _body(by_place.values(), taken)
    return {**converted, "requestBody": body} if body else converted


def _body(parameters: Any, taken: Sequence[str]) -> dict[str, Any] | None:
    body = next((each for each in parameters if each.get("in") == "body"), None)
    if body is not None:
        media = {"schema": _modern_schema(body.get("schema") or {})}
        return {
            "required": body.get("required") is True,
            "content": dict.fromkeys(taken or ["application/json"], media),
        }
    fields = [each for each in parameters if each.get("in") == "formData"]
    if not fields:
        return None
    has_file = any(each.get("type") == "file" for each in fields)
    required = [each["name"] for each in fields if each.get("required") is True]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {each["name"]: _schema_of(each) for each in fields},
    }
    if required:
        schema["required"] = required
    media_types = [each for each in taken if each in _FORMS] or [_FORMS[has_file]]
    media = {"schema": schema}
    return {"required": bool(required), "content": dict.fromkeys(media_types, media)}


def _response(node: Mapping[str, Any], given: Sequence[str]) -> dict[str, Any]:
    converted: dict[str, Any] = {"description": str(node.get("description", ""))}
    if node.get("headers"):
        converted["headers"] = {name: {"schema": _schema_of(each)} for name, each in node["headers"].items()}
    examples = node.get("examples") or {}
    if "schema" in node:
        schema = _modern_schema(node["schema"])
        converted["content"] = {
            media_type: {
                "schema": schema,
                **({"example": examples[media_type]} if media_type in examples else {}),
            }
            for media_type in given
        }
    return converted


def _parameter(node: Mapping[str, Any]) -> dict[str, Any]:
    converted = {name: node[name] for name in _OF_PARAMETER if name in node}
    if node.get("type") == "array" and node.get("in") == "query":
        # Commas separate the values where nothing is said; in OpenAPI 3 the parameter is repeated then.
        converted |= _LIST_STYLES.get(str(node.get("collectionFormat")), {"explode": False})
    return {**converted, "schema": _schema_of(node)}


def _parameters(document: Mapping[str, Any], node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_whole(document, each) for each in node.get("parameters") or []]


def _schema_of(node: Mapping[str, Any]) -> Any:
    """The schema of a parameter or a header, which has its keywords itself."""
    return _modern_schema({name: value for name, value in node.items() if name not in _NOT_OF_SCHEMA})


def _modern_schema(node: Any) -> Any:
    """A schema in the words of OpenAPI 3.0: what it says of files, discriminators and null."""
    if isinstance(node, list):
        return [_modern_schema(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    data = {"example", "default", "enum"}
    modern = {name: value if name in data else _modern_schema(value) for name, value in node.items()}
    if modern.get("type") == "file":
        modern |= {"type": "string", "format": "binary"}
    if isinstance(modern.get("discriminator"), str):
        modern["discriminator"] = {"propertyName": modern["discriminator"]}
    if modern.get("x-nullable") is True:
        modern["nullable"] = True
    return modern


def _security_scheme(node: Mapping[str, Any]) -> Mapping[str, Any]:
    if node.get("type") == "basic":
        return {**node, "type": "http", "scheme": "basic"}
    if node.get("type") == "oauth2":
        scopes = node.get("scopes") or {}
        return {**node, "flows": {str(node.get("flow", "implicit")): {"scopes": scopes}}}
    return node


def _whole(document: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    """What a chain of references leads to; empty where it leads nowhere."""
    for _ in range(16):
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            break
        node = follow(document, node["$ref"])
    return node if isinstance(node, Mapping) else {}
