"""Bodies in XML: elements and attributes are named, and lists wrapped, as OpenAPI's `xml` says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as Xml

from mock_server.contract.brackets import Schemas
from mock_server.contract.operation import Schema
from mock_server.contract.schema import declared_members, describes, entry_schema, member, parts
from mock_server.sampling.shapes import component_name


def read_xml(body: bytes, schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """Return the value that an XML document stands for.

    Raises ValueError for any other text.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        # Entities can expand to gigabytes and name files of this machine.
        raise ValueError("document types are not read")
    try:
        return _xml_value(Xml.fromstring(body), schema, schemas)  # noqa: S314 - entities are refused above
    except Xml.ParseError as error:
        raise ValueError(str(error)) from error


def _xml_value(element: Xml.Element, schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    text = element.text or ""
    if not len(element) and text.strip():
        # A text where members or items are expected is left to the validation.
        return text
    if describes(schema, "array", schemas):
        return [_xml_value(child, entry_schema(schema, schemas), schemas) for child in element]
    if not describes(schema, "object", schemas):
        return text
    result: dict[str, Any] = dict(element.attrib)
    names = {_element_name(schema, name, schemas): name for name in declared_members(schema, schemas)}
    for child in element:
        tag = child.tag.rpartition("}")[2]
        name = names.get(tag, tag)
        declared = member(schema, name, schemas)
        if describes(declared, "array", schemas) and not _is_wrapped(declared, schemas):
            result.setdefault(name, []).append(_xml_value(child, entry_schema(declared, schemas), schemas))
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


def write_xml(value: Any, schema: Schema, schemas: Schemas) -> bytes:
    """Return an XML document for a value.

    It has the names, attributes and wrappers that the schema's `xml` gives.
    """
    root = _xml_options(schema, schemas).get("name") or component_name(schema) or "item"
    element = _element(str(root), value, schema, schemas)
    if isinstance(value, list):
        element = Xml.Element("items")
        element.extend(_entries(_entry_name(schema, str(root), schemas), value, schema, schemas))
    return bytes(Xml.tostring(element, encoding="utf-8", xml_declaration=True))


def _element(name: str, value: Any, schema: Schema, schemas: Schemas) -> Xml.Element:
    element = Xml.Element(name)
    if not isinstance(value, dict):
        element.text = _xml_text(value)
        return element
    for member_name, item in value.items():
        declared = member(schema, member_name, schemas)
        declared = True if declared is None else declared
        tag = _element_name(schema, member_name, schemas)
        if isinstance(item, list):
            entries = _entries(_entry_name(declared, tag, schemas), item, declared, schemas)
            if _is_wrapped(declared, schemas):
                Xml.SubElement(element, tag).extend(entries)
            else:
                element.extend(entries)
        elif _xml_options(declared, schemas).get("attribute") is True:
            element.set(tag, _xml_text(item))
        else:
            element.append(_element(tag, item, declared, schemas))
    return element


def _entries(name: str, values: list[Any], schema: Schema, schemas: Schemas) -> list[Xml.Element]:
    """The elements of a list, which all have the same name."""
    items = entry_schema(schema, schemas)
    return [_element(name, value, items, schemas) for value in values]


def _entry_name(schema: Schema, usual: str, schemas: Schemas) -> str:
    """The name of a list's entries: that of its items' schema, else of the list."""
    items = entry_schema(schema, schemas)
    return str(_xml_options(items, schemas).get("name") or usual)


def _xml_options(schema: Schema, schemas: Schemas) -> Mapping[str, Any]:
    """OpenAPI's `xml` of a schema; empty without one."""
    declared = (part["xml"] for part in parts(schema, schemas) if isinstance(part.get("xml"), Mapping))
    return next(declared, {})


def _xml_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # XML has no way to write control characters.
    return "" if value is None else re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", str(value))
