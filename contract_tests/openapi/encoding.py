"""How parameters and bodies are written on the wire, as their styles and media types ask."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from contract_tests.openapi.operation import Body, Operation, Parameter, is_json

BOUNDARY: Final = "contract-tests-0c9a0d5f"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"

_WILDCARDS = {"*/*": "application/json", "text/*": "text/plain", "image/*": "image/png"}


class UnwritableError(Exception):
    """A value has no form in a media type; the text says which."""


def path_text(parameter: Parameter | None, name: str, value: Any) -> str:
    """A path value in the style of its parameter, encoded."""
    style = "simple" if parameter is None else parameter.style
    explode = parameter is not None and parameter.explode
    first, joint = {"label": (".", "." if explode else ","), "matrix": (";", ";" if explode else ",")}.get(
        style, ("", ",")
    )
    parts = _parts(value, explode=explode)
    if style != "matrix":
        return first + joint.join(_quoted(part, safe="=") for part in parts)
    if explode and isinstance(value, list):
        return "".join(f";{name}={_quoted(part)}" for part in parts)
    if explode and isinstance(value, Mapping):
        return "".join(f";{_quoted(part, safe='=')}" for part in parts)
    return f";{name}=" + joint.join(_quoted(part) for part in parts)


def query_pairs(operation: Operation, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Query pairs as the parameters' styles want them; a value of a name unknown to the operation is sent
    plainly."""
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        parameter = operation.parameter(name, "query")
        if parameter is not None and parameter.media_type is not None:
            pairs.append((name, json.dumps(value)))
        else:
            style, explode = ("form", True) if parameter is None else (parameter.style, parameter.explode)
            pairs += _pairs(name, value, style, explode=explode)
    return pairs


def header_text(parameter: Parameter | None, value: Any) -> str:
    """A header or cookie value in the simple style."""
    if parameter is not None and parameter.media_type is not None:
        return json.dumps(value)
    return ",".join(_parts(value, explode=parameter is not None and parameter.explode))


def content_type(body: Body | None) -> str:
    """The Content-Type under which a body is sent."""
    media = "application/json" if body is None else body.media_type
    if media.startswith(MULTIPART):
        return f"{MULTIPART}; boundary={BOUNDARY}"
    if "*" in media:
        return "application/json" if is_json(media) else _WILDCARDS.get(media, "application/octet-stream")
    return media


def content(body: Body | None, value: Any) -> bytes:
    """A body's bytes in its media type. Raises UnwritableError where it has no form there."""
    media = content_type(body).partition(";")[0].strip().lower()
    if body is None or is_json(media):
        return json_bytes(value)
    if media == FORM and isinstance(value, Mapping):
        return urlencode(list(_form_pairs(body, value)), errors="replace").encode()
    if media == MULTIPART and isinstance(value, Mapping):
        return b"".join(_multipart(body, value))
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, int | float) and media.startswith("text/"):
        return text(value).encode()
    raise UnwritableError(f"{type(value).__name__} has no form in {media}")


def json_bytes(value: Any) -> bytes:
    """JSON in UTF-8; half a surrogate pair, which UTF-8 cannot hold, is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False).encode()


def text(value: Any) -> str:
    """A plain value as it stands in a query, a header or a form; a whole number without a fraction, as some
    frameworks write the bounds of integers with one that their own parsers refuse."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _quoted(part: str, *, safe: str = "") -> str:
    return quote(part, safe=safe, errors="replace")


def _parts(value: Any, *, explode: bool) -> list[str]:
    if isinstance(value, Mapping) and explode:
        return [f"{name}={text(inner)}" for name, inner in value.items()]
    if isinstance(value, Mapping):
        return [part for name, inner in value.items() for part in (str(name), text(inner))]
    return [text(item) for item in value] if isinstance(value, list | tuple) else [text(value)]


def _pairs(name: str, value: Any, style: str, *, explode: bool) -> list[tuple[str, str]]:
    if isinstance(value, Mapping) and style == "deepObject":
        return list(_deep(name, value))
    if isinstance(value, Mapping) and explode:
        return [(str(key), text(inner)) for key, inner in value.items()]
    if isinstance(value, list | tuple) and explode:
        return [(name, text(item)) for item in value]
    joint = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(style, ",")
    return [(name, joint.join(_parts(value, explode=False)))]


def _deep(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _deep(f"{name}[{key}]", inner)
    elif isinstance(value, list):
        for item in value:
            yield from _deep(f"{name}[]", item)
    else:
        yield name, text(value)


def _form_pairs(body: Body, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        encoding = body.encoding.get(name, {})
        style = str(encoding.get("style", "form"))
        if "style" in encoding or not _is_nested(inner):
            yield from _pairs(name, inner, style, explode=bool(encoding.get("explode", style == "form")))
        else:
            yield name, json.dumps(inner)


def _is_nested(value: Any) -> bool:
    items = value if isinstance(value, list) else ()
    return isinstance(value, Mapping) or any(isinstance(item, dict | list) for item in items)


def _multipart(body: Body, value: Mapping[str, Any]) -> Iterator[bytes]:
    for name, inner in value.items():
        schema = body.schema.properties.get(name)
        for item in inner if isinstance(inner, list) else [inner]:
            flat = {} if schema is None else (schema.items or schema).flat
            media = str(body.encoding.get(name, {}).get("contentType", "")).partition(",")[0]
            is_file = flat.get("format") == "binary" or "contentMediaType" in flat
            disposition = f'form-data; name="{name}"' + ('; filename="contract-test.txt"' if is_file else "")
            yield f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n".encode()
            yield f"Content-Type: {media or _part_type(item, is_file=is_file)}\r\n\r\n".encode()
            yield json_bytes(item) if isinstance(item, dict) else text(item).encode("utf-8", "replace")
            yield b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


def _part_type(value: Any, *, is_file: bool) -> str:
    if isinstance(value, dict):
        return "application/json"
    return "application/octet-stream" if is_file else "text/plain"
