"""Generate the headers that a response declares."""

from __future__ import annotations

from typing import Any

from mock_server.contract.operation import DocumentedResponse
from mock_server.sampling.sampler import Sampler


def sampled_headers(
    sampler: Sampler, declared: DocumentedResponse | None, operation_id: str
) -> dict[str, str]:
    """Return a value for every declared header except Content-Type, which follows from the body."""
    headers: dict[str, str] = {}
    for name, schema in declared.headers.items() if declared else ():
        if name != "content-type":
            value = sampler.valid_value(schema, (operation_id, "header", name))
            headers[header_name(name)] = header_text(value)
    return headers


def header_name(name: str) -> str:
    """Return a header's name in its usual capitalisation, e.g. "Retry-After"."""
    return "-".join(word.capitalize() for word in name.split("-"))


def header_text(value: Any) -> str:
    """Serialise a header's value in `simple` style."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(header_text, value))
    if isinstance(value, dict):
        return ",".join(f"{name},{header_text(item)}" for name, item in value.items())
    return str(value)
