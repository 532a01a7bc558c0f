"""Arazzo 1.0 runtime expressions: what `$inputs.x`, `$steps.a.outputs.b`, `$response.body#/id` mean."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from contract_tests.openapi.pointers import at, member

_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
_WHOLE = re.compile(
    r"^\$(?:statusCode|url|method|(?:request|response|inputs|outputs|steps|workflows|sourceDescriptions)\.\S+)$"
)
_TAIL = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")


class ExpressionError(ValueError):
    """A runtime expression that means nothing; one that names something absent is None and no error."""


class StepResponse(Protocol):
    """What an answer must offer: header names in lower case, the body as parsed JSON or text."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case."""

    @property
    def body(self) -> Any:
        """Parsed JSON, text, or None where there is no body."""


@dataclass(frozen=True, slots=True)
class StepRequest:
    """What a step sent."""

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Scope:
    """Everything an expression can reach while one workflow runs."""

    inputs: Mapping[str, Any]
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    steps: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    workflows: dict[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    request: StepRequest | None = None
    response: StepResponse | None = None

    def value(self, expression: str) -> Any:
        """What `expression` stands for, None where that is absent; raises ExpressionError."""
        name, mark, pointer = expression.partition("#")
        root, _, rest = name.removeprefix("$").partition(".")
        found = self._root(root, rest, expression)
        return at(found, pointer) if mark else found

    def filled(self, template: Any) -> Any:
        """A copy of `template` with every expression in it replaced by its value.

        A string that is one expression becomes the value itself, whatever its type; `{$…}` becomes text.
        """
        if isinstance(template, dict):
            return {key: self.filled(item) for key, item in template.items()}
        if isinstance(template, list):
            return [self.filled(item) for item in template]
        if not isinstance(template, str):
            return template
        if _WHOLE.match(template):
            return self.value(template)
        return _EMBEDDED.sub(lambda match: as_text(self.value(match.group(1))), template)

    def filled_query(self, query: str) -> str:
        """A JSONPath query, its embedded expressions written as JSON, or as text inside quotes."""

        def written(match: re.Match[str]) -> str:
            value = self.value(match.group(1))
            around = query[match.start() - 1 : match.start()] + query[match.end() : match.end() + 1]
            return as_text(value) if around in ("''", '""') else json.dumps(value)

        return _EMBEDDED.sub(written, query)

    def _root(self, root: str, rest: str, expression: str) -> Any:
        if root in ("request", "response"):
            return self._message(root, rest, expression)
        if root in ("statusCode", "url", "method") and not rest:
            name = "status" if root == "statusCode" else root
            return getattr(self.response, name, None)
        named: dict[str, Mapping[str, Any]] = {
            "inputs": self.inputs,
            "outputs": self.outputs,
            "steps": {step: {"outputs": outputs} for step, outputs in self.steps.items()},
            "workflows": self.workflows,
            "sourceDescriptions": self.sources,
        }
        if root not in named or not rest:
            raise ExpressionError(f"{expression} is not a runtime expression")
        return walk(named[root], "." + rest)

    def _message(self, root: str, rest: str, expression: str) -> Any:
        parts = _answer_parts(self.response) if root == "response" else _request_parts(self.request)
        if rest.startswith("body"):
            return walk(parts.get("body"), rest.removeprefix("body"))
        kind, _, name = rest.partition(".")
        if kind not in ("header", "query", "path"):
            raise ExpressionError(f"{expression} is not a runtime expression")
        return parts.get(kind, {}).get(name.lower() if kind == "header" else name)


def _answer_parts(response: StepResponse | None) -> dict[str, Any]:
    return {} if response is None else {"header": response.headers, "body": response.body}


def _request_parts(request: StepRequest | None) -> dict[str, Any]:
    if request is None:
        return {}
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {"header": headers, "query": request.query, "path": request.path, "body": request.body}


def walk(value: Any, tail: str) -> Any:
    """Follows `.name` and `[0]` into `value`; None where there is nothing."""
    for name, index in _TAIL.findall(tail):
        value = member(value, name or index)
    return value


def as_text(value: Any) -> str:
    """A value as it reads inside a longer string."""
    return value if isinstance(value, str) else json.dumps(value)
