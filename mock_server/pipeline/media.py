"""Bodies written and read in whatever media type a spec names."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as Xml

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, loads
from mock_server.contract.operation import Schema
from mock_server.contract.schema import declared_members, follow, member, parts, types_of
from mock_server.errors.dialect import is_json


def written(value: Any, media_type: str) -> bytes:
    """A body of this media type: JSON, XML by member names, a text as it is."""
    plain = media_type.partition(";")[0].strip().lower()
    if is_json(plain) or "*" in plain:
        return dumps(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return Xml.tostring(_element("item", value), encoding="utf-8") if plain.endswith("xml") else dumps(value)


def form_pairs(body: bytes) -> list[tuple[str, Any]]:
    """The fields of a urlencoded form. Raises UnicodeDecodeError when it is no text."""
    return list(parse_qsl(body.decode("utf-8"), keep_blank_values=True))


def multipart_pairs(body: bytes, content_type: str) -> list[tuple[str, Any]]:
    """The fields and files of a multipart form, files as texts. Raises ValueError when it is none."""
    from werkzeug.formparser import FormDataParser
    from werkzeug.http import parse_options_header

    kind, options = parse_options_header(content_type)
    if not options.get("boundary"):
        raise ValueError("no boundary")
    _stream, form, files = FormDataParser(silent=False).parse(io.BytesIO(body), kind, len(body), options)
    found: list[tuple[str | None, Any]] = list(form.items(multi=True))
    found += [(name, one.read().decode("utf-8", "replace")) for name, one in files.items(multi=True)]
    return [(name or "", value) for name, value in found]


def from_pairs(pairs: list[tuple[str, Any]], schema: Schema, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """The object a form means: a repeated field is a list where the schema has one, `a[b]` a member of a
    member."""
    made: dict[str, Any] = {}
    for sent, value in pairs:
        name, _, inner = sent.partition("[")
        bare = sent.removesuffix("[]") if member(schema, sent, schemas) is None else sent
        declared = member(schema, bare, schemas)
        if _is(declared, "array", schemas):
            made.setdefault(bare, [])
            made[bare] += _listed(value)
        elif inner.endswith("]") and _is(member(schema, name, schemas), "object", schemas):
            made.setdefault(name, {})[inner[:-1]] = value
        elif _is(declared, "object", schemas):
            made[sent] = _parsed(value)
        else:
            made[sent] = value
    return made


def from_xml(body: bytes, schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """The value an XML document means for a schema. Raises ValueError when it is none."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ValueError("document types are not read")
    try:
        return _value(Xml.fromstring(body), schema, schemas)  # noqa: S314 - entities are refused above
    except Xml.ParseError as error:
        raise ValueError(str(error)) from error


def _value(element: Xml.Element, schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    if _is(schema, "array", schemas):
        return [_value(child, _items(schema, schemas), schemas) for child in element]
    if not _is(schema, "object", schemas):
        return element.text or ""
    made: dict[str, Any] = dict(element.attrib)
    by_element = {_xml(schema, name, schemas): name for name in declared_members(schema, schemas)}
    for child in element:
        tag = child.tag.rpartition("}")[2]
        name = by_element.get(tag, tag)
        declared = member(schema, name, schemas)
        if _is(declared, "array", schemas) and not _wrapped(declared, schemas):
            made.setdefault(name, []).append(_value(child, _items(declared, schemas), schemas))
        else:
            made[name] = _value(child, True if declared is None else declared, schemas)
    return made


def _xml(schema: Schema, name: str, schemas: Mapping[str, Schema]) -> str:
    for part in parts(member(schema, name, schemas) or True, schemas):
        stated = part.get("xml")
        if isinstance(stated, Mapping) and stated.get("name"):
            return str(stated["name"])
    return name


def _wrapped(schema: Schema | None, schemas: Mapping[str, Schema]) -> bool:
    return any(dict(part.get("xml") or {}).get("wrapped") is True for part in parts(schema or True, schemas))


def _items(schema: Schema | None, schemas: Mapping[str, Schema]) -> Schema:
    found: Schema | None = member(schema, 0, schemas) if schema is not None else None
    return True if found is None else found


def _is(schema: Schema | None, kind: str, schemas: Mapping[str, Schema]) -> bool:
    if schema is None or not isinstance(follow(schema, schemas), Mapping):
        return False
    telling = {"object": "properties", "array": "items"}.get(kind, "")
    return any(
        kind in types_of(part) or (not types_of(part) and telling in part) for part in parts(schema, schemas)
    )


def _listed(value: Any) -> list[Any]:
    parsed = _parsed(value)
    return parsed if isinstance(parsed, list) else [value]


def _parsed(value: Any) -> Any:
    """A field that holds JSON, as clients write objects into forms; else the text itself."""
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return loads(value.encode("utf-8", "replace"))
    except (MalformedError, UndecodableError):
        return value


def _element(name: str, value: Any) -> Xml.Element:
    element = Xml.Element(name)
    for child, inner in _children(name, value):
        element.append(_element(child, inner))
    if not isinstance(value, dict | list) and value is not None:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
    return element


def _children(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from ((name, entry) for entry in value)
    for child, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, list):
            yield from ((child, entry) for entry in inner)
        else:
            yield child, inner
