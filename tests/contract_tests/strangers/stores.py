"""Small servers of documents that are not ours, in this process, and what a run says of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from contract_tests.engine.runner import run
from contract_tests.engine.selection import Selection
from contract_tests.requirements.results import Outcome
from contract_tests.target.target_file import ContractTarget, Target
from contract_tests.verdicts import Verdict

Answer = tuple[int, Any]
"""A status and a body: JSON, bytes as they are, or None for no body."""


class Call:
    """A request as a server sees it."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ["PATH_INFO"]
        self.parts: list[str] = self.path.split("/")[1:]
        self.query: list[tuple[str, str]] = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        self.media_type: str = environ.get("CONTENT_TYPE", "").partition(";")[0]
        self.content: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.authorization: str = environ.get("HTTP_AUTHORIZATION", "")
        self.cookie: str = environ.get("HTTP_COOKIE", "")

    @property
    def json(self) -> Any:
        """The body, None where it is not JSON."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None


class Server:
    """A WSGI application around a function from a call to an answer; it keeps the calls."""

    def __init__(self, answer: Callable[[Call], Answer]) -> None:
        self._answer = answer
        self.calls: list[Call] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        call = Call(environ)
        self.calls.append(call)
        status, body = self._answer(call)
        content = b"" if body is None else body
        if not isinstance(content, bytes):
            content = json.dumps(body).encode()
        headers = [("Content-Type", "application/json")] if content else []
        start_response(f"{status} Said", headers)
        return [content]

    def heard(self, method: str, path: str) -> list[Call]:
        """The calls of a method on a path."""
        return [call for call in self.calls if (call.method, call.path) == (method, path)]


def always(status: int, body: Any) -> Callable[[Call], Answer]:
    """The same answer to every call."""

    def answer(call: Call) -> Answer:
        del call
        return status, body

    return answer


def judged(
    folder: Path, document: Mapping[str, Any], server: Server, *, only: str = "*", **target: Any
) -> dict[str, Outcome]:
    """The outcomes of a quick run, by requirement id without the contract's name."""
    spec = folder / "stranger.json"
    spec.write_text(json.dumps(document), encoding="utf-8")
    made = ContractTarget(wsgi=server, spec=spec, **target)
    result = run(
        Target(contracts={"stranger": made}), selection=Selection(requirements=(f"stranger.{only}",))
    )
    return {each.requirement.id.removeprefix("stranger."): each for each in result.outcomes}


def broken(outcomes: Mapping[str, Outcome]) -> list[str]:
    """What failed, warned or errored, each with what was received."""
    bad = {Verdict.FAILED, Verdict.WARNING, Verdict.ERRORED}
    return [
        f"{name}: {each.finding.received if each.finding else each.reason}"
        for name, each in outcomes.items()
        if each.verdict in bad
    ]


def document(paths: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """An OpenAPI document of some paths."""
    return {"openapi": "3.1.0", "info": {"title": "Stranger", "version": "1"}, "paths": paths, **more}


def operation(
    name: str, *statuses: int, answer: Any = None, body: Any = None, path: str = "", **more: Any
) -> dict[str, Any]:
    """An operation. answer: the schema of its first status. body: that of its JSON request.
    path: the names of its path parameters, separated by blanks."""
    responses: dict[str, Any] = {str(status): {"description": "said"} for status in statuses}
    if answer is not None:
        responses[str(statuses[0])]["content"] = {"application/json": {"schema": answer}}
    node: dict[str, Any] = {"operationId": name, "responses": responses, **more}
    if body is not None:
        node["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if path:
        node["parameters"] = [
            *(
                {"name": each, "in": "path", "required": True, "schema": {"type": "string"}}
                for each in path.split()
            ),
            *more.get("parameters", ()),
        ]
    return node
