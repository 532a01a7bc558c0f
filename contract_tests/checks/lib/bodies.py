"""Bodies with everything in them that a document shows, or that its schemas let a client set."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from contract_tests.checks.lib.records import is_marked, is_servers_own, shown_members
from contract_tests.checks.lib.values import NoOtherError, has_other_value, made_up_value
from contract_tests.generation.sample import UnsampleableError, sample
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.resources import Resource, Resources, resources_of
from contract_tests.openapi.schemas import Schema
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


def members_sent(contract: Contract, operation: Operation) -> set[str]:
    """The members that `rich_body` sends, as far as the document decides it."""
    if operation.body is None:
        return set()
    resources = resources_of(contract)
    found = {
        name
        for name in _settable(resources, operation)
        if _names_another(resources, operation, name) is not None or has_other_value(operation, name)
    }
    for shown in (_smallest(operation.body.schema), *operation.body.examples.values()):
        held = shown if isinstance(shown, Mapping) else {}
        found |= {name for name, value in held.items() if value is not None}
    return found


def _smallest(schema: Schema) -> Any:
    """The smallest body that a schema accepts, None where none can be made."""
    try:
        return sample(schema, random.Random(0))  # noqa: S311 - repeatable on purpose
    except UnsampleableError:
        return None


def _optional_members(session: Session, operation: Operation) -> dict[str, Any]:
    """Made up numbers, truth values and free texts, and things made for a member that names one."""
    found: dict[str, Any] = {}
    for name, schema in _settable(session.resources, operation).items():
        named = _names_another(session.resources, operation, name)
        if named is not None:
            found[name] = session.references.to(named, schema)
            continue
        with suppress(NoOtherError):
            found[name] = made_up_value(session.unique, name, schema, None)
    return found


def _settable(resources: Resources, operation: Operation) -> dict[str, Schema]:
    """The members of a creation's body that a client may set.

    Empty where the document has one schema for what is sent and what is shown: then no part of it says which
    members these are.
    """
    resource = resources.creating(operation)
    if operation.body is None or resource is None:
        return {}
    members = operation.body.schema.properties
    shown = shown_members(operation, resource) or shown_members(resource.read, resource)
    if all(name in members and not is_marked(schema, "readOnly") for name, schema in shown.items()):
        return {}
    return {
        name: schema
        for name, schema in members.items()
        if not is_marked(schema, "readOnly") and not is_servers_own(operation, name, schema, resource)
    }


def _names_another(resources: Resources, operation: Operation, name: str) -> Resource | None:
    """The resource of which a member names one that can be made; None for other members."""
    named = resources.referred_to(name)
    is_list = operation.body is not None and "array" in operation.body.schema.properties[name].types
    return None if named is None or is_list or named.create in (None, operation) else named
