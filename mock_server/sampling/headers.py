"""The headers a response declares, made up and written."""

from __future__ import annotations

from typing import Any

from mock_server.contract.operation import Response
from mock_server.sampling.sampler import Sampler


def sampled_headers(sampler: Sampler, declared: Response | None, operation_id: str) -> dict[str, str]:
    """Every header a response declares but its Content-Type, which goes with the body."""
    return {
        header_name(name): header_text(sampler.answer(schema, (operation_id, "header", name)))
        for name, schema in (declared.headers.items() if declared else ())
        if name != "content-type"
    }


def header_name(name: str) -> str:
    """A header's name as people write it."""
    return "-".join(word.capitalize() for word in name.split("-"))


def header_text(value: Any) -> str:
    """A header's value as `simple` style writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(header_text, value))
    if isinstance(value, dict):
        return ",".join(f"{name},{header_text(item)}" for name, item in value.items())
    return str(value)
