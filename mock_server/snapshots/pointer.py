"""Places inside a JSON document."""

from __future__ import annotations

from collections.abc import Iterable


def pointer(path: Iterable[str | int]) -> str:
    """The JSON Pointer (RFC 6901) of a path; the empty text for the document itself."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
