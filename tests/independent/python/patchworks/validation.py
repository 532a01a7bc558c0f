"""Laravel's reading and validation of request bodies."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import available_timezones

from starlette.requests import Request

from tests.independent.python.patchworks.store import Store
from tests.independent.python.serving import Choices

UNITS = ("second", "minute", "hour", "day")
MISSING = object()
REQUIRED = (
    "name",
    "authentication_implementation_id",
    "timezone",
    "date_format",
    "rate_limit_unit",
    "rate_limit_duration",
)
STRINGS = ("name", "authentication_implementation_id", "timezone", "date_format", "rate_limit_unit")
ON_STORE = ("session_id", "platform_app_key", "certificate_id")
NULLABLE = {"connection_pool_id", "session_id", "certificate_id"}


class Abort(Exception):
    """A refusal with a status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class ValidationFailed(Exception):
    """A refusal with messages for each field."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("The given data was invalid.")
        self.errors = errors

    @property
    def message(self) -> str:
        """Return the first message and how many more there are, as Laravel summarizes them."""
        messages = [message for field_messages in self.errors.values() for message in field_messages]
        others = len(messages) - 1
        if not others:
            return messages[0]
        errors = "errors" if others > 1 else "error"
        return f"{messages[0]} (and {others} more {errors})"


def clean(value: Any, choices: Choices) -> Any:
    """Trim strings and turn empty ones into null, as Laravel's global middleware does."""
    if isinstance(value, dict):
        return {name: clean(member, choices) for name, member in value.items()}
    if isinstance(value, list):
        return [clean(item, choices) for item in value]
    if isinstance(value, str) and choices["trimming"] == "on":
        value = value.strip()
    return None if value == "" and choices["empty_strings"] == "to_null" else value


async def read_input(request: Request, choices: Choices) -> dict[str, Any]:
    """Return the members of a JSON object or form; a body of another kind counts as empty."""
    content_type = request.headers.get("content-type", "")
    body = await request.body()
    if "json" in content_type:
        try:
            sent = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            if choices["malformed_json"] == "400":
                raise Abort(400, "The request body is not valid JSON.") from None
            sent = {}
    elif "x-www-form-urlencoded" in content_type:
        sent = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    else:
        sent = {}
    return clean(sent, choices) if isinstance(sent, dict) else {}


class Validator:
    """Collect the messages about one body, and the values that passed."""

    def __init__(self, sent: dict[str, Any], store: Store, company: str) -> None:
        self.sent = sent
        self.store = store
        self.choices = store.choices
        self.company = company
        self.errors: dict[str, list[str]] = {}
        self.valid: dict[str, Any] = {}

    def fail(self, name: str, rule: str) -> None:
        label = name.replace("_", " ")
        self.errors.setdefault(name, []).append(rule.format(label=label))

    def field(self, name: str, *, required: bool, rule: Callable[[str, Any], Any]) -> None:
        """Judge a field: required ones must not be empty, nullable ones may be null, others follow `rule`."""
        value = self.sent.get(name, MISSING)
        empty = value is MISSING or value is None or value == ""
        if required and empty:
            self.fail(name, "The {label} field is required.")
        elif value is None and name in NULLABLE:
            self.valid[name] = None
        elif value is not MISSING:
            self.valid[name] = rule(name, value)

    def string(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail(name, "The {label} field must be a string.")
        elif len(value) > 255:
            self.fail(name, "The {label} field must not be greater than 255 characters.")
        return value

    def integer(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and self.choices["numeric_strings"] == "accepted":
            value = int(value) if re.fullmatch(r"-?\d{1,9}", value) else value
        if type(value) is not int:
            self.fail(name, "The {label} field must be an integer.")
        elif name == "rate_limit_duration" and value < int(self.choices["least_duration"]):
            self.fail(name, f"The {{label}} field must be at least {self.choices['least_duration']}.")
        return value

    def boolean(self, name: str, value: Any) -> Any:
        if value not in (True, False, "1", "0", None):
            self.fail(name, "The {label} field must be true or false.")
        return value in (True, "1")

    def existing(self, name: str) -> None:
        """Judge references and enumerations, once the field is known to be a string."""
        value = self.valid.get(name)
        if value is None or name in self.errors:
            return
        certificate = self.store.certificates.get(value)
        rules = {
            "authentication_implementation_id": value in self.store.implementations,
            "rate_limit_unit": value in UNITS,
            "certificate_id": certificate is not None and certificate["company"] == self.company,
            "timezone": self.choices["timezones"] == "any" or value in available_timezones(),
        }
        if not rules[name]:
            self.fail(name, "The selected {label} is invalid.")

    def variables(self) -> None:
        sent = self.sent.get("variables", MISSING)
        if sent is MISSING:
            return
        if not isinstance(sent, list) or not all(isinstance(item, dict) for item in sent):
            self.fail("variables", "The {label} field must be an array.")
            return
        self.valid["variables"] = [
            self.variable(f"variables.{index}", item) for index, item in enumerate(sent)
        ]

    def variable(self, place: str, sent: dict[str, Any]) -> dict[str, Any]:
        if not sent.get("key") and not sent.get("id"):
            self.fail(f"{place}.key", "The {label} field is required.")
        pivot = sent.get("pivot")
        valid = self.members(place, sent, ("id", "key", "value", "label"), ("secret", "locked"))
        if isinstance(pivot, dict):
            valid["pivot"] = self.members(
                f"{place}.pivot", pivot, ("alias",), ("configurable", "required", "advanced")
            )
        elif pivot is not None:
            self.fail(f"{place}.pivot", "The {label} field must be an array.")
        return valid

    def members(
        self, place: str, sent: dict[str, Any], strings: tuple[str, ...], booleans: tuple[str, ...]
    ) -> dict[str, Any]:
        texts = {name: sent[name] for name in strings if name in sent}
        for name, value in texts.items():
            if value is not None:
                self.string(f"{place}.{name}", value)
        return texts | {
            name: self.boolean(f"{place}.{name}", sent[name]) for name in booleans if name in sent
        }


def validate(sent: dict[str, Any], store: Store, company: str, *, storing: bool) -> dict[str, Any]:
    """Return the values of a body that passes the rules of store or update, or raise ValidationFailed."""
    validator = Validator(sent, store, company)
    for name in STRINGS:
        present = storing or name in sent
        validator.field(name, required=present and name in REQUIRED, rule=validator.string)
    for name in ON_STORE if storing else ("type",):
        validator.field(name, required=False, rule=validator.string)
    needs_duration = storing or "rate_limit_duration" in sent
    validator.field("rate_limit_duration", required=needs_duration, rule=validator.integer)
    validator.field("connection_pool_id", required=False, rule=validator.integer)
    validator.variables()
    for name in ("authentication_implementation_id", "rate_limit_unit", "certificate_id", "timezone"):
        validator.existing(name)
    if validator.errors:
        raise ValidationFailed(validator.errors)
    return validator.valid
