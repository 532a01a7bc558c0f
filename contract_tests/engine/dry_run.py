"""A dry run: the requests of a run are made and shown, and none leaves this process.

They go to an application that answers each with what the document shows of a success, so that a requirement
is carried on as far as such answers lead. A real run sends more: it follows the ids, pages and jobs that the
target answers with.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from contract_tests.generation.sample import UnsampleableError, sample
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.operation import Body
from contract_tests.openapi.templates import Templates
from contract_tests.target.connection import Connection
from contract_tests.target.target_file import Target


def rehearsed(target: Target, on_request: Callable[[str], None]) -> Target:
    """The same target with applications in this process in place of the implementations.

    on_request: called with the method and the address of each request.
    """
    contracts = {}
    for name, each in target.contracts.items():
        contract = target.contract(name)
        application = _Application(contract, each.base_url or contract.base_path, on_request)
        aside = {"base_url": None, "asgi": None, "connection": Connection()}
        at_once = {"wait_for": 0.0, "settle": 0.0, "deadline": 0.01}
        contracts[name] = each.model_copy(update={**aside, **at_once, "wsgi": application})
    return target.model_copy(update={"contracts": contracts})


class _Application:
    """Answers every operation with its first documented success."""

    def __init__(self, contract: Contract, base_url: str, on_request: Callable[[str], None]) -> None:
        self._templates = Templates(contract)
        self._base_path = contract.base_path
        self._base_url = base_url.rstrip("/")
        self._on_request = on_request
        self._random = random.Random(contract.name)  # noqa: S311 - made-up answers

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        below = path.removeprefix(self._base_path)
        question = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        method = environ["REQUEST_METHOD"]
        self._on_request(f"{method} {self._base_url}{unquote(below)}{question}")
        fitting = self._templates.fitting([unquote(part) for part in below.split("/")[1:]], method)
        operation = fitting[0].operation(method) if fitting else None
        status, media_type, content = self._answer(operation)
        headers = [("Content-Type", media_type)] if content else []
        start_response(f"{status} Documented", headers)
        return [content]

    def _answer(self, operation: Operation | None) -> tuple[int, str, bytes]:
        if operation is None or not operation.successes:
            return 404, "application/json", b""
        status = operation.successes[0]
        for body in operation.responses[str(status)].bodies.values():
            return status, body.media_type, self._content(body)
        return status, "", b""

    def _content(self, body: Body) -> bytes:
        for example in body.examples.values():
            return json.dumps(example).encode()
        try:
            return json.dumps(sample(body.schema, self._random)).encode()
        except UnsampleableError:
            return b"{}"
