"""Bodies of any media type: read from a request, and written for a reply."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as Xml

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, loads
from mock_server.contract.operation import Schema
from mock_server.contract.schema import declared_members, follow, member, parts, types_of
from mock_server.errors.api_error import ApiError, ErrorCode, Violation, invalid
from mock_server.errors.dialect import ABSENT, is_json
from mock_server.pipeline.exchange import Exchange

Pairs = list[tuple[str, Any]]
"""The fields of a form: name and value."""


def read_body(exchange: Exchange) -> None:
    """Step: parse the body as the platform does, whatever its media type. Raises ApiError where the platform
    refuses a text it cannot read."""
    route, request = exchange.route, exchange.request
    if route.plan.body is None:
        exchange.sent_body = ABSENT
        return
    content_type = request.headers.get("content-type", "")
    exchange.sent_body = route.mounted.dialect.read_body(content_type, request.body)


def read_media(exchange: Exchange) -> None:
    """Step: parse the body in one of the media types the operation declares.

    Raises ApiError: UNSUPPORTED_MEDIA_TYPE for a type the operation does not declare, INVALID or
    UNDECODABLE_BODY for a body that cannot be read as its type.
    """
    bodies, request = exchange.route.plan.bodies, exchange.request
    exchange.sent_body = ABSENT
    content_type = request.headers.get("content-type", "")
    if not bodies or (not request.body and not content_type.startswith("text/")):
        return
    media_type = _declared_media_type(content_type, bodies)
    if media_type is None:
        raise ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message=f"The body must be {' or '.join(bodies)}")
    exchange.media_type = media_type
    schema = bodies[media_type].check.schema
    try:
        exchange.sent_body = _parse(exchange, content_type or media_type, schema)
    except MalformedError as error:
        raise invalid(Violation("body", (), "json", limit=error.offset, message=error.reason)) from None
    except UndecodableError:
        raise ApiError(ErrorCode.UNDECODABLE_BODY) from None
    except ValueError as error:
        message = f"The body cannot be read: {type(error).__name__}"
        raise ApiError(ErrorCode.UNDECODABLE_BODY, message=message) from None


def encode_body(value: Any, media_type: str) -> bytes:
    """A body of this media type: JSON, XML with elements named like the members, or the text as it is."""
    bare = _bare(media_type)
    if is_json(bare) or "*" in bare:
        return dumps(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return Xml.tostring(_element("item", value), encoding="utf-8") if bare.endswith("xml") else dumps(value)


def _declared_media_type(sent: str, declared: Iterable[str]) -> str | None:
    """The declared media type that matches a Content-Type: the same one, a wildcard, or another JSON type."""
    declared = list(declared)
    bare = _bare(sent)
    any_json = next((media_type for media_type in declared if is_json(media_type)), None)
    if not bare:
        return any_json or declared[0]
    for media_type in declared:
        if _bare(media_type) == bare:
            return media_type
    main_type = bare.partition("/")[0]
    for media_type in declared:
        main, _, rest = _bare(media_type).partition("/")
        if rest == "*" and main in {"*", main_type}:
            return media_type
    return any_json if bare == "application/json" else None


def _bare(media_type: str) -> str:
    """A media type in lower case, without parameters."""
    return media_type.partition(";")[0].strip().lower()


def _parse(exchange: Exchange, content_type: str, schema: Schema) -> Any:
    body, schemas = exchange.request.body, exchange.route.mounted.contract.schemas
    bare = _bare(content_type)
    if is_json(bare):
        return loads(body)
    if bare == "application/x-www-form-urlencoded":
        return _from_form(parse_qsl(body.decode("utf-8"), keep_blank_values=True), schema, schemas)
    if bare == "multipart/form-data":
        return _from_form(_multipart_pairs(body, content_type), schema, schemas)
    if bare.endswith("xml"):
        return _from_xml(body, schema, schemas)
    return body.decode("utf-8", "replace")


def _multipart_pairs(body: bytes, content_type: str) -> Pairs:
    """The fields and files of a multipart form, files as texts. Raises ValueError for a body that is none."""
    from werkzeug.formparser import FormDataParser
    from werkzeug.http import parse_options_header

    media_type, options = parse_options_header(content_type)
    if not options.get("boundary"):
        raise ValueError("no boundary")
    parser = FormDataParser(silent=False)
    _stream, form, files = parser.parse(io.BytesIO(body), media_type, len(body), options)
    fields = [(name or "", value) for name, value in form.items(multi=True)]
    for name, file in files.items(multi=True):
        with file.stream as content:
            fields.append((name or "", content.read().decode("utf-8", "replace")))
    return fields


def _from_form(pairs: Pairs, schema: Schema, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """The object that the fields of a form stand for.

    A repeated field is a list where the schema has one, and `a[b]` is the member `b` of an object `a`.
    """
    result: dict[str, Any] = {}
    for sent, value in pairs:
        name, _, inner = sent.partition("[")
        bare = sent.removesuffix("[]") if member(schema, sent, schemas) is None else sent
        declared = member(schema, bare, schemas)
        if _is_type(declared, "array", schemas):
            result.setdefault(bare, [])
            result[bare] += _list_in_field(value)
        elif inner.endswith("]") and _is_type(member(schema, name, schemas), "object", schemas):
            result.setdefault(name, {})[inner[:-1]] = value
        elif _is_type(declared, "object", schemas):
            result[sent] = _json_in_field(value)
        else:
            result[sent] = value
    return result


def _list_in_field(value: Any) -> list[Any]:
    parsed = _json_in_field(value)
    return parsed if isinstance(parsed, list) else [value]


def _json_in_field(value: Any) -> Any:
    """The JSON that a field holds, as clients write objects into forms; else the text itself."""
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return loads(value.encode("utf-8", "replace"))
    except (MalformedError, UndecodableError):
        return value


def _from_xml(body: bytes, schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """The value that an XML document stands for. Raises ValueError for a text that is no such document."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        # Entities can expand to gigabytes and name files of this machine.
        raise ValueError("document types are not read")
    try:
        return _xml_value(Xml.fromstring(body), schema, schemas)  # noqa: S314 - entities are refused above
    except Xml.ParseError as error:
        raise ValueError(str(error)) from error


def _xml_value(element: Xml.Element, schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    if _is_type(schema, "array", schemas):
        return [_xml_value(child, _items(schema, schemas), schemas) for child in element]
    if not _is_type(schema, "object", schemas):
        return element.text or ""
    result: dict[str, Any] = dict(element.attrib)
    names = {_element_name(schema, name, schemas): name for name in declared_members(schema, schemas)}
    for child in element:
        tag = child.tag.rpartition("}")[2]
        name = names.get(tag, tag)
        declared = member(schema, name, schemas)
        if _is_type(declared, "array", schemas) and not _is_wrapped(declared, schemas):
            result.setdefault(name, []).append(_xml_value(child, _items(declared, schemas), schemas))
        else:
            result[name] = _xml_value(child, True if declared is None else declared, schemas)
    return result


def _element_name(schema: Schema, name: str, schemas: Mapping[str, Schema]) -> str:
    """The element that stands for a member: OpenAPI's `xml.name`, else the member's own name."""
    for part in parts(member(schema, name, schemas) or True, schemas):
        xml = part.get("xml")
        if isinstance(xml, Mapping) and xml.get("name"):
            return str(xml["name"])
    return name


def _is_wrapped(schema: Schema | None, schemas: Mapping[str, Schema]) -> bool:
    """Whether a list has an element of its own around its items (OpenAPI's `xml.wrapped`)."""
    return any(dict(part.get("xml") or {}).get("wrapped") is True for part in parts(schema or True, schemas))


def _items(schema: Schema | None, schemas: Mapping[str, Schema]) -> Schema:
    items: Schema | None = member(schema, 0, schemas) if schema is not None else None
    return True if items is None else items


def _is_type(schema: Schema | None, json_type: str, schemas: Mapping[str, Schema]) -> bool:
    """Whether a schema describes an "object" or an "array", if only by declaring what is in it."""
    if schema is None or not isinstance(follow(schema, schemas), Mapping):
        return False
    keyword = {"object": "properties", "array": "items"}.get(json_type, "")
    for part in parts(schema, schemas):
        types = types_of(part)
        if json_type in types or (not types and keyword in part):
            return True
    return False


def _element(name: str, value: Any) -> Xml.Element:
    element = Xml.Element(name)
    for child_name, child in _children(name, value):
        element.append(_element(child_name, child))
    if not isinstance(value, dict | list) and value is not None:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
    return element


def _children(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The elements inside one: an entry of a list has the list's name, as has a member that is a list."""
    if isinstance(value, list):
        yield from ((name, entry) for entry in value)
    if isinstance(value, dict):
        for member_name, item in value.items():
            if isinstance(item, list):
                yield from ((member_name, entry) for entry in item)
            else:
                yield member_name, item
