"""What the console's form for faults offers: every kind with its fields, and presets."""

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
"""What the form's presets fill in, by field name. `form_<kind>` names one of a kind's forms."""


def fault_label(kind: str) -> str:
    """The words for a kind of fault; the name itself for a kind that is not known or has no words."""
    fault = fault_kinds().get(kind)
    return (fault.label if fault else "") or kind


def fault_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Headings, each with its kinds and their words, for a list of choices."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind, fault in fault_kinds().items():
        groups.setdefault(fault.group, []).append((kind, fault_label(kind)))
    return list(groups.items())


def fault_forms() -> list[dict[str, Any]]:
    """The fields of every kind that has any: its kind, and its forms with label, schema name and fields."""
    offered = ((kind, _offered(fault)) for kind, fault in fault_kinds().items())
    return [{"kind": kind, "forms": forms} for kind, forms in offered if forms]


def argument_words() -> dict[str, str]:
    """Argument → the words that tell its value, {} standing for it."""
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
    """One field for each argument with a label, an object's members after each other."""
    for argument in arguments:
        yield from _fields(argument.members, f"{before}{argument.name}.")
        if argument.label:
            yield {"name": before + argument.name, "argument": argument, **_input(argument.schema)}


def _input(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The type of a field, and step and bounds of a number."""
    if "$ref" in schema:
        schema = SHARED_SCHEMAS[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") not in {"integer", "number"}:
        return {"type": "numbers" if schema.get("type") == "array" else "text"}
    step = None if schema["type"] == "integer" else "any"
    return {"type": "number", "step": step, "low": schema.get("minimum"), "high": schema.get("maximum")}
