"""The form for faults: the fields of every fault kind, and presets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mock_server.faults.fault import SHARED_SCHEMAS, Argument, Fault
from mock_server.faults.registry import fault_kinds

PRESETS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("Slow: 2 s", {"kind": "latency", "form_latency": "FixedLatencyFault", "fixed_ms": 2000}),
    ("Jittery network", {"kind": "latency", "form_latency": "LognormalLatencyFault"}),
    ("Every third fails", {"kind": "unavailable", "when.every": 3}),
    ("Rate limit 5 / min", {"kind": "rate_limit", "limit": 5, "window_seconds": 60}),
    ("Connection reset", {"kind": "reset"}),
    ("HTML instead of JSON", {"kind": "html_page"}),
    ("Member missing", {"kind": "missing_member"}),
)
"""Labels and field values of presets. The field `form_<kind>` selects one of the forms of a kind."""


def fault_label(kind: str) -> str:
    """The label of a fault kind; its name if it is unknown or has no label."""
    fault = fault_kinds().get(kind)
    return (fault.label if fault else "") or kind


def fault_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """The groups of a list of fault kinds: heading, and name and label of each kind."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind, fault in fault_kinds().items():
        groups.setdefault(fault.group, []).append((kind, fault_label(kind)))
    return list(groups.items())


def fault_forms() -> list[dict[str, Any]]:
    """The kinds that have fields, each with its forms: label, schema name and fields."""
    offered = ((kind, _offered(fault)) for kind, fault in fault_kinds().items())
    return [{"kind": kind, "forms": forms} for kind, forms in offered if forms]


def argument_words() -> dict[str, str]:
    """Argument → the description of its value, with {} as the placeholder."""
    forms = [form for fault in fault_kinds().values() for form in fault.forms]
    arguments = [argument for form in forms for argument in form.arguments]
    return {argument.name: argument.words or f"{argument.name} {{}}" for argument in arguments}


def _offered(fault: type[Fault]) -> list[dict[str, Any]]:
    forms = [
        {"schema": form.schema, "label": form.label, "fields": list(_fields(form.arguments))}
        for form in fault.forms
    ]
    return [form for form in forms if form["fields"]]


def _fields(arguments: Iterable[Argument], before: str = "") -> Iterator[dict[str, Any]]:
    """A field for each argument with a label; for an argument that is an object, its members."""
    for argument in arguments:
        yield from _fields(argument.members, f"{before}{argument.name}.")
        if argument.label:
            yield {"name": before + argument.name, "argument": argument, **_input(argument.schema)}


def _input(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The type of a field, and the step and bounds of a number."""
    if "$ref" in schema:
        schema = SHARED_SCHEMAS[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") not in {"integer", "number"}:
        return {"type": "numbers" if schema.get("type") == "array" else "text"}
    step = None if schema["type"] == "integer" else "any"
    return {"type": "number", "step": step, "low": schema.get("minimum"), "high": schema.get("maximum")}
