"""A check's hands: it calls, expects, creates, reads and looks things up; what it creates is deleted
afterwards.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NoReturn, TypeVar

from contract_tests.bench import Bench
from contract_tests.contract import Operation
from contract_tests.exchange import Exchange
from contract_tests.ledger import Ledger
from contract_tests.outcomes import Broken, Inconclusive, Skipped
from contract_tests.paging import following
from contract_tests.resources import Resource, at
from contract_tests.strategies.valid import Valid
from contract_tests.target import Credential
from contract_tests.transport import Request, path_of, query_of, text

T = TypeVar("T")

SUCCESS: Final = frozenset(range(200, 300))

PAGES = 50
"""How many pages of a list are followed at most."""

CONTROL_SECONDS = 45.0
"""How long a positive control of an operation speaks for its refusals."""

_EXCERPT = 160


class Default(Enum):
    """Stands for a credential nobody named: the first of the target that may make the call."""

    CREDENTIAL = "default"


class Prepared(Enum):
    """Stands for a body nobody gave: a valid one."""

    BODY = "prepared"


class Omit(Enum):
    """Stands for a member that is left out of a body."""

    MEMBER = "omit"


class StoppedError(Exception):
    """The run is to end: no further request is sent but those that delete what was created."""


DEFAULT: Final = Default.CREDENTIAL
PREPARED: Final = Prepared.BODY
OMIT: Final = Omit.MEMBER


@dataclass(frozen=True, slots=True)
class Created:
    """A thing a session made.

    path: every path value that names it. record: as the answer to its creation showed it.
    """

    resource: Resource
    id: Any
    record: Any
    exchange: Exchange
    path: Mapping[str, Any]


class Session:
    """One check's view of the implementation. Its exchanges are judged passively once the check is over."""

    def __init__(self, bench: Bench, *, name: str = "session") -> None:
        self.bench = bench
        self.contract = bench.contract
        self.target = bench.target
        self.citations = bench.citations
        self.resources = bench.resources
        self.random = random.Random(f"{bench.seed}:{name}")  # noqa: S311 - repeatable on purpose
        self.exchanges: list[Exchange] = []
        self.ledger = Ledger(sleep=bench.sleep)
        self._cleaning = False
        self.valid = Valid(bench.target, bench.canaries, self.random, self.unique)

    # --- calls

    def call(
        self,
        operation: str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = PREPARED,
        content: bytes | None = None,
        credential: str | Default | None = DEFAULT,
        without: Collection[str] = (),
    ) -> Exchange:
        """Call an operation and return the exchange, whatever its status.

        path: path values; those not given come from the target's known things. query, headers: laid over the
        prepared and the required ones. body: JSON; a valid one unless given, None for none. content: raw
        bytes instead of a body. credential: a label of the target, None for no credential. without: required
        query parameters and headers to leave out, "Accept" and "Content-Type" included.

        Raises Skipped when the target lacks a path value or a credential, Inconclusive without an answer or
        with a 429, Broken when the connection is dropped.
        """
        if self.bench.stopped.is_set() and not self._cleaning:
            raise StoppedError
        called = self.contract.operation(operation)
        if not self.target.third_party and self.bench.is_third_party(called):
            raise Skipped(
                f"{operation} reaches a third party, which the target forbids (third_party = false)"
            )
        values = {
            name: self.known(name) if path is None or name not in path else path[name]
            for name in called.path_parameters
        }
        label = self.default_credential(called, values) if credential is DEFAULT else credential
        raw = self._content(called, body) if content is None else content
        asked = {**self.valid.query(called, without=without), **(query or {})}
        request = Request(
            operation=called.id,
            method=called.method,
            path=path_of(called, values),
            query=query_of(called, {name: one for name, one in asked.items() if name not in without}),
            headers=self._headers(called, raw, headers or {}, without),
            content=raw,
            credential=label,
        )
        exchange = self.bench.client.send(request, heard=self.exchanges.append)
        self._book(called, values, label, exchange)
        if exchange.status == 429:
            raise Inconclusive(f"{operation} answers 429: the rate limit is used up")
        return exchange

    def expect(
        self, exchange: Exchange, statuses: str | int | Collection[int], *, what: str = ""
    ) -> Exchange:
        """Hold an answer against statuses, or against a situation of the decisions; what: "for a body without
        name".

        A situation nobody decided anything about asserts nothing. Returns the exchange; raises Broken.
        """
        operation = self.contract.operation(exchange.sent.operation)
        if isinstance(statuses, str):
            allowed, _ = self.bench.accepted(statuses, operation)
            if allowed is None:
                return exchange
        else:
            allowed = frozenset([statuses] if isinstance(statuses, int) else statuses)
        if exchange.status in allowed:
            return exchange
        return self.broken(
            expected=f"{in_words(allowed, operation)} {what}".rstrip(),
            received=described(exchange),
            exchange=exchange,
        )

    def control(self, exchange: Exchange, statuses: Collection[int] = SUCCESS) -> Exchange:
        """A precondition or positive control: returns the exchange, raises Inconclusive when it does not
        hold.
        """
        if exchange.status in statuses:
            return exchange
        sent = exchange.sent
        wanted = "2xx" if statuses is SUCCESS else in_words(statuses, self.contract.operation(sent.operation))
        raise Inconclusive(
            f"{sent.operation} was to answer {wanted} first, but answered {described(exchange)}"
        )

    def positive(self, operation: str, path: Mapping[str, Any] | None = None) -> None:
        """The positive control of a refusal: a plain valid call has succeeded within the same minute, or does
        so now.

        path: as for `call`; without it the things named are `subject`'s. Raises Inconclusive when it does not
        succeed.
        """
        held = self.bench.controls.get(operation)
        if held is None or time.monotonic() - held > CONTROL_SECONDS:
            self.control(self.call(operation, path=self.subject(operation) if path is None else path))
            self.bench.controls[operation] = time.monotonic()

    def broken(self, *, expected: str, received: str, exchange: Exchange | None = None) -> NoReturn:
        """The promise is not kept. Both are one line each; together they read "expected …, received …"."""
        raise Broken(expected=expected, received=received, exchange=exchange)

    # --- things

    def create(
        self,
        resource: Resource | str,
        *,
        under: Created | Mapping[str, Any] | None = None,
        credential: str | Default | None = DEFAULT,
        **members: Any,
    ) -> Created:
        """Make a thing; `members` are laid over a valid body (OMIT leaves one out).

        under: its parent, or path values; without it parents that can be created are, others are the known
        ones. Raises Inconclusive when it cannot be created.
        """
        kind = self.resources.named(resource) if isinstance(resource, str) else resource
        if kind.create is None:
            raise Skipped(f"{kind.name} cannot be created")
        path = (
            self.subject(kind.create.id)
            if under is None
            else under.path
            if isinstance(under, Created)
            else under
        )
        body: Any = PREPARED
        if members:
            prepared = self.valid.body(kind.create) or {}
            body = {name: one for name, one in {**prepared, **members}.items() if one is not OMIT}
        exchange = self.control(self.call(kind.create.id, path=path, body=body, credential=credential))
        return self.created(kind, exchange, path)

    def created(self, resource: Resource, exchange: Exchange, path: Mapping[str, Any]) -> Created:
        """What a successful answer to a creation made. path: the values it was called with.

        Raises Inconclusive when the answer names no id.
        """
        found = at(_json(exchange), resource.id_pointer)
        if found is None or isinstance(found, dict | list):
            raise Inconclusive(
                f"the answer to {exchange.sent.operation} names no id at {resource.id_pointer}"
            )
        whole = {name: path[name] if name in path else self.known(name) for name in resource.parents}
        record = at(_json(exchange), resource.record_pointer)
        return Created(resource, found, record, exchange, {**whole, resource.key: found})

    def subject(self, operation: str, *, fresh: bool | None = None) -> dict[str, Any]:
        """Path values good for a successful call: freshly made things where they can be made, known ones
        elsewhere, in the state the operation needs: with a job under way to cancel, set up to take back.

        fresh: by default only for operations that change something; an operation that reads takes known
        things if the target names them. Raises Skipped or Inconclusive when something is neither known nor
        can be made.
        """
        called = self.contract.operation(operation)
        makeable = [
            one for name in called.path_parameters if (one := self.resources.keyed(name)) and one.create
        ]
        unknown = any(one.key not in self.target.known for one in makeable)
        makes = unknown or (not called.is_safe if fresh is None else fresh)
        values: dict[str, Any] = {}
        for name in called.path_parameters:
            kind = self.resources.keyed(name)
            made = makes and kind is not None and kind in makeable
            values[name] = self.create(kind, under=values).id if made and kind else self.known(name)
        self._ready(called, values)
        return values

    def _ready(self, operation: Operation, values: Mapping[str, Any]) -> None:
        """Bring things into the state an action needs: a job to cancel, something set up to take back."""
        for kind in self.resources.all:
            acts_on_job = operation.path.startswith(f"{kind.collection}/") and not operation.is_safe
            if kind.create and acts_on_job and kind.key not in operation.path_parameters:
                self.create(kind, under=values)
        undone = self.resources.undone_by(operation)
        if undone is not None:
            self.control(self.call(undone.id, path=values))

    def read(self, created: Created, *, credential: str | Default | None = DEFAULT) -> Any:
        """The thing as a read shows it now, or as its list does where there is no read.

        Raises Inconclusive when it is not found.
        """
        kind = created.resource
        if kind.read is not None:
            exchange = self.control(self.call(kind.read.id, path=created.path, credential=credential))
            record = at(_json(exchange), kind.record_pointer)
            return _json(exchange) if record is None else record
        found = self.find(created, credential=credential)
        if found is None:
            raise Inconclusive(f"the new {kind.name} {created.id} is not in its list")
        return found

    def find(self, created: Created, *, credential: str | Default | None = DEFAULT) -> Any | None:
        """The thing as its list shows it, or None. Raises Skipped for a resource without a list."""
        member = created.resource.id_pointer.rpartition("/")[2]
        everything = self.walk(created.resource, path=created.path, credential=credential)
        return next(
            (one for one in everything if isinstance(one, dict) and one.get(member) == created.id), None
        )

    def items(self, exchange: Exchange, resource: Resource) -> list[Any]:
        """The things of one page. Raises Inconclusive when the answer holds no array."""
        body = _json(exchange)
        named = (
            [resource.items_pointer]
            if resource.items_pointer is not None
            else ["", "/data", f"/{resource.name}"]
        )
        for pointer in named:
            found = at(body, pointer)
            if isinstance(found, list):
                return found
        raise Inconclusive(
            f"the answer to {exchange.sent.operation} holds no array at {named[0] or 'its top'}"
        )

    def pages(
        self,
        resource: Resource | str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        credential: str | Default | None = DEFAULT,
    ) -> Iterator[Exchange]:
        """Each page of a list, PAGES at most.

        Raises Skipped without a list, Inconclusive when a page is refused.
        """
        kind = self.resources.named(resource) if isinstance(resource, str) else resource
        if kind.list is None:
            raise Skipped(f"{kind.name} cannot be listed")
        asked: dict[str, Any] | None = dict(query or {})
        for _ in range(PAGES):
            if asked is None:
                return
            exchange = self.control(self.call(kind.list.id, path=path, query=asked, credential=credential))
            yield exchange
            asked = following(kind.list, asked, _json(exchange), count=len(self.items(exchange, kind)))

    def walk(
        self,
        resource: Resource | str,
        *,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        credential: str | Default | None = DEFAULT,
    ) -> list[Any]:
        """Every item of a list over all its pages."""
        kind = self.resources.named(resource) if isinstance(resource, str) else resource
        found = self.pages(kind, path=path, query=query, credential=credential)
        return [item for exchange in found for item in self.items(exchange, kind)]

    # --- what the target says

    def known(self, name: str) -> Any:
        """A thing that exists, by parameter name. Raises Skipped when the target names none."""
        return self._told("known", name)

    def neighbour(self, name: str) -> Any:
        """One like the known one, beside it. Raises Skipped."""
        return self._told("neighbour", name)

    def foreign(self, name: str) -> Any:
        """One that belongs to somebody else. Raises Skipped."""
        return self._told("foreign", name)

    def value(self, name: str) -> Any:
        """A further named value. Raises Skipped."""
        return self._told("values", name)

    def default_credential(self, operation: Operation, path: Mapping[str, Any]) -> str | None:
        """The first valid credential that may make this call; None where anybody may and none fits.

        Raises Skipped when the operation needs one and the target has none.
        """
        for label, held in self.target.valid_credentials().items():
            if _suffices(held, operation) and held.admits(path):
                return label
        if operation.is_open:
            return None
        needs = " or ".join(" ".join([*each, *sum(each.values(), ())]) for each in operation.security)
        raise Skipped(f"the target has no credential that may call {operation.id} ({needs})")

    def credential(
        self,
        operation: str,
        *,
        lacking_role: bool = False,
        outside: Mapping[str, Any] | None = None,
        invalid: bool = False,
    ) -> str:
        """A credential that must be refused for one reason, all else being right.

        lacking_role: its scheme fits and its scope admits the known things, but its roles do not suffice.
        outside: its roles suffice, but its scope does not admit these path values. invalid: marked `valid =
        false`. Raises Skipped when the target has none.
        """
        called = self.contract.operation(operation)
        known = {
            name: self.target.known[name] for name in called.path_parameters if name in self.target.known
        }
        for label, held in self.target.credentials.items():
            taken = any(held.scheme in alternative for alternative in called.security)
            if not taken or held.valid is invalid:
                continue
            suffices = _suffices(held, called)
            if invalid or (lacking_role and not suffices and held.admits(known)):
                return label
            if outside is not None and suffices and not held.admits(outside):
                return label
        kind = "invalid" if invalid else "without the role" if lacking_role else "outside the scope"
        raise Skipped(f"the target has no credential {kind} for {operation}")

    # --- small things

    def unique(self, prefix: str = "ct") -> str:
        """A text nobody used before: letters, digits and hyphens."""
        return self.bench.unique(prefix)

    def canary(self) -> str:
        """A secret of which no answer may show a trace."""
        return self.bench.canaries.make()

    def wait_until(self, probe: Callable[[], T | None], *, what: str, deadline: float | None = None) -> T:
        """Call `probe` with growing pauses until it returns something; deadline in seconds, else the
        target's.

        Raises Inconclusive when it never does.
        """
        patience = self.target.deadline if deadline is None else deadline
        waited, pause = 0.0, 0.05
        while (found := probe()) is None:
            if waited >= patience:
                raise Inconclusive(f"{what} did not come about within {patience:g} s")
            self.bench.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, 1.0)
        return found

    def clean(self) -> None:
        """Delete what this session created and only that; what is left is noted on the bench."""

        def delete(operation: str, path: Mapping[str, Any], credential: str | None) -> Exchange:
            return self.call(operation, path=path, credential=credential)

        self._cleaning = True
        left = self.ledger.clean(delete, hopeless=self.bench.hopeless)
        self.bench.leftovers += [str(entry) for entry in left]

    def _told(self, table: str, name: str) -> Any:
        values: Mapping[str, Any] = getattr(self.target, table)
        if name not in values:
            raise Skipped(f"the target names no {table}.{name}")
        return values[name]

    def _content(self, operation: Operation, body: Any) -> bytes | None:
        value = self.valid.body(operation) if body is PREPARED else body
        if value is None and (body is not None or operation.body is None):
            return None
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False).encode()

    def _headers(
        self, operation: Operation, content: bytes | None, given: Mapping[str, str], without: Collection[str]
    ) -> list[tuple[str, str]]:
        plain = {"accept": "application/json"}
        if content is not None:
            plain["content-type"] = operation.body.media_type if operation.body else "application/json"
        prepared = self.valid.headers(operation, without=without)
        every = {**plain, **{name.lower(): text(one) for name, one in {**prepared, **given}.items()}}
        left_out = {name.lower() for name in without}
        return [(name, one) for name, one in every.items() if name not in left_out]

    def _book(
        self, operation: Operation, path: Mapping[str, Any], credential: str | None, exchange: Exchange
    ) -> None:
        if not exchange.ok:
            return
        kind = self.resources.creating(operation)
        if kind is not None:
            found = at(_json(exchange), kind.id_pointer)
            if found is not None and not isinstance(found, dict | list):
                self.ledger.enter(kind, {**path, kind.key: found}, credential)
        for each in self.resources.all:
            if each.delete is operation:
                self.ledger.strike(each, path)


def in_words(statuses: Collection[int], operation: Operation) -> str:
    """Statuses as a person lists them, the documented ones first: "422 or 400"."""
    ordered = sorted(statuses, key=lambda status: (str(status) not in operation.responses, status))
    return (
        " or ".join([", ".join(map(str, ordered[:-1])), str(ordered[-1])])
        if len(ordered) > 1
        else f"{ordered[0]}"
    )


def described(exchange: Exchange) -> str:
    """An answer in one line: its status, and of a refusal what it says."""
    if exchange.status < 400:
        return str(exchange.status)
    said = " ".join(exchange.content.decode("utf-8", "replace").split())
    return f"{exchange.status}: {said[:_EXCERPT]}" if said else str(exchange.status)


def _suffices(held: Credential, operation: Operation) -> bool:
    return any(
        set(alternative) == {held.scheme} and set(alternative[held.scheme]) <= set(held.roles)
        for alternative in operation.security
    )


def _json(exchange: Exchange) -> Any:
    """The parsed body, or None: a body that is not JSON is for the watch to judge."""
    try:
        return exchange.json
    except ValueError:
        return None
