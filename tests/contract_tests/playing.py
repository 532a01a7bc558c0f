"""The mock in this process, optionally with a planted defect: requirements must pass or detect it."""

from __future__ import annotations

import io
import json
import logging
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from contract_tests.engine.examination import examine
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.files import openapi_dir
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import Outcome
from contract_tests.response_checks.monitor import ResponseMonitor
from contract_tests.session.client import Client
from contract_tests.session.context import RunContext
from contract_tests.target.target_file import ContractTarget
from contract_tests.verdicts import Verdict
from mock_server.app import create_app
from mock_server.target_file import target_toml
from tests.defects.planting import healthy, settings_for


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on its way to the mock."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    environ: Mapping[str, Any] = field(repr=False)

    def on(self, method: str, end: str) -> bool:
        """Whether it is of that method and its path ends so."""
        return self.method == method and self.path.endswith(end)

    @property
    def json(self) -> Any:
        """The parsed body, or None."""
        return json.loads(self.body) if self.body else None

    def with_query(self, **changed: str | None) -> Asked:
        """The same with these query values, without those that are None."""
        query = {**self.query, **changed}
        return replace(self, query={name: value for name, value in query.items() if value is not None})

    def with_json(self, value: Any) -> Asked:
        """The same with another body."""
        return replace(self, body=json.dumps(value).encode())


@dataclass(frozen=True, slots=True)
class Answer:
    """The response of the mock or of a defect."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The parsed body, or None."""
        return json.loads(self.content) if self.content else None

    def with_json(self, value: Any) -> Answer:
        """The same with another body."""
        return replace(self, content=json.dumps(value).encode())


Serve = Callable[[Asked], Answer]
Defect = Callable[[Asked, Serve], Answer]
"""Takes an exchange into its hands. One that remembers is made anew for each run."""


class Defective:
    """A WSGI application with a defect before it."""

    def __init__(self, application: Any, defect: Defect) -> None:
        self.application, self.defect = application, defect

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked = Asked(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
            body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
            environ=environ,
        )
        answer = self.defect(asked, self.serve)
        headers = {**answer.headers, "Content-Length": str(len(answer.content))}
        start_response(f"{answer.status} Said", list(headers.items()))
        return [answer.content]

    def serve(self, asked: Asked) -> Answer:
        """The mock's own answer."""
        environ = {
            **asked.environ,
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": asked.path,
            "QUERY_STRING": urlencode(asked.query),
            "CONTENT_LENGTH": str(len(asked.body)),
            "wsgi.input": io.BytesIO(asked.body),
        }
        told: list[Any] = []
        chunks = self.application(environ, lambda status, headers, _=None: told.extend((status, headers)))
        content = b"".join(chunks)
        headers = {name: value for name, value in told[1] if name.lower() != "content-length"}
        return Answer(int(told[0][:3]), headers, content)


def faithful(asked: Asked, serve: Serve) -> Answer:
    """No defect at all."""
    return serve(asked)


def requirements_of(contract: str, *modules: ModuleType) -> dict[str, Requirement]:
    """What modules require of a contract, by id without the contract's name."""
    found = [one for each in modules for one in each.requirements(_contract(contract), _citations())]
    return {one.id.partition(".")[2]: one for one in found}


def judged(
    contract: str,
    chosen: Iterable[Requirement],
    defect: Defect = faithful,
    *,
    profile: str = "quick",
    **members: Any,
) -> list[Outcome]:
    """The verdicts on the mock with a defect. Its clock advances with each request, so that no test waits.

    members: what the target says besides.
    """
    context = run_context(contract, defect, profile=profile, **members)
    monitor = ResponseMonitor(context)
    with without_log():
        return [examine(context, monitor, one)[0] for one in chosen]


def run_context(
    contract: str, defect: Defect = faithful, *, profile: str = "quick", **members: Any
) -> RunContext:
    """A run against the mock with a defect. members: what the target says besides."""
    application = Defective(create_app(settings_for(contract), engine=healthy(contract)), defect)
    target = ContractTarget.model_validate({**_target(contract), "wsgi": application, **members})
    client = Client(_contract(contract), target, sleep=_no_sleep)
    return RunContext(
        _contract(contract), target, _citations(), client, seed=1, sleep=_no_sleep, profile=profile
    )


@contextmanager
def without_log() -> Iterator[None]:
    """Suppresses the log messages of the mock about planted defects."""
    logger = logging.getLogger("mock_server")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def not_passed(
    contract: str, chosen: Iterable[Requirement], defect: Defect = faithful, *, profile: str = "quick"
) -> list[str]:
    """The requirements that a conforming implementation does not pass."""
    return [
        f"{one.requirement.id}: {one.verdict.value} {one.reason or one.finding}"
        for one in judged(contract, chosen, defect, profile=profile)
        if one.verdict is not Verdict.PASSED
    ]


def assert_named(contract: str, requirement: Requirement, defect: Defect, *, profile: str = "quick") -> None:
    """The defect breaks the requirement."""
    (outcome,) = judged(contract, [requirement], defect, profile=profile)
    assert outcome.finding is not None, f"{outcome.verdict.value} {outcome.reason}"


def _no_sleep(seconds: float) -> None:
    del seconds


@cache
def _contract(name: str) -> Contract:
    return Contract.load(name, openapi_dir() / f"{name}.yaml")


@cache
def _citations() -> Citations:
    return Citations.load(openapi_dir())


@cache
def _target(name: str) -> dict[str, Any]:
    text = target_toml(settings_for(name), "http://127.0.0.1:4010")
    content: dict[str, Any] = tomllib.loads(text)["contracts"][name]
    return content


def answers(
    method: str, end: str, change: Callable[[Any, Asked], Any], *, status: int | None = None
) -> Defect:
    """Successful answers to such requests carry another body, and another status if one is given."""

    def defect(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not asked.on(method, end) or not answer.ok:
            return answer
        changed = answer.with_json(change(answer.json, asked))
        return changed if status is None else replace(changed, status=status)

    return defect


def refuses(method: str, end: str, status: int, *, when: Callable[[Asked], bool] = lambda _: True) -> Defect:
    """Such requests are refused."""

    def defect(asked: Asked, serve: Serve) -> Answer:
        if asked.on(method, end) and when(asked):
            return Answer(status, {"Content-Type": "application/json"}, b'{"detail": "no", "message": "no"}')
        return serve(asked)

    return defect


def data(**members: Any) -> Callable[[Any, Asked], Any]:
    """A change of members of the record under `data`, in each record where there are several."""

    def change(body: Any, asked: Asked) -> Any:
        del asked
        held = body["data"]
        changed = [{**one, **members} for one in held] if isinstance(held, list) else {**held, **members}
        return {**body, "data": changed}

    return change
