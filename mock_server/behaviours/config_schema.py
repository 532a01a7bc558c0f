"""Bodies judged by a record's own schema, such as what setting up a certain provider takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator

from mock_server.contract.validation import Check
from mock_server.errors.api_error import invalid


def check_configuration(body: Any, properties: Mapping[str, Any]) -> None:
    """A configuration needs every member its schema names, each of the named form; further members are
    welcome.

    properties: member → schema of its value. Raises ApiError (INVALID) with every member that is missing or
    wrong.
    """
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    violations = Check(Draft202012Validator(schema), schema, {}).violations(body, where="body")
    if violations:
        raise invalid(*violations)
