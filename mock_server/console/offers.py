"""The faults a page offers: every kind in words, and those that are wanted most often, ready to be set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FAULT_KINDS: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        "Late",
        {"latency": "Latency", "slow_body": "The body trickles"},
    ),
    (
        "Refused",
        {
            "status": "An error the operation documents",
            "rate_limit": "Too many requests (429)",
            "unavailable": "Service unavailable (503)",
        },
    ),
    (
        "Broken on the way",
        {
            "reset": "Connection reset",
            "truncate": "Body cut off",
            "invalid_json": "Body that is no JSON",
            "html_page": "A proxy's HTML error page",
        },
    ),
    (
        "Breaking the contract",
        {
            "missing_member": "A required member is missing",
            "null_member": "null where none is allowed",
            "wrong_type": "A value of another type",
            "extra_member": "A member nobody declared",
            "unknown_enum": "A value outside its list",
            "wrong_status": "A status nobody declared",
            "wrong_content_type": "Another content type",
        },
    ),
)
"""Kinds by what they do to a reply, each with the words of the choice."""

PRESETS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("Slow: 2 s", {"kind": "latency", "spread": "fixed", "fixed_ms": 2000}),
    ("Jittery network", {"kind": "latency", "spread": "lognormal"}),
    ("Every third fails", {"kind": "unavailable", "when.every": 3}),
    ("Rate limit 5 / min", {"kind": "rate_limit", "limit": 5, "window_seconds": 60}),
    ("Connection reset", {"kind": "reset"}),
    ("HTML instead of JSON", {"kind": "html_page"}),
    ("Member missing", {"kind": "missing_member"}),
)
"""What the form's quick choices fill in, by field name."""
