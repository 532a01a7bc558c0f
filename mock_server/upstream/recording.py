"""A recording: answers of a real service as a scenario whose overrides give them again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, is_json, loads
from mock_server.errors.startup import StartupError
from mock_server.messages import Request, Response
from mock_server.overrides.reply import settable_headers
from mock_server.overrides.rules import MAX_OVERRIDES, MAX_SEQUENCE, UNLIMITED
from mock_server.redaction import MASKED, UNPARSED, Placeholders
from mock_server.scenarios.files import NAME_RULE, is_scenario_name
from mock_server.when import UNREAD
from mock_server.yaml_text import write_yaml

if TYPE_CHECKING:
    from mock_server.contract.plan import OperationPlan
    from mock_server.principals import Principals
    from mock_server.redaction import Redactor

_INTERVAL = 1.0
"""Seconds between two writes of a recording that grows."""
_LARGEST = 64 * 1024 * 1024
"""Bytes of the bodies of a recording."""
_MOST_NAMES = 20
"""Conditions on one part of a request, see mock_server.when."""
_BODILESS = frozenset({204, 205, 304})
_LEFT_OUT = frozenset({"set-cookie", "age", "alt-svc", "strict-transport-security", "nel", "report-to"})
"""Headers that belong to the real service, or to one session with it."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request with its answer, without secrets. method: None for the operation's own. path: the texts of
    the path parameters. query: the pairs. body: the value of the request's body, UNREAD for none. reply: as
    an override has it."""

    contract: str
    operation: str
    method: str | None
    path: tuple[tuple[str, str], ...]
    query: tuple[tuple[str, str], ...]
    body: Any
    reply: Json

    @property
    def key(self) -> str:
        """Equal for requests that are answered by the same override."""
        body = None if self.body is UNREAD else [self.body]
        parts = [self.contract, self.operation, self.method, self.path, sorted(self.query), body]
        return json.dumps(parts, sort_keys=True, default=str)


class Recording:
    """What a server was answered, in the order in which it came. Safe to use from several threads."""

    def __init__(self, path: Path, *, about: str) -> None:
        """path: of the scenario file. Raises StartupError for one that cannot be a scenario."""
        if path.suffix not in {".yaml", ".yml", ".json"} or not is_scenario_name(path.stem):
            raise StartupError(f"--record {path}: must end in .yaml or .json; the name {NAME_RULE}")
        if not path.parent.is_dir():
            raise StartupError(f"--record {path}: the folder does not exist")
        self.path = path
        self._about = about
        self._lock = Lock()
        self._recorded: list[Recorded] = []
        self._placeholders = Placeholders()
        self._size = 0
        self._written = 0
        self._ended = Event()
        self._thread: Thread | None = None

    def __len__(self) -> int:
        return len(self._recorded)

    def add(
        self,
        request: Request,
        response: Response,
        *,
        plan: OperationPlan,
        path: Mapping[str, str],
        query: Sequence[tuple[str, str]],
        body: Any,
        media_type: str,
        redactor: Redactor,
        principals: Mapping[str, Principals],
    ) -> bool:
        """Add an exchange; returns whether there was room for it.

        path: the texts of the path parameters. query: all pairs, decoded. body: the value of the request's
        body, or UNREAD. media_type: the declared one it was read as. principals: of the world.
        """
        if self._size > _LARGEST:
            return False
        masker = redactor.masker(principals)
        redaction = redactor.exchange(
            request,
            response,
            query=query,
            plan=plan,
            media_type=media_type,
            sent_body=UNPARSED if body is UNREAD else body,
            changes=(),
            masker=masker,
        )
        self._placeholders.learn(redaction.secrets)
        if body is not UNREAD:
            body = self._placeholders.request_body(body, redactor, plan, media_type)
        operation = plan.operation
        recorded = Recorded(
            operation.contract,
            operation.id,
            None if request.method == operation.method else request.method,
            tuple(path.items()),
            tuple(pair for pair, masked in zip(query, redaction.query(), strict=True) if masked[1] != MASKED),
            body,
            self._reply(response, redactor, plan, redaction.response_headers()),
        )
        with self._lock:
            self._recorded.append(recorded)
            self._size += len(request.body) + len(response.body)
        return True

    def _reply(
        self, response: Response, redactor: Redactor, plan: OperationPlan, shown: Mapping[str, str]
    ) -> Json:
        """The answer as an override has it. shown: its headers as the journal shows them."""
        headers = {
            name: value
            for name, value in settable_headers(response.headers).items()
            if name.lower() not in _LEFT_OUT and shown.get(name.lower()) != MASKED
        }
        reply: Json = {"status": response.status, "headers": headers}
        body = response.body
        if response.status in _BODILESS:
            return reply
        value: Any = None
        content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        if body and is_json(content_type):
            try:
                sent = loads(body)
            except (MalformedError, UndecodableError):
                return {**reply, "body": body.decode("utf-8", "replace")}
            value = self._placeholders.reply_body(sent, redactor, plan, response.status)
            if value != sent or dumps(value) == body:
                return {**reply, "json": value}
        # As it was written: the spaces of its JSON are kept too.
        return {**reply, "body": body.decode("utf-8", "replace")}

    def scenario(self) -> Json:
        """The scenario of everything recorded so far."""
        with self._lock:
            recorded = list(self._recorded)
        groups: dict[str, list[Recorded]] = {}
        for each in recorded:
            groups.setdefault(each.key, []).append(each)
        chosen = list(groups.values())[:MAX_OVERRIDES]
        names = _query_names(recorded)
        # The more a request says, the earlier it is compared.
        chosen.sort(key=lambda group: -len(group[0].query) - (group[0].body is not UNREAD))
        overrides = [_override(group, names[group[0].operation]) for group in chosen]
        document = {
            "scenario": self.path.stem,
            "about": self._about,
            "over": "default",
            "overrides": overrides,
        }
        replaced: Json = json.loads(self._placeholders.text(json.dumps(document, ensure_ascii=False)))
        return replaced

    def write(self) -> None:
        """Write the file, as a whole or not at all. Raises StartupError."""
        count = len(self)
        scenario = self.scenario()
        text = (
            json.dumps(scenario, indent=2, ensure_ascii=False)
            if self.path.suffix == ".json"
            else write_yaml(scenario)
        )
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(self.path)
        except OSError as error:
            raise StartupError(f"--record {self.path}: {error.strerror}") from None
        self._written = count

    def start(self) -> None:
        """Write the file again and again while the recording grows, until `close`. Raises StartupError."""
        self.write()
        self._thread = Thread(target=self._keep_writing, name="recording", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what has come last, and end."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._write_news()

    def _keep_writing(self) -> None:
        while not self._ended.wait(_INTERVAL):
            self._write_news()

    def _write_news(self) -> None:
        if len(self) != self._written:
            self.write()


def _query_names(recorded: Sequence[Recorded]) -> Mapping[str, set[str]]:
    """The query parameters that any recorded request to an operation has, by operation."""
    names: dict[str, set[str]] = {}
    for each in recorded:
        names.setdefault(each.operation, set()).update(name for name, _ in each.query)
    return names


def _override(group: Sequence[Recorded], names: set[str]) -> Json:
    """The override that gives the answers of equal requests one after the other. names: of the query
    parameters by which requests to the operation differ."""
    first = group[0]
    when: Json = {"contract": first.contract, "operation": first.operation}
    if first.method:
        when["method"] = first.method
    if first.path:
        when["path"] = dict(first.path)
    query: Json = dict.fromkeys(sorted(names), False) | dict(first.query)
    if query:
        when["query"] = dict(list(query.items())[:_MOST_NAMES])
    if first.body is not UNREAD:
        when["body"] = _body_condition(first.body)
    replies = [each.reply for each in group[:MAX_SEQUENCE]]
    answer: Json = {"reply": replies[0]} if len(replies) == 1 else {"sequence": replies}
    return {"when": when, **answer, "times": UNLIMITED}


def _body_condition(body: Any) -> Json:
    """The condition that a request with this body meets. What was secret is not compared."""
    if not isinstance(body, dict) or len(body) > _MOST_NAMES:
        return {"const": body}
    members = {
        f"$[{json.dumps(name, ensure_ascii=False)}]": value
        for name, value in body.items()
        if "recorded-secret-" not in json.dumps(value)
    }
    return members or {"type": "object"}
