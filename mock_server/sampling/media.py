"""Bodies of media types other than JSON: small, valid images, documents, tables and archives.

A body of bytes is represented by a text with one character for each byte (Latin-1), which fits into records
and is checked like any string.
"""

from __future__ import annotations

import base64
import gzip
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache

_JPEG = (
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP////////////////////////////////////////////////////////////////////////"
    "//////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
_GIF = "R0lGODlhAQABAPAAAJnM/wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="
_WEBP = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA="
_SIDE = 32
"""Width and height of a generated image in pixels."""

_TEXTUAL = (
    "json",
    "xml",
    "yaml",
    "javascript",
    "x-www-form-urlencoded",
    "graphql",
    "csv",
    "html",
    "x-ndjson",
)
"""Endings of application types whose bodies are text."""


def is_binary(media_type: str) -> bool:
    """Whether bodies of a media type are bytes rather than text."""
    bare = bare_type(media_type)
    main, _, rest = bare.partition("/")
    if main in {"image", "audio", "video", "font"}:
        return not rest.endswith("xml")
    return main == "application" and not rest.endswith(_TEXTUAL) and rest != "*"


def bare_type(media_type: str) -> str:
    """Return a media type in lower case, without parameters."""
    return media_type.partition(";")[0].strip().lower()


@lru_cache(maxsize=256)
def concrete_type(media_type: str) -> str:
    """Return the media type that a range stands for: image/* is sent as image/png. Others are unchanged."""
    return _CONCRETE.get(bare_type(media_type), media_type)


def sample_of(media_type: str, shade: int) -> str | None:
    """Return a body of a media type, or None for one whose bodies come from the schema.

    shade: number that makes bodies differ.
    """
    sample = _SAMPLES.get(bare_type(concrete_type(media_type)))
    if sample is None:
        return _octets(shade) if is_binary(media_type) else None
    content = sample(shade)
    return content if isinstance(content, str) else content.decode("latin-1")


def _octets(shade: int) -> str:
    return bytes((shade * 7 + index * 31) % 256 for index in range(64)).decode("latin-1")


def _png(shade: int) -> bytes:
    """A gradient, uncompressed parts checked by CRC as the format asks."""
    row = b"".join(bytes((shade % 256, column * 8 % 256, 160)) for column in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for _ in range(_SIDE)), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def _bmp(shade: int) -> bytes:
    pixel = bytes((160, 120, shade % 256, 0))
    information = struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 24, 0, len(pixel), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixel), 0, 0, 54) + information + pixel


def _svg(shade: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SIDE}" height="{_SIDE}">'
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="hsl({shade % 360}, 60%, 60%)"/></svg>'
    )


def _pdf(shade: int) -> bytes:
    """One page with a line of text, and the table of its objects' positions."""
    text = f"BT /F1 24 Tf 72 720 Td (Document {shade % 1000}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    body, positions = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        positions.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % position for position in positions)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + trailer


def _zip(shade: int) -> bytes:
    import zipfile  # with three libraries of compression, which few servers need

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        # A fixed date: equal seeds give equal bytes.
        files.writestr(zipfile.ZipInfo("readme.txt", (2025, 1, 1, 0, 0, 0)), f"Archive {shade % 1000}\n")
    return archive.getvalue()


def _wav(shade: int) -> bytes:
    samples = bytes((128 + (index * (shade % 7 + 1)) % 32) for index in range(800))
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    return _riff(b"RIFF", b"WAVE" + _riff(b"fmt ", form) + _riff(b"data", samples))


def _riff(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def _html(shade: int) -> str:
    head = '<!doctype html>\n<html lang="en"><head><title>Page</title></head>'
    return f"{head}<body><p>{shade % 1000}</p></body></html>\n"


def _csv(shade: int) -> str:
    return f"id,name,amount\r\n1,first,{shade % 100}.50\r\n2,second,{shade % 70}.25\r\n"


def _xml(shade: int) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<item><id>{shade % 1000}</id></item>\n'


_SAMPLES: Mapping[str, Callable[[int], bytes | str]] = {
    "image/png": _png,
    "image/jpeg": lambda _shade: base64.b64decode(_JPEG),
    "image/jpg": lambda _shade: base64.b64decode(_JPEG),
    "image/gif": lambda _shade: base64.b64decode(_GIF),
    "image/webp": lambda _shade: base64.b64decode(_WEBP),
    "image/bmp": _bmp,
    "image/svg+xml": _svg,
    "application/pdf": _pdf,
    "application/zip": _zip,
    "application/gzip": lambda shade: gzip.compress(f"Content {shade % 1000}\n".encode(), mtime=0),
    "audio/wav": _wav,
    "text/html": _html,
    "text/csv": _csv,
    "application/csv": _csv,
    "application/xml": _xml,
    "text/xml": _xml,
}
"""Body by media type. Those that consist of text are used where the schema is a string."""

_CONCRETE: Mapping[str, str] = {
    "*/*": "application/json",
    "application/*": "application/json",
    "text/*": "text/plain",
    "image/*": "image/png",
    "audio/*": "audio/wav",
}
