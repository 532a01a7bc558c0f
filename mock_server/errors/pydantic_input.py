"""What pydantic v2 takes for a number, a boolean or a UUID when it validates leniently, as FastAPI does
(measured)."""

from __future__ import annotations

import math
import re
from typing import Any

from mock_server.contract.coercion import Coercion

_INTEGER = re.compile(r"[+-]?[0-9]+(?:_[0-9]+)*(?:\.0+)?", re.ASCII)
_DASHED = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_UUID = re.compile(
    rf"(?P<bare>[0-9a-fA-F]{{32}}|{_DASHED})|\{{(?P<braced>{_DASHED})\}}|urn:uuid:(?P<urn>{_DASHED})"
)
_WORDS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}
LONGEST_INTEGER = 4300
_GROUPS = (8, 4, 4, 4, 12)


def integer(value: Any) -> Any:
    """Digits with sign, blanks around, underscores between, or a fraction of zero; whole floats; booleans."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= LONGEST_INTEGER and _INTEGER.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0].replace("_", ""))
    return value


def number(value: Any) -> Any:
    """Whatever reads as a finite decimal number; booleans."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            read = float(value)
        except ValueError:
            return value
        return read if math.isfinite(read) else value
    return value


def boolean(value: Any) -> Any:
    """The usual words for yes and no in any case, 0 and 1."""
    if isinstance(value, str):
        return _WORDS.get(value.lower(), value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value in (0, 1):
        return bool(value)
    return value


def uuid(value: Any) -> Any:
    """A UUID dashed, undashed, in braces or as a URN becomes the dashed form in lower case."""
    found = _UUID.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    digits = (found["bare"] or found["braced"] or found["urn"]).replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def uuid_fault(text: str) -> str:
    """Why a text is no UUID: the first odd character, else the length, the number of groups, or a group's
    length."""
    inner, offset = text, 0
    if text.startswith("{") and text.endswith("}") and len(text) > 1:
        inner, offset = text[1:-1], 1
    elif text.startswith("urn:uuid:"):
        inner, offset = text[9:], 9
    for index, character in enumerate(inner):
        if character not in "-0123456789abcdefABCDEF":
            return f"invalid character: found `{character}` at {index + offset}"
    groups = inner.split("-")
    if len(groups) == 1 and offset == 0:
        return f"invalid length: found {len(text)}"
    if len(groups) != len(_GROUPS):
        return f"invalid group count: expected 5, found {len(groups)}"
    for number_, (group, length) in enumerate(zip(groups, _GROUPS, strict=True)):
        if len(group) != length:
            return f"invalid group length in group {number_}: expected {length}, found {len(group)}"
    return "invalid UUID"


LENIENT = Coercion(leaves={"integer": integer, "number": number, "boolean": boolean, "uuid": uuid})
