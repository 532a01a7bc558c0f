"""Turns what a check asks for into a complete request: path values, query, headers, body and credential."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any, Final

from contract_tests.generation.valid import ValidInputs
from contract_tests.openapi.contract import Operation
from contract_tests.openapi.encoding import UnwritableError, content_type, query_pairs, text
from contract_tests.openapi.encoding import content as written
from contract_tests.openapi.operation import is_json
from contract_tests.session.client import path_of
from contract_tests.session.fixtures import Fixtures
from contract_tests.session.request import Request
from contract_tests.target.target_file import ContractTarget
from contract_tests.verdicts import Skipped


class Default(Enum):
    """Stands for a credential that is not given: the first of the target that may make the call."""

    CREDENTIAL = "default"


class Prepared(Enum):
    """Stands for a body that is not given: a valid one."""

    BODY = "prepared"


DEFAULT: Final = Default.CREDENTIAL
PREPARED: Final = Prepared.BODY


class RequestBuilder:
    """Builds requests, filling in valid values for what is not given."""

    def __init__(self, target: ContractTarget, fixtures: Fixtures, valid: ValidInputs) -> None:
        self._target = target
        self._fixtures = fixtures
        self._valid = valid

    def path_values(self, operation: Operation, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """A value for each path parameter: the given one, else the known one.

        Raises Skipped without either.
        """
        values: dict[str, Any] = {}
        for name in operation.path_parameters:
            if given is not None and name in given:
                values[name] = given[name]
            elif name == operation.makes:
                values[name] = self._valid.path_value(operation, name)
            else:
                values[name] = self._fixtures.known(name, operation.path)
        return values

    def build(
        self,
        operation: Operation,
        *,
        path: Mapping[str, Any],
        query: Mapping[str, Any],
        headers: Mapping[str, str],
        body: Any,
        content: bytes | None,
        credential: str | Default | None,
        without: Collection[str],
        alone: bool = False,
    ) -> Request:
        """The request; the parameters are those of `Session.call`, `path` complete.

        Raises Skipped when the target has no credential for the call or no valid input can be made.
        """
        label = self.default_credential(operation, path) if credential is DEFAULT else credential
        raw = self._content(operation, body) if content is None else content
        query_values = {**self._valid.query(operation, without=without), **query}
        return Request(
            operation=operation.id,
            method=operation.method,
            path=path_of(operation, path),
            query=query_pairs(
                operation, {name: value for name, value in query_values.items() if name not in without}
            ),
            headers=self._headers(operation, raw, headers, without),
            content=raw,
            credential=label,
            alone=alone,
        )

    def default_credential(self, operation: Operation, path: Mapping[str, Any]) -> str | None:
        """The label of the first valid credential that may make this call; None where none is needed and none
        fits. Where the document never says what needs one, the first of all.

        Raises Skipped when the operation needs one and the target has none.
        """
        for label, credential in self._target.valid_credentials().items():
            if credential.suffices(operation) and credential.admits(path):
                return label
        for label, credential in self._target.valid_credentials().items():
            if credential.admits(path) and self._target.sent_beside(label, operation):
                return label
        if operation.takes_any:
            return next(iter(self._target.valid_credentials()), None)
        if operation.is_open:
            return None
        needs = " or ".join(" ".join([*each, *sum(each.values(), ())]) for each in operation.security)
        raise Skipped(f"the target has no credential that may call {operation.id} ({needs})")

    def _content(self, operation: Operation, body: Any) -> bytes | None:
        value = self._valid.body(operation) if body is PREPARED else body
        if value is None:
            return None
        try:
            return written(operation.content, value)
        except UnwritableError as error:
            raise Skipped(f"the body of {operation.id}: {error}; give bodies.{operation.id}") from error

    def _headers(
        self, operation: Operation, content: bytes | None, given: Mapping[str, str], without: Collection[str]
    ) -> list[tuple[str, str]]:
        plain = {"accept": _accepted(operation)}
        if content is not None:
            plain["content-type"] = content_type(operation.content)
        cookies = "; ".join(f"{name}={value}" for name, value in self._valid.cookies(operation).items())
        if cookies:
            plain["cookie"] = cookies
        prepared = self._valid.headers(operation, without=without)
        every = {**plain, **{name.lower(): text(value) for name, value in {**prepared, **given}.items()}}
        left_out = {name.lower() for name in without}
        return [(name, value) for name, value in every.items() if name not in left_out]


def _accepted(operation: Operation) -> str:
    """The Accept header (RFC 9110 section 12.5.1): JSON first, and anything else where the document names
    other media types too, one of which a query value may choose."""
    documented = [media for response in operation.responses.values() for media in response.bodies]
    return "application/json" if all(map(is_json, documented)) else "application/json, */*;q=0.5"
