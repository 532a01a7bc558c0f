"""What a run may do to a target. One table, asked by the client before each request is sent:

| | reads | creates | changes what it created | changes what it did not create |
|---|---|---|---|---|
| `--read-only` | yes | no | no | no |
| default | yes | yes | yes | only what `may_change` names |

Operations that stop, restart, purge, send or pay need their operationId in `allow` as well. Whether a
request reads, creates or changes something, and what, is read from its method, its path and the ids in its
body, never from what the check that sends it intends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, unquote

from contract_tests.openapi.changeable import EVERYTHING, Changeable
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.drastic import DRASTIC_VERBS, drastic_word
from contract_tests.openapi.names import words
from contract_tests.openapi.paths import filled_plainly, normal
from contract_tests.openapi.resources import resources_of
from contract_tests.openapi.templates import Template, Templates
from contract_tests.session.fixtures import Fixtures
from contract_tests.session.made_up import MadeUpIds, canonical, is_unguessable
from contract_tests.session.request import Request
from contract_tests.target.target_file import ContractTarget
from contract_tests.verdicts import Skipped

Segments = tuple[str, ...]
"""A path below the base URL, decoded, without the slash at its end."""


class Effect(Enum):
    """What a request does if it succeeds. CHANGE is every update, deletion and action."""

    READ = "reads"
    CREATE = "creates"
    CHANGE = "changes"


class NotPermittedError(Skipped):
    """The run may not send the request; the text names the option that would permit it."""


READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

SEARCHES: Final = frozenset({"search", "filter", "query", "paginate", "count"})
"""Last words of a path below a collection that make a POST a list with a long query."""

TRIGGERS: Final = DRASTIC_VERBS | {
    "recheck",
    "trigger",
    "delete",
    "remove",
    "reset",
    "run",
    "execute",
    "clear",
}
"""First words of query parameters that let a GET do more than read."""

SETTERS: Final = TRIGGERS | {
    "set",
    "pause",
    "unpause",
    "mute",
    "unmute",
    "mark",
    "toggle",
    "change",
    "update",
}
"""First words of what the document says of such a parameter of one object, where `to` does not follow: "Set
pause state" and not "Set to 1 to see more"."""

_OFF: Final = frozenset({"", "0", "false", "no", "off", "none", "null"})


@dataclass(frozen=True)
class _Call:
    """A request as the document's paths explain it.

    objects: the path of every object it names, outermost first.
    """

    request: Request
    template: Template
    operation: Operation | None
    segments: Segments

    @cached_property
    def objects(self) -> list[Segments]:
        return [tuple(map(canonical, each)) for each in self.template.objects(self.segments)]

    @cached_property
    def body(self) -> Any:
        """The parsed JSON, or the fields of a form; None where there is none or where it is neither."""
        content = self.request.content or b""
        headers = {name.lower(): value for name, value in self.request.headers}
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            return json.loads(self.request.content or b"null")
        except (ValueError, RecursionError):
            return None

    @property
    def names(self) -> str:
        return self.operation.id if self.operation is not None else self.request.operation


class Permissions:
    """What one run may do to one implementation of one contract, and what it has created there."""

    def __init__(
        self,
        contract: Contract,
        target: ContractTarget,
        *,
        made_up: MadeUpIds | None = None,
        read_only: bool = False,
    ) -> None:
        self.made_up = made_up or MadeUpIds()
        self.read_only = read_only
        self._target = target
        self._fixtures = Fixtures(target)
        self._templates = Templates(contract)
        self._changeable = Changeable(contract)
        self._released = self._changeable.released(target.may_change)
        self._resources = resources_of(contract)
        self._created: set[Segments] = set()
        self._created_ids: set[str] = set()
        self._named = _values(target)

    def created(self, item: str, values: Mapping[str, Any]) -> None:
        """Remember an object that the run created. item: its path template. values: its path values."""
        path = filled_plainly(normal(item), {name: canonical(value) for name, value in values.items()})
        # An id with a slash in it leads elsewhere when a server decodes the path before it routes.
        if len(path.split("/")) == len(item.split("/")):
            segments = tuple(path.split("/")[1:])
            self._created.add(segments)
            self._created_ids.add(segments[-1])

    def is_below_created(self, item: str, values: Mapping[str, Any]) -> bool:
        """Whether the run created one of the objects above an object."""
        path = filled_plainly(normal(item), {name: canonical(value) for name, value in values.items()})
        segments = tuple(path.split("/")[1:])
        return any(segments[:length] in self._created for length in range(1, len(segments)))

    def leads_to(self, operation: Operation, values: Mapping[str, Any]) -> bool:
        """Whether an operation's path with these values is not that of another one, whose literal segments a
        server looks at first."""
        path = filled_plainly(
            operation.path.rstrip("/"), {name: str(value) for name, value in values.items()}
        )
        fitting = self._templates.fitting(tuple(path.removeprefix("/").split("/")), operation.method)
        return not fitting or any(each.operation(operation.method) is operation for each in fitting)

    def assert_permitted(self, request: Request) -> Effect:
        """What the request does. Raises NotPermittedError when this run may not send it."""
        effect = Effect.READ
        for call in self._calls(request):
            effect = self._effect(call)
            self._assert_not_drastic(call, effect)
            if effect is Effect.READ:
                continue
            if self.read_only:
                raise NotPermittedError(
                    f"{call.names} {effect.value} something, and the run only reads (--read-only)"
                )
            if effect is Effect.CREATE:
                self._assert_may_create(call)
            else:
                self._assert_may_change(call)
        return effect

    # --- what a request does

    def _calls(self, request: Request) -> Iterator[_Call]:
        """The request as each template that fits best explains it; a server may follow either of two."""
        segments = segments_of(request.path)
        fitting = self._templates.fitting(segments, request.method)
        if fitting:
            for template in fitting:
                yield _Call(request, template, template.operation(request.method), segments)
        elif request.method not in READING:
            raise NotPermittedError(f"{request.operation}: the document has no path like {request.path}")

    def _effect(self, call: _Call) -> Effect:
        method = call.request.method
        if method in READING:
            return Effect.CHANGE if _triggers(call) else Effect.READ
        if any(part in ("", ".", "..") or "/" in part or "\\" in part for part in call.segments):
            raise NotPermittedError(
                f"{call.names}: a server may take the path {call.request.path} for another one"
            )
        if method == "POST" and call.segments[-1].lower() in SEARCHES and not call.template.is_item:
            return Effect.READ
        if method == "POST" and (call.template.is_collection or self._creates(call.operation)):
            return Effect.CREATE
        if method in ("PUT", "POST") and call.template.is_item and call.objects[-1][-1] in self.made_up:
            return Effect.CHANGE if self._is_created(call.objects[-1]) else Effect.CREATE
        return Effect.CHANGE

    def _creates(self, operation: Operation | None) -> bool:
        """Whether an operation makes things that stand elsewhere than below its path."""
        return operation is not None and self._resources.creating(operation) is not None

    def _assert_not_drastic(self, call: _Call, effect: Effect) -> None:
        operation = call.operation
        if operation is None or not {operation.id, EVERYTHING}.isdisjoint(self._target.allow):
            return
        word = drastic_word(operation, reads=effect is Effect.READ)
        if word is not None:
            raise NotPermittedError(
                f'{operation.id} may {word!r} something: it is called only with allow = ["{operation.id}"] '
                "in the target file"
            )

    # --- what may be created

    def _assert_may_create(self, call: _Call) -> None:
        if any(self._is_created(each) for each in call.objects):
            return
        self._assert_not_foreign(call)
        if self._is_released(call):
            return
        for member in self._templates.other_keys(call.template):
            value = call.body.get(member) if isinstance(call.body, Mapping) else None
            if isinstance(value, str | int) and canonical(value) in self._named:
                raise NotPermittedError(
                    f"{call.names} is given the {member} {value!r}, which the target names: "
                    "an object that has it would be overwritten"
                )
        for member, value in _named_in_body(call.body, call.template.key):
            if value not in self.made_up and canonical(value) not in self._created_ids:
                raise NotPermittedError(
                    f"{call.names} is given the {member} {value!r}, which this run did not make up: "
                    "an object that has it would be overwritten"
                )

    def _assert_not_foreign(self, call: _Call) -> None:
        """Below what belongs to another owner only where that owner's credential can delete it again."""
        values = call.template.values(call.segments)
        foreign = [name for name, value in values.items() if self._is_foreign(call, name, value)]
        if not foreign or call.operation is None:
            return
        if self.other_credential(call.operation) is None:
            raise NotPermittedError(
                f"{call.names} would create something below the foreign {', '.join(foreign)}, and the target "
                "has no second credential that could delete it again"
            )

    def other_credential(self, operation: Operation) -> str | None:
        """The label of a credential that may make the call on the foreign objects and not on the known ones.

        None when there is none. A credential without a scope has no limits, so that nothing is foreign to it.
        """
        known = {
            name: self._target.known[name] for name in operation.path_parameters if name in self._target.known
        }
        foreign = {
            **known,
            **{n: v for n, v in self._target.foreign.items() if n in operation.path_parameters},
        }
        for label, credential in self._target.valid_credentials().items():
            limited = bool(credential.scope) and not credential.admits(known)
            if limited and credential.suffices(operation) and credential.admits(foreign):
                return label
        return None

    # --- what may be changed

    def _assert_may_change(self, call: _Call) -> None:
        if call.objects and self._owns(call.objects[-1]):
            return
        if not call.objects and self._names_own_only(call):
            return
        values = call.template.values(call.segments)
        foreign = [name for name, value in values.items() if self._is_foreign(call, name, value)]
        if foreign:
            raise NotPermittedError(f"{call.names} would change something foreign ({', '.join(foreign)})")
        if not self._is_released(call):
            self._refuse(call)

    def _owns(self, item: Segments) -> bool:
        value = item[-1]
        if self._is_created(item) or value in self.made_up:
            return True
        if is_unguessable(value) and canonical(value) in self._created_ids:
            return True
        is_below = any(item[:length] in self._created for length in range(1, len(item)))
        return is_below and canonical(value) not in self._named

    def _names_own_only(self, call: _Call) -> bool:
        """Whether a request on a whole collection names objects in its body, all created by the run."""
        leaves = list(_leaves(call.body))
        named = call.request.method == "POST" and not call.template.is_collection and bool(leaves)
        return named and all(
            not isinstance(leaf, bool) and canonical(leaf) in self._created_ids and is_unguessable(leaf)
            for leaf in leaves
        )

    def _is_released(self, call: _Call) -> bool:
        return call.template.place in self._released

    def _is_foreign(self, call: _Call, name: str, value: str) -> bool:
        foreign = self._target.named("foreign", name, call.template.place)
        return foreign is not None and canonical(foreign) == canonical(value)

    def _is_created(self, item: Segments) -> bool:
        return item in self._created

    def _refuse(self, call: _Call) -> NoReturn:
        name = self._changeable.name(call.template.place)
        what = f"the {name} {call.objects[-1][-1]}" if call.objects else f"all of {name}"
        raise NotPermittedError(
            f"{call.names} would change {what}, which this run did not create: "
            f'may_change = ["{name}"] in the target file permits it'
        )


def segments_of(path: str) -> Segments:
    """The decoded segments of an encoded path."""
    return tuple(unquote(part) for part in path.removeprefix("/").removesuffix("/").split("/"))


def _triggers(call: _Call) -> bool:
    """Whether a query parameter lets a reading method do more, such as `recheck=1`."""
    return any(
        _sets(call, name) or (_starts_with(name, TRIGGERS) and value.lower() not in _OFF)
        for name, value in call.request.query
    )


def _sets(call: _Call, name: str) -> bool:
    """Whether the document says of a query parameter that it sets something of the one object named."""
    parameter = call.operation.parameter(name, "query") if call.operation is not None else None
    if parameter is None or parameter.required or not call.template.is_item:
        return False
    says = parameter.description.split()
    return _starts_with(parameter.description, SETTERS) and says[1:2] != ["to"]


def _starts_with(text: str, verbs: Set[str]) -> bool:
    first = words(text)[:1]
    return bool(first) and first[0] in verbs


def _named_in_body(body: Any, key: str | None) -> Iterator[tuple[str, Any]]:
    """The members of a body, or of each object in it, that could name the object to be created."""
    for each in body if isinstance(body, list) else [body]:
        if isinstance(each, Mapping):
            for member in ("id", key or "id"):
                value = each.get(member)
                if value is not None and not isinstance(value, dict | list):
                    yield member, value


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif value is not None:
        yield value


def _values(target: ContractTarget) -> frozenset[str]:
    """Every id the target file names."""
    tables = (target.known, target.neighbour, target.foreign, target.empty)
    return frozenset(canonical(leaf) for table in tables for leaf in _leaves(table))
