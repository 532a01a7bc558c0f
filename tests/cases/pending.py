"""Tests of what the mock does not do yet, by name, with the reason. Their failure is expected."""

from __future__ import annotations

_LATER = "state as an API's developers know it is not inferred yet"

PENDING = {
    **dict.fromkeys(
        (),
        _LATER,
    ),
}
