"""Bodies of any media type: read from a request, and written for a reply.

What only few bodies need is loaded with the first of them, because servers should start at once.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from mock_server.contract.brackets import Pairs, Schemas, from_fields
from mock_server.contract.json_text import dumps, is_json, loads
from mock_server.contract.operation import Schema
from mock_server.contract.schema import describes, entry_schema, member, parts, types_of
from mock_server.messages import Upload
from mock_server.sampling.media import bare_type, is_binary

JSON_PATCH = "application/json-patch+json"
"""The media type of RFC 6902."""

_WHOLE = re.compile(rb"\d\.0+(?![0-9])|\d[eE]")
"""A number that may be whole, in another notation than an integer's."""


def encode_body(value: Any, media_type: str, schema: Schema = True, schemas: Schemas | None = None) -> bytes:
    """A body of this media type: JSON, XML, CSV, bytes, or a text as it is.

    schema: of the value, which names the elements of XML. schemas: the components that it may refer to.
    """
    bare = bare_type(media_type)
    if is_json(bare) or "*" in bare:
        return dumps(value)
    if isinstance(value, str):
        return _encoded_text(value, bare)
    if bare.endswith("xml"):
        from mock_server.pipeline.xml_body import write_xml

        return write_xml(value, schema, schemas or {})
    if bare.endswith("csv") and isinstance(value, list | dict):
        return _csv(value if isinstance(value, list) else [value])
    return dumps(value)


def _encoded_text(value: str, bare: str) -> bytes:
    if is_binary(bare):
        try:
            # Bytes are represented by one character each.
            return value.encode("latin-1")
        except UnicodeEncodeError:
            pass
    return value.encode("utf-8", "replace")


def _csv(rows: list[Any]) -> bytes:
    """A table with a column for each member; values that are objects or lists are written as JSON."""
    import csv

    records = [row if isinstance(row, dict) else {"value": row} for row in rows]
    columns = list(dict.fromkeys(name for record in records for name in record))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for record in records:
        writer.writerow([_csv_cell(record.get(name)) for name in columns])
    return text.getvalue().encode()


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else dumps(value).decode()


def declared_media_type(sent: str, declared: Iterable[str]) -> str | None:
    """The declared media type that matches a Content-Type: the same one, a wildcard, or another JSON type."""
    declared = list(declared)
    bare = bare_type(sent)
    any_json = next((media_type for media_type in declared if is_json(media_type)), None)
    if not bare:
        return any_json or declared[0]
    for media_type in declared:
        if bare_type(media_type) == bare:
            return media_type
    main_type = bare.partition("/")[0]
    for media_type in declared:
        main, _, rest = bare_type(media_type).partition("/")
        if rest == "*" and main in {"*", main_type}:
            return media_type
    # What takes nothing but bytes takes a file of any type.
    if all(bare_type(media_type) == "application/octet-stream" for media_type in declared):
        return declared[0]
    return any_json if bare == "application/json" else None


def is_patch(content_type: str) -> bool:
    """Return whether a body is a JSON Patch (RFC 6902) or a merge patch (RFC 7396, or a variant of it)."""
    bare = bare_type(content_type)
    return bare == JSON_PATCH or bare.endswith("merge-patch+json")


def parse_body(body: bytes, content_type: str, schema: Schema, schemas: Schemas) -> tuple[Any, Upload | None]:
    """The value of a body, and the first file of a multipart form or the one that is the whole body.

    schema: of the value. schemas: the components that it may refer to. Raises ValueError, MalformedError or
    UndecodableError for a body that is not of its type.
    """
    if is_json(content_type):
        value = loads(body)
        return _with_whole_numbers(value, schema, schemas) if _WHOLE.search(body) else value, None
    bare = bare_type(content_type)
    if bare == "multipart/form-data":
        pairs, upload = _multipart_pairs(body, content_type)
        if pairs and not describes(schema, "object", schemas) and "string" in _types(schema, schemas):
            # The document describes the file alone, not the form that it is sent in.
            return pairs[0][1], upload
        return from_fields(pairs, schema, schemas), upload
    is_bytes = describes(schema, "string", schemas) and "binary" in _formats(schema, schemas)
    if is_binary(bare) or (is_bytes and not bare.endswith("xml")):
        upload = Upload("", len(body), bare, body.decode("latin-1"))
        return upload.content, upload
    return _parse_text(body, bare, schema, schemas), None


def _parse_text(body: bytes, bare: str, schema: Schema, schemas: Schemas) -> Any:
    """The value of a body in another media type than JSON and multipart. bare: the type."""
    if bare == "application/x-www-form-urlencoded":
        return from_fields(parse_qsl(body.decode("utf-8"), keep_blank_values=True), schema, schemas)
    if bare.endswith("xml"):
        from mock_server.pipeline.xml_body import read_xml

        return read_xml(body, schema, schemas)
    return body.decode("utf-8", "replace")


def _with_whole_numbers(value: Any, schema: Schema | None, schemas: Schemas) -> Any:
    """A value with 5 in place of 5.0 where the schema has an integer, as other languages need it."""
    if schema is None or schema is True:
        return value
    if isinstance(value, dict):
        return {
            name: _with_whole_numbers(item, member(schema, name, schemas), schemas)
            for name, item in value.items()
        }
    if isinstance(value, list):
        entries = entry_schema(schema, schemas)
        return [_with_whole_numbers(item, entries, schemas) for item in value]
    if isinstance(value, float) and value.is_integer():
        types = _types(schema, schemas)
        return int(value) if "integer" in types and "number" not in types else value
    return value


def _types(schema: Schema, schemas: Schemas) -> set[str]:
    return {name for part in parts(schema, schemas) for name in types_of(part)}


def _formats(schema: Schema, schemas: Schemas) -> set[Any]:
    return {part.get("format") for part in parts(schema, schemas)}


def _multipart_pairs(body: bytes, content_type: str) -> tuple[Pairs, Upload | None]:
    """The fields and files of a multipart form, files as texts, and what the first file is called.

    Raises ValueError for a body that is none.
    """
    from werkzeug.formparser import FormDataParser
    from werkzeug.http import parse_options_header

    media_type, options = parse_options_header(content_type)
    if not options.get("boundary"):
        raise ValueError("no boundary")
    parser = FormDataParser(silent=False)
    _stream, form, files = parser.parse(io.BytesIO(body), media_type, len(body), options)
    fields = [(name or "", value) for name, value in form.items(multi=True)]
    upload: Upload | None = None
    for name, file in files.items(multi=True):
        with file.stream as stream:
            content = stream.read()
        if upload is None and not is_json(file.mimetype):
            upload = Upload(file.filename or "", len(content), file.mimetype, content.decode("latin-1"))
        fields.append((name or "", content.decode("utf-8", "replace")))
    return fields, upload
