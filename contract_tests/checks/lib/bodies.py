"""Bodies with everything in them that a document shows, or that its schemas let a client set."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from contract_tests.checks.lib.records import is_marked, is_servers_own, shown_members
from contract_tests.checks.lib.values import NoOtherError, made_up_value
from contract_tests.openapi.contract import Operation
from contract_tests.session.session import Session


def rich_body(session: Session, operation: Operation) -> Any:
    """A valid body with every optional member some documented example shows; where nothing is shown, with the
    optional members of which a valid value can be made, unless the server refused that before.
    """
    body = session.valid.body(operation)
    if not isinstance(body, dict) or operation.body is None:
        return body
    for example in operation.body.examples.values():
        if isinstance(example, Mapping):
            body = {**{name: value for name, value in example.items() if value is not None}, **body}
    if session.valid.is_made_up(operation) and operation.id not in session.context.bodies.without_optional:
        body = {**_optional_members(session, operation), **body}
    return body


def _optional_members(session: Session, operation: Operation) -> dict[str, Any]:
    """Made up numbers, truth values and free texts, and things made for a member that names one.

    Nothing where the document has one schema for what is sent and what is shown: then no part of it says
    which members a client may set.
    """
    resource = session.resources.creating(operation)
    if operation.body is None or resource is None:
        return {}
    members = operation.body.schema.properties
    shown = shown_members(operation, resource) or shown_members(resource.read, resource)
    if all(name in members and not is_marked(schema, "readOnly") for name, schema in shown.items()):
        return {}
    found: dict[str, Any] = {}
    for name, schema in members.items():
        if is_marked(schema, "readOnly") or is_servers_own(operation, name, schema, resource):
            continue
        named = session.resources.referred_to(name)
        if named is not None and named.create not in (None, operation) and "array" not in schema.types:
            found[name] = session.reference(named, schema)
            continue
        with suppress(NoOtherError):
            found[name] = made_up_value(session, name, schema, None)
    return found
