"""Refusals in the shape each operation declares for them: the spec's own error schemas, filled with the real
fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from mock_server.contract.operation import Operation, Response, Schema
from mock_server.contract.plan import json_content
from mock_server.errors import fastapi, laravel, problem_json
from mock_server.errors.api_error import ApiError
from mock_server.errors.dialect import Dialect, Wire
from mock_server.inference.envelopes import plain
from mock_server.inference.error_bodies import ErrorBodies, phrase, status_of, told
from mock_server.sampling.headers import sampled_headers
from mock_server.sampling.sampler import Sampler


@dataclass(frozen=True, slots=True)
class DeclaredErrors:
    """Renders refusals of one contract.

    sampler: of that contract. invalid: the usual status for broken rules.
    """

    sampler: Sampler
    invalid: int

    def render(self, error: ApiError, operation: Operation) -> Wire:
        """The refusal as the operation declares it; problem details (RFC 9457) where it says nothing of a
        body."""
        status = status_of(error, operation, invalid=self.invalid)
        declared = operation.response(status)
        headers = {
            **sampled_headers(self.sampler, declared, operation.id),
            **_usual_headers(error, status, operation, self.sampler),
        }
        if declared is None or not declared.content:
            wire = problem_json.render(error)
            body = {**wire.body, "status": status, "title": phrase(status)}
            return Wire(status, headers, body, media_type="application/problem+json")
        kind, schema = _spoken(declared)
        if "json" not in kind and kind != "*/*":
            return Wire(
                status, headers, self.sampler.valid_value(schema, ("error", operation.id), told(error)), kind
            )
        return Wire(
            status,
            headers,
            self._body(error, status, schema, operation),
            kind.replace("*/*", "application/json"),
        )

    def _body(self, error: ApiError, status: int, schema: Schema, operation: Operation) -> Any:
        """A platform's own words where the schema is that platform's, else the schema's members by their
        names."""
        members = plain(schema, self.sampler.contract.schemas).properties
        for platform in (fastapi.render, laravel.render):
            body = platform(error).body
            if (
                body.keys() <= members.keys()
                and self._is_dialect(members)
                and self.sampler.holds(schema, body)
            ):
                return body
        filled = ErrorBodies(self.sampler.contract.schemas, error, status).body(schema)
        return self.sampler.valid_value(schema, ("error", operation.id, status), filled)

    def _is_dialect(self, members: Mapping[str, Schema]) -> bool:
        schemas = self.sampler.contract.schemas
        if set(members) == {"detail"}:
            return True
        return (
            set(members) == {"message", "errors"} and plain(members["errors"], schemas).json_type == "object"
        )


def dialect(sampler: Sampler) -> Dialect:
    """The dialect of a contract whose spec declares its own errors."""
    declared = [code for operation in sampler.contract.operations.values() for code in operation.responses]
    invalid = 422 if declared.count("422") >= declared.count("400") else 400
    refusals = DeclaredErrors(sampler, invalid)
    return replace(
        problem_json.PROBLEM_JSON, name="declared", order="declared", render_declared=refusals.render
    )


def _spoken(declared: Response) -> tuple[str, Schema]:
    """The media type a refusal is written in: problem details where they are declared, else as a reply."""
    for kind, schema in declared.content.items():
        if "problem+json" in kind:
            return kind, schema
    return json_content(declared.content)


def _usual_headers(error: ApiError, status: int, operation: Operation, sampler: Sampler) -> dict[str, str]:
    headers = dict(error.headers)
    if status == HTTPStatus.UNAUTHORIZED:
        kinds = [
            sampler.contract.schemes[name].carrier
            for requirement in operation.security
            for name in requirement
        ]
        challenge = 'Basic realm="api"' if kinds and kinds[0] == "basic" else "Bearer"
        headers.setdefault("WWW-Authenticate", challenge)
    return headers
