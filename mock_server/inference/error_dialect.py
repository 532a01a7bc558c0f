"""The error dialect of inferred contracts: the spec's own error schemas, filled with the actual error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from mock_server.contract.operation import Contract, DocumentedResponse, Operation, Schema
from mock_server.contract.plan import json_content
from mock_server.errors import fastapi, laravel, problem_json
from mock_server.errors.api_error import ApiError
from mock_server.errors.dialect import Dialect, Wire
from mock_server.inference.error_bodies import ErrorBodies, Texts, message_of, phrase, status_of, texts_of
from mock_server.sampling.headers import response_headers
from mock_server.sampling.media import concrete_type
from mock_server.sampling.sampler import Sampler
from mock_server.sampling.shapes import plain_shape


@dataclass(frozen=True, slots=True)
class DeclaredErrors:
    """Renders the errors of one contract.

    sampler: of that contract. invalid: the contract's usual status for invalid input. usual: what describes
    the errors of the contract where an operation declares nothing of a status; None if nothing does.
    constant: the texts that all documented errors share.
    """

    sampler: Sampler
    invalid: int
    usual: DocumentedResponse | None
    constant: Texts

    def render(self, error: ApiError, operation: Operation) -> Wire:
        """Render an error as the operation declares it, without a body as problem details (RFC 9457)."""
        status = status_of(error, operation, invalid=self.invalid)
        declared = operation.response(status)
        if declared is operation.response(operation.success()):
            # A `default` that is the only success describes no error.
            declared = None
        headers = {
            **response_headers(self.sampler, declared, operation.id, status=status),
            **_usual_headers(error, status, operation, self.sampler),
        }
        is_own = declared is not None
        if declared is None:
            declared = self.usual
        if declared is None or not declared.content:
            wire = problem_json.render(error)
            body = {**wire.body, "status": status, "title": phrase(status)}
            return Wire(status, headers, body, media_type="application/problem+json")
        media_type, schema = _preferred_content(declared)
        # The codes of another operation's errors are about its own records.
        shown = texts_of(declared.examples.get(media_type, {}).values()) if is_own else {}
        if schema in (True, {}) and self.usual is not None:
            # An example without a schema is one of the contract's usual errors.
            schema = _preferred_content(self.usual)[1]
        if "json" not in media_type and media_type != "*/*":
            text = self.sampler.valid_value(schema, ("error", operation.id), message_of(error))
            return Wire(status, headers, text, media_type)
        body = self._body(error, status, schema, operation, shown)
        return Wire(status, headers, body, concrete_type(media_type))

    def _body(self, error: ApiError, status: int, schema: Schema, operation: Operation, shown: Texts) -> Any:
        """FastAPI's or Laravel's body if the schema is theirs, else a body filled by the members' names."""
        members = plain_shape(schema, self.sampler.contract.schemas).properties
        if self._is_platforms(members):
            for render in (fastapi.render, laravel.render):
                body = render(error).body
                if body.keys() <= members.keys() and self.sampler.holds(schema, body):
                    return body
        bodies = ErrorBodies(self.sampler.contract.schemas, error, status, shown, self.constant)
        filled = bodies.body(schema)
        return self.sampler.valid_value(schema, ("error", operation.id, status), filled)

    def _is_platforms(self, members: Mapping[str, Schema]) -> bool:
        """Whether an error body has the members of FastAPI's or of Laravel's."""
        if set(members) == {"detail"}:
            return True
        if set(members) != {"message", "errors"}:
            return False
        return plain_shape(members["errors"], self.sampler.contract.schemas).json_type == "object"


def dialect(sampler: Sampler) -> Dialect:
    """Return the dialect of a contract whose spec declares its own errors."""
    declared = [code for operation in sampler.contract.operations.values() for code in operation.responses]
    # A document that declares its errors by `default` alone distinguishes no unprocessable content.
    errors_declared = {code for code in declared if code[:1] not in {"1", "2", "3"}}
    invalid = 400 if errors_declared == {"default"} or declared.count("400") > declared.count("422") else 422
    errors = DeclaredErrors(sampler, invalid, _one_error(sampler.contract), _constant_texts(sampler.contract))
    # Of the shapes of errors, only the `loc` of FastAPI can be told from members of a document's own.
    return replace(
        problem_json.PROBLEM_JSON,
        name="declared",
        order="declared",
        coercion=replace(problem_json.PROBLEM_JSON.coercion, nested=True),
        render_declared=errors.render,
        places=fastapi.places,
    )


def _one_error(contract: Contract) -> DocumentedResponse | None:
    """The response whose schema most errors of a contract have, None if no schema describes more than half.

    A schema that stands at 422 alone describes validation errors and no others.
    """
    found: dict[str, list[tuple[str, DocumentedResponse]]] = {}
    for operation in contract.operations.values():
        success = operation.response(operation.success())
        for status, response in operation.responses.items():
            is_error = status[:1] in {"4", "5"} or (status == "default" and response is not success)
            if is_error and response.content and "json" in _preferred_content(response)[0]:
                schema = _preferred_content(response)[1]
                found.setdefault(repr(schema), []).append((status, response))
    everywhere = sum(map(len, found.values()))
    for uses in found.values():
        if 2 * len(uses) > everywhere and {status for status, _ in uses} != {"422"}:
            return uses[0][1]
    return None


def _constant_texts(contract: Contract) -> Texts:
    """The texts that stand at one place in the examples of several errors, the same in all of them."""
    responses = [
        response
        for operation in contract.operations.values()
        for status, response in operation.responses.items()
        if status[:1] in {"4", "5"}
    ]
    examples = [
        example for each in responses for named in each.examples.values() for example in named.values()
    ]
    together = texts_of(examples)
    counted = Counter(path for example in examples for path in texts_of([example]))
    return {path: texts for path, texts in together.items() if len(texts) == 1 and counted[path] > 1}


def _preferred_content(declared: DocumentedResponse) -> tuple[str, Schema]:
    """The media type of an error, with its schema: problem details if declared, else as for other replies."""
    for media_type, schema in declared.content.items():
        if "problem+json" in media_type:
            return media_type, schema
    return json_content(declared.content)


def _usual_headers(error: ApiError, status: int, operation: Operation, sampler: Sampler) -> dict[str, str]:
    headers = dict(error.headers)
    if status == HTTPStatus.UNAUTHORIZED:
        schemes = [name for requirement in operation.security for name in requirement]
        first_carrier = sampler.contract.schemes[schemes[0]].carrier if schemes else None
        challenge = 'Basic realm="api"' if first_carrier == "basic" else "Bearer"
        headers.setdefault("WWW-Authenticate", challenge)
    return headers
